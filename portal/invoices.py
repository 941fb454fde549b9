"""The distributor's invoices, with the real ones to save."""

from flask import Blueprint, g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import billed
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read
from trade.invoices import queries
from trade.invoices.queries import ListFilter, Row
from trade.invoices.rules import by_rate
from trade.windows import Page, Totals, Window
from web import invoiced
from web.access import requires
from web.answer import render
from web.downloads import answer_file
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("invoices", __name__)


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], kind=asked["kind"], distributor_id=g.actor.distributor_id)


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


INVOICES = List[Row](
    page="portal.invoices.index",
    title=_("Invoices"),
    counted=lambda count: ngettext("%(num)s invoice", "%(num)s invoices", count),
    sort="-invoice",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Number of the invoice")),
        Filter(
            key="kind",
            words=_("Kind"),
            kind="choice",
            choices=lambda _session: invoiced.pairs(invoiced.KINDS),
        ),
    ],
    columns=[
        Column(key="gross", words=_("Amount incl. tax"), value=lambda row: row.invoice.gross, kind="money")
    ],
    nothing=Nothing(
        icon="file-invoice",
        title=_("No invoices yet"),
        text=_("They appear here when finance of the brand has issued them."),
        url=lambda: url_for("portal.credit.index"),
        button=_("My credit"),
    ),
    no_match=Nothing(title=_("No invoice matches"), text=_("Try the beginning of a number.")),
)


@bp.get("/invoices")
@requires(Permission.CREDIT_READ)
def index() -> Response:
    with read() as session:
        listed = INVOICES.open(session)
        return render(session, "portal/invoices/invoices.html", "invoices", listed=listed, said=invoiced)


@bp.get("/invoices/<id:invoice_id>")
@requires(Permission.CREDIT_READ)
def detail(invoice_id: int) -> Response:
    with read() as session:
        invoice = queries.get_for(session, g.actor, invoice_id)
        lines = queries.lines_of(session, invoice_id)
        return render(
            session,
            "portal/invoices/invoice.html",
            "invoice",
            invoice=invoice,
            lines=lines,
            rates=by_rate((each.line.tax_rate, each.amounts) for each in lines),
            real=queries.real_of(session, invoice_id),
            around=queries.related(session, invoice),
            said=invoiced,
            order_url=billed.order_url,
            parcel_url=billed.parcel_url,
        )


@bp.get("/invoices/<id:invoice_id>/attachments/<id:attachment_id>")
@requires(Permission.CREDIT_READ)
def download(invoice_id: int, attachment_id: int) -> Response:
    """The file of the real invoice."""
    with read() as session:
        queries.get_for(session, g.actor, invoice_id)
        file = attachments.get_of(session, "invoice", invoice_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)
