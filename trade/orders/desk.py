"""What waits on whose desk: orders to decide, held ones, those to ship."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade.actor import Actor
from trade.approvals.models import ApprovalDecision, ApprovalRequest
from trade.approvals.queries import decidable
from trade.distributors.queries import within
from trade.errors import Refused
from trade.orders.models import Order
from trade.orders.queries import readable
from trade.people.models import Person

PAGE = 50


@dataclass(frozen=True)
class Waiting:
    """An order and the open request about it."""

    request: ApprovalRequest
    order: Order


@dataclass(frozen=True)
class Found:
    """An order, the open request that the reader may decide, and every decision with its name, newest first."""

    order: Order
    request: ApprovalRequest | None
    decided: Sequence[tuple[ApprovalDecision, str | None]] = ()


@dataclass(frozen=True)
class Counts:
    decide: int
    held: int
    ship: int
    pending: int  # with anybody, within reach


@dataclass(frozen=True)
class Place:
    """Where in the line an order stands, from 1, or 0 when it does not wait for this person; whose turn is next."""

    at: int
    total: int
    next_id: int | None


def to_decide(session: Session, actor: Actor, after: str = "") -> tuple[list[Waiting], str]:
    """A page of the orders that this person may decide now, soonest due first, and the key of the next page or ""."""
    query = _mine(actor).order_by(ApprovalRequest.due_at, ApprovalRequest.id).limit(PAGE + 1)
    due_at, _, last = after.rpartition("|")
    if (since := _instant(due_at)) and last.isascii() and last.isdigit() and len(last) < 10:
        query = query.where(_later(since, int(last)))
    rows = [Waiting(request, order) for request, order in session.execute(query)]
    if len(rows) <= PAGE:
        return rows, ""
    last_shown = rows[PAGE - 1].request
    return rows[:PAGE], f"{last_shown.due_at.isoformat()}|{last_shown.id}"


def get_for(session: Session, actor: Actor, order_id: int) -> Found:
    """The order within the actor's scope with what was decided and what this person may decide; one statement."""
    mine = _mine(actor).with_only_columns(ApprovalRequest.id).where(Order.id == order_id).correlate(None)
    asked = aliased(ApprovalRequest)
    rows = session.execute(
        select(Order, ApprovalRequest, ApprovalDecision, Person.name)
        .select_from(Order)
        .outerjoin(ApprovalRequest, ApprovalRequest.id.in_(mine))
        .outerjoin(asked, and_(asked.subject == "order", asked.subject_id == Order.id))
        .outerjoin(ApprovalDecision, ApprovalDecision.request_id == asked.id)
        .outerjoin(Person, Person.id == ApprovalDecision.person_id)
        .where(Order.id == order_id, within(actor, Order.distributor_id), readable(actor))
        .order_by(ApprovalDecision.id.desc())
    ).all()
    if not rows:
        raise Refused("order.not_found")
    decided = [(decision, name) for _order, _request, decision, name in rows if decision is not None]
    return Found(rows[0][0], rows[0][1], decided)


def place_of(session: Session, actor: Actor, order_id: int) -> Place:
    """Where the order stands in this person's line, and which follows; an order decided meanwhile keeps its due time."""
    known = session.execute(
        select(ApprovalRequest.due_at, ApprovalRequest.id)
        .where(ApprovalRequest.subject == "order", ApprovalRequest.subject_id == order_id)
        .order_by(ApprovalRequest.id.desc())
        .limit(1)
    ).one_or_none()
    if known is None:
        return Place(0, counts(session, actor).decide, session.scalar(_next(actor, order_id)))
    later = _later(*known)
    is_it = ApprovalRequest.subject_id == order_id
    next_id = _next(actor, order_id, case((later, 0), else_=1)).scalar_subquery().correlate(None)
    total, before, here, following = session.execute(
        _mine(actor).with_only_columns(
            func.count(),
            func.coalesce(func.sum(case((or_(later, is_it), 0), else_=1)), 0),
            func.coalesce(func.sum(case((is_it, 1), else_=0)), 0),
            next_id,
        )
    ).one()
    return Place(int(before) + 1 if here else 0, int(total), following)


def held(session: Session, actor: Actor, after: int | None = None) -> Sequence[Order]:
    """The held orders within reach, the oldest first, one more than a page."""
    return _listed(session, _held(actor), after)


def to_ship(session: Session, actor: Actor, after: int | None = None) -> Sequence[Order]:
    """Approved orders of which something is still to be shipped, the oldest first, one more than a page."""
    return _listed(session, _shippable(actor), after)


def counts(session: Session, actor: Actor) -> Counts:
    """How many of each kind; one statement."""
    pending = select(Order).where(Order.approval_state == "pending", within(actor, Order.distributor_id))
    queries = (_mine(actor), _held(actor), _shippable(actor), pending)
    columns = [query.with_only_columns(func.count()).scalar_subquery() for query in queries]
    return Counts(*session.execute(select(*columns)).one())


def waiting(actor: Actor) -> ColumnElement[int]:
    """How many orders wait for this person's decision, as a part of the statement that every page pays for."""
    return _mine(actor).with_only_columns(func.count()).scalar_subquery()


def _mine(actor: Actor) -> Select[ApprovalRequest, Order]:
    return (
        select(ApprovalRequest, Order)
        .join(Order, Order.id == ApprovalRequest.subject_id)
        .where(
            *decidable(actor, "order"),
            Order.approval_state == "pending",
            within(actor, Order.distributor_id),
        )
    )


def _held(actor: Actor) -> Select[Order]:
    return select(Order).where(Order.approval_state == "held", within(actor, Order.distributor_id))


def _shippable(actor: Actor) -> Select[Order]:
    return select(Order).where(
        Order.approval_state == "approved",
        Order.fulfilment != "complete",
        Order.source != "import",
        within(actor, Order.distributor_id),
    )


def _listed(session: Session, query: Select[Order], after: int | None) -> Sequence[Order]:
    if after is not None:
        query = query.where(Order.id > after)
    return session.scalars(query.order_by(Order.id).limit(PAGE + 1)).all()


def _later(due_at: datetime, request_id: int) -> ColumnElement[bool]:
    same = and_(ApprovalRequest.due_at == due_at, ApprovalRequest.id > request_id)
    return or_(ApprovalRequest.due_at > due_at, same)


def _next(actor: Actor, but: int, *before: Any) -> Select[int]:
    """The order that is due first, apart from one; what sorts before the due time is said."""
    query = _mine(actor).with_only_columns(Order.id).where(Order.id != but)
    return query.order_by(*before, ApprovalRequest.due_at, ApprovalRequest.id).limit(1)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
