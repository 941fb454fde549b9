"""Who else is told, outside of the program: people by their wishes, teams by their groups, partners by their address."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.db import insert_once
from trade.notices import rules
from trade.notices.models import Dispatch, NoticeChannel, NoticeWish
from trade.people.models import Face, Membership, Person, Role

ONE_BY_ONE = {"price.changed", "price.kept"}  # told to each distributor; a team hears of the list once


@dataclass(frozen=True)
class News:
    """What a message says, and about which distributor."""

    outbox_id: int
    topic: str
    facts: Mapping[str, Any]
    distributor_id: int | None
    at: datetime


@dataclass(frozen=True)
class Reader:
    """A person to be told: where they are reached, whose words they read, and how they want to hear of what."""

    person_id: int
    email: str | None
    phone: str | None
    face: str
    ways: Mapping[tuple[str, str], str]

    def is_reached_by(self, kind: str) -> bool:
        return bool(self.email if kind == "mail" else self.phone)


def plan(session: Session, news: News, person_ids: Collection[int]) -> int:
    """Put down what is to leave the building for a message, in the transaction of its notices; says how many."""
    in_use = select(NoticeChannel).where(NoticeChannel.is_active)
    if news.topic in rules.OF_CHANNELS:
        in_use = in_use.where(~_is_failing())
    ways_out = session.scalars(in_use.order_by(NoticeChannel.id)).all()
    if not ways_out:
        return 0
    group = rules.group_of(news.topic)
    planned = [_row(news, each) for each in ways_out if _is_heard(each, news, group)]
    personal = [each for each in ways_out if each.kind in rules.PERSONAL]
    if personal and person_ids:
        for reader in readers(session, person_ids, news.distributor_id):
            planned += _for_reader(reader, news, group, personal)
    return sum(insert_once(session, Dispatch, **row) for row in planned)


def readers(session: Session, person_ids: Collection[int], distributor_id: int | None) -> Iterator[Reader]:
    """The people with their roles there and their wishes, in two statements."""
    held = session.execute(
        select(Person.id, Person.email, Person.phone, Role.code, Role.face)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Person.id.in_(person_ids), Person.is_active, Membership.is_active, ~Role.is_archived)
        .where(or_(Membership.distributor_id.is_(None), Membership.distributor_id == distributor_id))
        .order_by(Person.id, Role.id)
    ).all()
    wishes = wishes_of(session, person_ids)
    roles: dict[int, list[Any]] = defaultdict(list)
    for row in held:
        roles[row.id].append(row)
    for person_id, rows in roles.items():
        ways = merged([row.code for row in rows], wishes[person_id])
        face = Face.PORTAL if any(row.face == Face.PORTAL for row in rows) else Face.ADMIN
        yield Reader(person_id, rows[0].email, rows[0].phone, face.value, ways)


def reached_by(session: Session, person_id: int) -> set[str]:
    """The kinds of channels for which a person has an address."""
    found = session.execute(select(Person.email, Person.phone).where(Person.id == person_id)).one_or_none()
    addresses = zip(rules.PERSONAL, found or (None, None), strict=True)
    return {kind for kind, address in addresses if address}


def wishes_of(session: Session, person_ids: Collection[int]) -> dict[int, dict[tuple[str, str], str]]:
    """What people said they want otherwise, by group and kind of channel."""
    found: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    said = select(NoticeWish.person_id, NoticeWish.group, NoticeWish.kind, NoticeWish.way)
    for person_id, group, kind, way in session.execute(said.where(NoticeWish.person_id.in_(person_ids))):
        found[person_id][group, kind] = way
    return found


def merged(roles: list[str], wishes: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """How somebody with these roles is told."""
    each = [rules.ways_of(role, wishes) for role in roles or [""]]
    return {key: rules.loudest([ways[key] for ways in each]) for key in each[0]}


def _is_failing() -> ColumnElement[bool]:
    """Whether the last word of a channel was a failure: that messages lie there is not told through it."""
    of_channel = Dispatch.channel_id == NoticeChannel.id
    last_sent = select(func.max(Dispatch.sent_at)).where(of_channel).scalar_subquery()
    laid_aside = select(func.max(Dispatch.dead_at)).where(of_channel).scalar_subquery()
    is_dead_since = laid_aside.is_not(None) & (last_sent.is_(None) | (laid_aside > last_sent))
    return (NoticeChannel.failures > 0) | is_dead_since


def _is_heard(channel: NoticeChannel, news: News, group: str) -> bool:
    """Whether a team or a partner hears of it: a distributor of what is its own alone."""
    if channel.kind in rules.PERSONAL or group not in channel.groups:
        return False
    if channel.distributor_id is not None:
        return news.distributor_id == channel.distributor_id and news.topic in rules.SHARED
    if news.topic.startswith("broadcast.") and news.distributor_id is not None:
        return False  # a distributor's share of it: teams, and the brand's own address, hear of it once
    return channel.kind == "webhook" or news.topic not in ONE_BY_ONE


def _for_reader(
    reader: Reader, news: News, group: str, personal: list[NoticeChannel]
) -> Iterator[dict[str, Any]]:
    now = clock.now()
    for channel in personal:
        way = reader.ways[group, channel.kind]
        if way == "off" or not reader.is_reached_by(channel.kind):
            continue
        later: dict[str, Any] = {}
        if way == "daily":
            due_at = rules.next_digest(now, clock.BRAND_ZONE)
            later = {"due_at": due_at, "bundle": due_at.date().isoformat()}
        yield _row(news, channel, reader) | later


def _row(news: News, channel: NoticeChannel, reader: Reader | None = None) -> dict[str, Any]:
    person_id = reader.person_id if reader else None
    is_partner = channel.distributor_id is not None
    face = reader.face if reader else (Face.PORTAL if is_partner else Face.ADMIN).value
    return {
        "key": f"msg-{news.outbox_id}-{channel.id}-{person_id or 0}",
        "outbox_id": news.outbox_id,
        "channel_id": channel.id,
        "person_id": person_id,
        "face": face,
        "topic": news.topic,
        "facts": dict(news.facts),
        "at": news.at,
    }
