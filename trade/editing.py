"""Two people and one row: the second one learns what the first one changed, and loses nothing of what was typed."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.audit import AuditEntry
from trade.db import Base
from trade.errors import Refused

Changes = Mapping[str, tuple[Any, Any]]  # field: before, after, as plain values that a reader understands


def take_turn(session: Session, model: type[Base], row_id: int, seen: int, fields: Collection[str]) -> int:
    """Move a row to its next version and return it; what others changed elsewhere on it stands in nobody's way.

    Raises Refused with `changes` and the present `version` when one of the fields changed after `seen`.
    """
    columns: Any = model.__table__.c
    subject = model.__tablename__
    present = session.scalar(select(columns.version).where(columns.id == row_id))
    if present is None:
        raise Refused(f"{subject}.not_found")
    if present != seen:
        changes = changed_since(session, subject, row_id, seen, present)
        if changes is None or changes.keys() & set(fields):
            mine = {name: pair for name, pair in (changes or {}).items() if name in fields}
            raise Refused("row.changed_meanwhile", changes=mine, version=present)
    moved = update(model).where(columns.id == row_id, columns.version == present)
    moved = moved.values(version=present + 1).execution_options(synchronize_session=False)
    if session.scalar(moved.returning(columns.version)) is None:
        raise Refused("row.changed_meanwhile", changes={}, version=present)
    session.expire_all()
    return int(present) + 1


def record(
    session: Session,
    actor: Actor,
    event: str,
    model: type[Base],
    row_id: int,
    changes: Changes,
    *,
    version: int,
    **facts: Any,
) -> None:
    """Write down what an edit changed and which version it made, so that the next editor can be told."""
    told = {name: [plain(before), plain(after)] for name, (before, after) in changes.items()}
    audit.record(
        session,
        actor,
        event,
        {**facts, "version": version, "changes": told},
        subject=model.__tablename__,
        subject_id=row_id,
    )


def changed_since(
    session: Session, subject: str, row_id: int, seen: int, present: int
) -> dict[str, tuple[Any, Any]] | None:
    """Per field what stood at version `seen` and what stands now; None where a change has left no record."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == row_id)
        .order_by(AuditEntry.id)
    )
    changes: dict[str, tuple[Any, Any]] = {}
    versions: set[int] = set()
    for entry in entries:
        version = entry.facts.get("version")
        if not isinstance(version, int) or not seen < version <= present:
            continue
        versions.add(version)
        for name, (before, after) in entry.facts.get("changes", {}).items():
            changes[name] = (changes[name][0] if name in changes else before, after)
    if len(versions) < present - seen:
        return None
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields whose values are not the same."""
    return {name: (before[name], value) for name, value in after.items() if before[name] != value}


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    return value if value is None or isinstance(value, str | int | bool) else str(value)
