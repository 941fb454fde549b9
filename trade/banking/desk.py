"""What of the brand's money waits for somebody, whatever way it came: one statement for the list of what is to do."""

from dataclasses import dataclass

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.banking.models import BankLine
from trade.credit import requests
from trade.distributors.queries import within
from trade.receivables.models import PaymentProof
from trade.statements.models import Statement, StatementDispute


@dataclass(frozen=True)
class Counts:
    """Wishes for more credit that this person decides; lines, proofs and disputes that anybody with the right may take."""

    wishes: int = 0
    lines: int = 0
    proofs: int = 0
    disputes: int = 0


def counts(session: Session, actor: Actor) -> Counts:
    """How much of each waits within the actor's reach; bank lines only for who sees the whole brand."""
    lines = select(func.count(BankLine.id)).where(BankLine.state == "open", literal(actor.scope.is_everyone))
    proofs = select(func.count(PaymentProof.id)).where(
        PaymentProof.state == "submitted", within(actor, PaymentProof.distributor_id)
    )
    disputes = (
        select(func.count(StatementDispute.id))
        .join(Statement, Statement.id == StatementDispute.statement_id)
        .where(StatementDispute.state == "open", within(actor, Statement.distributor_id))
    )
    parts = (each.scalar_subquery() for each in (lines, proofs, disputes))
    return Counts(*session.execute(select(requests.waiting(actor), *parts)).one())
