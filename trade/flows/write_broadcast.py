from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor, Permission
from trade.attachments import queries as attachments
from trade.attachments.filing import Stored, file_under
from trade.attachments.models import Attachment
from trade.broadcasts import audience, queries, states
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import Broadcast
from trade.broadcasts.recipients import SUBJECT
from trade.db import insert_once
from trade.errors import Refused

MOST_FILES = 10


@dataclass(frozen=True)
class Text:
    """What a broadcast says, and to whom."""

    kind: str
    title: str
    body: str
    audience: Audience
    demand: str = "none"
    acknowledge_by: date | None = None
    expires_on: date | None = None
    change_note: str = ""


@dataclass(frozen=True)
class Edited:
    broadcast_id: int
    version: int
    text: Text


@dataclass(frozen=True)
class SeenBroadcast:
    broadcast_id: int
    version: int


@dataclass(frozen=True)
class NewFiles:
    broadcast_id: int
    version: int
    files: tuple[Stored, ...]


@dataclass(frozen=True)
class RemovedFile:
    broadcast_id: int
    version: int
    attachment_id: int


@dataclass(frozen=True)
class Correction:
    """What is to be corrected, with copies of its files."""

    broadcast_id: int
    files: tuple[Stored, ...] = ()


def create_broadcast(session: Session, actor: Actor, given: Text) -> int:
    """Begin a broadcast as a draft that nobody outside sees; answers its id."""
    _refuse_stranger(actor)
    wanted = _checked(session, actor, given)
    broadcast = Broadcast(author_id=actor.person_id, **_columns(given))
    session.add(broadcast)
    session.flush()
    audience.keep(session, SUBJECT, broadcast.id, wanted)
    states.enter(session, actor, broadcast, {"title": given.title})
    return broadcast.id


def edit_broadcast(session: Session, actor: Actor, given: Edited) -> None:
    """Change a draft; what is scheduled is taken back first, what is published never changes."""
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, given.broadcast_id)
    wanted = _checked(session, actor, given.text)
    kept = audience.of(session, SUBJECT, broadcast.id, is_everyone=broadcast.is_everyone)
    facts = {"title": given.text.title, "audience": kept != wanted}
    states.move(session, actor, broadcast, "edit", given.version, facts=facts, **_columns(given.text))
    audience.keep(session, SUBJECT, broadcast.id, wanted)


def discard_broadcast(session: Session, actor: Actor, seen: SeenBroadcast) -> None:
    """Give a draft up; it stays in the history."""
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, seen.broadcast_id)
    states.move(session, actor, broadcast, "discard", seen.version)


def add_broadcast_files(session: Session, actor: Actor, given: NewFiles) -> None:
    """Put stored files with a draft; who has the broadcast has them too."""
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, given.broadcast_id)
    facts = {"added": [each.name for each in given.files]}
    states.move(session, actor, broadcast, "file", given.version, facts=facts)
    there = attachments.of(session, SUBJECT, broadcast.id)
    if len(there) + len(given.files) > MOST_FILES:
        raise Refused("broadcast.too_many_files", most=MOST_FILES, field="files")
    for each in given.files:
        file_under(session, actor, SUBJECT, broadcast.id, each)


def remove_broadcast_file(session: Session, actor: Actor, given: RemovedFile) -> None:
    """Take a file from a draft; it stays in the store."""
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, given.broadcast_id)
    file = attachments.get_of(session, SUBJECT, broadcast.id, given.attachment_id)
    states.move(session, actor, broadcast, "file", given.version, facts={"removed": file.name})
    gone = update(Attachment).where(Attachment.id == file.id).values(archived_at=clock.now())
    session.execute(gone.execution_options(synchronize_session=False))


def correct_broadcast(session: Session, actor: Actor, given: Correction) -> int:
    """Begin the next edition of what was published, as a draft that copies it; of two who begin it, one does.

    The last day to acknowledge is copied while it lies a week ahead, else it is a week from today, or the last day on
    which it holds.
    """
    _refuse_stranger(actor)
    old = queries.get_for(session, actor, given.broadcast_id)
    if old.state not in ("published", "recalled"):
        raise Refused("broadcast.not_allowed")
    by = old.acknowledge_by
    if by is not None:
        by = max(by, clock.today() + timedelta(days=7))
        by = old.expires_on if old.expires_on and _ends_before(old.expires_on, by) else by
    text_of = Text(old.kind, old.title, old.body, Audience(old.is_everyone), old.demand, by, old.expires_on)
    is_new = insert_once(
        session,
        Broadcast,
        **_columns(text_of),
        author_id=actor.person_id,
        edition=old.edition + 1,
        supersedes_id=old.id,
    )
    if not is_new:
        raise Refused("broadcast.corrected_already")
    found = select(Broadcast).where(Broadcast.supersedes_id == old.id, Broadcast.state != "discarded")
    draft = session.scalars(found).one()
    wanted = audience.of(session, SUBJECT, old.id, is_everyone=old.is_everyone)
    audience.keep(session, SUBJECT, draft.id, wanted)
    states.enter(session, actor, draft, {"title": old.title, "corrects": old.number})
    for each in given.files:
        file_under(session, actor, SUBJECT, draft.id, each)
    return draft.id


def _refuse_stranger(actor: Actor) -> None:
    if not actor.may(Permission.BROADCAST_WRITE):
        raise Refused("access.denied", keep={"permission": Permission.BROADCAST_WRITE.value})


def _checked(session: Session, actor: Actor, given: Text) -> Audience:
    """Refuse a demand without a last day, a day that is over already, and a word asked about what holds no more."""
    if given.demand != "none" and given.acknowledge_by is None:
        raise Refused("broadcast.day_needed", field="acknowledge_by")
    for name in ("acknowledge_by", "expires_on"):
        day = getattr(given, name)
        if day is not None and day < clock.today():
            raise Refused("broadcast.day_over", field=name)
    if given.demand != "none" and _ends_before(given.expires_on, given.acknowledge_by):
        raise Refused("broadcast.asked_too_long", field="acknowledge_by")
    return audience.checked(session, actor, given.audience)


def _ends_before(last: date | None, day: date | None) -> bool:
    return last is not None and day is not None and last < day


def _columns(given: Text) -> dict[str, object]:
    return {
        "kind": given.kind,
        "title": given.title,
        "body": given.body,
        "search_text": text.search_text(given.title, given.body[:2000]),
        "demand": given.demand,
        "acknowledge_by": given.acknowledge_by if given.demand != "none" else None,
        "expires_on": given.expires_on,
        "is_everyone": given.audience.is_everyone,
        "change_note": given.change_note,
    }
