"""The inbox: what waits for whom."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals.models import ApprovalCandidate, ApprovalDecision, ApprovalRequest
from trade.people.models import Person

PAGE = 50


def inbox(session: Session, actor: Actor, after: int | None = None) -> Sequence[ApprovalRequest]:
    """The requests that this person may decide now, what is due first on top."""
    query = _mine(actor).order_by(ApprovalRequest.due_at, ApprovalRequest.id).limit(PAGE)
    return session.scalars(query.offset(after or 0)).all()


def history(session: Session, subject: str, subject_id: int) -> list[tuple[ApprovalDecision, str | None]]:
    """Every decision about a subject with the name of who took it, newest first."""
    rows = session.execute(
        select(ApprovalDecision, Person.name)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalDecision.request_id)
        .outerjoin(Person, Person.id == ApprovalDecision.person_id)
        .where(ApprovalRequest.subject == subject, ApprovalRequest.subject_id == subject_id)
        .order_by(ApprovalDecision.id.desc())
    )
    return [(decision, name) for decision, name in rows]


def _mine(actor: Actor) -> Select[ApprovalRequest]:
    return (
        select(ApprovalRequest)
        .join(ApprovalCandidate, ApprovalCandidate.request_id == ApprovalRequest.id)
        .where(
            ApprovalCandidate.person_id == actor.person_id,
            ApprovalCandidate.level <= ApprovalRequest.level,
            ApprovalRequest.state == "open",
        )
    )
