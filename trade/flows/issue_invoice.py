from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.invoices import drawing, waiting
from trade.invoices.drawing import MOST
from trade.invoices.rules import TAX_MODES
from trade.notices import outbox


@dataclass(frozen=True)
class NewInvoice:
    """Which whole shipments of one company stand on it; `tax_mode` None: as the company usually has it."""

    shipment_ids: Sequence[int]
    tax_mode: str | None = None
    remark: str = ""


def issue_invoice(session: Session, actor: Actor, given: NewInvoice) -> int:
    """Issue an invoice (发票) for chosen shipments, and move their debts to invoiced; answers its id."""
    wanted = sorted(set(given.shipment_ids))
    if not wanted:
        raise Refused("invoice.nothing_chosen")
    if len(wanted) > MOST:
        raise Refused("invoice.too_many", most=MOST)
    if given.tax_mode is not None and given.tax_mode not in TAX_MODES:
        raise Refused("invoice.tax_mode_unknown", field="tax_mode")
    chosen = waiting.chosen(session, actor, wanted)
    if len(chosen) < len(wanted):
        raise Refused("shipment.not_found")
    invoice_id = drawing.issue(session, actor, chosen, given.tax_mode, given.remark)
    outbox.post(session, "invoice.issued", invoice_id=invoice_id)
    return invoice_id
