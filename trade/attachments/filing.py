"""From what somebody sent to a file of a document: judged and stored before the transaction, filed within it."""

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.attachments import content, store
from trade.attachments.models import Attachment


@dataclass(frozen=True)
class Stored:
    """A file that lies in the store, judged and safe, and that no document has yet."""

    name: str  # as the person named it
    media_type: str
    size: int  # bytes
    sha256: str
    stored_as: str


def keep_file(name: str, data: bytes) -> Stored:
    """Judge a file and store it, before and outside the transaction, since both are slow. Raises Refused."""
    media_type, kept = content.accepted(data)
    return Stored(
        name=content.shown_name(name, media_type),
        media_type=media_type,
        size=len(kept),
        sha256=hashlib.sha256(kept).hexdigest(),
        stored_as=store.save(kept),
    )


def file_under(session: Session, actor: Actor, subject: str, subject_id: int, file: Stored) -> int:
    """Add a stored file to a document that the caller has loaded within scope; answers the attachment's id."""
    attachment = Attachment(
        subject=subject,
        subject_id=subject_id,
        person_id=actor.person_id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        stored_as=file.stored_as,
    )
    session.add(attachment)
    session.flush()
    return attachment.id
