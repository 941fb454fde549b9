"""Payments that came in, of the distributors within reach."""

from flask import Blueprint, g, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from trade.receivables import queries
from trade.receivables.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import render
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("payments", __name__)


@bp.get("/payments")
@requires(Permission.PAYMENT_READ)
def index() -> Response:
    with read() as session:
        return render(session, "admin/payments/payments.html", "payments", listed=PAYMENTS.open(session))


@bp.post("/payments/export")
@requires(Permission.PAYMENT_READ)
def export() -> Response:
    return PAYMENTS.export_sheet()


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["distributor"], asked["since"], asked["until"])


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


PAYMENTS = List[Row](
    page="admin.payments.index",
    export="admin.payments.export",
    title=_("Payments"),
    counted=lambda count: ngettext("%(num)s payment", "%(num)s payments", count),
    sort="-payment",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Reference, number or distributor")),
        Filter(key="since", words=_("From"), kind="day"),
        Filter(key="until", words=_("To"), kind="day"),
        Filter(key="distributor", kind="id"),
    ],
    columns=[
        Column(key="number", words=_("Payment number"), value=lambda row: row.payment.number, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            meta=lambda row: row.payment.number,
            url=lambda row: url_for("admin.payments.detail", payment_id=row.payment.id),
        ),
        Column(key="reference", words=_("Bank reference"), value=lambda row: row.payment.reference),
        Column(
            key="void",
            words=_("Void"),
            value=lambda row: gettext("Void") if row.payment.voided_at else "",
            place="sheet",
        ),
        Column(key="note", words=_("Note"), value=lambda row: row.payment.note, place="sheet"),
        Column(
            key="day",
            words=_("Received on"),
            value=lambda row: row.payment.paid_on,
            kind="day",
            sort="day",
            look="meta",
        ),
        Column(
            key="person",
            words=_("Recorded by"),
            value=lambda row: row.person_name or gettext("the program"),
            is_wide=True,
        ),
        Column(
            key="amount",
            words=_("Amount"),
            value=lambda row: None if row.payment.voided_at else row.payment.amount,
            kind="money",
            currency=lambda row: row.payment.currency,
            sort="amount",
            look="strong",
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="receipt",
        title=_("No payments yet"),
        text=_("Payments are recorded on the page of the distributor."),
        url=lambda: url_for("admin.distributors.index"),
        button=_("To the distributors"),
    ),
    no_match=Nothing(title=_("No payment matches"), text=_("Try a part of the reference, or fewer filters.")),
)
