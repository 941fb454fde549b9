"""What waits for whom, and what was decided."""

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from trade.actor import Actor
from trade.approvals.models import ApprovalCandidate, ApprovalDecision, ApprovalRequest
from trade.distributors.queries import within
from trade.people.models import Person


def decidable(actor: Actor, subject: str) -> tuple[ColumnElement[bool], ...]:
    """The requests about a subject that this person may decide now."""
    return (ApprovalRequest.subject == subject, *awaiting(actor))


def awaiting(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """The requests that this person may decide now, for themselves or for somebody who is away; never their own."""
    asked = exists().where(
        ApprovalCandidate.request_id == ApprovalRequest.id,
        ApprovalCandidate.level <= ApprovalRequest.level,
        or_(
            ApprovalCandidate.person_id == actor.person_id,
            ApprovalCandidate.person_id.in_(actor.stood_for_ids),
        ),
        ApprovalCandidate.state == "open",
    )
    said = aliased(ApprovalCandidate)
    has_said = exists().where(
        said.request_id == ApprovalRequest.id,
        said.step == ApprovalRequest.step,
        said.taken_by_id == actor.person_id,
    )
    is_own = ApprovalRequest.applicant_id == actor.person_id
    return (
        ApprovalRequest.state == "open",
        or_(ApprovalRequest.applicant_id.is_(None), ~is_own),
        asked.correlate(ApprovalRequest),
        ~has_said.correlate(ApprovalRequest),
    )


def reached(actor: Actor) -> ColumnElement[bool]:
    """The requests within reach: of a distributor, or of a rep where it is none yet; else of who reaches everybody."""
    is_everyone, _has_some, has_reps = actor.scope.reach
    theirs = within(actor, ApprovalRequest.distributor_id)
    if is_everyone or not has_reps:
        return theirs
    rep = ApprovalRequest.reasons[(0, "rep_id")].as_integer()
    return or_(theirs, and_(ApprovalRequest.distributor_id.is_(None), rep.in_(actor.scope.rep_ids)))


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
