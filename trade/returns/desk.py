"""What of the returns waits on whose desk: requests to decide, and goods that are to come back."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals.models import ApprovalRequest
from trade.approvals.queries import decidable
from trade.distributors.queries import within
from trade.returns.models import ReturnRequest
from trade.returns.queries import PAGE, Row, joined, row_columns


@dataclass(frozen=True)
class Waiting:
    """A request in a list and the open question about it; none where goods are awaited."""

    row: Row
    asked: ApprovalRequest | None


def to_decide(session: Session, actor: Actor) -> list[Waiting]:
    """The requests that this person may decide now, the soonest due first; a page of them."""
    mine = _mine(actor).order_by(ApprovalRequest.due_at, ApprovalRequest.id).limit(PAGE)
    return _shown(session, mine)


def coming_back(session: Session, actor: Actor) -> list[Waiting]:
    """The requests whose goods the warehouse awaits, the longest decided first; a page of them."""
    awaited = _awaited(actor).order_by(ReturnRequest.decided_at, ReturnRequest.id).limit(PAGE)
    return [Waiting(Row(*row), None) for row in session.execute(row_columns(awaited))]


def find_asked(session: Session, actor: Actor, request_id: int) -> ApprovalRequest | None:
    """The open question about a request, if this person may decide it now."""
    mine = _mine(actor).where(ReturnRequest.id == request_id).with_only_columns(ApprovalRequest)
    return session.scalar(mine)


def next_of(session: Session, actor: Actor, but: int) -> int | None:
    """The request that is due first for this person, apart from one."""
    mine = _mine(actor).where(ReturnRequest.id != but).order_by(ApprovalRequest.due_at, ApprovalRequest.id)
    return session.scalar(mine.with_only_columns(ReturnRequest.id).limit(1))


def counts(session: Session, actor: Actor) -> tuple[int, int]:
    """How many are to be decided by this person, and how many are awaited; one statement."""
    awaited = _awaited(actor).with_only_columns(func.count()).scalar_subquery()
    decide, come = session.execute(select(waiting(actor), awaited)).one()
    return decide, come


def waiting(actor: Actor) -> ColumnElement[int]:
    """How many returns wait for this person's decision, as a part of the statement that every page pays for."""
    return _mine(actor).with_only_columns(func.count()).scalar_subquery()


def _shown(session: Session, mine: Select[ReturnRequest]) -> list[Waiting]:
    rows = session.execute(row_columns(mine).add_columns(ApprovalRequest))
    return [Waiting(Row(*row[:-1]), row[-1]) for row in rows]


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
