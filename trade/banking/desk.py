"""What waits for somebody at the brand, whatever it is: one statement for the list of what is to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from trade import settings
from trade.actor import Actor
from trade.approvals import inbox
from trade.banking.models import BankLine
from trade.distributors.queries import within
from trade.orders import desk as orders
from trade.orders import remarks
from trade.receivables.models import PaymentProof
from trade.returns import desk as returns
from trade.statements.models import Statement, StatementDispute


@dataclass(frozen=True)
class Counts:
    """What this person decides, by subject; and what anybody with the right may take."""

    decide: Mapping[str, int]
    most: Decimal  # up to which amount several are decided together
    held: int = 0
    ship: int = 0
    pending: int = 0  # orders with anybody, within reach
    coming_back: int = 0
    urged: int = 0
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
    money = (each.scalar_subquery() for each in (lines, proofs, disputes))
    subjects = inbox.readable(actor)
    parts = [inbox.waiting(actor, each) for each in subjects]
    rest = [
        *orders.counts(actor),
        returns.awaited(actor),
        remarks.waiting(actor),
        *money,
        settings.part(inbox.MOST),
    ]
    *found, kept = session.execute(select(*parts, *rest)).one()
    decide = dict(zip(subjects, found[: len(parts)], strict=True))
    return Counts(decide, inbox.most_of(kept), *found[len(parts) :])
