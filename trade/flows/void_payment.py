from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.banking import lines
from trade.receivables import payments, proofs, queries


@dataclass(frozen=True)
class Slip:
    """A payment that should not have been recorded, and why."""

    payment_id: int
    reason: str


def void_payment(session: Session, actor: Actor, given: Slip) -> None:
    """Take back a payment that was a slip; nothing of it may be applied, and it is taken back once."""
    payments.void(session, actor, queries.get_for(session, actor, given.payment_id), given.reason)
    lines.let_go(session, given.payment_id)
    proofs.let_go(session, given.payment_id)
