"""What a publication changes for us: old and new prices, from when, and why."""

from flask import Blueprint, g
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.distributors.queries import terms_of
from trade.pricing import effects
from web.access import requires
from web.answer import render

bp = Blueprint("price_changes", __name__)


@bp.get("/price-changes/<id:draft_id>")
@requires(Permission.CATALOG_READ)
def detail(draft_id: int) -> Response:
    today = clock.today()
    with read() as session:
        terms = terms_of(session, g.actor.distributor_id, today)
        told = effects.announced(session, terms, draft_id, today)
        return render(
            session,
            "portal/catalog/changes.html",
            "changes",
            told=told,
            currency=terms.currency,
            is_ahead=told.day > today,
        )
