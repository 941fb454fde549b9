from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.attachments.filing import Stored, file_under, keep_file
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.orders import queries as orders
from trade.returns import queries as returns

__all__ = ["NewFile", "Stored", "attach_file", "keep_file"]

Loader = Callable[[Session, Actor, int], object]
# Who may reach the document may attach to it; the loader refuses everybody else.
SUBJECTS: Mapping[str, Loader] = {
    "order": orders.get_for,
    "distributor": distributors.get_for,
    "return": returns.get_open_for,
}


@dataclass(frozen=True)
class NewFile:
    """A stored file and the document to which it belongs."""

    subject: str
    subject_id: int
    file: Stored


def attach_file(session: Session, actor: Actor, given: NewFile) -> int:
    """Add a stored file to a document that the actor can reach, and return the attachment's id."""
    loader = SUBJECTS.get(given.subject)
    if loader is None:
        raise Refused("attachment.not_found")
    loader(session, actor, given.subject_id)
    return file_under(session, actor, given.subject, given.subject_id, given.file)
