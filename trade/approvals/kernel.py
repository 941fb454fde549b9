"""The one mechanism for everything that needs a yes: request, steps, turns, decisions."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, case, exists, func, insert, or_, select, true, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.approvals import deciders, naming, policy
from trade.approvals.models import (
    ApprovalCandidate,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
    Whose,
    rep_named,
)
from trade.approvals.naming import Ground
from trade.approvals.planning import OPEN, Begun, again, plan
from trade.approvals.policy import Facts, Policy, Step
from trade.db import insert_many
from trade.distributors.models import Standing, Territory
from trade.distributors.queries import on_day
from trade.errors import Refused

OUTCOMES = {"approve": "approved", "reject": "rejected", "return": "returned"}
NEXT = "next"
WAITS = (
    OPEN,
    NEXT,
)  # what a yes leads to when it is not the last: others of this step, or those of the next one


@dataclass(frozen=True)
class Ask:
    """What is to be decided, for whom, and until when. Hours are those of the settings; a step may have its own.

    `facts` say tier, channel and territory where no distributor does; amount and reasons are taken from here. Where
    there is no distributor yet, the first reason may name the rep whose it is.
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
    doer_id: int | None = None  # of the brand, whose own deed is asked about

    @property
    def whose(self) -> Whose:
        return Whose(self.distributor_id, rep_named(self.reasons))


@dataclass(frozen=True)
class Verdict:
    """A decision on the version of the request that the person saw.

    A yes may change what is asked for: `facts` say by what it is judged from now on, `is_more` that it gives more than
    others said yes to.
    """

    request_id: int
    version: int
    decision: str  # approve, reject, return
    comment: str
    facts: Facts | None = None
    is_more: bool = False


def open_request(session: Session, actor: Actor, ask: Ask) -> datetime:
    """Put the question to those whom the policy in force names, never to the applicant; answers until when.

    Where it names nobody who is there, those who keep the roles are asked: what a distributor sends is not refused
    because an approver left. Raises Refused when there is nobody at all but the applicant. Whoever's own deed it is
    about stands in the place of an applicant who could not decide anyhow, unless nobody else is there.
    """
    policy_id, rules, facts, where = in_force(session, ask)
    found = rules.rule_for(facts)
    at = len(rules.rules) if found is None else found
    due_at = ask.now + timedelta(hours=ask.decision_hours)
    applicant_id, begun = _first_step(session, rules.steps_of(at), where, actor.person_id, ask.doer_id)
    asked = insert(ApprovalRequest).values(
        subject=ask.subject,
        subject_id=ask.subject_id,
        subject_version=ask.subject_version,
        policy_id=policy_id,
        distributor_id=ask.distributor_id,
        applicant_id=applicant_id,
        amount=ask.amount,
        reasons=[dict(reason) for reason in ask.reasons],
        title=ask.title,
        rule=at,
        level=begun.level,
        escalation_hours=ask.escalation_hours,
        created_at=ask.now,
        due_at=due_at,
        **begun.moments(ask.now, ask.escalation_hours, due_at),
    )
    request_id = session.scalars(asked.returning(ApprovalRequest.id)).one()
    insert_many(session, ApprovalCandidate, begun.rows(request_id, 1))
    _tell_of_keepers(session, actor, request_id, ask.title, begun)
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

    A yes to more than others said yes to asks them again, and one to what another rule means asks those of that rule.
    Answers approved, rejected or returned, or one of WAITS when somebody else has to say yes too.
    """
    if verdict.decision != "approve" and not verdict.comment.strip():
        raise Refused("approval.comment_needed")
    mine = _places(session, actor, request)
    if verdict.decision != "approve":
        _write(session, actor, request, verdict.decision, verdict.comment, mine)
        close(session, request, OUTCOMES[verdict.decision], verdict.version)
        return OUTCOMES[verdict.decision]
    place = _fittest(session, actor, request, mine)
    _write(session, actor, request, "approve", verdict.comment, [each for each in mine if each[0] == place])
    _take(session, request, place, actor.person_id)
    content = session.scalars(
        select(ApprovalPolicy.content).where(ApprovalPolicy.id == request.policy_id)
    ).one()
    rules = policy.load(content)
    again_from = _begun_again(session, actor, request, rules, verdict)
    if not again_from and _has_open_turn(session, request):
        _change_or_refuse(session, request, verdict.version)
        return OPEN
    _change_or_refuse(session, request, verdict.version, **again_from)
    session.refresh(request)
    if _go_on(session, actor, request, rules):
        return NEXT
    close(session, request, "approved", request.version)
    return "approved"


def add_turn(session: Session, actor: Actor, request: ApprovalRequest, person_id: int, comment: str) -> None:
    """Want one more to say yes before the step is done: somebody who could decide it, and is not asked already."""
    where = naming.ground(session, request.subject, request.whose, clock.today())
    there = where.heard({person_id} & where.able.keys(), request.applicant_id) - {actor.person_id}
    if person_id == actor.person_id or person_id in asked_apart(session, actor, request):
        raise Refused("approval.asked_already", field="person")
    others = heard(session, request, request.level).values()
    if person_id == request.applicant_id or naming.unheard([*others, there]):
        raise Refused("approval.cannot_decide", field="person")
    last = select(func.max(ApprovalCandidate.place)).where(ApprovalCandidate.request_id == request.id)
    session.execute(
        insert(ApprovalCandidate).values(
            request_id=request.id,
            person_id=person_id,
            level=request.level,
            place=(session.scalar(last) or 0) + 1,
            step=request.step,
            approvers=[f"{policy.PERSON}{person_id}"],
            state=OPEN,
            added_by_id=actor.person_id,
        )
    )
    _write(session, actor, request, "add", comment, _places(session, actor, request))
    _change_or_refuse(session, request, request.version)


def asked_apart(session: Session, actor: Actor, request: ApprovalRequest) -> frozenset[int]:
    """Whose yes is needed beside this person's anyhow: whoever has a turn that this person cannot take."""
    wanted = select(ApprovalCandidate.place, ApprovalCandidate.person_id).where(
        *_open_turns(request), ApprovalCandidate.level <= request.level
    )
    rows = session.execute(wanted).all()
    me = {actor.person_id, *actor.stood_for_ids}
    mine = {place for place, person_id in rows if person_id in me}
    said = session.scalars(select(ApprovalCandidate.taken_by_id).where(*_said_in_step(request)))
    return frozenset({*(person_id for place, person_id in rows if place not in mine), *said})


def close(session: Session, request: ApprovalRequest, state: str, version: int) -> None:
    """End an open request, compare-and-set; turns that nobody took end with it."""
    _change_or_refuse(session, request, version, state=state)
    left = update(ApprovalCandidate).where(*_open_turns(request))
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
    later = again(step, now, request.escalation_hours, request.due_at)
    change(session, request, request.version, level=above or request.level, escalate_at=later)
    return above is not None


def in_force(session: Session, ask: Ask) -> tuple[int, Policy, Facts, Ground]:
    """The version that was published last, what a request is judged by, and who could decide it; one statement."""
    day = clock.business_date(ask.now)
    able = naming.staff(ask.subject, ask.whose, day).subquery()
    rep = deciders.rep_of(ask.whose, day)
    last = (
        select(ApprovalPolicy.id)
        .where(ApprovalPolicy.subject == ask.subject, ApprovalPolicy.published_at.is_not(None))
        .order_by(ApprovalPolicy.version.desc())
        .limit(1)
    )
    rows = session.execute(
        select(ApprovalPolicy.id, ApprovalPolicy.content, Standing, Territory.path)
        .add_columns(rep, naming.manager_of(rep), deciders.absent(ask.subject, day), *able.c)
        .select_from(ApprovalPolicy)
        .outerjoin(Standing, (Standing.distributor_id == ask.distributor_id) & on_day(day))
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .outerjoin(able, true())
        .where(ApprovalPolicy.id == last.scalar_subquery())
    ).all()
    if not rows:
        raise Refused("approval.nobody")
    policy_id, content, standing, path, rep_id, manager_id, absent, *_ = rows[0]
    able_by_role = naming.by_role(row[7:] for row in rows if row[7] is not None)
    where = Ground(able_by_role, rep_id, manager_id, deciders.there(absent))
    said = ask.facts or Facts(ask.amount)
    if standing is not None and ask.facts is None:
        said = Facts(ask.amount, standing.tier_id, standing.channel_id, _ids(path))
    reasons = frozenset(str(each.get("code", "")) for each in ask.reasons)
    return policy_id, policy.load(content), replace(said, amount=ask.amount, reasons=reasons), where


def _ids(path: str | None) -> frozenset[int]:
    return frozenset(int(each) for each in (path or "").split("/") if each)


def _first_step(
    session: Session, steps: Sequence[Step], where: Ground, applicant_id: int | None, doer_id: int | None
) -> tuple[int | None, Begun]:
    """Who never decides, and whom the first step asks; the doer does not while anybody else could."""
    if doer_id is not None:
        with suppress(Refused):
            return doer_id, plan(session, steps, 1, where, doer_id)
    return applicant_id, plan(session, steps, 1, where, applicant_id)


def _go_on(session: Session, actor: Actor, request: ApprovalRequest, rules: Policy) -> bool:
    """Begin the next step in which somebody is left to ask; false when there is none."""
    now = clock.now()
    where = naming.ground(session, request.subject, request.whose, clock.business_date(now))
    known = _approvers(session, request) if rules.skips_repeats else frozenset[int]()
    steps = rules.steps_of(request.rule)
    begun = plan(session, steps, request.step + 1, where, request.applicant_id, known)
    last = select(func.max(ApprovalCandidate.place)).where(ApprovalCandidate.request_id == request.id)
    insert_many(session, ApprovalCandidate, begun.rows(request.id, (session.scalar(last) or 0) + 1))
    _tell_of_keepers(session, actor, request.id, request.title, begun)
    if begun.step is None:
        return False
    moments = begun.moments(now, request.escalation_hours, request.due_at)
    _change_or_refuse(session, request, request.version, step=begun.number, level=begun.level, **moments)
    return True


def _begun_again(
    session: Session, actor: Actor, request: ApprovalRequest, rules: Policy, verdict: Verdict
) -> dict[str, int]:
    """Where a request begins again, as what it asks for changed: before the first step of the rule that means it now.

    Whose turn it is now is not asked by the old rule any more; yeses to less count no more, but what this person said
    does. Whom somebody wanted to be asked too is asked still, or again.
    """
    at = request.rule
    if verdict.facts is not None:
        reasons = frozenset(str(each.get("code", "")) for each in request.reasons)
        found = rules.rule_for(replace(verdict.facts, reasons=reasons))
        at = len(rules.rules) if found is None else found
    is_more = verdict.is_more and bool(_approvers(session, request) - {actor.person_id})
    if at == request.rule and not is_more:
        return {}
    mine = ApprovalCandidate.request_id == request.id
    over = ApprovalCandidate.state == OPEN
    if not rules.skips_repeats:
        over = true()
    elif is_more:
        over = or_(over, ApprovalCandidate.taken_by_id.is_distinct_from(actor.person_id))
    added = ApprovalCandidate.added_by_id.is_not(None)
    values = {
        "state": case((added, OPEN), else_="skipped"),
        "level": case((added, 1), else_=ApprovalCandidate.level),
        "taken_by_id": None,
    }
    ended = update(ApprovalCandidate).where(mine, over).values(**values)
    session.execute(ended.execution_options(synchronize_session=False))
    return {"rule": at, "step": 0}


def _tell_of_keepers(session: Session, actor: Actor, request_id: int, title: str, begun: Begun) -> None:
    """Write down that others were asked; they hear of it with the request itself."""
    if any(each.turn.is_kept for each in begun.turns):
        about: dict[str, Any] = {"subject": "approval_request", "subject_id": request_id}
        audit.record(session, actor, "approval.kept", {"what": title}, **about)


def _step(rules: Policy, request: ApprovalRequest) -> Step | None:
    steps = rules.steps_of(request.rule)
    return steps[request.step - 1] if request.step <= len(steps) else None


def _approvers(session: Session, request: ApprovalRequest) -> frozenset[int]:
    """Who said yes to it so far."""
    taken = select(ApprovalCandidate.taken_by_id).where(
        ApprovalCandidate.request_id == request.id, ApprovalCandidate.state == "approved"
    )
    return frozenset(each for each in session.scalars(taken) if each is not None)


def _open_turns(request: ApprovalRequest) -> tuple[ColumnElement[bool], ...]:
    return ApprovalCandidate.request_id == request.id, ApprovalCandidate.state == OPEN


def _taken_by(actor: Actor, request: ApprovalRequest) -> tuple[ColumnElement[bool], ...]:
    """The open turns that this person may take now: none after a yes of their own in the same step."""
    said = select(ApprovalCandidate.id).where(
        *_said_in_step(request), ApprovalCandidate.taken_by_id == actor.person_id
    )
    return (
        *_open_turns(request),
        ~said.correlate(None).exists(),
        ApprovalCandidate.level <= request.level,
        or_(
            ApprovalCandidate.person_id == actor.person_id,
            ApprovalCandidate.person_id.in_(actor.stood_for_ids),
        ),
    )


def _places(session: Session, actor: Actor, request: ApprovalRequest) -> Sequence[Row[int, int]]:
    """The turns that this person may take now, each with whose it is."""
    wanted = select(ApprovalCandidate.place, ApprovalCandidate.person_id)
    return session.execute(wanted.where(*_taken_by(actor, request))).all()


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


def _fittest(
    session: Session, actor: Actor, request: ApprovalRequest, mine: Sequence[Row[int, int]]
) -> int | None:
    """Which turn a yes takes: the person's own first, as long as others are left to say the rest.

    One person says one yes of a step, also who stands in for two.
    """
    places = {place for place, _ in mine}
    own = {place for place, person_id in mine if person_id == actor.person_id}
    if len(places) < 2:
        return min(places, default=None)
    asked = heard(session, request, request.level)
    order = sorted(places, key=lambda each: (each not in own, len(asked[each]), each))
    for place in order:
        rest = [people - {actor.person_id} for key, people in asked.items() if key != place]
        if not naming.unheard(rest):
            return place
    return order[0]


def heard(session: Session, request: ApprovalRequest, level: int) -> dict[int, frozenset[int]]:
    """By open turn, who is there and would say its yes up to a level, and said none in this step yet."""
    where = naming.ground(session, request.subject, request.whose, clock.today())
    rows = session.execute(
        select(ApprovalCandidate.place, ApprovalCandidate.person_id, ApprovalCandidate.level).where(
            *_open_turns(request)
        )
    ).all()
    said = frozenset(session.scalars(select(ApprovalCandidate.taken_by_id).where(*_said_in_step(request))))
    asked: dict[int, set[int]] = {place: set() for place, *_ in sorted(rows)}
    for place, person_id, since in rows:
        if since <= level and person_id in where.able:
            asked[place].add(person_id)
    return {place: where.heard(people, request.applicant_id) - said for place, people in asked.items()}


def _said_in_step(request: ApprovalRequest) -> tuple[ColumnElement[bool], ...]:
    return (
        ApprovalCandidate.request_id == request.id,
        ApprovalCandidate.step == request.step,
        ApprovalCandidate.taken_by_id.is_not(None),
    )


def _take(session: Session, request: ApprovalRequest, place: int | None, person_id: int | None) -> None:
    taken = update(ApprovalCandidate).where(*_open_turns(request), ApprovalCandidate.place == place)
    values = {"state": "approved", "taken_by_id": person_id, "taken_at_level": request.level}
    session.execute(taken.values(**values).execution_options(synchronize_session=False))


def _has_open_turn(session: Session, request: ApprovalRequest) -> bool:
    return bool(session.scalar(select(exists().where(*_open_turns(request)))))


def _change_or_refuse(session: Session, request: ApprovalRequest, version: int, **values: Any) -> None:
    if not change(session, request, version, **values):
        raise Refused("approval.changed_meanwhile")
