"""The distributor's papers: its orders, deliveries, returns and its own price list."""

from flask import Blueprint, g
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.errors import Refused
from trade.papers import facts
from web.access import requires
from web.papers import answer_paper

bp = Blueprint("papers", __name__)


@bp.get("/orders/<id:order_id>/paper")
@requires(Permission.ORDER_READ)
def order(order_id: int) -> Response:
    with read() as session:
        paper = facts.order_paper(session, g.actor, order_id)
    return answer_paper(paper, str(paper.order.number))


@bp.get("/shipments/<id:shipment_id>/paper")
@requires(Permission.ORDER_READ)
def delivery(shipment_id: int) -> Response:
    with read() as session:
        paper = facts.delivery_paper(session, g.actor, shipment_id)
    return answer_paper(paper, paper.shipment.number)


@bp.get("/returns/<id:return_id>/paper")
@requires(Permission.ORDER_READ)
def return_note(return_id: int) -> Response:
    with read() as session:
        paper = facts.return_paper(session, g.actor, return_id)
    return answer_paper(paper, paper.request.number)


@bp.get("/price-list/paper")
@requires(Permission.CATALOG_READ)
def price_list() -> Response:
    """Everything that may be ordered today, at the company's own prices."""
    if g.actor.distributor_id is None:
        raise Refused("distributor.not_found")
    with read() as session:
        paper = facts.price_paper(session, g.actor, g.actor.distributor_id, clock.today())
    return answer_paper(paper, f"{paper.terms.code}-{paper.day:%Y%m%d}")
