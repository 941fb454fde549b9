"""Which warehouse keeps what of an order, as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from trade.inventory.models import Warehouse
from trade.orders import allocation
from trade.orders.models import Order
from web import asked


@dataclass(frozen=True)
class House:
    """Warehouses that matter to an order; `chosen` is the one whose parcel is being packed."""

    shares: Mapping[int, Mapping[int, int]] = field(default_factory=dict)  # by line, by warehouse
    names: Mapping[int, str] = field(default_factory=dict)
    chosen: int | None = None
    others: tuple[Warehouse, ...] = ()  # all that work

    @property
    def keepers(self) -> list[int]:
        """The warehouses that keep something of it."""
        return sorted({house for kept in self.shares.values() for house in kept})

    @property
    def ready(self) -> dict[int, int] | None:
        """By line, what the chosen warehouse keeps; None where nothing is kept anywhere."""
        if not self.shares or self.chosen is None:
            return None
        return {line_id: kept.get(self.chosen, 0) for line_id, kept in self.shares.items()}


def houses_of(session: Session, order: Order, typed: int | None) -> House:
    """The warehouses of an order; the one named in form or address, else the one that keeps most of it."""
    if order.approval_state not in ("approved", "pending"):
        return House()
    shares, known = allocation.houses_of(session, order.id)
    houses = {house.id: house for house in known}
    sums: dict[int, int] = {}
    for kept in shares.values():
        for house, units in kept.items():
            sums[house] = sums.get(house, 0) + units
    working = tuple(house for house in houses.values() if house.archived_at is None)
    wanted = typed or asked.number("house")
    best = max(sums, key=lambda house: (sums[house], -house)) if sums else None
    if best is None and len(working) == 1:
        best = working[0].id
    return House(
        shares,
        {key: house.name for key, house in houses.items()},
        wanted if wanted in houses else best,
        working,
    )
