"""Orders that name a registered customer: those that keep it for who has it, and one whose customer is gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade.errors import Refused
from trade.orders import pricing
from trade.orders.models import Order, OrderLine
from trade.registrations import ending, queries
from trade.registrations.models import Registration

OPEN = (*ending.WORTH, *ending.UNANSWERED, "returned")
MOST = 30  # on one page


@dataclass(frozen=True)
class Tied:
    """An order for a customer; `keeps`: it is of its days and product line, so nobody takes the customer from it."""

    order_id: int
    number: str | None
    gross: Decimal
    currency: str
    day: date | None
    state: str
    keeps: bool


@dataclass(frozen=True)
class Ground:
    """The registered customer of an order, and whether its registration still holds."""

    registration: Registration
    is_held: bool


def orders_of(session: Session, registration_ids: Sequence[int]) -> Mapping[int, Sequence[Tied]]:
    """By registration, the orders that count or may yet, those that keep the customer first; one statement."""
    keeps = ending.is_of_its_days((*ending.WORTH, *ending.UNANSWERED)).label("keeps")
    rows = session.execute(
        select(Registration.id, Order, func.coalesce(keeps, False))
        .join(Order, Order.registration_id == Registration.id)
        .where(Registration.id.in_(registration_ids), Order.approval_state.in_(OPEN))
        .order_by(func.coalesce(keeps, False).desc(), Order.id.desc())
        .limit(MOST)
    )
    found: dict[int, list[Tied]] = {}
    for key, order, is_kept in rows:
        facts = (order.id, order.number, order.gross, order.currency, order.order_date, order.approval_state)
        found.setdefault(key, []).append(Tied(*facts, bool(is_kept)))
    return found


def obstacle(
    session: Session, registration: Registration, orders: Iterable[Tied], today: date
) -> tuple[str, Tied] | None:
    """Why nobody can take a customer from who holds it now, and by which order; None where an appeal can."""
    keeping = [each for each in orders if each.keeps]
    if not keeping:
        return None
    if ending.standing(session, registration, queries.figures(session), today) == ending.OVER:
        return None
    awaited = [each for each in keeping if each.state in ending.UNANSWERED]
    if awaited:
        return "registration.order_waits", awaited[0]
    return "registration.held_by_won", keeping[0]


def ground_of(session: Session, order: Order) -> Ground | None:
    """The customer that an order is for; one statement, and none for an order for nobody in particular."""
    if order.registration_id is None:
        return None
    held = queries.is_keyed().label("held")
    row = session.execute(select(Registration, held).where(Registration.id == order.registration_id)).one()
    return Ground(row[0], bool(row[1]))


def is_gone(session: Session, order: Order) -> bool:
    """Whether prices agreed for a customer stand on an order whose customer its distributor has no longer."""
    ground = ground_of(session, order)
    if ground is None or ground.is_held:
        return False
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))
    return any(pricing.is_agreed(line) for line in lines)


def refuse_gone(session: Session, order: Order) -> None:
    """An order at prices whose ground is gone goes back to its distributor; nobody lets it through unseen."""
    if is_gone(session, order):
        raise Refused("order.customer_gone", number=order.number)
