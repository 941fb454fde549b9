"""What the distributor may still order, and what its credit is made of."""

from datetime import date, timedelta

from flask import Blueprint, g
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.credit import queries
from trade.credit.models import CreditLimit
from trade.db import read
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.fulfilment.queries import last_shipped
from trade.orders import queries as orders
from trade.orders.models import Order
from trade.receivables.queries import PAGE, payments_of
from web import asked
from web.access import requires
from web.answer import render
from web.paging import Page, page_number

bp = Blueprint("credit", __name__)
RECENT = 5
PARTS = {
    "shipped": (_("Shipped, not paid"), "p1"),
    "order": (_("Ordered, not shipped"), "p3"),
    "payment": (_("Payments"), ""),
    "credit_note": (_("Credit notes for returns"), ""),
}


@bp.get("/credit")
@requires(Permission.CREDIT_READ)
def index() -> Response:
    today = clock.today()
    distributor_id = g.actor.distributor_id
    with read() as session:
        standing = queries.standing_of(session, g.actor, distributor_id, today)
        parts = queries.parts_of(session, standing.account_id) if standing else {}
        limits = queries.limits_of(session, standing.account_id) if standing else []
        return render(
            session,
            "portal/credit/credit.html",
            "credit",
            standing=standing,
            exposure=parts,
            names=PARTS,
            undecided=orders.undecided(session, g.actor, distributor_id),
            limits=[limit for limit in limits if _is_told(limit)],
            terms=terms_of(session, distributor_id, today),
            payments=payments_of(session, g.actor, distributor_id, limit=RECENT),
            today=today,
            now=clock.now(),
        )


@bp.get("/credit/<any(order, shipped):part>")
@requires(Permission.CREDIT_READ)
def documents(part: str) -> Response:
    """The orders that make up one part of the exposure."""
    with read() as session:
        standing = queries.standing_of(session, g.actor, g.actor.distributor_id, clock.today())
        if standing is None:
            raise Refused("credit.no_account")
        found = queries.open_documents(session, standing.account_id, part)
        page = Page(page_number(), len(found))
        shown = found[page.offset : page.offset + page.size]
        by_id = orders.by_ids(session, g.actor, [each.order_id for each in shown])
        left = last_shipped(session, list(by_id)) if part == "shipped" else {}
        return render(
            session,
            "portal/credit/documents.html",
            "documents",
            name=PARTS[part][0],
            rows=[
                (order, each.amount, _due(order, left.get(order.id)))
                for each in shown
                if (order := by_id.get(each.order_id)) is not None
            ],
            is_shipped=part == "shipped",
            today=clock.today(),
            total=sum(each.amount for each in found),
            currency=standing.currency,
            page=page,
        )


@bp.get("/credit/payments")
@requires(Permission.CREDIT_READ)
def payments() -> Response:
    with read() as session:
        rows = payments_of(
            session, g.actor, g.actor.distributor_id, after=asked.number("after"), limit=PAGE + 1
        )
        return render(
            session,
            "portal/credit/payments.html",
            "payments",
            rows=rows[:PAGE],
            following=rows[PAGE - 1].id if len(rows) > PAGE else None,
        )


def _due(order: Order, shipped_on: date | None) -> date | None:
    """The day by which a shipped order is to be paid by its own terms."""
    if shipped_on is None:
        return None
    return shipped_on + timedelta(days=order.terms_days or 0)


def _is_told(limit: CreditLimit) -> bool:
    """A limit that was replaced on its first day held on no day."""
    return limit.valid_to is None or limit.valid_to > limit.valid_from
