from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.credit import ledger
from trade.errors import Refused
from trade.orders import refusals


def keep_refusal(session: Session, actor: Actor, refusal: Refused) -> None:
    """Write down what outlives a refusal: in the audit, and a credit decision with what it was decided on."""
    audit.keep(session, actor, refusal)
    found = refusals.decided(refusal.keep or {})
    if found is not None:
        ledger.decide(session, *found)
