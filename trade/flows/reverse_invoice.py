from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.invoices import correcting, queries
from trade.notices import outbox


@dataclass(frozen=True)
class Reversal:
    invoice_id: int
    version: int
    reason: str


def reverse_invoice(session: Session, actor: Actor, given: Reversal) -> int:
    """Take a whole invoice back by a red one (红冲), which frees its shipments; answers the red one's id."""
    invoice = queries.get_for(session, actor, given.invoice_id)
    if not given.reason.strip():
        raise Refused("invoice.reason_needed", field="reason")
    red_id = correcting.reverse(session, actor, invoice, given.version, given.reason.strip())
    outbox.post(session, "invoice.red_issued", invoice_id=red_id)
    return red_id
