from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from trade import audit, clock, text
from trade.actor import Actor, Permission
from trade.attachments.filing import Stored, file_under
from trade.broadcasts import audience
from trade.broadcasts.audience import Audience
from trade.db import insert_many
from trade.errors import Refused
from trade.library import shelves
from trade.library.models import LibraryFile, LibraryItem, LibraryTie

SUBJECT = shelves.SUBJECT


@dataclass(frozen=True)
class Item:
    """What an item is, for whom, and about which goods: codes of SKUs and categories."""

    kind: str
    title: str
    summary: str
    audience: Audience
    goods: Sequence[str] = ()


@dataclass(frozen=True)
class NewItem:
    item: Item
    file: Stored | None


@dataclass(frozen=True)
class EditedItem:
    item_id: int
    version: int
    item: Item


@dataclass(frozen=True)
class NewVersion:
    item_id: int
    version: int
    file: Stored
    note: str


@dataclass(frozen=True)
class Shown:
    item_id: int
    version: int
    is_shown: bool


def create_item(session: Session, actor: Actor, given: NewItem) -> int:
    """Put something into the library; distributors find it as soon as it has a file. Answers its id."""
    _refuse_stranger(actor)
    wanted = _checked(session, actor, given.item)
    item = LibraryItem(author_id=actor.person_id, edition=0, **_columns(given.item))
    session.add(item)
    session.flush()
    _keep(session, item.id, given.item, wanted)
    if given.file is not None:
        _file(session, actor, item.id, 1, given.file, "")
        _moved(session, item.id, 1, edition=1)
    told = {"title": given.item.title}
    audit.record(session, actor, "library_item.created", told, subject=SUBJECT, subject_id=item.id)
    return item.id


def edit_item(session: Session, actor: Actor, given: EditedItem) -> None:
    """Change what an item is called, for whom it is, and what it is about."""
    _refuse_stranger(actor)
    shelves.get_item(session, given.item_id)
    wanted = _checked(session, actor, given.item)
    _moved(session, given.item_id, given.version, **_columns(given.item))
    _keep(session, given.item_id, given.item, wanted)
    told = {"title": given.item.title}
    audit.record(session, actor, "library_item.changed", told, subject=SUBJECT, subject_id=given.item_id)


def add_version(session: Session, actor: Actor, given: NewVersion) -> int:
    """Hand out a newer file from now on; the earlier ones stay to be looked up. Answers its edition."""
    _refuse_stranger(actor)
    item = shelves.get_item(session, given.item_id)
    edition = item.edition + 1
    _moved(session, item.id, given.version, edition=edition)
    _file(session, actor, item.id, edition, given.file, given.note)
    told = {"title": item.title, "edition": edition, "file": given.file.name}
    audit.record(session, actor, "library_item.filed", told, subject=SUBJECT, subject_id=item.id)
    return edition


def show_item(session: Session, actor: Actor, given: Shown) -> None:
    """Take an item from the library, or put it back; nothing is deleted."""
    _refuse_stranger(actor)
    item = shelves.get_item(session, given.item_id)
    archived_at = None if given.is_shown else clock.now()
    _moved(session, item.id, given.version, archived_at=archived_at)
    event = "library_item.shown" if given.is_shown else "library_item.archived"
    audit.record(session, actor, event, {"title": item.title}, subject=SUBJECT, subject_id=item.id)


def _refuse_stranger(actor: Actor) -> None:
    if not actor.may(Permission.LIBRARY_MANAGE):
        raise Refused("access.denied", keep={"permission": Permission.LIBRARY_MANAGE.value})


def _checked(session: Session, actor: Actor, given: Item) -> Audience:
    if given.audience.is_nobody:
        raise Refused("broadcast.no_audience")
    return audience.checked(session, actor, given.audience)


def _columns(given: Item) -> dict[str, object]:
    return {
        "kind": given.kind,
        "title": given.title,
        "summary": given.summary,
        "search_text": text.search_text(given.title, given.summary[:500], *given.goods),
        "is_everyone": given.audience.is_everyone,
    }


def _keep(session: Session, item_id: int, given: Item, wanted: Audience) -> None:
    audience.keep(session, SUBJECT, item_id, wanted)
    categories, skus, lost = shelves.find_goods(session, given.goods)
    if lost:
        raise Refused("library_item.goods_unknown", codes=", ".join(lost[:10]), field="goods")
    session.execute(delete(LibraryTie).where(LibraryTie.item_id == item_id))
    rows = [{"item_id": item_id, "category_id": key, "sku_id": None} for key in categories]
    rows += [{"item_id": item_id, "category_id": None, "sku_id": key} for key in skus]
    insert_many(session, LibraryTie, rows)


def _file(session: Session, actor: Actor, item_id: int, edition: int, file: Stored, note: str) -> None:
    attachment_id = file_under(session, actor, SUBJECT, item_id, file)
    session.add(
        LibraryFile(
            item_id=item_id,
            edition=edition,
            attachment_id=attachment_id,
            note=note,
            person_id=actor.person_id,
        )
    )


def _moved(session: Session, item_id: int, version: int, **values: object) -> None:
    """Of two who change an item at once one does."""
    moved = update(LibraryItem).where(LibraryItem.id == item_id, LibraryItem.version == version)
    moved = moved.values(version=version + 1, changed_at=clock.now(), **values)
    done = session.scalar(moved.returning(LibraryItem.id).execution_options(synchronize_session=False))
    if done is None:
        raise Refused("library_item.changed_meanwhile")
