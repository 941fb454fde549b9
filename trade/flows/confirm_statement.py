from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.notices import outbox
from trade.statements import disputes, queries, states


@dataclass(frozen=True)
class SeenStatement:
    """A statement as the person saw it."""

    statement_id: int
    version: int


def confirm_statement(session: Session, actor: Actor, seen: SeenStatement) -> None:
    """Agree to a statement, or to all of it that is not disputed; the distributor's own people alone."""
    if not actor.may(Permission.STATEMENT_CONFIRM) or actor.on_behalf_of is not None:
        raise Refused("access.denied", keep={"statement_id": seen.statement_id})
    statement = queries.get_locked(session, actor, seen.statement_id)
    if statement.confirmed_at is not None:
        raise Refused("statement.confirmed_already")
    left = disputes.count_open(session, statement.id)
    action = "confirm_rest" if left else "confirm"
    states.move(session, actor, statement, action, seen.version, confirmed_at=clock.now())
    outbox.post(session, "statement.confirmed", statement_id=statement.id)


def close_statement(session: Session, actor: Actor, seen: SeenStatement) -> None:
    """Lay a statement to rest once nothing of it is disputed: from then on nothing about it changes."""
    if not actor.may(Permission.STATEMENT_MANAGE):
        raise Refused("access.denied", keep={"statement_id": seen.statement_id})
    statement = queries.get_locked(session, actor, seen.statement_id)
    if disputes.count_open(session, statement.id):
        raise Refused("statement.disputed")
    states.move(session, actor, statement, "close", seen.version, closed_at=clock.now())
    outbox.post(session, "statement.closed", statement_id=statement.id)


def remind_of_statement(session: Session, actor: Actor, statement_id: int) -> None:
    """Tell the distributor once that the day until which it is asked to confirm has nearly come."""
    statement = queries.get_locked(session, actor, statement_id)
    if statement.reminded_at is None and statement.confirmed_at is None and statement.state != "closed":
        statement.reminded_at = clock.now()
        outbox.post(session, "statement.confirm_near", statement_id=statement.id)
