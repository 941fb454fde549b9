"""The one mechanism for everything that needs a yes: request, steps, turns, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.approvals import deciders, naming, policy
from trade.approvals.models import (
    ApprovalCandidate,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
    ApprovalTurn,
)
from trade.approvals.naming import Turn
from trade.approvals.policy import Facts, Policy, Step
from trade.db import insert_many
from trade.distributors.models import Standing, Territory
from trade.distributors.queries import on_day
from trade.errors import Refused

FALLBACK = Permission.ROLE_MANAGE  # who else is asked when all whom the policy names are gone
OUTCOMES = {"approve": "approved", "reject": "rejected", "return": "returned"}
OPEN, NEXT = "open", "next"
WAITS = (
    OPEN,
    NEXT,
)  # what a yes leads to when it is not the last: others of this step, or those of the next one


@dataclass(frozen=True)
class Ask:
    """What is to be decided, for whom, and until when. Hours are those of the settings; a step may have its own.

    `facts` say tier, channel and territory where no distributor does; amount and reasons are taken from here.
    """

    subject: str
    subject_id: int
    subject_version: int
    distributor_id: int | None
    amount: Decimal
    reasons: Sequence[Mapping[str, Any]]
    now: datetime
    decision_hours: int
    escalation_hours: int
    title: str = ""
    facts: Facts | None = None


@dataclass(frozen=True)
class Verdict:
    """A decision on the version of the request that the person saw."""

    request_id: int
    version: int
    decision: str  # approve, reject, return
    comment: str


def open_request(session: Session, actor: Actor, ask: Ask) -> datetime:
    """Put the question to those whom the policy in force names, never to the applicant; answers until when.

    Raises Refused when nobody could decide.
    """
    day = clock.business_date(ask.now)
    policy_id, rules, facts = _in_force(session, ask, day)
    at = rules.rule_for(facts)
    if at is None:
        raise Refused("approval.nobody")
    due_at = ask.now + timedelta(hours=ask.decision_hours)
    asked = insert(ApprovalRequest).values(
        subject=ask.subject,
        subject_id=ask.subject_id,
        subject_version=ask.subject_version,
        policy_id=policy_id,
        distributor_id=ask.distributor_id,
        applicant_id=actor.person_id,
        amount=ask.amount,
        reasons=[dict(reason) for reason in ask.reasons],
        title=ask.title,
        rule=at,
        escalation_hours=ask.escalation_hours,
        created_at=ask.now,
        due_at=due_at,
    )
    request = session.scalars(asked.returning(ApprovalRequest)).one()
    _enter(session, request, rules, 1, ask.now)
    return due_at


def get_open(
    session: Session, actor: Actor, subject: str, subject_id: int, step: int | None = None
) -> ApprovalRequest:
    """The open request about a subject, for a person who may decide it now.

    `step` is the one that was seen: a second tap of the same thumb is no yes to the step after it.
    """
    request = find_open(session, subject, subject_id)
    if request is None:
        raise Refused("approval.not_open")
    if not may_decide(session, actor, request):
        raise Refused("approval.not_yours")
    if step is not None and step != request.step:
        raise Refused("approval.changed_meanwhile")
    return request


def find_open(session: Session, subject: str, subject_id: int) -> ApprovalRequest | None:
    wanted = select(ApprovalRequest).where(
        ApprovalRequest.subject == subject,
        ApprovalRequest.subject_id == subject_id,
        ApprovalRequest.state == OPEN,
    )
    return session.scalar(wanted.execution_options(populate_existing=True))


def may_decide(session: Session, actor: Actor, request: ApprovalRequest) -> bool:
    """Whether a turn that is open now is this person's, or that of somebody in whose place they decide today."""
    if actor.person_id is None or actor.person_id == request.applicant_id:
        return False
    return bool(session.scalar(select(exists().where(*_taken_by(actor, request)))))


def decide(session: Session, actor: Actor, request: ApprovalRequest, verdict: Verdict) -> str:
    """Decide once, on the version that was seen; a refusal and a return say why.

    Answers approved, rejected or returned, or one of WAITS when somebody else has to say yes too.
    """
    if verdict.decision != "approve" and not verdict.comment.strip():
        raise Refused("approval.comment_needed")
    mine = session.execute(
        select(ApprovalTurn.place, ApprovalCandidate.person_id).where(*_taken_by(actor, request))
    ).all()
    _write(session, actor, request, verdict.decision, verdict.comment, mine)
    if verdict.decision != "approve":
        close(session, request, OUTCOMES[verdict.decision], verdict.version)
        return OUTCOMES[verdict.decision]
    _take(session, request, {place for place, _ in mine}, actor.person_id)
    if _has_open_turn(session, request):
        _change_or_refuse(session, request, verdict.version)
        return OPEN
    content = session.scalars(
        select(ApprovalPolicy.content).where(ApprovalPolicy.id == request.policy_id)
    ).one()
    _change_or_refuse(session, request, verdict.version)
    session.refresh(request)
    if _enter(session, request, policy.load(content), request.step + 1, clock.now()):
        return NEXT
    session.refresh(request)
    close(session, request, "approved", request.version)
    return "approved"


def add_turn(session: Session, actor: Actor, request: ApprovalRequest, person_id: int, comment: str) -> None:
    """Want one more to say yes before the step is done: somebody who could decide it, and is not asked already."""
    able = deciders.able(session, request.subject, request.distributor_id)
    if person_id not in able or person_id == request.applicant_id:
        raise Refused("approval.cannot_decide", field="person")
    turns = session.scalars(select(ApprovalTurn).where(ApprovalTurn.request_id == request.id)).all()
    named = [f"{policy.PERSON}{person_id}"]
    if person_id == actor.person_id or any(
        each.approvers == named and each.state == OPEN and each.added_by_id for each in turns
    ):
        raise Refused("approval.asked_already", field="person")
    place = max(each.place for each in turns) + 1
    facts = {"request_id": request.id, "place": place}
    session.execute(
        insert(ApprovalTurn).values(
            **facts, step=request.step, approvers=named, added_by_id=actor.person_id, state=OPEN
        )
    )
    session.execute(insert(ApprovalCandidate).values(**facts, person_id=person_id, level=request.level))
    who = session.execute(
        select(ApprovalTurn.place, ApprovalCandidate.person_id).where(*_taken_by(actor, request))
    ).all()
    _write(session, actor, request, "add", comment, who)
    _change_or_refuse(session, request, request.version)


def entitle(session: Session, subject: str, subject_id: int, title: str) -> None:
    """Say what an open request is about once that has its number, which is drawn last of all."""
    named = update(ApprovalRequest).where(
        ApprovalRequest.subject == subject,
        ApprovalRequest.subject_id == subject_id,
        ApprovalRequest.state == OPEN,
    )
    session.execute(named.values(title=title).execution_options(synchronize_session=False))


def close(session: Session, request: ApprovalRequest, state: str, version: int) -> None:
    """End an open request, compare-and-set; turns that nobody took end with it."""
    _change_or_refuse(session, request, version, state=state)
    left = update(ApprovalTurn).where(ApprovalTurn.request_id == request.id, ApprovalTurn.state == OPEN)
    session.execute(left.values(state="ended").execution_options(synchronize_session=False))


def change(session: Session, request: ApprovalRequest, version: int, **values: Any) -> bool:
    """Compare-and-set on an open request; false when somebody decided or moved it in this moment."""
    won = (
        update(ApprovalRequest)
        .where(
            ApprovalRequest.id == request.id,
            ApprovalRequest.state == OPEN,
            ApprovalRequest.version == version,
        )
        .values(version=version + 1, **values)
        .returning(ApprovalRequest.id)
    )
    return session.scalar(won.execution_options(synchronize_session=False)) is not None


def escalate(session: Session, request: ApprovalRequest, now: datetime) -> bool:
    """Show the request to the next level too and look at it again later; false when nobody is left above."""
    above = session.scalar(
        select(func.min(ApprovalCandidate.level)).where(
            *_open_turns(request), ApprovalCandidate.level > request.level
        )
    )
    content = session.scalars(
        select(ApprovalPolicy.content).where(ApprovalPolicy.id == request.policy_id)
    ).one()
    step = _step(policy.load(content), request)
    again = now + _wait(request, step)
    change(session, request, request.version, level=above or request.level, escalate_at=again)
    return above is not None


def _in_force(session: Session, ask: Ask, day: Any) -> tuple[int, Policy, Facts]:
    """The version that was published last, and what a request is judged by; one statement."""
    row = session.execute(
        select(
            ApprovalPolicy.id,
            ApprovalPolicy.content,
            Standing.tier_id,
            Standing.channel_id,
            Territory.path,
        )
        .select_from(ApprovalPolicy)
        .outerjoin(Standing, (Standing.distributor_id == ask.distributor_id) & on_day(day))
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .where(ApprovalPolicy.subject == ask.subject, ApprovalPolicy.published_at.is_not(None))
        .order_by(ApprovalPolicy.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise Refused("approval.nobody")
    policy_id, content, tier_id, channel_id, path = row
    said = ask.facts or Facts(ask.amount, tier_id, channel_id, _ids(path))
    reasons = frozenset(str(each.get("code", "")) for each in ask.reasons)
    facts = Facts(ask.amount, said.tier_id, said.channel_id, said.territory_ids, reasons)
    return policy_id, policy.load(content), facts


def _ids(path: str | None) -> frozenset[int]:
    return frozenset(int(each) for each in (path or "").split("/") if each)


def _enter(session: Session, request: ApprovalRequest, rules: Policy, number: int, now: datetime) -> bool:
    """Begin a step, or the next one where all of it was said before; false when no step is left."""
    steps = rules.rules[request.rule].steps
    day = clock.business_date(now)
    where = naming.ground(session, request.subject, request.distributor_id, day)
    known = _approvers(session, request) if rules.skips_repeats and number > 1 else frozenset[int]()
    for at in range(number, len(steps) + 1):
        step = steps[at - 1]
        named = naming.turns(step, where, request.applicant_id)
        level = min((min(each.levels.values()) for each in named if each.levels), default=1)
        found = [
            each if each.levels else _keepers(session, each, where, request.applicant_id, level)
            for each in named
        ]
        skipped = [min(each.at(level) & known, default=None) for each in found]
        _name(session, request, at, found, skipped)
        if all(skipped):
            continue
        change(
            session,
            request,
            request.version,
            step=at,
            level=level,
            escalate_at=now + _wait(request, step),
            remind_at=now + timedelta(hours=step.remind_hours) if step.remind_hours else None,
        )
        return True
    return False


def _keepers(
    session: Session, turn: Turn, where: naming.Ground, applicant_id: int | None, level: int
) -> Turn:
    """Those who keep the roles stand in for people who are all gone; refused when there is nobody at all."""
    keepers = frozenset(session.scalars(deciders.holding(FALLBACK))) & where.able.keys() - {applicant_id}
    if not keepers:
        raise Refused("approval.nobody")
    return Turn(turn.approvers, dict.fromkeys(keepers, level))


def _name(
    session: Session,
    request: ApprovalRequest,
    step: int,
    found: Sequence[Turn],
    skipped: Sequence[int | None],
) -> None:
    last = (
        session.scalar(select(func.max(ApprovalTurn.place)).where(ApprovalTurn.request_id == request.id))
        if step > 1
        else 0
    )
    first = (last or 0) + 1
    turns = [
        {
            "request_id": request.id,
            "place": place,
            "step": step,
            "approvers": list(each.approvers),
            "state": "skipped" if person_id else OPEN,
            "person_id": person_id,
        }
        for place, (each, person_id) in enumerate(zip(found, skipped, strict=True), start=first)
    ]
    insert_many(session, ApprovalTurn, turns)
    named = [
        {"request_id": request.id, "place": place, "person_id": person_id, "level": level}
        for place, each in enumerate(found, start=first)
        for person_id, level in sorted(each.levels.items())
    ]
    insert_many(session, ApprovalCandidate, named)


def _wait(request: ApprovalRequest, step: Step | None) -> timedelta:
    return timedelta(hours=(step.escalate_hours if step else None) or request.escalation_hours)


def _step(rules: Policy, request: ApprovalRequest) -> Step | None:
    steps = rules.rules[request.rule].steps if request.rule < len(rules.rules) else ()
    return steps[request.step - 1] if request.step <= len(steps) else None


def _approvers(session: Session, request: ApprovalRequest) -> frozenset[int]:
    """Who said yes to it so far."""
    taken = select(ApprovalTurn.person_id).where(
        ApprovalTurn.request_id == request.id, ApprovalTurn.state == "approved"
    )
    return frozenset(each for each in session.scalars(taken) if each is not None)


def _open_turns(request: ApprovalRequest) -> tuple[ColumnElement[bool], ...]:
    """The candidates of the turns that are open, for a statement about both."""
    return (
        ApprovalTurn.request_id == request.id,
        ApprovalTurn.state == OPEN,
        ApprovalCandidate.request_id == ApprovalTurn.request_id,
        ApprovalCandidate.place == ApprovalTurn.place,
    )


def _taken_by(actor: Actor, request: ApprovalRequest) -> tuple[ColumnElement[bool], ...]:
    """The open turns that this person may take now."""
    return (
        *_open_turns(request),
        ApprovalCandidate.level <= request.level,
        or_(
            ApprovalCandidate.person_id == actor.person_id,
            ApprovalCandidate.person_id.in_(actor.stood_for_ids),
        ),
    )


def _write(
    session: Session,
    actor: Actor,
    request: ApprovalRequest,
    decision: str,
    comment: str,
    mine: Sequence[Row[int, int]],
) -> None:
    asked = {person_id for _, person_id in mine}
    session.add(
        ApprovalDecision(
            request_id=request.id,
            person_id=actor.person_id,
            for_person_id=None if actor.person_id in asked else min(asked, default=None),
            decision=decision,
            comment=comment,
            origin=actor.origin,
        )
    )


def _take(session: Session, request: ApprovalRequest, places: set[int], person_id: int | None) -> None:
    taken = update(ApprovalTurn).where(
        ApprovalTurn.request_id == request.id, ApprovalTurn.place.in_(places), ApprovalTurn.state == OPEN
    )
    values = {"state": "approved", "person_id": person_id, "level": request.level}
    session.execute(taken.values(**values).execution_options(synchronize_session=False))


def _has_open_turn(session: Session, request: ApprovalRequest) -> bool:
    is_open = exists().where(ApprovalTurn.request_id == request.id, ApprovalTurn.state == OPEN)
    return bool(session.scalar(select(is_open)))


def _change_or_refuse(session: Session, request: ApprovalRequest, version: int, **values: Any) -> None:
    if not change(session, request, version, **values):
        raise Refused("approval.changed_meanwhile")
