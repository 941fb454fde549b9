"""What is on hand, what is promised, and what moved it."""

from flask import Blueprint
from werkzeug.wrappers import Response

from admin import addresses
from admin.stock_list import STOCK
from trade.actor import Permission
from trade.db import read
from trade.inventory import listing
from web.access import requires
from web.answer import render

bp = Blueprint("stock", __name__)


@bp.get("/stock")
@requires(Permission.STOCK_READ)
def index() -> Response:
    with read() as session:
        return render(session, "admin/stock/stock.html", "stock", listed=STOCK.open(session))


@bp.post("/stock/export")
@requires(Permission.STOCK_READ)
def export() -> Response:
    return STOCK.export_sheet()


@bp.get("/stock/<id:sku_id>")
@requires(Permission.STOCK_READ)
def detail(sku_id: int) -> Response:
    with read() as session:
        row = listing.get_row(session, sku_id)
        movements, following = listing.movements(session, sku_id, addresses.number("after"))
        return render(
            session,
            "admin/stock/sku.html",
            "sku",
            row=row,
            movements=movements,
            following=following,
        )
