"""What goes out through which channel: planned with the notices, sent in order by one worker at a time per channel."""

import random
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.jobs.leases import ASTRAY, LAST_ATTEMPT, LEASE, back_off, is_free, shortened
from trade.notices import channels, rules
from trade.notices.channels import Way
from trade.notices.models import Dispatch, NoticeChannel, QuietHours
from trade.people.models import Person

MINUTE = timedelta(minutes=1)
OLDEST = timedelta(days=3)  # what waited longer for a channel is news no more
LONGEST_WAIT = timedelta(hours=6)  # however long the other side asks for
LONGEST_REST = timedelta(days=2)
MOST_IN_A_DIGEST = 100
GUEST = "guest"  # a fact: who is written to without being a person of this house; gone with the other
SEALED = "sealed"  # a fact that is for the reader alone, and gone from here once it has left


class Fate(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    WRONG = "wrong"  # the other side will never take it
    LATER = "later"  # not this one, not now; others may pass
    DOWN = "down"  # the channel itself: everything behind it waits


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended, and what the other side said."""

    fate: Fate
    answer: str
    wait: timedelta | None = None  # what it asked for


@dataclass(frozen=True)
class Item:
    """One message in a parcel."""

    topic: str
    facts: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class Recipient:
    """A person as a sender needs them."""

    name: str
    email: str | None
    phone: str | None
    locale: str
    is_active: bool


@dataclass(frozen=True)
class Parcel:
    """What this worker may send until `leased_until`: one message, or a digest of several to the same person."""

    ids: tuple[int, ...]
    key: str
    way: Way
    brand: str
    face: str
    items: tuple[Item, ...]
    person: Recipient | None
    attempts: int
    leased_until: datetime


@dataclass(frozen=True)
class Turn:
    """Who asks for work: channels that its own hands are full with, and for how long it wants to keep one."""

    busy: Collection[int] = ()
    lease: timedelta = LEASE


@dataclass(frozen=True)
class Report:
    parcel: Parcel
    outcome: Outcome


def is_due(now: datetime) -> ColumnElement[bool]:
    """Whether any message waits for a channel that could carry it now."""
    return _waiting(now).exists()


def claim(session: Session, actor: Actor, turn: Turn) -> Parcel | None:
    """Take the next message of a free channel for the length of a lease; order is kept within a channel."""
    now = clock.now()
    ready = _waiting(now).where(NoticeChannel.id.not_in(turn.busy)).group_by(NoticeChannel.id)
    for channel_id in session.scalars(ready.order_by(func.min(Dispatch.id))).all():
        until = now + turn.lease
        mine = update(NoticeChannel).where(NoticeChannel.id == channel_id, _free(NoticeChannel, now))
        mine = mine.values(leased_until=until).execution_options(synchronize_session=False)
        if session.scalar(mine.returning(NoticeChannel.id)) is None:
            continue  # another worker was faster
        parcel = _take(session, channel_id, now, until)
        if parcel is not None:
            return parcel
        _let_go(session, channel_id, until)
    return None


def settle(session: Session, actor: Actor, report: Report) -> bool:
    """Write down what became of an attempt; false when another worker has taken the message over since."""
    parcel, outcome, now = report.parcel, report.outcome, clock.now()
    is_last = parcel.attempts >= LAST_ATTEMPT
    pause = _pause(outcome, parcel.attempts)
    changes: dict[str, Any] = {"leased_until": None, "last_answer": shortened(outcome.answer)}
    if outcome.fate == Fate.SENT:
        changes["sent_at"] = now
    elif outcome.fate == Fate.WRONG or is_last:
        changes["dead_at"] = now
    else:
        changes["due_at"] = now + pause
    facts = parcel.items[0].facts
    if SEALED in facts and "due_at" not in changes:
        changes["facts"] = {name: value for name, value in facts.items() if name not in (SEALED, GUEST)}
    held = (
        update(Dispatch)
        .where(Dispatch.id.in_(parcel.ids), Dispatch.leased_until == parcel.leased_until)
        .values(changes)
        .execution_options(synchronize_session=False)
    )
    if not session.scalars(held.returning(Dispatch.id)).all():
        return False
    is_down = outcome.fate == Fate.DOWN
    rest: dict[str, Any] = {"held_until": now + pause if is_down else None}
    rest["failures"] = NoticeChannel.failures + 1 if is_down else 0
    _let_go(session, parcel.way.id, parcel.leased_until, **rest)
    return True


def try_out(session: Session, channel_id: int, person_id: int | None, serial: int) -> None:
    """Put down a test message; one that waits for a channel that is down goes at once."""
    is_to_person = person_id is not None
    session.add(
        Dispatch(
            key=f"test-{channel_id}-{serial}",
            channel_id=channel_id,
            person_id=person_id if is_to_person else None,
            face="admin",
            topic="channel.test",
            facts={},
        )
    )
    at_once = update(NoticeChannel).where(NoticeChannel.id == channel_id).values(held_until=None)
    session.execute(at_once.execution_options(synchronize_session=False))


def _take(session: Session, channel_id: int, now: datetime, until: datetime) -> Parcel | None:
    """The oldest message that may go now; what comes at the wrong time or too often is put off."""
    channel = session.get_one(NoticeChannel, channel_id, populate_existing=True)
    if _is_over_rate(session, channel, now):
        return None
    while (first := session.scalars(_next(channel_id, now)).first()) is not None:
        person = session.get(Person, first.person_id) if first.person_id else None
        if first.attempts >= LAST_ATTEMPT or first.due_at < now - OLDEST:
            first.dead_at, first.leased_until = now, None
            is_old = first.attempts < LAST_ATTEMPT
            why = "waited three days for its channel" if is_old else "no sender lived to tell"
            first.last_answer = first.last_answer or why
            session.flush()
            continue
        if rest := _rest(session, first, now):
            first.due_at = rest
            session.flush()
            continue
        batch, attempts = _batch(session, first, now), first.attempts + 1
        for each in batch:
            each.attempts, each.tried_at, each.leased_until = attempts, now, until
        session.flush()
        return Parcel(
            tuple(each.id for each in batch),
            first.key,
            channels.of(channel),
            str(settings.load(session, "brand.name")["brand.name"]),
            first.face,
            tuple(Item(each.topic, dict(each.facts), each.at) for each in batch),
            _guest(first) if person is None else _recipient(person),
            attempts,
            until,
        )
    return None


def _recipient(person: Person) -> Recipient:
    return Recipient(person.name, person.email, person.phone, person.locale, person.is_active)


def _guest(dispatch: Dispatch) -> Recipient | None:
    """Somebody who has no account here yet; none for what goes to a group."""
    told = dispatch.facts.get(GUEST)
    return Recipient(told["name"], told["email"], told["phone"], told["locale"], True) if told else None


def _batch(session: Session, first: Dispatch, now: datetime) -> list[Dispatch]:
    """The message, or all of the day's digest of that person."""
    if first.bundle is None:
        return [first]
    same = _next(first.channel_id, now).where(
        Dispatch.person_id == first.person_id, Dispatch.bundle == first.bundle, Dispatch.face == first.face
    )
    return [first, *(each for each in session.scalars(same.limit(MOST_IN_A_DIGEST)) if each is not first)]


def _is_over_rate(session: Session, channel: NoticeChannel, now: datetime) -> bool:
    """Whether the last minute is full; then the channel waits until its first attempt is a minute old."""
    recent = select(Dispatch.tried_at).where(
        Dispatch.channel_id == channel.id, Dispatch.tried_at > now - MINUTE
    )
    tried = session.scalars(recent.order_by(Dispatch.tried_at)).all()
    if len(tried) < channel.per_minute:
        return False
    channel.held_until = (tried[0] or now) + MINUTE
    session.flush()
    return True


def _rest(session: Session, dispatch: Dispatch, now: datetime) -> datetime | None:
    """Until when its reader sleeps; None for what cannot wait."""
    if dispatch.person_id is None or rules.is_urgent(dispatch.topic) or dispatch.topic == "channel.test":
        return None
    found = session.execute(
        select(QuietHours.begins, QuietHours.ends).where(QuietHours.person_id == dispatch.person_id)
    ).one_or_none()
    return None if found is None else rules.quiet_until(now, *found, clock.BRAND_ZONE)


def _waiting(now: datetime) -> Select[int]:
    """Channels that are free and in use, with a message that is due."""
    return (
        select(NoticeChannel.id)
        .join(Dispatch, Dispatch.channel_id == NoticeChannel.id)
        .where(*_due(now), _free(NoticeChannel, now))
        .where(
            or_(NoticeChannel.is_active, Dispatch.topic == "channel.test"),
            or_(
                NoticeChannel.held_until.is_(None),
                NoticeChannel.held_until <= now,
                NoticeChannel.held_until > now + LONGEST_WAIT + ASTRAY,
            ),
        )
    )


def _next(channel_id: int, now: datetime) -> Select[Dispatch]:
    """The messages of a channel that may go, in their order."""
    of_channel = select(Dispatch).join(NoticeChannel, NoticeChannel.id == Dispatch.channel_id)
    return of_channel.where(
        Dispatch.channel_id == channel_id,
        *_due(now),
        or_(NoticeChannel.is_active, Dispatch.topic == "channel.test"),
    ).order_by(Dispatch.id)


def _due(now: datetime) -> Iterable[ColumnElement[bool]]:
    unsent = and_(Dispatch.sent_at.is_(None), Dispatch.dead_at.is_(None))
    is_new = and_(Dispatch.attempts == 0, Dispatch.at > now + ASTRAY)
    # A moment that nobody's night, digest or pause reaches was written before the clock was set back.
    is_due = or_(Dispatch.due_at <= now, is_new, Dispatch.due_at > now + LONGEST_REST)
    return unsent, is_due, _free(Dispatch, now)


def tidy(session: Session, actor: Actor, days: int) -> int:
    """Drop what left the building, or was laid aside, long ago; the notices of the program itself stay."""
    is_over = or_(Dispatch.sent_at.is_not(None), Dispatch.dead_at.is_not(None))
    old = delete(Dispatch).where(is_over, Dispatch.at < clock.now() - timedelta(days=days))
    gone = session.scalars(old.returning(Dispatch.id).execution_options(synchronize_session=False))
    return len(gone.all())


def _free(model: type[NoticeChannel] | type[Dispatch], now: datetime) -> ColumnElement[bool]:
    """Whether no living worker holds it."""
    return is_free(model.leased_until, now)


def _let_go(session: Session, channel_id: int, until: datetime, **changes: Any) -> None:
    """Give a channel back, if it is still this worker's."""
    mine = update(NoticeChannel).where(NoticeChannel.id == channel_id, NoticeChannel.leased_until == until)
    session.execute(mine.values(leased_until=None, **changes).execution_options(synchronize_session=False))


def _pause(outcome: Outcome, attempts: int) -> timedelta:
    """How long to wait: what was asked for, else longer each time; spread, so that not all come back at once."""
    if outcome.wait is not None:
        return min(max(outcome.wait, timedelta(seconds=1)), LONGEST_WAIT)
    return back_off(attempts) * random.uniform(1, 1.25)
