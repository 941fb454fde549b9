"""A line that the distributor does not agree with, and what both sides write about it until it is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.people.models import Person
from trade.statements import queries, states
from trade.statements.models import DisputeRemark, Statement, StatementDispute, StatementLine

REASONS = ("quantity", "price", "amount", "missing", "foreign", "other")
UNDER_WAY = queries.UNDER_WAY
SUBJECT = "dispute"  # of the files that are sent with one


@dataclass(frozen=True)
class Known:
    """A dispute with its line and its statement."""

    dispute: StatementDispute
    line: StatementLine
    statement: Statement

    @property
    def is_open(self) -> bool:
        return self.dispute.state in UNDER_WAY


@dataclass(frozen=True)
class Said:
    row: DisputeRemark
    person_name: str | None


def get_for(session: Session, actor: Actor, dispute_id: int) -> Known:
    """The dispute, if its statement lies within the actor's scope."""
    row = session.execute(
        select(StatementDispute, StatementLine, Statement)
        .join(StatementLine, StatementLine.id == StatementDispute.line_id)
        .join(Statement, Statement.id == StatementDispute.statement_id)
        .where(StatementDispute.id == dispute_id, within(actor, Statement.distributor_id))
    ).one_or_none()
    if row is None:
        raise Refused("dispute.not_found")
    return Known(*row)


def get_locked(session: Session, actor: Actor, dispute_id: int) -> Known:
    """The same with its statement locked, so that nobody agrees to it or closes it meanwhile."""
    seen = get_for(session, actor, dispute_id)
    queries.get_locked(session, actor, seen.statement.id)
    session.refresh(seen.dispute)
    return seen


def thread_of(session: Session, dispute_id: int) -> Sequence[Said]:
    """All that was written about it, the first first."""
    rows = session.execute(
        select(DisputeRemark, Person.name)
        .outerjoin(Person, Person.id == DisputeRemark.person_id)
        .where(DisputeRemark.dispute_id == dispute_id)
        .order_by(DisputeRemark.id)
    )
    return [Said(*row) for row in rows]


def count_open(session: Session, statement_id: int, *, apart_from: int = 0) -> int:
    """How many lines of a statement are disputed still."""
    wanted = select(func.count(StatementDispute.id)).where(
        StatementDispute.statement_id == statement_id,
        StatementDispute.state.in_(UNDER_WAY),
        StatementDispute.id != apart_from,
    )
    return session.scalar(wanted) or 0


def write(session: Session, actor: Actor, dispute: StatementDispute, said: str) -> None:
    """Add to the thread; what the brand writes is an answer, what the distributor writes waits for one."""
    side = "portal" if actor.distributor_id is not None else "admin"
    session.add(
        DisputeRemark(
            dispute_id=dispute.id,
            side=side,
            text=said,
            person_id=actor.person_id,
            on_behalf_of=actor.on_behalf_of,
        )
    )
    dispute.state = "answered" if side == "admin" else "open"
    dispute.version += 1


def end(
    session: Session, actor: Actor, known: Known, state: str, action: str, version: int, outcome: str = ""
) -> None:
    """Settle or withdraw a dispute; the last one lets the statement go on."""
    dispute, statement = known.dispute, known.statement
    if not known.is_open:
        raise Refused("dispute.is_over")
    if dispute.version != version:
        raise Refused("statement.changed_meanwhile")
    dispute.state, dispute.version = state, dispute.version + 1
    dispute.closed_at, dispute.outcome = clock.now(), outcome
    left = count_open(session, statement.id, apart_from=dispute.id)
    end_of = "" if left else "_agreed" if statement.confirmed_at else "_last"
    facts: dict[str, Any] = {"dispute_id": dispute.id, "number": known.line.number}
    if outcome:
        facts["comment"] = outcome
    states.move(session, actor, statement, f"{action}{end_of}", statement.version, facts=facts)
