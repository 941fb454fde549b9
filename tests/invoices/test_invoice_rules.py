"""The parts of a line on invoices add up to the line; the figures of docs/statement-by-hand.md come out to the cent."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from trade.invoices import rules
from trade.invoices.rules import Amounts, Standing
from trade.money import ZERO, rounded

CENTS = some.integers(1, 5_000_000).map(lambda cents: Decimal(cents) / 100)
RATES = some.sampled_from([Decimal("0.13"), Decimal("0.09"), Decimal("0.06"), ZERO])


@given(CENTS, RATES, some.lists(some.integers(0, 100), min_size=1, max_size=8), some.randoms())
def test_parts_add_up_to_the_line_in_any_order_with_any_taken_back(gross, rate, weights, chance):
    whole = Amounts(gross, rounded(gross / (1 + rate)))
    shares, gone = [], ZERO
    for at in range(1, len(weights) + 1):
        upto = rounded(gross * sum(weights[:at]) / sum(weights)) if sum(weights) else gross
        shares.append(upto - gone if at < len(weights) else gross - gone)
        gone += shares[-1]
    chance.shuffle(shares)
    standing: list[Amounts] = []
    waiting = list(shares)
    for _step in range(3):
        while waiting:
            standing.append(rules.part(whole, sum(standing, Amounts()), waiting.pop()))
        assert sum(standing, Amounts()) == whole
        assert sum((each.tax for each in standing), ZERO) == whole.tax
        for _each in range(chance.randint(0, len(standing))):  # reversed, and invoiced once more
            waiting.append(standing.pop(chance.randrange(len(standing))).gross)


@given(CENTS, RATES, some.lists(some.integers(1, 100), min_size=1, max_size=6), some.integers(1, 500))
def test_red_parts_add_up_to_what_they_take_back(gross, rate, weights, quantity):
    whole = Amounts(gross, rounded(gross / (1 + rate)))
    gone = Amounts()
    for at in range(1, len(weights) + 1):
        upto = rounded(gross * sum(weights[:at]) / sum(weights))
        credit = upto - gone.gross
        if not credit:
            continue
        [taken] = rules.mirrored([Standing(7, 500, whole, gone)], credit, quantity) or []
        assert (taken.key, taken.quantity, taken.amounts.gross) == (7, quantity, credit)
        gone += taken.amounts
    assert gone == whole
    assert rules.mirrored([Standing(7, 500, whole, gone)], Decimal("0.01"), 1) is None


def test_a_credit_of_several_shipments_takes_from_one_after_the_other():
    first = Standing(
        1, 30, Amounts(Decimal("84.60"), Decimal("74.87")), Amounts(Decimal(80), Decimal("70.80"))
    )
    second = Standing(2, 30, Amounts(Decimal("84.60"), Decimal("74.87")), Amounts())
    taken = rules.mirrored([first, second], Decimal("42.30"), 15)
    assert [(each.key, each.quantity, each.amounts.gross) for each in taken] == [
        (1, 1, Decimal("4.60")),
        (2, 14, Decimal("37.70")),
    ]
    assert first.mirrored.net + taken[0].amounts.net == first.whole.net


def test_the_figures_worked_by_hand():
    """docs/statement-by-hand.md 3.4 and 3.7: three lines in two shipments, and a return of one."""
    lines = {
        "1": ("4305.11", "3809.83", (("1769.88", "1566.26"), ("1530.70", "1354.61"))),
        "2": ("4303.47", "3808.38", (("1555.87", "1376.88"), ("1324.14", "1171.80"), ("1224.83", "1083.92"))),
        "3": ("2592.69", "2378.61", (("1152.31", "1057.16"), ("518.53", "475.72"), ("921.85", "845.73"))),
    }
    for gross, net, parts in lines.values():
        gone = Amounts()
        for part_gross, part_net in parts:
            found = rules.part(Amounts(Decimal(gross), Decimal(net)), gone, Decimal(part_gross))
            assert found.net == Decimal(part_net)
            gone += found
    for gross, net, credit, back in (
        ("1769.88", "1566.26", "70.16", "62.09"),
        ("1152.31", "1057.16", "76.82", "70.48"),
    ):
        standing = Standing(1, 555, Amounts(Decimal(gross), Decimal(net)), Amounts())
        [taken] = rules.mirrored([standing], Decimal(credit), 22) or []
        assert taken.amounts.net == Decimal(back)


def test_quantities_and_prices_as_the_tax_platform_tests_them():
    assert rules.counted(45, 15, "箱", "瓶") == (3, "箱") and rules.counted(46, 15, "箱", "瓶") == (46, "瓶")
    price = rules.price_of(Decimal("1530.70"), 480)
    assert price is not None and abs(price * 480 - Decimal("1530.70")) < Decimal("0.005")
    assert rules.price_of(ZERO, 0) is None
