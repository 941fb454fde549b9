"""Files: every attachment lies in the store as it was accepted; orphans of a crash are harmless."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.attachments import store
from trade.attachments.models import Attachment
from trade.errors import Refused
from trade.verify.invariant import Breach, Invariant

AT_ONCE = 50


def _lost(session: Session) -> Iterator[Breach]:
    for row_id, stored_as, sha256, size in _rows(session):
        try:
            content = store.load(stored_as)
        except (OSError, Refused):
            yield Breach("attachment", row_id, f"its file {stored_as} is missing")
            continue
        if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
            yield Breach("attachment", row_id, f"its file {stored_as} is not what was accepted")


def _rows(session: Session) -> Iterator[tuple[int, str, str, int]]:
    """Ask again and again, since PostgreSQL ends a transaction that is silent while we read files."""
    columns = select(Attachment.id, Attachment.stored_as, Attachment.sha256, Attachment.size)
    last = 0
    while rows := session.execute(
        columns.where(Attachment.id > last).order_by(Attachment.id).limit(AT_ONCE)
    ).all():
        for row in rows:
            yield row.id, row.stored_as, row.sha256, row.size
        last = rows[-1].id


INVARIANTS = (
    Invariant("attachment.file", "every attachment's file is there, with its size and its sha256", _lost),
)
