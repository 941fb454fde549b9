"""Everything that happened with a distributor in one stream, the latest first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from trade.audit import AuditEntry
from trade.db import Base
from trade.notices.models import Notice
from trade.orders.models import Order, OrderEvent
from trade.receivables.models import Payment

PAGE = 30
KINDS = ("profile", "standing", "credit", "orders", "payments", "notices")


@dataclass(frozen=True)
class Happening:
    """One thing that happened: its kind, and the row that tells it, with the order's number where there is one."""

    at: datetime
    kind: str
    row: Any
    order: Order | None = None


@dataclass(frozen=True)
class Cursor:
    """Where a page ended."""

    at: datetime
    source: str
    row_id: int


def timeline(
    session: Session, distributor_id: int, kinds: Sequence[str], after: Cursor | None = None
) -> tuple[list[Happening], Cursor | None]:
    """A page of what happened and where the next one begins; the caller has loaded the distributor.

    One statement for the order of things, one for each source that has any.
    """
    parts = [part for name, part in _sources(distributor_id).items() if name in kinds]
    stream = union_all(*parts).subquery()
    query = select(stream).order_by(stream.c.at.desc(), stream.c.source.desc(), stream.c.row_id.desc())
    if after is not None:
        query = query.where(_beyond(stream, after))
    keys = session.execute(query.limit(PAGE + 1)).all()
    shown = keys[:PAGE]
    rows = _rows(session, shown)
    found = [Happening(key.at, key.kind, *rows[key.source, key.row_id]) for key in shown]
    last = shown[-1] if shown else None
    return found, Cursor(last.at, last.source, last.row_id) if last and len(keys) > PAGE else None


def _sources(distributor_id: int) -> dict[str, Select[Any]]:
    """Moment, kind, source and id of everything, by kind."""
    told = and_(AuditEntry.subject == "distributor", AuditEntry.subject_id == distributor_id)
    is_credit = AuditEntry.event.startswith("credit.")
    is_standing = AuditEntry.event.startswith("distributor.standing")
    orders = _part("orders", OrderEvent, OrderEvent.at, "event").join(Order, Order.id == OrderEvent.order_id)
    first = func.min(Notice.id)
    notices = select(
        func.min(Notice.at).label("at"),
        literal("notices").label("kind"),
        literal("notice").label("source"),
        first.label("row_id"),
    )
    return {
        "profile": _part("profile", AuditEntry, AuditEntry.at, "audit").where(told, ~is_credit, ~is_standing),
        "standing": _part("standing", AuditEntry, AuditEntry.at, "audit").where(told, is_standing),
        "credit": _part("credit", AuditEntry, AuditEntry.at, "audit").where(told, is_credit),
        "orders": orders.where(
            Order.distributor_id == distributor_id, OrderEvent.action.not_in(["edit", "create"])
        ),
        "payments": _part("payments", Payment, Payment.created_at, "payment").where(
            Payment.distributor_id == distributor_id
        ),
        "notices": notices.where(Notice.distributor_id == distributor_id).group_by(Notice.outbox_id),
    }


def _part(kind: str, model: type[Base], at: Any, source: str) -> Select[Any]:
    return select(
        at.label("at"),
        literal(kind).label("kind"),
        literal(source).label("source"),
        model.id.label("row_id"),
    )


def _beyond(stream: Any, after: Cursor) -> ColumnElement[bool]:
    same = stream.c.at == after.at
    return or_(
        stream.c.at < after.at,
        and_(same, stream.c.source < after.source),
        and_(same, stream.c.source == after.source, stream.c.row_id < after.row_id),
    )


def _rows(session: Session, keys: Sequence[Any]) -> dict[tuple[str, int], tuple[Any, Order | None]]:
    load: Mapping[str, Callable[[list[int]], Executable]] = {
        "audit": lambda ids: select(AuditEntry).where(AuditEntry.id.in_(ids)),
        "event": lambda ids: (
            select(OrderEvent, Order)
            .join(Order, Order.id == OrderEvent.order_id)
            .where(OrderEvent.id.in_(ids))
        ),
        "payment": lambda ids: select(Payment).where(Payment.id.in_(ids)),
        "notice": lambda ids: select(Notice).where(Notice.id.in_(ids)),
    }
    found: dict[tuple[str, int], tuple[Any, Order | None]] = {}
    for source, query in load.items():
        ids = [key.row_id for key in keys if key.source == source]
        for row in session.execute(query(ids)) if ids else ():
            found[source, row[0].id] = (row[0], row[1] if len(row) > 1 else None)
    return found
