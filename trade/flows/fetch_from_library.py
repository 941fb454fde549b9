from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.models import Attachment
from trade.errors import Refused
from trade.library import shelves
from trade.library.models import LibraryDownload, LibraryFile, LibraryItem


@dataclass(frozen=True)
class Wanted:
    """An item, and which version of its file; the present one unless one of the brand's people says otherwise."""

    item_id: int
    edition: int | None = None


@dataclass(frozen=True)
class Fetched:
    stored_as: str
    media_type: str
    name: str


def fetch_from_library(session: Session, actor: Actor, given: Wanted) -> Fetched:
    """Hand a file out and write down to whom, so that marketing sees what is used; a distributor gets the present one.

    Staff who act for a distributor are counted as staff.
    """
    if actor.distributor_id is not None:
        shelved = shelves.get_open(session, actor, given.item_id)
        file, attachment = shelved.file, shelved.attachment
    else:
        item = shelves.get_item(session, given.item_id)
        row = session.execute(
            select(LibraryFile, Attachment)
            .join(Attachment, Attachment.id == LibraryFile.attachment_id)
            .where(LibraryFile.item_id == item.id, LibraryFile.edition == (given.edition or item.edition))
        ).one_or_none()
        file, attachment = row if row is not None else (None, None)
    if file is None or attachment is None:
        raise Refused("library_item.not_found")
    counted = update(LibraryItem).where(LibraryItem.id == file.item_id)
    counted = counted.values(downloads=LibraryItem.downloads + 1)
    session.execute(counted.execution_options(synchronize_session=False))
    session.add(
        LibraryDownload(
            item_id=file.item_id,
            file_id=file.id,
            person_id=actor.person_id,
            distributor_id=None if actor.on_behalf_of is not None else actor.distributor_id,
            at=clock.now(),
        )
    )
    return Fetched(attachment.stored_as, attachment.media_type, attachment.name)
