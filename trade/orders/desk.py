"""What of the orders waits on whose desk: held ones, those to ship; and one with what is asked about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, select
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
class Found:
    """An order, the open request that the reader may decide, and every decision with its name, newest first."""

    order: Order
    request: ApprovalRequest | None
    decided: Sequence[tuple[ApprovalDecision, str | None]] = ()


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


def held(session: Session, actor: Actor, after: int | None = None) -> Sequence[Order]:
    """The held orders within reach, the oldest first, one more than a page."""
    return _listed(session, _held(actor), after)


def to_ship(session: Session, actor: Actor, after: int | None = None) -> Sequence[Order]:
    """Approved orders of which something is still to be shipped, the oldest first, one more than a page."""
    return _listed(session, _shippable(actor), after)


def counts(actor: Actor) -> list[ColumnElement[int]]:
    """How many are held, are to be shipped, and wait for anybody's decision, as parts of a statement."""
    pending = select(Order).where(Order.approval_state == "pending", within(actor, Order.distributor_id))
    queries = (_held(actor), _shippable(actor), pending)
    return [query.with_only_columns(func.count(Order.id)).scalar_subquery() for query in queries]


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
