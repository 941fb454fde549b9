"""The inbox: whatever waits for a person's yes, in one line; how an item came to where it is; and cases like it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade import settings
from trade.actor import Actor
from trade.approvals import deciders, kernel, policy, subjects
from trade.approvals.models import (
    ApprovalCandidate,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
)
from trade.approvals.queries import awaiting, reached
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.people.models import Person
from trade.people.naming import told_apart

PAGE = 50
DECIDED = ("approved", "rejected", "returned")
MOST = "approval.bulk_most"
RECENT = 60  # decided ones that are looked through for cases with the same reason


@dataclass(frozen=True)
class Item:
    """A request as one reader sees it. `steps` are those of its policy; `for_name` is who is away and would decide."""

    request: ApprovalRequest
    distributor_name: str | None
    currency: str
    steps: int
    is_mine: bool  # this person may decide it now
    for_name: str | None = None


@dataclass(frozen=True)
class Place:
    """Where in the line an item stands, from 1, or 0 when it does not wait for this person; which follows."""

    at: int
    total: int
    next_id: int | None


@dataclass(frozen=True)
class Turn:
    """One yes of a request, in the words of its first row: who is asked for it, who gave it, who wanted it asked."""

    turn: ApprovalCandidate
    asked: Sequence[str]
    asked_ids: Sequence[int]
    given_by: str | None
    added_by: str | None


@dataclass(frozen=True)
class Said:
    """A decision with the name of who took it and in whose place."""

    decision: ApprovalDecision
    name: str | None
    for_name: str | None


@dataclass(frozen=True)
class Similar:
    """A request that was decided: the same distributor's, or for the same reason."""

    request: ApprovalRequest
    distributor_name: str | None
    name: str | None
    comment: str
    is_same_distributor: bool
    at: datetime


def listing(session: Session, actor: Actor, subject: str = "", after: str = "") -> tuple[list[Item], str]:
    """A page of what this person may decide now, soonest due first, and the key of the next page or ""."""
    query = _items(actor).where(*_mine(actor, subject))
    query = query.order_by(ApprovalRequest.due_at, ApprovalRequest.id).limit(PAGE + 1)
    due_at, _, last = after.rpartition("|")
    if (since := _instant(due_at)) and last.isascii() and last.isdigit() and len(last) < 10:
        query = query.where(_later(since, int(last)))
    rows = [_item(row) for row in session.execute(query)]
    if len(rows) <= PAGE:
        return rows, ""
    last_shown = rows[PAGE - 1].request
    return rows[:PAGE], f"{last_shown.due_at.isoformat()}|{last_shown.id}"


def get_for(session: Session, actor: Actor, request_id: int) -> Item:
    """A request within reach, whoever decides it, for who has the right to its subject; a stranger's does not exist."""
    row = session.execute(_items(actor).where(ApprovalRequest.id == request_id, *_seen(actor))).one_or_none()
    if row is None:
        raise Refused("approval.not_found")
    return _item(row)


def find_for(session: Session, actor: Actor, subject: str, subject_id: int) -> Item | None:
    """What is asked about a subject now, else what was asked last."""
    query = _items(actor).where(
        ApprovalRequest.subject == subject, ApprovalRequest.subject_id == subject_id, *_seen(actor)
    )
    is_open = case((ApprovalRequest.state == "open", 0), else_=1)
    row = session.execute(query.order_by(is_open, ApprovalRequest.id.desc()).limit(1)).one_or_none()
    return _item(row) if row is not None else None


def by_ids(session: Session, actor: Actor, request_ids: Sequence[int]) -> dict[int, Item]:
    """Those of some requests that lie within reach; one statement."""
    rows = session.execute(_items(actor).where(ApprovalRequest.id.in_(request_ids), *_seen(actor)))
    return {each.request.id: each for each in map(_item, rows)}


def most_at_once(session: Session) -> Decimal:
    """Up to which amount an item may be approved in a list, without a look at it."""
    return Decimal(settings.load(session, MOST)[MOST])


def most_of(kept: str | None) -> Decimal:
    """The same of what a larger statement read: none where nobody set it."""
    return Decimal(kept or settings.DEFAULTS[MOST])


def still_open(session: Session, request_ids: Sequence[int]) -> int:
    """How many of some requests still wait for a yes."""
    is_open = (ApprovalRequest.id.in_(request_ids), ApprovalRequest.state == "open")
    return session.scalar(select(func.count(ApprovalRequest.id)).where(*is_open)) or 0


def place_of(session: Session, actor: Actor, request: ApprovalRequest, subject: str = "") -> Place:
    """Where a request stands in this person's line, and which follows it, else which is the first; one statement."""
    later = _later(request.due_at, request.id)
    is_it = ApprovalRequest.id == request.id
    mine = select(ApprovalRequest).where(*_mine(actor, subject))
    following = mine.with_only_columns(ApprovalRequest.id).where(~is_it)
    following = following.order_by(
        case((later, 0), else_=1), ApprovalRequest.due_at, ApprovalRequest.id
    ).limit(1)
    total, before, here, next_id = session.execute(
        mine.with_only_columns(
            func.count(ApprovalRequest.id),
            func.coalesce(func.sum(case((or_(later, is_it), 0), else_=1)), 0),
            func.coalesce(func.sum(case((is_it, 1), else_=0)), 0),
            following.correlate(None).scalar_subquery(),
        )
    ).one()
    return Place(int(before) + 1 if here else 0, int(total), next_id)


def waiting(actor: Actor, subject: str = "") -> ColumnElement[int]:
    """How many items wait for this person, of one subject or of all, as a part of a statement."""
    mine = select(func.count(ApprovalRequest.id)).where(*awaiting(actor), reached(actor))
    return (mine.where(ApprovalRequest.subject == subject) if subject else mine).scalar_subquery()


def readable(actor: Actor) -> list[str]:
    """The subjects that somebody has the right to decide about."""
    return [code for code, each in subjects.SUBJECTS.items() if actor.may(each.right)]


def turns_of(session: Session, request_id: int) -> list[Turn]:
    """Each yes that a request needed so far, in order; one statement."""
    asked, giver, adder = aliased(Person), aliased(Person), aliased(Person)
    rows = session.execute(
        select(ApprovalCandidate, ApprovalRequest.level, asked.name, giver.name, adder.name)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalCandidate.request_id)
        .join(asked, asked.id == ApprovalCandidate.person_id)
        .outerjoin(giver, giver.id == ApprovalCandidate.taken_by_id)
        .outerjoin(adder, adder.id == ApprovalCandidate.added_by_id)
        .where(ApprovalCandidate.request_id == request_id)
        .order_by(ApprovalCandidate.place, ApprovalCandidate.level, asked.name)
    )
    found: dict[int, Turn] = {}
    for turn, level, name, given_by, added_by in rows:
        before = found.get(turn.place, Turn(turn, (), (), given_by, added_by))
        if turn.level <= (turn.taken_at_level or level):
            before = replace(
                before, asked=[*before.asked, name], asked_ids=[*before.asked_ids, turn.person_id]
            )
        found[turn.place] = before
    return list(found.values())


def said_of(session: Session, request: ApprovalRequest) -> list[Said]:
    """Every decision about what a request is about, also before it came back for correction; newest first."""
    place_of_whom = aliased(Person)
    rows = session.execute(
        select(ApprovalDecision, Person.name, place_of_whom.name)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalDecision.request_id)
        .outerjoin(Person, Person.id == ApprovalDecision.person_id)
        .outerjoin(place_of_whom, place_of_whom.id == ApprovalDecision.for_person_id)
        .where(ApprovalRequest.subject == request.subject, ApprovalRequest.subject_id == request.subject_id)
        .order_by(ApprovalDecision.id.desc())
    )
    return [Said(*row) for row in rows]


def similar(session: Session, actor: Actor, request: ApprovalRequest, most: int = 4) -> list[Similar]:
    """The last decided requests about such a subject within reach: the same distributor's, or for a same reason."""
    which = [
        ApprovalRequest.subject == request.subject,
        ApprovalRequest.subject_id != request.subject_id,
        ApprovalRequest.state.in_(DECIDED),
        reached(actor),
    ]
    newest = select(ApprovalRequest.id).where(*which).order_by(ApprovalRequest.id.desc())
    theirs = newest.where(ApprovalRequest.distributor_id == request.distributor_id).limit(most).subquery()
    recent = newest.limit(RECENT).subquery()
    last = select(func.max(ApprovalDecision.id)).where(
        ApprovalDecision.request_id == ApprovalRequest.id, ApprovalDecision.decision != "add"
    )
    rows = session.execute(
        select(ApprovalRequest, Distributor.name, Person.name, ApprovalDecision.comment, ApprovalDecision.at)
        .join(ApprovalDecision, ApprovalDecision.id == last.correlate(ApprovalRequest).scalar_subquery())
        .outerjoin(Distributor, Distributor.id == ApprovalRequest.distributor_id)
        .outerjoin(Person, Person.id == ApprovalDecision.person_id)
        .where(or_(ApprovalRequest.id.in_(select(theirs.c.id)), ApprovalRequest.id.in_(select(recent.c.id))))
        .order_by(ApprovalRequest.id.desc())
    )
    why = _why(request.reasons)
    found = []
    for each, company, name, comment, at in rows:
        is_same = request.distributor_id is not None and each.distributor_id == request.distributor_id
        if is_same or why & _why(each.reasons):
            found.append(Similar(each, company, name, comment, is_same, at))
    return sorted(found, key=lambda each: not each.is_same_distributor)[:most]


def addable(session: Session, actor: Actor, request: ApprovalRequest) -> list[tuple[int, str]]:
    """Who else could be asked: able to decide it, neither the applicant nor this person, nor needed already."""
    able = deciders.able(session, request.subject, request.whose)
    left = able - {request.applicant_id, actor.person_id} - kernel.asked_apart(session, actor, request)
    wanted = select(Person.id, Person.name, Person.user_name).where(Person.id.in_(left))
    return told_apart(session.execute(wanted.order_by(Person.name, Person.id)))


def _items(actor: Actor) -> Select[Any]:
    """Requests with what their line in the inbox says."""
    return (
        select(
            ApprovalRequest,
            Distributor.name,
            Distributor.currency,
            ApprovalPolicy.content,
            and_(*awaiting(actor)),
            _is_asked(actor),
            _who_is_away(actor),
        )
        .join(ApprovalPolicy, ApprovalPolicy.id == ApprovalRequest.policy_id)
        .outerjoin(Distributor, Distributor.id == ApprovalRequest.distributor_id)
    )


def _item(row: Any) -> Item:
    request, name, currency, content, is_mine, is_asked, for_name = row
    steps = len(policy.load(content).steps_of(request.rule))
    return Item(
        request,
        name,
        currency or "CNY",
        max(steps, request.step),
        bool(is_mine),
        for_name if is_mine and not is_asked else None,
    )


def _mine(actor: Actor, subject: str) -> tuple[ColumnElement[bool], ...]:
    rights = _has_right(actor)
    about = (ApprovalRequest.subject == subject,) if subject else ()
    return (*awaiting(actor), reached(actor), rights, *about)


def _seen(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return reached(actor), _has_right(actor)


def _has_right(actor: Actor) -> ColumnElement[bool]:
    return ApprovalRequest.subject.in_(readable(actor))


def _open_turns(who: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    return (
        ApprovalCandidate.request_id == ApprovalRequest.id,
        ApprovalCandidate.level <= ApprovalRequest.level,
        ApprovalCandidate.state == "open",
        who,
    )


def _is_asked(actor: Actor) -> ColumnElement[bool]:
    """Whether it is this person's own turn, whoever is away."""
    mine = exists().where(*_open_turns(ApprovalCandidate.person_id == actor.person_id))
    return mine.correlate(ApprovalRequest)


def _who_is_away(actor: Actor) -> ColumnElement[str | None]:
    """In whose place this person would decide."""
    away = select(func.min(Person.name)).where(
        *_open_turns(ApprovalCandidate.person_id.in_(actor.stood_for_ids)),
        Person.id == ApprovalCandidate.person_id,
    )
    return away.correlate(ApprovalRequest).scalar_subquery()


def _why(reasons: Sequence[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((str(each.get("code", "")), str(each.get("name", ""))) for each in reasons)


def _later(due_at: datetime, request_id: int) -> ColumnElement[bool]:
    same = and_(ApprovalRequest.due_at == due_at, ApprovalRequest.id > request_id)
    return or_(ApprovalRequest.due_at > due_at, same)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
