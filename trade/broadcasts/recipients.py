"""To whom a broadcast went, who has read and acknowledged it, and who is to be asked again.

The recipients are frozen at the moment of publishing: a distributor that comes into the tier later was not addressed
and owes no acknowledgement, until somebody sends the broadcast to it too (`extend`), which is written down. One that
leaves the tier keeps what it was told. Every step is one statement, whether it is for five or for fifty thousand.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Date,
    Exists,
    Select,
    String,
    and_,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from trade import clock
from trade.actor import Actor
from trade.broadcasts import audience
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import (
    Broadcast,
    BroadcastAcknowledgement,
    BroadcastRead,
    BroadcastRecipient,
    BroadcastReminder,
)
from trade.db import BigId, Instant, insert_into, insert_once
from trade.distributors.models import Distributor
from trade.distributors.queries import within

SUBJECT = "broadcast"


def freeze(session: Session, actor: Actor, broadcast: Broadcast, wanted: Audience, at: datetime) -> int:
    """Write down everybody meant who has not had it yet, set-based; answers how many there are now."""
    had = exists().where(
        BroadcastRecipient.broadcast_id == broadcast.id,
        BroadcastRecipient.distributor_id == Distributor.id,
    )
    meant = audience.select_ids(actor, wanted).where(not_(had)).subquery()
    rows = select(literal(broadcast.id, BigId), meant.c[0], literal(at, Instant)).order_by(meant.c[0])
    names = ["broadcast_id", "distributor_id", "at"]
    session.execute(insert(BroadcastRecipient).from_select(names, rows))
    counted = select(func.count(BroadcastRecipient.id)).where(BroadcastRecipient.broadcast_id == broadcast.id)
    return session.scalar(counted) or 0


def is_over() -> ColumnElement[bool]:
    """Whether it holds no more: taken back, replaced or run out; nobody owes a word about it then."""
    has_run_out = and_(Broadcast.expires_on.is_not(None), Broadcast.expires_on < clock.today())
    return or_(Broadcast.state != "published", has_run_out)


def is_asked() -> ColumnElement[bool]:
    """Whether those who have not given their word about it owe one, also after the day until which it was asked."""
    return and_(Broadcast.demand != "none", not_(is_over()))


def asks(broadcast: Broadcast) -> bool:
    """The same of one that is at hand."""
    has_run_out = broadcast.expires_on is not None and broadcast.expires_on < clock.today()
    return broadcast.demand != "none" and broadcast.state == "published" and not has_run_out


def is_day_over(broadcast: Broadcast) -> bool:
    """Whether the day until which a word is asked for, or until which it holds, has passed."""
    days = (broadcast.acknowledge_by, broadcast.expires_on)
    return any(each is not None and each < clock.today() for each in days)


def newcomers(session: Session, actor: Actor, broadcast: Broadcast, wanted: Audience) -> int:
    """How many the audience means today that have not had it, while what was published can still be sent to them."""
    if broadcast.state != "published" or is_day_over(broadcast):
        return 0
    had = exists().where(
        BroadcastRecipient.broadcast_id == broadcast.id,
        BroadcastRecipient.distributor_id == Distributor.id,
    )
    ids = audience.select_ids(actor, wanted).where(not_(had)).subquery()
    return session.scalar(select(func.count()).select_from(ids)) or 0


def left_out(broadcast_id: int) -> Select[int]:
    """The recipients of what was replaced to whom its correction did not go: they hear that it no longer holds."""
    newer = aliased(BroadcastRecipient)
    went = exists().where(
        Broadcast.supersedes_id == broadcast_id,
        newer.broadcast_id == Broadcast.id,
        newer.distributor_id == BroadcastRecipient.distributor_id,
    )
    theirs = select(BroadcastRecipient.distributor_id)
    return theirs.where(BroadcastRecipient.broadcast_id == broadcast_id, not_(went))


def losing(session: Session, actor: Actor, broadcast: Broadcast, wanted: Audience) -> int:
    """How many have what a draft corrects and are not meant by it: they would only hear that it no longer holds."""
    if broadcast.supersedes_id is None:
        return 0
    theirs = select(func.count(BroadcastRecipient.id)).join(
        Broadcast, Broadcast.id == BroadcastRecipient.broadcast_id
    )
    return (
        session.scalar(
            theirs.where(
                Broadcast.id == broadcast.supersedes_id,
                Broadcast.state == "published",
                BroadcastRecipient.distributor_id.not_in(audience.select_ids(actor, wanted)),
                is_answerable(),
            )
        )
        or 0
    )


def note_read(session: Session, actor: Actor, broadcast_id: int) -> bool:
    """The first look of a person at a recipient; later ones say nothing new."""
    return insert_once(
        session,
        BroadcastRead,
        broadcast_id=broadcast_id,
        distributor_id=actor.distributor_id,
        person_id=actor.person_id,
        at=clock.now(),
    )


def acknowledge(session: Session, actor: Actor, broadcast: Broadcast) -> bool:
    """The recipient's word, once, whoever of its people is first."""
    return insert_once(
        session,
        BroadcastAcknowledgement,
        broadcast_id=broadcast.id,
        distributor_id=actor.distributor_id,
        person_id=actor.person_id,
        said=broadcast.demand,
        is_late=broadcast.acknowledge_by is not None and clock.today() > broadcast.acknowledge_by,
        origin=actor.origin,
        at=clock.now(),
    )


def has_acknowledged() -> Exists:
    """Of the recipient beside it."""
    return exists().where(
        BroadcastAcknowledgement.broadcast_id == BroadcastRecipient.broadcast_id,
        BroadcastAcknowledgement.distributor_id == BroadcastRecipient.distributor_id,
    )


def is_answerable() -> Exists:
    """Whether the recipient beside it can still give its word: with an ended distributor nobody signs in."""
    return exists().where(
        Distributor.id == BroadcastRecipient.distributor_id,
        Distributor.status != "ended",
    )


def owing(actor: Actor, broadcast_id: int) -> Select[int]:
    """The recipients within reach that have not acknowledged, and still can."""
    return select(BroadcastRecipient.distributor_id).where(
        BroadcastRecipient.broadcast_id == broadcast_id,
        within(actor, BroadcastRecipient.distributor_id),
        not_(has_acknowledged()),
        is_answerable(),
    )


def remind(
    session: Session, actor: Actor, broadcast_id: int, kind: str, at: datetime, only: int | None
) -> int:
    """Put down that everybody who owes a word (or one of them) is asked again today, set-based; says how many."""
    theirs = owing(actor, broadcast_id)
    if only is not None:
        theirs = theirs.where(BroadcastRecipient.distributor_id == only)
    if kind != "hand":
        again = and_(
            BroadcastReminder.broadcast_id == BroadcastRecipient.broadcast_id,
            BroadcastReminder.distributor_id == BroadcastRecipient.distributor_id,
            BroadcastReminder.kind == kind,
        )
        theirs = theirs.where(not_(exists().where(again)))
    rows = theirs.with_only_columns(
        BroadcastRecipient.broadcast_id,
        BroadcastRecipient.distributor_id,
        literal(kind, String),
        literal(clock.business_date(at), Date),
        literal(actor.person_id, BigId),
        literal(at, Instant),
    ).where(true())  # SQLite reads ON as a join otherwise
    names = ["broadcast_id", "distributor_id", "kind", "day", "person_id", "at"]
    statement = insert_into(session, BroadcastReminder).from_select(names, rows).on_conflict_do_nothing()
    session.execute(statement)
    told = select(func.count(BroadcastReminder.id)).where(
        BroadcastReminder.broadcast_id == broadcast_id, BroadcastReminder.at == at
    )
    return session.scalar(told) or 0


def due(session: Session, today: date, before: int) -> list[tuple[int, str]]:
    """Broadcasts whose recipients are to be asked: from so many days before the last day, and once after it."""
    late = (literal("after", String), Broadcast.acknowledge_by < today)
    near = (
        literal("before", String),
        and_(
            Broadcast.acknowledge_by >= today,
            Broadcast.acknowledge_by <= today + timedelta(days=before),
        ),
    )
    found: list[tuple[int, str]] = []
    for kind, when in (near, late):
        told = exists().where(
            BroadcastReminder.broadcast_id == BroadcastRecipient.broadcast_id,
            BroadcastReminder.distributor_id == BroadcastRecipient.distributor_id,
            BroadcastReminder.kind == kind,
        )
        owes = exists().where(
            BroadcastRecipient.broadcast_id == Broadcast.id,
            not_(has_acknowledged()),
            not_(told),
            is_answerable(),
        )
        query = select(Broadcast.id, kind).where(is_asked(), when, owes).order_by(Broadcast.id)
        found += [(key, said) for key, said in session.execute(query)]
    return found
