"""The first page: what is left, what is under way, what is new."""

from flask import Blueprint, g
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import sayings
from portal.notices import shown
from trade import clock
from trade.actor import Permission
from trade.applications.welcome import steps_of
from trade.broadcasts import queries as broadcasts
from trade.credit import queries as credit
from trade.db import read
from trade.distributors.directory import rep_of
from trade.distributors.queries import Terms, terms_of
from trade.fulfilment.queries import Count, counts_of
from trade.notices import queries as notices
from trade.orders import queries as orders
from trade.pricing import queries as prices
from trade.pricing.rules import Price
from trade.pricing.rules import price as price_of
from trade.shelf import habits
from trade.shelf.habits import Liked
from web import broadcast_words
from web.access import requires
from web.answer import render

bp = Blueprint("home", __name__)
OPEN = 6
NEWS = 4
LIKED = 8
OWED = 3


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
        terms = terms_of(session, actor.distributor_id, today)
        can_order = actor.may(Permission.CART_EDIT)
        news = notices.listed(session, actor, limit=NEWS) if actor.may(Permission.NOTICE_READ) else []
        is_new = terms.is_new and actor.may(Permission.TEAM_MANAGE)
        first_steps = steps_of(session, actor.distributor_id) if is_new else None
        may_read = actor.may(Permission.BROADCAST_READ)
        latest = orders.latest_own(actor) if can_order else None
        owed, latest_id = broadcasts.owed(session, actor, OWED + 1 if may_read else 0, latest)
        return render(
            session,
            "portal/overview/overview.html",
            "home",
            terms=terms,
            rep=rep_of(session, terms.distributor_id, today) if terms.status == "suspended" else None,
            standing=standing,
            can_see_credit=actor.may(Permission.CREDIT_READ),
            can_order=can_order,
            latest_id=latest_id,
            first_steps=first_steps,
            liked=_liked(session, terms) if can_order and first_steps is None else [],
            count=count,
            rows=[(row, *sayings.answer(row, counts.get(row.order.id, Count()))) for row in rows],
            owed=owed[:OWED],
            has_more_owed=len(owed) > OWED,
            broadcast_words=broadcast_words,
            news=[shown(each) for each in news],
        )


def _liked(session: Session, terms: Terms) -> list[tuple[Liked, Price | None]]:
    """What this person will most likely order, at today's prices; two statements."""
    today = clock.today()
    found = habits.liked(session, g.actor, terms, today, LIKED)
    rows = prices.rows_for(session, terms, [each.sku for each in found], today)
    return [
        (each, price_of(prices.asked(each.sku, terms, each.quantity, today), rows[each.sku.id]))
        for each in found
    ]
