from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.invoices import correcting
from trade.notices import outbox
from trade.returns import queries as returns


@dataclass(frozen=True)
class Credited:
    """A return that was credited."""

    return_id: int


def issue_red_invoice(session: Session, actor: Actor, given: Credited) -> int:
    """Issue the red invoice of a credited return as far as its goods were invoiced; it moves no money."""
    request, _order = returns.get_locked(session, actor, given.return_id)
    red_id = correcting.mirror(session, actor, request)
    outbox.post(session, "invoice.red_issued", invoice_id=red_id)
    return red_id
