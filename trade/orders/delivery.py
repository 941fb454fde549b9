"""Where an order goes, when it is wanted, and what the rep should know."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.orders.models import Order

FURTHEST = timedelta(days=366)  # how far ahead goods can be wanted


@dataclass(frozen=True)
class Wanted:
    address_id: int | None
    wanted_date: date | None
    remark: str


def changes(session: Session, order: Order, wanted: Wanted | None, today: date) -> dict[str, Any]:
    """The columns that differ from the order's; refuses another's address and a day that cannot be."""
    if wanted is None:
        return {}
    columns = {"address_id": wanted.address_id, "wanted_date": wanted.wanted_date, "remark": wanted.remark}
    changed = {name: value for name, value in columns.items() if getattr(order, name) != value}
    if changed.get("address_id") is not None:
        known = {address.id for address in distributors.addresses_of(session, order.distributor_id)}
        if wanted.address_id not in known:
            raise Refused("address.not_found")
    if "wanted_date" in changed:
        refuse_day(wanted.wanted_date, today, "wanted_date")
    return changed


def refuse_day(wanted: date | None, today: date, field: str) -> None:
    """Refuse a day that is over, and one so far off that the year must be mistyped."""
    if wanted is not None and wanted < today:
        raise Refused("order.wanted_too_early", field=field)
    if wanted is not None and wanted > today + FURTHEST:
        raise Refused("order.wanted_too_late", field=field)
