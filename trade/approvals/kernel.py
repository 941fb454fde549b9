"""The one mechanism for everything that needs a yes: request, candidates by level, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, and_, cast, exists, literal, or_, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals.models import ApprovalCandidate, ApprovalDecision, ApprovalPolicy, ApprovalRequest
from trade.db import insert_many
from trade.errors import Refused
from trade.people.models import Membership, Person, Role

OUTCOMES = {"approve": "approved", "reject": "rejected", "return": "returned"}


@dataclass(frozen=True)
class Ask:
    """What is to be decided, for whom, and until when."""

    subject: str
    subject_id: int
    subject_version: int
    distributor_id: int
    rep_id: int | None
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
    policy_id, candidates = _candidates(session, actor, ask)
    due_at = ask.now + timedelta(hours=ask.decision_hours)
    first = min(level for _, level in candidates)
    request = ApprovalRequest(
        subject=ask.subject,
        subject_id=ask.subject_id,
        subject_version=ask.subject_version,
        policy_id=policy_id,
        distributor_id=ask.distributor_id,
        applicant_id=actor.person_id,
        amount=ask.amount,
        reasons=[dict(reason) for reason in ask.reasons],
        level=first,
        created_at=ask.now,
        escalate_at=ask.now + timedelta(hours=ask.escalation_hours),
        due_at=due_at,
    )
    session.add(request)
    session.flush()
    rows = [{"request_id": request.id, "person_id": person, "level": level} for person, level in candidates]
    insert_many(session, ApprovalCandidate, rows)
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
    won = session.scalar(
        update(ApprovalRequest)
        .where(
            ApprovalRequest.id == request.id,
            ApprovalRequest.state == "open",
            ApprovalRequest.version == version,
        )
        .values(state=state, version=version + 1)
        .returning(ApprovalRequest.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Refused("approval.changed_meanwhile")


def escalate(session: Session, request: ApprovalRequest, now: datetime, hours: int) -> bool:
    """Show the request to the next level too; false when nobody is left above."""
    above = session.scalar(
        select(ApprovalCandidate.level)
        .where(ApprovalCandidate.request_id == request.id, ApprovalCandidate.level > request.level)
        .order_by(ApprovalCandidate.level)
        .limit(1)
    )
    session.execute(
        update(ApprovalRequest)
        .where(
            ApprovalRequest.id == request.id,
            ApprovalRequest.state == "open",
            ApprovalRequest.version == request.version,
        )
        .values(
            level=above or request.level,
            version=request.version + 1,
            escalate_at=now + timedelta(hours=hours) if above else None,
        )
        .execution_options(synchronize_session=False)
    )
    return above is not None


def _candidates(session: Session, actor: Actor, ask: Ask) -> tuple[int, list[tuple[int, int]]]:
    """The policy in force and, in the same statement, a level for each person whom it names, the lowest if several.

    Only people who can sign in: a rep who came with an import and has no password decides nothing.
    """
    manager = select(Person.manager_id).where(Person.id == ask.rep_id).scalar_subquery()
    latest = (
        select(ApprovalPolicy.id)
        .where(ApprovalPolicy.subject == ask.subject, ApprovalPolicy.published_at.is_not(None))
        .order_by(ApprovalPolicy.version.desc())
        .limit(1)
    )
    named_role = cast(ApprovalPolicy.approvers, Text).contains(literal('"role:') + Role.code + literal('"'))
    has_role = and_(Membership.distributor_id.is_(None), named_role)
    rows = session.execute(
        select(ApprovalPolicy.id, ApprovalPolicy.approvers, Person.id, Role.code, Person.id == manager)
        .select_from(ApprovalPolicy)
        .join(Person, and_(Person.is_active, Person.password_hash.is_not(None)))
        .join(Membership, and_(Membership.person_id == Person.id, Membership.is_active))
        .join(Role, and_(Role.id == Membership.role_id, Role.face == "admin"))
        .where(
            ApprovalPolicy.id == latest.scalar_subquery(),
            or_(Person.id == ask.rep_id, Person.id == manager, has_role),
        )
    ).all()
    levels: dict[int, int] = {}
    for _policy_id, approvers, person_id, role_code, is_manager in rows:
        rules = {f"role:{role_code}"}
        rules |= {"rep"} if person_id == ask.rep_id else set()
        rules |= {"rep_manager"} if is_manager else set()
        asked = [level for level, rule in enumerate(approvers, start=1) if rule in rules]
        if asked and person_id != actor.person_id:
            levels[person_id] = min(levels.get(person_id, asked[0]), asked[0])
    if not levels:
        raise Refused("approval.nobody")
    return rows[0][0], sorted(levels.items(), key=lambda item: (item[1], item[0]))
