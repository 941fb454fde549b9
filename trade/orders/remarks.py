"""What distributor and brand write to each other about an order, and the distributor's urging (催单)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session, aliased

from trade import clock
from trade.actor import Actor
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.orders.models import Order, OrderRemark
from trade.people.models import Person

PAGE = 50
NEWS = timedelta(days=14)  # after which an unanswered remark is no news in a list any more


@dataclass(frozen=True)
class Remark:
    """A remark with who wrote it, for whom, and who answered it."""

    row: OrderRemark
    person_name: str | None
    on_behalf_name: str | None
    answerer: str | None


@dataclass(frozen=True)
class Urged:
    """An order that a distributor urges, and since when."""

    order: Order
    nudge: OrderRemark


def side_of(actor: Actor) -> str:
    """On which side of the counter somebody writes."""
    return "portal" if actor.distributor_id is not None else "admin"


def thread_of(session: Session, actor: Actor, order_id: int) -> Sequence[Remark]:
    """All that was written about an order that the caller has loaded; the brand's notes for the brand alone."""
    answerer = aliased(Person)
    wanted = (
        select(OrderRemark, Person.name, Distributor.name, answerer.name)
        .outerjoin(Person, Person.id == OrderRemark.person_id)
        .outerjoin(Distributor, Distributor.id == OrderRemark.on_behalf_of)
        .outerjoin(answerer, answerer.id == OrderRemark.answered_by)
        .where(OrderRemark.order_id == order_id)
        .order_by(OrderRemark.id)
    )
    if side_of(actor) == "portal":
        wanted = wanted.where(OrderRemark.kind != "note")
    return [Remark(*row) for row in session.execute(wanted)]


def last_nudge(session: Session, order_id: int) -> OrderRemark | None:
    return session.scalar(
        select(OrderRemark)
        .where(OrderRemark.order_id == order_id, OrderRemark.kind == "nudge")
        .order_by(OrderRemark.id.desc())
        .limit(1)
    )


def answer(session: Session, actor: Actor, order_id: int) -> bool:
    """Close the open urging of an order, if there is one: something was written or done."""
    done = (
        update(OrderRemark)
        .where(
            OrderRemark.order_id == order_id, OrderRemark.kind == "nudge", OrderRemark.answered_at.is_(None)
        )
        .values(answered_at=clock.now(), answered_by=actor.person_id)
        .returning(OrderRemark.id)
    )
    return session.scalar(done.execution_options(synchronize_session=False)) is not None


def is_urgeable(order: Order) -> bool:
    """Whether an order waits for the brand: for a decision or to be shipped."""
    if order.approval_state == "approved":
        return order.fulfilment != "complete" and order.source != "import"
    return order.approval_state in ("held", "pending")


def urged(session: Session, actor: Actor) -> list[Urged]:
    """The orders that are urged within reach, the longest waiting first; a page of them."""
    rows = session.execute(_open(actor).order_by(OrderRemark.at, OrderRemark.id).limit(PAGE))
    return [Urged(order, nudge) for order, nudge in rows]


def waiting(actor: Actor) -> ColumnElement[int]:
    """How many orders are urged within reach, as a part of a larger statement."""
    return _open(actor).with_only_columns(func.count(OrderRemark.id)).scalar_subquery()


def nudged_at() -> ColumnElement[datetime]:
    """Since when the order of a row is urged, as a column of a list of orders."""
    found = select(OrderRemark.at).where(
        OrderRemark.order_id == Order.id, OrderRemark.kind == "nudge", OrderRemark.answered_at.is_(None)
    )
    return found.correlate(Order).scalar_subquery()


def last_word(since: datetime) -> ColumnElement[str]:
    """Which side wrote last about the order of a row, of late."""
    found = select(OrderRemark.side).where(
        OrderRemark.order_id == Order.id, OrderRemark.kind != "note", OrderRemark.at >= since
    )
    return found.order_by(OrderRemark.id.desc()).limit(1).correlate(Order).scalar_subquery()


def news_of(session: Session, order_ids: Sequence[int]) -> dict[int, tuple[datetime | None, str]]:
    """By order, since when it is urged and which side wrote last; one statement, for a page of a list."""
    rows = session.execute(
        select(Order.id, nudged_at(), last_word(clock.now() - NEWS)).where(Order.id.in_(order_ids))
    )
    return {key: (at, side or "") for key, at, side in rows}


def _open(actor: Actor) -> Select[Order, OrderRemark]:
    return (
        select(Order, OrderRemark)
        .join(OrderRemark, OrderRemark.order_id == Order.id)
        .where(
            OrderRemark.kind == "nudge",
            OrderRemark.answered_at.is_(None),
            within(actor, Order.distributor_id),
        )
    )
