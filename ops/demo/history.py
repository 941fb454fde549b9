"""Two years of trade as closed documents: seasons, festivals, growth, and each distributor's own taste."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from ops.demo.goods import Good
from ops.demo.partners import Partner
from trade.imports.rows import OrderLineRow, OrderRow

SUMMER = (0.62, 0.58, 0.78, 0.95, 1.2, 1.42, 1.6, 1.55, 1.2, 0.95, 0.74, 0.66)
WINTER = (1.7, 1.15, 0.85, 0.8, 0.8, 0.78, 0.75, 0.85, 1.05, 1.05, 1.2, 1.5)
EVEN = (1.05, 0.9, 1.0, 1.0, 1.05, 1.0, 1.0, 1.0, 1.05, 1.05, 1.0, 1.05)
SPRING_FESTIVAL = (7.5, 2.0, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.4, 1.2, 4.5)
MID_AUTUMN = (0, 0, 0, 0, 0, 0, 1.5, 7.0, 8.0, 0.3, 0, 0)
SEASONS = {
    **dict.fromkeys(("tea", "sparkling", "water", "energy", "juice"), SUMMER),
    **dict.fromkeys(("nuts", "sweets", "meat", "dried-fruit"), WINTER),
    **dict.fromkeys(("coffee", "dairy", "crisps", "bakery"), EVEN),
}
TIER_SHARE = {"gold": Decimal("0.90"), "silver": Decimal("0.94"), "standard": Decimal(1)}
CENT = Decimal("0.01")
PACE = {"gold": 3.1, "silver": 2.2, "standard": 1.5}  # orders of a month


@dataclass(frozen=True)
class Trade:
    """What the past is made of; `until` is the first day that is not past for a distributor by code."""

    goods: Sequence[Good]
    partners: Sequence[Partner]
    since: date
    until: Mapping[str, date]


def season(good: Good, month: int) -> float:
    """How much of a SKU is sold in a month beside an even one."""
    if good.family.code == "YB":
        return MID_AUTUMN[month - 1]
    if good.family.code == "LH":
        return SPRING_FESTIVAL[month - 1]
    return SEASONS[good.family.category][month - 1]


def tier_price(good: Good, tier: str) -> Decimal:
    """The price of a case for a tier, gross, as the price lists say."""
    return (good.price * TIER_SHARE[tier]).quantize(Decimal("0.1"), ROUND_HALF_UP)


def sees(partner: Partner, good: Good) -> bool:
    """Whether a distributor is offered a SKU: gift boxes go to gold, and to key accounts of silver."""
    is_key = partner.tier == "silver" and partner.channel == "key-account"
    return not good.family.is_restricted or partner.tier == "gold" or is_key


def cases(good: Good, wanted: float) -> int:
    """Whole steps of cases, at least the smallest order."""
    steps = max(1, round(wanted / good.size.multiple))
    return max(good.size.moq, steps * good.size.multiple)


def basket(
    partner: Partner, goods: Sequence[Good], month: int, rng: Random, scale: float = 1.0
) -> dict[str, int]:
    """What a distributor orders on one day: cases by code of the SKU."""
    taste = Random(partner.at)
    weights = [
        good.family.popularity * season(good, month) * taste.choice((0.2, 0.7, 1.0, 1.0, 1.8))
        * sees(partner, good)
        for good in goods
    ]  # fmt: skip
    found: dict[str, int] = {}
    for good in rng.choices(goods, weights, k=rng.randrange(4, 9)):
        value = rng.uniform(900, 3400) * partner.weight * scale * min(1.6, season(good, month)) ** 0.5
        found[good.code] = cases(good, value / float(good.price))
    return found


def orders(trade: Trade) -> tuple[OrderRow, ...]:
    """Every document of the past, oldest first."""
    rng = Random(7)
    rows = [row for partner in trade.partners for row in _of(partner, trade, rng)]
    rows.sort(key=lambda row: (row[0], row[1].code))
    by_code = {good.code: good for good in trade.goods}
    numbers: dict[date, int] = {}
    return tuple(_document(day, partner, chosen, by_code, numbers) for day, partner, chosen in rows)


def _of(partner: Partner, trade: Trade, rng: Random) -> Iterator[tuple[date, Partner, dict[str, int]]]:
    day = max(partner.since, trade.since) + timedelta(days=rng.randrange(1, 14))
    while day < trade.until[partner.code]:
        years = (day - trade.since).days / 365
        grown = (1 + partner.growth) ** years * rng.uniform(0.85, 1.15)
        yield day, partner, basket(partner, trade.goods, day.month, rng, grown)
        pace = PACE[partner.tier] * (1.25 if day.month in {1, 6, 7, 8, 9, 12} else 0.9)
        day += timedelta(days=max(3, round(30 / pace * rng.uniform(0.7, 1.3))))
        if day.weekday() == 6:
            day += timedelta(days=1)


def _document(
    day: date,
    partner: Partner,
    chosen: Mapping[str, int],
    goods: Mapping[str, Good],
    numbers: dict[date, int],
) -> OrderRow:
    numbers[day] = numbers.get(day, 0) + 1
    number = f"LS{day:%y%m%d}-{numbers[day]:03d}"
    lines = tuple(
        _line(line_no, goods[code], quantity, partner.tier)
        for line_no, (code, quantity) in enumerate(sorted(chosen.items()), 1)
    )
    return OrderRow(
        external_code=number,
        number=number,
        order_date=day,
        distributor=partner.code,
        territory=partner.office,
        rep=partner.rep,
        currency="CNY",
        ship_date=day + timedelta(days=1 + partner.at % 3),
        tracking_number=f"CJ{day:%y%m%d}{partner.at:03d}",
        charges={},
        lines=lines,
        facts={},
    )


def _line(line_no: int, good: Good, quantity: int, tier: str) -> OrderLineRow:
    tax_rate = Decimal(good.family.tax)
    gross = (tier_price(good, tier) * quantity).quantize(CENT)
    net = (gross / (1 + tax_rate)).quantize(CENT, ROUND_HALF_UP)
    return OrderLineRow(
        line_no=line_no,
        external_code=good.code,
        sku=good.code,
        sku_name=good.name,
        category=good.family.category,
        unit="case",
        quantity=quantity,
        tax_rate=tax_rate,
        list_price=good.price,
        price=tier_price(good, tier),
        discount=Decimal(0),
        net=net,
        tax=gross - net,
        unit_cost=(good.price * Decimal("0.58")).quantize(CENT),
        promotion=None,
        facts={},
        factor=good.size.factor,
    )
