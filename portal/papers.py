"""The distributor's papers: its orders, deliveries, returns and its own price list."""

from flask import Blueprint, g
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.errors import Refused
from web import papers
from web.access import requires

bp = Blueprint("papers", __name__)


@bp.get("/orders/<id:order_id>/paper")
@requires(Permission.ORDER_READ)
def order(order_id: int) -> Response:
    return papers.answer_order(order_id)


@bp.get("/shipments/<id:shipment_id>/paper")
@requires(Permission.ORDER_READ)
def delivery(shipment_id: int) -> Response:
    return papers.answer_delivery(shipment_id)


@bp.get("/returns/<id:return_id>/paper")
@requires(Permission.ORDER_READ)
def return_note(return_id: int) -> Response:
    return papers.answer_return(return_id)


@bp.get("/invoices/<id:invoice_id>/paper")
@requires(Permission.CREDIT_READ)
def invoice(invoice_id: int) -> Response:
    return papers.answer_invoice(invoice_id)


@bp.get("/price-list/paper")
@requires(Permission.CATALOG_READ)
def price_list() -> Response:
    """Everything that may be ordered today, at the company's own prices."""
    if g.actor.distributor_id is None:
        raise Refused("distributor.not_found")
    return papers.answer_price_list(g.actor.distributor_id)
