"""How a document goes from one state to the next: compare-and-set on what was seen, whatever the document is."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from trade.actor import Actor
from trade.db import Base


def move_once(
    session: Session, row: Base, after: str, version: int, *, column: str = "state", **values: Any
) -> bool:
    """Move a row on if it stands as it was seen, in its state and version; false when another was faster.

    `values` are columns that change with the move. The row given shows its new state afterwards, and nothing of it
    is left to be flushed: the statement is the only one that writes it.
    """
    kind: Any = type(row)
    seen: Any = row
    changes: dict[str, Any] = {column: after, "version": version + 1, **values}
    stands = (
        kind.id == seen.id,
        getattr(kind, column) == getattr(seen, column),
        kind.version == version,
    )
    moved = update(kind).where(*stands).values(changes).returning(kind.id)
    if session.scalar(moved.execution_options(synchronize_session=False)) is None:
        return False
    for name, value in changes.items():
        set_committed_value(row, name, value)
    return True


def signed(actor: Actor) -> dict[str, Any]:
    """Who did it, for whom and from where, as every history keeps it."""
    return {"person_id": actor.person_id, "on_behalf_of": actor.on_behalf_of, "origin": actor.origin}
