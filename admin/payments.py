"""Payments that came in, of the distributors within reach."""

from flask import Blueprint, g
from werkzeug.wrappers import Response

from admin import addresses
from trade.actor import Permission
from trade.db import read
from trade.receivables import queries
from trade.receivables.queries import ListFilter
from web.access import requires
from web.answer import render

bp = Blueprint("payments", __name__)


@bp.get("/payments")
@requires(Permission.PAYMENT_READ)
def index() -> Response:
    wanted = ListFilter(
        search=addresses.text("q"),
        distributor_id=addresses.number("distributor"),
        since=addresses.day("since"),
        until=addresses.day("until"),
        after=addresses.number("after"),
    )
    with read() as session:
        rows, following = queries.listing(session, g.actor, wanted)
        return render(
            session,
            "admin/payments/payments.html",
            "payments",
            wanted=wanted,
            rows=rows,
            following=following,
            totals=queries.totals(session, g.actor, wanted),
        )
