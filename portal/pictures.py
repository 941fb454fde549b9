"""Pictures of products for those who may see the product, or have ordered it when they still might."""

from flask import Blueprint, Response, g, request

from trade import clock
from trade.actor import Permission
from trade.attachments import store
from trade.catalog import queries
from trade.db import read
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.orders.packing import has_bought
from web.access import requires
from web.pictures import answer_picture

bp = Blueprint("pictures", __name__)


@bp.get("/catalog/<id:sku_id>/pictures/<id:picture_id>")
@requires(Permission.ORDER_READ)
def picture(sku_id: int, picture_id: int) -> Response:
    day = clock.today()
    with read() as session:
        try:
            queries.get_for(session, terms_of(session, g.actor.distributor_id, day), sku_id, day)
        except Refused:
            if not has_bought(session, g.actor.distributor_id, sku_id):
                raise
        is_small = request.args.get("size") == "small"
        file = queries.get_picture(session, sku_id, picture_id, is_small=is_small)
    return answer_picture(lambda: store.load(file.stored_as), file.media_type, file.sha256)
