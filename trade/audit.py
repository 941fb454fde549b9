"""Append-only: login, denied access, export, unmasking, changes of price, limit, role and policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Index, Select, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from trade import clock
from trade.actor import Actor
from trade.db import Base, insert_rows
from trade.errors import Refused
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of


@dataclass(frozen=True)
class ListFilter:
    event: str = ""  # or the beginning of one, such as "credit."
    person_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None  # not included
    subject: str = ""  # noun
    subject_id: int | None = None
    within: tuple[ColumnElement[bool], ...] = ()  # whose entries, as the caller's reach and words have it


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject", "subject_id", "id"),)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    person_id: Mapped[int | None]
    on_behalf_of: Mapped[int | None]
    origin: Mapped[str]
    event: Mapped[str]
    subject: Mapped[str | None]  # noun
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)  # before and after, as plain values


def record(
    session: Session,
    actor: Actor,
    event: str,
    facts: Mapping[str, Any],
    *,
    subject: str | None = None,
    subject_id: int | None = None,
) -> None:
    """Write down who did what, from where, with what before and after."""
    session.add(
        AuditEntry(
            person_id=actor.person_id,
            on_behalf_of=actor.on_behalf_of,
            origin=actor.origin,
            event=event,
            subject=subject,
            subject_id=subject_id,
            facts=dict(facts),
        )
    )


def record_each(
    session: Session, actor: Actor, event: str, subject: str, facts: Mapping[int, Mapping[str, Any]]
) -> None:
    """Write down what one deed did to many rows, each with its own before and after, set-based."""
    if not facts:
        return
    common = {
        "person_id": actor.person_id,
        "on_behalf_of": actor.on_behalf_of,
        "origin": actor.origin,
        "event": event,
        "subject": subject,
    }
    rows = [{**common, "subject_id": subject_id, "facts": dict(facts[subject_id])} for subject_id in facts]
    insert_rows(session, AuditEntry, rows)


def keep(session: Session, actor: Actor, refusal: Refused) -> None:
    """Write down what outlives a refusal: the decision, the denied access."""
    record(session, actor, refusal.code, refusal.keep or {})


SORTS = {"entry": Sort(AuditEntry.id, "whole")}


def listing(session: Session, wanted: ListFilter, window: Window = FIRST) -> Page[AuditEntry]:
    """A page of entries, the latest first."""
    page = page_of(session, _matching(wanted), window, SORTS, AuditEntry.id, "-entry")
    return page.of([entry for (entry,) in page.rows])


def totals(session: Session, wanted: ListFilter) -> Totals:
    """How many entries match."""
    return Totals(session.scalar(_matching(wanted).with_only_columns(func.count(AuditEntry.id))) or 0)


def _matching(wanted: ListFilter) -> Select[AuditEntry]:
    query = select(AuditEntry)
    if wanted.event:
        query = query.where(AuditEntry.event.startswith(wanted.event, autoescape=True))
    if wanted.person_id is not None:
        query = query.where(AuditEntry.person_id == wanted.person_id)
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.subject:
        query = query.where(AuditEntry.subject == wanted.subject)
    if wanted.subject_id is not None:
        query = query.where(AuditEntry.subject_id == wanted.subject_id)
    return query.where(*wanted.within)


def latest_changes(session: Session, event: str) -> dict[str, AuditEntry]:
    """The last entry of an event per `key` in its facts; one statement."""
    key = AuditEntry.facts["key"].as_string()
    last = select(func.max(AuditEntry.id)).where(AuditEntry.event == event).group_by(key)
    rows = session.scalars(select(AuditEntry).where(AuditEntry.id.in_(last)))
    return {str(row.facts.get("key")): row for row in rows}
