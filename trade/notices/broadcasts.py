"""Who is told of a broadcast: everybody at its recipients who may read it, in one statement; reps of theirs.

What leaves the building goes distributor by distributor, a message each, so that a mail server that is away holds up
one of them and not fifty thousand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, String, and_, func, literal, select, true
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Permission
from trade.broadcasts.models import Broadcast, BroadcastRecipient, BroadcastReminder
from trade.broadcasts.recipients import has_acknowledged, is_answerable, left_out
from trade.db import BigId, Instant, insert_into, insert_once, insert_rows
from trade.distributors.models import Standing
from trade.distributors.queries import on_day
from trade.notices import planning
from trade.notices.models import Notice, NoticeChannel, OutboxMessage
from trade.notices.outbox import Letter
from trade.notices.planning import News
from trade.people.models import Membership, Person, Role, RolePermission

SENT = {"broadcast.published", "broadcast.corrected"}
# What the distributors' people hear of.
THERE = {*SENT, "broadcast.recalled", "broadcast.replaced", "broadcast.reminder"}
OUTSIDE = "broadcast.outside"  # one distributor's share of what leaves the building


def tell(session: Session, letter: Letter) -> None:
    """Tell everybody whom a message about a broadcast concerns, once; it may be delivered again after a kill."""
    broadcast = session.get(Broadcast, letter.payload.get("broadcast_id"))
    if broadcast is None:
        return
    facts = _facts(broadcast)
    if letter.topic == OUTSIDE:
        _outside(session, letter, facts)
    elif letter.topic in THERE:
        whom = _recipients(broadcast.id, letter)
        _tell_there(session, letter, facts, whom)
        _leave_outside(session, broadcast.id, letter.topic, whom)
        if letter.topic in SENT:
            planning.plan(session, News(letter.id, letter.topic, facts, None, letter.at), [])
        if letter.topic in {*SENT, "broadcast.replaced"}:
            _tell_reps(session, letter, facts, _counts(session, whom))
    elif letter.topic == "broadcast.unanswered":
        owing = select(BroadcastRecipient.distributor_id).where(
            BroadcastRecipient.broadcast_id == broadcast.id, ~has_acknowledged(), is_answerable()
        )
        _tell_reps(session, letter, facts, _counts(session, owing))
    else:
        _tell_person(session, letter, facts)


def _facts(broadcast: Broadcast) -> dict[str, Any]:
    by = broadcast.acknowledge_by
    facts = {"broadcast_id": broadcast.id, "number": broadcast.number or "", "title": broadcast.title}
    return facts | {"kind": broadcast.kind, "day": by.isoformat() if by else "", "reason": broadcast.reason}


def _recipients(broadcast_id: int, letter: Letter) -> Select[int]:
    """Whom this message is about: those whom a publication reached at its moment, those asked again then, those
    whom a correction left out, or all.
    """
    said = letter.payload.get("at")
    at = datetime.fromisoformat(str(said)) if said else None
    if letter.topic == "broadcast.reminder":
        return select(BroadcastReminder.distributor_id).where(
            BroadcastReminder.broadcast_id == broadcast_id, BroadcastReminder.at == at
        )
    if letter.topic == "broadcast.replaced":
        return left_out(broadcast_id)
    theirs = select(BroadcastRecipient.distributor_id).where(BroadcastRecipient.broadcast_id == broadcast_id)
    return theirs if at is None else theirs.where(BroadcastRecipient.at == at)


def _readers(*which: ColumnElement[bool]) -> Select[int, int | None]:
    """Everybody at distributors who may read broadcasts, and for which distributor: one, where it is several."""
    return (
        select(Membership.person_id, func.min(Membership.distributor_id))
        .join(Person, Person.id == Membership.person_id)
        .join(Role, Role.id == Membership.role_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(
            Person.is_active,
            Membership.is_active,
            ~Role.is_archived,
            RolePermission.permission == Permission.BROADCAST_READ.value,
            *which,
        )
        .group_by(Membership.person_id)
    )


def _tell_there(session: Session, letter: Letter, facts: Mapping[str, Any], whom: Select[int]) -> None:
    people = _readers(Membership.distributor_id.in_(whom)).subquery()
    rows = select(
        literal(letter.id, BigId),
        people.c[0],
        people.c[1],
        literal(letter.topic, String),
        literal(dict(facts), JSON),
        literal(clock.now(), Instant),
    ).where(true())
    names = ["outbox_id", "person_id", "distributor_id", "topic", "facts", "at"]
    session.execute(insert_into(session, Notice).from_select(names, rows).on_conflict_do_nothing())


def _counts(session: Session, distributor_ids: Select[int]) -> Sequence[tuple[int, int]]:
    """How many of them are each rep's, today."""
    rows = session.execute(
        select(Standing.rep_id, func.count(Standing.id))
        .join(Person, and_(Person.id == Standing.rep_id, Person.is_active))
        .where(on_day(clock.today()), Standing.distributor_id.in_(distributor_ids))
        .group_by(Standing.rep_id)
        .order_by(Standing.rep_id)
    )
    return [(rep_id, count) for rep_id, count in rows if rep_id is not None]


def _tell_reps(
    session: Session, letter: Letter, facts: Mapping[str, Any], counts: Sequence[tuple[int, int]]
) -> None:
    for rep_id, count in counts:
        _notice(session, letter, rep_id, {**facts, "count": count})


def _tell_person(session: Session, letter: Letter, facts: Mapping[str, Any]) -> None:
    person_id = letter.payload.get("person_id")
    if person_id is not None:
        _notice(session, letter, int(person_id), facts)
        planning.plan(session, News(letter.id, letter.topic, facts, None, letter.at), [int(person_id)])


def _notice(session: Session, letter: Letter, person_id: int, facts: Mapping[str, Any]) -> None:
    insert_once(
        session,
        Notice,
        outbox_id=letter.id,
        person_id=person_id,
        topic=letter.topic,
        facts=dict(facts),
        at=letter.at,
    )


def _leave_outside(session: Session, broadcast_id: int, topic: str, whom: Select[int]) -> None:
    """Leave a message per distributor for mail, text and partners' addresses, where there are any."""
    leads_there = NoticeChannel.kind.in_(("mail", "sms")) | NoticeChannel.distributor_id.is_not(None)
    in_use = select(NoticeChannel.id).where(NoticeChannel.is_active, leads_there)
    if session.scalar(in_use.limit(1)) is None:
        return
    payload = {"broadcast_id": broadcast_id, "said": topic}
    keys = session.scalars(whom).all()
    rows = [{"topic": OUTSIDE, "payload": {**payload, "distributor_id": key}} for key in keys]
    insert_rows(session, OutboxMessage, rows)


def _outside(session: Session, letter: Letter, facts: Mapping[str, Any]) -> None:
    distributor_id = int(letter.payload["distributor_id"])
    people = [row[0] for row in session.execute(_readers(Membership.distributor_id == distributor_id))]
    said = str(letter.payload["said"])
    planning.plan(session, News(letter.id, said, facts, distributor_id, letter.at), people)
