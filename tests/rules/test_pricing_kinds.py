"""Every kind of list against a model that is slow and plain, word by word."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.rules.test_pricing import BASE, WANTED
from trade.money import rounded
from trade.pricing.rules import Row, freeze, price, replay, unit_price

KINDS = ("own", "group", "tier", "territory", "base")


def plain(quantity: int, rows: list[Row]) -> Decimal | None:
    """The price by asking list after list, row after row."""
    for kind in KINDS:
        lists = sorted({(r.list_depth, r.priority, r.valid_from, r.list_id) for r in rows if r.kind == kind})
        for rank in reversed(lists):
            mine = [r for r in rows if r.list_id == rank[3]]
            found = nearest(quantity, mine)
            if found is None:
                continue
            if found.price is not None:
                return found.price
            share = of_base(quantity, rows)
            if share is not None:
                return rounded(share * found.percent / 100, 4)
    return None


def of_base(quantity: int, rows: list[Row]) -> Decimal | None:
    lists = sorted({(r.list_depth, r.priority, r.valid_from, r.list_id) for r in rows if r.kind == "base"})
    for rank in reversed(lists):
        found = nearest(quantity, [r for r in rows if r.list_id == rank[3]])
        if found is not None and found.price is not None:
            return found.price
    return None


def nearest(quantity: int, rows: list[Row]) -> Row | None:
    reached = [r for r in rows if r.min_quantity * r.factor <= quantity]
    for target in "sku", "family", "category":
        of_target = [r for r in reached if r.target == target]
        if of_target:
            depth = max(r.depth for r in of_target)
            of_depth = [r for r in of_target if r.depth == depth]
            return max(of_depth, key=lambda r: (r.min_quantity * r.factor, r.row_from, r.row_id))
    return None


@st.composite
def lists(draw: st.DrawFn) -> list[Row]:
    """Up to eight lists of every kind with rows on SKU, family and categories of two depths."""
    rows: list[Row] = []
    for list_id in range(1, draw(st.integers(1, 8)) + 1):
        kind = draw(st.sampled_from(KINDS))
        head = replace(
            BASE,
            list_id=list_id,
            kind=kind,
            priority=draw(st.integers(0, 1)),
            valid_from=draw(st.sampled_from(["2026-01-01", "2026-06-01"])),
            list_depth=draw(st.integers(1, 3)) if kind == "territory" else 0,
        )
        for _ in range(draw(st.integers(1, 4))):
            target = draw(st.sampled_from(["sku", "family", "category"]))
            is_share = draw(st.booleans())
            cents = Decimal(draw(st.integers(1, 10**6))) / 100
            rows.append(
                replace(
                    head,
                    row_id=len(rows) + 1,
                    target=target,
                    depth=draw(st.integers(1, 3)) if target == "category" else 0,
                    factor=draw(st.sampled_from([1, 15])),
                    min_quantity=draw(st.integers(1, 20)),
                    price=None if is_share else cents,
                    percent=Decimal(draw(st.integers(1, 150))) if is_share else None,
                )
            )
    return rows


@given(lists(), st.integers(1, 30), st.randoms(use_true_random=False))
def test_every_kind_of_list_as_the_plain_model_says(rows, quantity, random):
    wanted = replace(WANTED, quantity=quantity)
    expected = plain(wanted.base_quantity, rows)
    shuffled = random.sample(rows, len(rows))
    found = price(wanted, shuffled)
    assert (found and found.price) == expected
    light = unit_price(wanted.base_quantity, shuffled)
    assert (light and light[0]) == expected
    if found is not None:
        assert replay(freeze(wanted, shuffled)) == found.gross
        assert [step["step"] for step in found.steps].count("hit") == 1


def test_inputs_of_the_first_rules_still_replay():
    frozen = freeze(WANTED, [BASE]) | {"rules": 1}
    for row in frozen["rows"]:
        del row["list_depth"]
    assert replay(frozen) == price(WANTED, [BASE]).gross


def test_a_share_of_nothing_is_a_miss_that_is_told():
    share = replace(BASE, list_id=2, kind="own", row_id=2, price=None, percent=Decimal(90), target="family")
    local = replace(BASE, list_id=3, kind="territory", row_id=3, list_depth=2)
    found = price(WANTED, [share, local])
    assert found.price == BASE.price and "unbased" in [step["step"] for step in found.steps]


def test_the_nearest_territory_is_asked_first():
    far = replace(BASE, list_id=2, kind="territory", row_id=2, list_depth=1, priority=9, price=Decimal(40))
    near = replace(far, list_id=3, row_id=3, list_depth=2, priority=0, price=Decimal(41))
    assert price(WANTED, [far, near, BASE]).price == Decimal(41)


def test_breaks_of_shares_are_told_in_the_base_list_s_unit():
    one = replace(BASE, list_id=2, kind="tier", row_id=2, price=None, percent=Decimal(95))
    ten = replace(one, row_id=3, min_quantity=10, percent=Decimal(90))
    found = price(replace(WANTED, quantity=5), [BASE, one, ten])
    assert [(each.min_quantity, each.price) for each in found.breaks] == [
        (1, Decimal("43.7000")),
        (10, Decimal("41.4000")),
    ]
    assert found.next_break.min_quantity == 10
