"""Attachments of a document; whoever calls has loaded the document through the actor's scope."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.attachments.models import Attachment
from trade.errors import Refused


def of(session: Session, subject: str, subject_id: int) -> Sequence[Attachment]:
    """The files of one document, oldest first."""
    return session.scalars(
        select(Attachment)
        .where(
            Attachment.subject == subject,
            Attachment.subject_id == subject_id,
            Attachment.archived_at.is_(None),
        )
        .order_by(Attachment.id)
    ).all()


def get_of(session: Session, subject: str, subject_id: int, attachment_id: int) -> Attachment:
    """One file of one document; another document's file does not exist."""
    found = session.scalar(
        select(Attachment).where(
            Attachment.id == attachment_id,
            Attachment.subject == subject,
            Attachment.subject_id == subject_id,
            Attachment.archived_at.is_(None),
        )
    )
    if found is None:
        raise Refused("attachment.not_found")
    return found
