"""Periods of the books: what is posted into one that is closed goes to the next open one, and keeps its date."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.books.models import Period
from trade.books.rules import month_of, next_month
from trade.db import insert_once
from trade.errors import Refused


def booking_day(session: Session, legal_entity_id: int, day: date) -> date:
    """The day on which a document of `day` counts; its period stays open until the caller is done.

    The shared lock lets everybody post at once, and makes who closes the period wait for all of them.
    """
    first = month_of(day)
    while (state := _state(session, legal_entity_id, first)) == "closed":
        first = next_month(first)
    if state is None:
        begun = "closed" if _is_closed_after(session, legal_entity_id, first) else "open"
        insert_once(session, Period, legal_entity_id=legal_entity_id, first_day=first, state=begun)
        return booking_day(session, legal_entity_id, day)
    return max(day, first)


def hold(session: Session, legal_entity_id: int, first_day: date) -> Period:
    """The period, made if need be, for its caller alone: nobody posts into it until the caller is done."""
    insert_once(session, Period, legal_entity_id=legal_entity_id, first_day=first_day, state="open")
    wanted = select(Period).where(Period.legal_entity_id == legal_entity_id, Period.first_day == first_day)
    return session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()


def all_of(session: Session, legal_entity_id: int) -> Sequence[Period]:
    """Every period that has a row, the latest first."""
    wanted = select(Period).where(Period.legal_entity_id == legal_entity_id)
    return session.scalars(wanted.order_by(Period.first_day.desc())).all()


def move(session: Session, actor: Actor, period: Period, before: str, after: str, version: int) -> None:
    """Close or open a period that was seen at this version, or refuse."""
    moved = (
        update(Period)
        .where(Period.id == period.id, Period.state == before, Period.version == version)
        .values(state=after, version=version + 1, changed_at=clock.now(), person_id=actor.person_id)
        .returning(Period.id)
        .execution_options(synchronize_session=False)
    )
    if session.scalar(moved) is None:
        raise Refused("period.changed_meanwhile")


def _is_closed_after(session: Session, legal_entity_id: int, first_day: date) -> bool:
    """Whether a later month is closed: an earlier one that nobody opened is over too.

    The shared lock makes whoever closes a later month just now wait, so that they see the one that begins here.
    """
    later = select(Period.state).where(
        Period.legal_entity_id == legal_entity_id, Period.first_day > first_day
    )
    return "closed" in session.scalars(later.with_for_update(read=True)).all()


def _state(session: Session, legal_entity_id: int, first_day: date) -> str | None:
    held = select(Period.state).where(
        Period.legal_entity_id == legal_entity_id, Period.first_day == first_day
    )
    return session.scalar(held.with_for_update(read=True))
