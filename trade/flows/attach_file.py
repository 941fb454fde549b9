import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.attachments import content, store
from trade.attachments.models import Attachment
from trade.errors import Refused
from trade.orders import queries as orders

LONGEST_NAME = 120
Loader = Callable[[Session, Actor, int], object]
# Who may reach the document may attach to it; the loader refuses everybody else.
SUBJECTS: Mapping[str, Loader] = {"order": orders.get_for}


@dataclass(frozen=True)
class Stored:
    """A file that lies in the store, judged and safe, and that no document has yet."""

    name: str  # as the person named it
    media_type: str
    size: int  # bytes
    sha256: str
    stored_as: str


@dataclass(frozen=True)
class NewFile:
    """A stored file and the document to which it belongs."""

    subject: str
    subject_id: int
    file: Stored


def keep_file(name: str, data: bytes) -> Stored:
    """Judge a file and store it, before and outside the transaction, since both are slow. Raises Refused."""
    media_type, kept = content.accepted(data)
    return Stored(
        name=_shown(name, media_type),
        media_type=media_type,
        size=len(kept),
        sha256=hashlib.sha256(kept).hexdigest(),
        stored_as=store.save(kept),
    )


def attach_file(session: Session, actor: Actor, given: NewFile) -> int:
    """Add a stored file to a document that the actor can reach, and return the attachment's id."""
    loader = SUBJECTS.get(given.subject)
    if loader is None:
        raise Refused("attachment.not_found")
    loader(session, actor, given.subject_id)
    attachment = Attachment(
        subject=given.subject,
        subject_id=given.subject_id,
        person_id=actor.person_id,
        name=given.file.name,
        media_type=given.file.media_type,
        size=given.file.size,
        sha256=given.file.sha256,
        stored_as=given.file.stored_as,
    )
    session.add(attachment)
    session.flush()
    return attachment.id


def _shown(name: str, media_type: str) -> str:
    """A name for people: no path, no control characters, and the ending that the content has earned."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each)[0] != "C"
    )
    ending = content.ENDINGS[media_type]
    stem = plain.strip().rsplit(".", 1)[0].strip(". ") or "file"
    return f"{stem[: LONGEST_NAME - len(ending)]}{ending}"
