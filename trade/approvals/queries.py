"""What waits for whom, and what was decided."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals.models import ApprovalCandidate, ApprovalDecision, ApprovalRequest
from trade.people.models import Person


def decidable(actor: Actor, subject: str) -> tuple[ColumnElement[bool], ...]:
    """The requests that this person may decide now, for a statement that joins them with their candidates."""
    return (
        ApprovalRequest.subject == subject,
        ApprovalRequest.state == "open",
        ApprovalCandidate.person_id == actor.person_id,
        ApprovalCandidate.level <= ApprovalRequest.level,
    )


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
