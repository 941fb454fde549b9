"""What was billed and credited, on the pages of orders and returns, and the way back from an invoice."""

from typing import Any

from flask import g, url_for
from sqlalchemy.orm import Session

from trade.actor import Permission
from trade.invoices import documents
from trade.invoices.documents import CREDIT_NOTE, Issued
from trade.orders.models import Order
from trade.returns.models import ReturnRequest
from web import invoiced


def of_order(session: Session, order: Order) -> dict[str, Any]:
    """Invoices and credit notes of an order from which something has left, for who sees invoices."""
    is_shown = order.fulfilment != "open" and g.actor.may(Permission.INVOICE_READ)
    found = documents.of_order(session, order.id) if is_shown else []
    return {"billed": found, "said_billed": invoiced, "billed_url": _url}


def of_return(session: Session, request: ReturnRequest) -> dict[str, Any]:
    """The credit note of a return, which this page is about, and its red invoice."""
    is_shown = request.state == "credited" and g.actor.may(Permission.INVOICE_READ)
    found = documents.of_return(session, request.id) if is_shown else []
    return {"billed": found, "said_billed": invoiced, "billed_url": _url_of_invoice}


def order_url(order_id: int) -> str:
    """Where an order stands; nowhere for who may not open it."""
    return url_for("admin.orders.detail", order_id=order_id) if g.actor.may(Permission.ORDER_REVIEW) else ""


def parcel_url(order_id: int, shipment_id: int) -> str:
    """Where a shipment stands: on the page of its order."""
    url = order_url(order_id)
    return f"{url}#parcel-{shipment_id}" if url else ""


def _url(each: Issued) -> str:
    if each.kind == CREDIT_NOTE:
        may = g.actor.may(Permission.RETURN_READ)
        return url_for("admin.returns.detail", return_id=each.key) if may else ""
    return _url_of_invoice(each)


def _url_of_invoice(each: Issued) -> str:
    return "" if each.kind == CREDIT_NOTE else url_for("admin.invoices.detail", invoice_id=each.key)
