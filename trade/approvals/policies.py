"""Versions of a policy: one in force, at most one draft, and those that were; what was published never changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals import subjects
from trade.approvals.models import ApprovalPolicy, ApprovalRequest
from trade.audit import AuditEntry
from trade.errors import Refused
from trade.people.models import Person

SUBJECT = "approval_policy"
KEPT = "approval_policy.edited"


def in_force(session: Session) -> dict[str, ApprovalPolicy]:
    """By subject the version that was published last; one statement."""
    rows = session.scalars(
        select(ApprovalPolicy)
        .where(ApprovalPolicy.published_at.is_not(None))
        .order_by(ApprovalPolicy.subject, ApprovalPolicy.version)
    )
    return {each.subject: each for each in rows}


def drafts(session: Session) -> dict[str, ApprovalPolicy]:
    """By subject the version that somebody works on."""
    rows = session.scalars(select(ApprovalPolicy).where(ApprovalPolicy.published_at.is_(None)))
    return {each.subject: each for each in rows}


def get(session: Session, policy_id: int) -> ApprovalPolicy:
    found = session.scalar(
        select(ApprovalPolicy).where(ApprovalPolicy.id == policy_id).execution_options(populate_existing=True)
    )
    if found is None or found.subject not in subjects.SUBJECTS:
        raise Refused("policy.not_found")
    return found


def versions(session: Session, subject: str) -> list[ApprovalPolicy]:
    """All of a subject, the newest first."""
    rows = session.scalars(
        select(ApprovalPolicy)
        .where(ApprovalPolicy.subject == subject)
        .order_by(ApprovalPolicy.version.desc())
    )
    return list(rows)


def followed(session: Session, subject: str) -> dict[int, int]:
    """How many open requests about a subject follow which version of its policy; one statement."""
    asked = (ApprovalRequest.subject == subject, ApprovalRequest.state == "open")
    counted = (
        select(ApprovalRequest.policy_id, func.count()).where(*asked).group_by(ApprovalRequest.policy_id)
    )
    return {key: count for key, count in session.execute(counted)}


def next_version(session: Session, subject: str) -> int:
    last = session.scalar(select(func.max(ApprovalPolicy.version)).where(ApprovalPolicy.subject == subject))
    return (last or 0) + 1


def turn(session: Session, actor: Actor, policy_id: int, seen: int, **values: Any) -> None:
    """Change a draft on the turn that was seen, or refuse: of two who edit, one does."""
    won = session.scalar(
        update(ApprovalPolicy)
        .where(
            ApprovalPolicy.id == policy_id,
            ApprovalPolicy.turn == seen,
            ApprovalPolicy.published_at.is_(None),
        )
        .values(turn=seen + 1, **values)
        .returning(ApprovalPolicy.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Refused("policy.changed_meanwhile")


def last_kept(session: Session, policy_id: int) -> tuple[str, datetime] | None:
    """Who changed a draft last, and when; none as long as nobody has."""
    told = (AuditEntry.subject == SUBJECT, AuditEntry.subject_id == policy_id, AuditEntry.event == KEPT)
    rows = session.execute(
        select(func.coalesce(Person.name, AuditEntry.origin), AuditEntry.at)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(*told)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return next(((name, at) for name, at in rows), None)


def publish(session: Session, actor: Actor, draft: ApprovalPolicy, seen: int, note: str) -> Mapping[str, Any]:
    """Put a draft in force; requests that are open keep the version under which they were opened."""
    now = clock.now()
    turn(session, actor, draft.id, seen, published_at=now, published_by_id=actor.person_id, note=note)
    return {"subject": draft.subject, "version": draft.version, "note": note}
