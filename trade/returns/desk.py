"""What of the returns waits on whose desk: goods that are to come back, and what is asked about one."""

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals.models import ApprovalRequest
from trade.approvals.queries import decidable
from trade.distributors.queries import within
from trade.returns.models import ReturnRequest
from trade.returns.queries import PAGE, Row, joined, row_columns


def coming_back(session: Session, actor: Actor) -> list[Row]:
    """The requests whose goods the warehouse awaits, the longest decided first; a page of them."""
    awaited = _awaited(actor).order_by(ReturnRequest.decided_at, ReturnRequest.id).limit(PAGE)
    return [Row(*row) for row in session.execute(row_columns(awaited))]


def find_asked(session: Session, actor: Actor, request_id: int) -> ApprovalRequest | None:
    """The open question about a request, if this person may decide it now."""
    mine = _mine(actor).where(ReturnRequest.id == request_id).with_only_columns(ApprovalRequest)
    return session.scalar(mine)


def awaited(actor: Actor) -> ColumnElement[int]:
    """Of how many the warehouse awaits the goods, as a part of a statement."""
    return _awaited(actor).with_only_columns(func.count(ReturnRequest.id)).scalar_subquery()


def _mine(actor: Actor) -> Select[ReturnRequest]:
    return (
        joined()
        .join(ApprovalRequest, ApprovalRequest.subject_id == ReturnRequest.id)
        .where(
            *decidable(actor, "return"),
            ReturnRequest.state == "requested",
            within(actor, ReturnRequest.distributor_id),
        )
    )


def _awaited(actor: Actor) -> Select[ReturnRequest]:
    return joined().where(ReturnRequest.state == "approved", within(actor, ReturnRequest.distributor_id))
