"""Until when a live registration lasts if nothing is done about it: of one row, and as statements say it."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from trade.registrations import rules
from trade.registrations.models import Registration
from trade.registrations.rules import Figures, Held
from trade.windows import Sort


class _DaysAfter(FunctionElement[date]):
    """A day of a column, and how many days later; the databases count in two ways."""

    type = Date()
    inherit_cache = True


@compiles(_DaysAfter, "sqlite")
def _in_sqlite(element: _DaysAfter, compiler: Any, **options: Any) -> str:
    day, count = (compiler.process(each, **options) for each in element.clauses)
    return f"date({day}, {count} || ' days')"


@compiles(_DaysAfter)
def _elsewhere(element: _DaysAfter, compiler: Any, **options: Any) -> str:
    day, count = (compiler.process(each, **options) for each in element.clauses)
    return f"({day} + CAST({count} AS INTEGER))"


def held(registration: Registration) -> Held | None:
    """What the clock looks at; None where no clock runs."""
    live_on, until, followed = registration.live_on, registration.protected_until, registration.followed_on
    if registration.state != "live" or live_on is None or until is None or followed is None:
        return None
    return Held(live_on, until, followed, registration.warned_on)


def follow_by(registration: Registration, given: Figures) -> date | None:
    """The last day for a follow-up, where one is needed before protection ends; None where no clock asks for one."""
    known = held(registration)
    ends = rules.ending(known, given) if known else None
    return ends.day - timedelta(days=1) if ends and ends.action == "lapse" else None


def last_day(given: Figures) -> ColumnElement[Any]:
    """The last day on which something done keeps it: of a follow-up, of its protection, of a correction; else none."""
    quiet = _DaysAfter(Registration.followed_on, literal(given.lapse_days - 1))
    until = Registration.protected_until
    return case(
        (and_(Registration.state == "live", quiet < until), quiet),
        (Registration.state == "live", until),
        (Registration.state == "draft", Registration.returned_until),
        else_=None,
    )


def soonest(given: Figures) -> Sort:
    """What lapses first stands first; behind them what no clock runs for, the latest first."""
    return Sort(last_day(given), "day", is_nullable=True, is_latest_first=True)


def is_near(given: Figures, today: date) -> ColumnElement[bool]:
    """Whether it is about to lapse: from the day on which a warning is due, or as many days before protection ends."""
    quiet = today - timedelta(days=given.warn_days)
    ahead = today + timedelta(days=given.lapse_days - given.warn_days - 1)
    soon = or_(Registration.followed_on <= quiet, Registration.protected_until <= ahead)
    return and_(Registration.state == "live", soon)
