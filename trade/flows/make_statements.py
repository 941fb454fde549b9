from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.books.rules import month_of, next_month
from trade.db import insert_once
from trade.errors import Refused
from trade.jobs import queue
from trade.notices import outbox
from trade.statements import making
from trade.statements.models import StatementRun

KIND = "statements.make"


@dataclass(frozen=True)
class AccountMonth:
    """The statement of one account for a month, and of the months before it that lack one; `run_id` counts them."""

    account_id: int
    first_day: date
    run_id: int | None = None


@dataclass(frozen=True)
class Came:
    """How far the making of a month is."""

    run_id: int
    done: int
    total: int
    is_over: bool = False


def start_statements(session: Session, actor: Actor, first_day: date) -> int:
    """Let the statements of a month that is over be made, account by account; answers the run.

    An account whose earlier months lack one gets those too, the earliest first: each opens with what the one before
    closed with. What was made stays as it is.
    """
    if not actor.may(Permission.STATEMENT_MANAGE):
        raise Refused("access.denied", keep={"permission": Permission.STATEMENT_MANAGE.value})
    _refuse_early(first_day)
    if first_day < (begun := making.months(session, clock.today())[-1]):
        raise Refused("statement.before_books", month=f"{begun:%Y-%m}", field="month")
    if not insert_once(session, StatementRun, first_day=first_day, person_id=actor.person_id):
        raise Refused("statement.under_way", field="month")
    run_id = session.scalars(
        select(StatementRun.id).where(StatementRun.first_day == first_day, StatementRun.state != "done")
    ).one()
    queue.enqueue(session, KIND, f"{KIND}-{run_id}", {"run_id": run_id})
    facts = {"month": f"{first_day:%Y-%m}"}
    audit.record(session, actor, "statements.started", facts, subject="statement_run", subject_id=run_id)
    return run_id


def make_statement(session: Session, actor: Actor, given: AccountMonth) -> int:
    """Make what an account lacks up to a month, all or nothing; says how many, and tells of the latest.

    The run counts them in the same transaction, so that what it shows stays true whenever it is killed.
    """
    _refuse_early(given.first_day)
    made = making.make_until(session, actor, given.account_id, given.first_day)
    if made:
        latest = made[-1]
        outbox.post(session, "statement.issued", statement_id=latest.id, distributor_id=latest.distributor_id)
    if made and given.run_id is not None:
        counted = update(StatementRun).where(StatementRun.id == given.run_id)
        session.execute(counted.values(made=StatementRun.made + len(made)))
    return len(made)


def keep_run(session: Session, actor: Actor, given: Came) -> None:
    """Show on the page how far a run has come."""
    changes: dict[str, object] = {"done": given.done, "total": given.total, "state": "running"}
    if given.is_over:
        changes |= {"state": "done", "finished_at": clock.now()}
    session.execute(update(StatementRun).where(StatementRun.id == given.run_id).values(changes))


def _refuse_early(first_day: date) -> None:
    if first_day != month_of(first_day) or next_month(first_day) > clock.today():
        raise Refused("statement.month_not_over", field="month")
