"""What I have been told."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, g, request, url_for
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read, run
from trade.flows.read_notices import Reading, read_notices
from trade.notices import queries
from web import asked, notice_words
from web.access import requires
from web.answer import go, render
from web.forms import Form, WholeNumberField

bp = Blueprint("notices", __name__)
PAGE = 50
# Fact: endpoint, the name of its id, the permission that the page needs; the first that fits leads there.
PAGES = {
    "broadcast_id": ("admin.broadcasts.detail", "broadcast_id", Permission.BROADCAST_READ),
    "opportunity_id": ("admin.opportunities.detail", "opportunity_id", Permission.OPPORTUNITY_READ),
    "registration_id": ("admin.registrations.detail", "registration_id", Permission.REGISTRATION_READ),
    "verify_run_id": ("admin.status.proof", "run_id", Permission.SYSTEM_OPERATE),
    "trouble": ("admin.status.index", "", Permission.SYSTEM_OPERATE),
    "upload_id": ("admin.imports.detail", "upload_id", Permission.IMPORT_RUN),
    "request_id": ("admin.approvals.detail", "request_id", Permission.DESK_READ),
    "amendment_id": ("admin.amendments.detail", "amendment_id", Permission.ORDER_REVIEW),
    "limit_request_id": ("admin.credit.wanted", "request_id", Permission.CREDIT_REVIEW),
    "return_id": ("admin.returns.detail", "return_id", Permission.RETURN_READ),
    "order_id": ("admin.orders.detail", "order_id", Permission.ORDER_REVIEW),
    "list_id": ("admin.prices.detail", "list_id", Permission.PRICE_READ),
    "draft_id": ("admin.drafts.index", "draft_id", Permission.PRICE_READ),
    "warehouse_id": ("admin.stock.index", "", Permission.STOCK_READ),
    "statement_id": ("admin.statements.detail", "statement_id", Permission.STATEMENT_READ),
    "distributor_id": ("admin.distributors.detail", "distributor_id", Permission.DISTRIBUTOR_READ),
}


class ReadingForm(Form):
    up_to_id = WholeNumberField(largest=2**31 - 1)


@bp.get("/notices")
@requires(Permission.NOTICE_READ)
def index() -> Response:
    with read() as session:
        kind, is_unread = asked.text("kind"), asked.text("unread") == "yes"
        found = queries.listed(
            session,
            g.actor,
            before_id=asked.number("after"),
            limit=PAGE + 1,
            kinds=notice_words.kinds_of(kind),
            is_unread=is_unread,
        )
        rows = found[:PAGE]
        return render(
            session,
            "admin/notices/notices.html",
            "notices",
            rows=rows,
            say_notice=notice_words.say,
            leads_to=leads_to,
            kinds=notice_words.KINDS,
            kind=kind,
            is_unread=is_unread,
            following=rows[-1].id if len(found) > PAGE else None,
        )


@bp.post("/notices/reading")
@requires(Permission.NOTICE_READ)
def reading() -> Response:
    """Mark as read what the page showed; what came meanwhile stays unread."""
    form = ReadingForm(request.form)
    if form.validate():
        run(read_notices, g.actor, Reading(up_to_id=form.up_to_id.data))
    return go(url_for(".index"))


def leads_to(facts: Mapping[str, Any]) -> str | None:
    """The page of what a notice is about, if the reader may open it."""
    for fact, (endpoint, key, needed) in PAGES.items():
        is_there = facts.get(fact) and endpoint in current_app.view_functions
        if is_there and g.actor.may(needed):
            return url_for(endpoint, **{key: facts[fact]} if key else {})
    return None
