"""The errand that makes the statements of a month, and what time alone makes due about statements."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.db import read, run
from trade.flows.make_statements import AccountMonth, Came, keep_run, make_statement
from trade.jobs.schedule import Work
from trade.statements import making, queries
from trade.statements.models import StatementRun
from trade.statements.rules import month_before

AT_ONCE = 10  # accounts between two signs of life
AUTOMATIC = "statement.automatic"
LAST_DAY = 5  # of a month, on which the one before is still made by itself
REMIND_BEFORE = timedelta(days=3)
MOST = 500


def make_month(actor: Actor, run_id: int, tell: Callable[[int, int], None]) -> None:
    """Make a month's statements, an account in a transaction; after a kill it goes on with those that lack one."""
    with read() as session:
        found = session.scalar(select(StatementRun).where(StatementRun.id == run_id))
        if found is None or found.state == "done":
            return
        first_day = found.first_day
        accounts = making.accounts(session, first_day)
    for done, (account_id, is_lacking) in enumerate(accounts.items(), start=1):
        if is_lacking:
            run(make_statement, actor, AccountMonth(account_id, first_day, run_id))
        if done % AT_ONCE == 0:
            tell(done, len(accounts))
            run(keep_run, actor, Came(run_id, done, len(accounts)))
    run(keep_run, actor, Came(run_id, len(accounts), len(accounts), is_over=True))


def month_that_is_over(session: Session, now: datetime) -> list[Work]:
    """The month before, on the first days of a month, where the brand lets it be made by itself."""
    today = clock.business_date(now)
    if today.day > LAST_DAY or not settings.load(session, AUTOMATIC)[AUTOMATIC]:
        return []
    first_day = month_before(today)
    return [Work("statements.start", f"statements.start-{first_day}", {"first_day": first_day.isoformat()})]


def nearly_over(session: Session, now: datetime) -> list[Work]:
    """Statements that nobody has confirmed, whose day comes soon: the distributor is told once."""
    until = clock.business_date(now) + REMIND_BEFORE
    return [
        Work("statement.remind", f"statement.remind-{each.id}", {"statement_id": each.id})
        for each in queries.to_remind(session, until, MOST)
    ]
