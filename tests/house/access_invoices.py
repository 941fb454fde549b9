"""Invoices in the world of the walk: one of each distributor with the real one's file, and what still waits for one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, db
from trade.actor import Actor
from trade.books.models import OpenItem
from trade.flows.issue_invoice import NewInvoice, issue_invoice
from trade.flows.note_tax_invoice import RealInvoice, keep_file, note_tax_invoice
from trade.fulfilment.models import Shipment
from trade.invoices.models import Invoice, TaxInvoice
from trade.money import ZERO
from trade.orders.models import Order


def plant(finance: Actor, picture: bytes) -> None:
    """Invoice the last shipment of each distributor, and keep the number and the file of the real invoice."""
    with db.read() as session:
        rows = session.execute(
            select(Order.distributor_id, Shipment.id)
            .join(Shipment, Shipment.order_id == Order.id)
            .order_by(Shipment.id)
        )
        last = {distributor_id: key for distributor_id, key in rows}
    for distributor_id, key in sorted(last.items()):
        invoice_id = db.run(
            issue_invoice, finance, NewInvoice([key], remark=f"CANARY-INVOICE-{distributor_id}")
        )
        file = keep_file("发票.png", picture)
        real = RealInvoice(invoice_id, 1, f"2495200000001234567{distributor_id}", clock.today(), file)
        db.run(note_tax_invoice, finance, real)


def objects(session: Session, home: int) -> dict[str, int]:
    """D1.invoice with its version, its real number and file, and an item that waits: D1.uninvoiced."""
    found: dict[str, int] = {}
    for each, real in session.execute(
        select(Invoice, TaxInvoice).join(TaxInvoice, TaxInvoice.invoice_id == Invoice.id)
    ):
        name = "D1.invoice" if each.distributor_id == home else "D2.invoice"
        found |= {name: each.id, f"version of {name}": each.version, f"{name[:2]}.real": real.id}
        found |= {f"{name[:2]}.invoice-file": real.attachment_id or 0}
    waits = select(OpenItem.id, Order.distributor_id).join(Order, Order.id == OpenItem.order_id)
    for key, owner in session.execute(waits.where(OpenItem.kind == "shipment", OpenItem.billed == ZERO)):
        found["D1.uninvoiced" if owner == home else "D2.uninvoiced"] = key
    return found


def fields(route: str, known: Mapping[str, int]) -> dict[str, Any] | None:
    """What is sent about invoices; None for any other route."""
    if "/invoices" not in route:
        return None
    version = {"version": str(known["version of D1.invoice"])}
    today = clock.today().isoformat()
    forms: dict[str, dict[str, Any]] = {
        "POST /admin/invoices": {"pick": str(known["D1.uninvoiced"])},
        "POST /admin/invoices/due": {"until": today},
        "POST /admin/invoices/<id:invoice_id>/reversal": version | {"reason": "开错抬头"},
        "POST /admin/invoices/<id:invoice_id>/tax-invoices": version
        | {"number": "24952000000088888888", "day": today},
        "POST /admin/invoices/<id:invoice_id>/tax-invoices/<id:tax_invoice_id>/removal": version,
    }
    return forms.get(route, {})
