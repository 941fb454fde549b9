from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.distributors.models import Distributor
from trade.distributors.states import CLOSED
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import held, retest
from trade.orders.circumstances import Circumstances, get_to_take
from trade.orders.models import Order
from trade.registrations import tied


@dataclass(frozen=True)
class Turn:
    """A held order, and what gave cause to test it."""

    order_id: int
    cause: str


def retest_order(session: Session, actor: Actor, order_id: int) -> None:
    """Try again to take credit and stock for a held order, at its frozen prices; it stays held if it must."""
    order, known = get_to_take(session, actor, order_id)
    _try(session, actor, order, known)


def retest_in_turn(session: Session, actor: Actor, given: Turn) -> None:
    """The same for the orders of a distributor one after the other, the oldest first; one that fails stops none."""
    order, known = get_to_take(session, actor, given.order_id)
    with suppress(Refused), session.begin_nested():
        _try(session, actor, order, known)
    retest.call_next(session, order, given.cause)


def _try(session: Session, actor: Actor, order: Order, known: Circumstances) -> None:
    home = select(Distributor.status).where(Distributor.id == order.distributor_id)
    if order.approval_state != "held" or session.scalar(home) in CLOSED:  # paused: as it is, until it goes on
        return
    if tied.is_gone(session, order):
        return
    taken = held.try_again(session, actor, order, known)
    if taken.state != "held":
        outbox.post(session, f"order.{taken.state}", order_id=order.id)
