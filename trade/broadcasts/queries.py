"""Reads of broadcasts: the brand's within reach, a distributor's own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    join,
    not_,
    null,
    or_,
    outerjoin,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from trade import clock, text
from trade.actor import Actor
from trade.broadcasts.models import (
    Broadcast,
    BroadcastAcknowledgement,
    BroadcastEvent,
    BroadcastRead,
    BroadcastRecipient,
    BroadcastReminder,
)
from trade.broadcasts.recipients import asks, has_acknowledged, is_answerable, is_asked, is_over
from trade.db import among
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day, within
from trade.errors import Refused
from trade.people.models import Person
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SENT = ("published", "recalled", "superseded")
PRESSING = 2**40  # what is owed stands before every id
SORTS = {
    "broadcast": Sort(Broadcast.id, "whole"),
    "published": Sort(Broadcast.published_at, "instant", is_nullable=True),
    "by": Sort(Broadcast.acknowledge_by, "day", is_nullable=True),
    "recipients": Sort(Broadcast.recipients, "whole"),
}
_ack, _acker = aliased(BroadcastAcknowledgement), aliased(Person)
_read, _reader = aliased(BroadcastRead), aliased(Person)
_rep = aliased(Person)
_reads = (
    BroadcastRead.broadcast_id == BroadcastRecipient.broadcast_id,
    BroadcastRead.distributor_id == BroadcastRecipient.distributor_id,
)
RECEIPT_SORTS = {
    "name": Sort(Distributor.sort_key),
    "read": Sort(
        select(func.min(BroadcastRead.at)).where(*_reads).scalar_subquery(), "instant", is_nullable=True
    ),
    "acknowledged": Sort(_ack.at, "instant", is_nullable=True),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    kind: str = ""
    state: str = ""
    place: str = ""  # "" holds still, "archive" is over


@dataclass(frozen=True)
class Figures:
    """How far a broadcast has come with those within reach."""

    recipients: int = 0
    read: int = 0
    acknowledged: int = 0
    late: int = 0
    missing: int = 0  # have not acknowledged; without the ended ones, which cannot


@dataclass(frozen=True)
class Row:
    broadcast: Broadcast
    author: str | None


@dataclass(frozen=True)
class ReceiptFilter:
    search: str = ""
    state: str = ""  # unread, read, owing, acknowledged, late
    rep_id: int | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of a broadcast at one distributor."""

    distributor: Distributor
    rep: str | None
    read_at: datetime | None
    reader: str | None
    acknowledged_at: datetime | None
    acknowledger: str | None
    is_late: bool | None
    readers: int
    reminders: int
    reminded_on: date | None

    @property
    def is_missing(self) -> bool:
        """Whether its word has not come and still could: with an ended distributor nobody signs in."""
        return self.acknowledged_at is None and self.distributor.status != "ended"


@dataclass(frozen=True)
class Received:
    """A broadcast as one person at a distributor has it."""

    broadcast: Broadcast
    received_at: datetime
    is_read: bool
    acknowledged_at: datetime | None
    acknowledger: str | None

    @property
    def is_replaced(self) -> bool:
        """Whether something later may stand in its place."""
        return self.broadcast.state in ("recalled", "superseded")

    @property
    def is_owed(self) -> bool:
        """Whether the company's word is still asked for."""
        return asks(self.broadcast) and self.acknowledged_at is None


def get_for(session: Session, actor: Actor, broadcast_id: int) -> Broadcast:
    """A broadcast of the brand's side: one's own, or one that went to somebody within reach; else it does not exist."""
    wanted = select(Broadcast).where(Broadcast.id == broadcast_id, _is_within(actor))
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise Refused("broadcast.not_found")
    return found


def get_received(session: Session, actor: Actor, broadcast_id: int) -> Received:
    """A broadcast that went to the actor's company; a stranger's, or a draft, does not exist."""
    found = session.execute(_received(actor).where(Broadcast.id == broadcast_id)).one_or_none()
    if found is None:
        raise Refused("broadcast.not_found")
    return Received(*found)


def received(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Received]:
    """What a distributor was told and holds, what it owes a word about first, then the latest; or what is over."""
    pressing = case((and_(is_asked(), _ack.id.is_(None)), PRESSING), else_=0)
    sorts = {"pressing": Sort(Broadcast.id + pressing, "whole")}
    page = page_of(session, _told(actor, wanted), window, sorts, Broadcast.id, "-pressing")
    return page.of([Received(*row) for row in page.rows])


def received_totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    counted = _told(actor, wanted).with_only_columns(func.count(Broadcast.id))
    return Totals(session.scalar(counted) or 0)


def owed(
    session: Session, actor: Actor, most: int, beside: ColumnElement[Any] | None = None
) -> tuple[list[Received], Any]:
    """What the company has still to acknowledge, the most pressing first, and a value that is asked for beside it.

    One statement for both, since the first page of a distributor may not cost more than it does.
    """
    anchor = select((null() if beside is None else beside).label("value")).subquery()
    told = join(BroadcastRecipient, Broadcast, Broadcast.id == BroadcastRecipient.broadcast_id)
    is_owed = and_(
        BroadcastRecipient.distributor_id == actor.distributor_id,
        within(actor, BroadcastRecipient.distributor_id),
        is_asked(),
        not_(has_acknowledged().correlate(BroadcastRecipient)),
    )
    rows = session.execute(
        select(anchor.c.value, Broadcast, BroadcastRecipient.at)
        .select_from(outerjoin(anchor, told, is_owed))
        .order_by(Broadcast.acknowledge_by, Broadcast.id)
        .limit(max(most, 1))
    ).all()
    found = [Received(broadcast, at, False, None, None) for _value, broadcast, at in rows if broadcast]
    return found[:most], rows[0][0]


def unread(actor: Actor) -> ColumnElement[int]:
    """How many broadcasts that hold still this person has not opened, as part of another statement."""
    seen = exists().where(
        BroadcastRead.broadcast_id == Broadcast.id,
        BroadcastRead.distributor_id == actor.distributor_id,
        BroadcastRead.person_id == actor.person_id,
    )
    return (
        select(func.count(Broadcast.id))
        .join(BroadcastRecipient, BroadcastRecipient.broadcast_id == Broadcast.id)
        .where(
            BroadcastRecipient.distributor_id == actor.distributor_id,
            not_(is_over()),
            not_(seen),
        )
        .scalar_subquery()
    )


def newest(session: Session, actor: Actor, broadcast_id: int) -> Received | None:
    """The latest of the corrections after it that went to the actor's company too, if any did."""
    later = select(Broadcast.id).where(Broadcast.supersedes_id == broadcast_id).cte("later", recursive=True)
    after = aliased(Broadcast)
    later = later.union_all(select(after.id).join(later, after.supersedes_id == later.c.id))
    wanted = _received(actor).where(Broadcast.id.in_(select(later.c.id)))
    found = session.execute(wanted.order_by(Broadcast.edition.desc()).limit(1)).one_or_none()
    return None if found is None else Received(*found)


def successor(session: Session, actor: Actor, broadcast_id: int) -> Broadcast | None:
    """The correction that took its place, or is being written, within reach; there is one at most."""
    wanted = select(Broadcast).where(Broadcast.supersedes_id == broadcast_id, Broadcast.state != "discarded")
    return session.scalars(wanted.where(_is_within(actor))).first()


def events_of(session: Session, broadcast_id: int) -> list[tuple[BroadcastEvent, str | None]]:
    """The history with names, the latest first."""
    rows = session.execute(
        select(BroadcastEvent, Person.name)
        .outerjoin(Person, Person.id == BroadcastEvent.person_id)
        .where(BroadcastEvent.broadcast_id == broadcast_id)
        .order_by(BroadcastEvent.id.desc())
    )
    return [(event, name) for event, name in rows]


def figures(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, Figures]:
    """How far each has come with those within reach; one statement for a whole page of them."""
    if not ids:
        return {}
    has_read = exists().where(
        BroadcastRead.broadcast_id == BroadcastRecipient.broadcast_id,
        BroadcastRead.distributor_id == BroadcastRecipient.distributor_id,
    )
    on_ack = and_(
        _ack.broadcast_id == BroadcastRecipient.broadcast_id,
        _ack.distributor_id == BroadcastRecipient.distributor_id,
    )
    rows = session.execute(
        select(
            BroadcastRecipient.broadcast_id,
            func.count(BroadcastRecipient.id),
            func.sum(case((has_read, 1), else_=0)),
            func.count(_ack.id),
            func.sum(case((_ack.is_late, 1), else_=0)),
            func.sum(case((and_(_ack.id.is_(None), is_answerable()), 1), else_=0)),
        )
        .outerjoin(_ack, on_ack)
        .where(
            among(session, BroadcastRecipient.broadcast_id, list(ids)),
            within(actor, BroadcastRecipient.distributor_id),
        )
        .group_by(BroadcastRecipient.broadcast_id)
    )
    return {row[0]: Figures(row[1], row[2] or 0, row[3], row[4] or 0, row[5] or 0) for row in rows}


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of broadcasts, the latest first."""
    query = _matching(actor, wanted).add_columns(Person.name)
    query = query.outerjoin(Person, Person.id == Broadcast.author_id)
    page = page_of(session, query, window, SORTS, Broadcast.id, "-broadcast")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    matching = _matching(actor, wanted).with_only_columns(func.count(Broadcast.id))
    return Totals(session.scalar(matching) or 0)


def receipts(
    session: Session, actor: Actor, broadcast_id: int, wanted: ReceiptFilter, window: Window = FIRST
) -> Page[Receipt]:
    """Distributor by distributor: read by whom first and when, acknowledged or not, how often reminded.

    Which of fifty thousand stand on the page is asked first, what is told of them afterwards: two statements.
    """
    query = _receipts(actor, broadcast_id, wanted).with_only_columns(Distributor)
    page = page_of(session, query, window, RECEIPT_SORTS, Distributor.id, "name")
    told = _told_of(session, broadcast_id, [distributor.id for (distributor,) in page.rows])
    return page.of([Receipt(distributor, *told[distributor.id]) for (distributor,) in page.rows])


def _told_of(session: Session, broadcast_id: int, ids: list[int]) -> dict[int, tuple[Any, ...]]:
    """What became of a broadcast at these distributors; one statement."""
    of_it = and_(
        BroadcastReminder.broadcast_id == BroadcastRecipient.broadcast_id,
        BroadcastReminder.distributor_id == BroadcastRecipient.distributor_id,
    )
    theirs = BroadcastRecipient.distributor_id
    first = select(func.min(BroadcastRead.id)).where(*_reads).scalar_subquery()
    rows = session.execute(
        select(
            *(theirs, _rep.name, _read.at, _reader.name, _ack.at, _acker.name, _ack.is_late),
            select(func.count(BroadcastRead.id)).where(*_reads).scalar_subquery(),
            select(func.count(BroadcastReminder.id)).where(of_it).scalar_subquery(),
            select(func.max(BroadcastReminder.day)).where(of_it).scalar_subquery(),
        )
        .outerjoin(Standing, and_(Standing.distributor_id == theirs, on_day(clock.today())))
        .outerjoin(_rep, _rep.id == Standing.rep_id)
        .outerjoin(_read, _read.id == first)
        .outerjoin(_reader, _reader.id == _read.person_id)
        .outerjoin(_ack, _on_ack())
        .outerjoin(_acker, _acker.id == _ack.person_id)
        .where(BroadcastRecipient.broadcast_id == broadcast_id, among(session, theirs, ids))
    )
    return {key: tuple(facts) for key, *facts in rows}


def receipt_totals(session: Session, actor: Actor, broadcast_id: int, wanted: ReceiptFilter) -> Totals:
    matching = _receipts(actor, broadcast_id, wanted).with_only_columns(func.count(Distributor.id))
    return Totals(session.scalar(matching) or 0)


def due(session: Session, now: datetime, most: int) -> list[tuple[int, int]]:
    """Id and version of what was to be published by now, the earliest first."""
    rows = session.execute(
        select(Broadcast.id, Broadcast.version)
        .where(Broadcast.state == "scheduled", Broadcast.publish_at <= now)
        .order_by(Broadcast.publish_at, Broadcast.id)
        .limit(most)
    )
    return [(key, version) for key, version in rows]


def _is_within(actor: Actor) -> ColumnElement[bool]:
    if actor.scope.is_everyone:
        return true()
    went = exists().where(
        BroadcastRecipient.broadcast_id == Broadcast.id, within(actor, BroadcastRecipient.distributor_id)
    )
    own = or_(Broadcast.author_id == actor.person_id, Broadcast.publisher_id == actor.person_id)
    return or_(own, went)


def _received(actor: Actor) -> Select[*tuple[Any, ...]]:
    looked = exists().where(
        BroadcastRead.broadcast_id == Broadcast.id,
        BroadcastRead.distributor_id == actor.distributor_id,
        BroadcastRead.person_id == actor.person_id,
    )
    return (
        select(Broadcast, BroadcastRecipient.at, looked, _ack.at, _acker.name)
        .join(BroadcastRecipient, BroadcastRecipient.broadcast_id == Broadcast.id)
        .outerjoin(
            _ack,
            and_(_ack.broadcast_id == Broadcast.id, _ack.distributor_id == BroadcastRecipient.distributor_id),
        )
        .outerjoin(_acker, _acker.id == _ack.person_id)
        .where(
            BroadcastRecipient.distributor_id == actor.distributor_id,
            within(actor, BroadcastRecipient.distributor_id),
            Broadcast.state.in_(SENT),
        )
    )


def _told(actor: Actor, wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    over = is_over()
    return _sifted(_received(actor).where(over if wanted.place == "archive" else not_(over)), wanted)


def _sifted(query: Select[*tuple[Any, ...]], wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    for word in text.folded(wanted.search).split():
        query = query.where(Broadcast.search_text.contains(word, autoescape=True))
    return query.where(Broadcast.kind == wanted.kind) if wanted.kind else query


def _matching(actor: Actor, wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    query = _sifted(select(Broadcast).where(_is_within(actor)), wanted)
    if wanted.state == "archived":
        return query.where(Broadcast.state == "published", Broadcast.expires_on < clock.today())
    if wanted.state == "owing":
        owes = exists().where(
            BroadcastRecipient.broadcast_id == Broadcast.id,
            within(actor, BroadcastRecipient.distributor_id),
            not_(has_acknowledged()),
            is_answerable(),
        )
        return query.where(is_asked(), owes)
    if wanted.state:
        return query.where(Broadcast.state == wanted.state)
    return query.where(Broadcast.state != "discarded")


def _on_ack() -> ColumnElement[bool]:
    return and_(
        _ack.broadcast_id == BroadcastRecipient.broadcast_id,
        _ack.distributor_id == BroadcastRecipient.distributor_id,
    )


def _receipts(actor: Actor, broadcast_id: int, wanted: ReceiptFilter) -> Select[*tuple[Any, ...]]:
    """Whom it went to, as far as somebody asks; nothing is joined that no filter and no order needs."""
    query = (
        select(BroadcastRecipient)
        .join(Distributor, Distributor.id == BroadcastRecipient.distributor_id)
        .outerjoin(_ack, _on_ack())
        .where(
            BroadcastRecipient.broadcast_id == broadcast_id,
            within(actor, BroadcastRecipient.distributor_id),
        )
    )
    for word in text.folded(wanted.search).split():
        query = query.where(Distributor.search_text.contains(word, autoescape=True))
    is_read = exists().where(*_reads)
    states: dict[str, ColumnElement[bool]] = {
        "unread": not_(is_read),
        "read": is_read,
        "owing": and_(not_(has_acknowledged()), Distributor.status != "ended"),
        "acknowledged": _ack.id.is_not(None),
        "late": _ack.is_late.is_(True),
    }
    if wanted.state in states:
        query = query.where(states[wanted.state])
    if not wanted.rep_id:
        return query
    today = and_(Standing.distributor_id == Distributor.id, on_day(clock.today()))
    return query.where(exists().where(today, Standing.rep_id == wanted.rep_id))
