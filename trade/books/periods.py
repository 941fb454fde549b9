"""Periods of the books: what is posted into one that is closed goes to the next open one, and keeps its date."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.books.models import Period
from trade.books.rules import month_of, next_month
from trade.db import insert_once


def booking_day(session: Session, legal_entity_id: int, day: date) -> date:
    """The day on which a document of `day` counts; its period stays open until the caller is done.

    The shared lock lets everybody post at once, and makes who closes the period wait for all of them.
    """
    first = month_of(day)
    while (state := _state(session, legal_entity_id, first)) == "closed":
        first = next_month(first)
    if state is None:
        insert_once(session, Period, legal_entity_id=legal_entity_id, first_day=first)
        return booking_day(session, legal_entity_id, day)
    return max(day, first)


def _state(session: Session, legal_entity_id: int, first_day: date) -> str | None:
    held = select(Period.state).where(
        Period.legal_entity_id == legal_entity_id, Period.first_day == first_day
    )
    return session.scalar(held.with_for_update(read=True))
