"""The last three weeks, lived through the real flows, so that there is open work for everybody in every state."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random

from ops.demo import scenes
from ops.demo.floor import Floor
from ops.demo.history import Trade, basket
from ops.demo.partners import Partner
from trade.attachments.filing import Stored

NEWCOMERS = ("D1012", "D1059", "D1060")  # who have never ordered before


@dataclass
class Sale:
    """An order on its way through the weeks."""

    order_id: int
    partner: Partner
    day: int  # so many days ago
    parcels: list[int] = field(default_factory=list)
    is_paid: bool = False


def play(floor: Floor, trade: Trade, photos: tuple[Stored, Stored]) -> None:
    """Let the weeks pass, then leave what is open."""
    _weeks(floor, trade)
    scenes.play(floor, trade, *photos)


def _weeks(floor: Floor, trade: Trade) -> None:
    rng = Random(21)
    leads = [each for each in trade.partners if each.is_lead and each.code not in NEWCOMERS]
    sales: list[Sale] = []
    for day in range(20, 1, -1):
        date_of = floor.today - timedelta(days=day)
        for place, partner in enumerate(rng.sample(leads, 1 if date_of.weekday() == 6 else 2)):
            with floor.at(day, 9 + place * 2, rng.randrange(60)):
                cases = basket(partner, trade.goods, date_of.month, rng, 1 + partner.growth)
                order_id = floor.order(partner.code, cases)
            if order_id is not None:
                sales.append(Sale(order_id, partner, day))
        for sale in sales:
            _go_on(floor, sale, day, rng)


def _go_on(floor: Floor, sale: Sale, day: int, rng: Random) -> None:
    """What happens to an order as the days pass: approved, shipped the day after, signed for, paid."""
    age = sale.day - day
    if age == 0 and floor.get(sale.order_id).approval_state == "pending":
        with floor.at(day, 15, rng.randrange(60)):
            floor.decide(sale.order_id, "approve", "老客户，放行")
    if age == 1:
        with floor.at(day, 14, rng.randrange(60)):
            sale.parcels = floor.ship(sale.order_id)
    if age == 3:
        with floor.at(day, 11, rng.randrange(60)):
            for parcel in sale.parcels:
                floor.sign(parcel)
    if age == 6 and sale.parcels and not sale.is_paid and rng.random() < 0.75:
        sale.is_paid = True
        amount = floor.get(sale.order_id).gross
        share = Decimal(1) if rng.random() < 0.7 else Decimal("0.5")
        with floor.at(day, 16, rng.randrange(60)):
            floor.pay(
                sale.partner.code,
                (amount * share).quantize(Decimal("0.01")),
                f"HK{sale.order_id:08d}",
                "银行回单",
            )
