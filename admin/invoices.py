"""Invoices of the brand's distributors: looked at, exported for the tax platform, taken back, tied to the real ones."""

from tempfile import TemporaryFile

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import billed
from admin.invoice_list import INVOICES, wanted
from press import tax_sheet
from trade import clock
from trade.actor import Permission
from trade.attachments import content, store
from trade.attachments import queries as attachments
from trade.db import read, read_reports, run
from trade.errors import Refused
from trade.flows.export_list import Export, export_list
from trade.flows.note_tax_invoice import (
    RealInvoice,
    Stored,
    Struck,
    keep_file,
    note_tax_invoice,
    strike_tax_invoice,
)
from trade.flows.reverse_invoice import Reversal, reverse_invoice
from trade.invoices import queries
from trade.invoices.rules import by_rate
from web import invoiced
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.downloads import answer_file, answer_sheet
from web.forms import DateField, LongTextField, TextField, VersionForm
from web.lists import MOST_EXPORTED

bp = Blueprint("invoices", __name__)


class ReversalForm(VersionForm):
    reason = LongTextField(_("Why it is taken back"), longest=200, hint=_("Stands on the red invoice"))


class RealForm(VersionForm):
    number = TextField(_("Number of the real invoice"), longest=40)
    day = DateField(_("Issued on"))
    file = TextField(_("File"), is_needed=False, hint=_("Pictures and PDF, up to 10 MB"))


@bp.get("/invoices")
@requires(Permission.INVOICE_READ)
def index() -> Response:
    with read() as session:
        return render(
            session,
            "admin/invoices/invoices.html",
            "invoices",
            listed=INVOICES.open(session),
            said=invoiced,
            may_issue=g.actor.may(Permission.INVOICE_ISSUE),
        )


@bp.post("/invoices/export")
@requires(Permission.INVOICE_READ)
def export() -> Response:
    return INVOICES.export_sheet()


@bp.post("/invoices/tax-sheet")
@requires(Permission.INVOICE_ISSUE)
def tax_export() -> Response:
    """The lines as the tax platform reads them, one row each."""
    with read() as session:
        asked = INVOICES.open(session).asked
        count = queries.count_lines(session, g.actor, wanted(asked))
    run(export_list, g.actor, Export("admin.invoices.tax_export", INVOICES.query(request.args), count))
    file = TemporaryFile()  # noqa: SIM115 (it ends with the answer)
    with read_reports() as session:
        rows = queries.to_export(session, g.actor, wanted(asked), MOST_EXPORTED)
        tax_sheet.write(file, rows, has_phones=g.actor.may(Permission.PHONE_READ))
    name = gettext("Tax platform")
    return answer_sheet(file, f"{name}-{clock.today().isoformat()}.xlsx")


@bp.get("/invoices/<id:invoice_id>")
@requires(Permission.INVOICE_READ)
def detail(invoice_id: int) -> Response:
    with read() as session:
        return _show(session, invoice_id)


@bp.post("/invoices/<id:invoice_id>/reversal")
@requires(Permission.INVOICE_ISSUE)
def reversal(invoice_id: int) -> Response:
    """Take the whole invoice back by a red one."""
    with read() as session:
        queries.get_for(session, g.actor, invoice_id)
    form = ReversalForm(request.form)
    red_id = None
    if form.validate():
        given = Reversal(invoice_id, form.version.data, form.reason.data)
        red_id = attempt(form, reverse_invoice, given)
    if red_id is None:
        with read() as session:
            return _show(session, invoice_id, reversing=form)
    say(gettext("Taken back; its shipments wait for a new invoice"))
    return go(url_for(".detail", invoice_id=red_id))


@bp.post("/invoices/<id:invoice_id>/tax-invoices")
@requires(Permission.INVOICE_ISSUE)
def tax_invoices(invoice_id: int) -> Response:
    """Note the number of the real invoice, with its file if it is there."""
    with read() as session:
        queries.get_for(session, g.actor, invoice_id)
    form = RealForm(request.form)
    if form.validate():
        file = _sent(form)
        if not form.errors:
            given = RealInvoice(invoice_id, form.version.data, form.number.data, form.day.data, file)
            attempt(form, note_tax_invoice, given)
    if form.errors:
        with read() as session:
            return _show(session, invoice_id, noting=form)
    say(gettext("The number of the real invoice is noted"))
    return go(url_for(".detail", invoice_id=invoice_id))


@bp.post("/invoices/<id:invoice_id>/tax-invoices/<id:tax_invoice_id>/removal")
@requires(Permission.INVOICE_ISSUE)
def removal(invoice_id: int, tax_invoice_id: int) -> Response:
    """Strike out a number that was mistyped."""
    with read() as session:
        queries.get_for(session, g.actor, invoice_id)
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, strike_tax_invoice, Struck(invoice_id, form.version.data or 0, tax_invoice_id))
    if form.errors:
        with read() as session:
            return _show(session, invoice_id, striking=form)
    say(gettext("The number is struck out"))
    return go(url_for(".detail", invoice_id=invoice_id))


@bp.get("/invoices/<id:invoice_id>/attachments/<id:attachment_id>")
@requires(Permission.INVOICE_READ)
def download(invoice_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, invoice_id)
        file = attachments.get_of(session, "invoice", invoice_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def _sent(form: RealForm) -> Stored | None:
    """The file that came along, judged and stored before the transaction; a refusal is told beside its field."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    try:
        return keep_file(sent.filename, sent.stream.read(content.LARGEST_FILE + 1))
    except Refused as refusal:
        tell(form, refusal, "file")
        return None


def _show(
    session: Session,
    invoice_id: int,
    *,
    reversing: ReversalForm | None = None,
    noting: RealForm | None = None,
    striking: VersionForm | None = None,
) -> Response:
    invoice = queries.get_for(session, g.actor, invoice_id)
    lines = queries.lines_of(session, invoice_id)
    may_issue = g.actor.may(Permission.INVOICE_ISSUE)
    return render(
        session,
        "admin/invoices/invoice.html",
        "invoice",
        status=422 if reversing or noting or striking else 200,
        invoice=invoice,
        lines=lines,
        rates=by_rate((each.line.tax_rate, each.amounts) for each in lines),
        real=queries.real_of(session, invoice_id),
        around=queries.related(session, invoice),
        story=invoiced.story(queries.timeline(session, invoice_id), has_names=True),
        said=invoiced,
        order_url=billed.order_url,
        parcel_url=billed.parcel_url,
        may_issue=may_issue,
        may_reverse=may_issue and invoice.kind == "blue" and invoice.state == "issued",
        reversing=reversing or ReversalForm(),
        noting=noting or RealForm(data={"day": clock.today()}),
        striking=striking,
    )
