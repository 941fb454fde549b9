"""The one mechanism for everything that needs a yes: request, candidates by level, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals.deciders import deciders, rep_of
from trade.approvals.models import (
    ApprovalCandidate,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
    ApprovalStep,
)
from trade.errors import Refused
from trade.people.models import Membership, Person, Role

NOBODY = 0  # the level of a request that nobody could decide; it is never kept
OUTCOMES = {"approve": "approved", "reject": "rejected", "return": "returned"}


@dataclass(frozen=True)
class Ask:
    """What is to be decided, for whom, and until when."""

    subject: str
    subject_id: int
    subject_version: int
    distributor_id: int
    amount: Decimal
    reasons: Sequence[Mapping[str, Any]]
    now: datetime
    decision_hours: int
    escalation_hours: int


@dataclass(frozen=True)
class Verdict:
    """A decision on the version of the request that the person saw."""

    request_id: int
    version: int
    decision: str  # approve, reject, return
    comment: str


def open_request(session: Session, actor: Actor, ask: Ask) -> datetime:
    """Put the question to those whom the policy names, never to the applicant; answers until when.

    Raises Refused when nobody could decide.
    """
    due_at = ask.now + timedelta(hours=ask.decision_hours)
    candidates = _candidates(actor, ask)
    first = select(func.min(candidates.subquery().c.level)).scalar_subquery()
    asked = insert(ApprovalRequest).values(
        subject=ask.subject,
        subject_id=ask.subject_id,
        subject_version=ask.subject_version,
        policy_id=_policy_in_force(ask.subject),
        distributor_id=ask.distributor_id,
        applicant_id=actor.person_id,
        amount=ask.amount,
        reasons=[dict(reason) for reason in ask.reasons],
        level=func.coalesce(first, NOBODY),
        created_at=ask.now,
        escalate_at=ask.now + timedelta(hours=ask.escalation_hours),
        due_at=due_at,
    )
    request_id, level = session.execute(asked.returning(ApprovalRequest.id, ApprovalRequest.level)).one()
    if level == NOBODY:
        raise Refused("approval.nobody")
    columns = [ApprovalCandidate.person_id, ApprovalCandidate.level, ApprovalCandidate.request_id]
    named = candidates.add_columns(literal(request_id))
    session.execute(insert(ApprovalCandidate).from_select(columns, named))
    return due_at


def get_open(session: Session, actor: Actor, subject: str, subject_id: int) -> ApprovalRequest:
    """The open request about a subject, for a person who may decide it now."""
    request = find_open(session, subject, subject_id)
    if request is None:
        raise Refused("approval.not_open")
    if not may_decide(session, actor, request):
        raise Refused("approval.not_yours")
    return request


def find_open(session: Session, subject: str, subject_id: int) -> ApprovalRequest | None:
    return session.scalar(
        select(ApprovalRequest).where(
            ApprovalRequest.subject == subject,
            ApprovalRequest.subject_id == subject_id,
            ApprovalRequest.state == "open",
        )
    )


def may_decide(session: Session, actor: Actor, request: ApprovalRequest) -> bool:
    """Whether the policy named this person and the request has reached them; never the applicant."""
    if actor.person_id is None or actor.person_id == request.applicant_id:
        return False
    named = exists().where(
        ApprovalCandidate.request_id == request.id,
        ApprovalCandidate.person_id == actor.person_id,
        ApprovalCandidate.level <= request.level,
    )
    return bool(session.scalar(select(named)))


def decide(session: Session, actor: Actor, request: ApprovalRequest, verdict: Verdict) -> None:
    """Decide once, on the version that was seen; a refusal and a return say why."""
    if verdict.decision != "approve" and not verdict.comment.strip():
        raise Refused("approval.comment_needed")
    close(session, request, OUTCOMES[verdict.decision], verdict.version)
    session.add(
        ApprovalDecision(
            request_id=request.id,
            person_id=actor.person_id,
            decision=verdict.decision,
            comment=verdict.comment,
            origin=actor.origin,
        )
    )


def close(session: Session, request: ApprovalRequest, state: str, version: int) -> None:
    """End an open request, compare-and-set."""
    if not change(session, request, version, state=state):
        raise Refused("approval.changed_meanwhile")


def change(session: Session, request: ApprovalRequest, version: int, **values: Any) -> bool:
    """Compare-and-set on an open request; false when somebody decided or moved it in this moment."""
    won = (
        update(ApprovalRequest)
        .where(
            ApprovalRequest.id == request.id,
            ApprovalRequest.state == "open",
            ApprovalRequest.version == version,
        )
        .values(version=version + 1, **values)
        .returning(ApprovalRequest.id)
    )
    return session.scalar(won.execution_options(synchronize_session=False)) is not None


def escalate(session: Session, request: ApprovalRequest, now: datetime, hours: int) -> bool:
    """Show the request to the next level too and look at it again later; false when nobody is left above."""
    above = session.scalar(
        select(ApprovalCandidate.level)
        .where(ApprovalCandidate.request_id == request.id, ApprovalCandidate.level > request.level)
        .order_by(ApprovalCandidate.level)
        .limit(1)
    )
    again = now + timedelta(hours=hours)
    change(session, request, request.version, level=above or request.level, escalate_at=again)
    return above is not None


def _policy_in_force(subject: str) -> ScalarSelect[int]:
    """The policy that was published last."""
    return (
        select(ApprovalPolicy.id)
        .where(ApprovalPolicy.subject == subject, ApprovalPolicy.published_at.is_not(None))
        .order_by(ApprovalPolicy.version.desc())
        .limit(1)
        .scalar_subquery()
    )


def _candidates(actor: Actor, ask: Ask) -> Select[int, int]:
    """Each person whom the policy in force names, with the lowest level at which it does; not the applicant.

    Only people who could decide it today: whoever cannot sign in, lacks the right or does not reach the
    distributor would leave it lying.
    """
    day = clock.business_date(ask.now)
    rep = rep_of(ask.distributor_id, day)
    manager = select(Person.manager_id).where(Person.id == rep).scalar_subquery()
    is_named = or_(
        and_(ApprovalStep.rule == "rep", Person.id == rep),
        and_(ApprovalStep.rule == "rep_manager", Person.id == manager),
        and_(ApprovalStep.rule == literal("role:") + Role.code, Membership.distributor_id.is_(None)),
    )
    return (
        select(Person.id, func.min(ApprovalStep.level).label("level"))
        .select_from(ApprovalStep)
        .join(Person, Person.id.in_(deciders(ask.subject, ask.distributor_id, day)))
        .join(Membership, and_(Membership.person_id == Person.id, Membership.is_active))
        .join(Role, and_(Role.id == Membership.role_id, Role.face == "admin"))
        .where(
            ApprovalStep.policy_id == _policy_in_force(ask.subject),
            is_named,
            Person.id.is_distinct_from(actor.person_id),
        )
        .group_by(Person.id)
    )
