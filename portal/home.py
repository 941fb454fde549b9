"""The first page: what is left, what is under way, what is new."""

from flask import Blueprint, g
from werkzeug.wrappers import Response

from portal import sayings
from portal.notices import shown
from trade import clock
from trade.actor import Permission
from trade.credit import queries as credit
from trade.db import read
from trade.distributors.queries import terms_of
from trade.fulfilment.queries import Count, counts_of
from trade.notices import queries as notices
from trade.orders import queries as orders
from web.access import requires
from web.answer import render

bp = Blueprint("home", __name__)
OPEN = 6
NEWS = 4


@bp.get("")
@requires(Permission.ORDER_READ)
def index() -> Response:
    today = clock.today()
    actor = g.actor
    with read() as session:
        rows, count = orders.open_orders(session, actor, OPEN)
        counts = counts_of(session, [row.order.id for row in rows])
        standing = None
        if actor.may(Permission.CREDIT_READ):
            standing = credit.standing_of(session, actor, actor.distributor_id, today)
        news = notices.listed(session, actor, limit=NEWS) if actor.may(Permission.NOTICE_READ) else []
        return render(
            session,
            "portal/overview/overview.html",
            "home",
            terms=terms_of(session, actor.distributor_id, today),
            standing=standing,
            can_see_credit=actor.may(Permission.CREDIT_READ),
            can_order=actor.may(Permission.CART_EDIT),
            latest=orders.latest_own(session, actor) if actor.may(Permission.CART_EDIT) else None,
            count=count,
            rows=[(row, *sayings.answer(row, counts.get(row.order.id, Count()))) for row in rows],
            news=[shown(each) for each in news],
        )
