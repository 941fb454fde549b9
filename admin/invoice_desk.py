"""What waits for an invoice (待开票): chosen ones issued at once, all of them by jobs."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from admin.invoice_list import WAITING
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.flows.issue_invoice import NewInvoice, issue_invoice
from trade.flows.issue_invoices import Until, issue_invoices
from trade.flows.issue_red_invoice import Credited, issue_red_invoice
from trade.invoices import waiting
from trade.invoices.rules import TAX_MODES
from web import asked, lists
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import DateField, Form
from web.lists import Outcome

bp = Blueprint("invoice_desk", __name__)
PAGE = ("admin/invoices/waiting.html", "waiting")


class UntilForm(Form):
    until = DateField(_("All shipped until"))


@bp.get("/invoices/waiting")
@requires(Permission.INVOICE_READ)
def index() -> Response:
    return _answer(UntilForm(data={"until": clock.today()}))


@bp.post("/invoices/waiting/export")
@requires(Permission.INVOICE_READ)
def export() -> Response:
    return WAITING.export_sheet()


@bp.post("/invoices")
@requires(Permission.INVOICE_ISSUE)
def creation() -> Response:
    """Issue one invoice per company for the ticked shipments, and a red one for each ticked return."""
    mode = asked.choice("wanted", TAX_MODES) or None
    with read() as session:
        found = waiting.picked(session, g.actor, [key for key, _version in lists.picked()])
    companies: dict[tuple[int, str], tuple[str, list[int]]] = {}
    for each in found:
        if each.item.kind == "shipment":
            key = (each.item.account_id, each.currency)
            companies.setdefault(key, (each.distributor_name, []))[1].append(each.item.subject_id)
    blue = lists.in_turn(issue_invoice, [(name, NewInvoice(ids, mode)) for name, ids in companies.values()])
    red = lists.in_turn(
        issue_red_invoice,
        [(each.item.number, Credited(each.item.subject_id)) for each in found if each.item.kind == "return"],
    )
    outcome = Outcome(blue.done + red.done, "", [*blue.refused, *red.refused])
    outcome.words = ngettext("%(num)s invoice is issued", "%(num)s invoices are issued", outcome.done)
    if outcome.done and not outcome.refused:
        return WAITING.answer(outcome, *PAGE)
    return _answer(UntilForm(data={"until": clock.today()}), outcome)


@bp.post("/invoices/due")
@requires(Permission.INVOICE_ISSUE)
def due() -> Response:
    """Ask for one invoice per distributor for all that was shipped until a day; jobs issue them one by one."""
    form = UntilForm(request.form)
    count = None
    if form.validate():
        count = attempt(form, issue_invoices, Until(form.until.data))
    if count is None:
        return _answer(form)
    say(
        ngettext(
            "%(num)s invoice is being issued; it appears here by itself",
            "%(num)s invoices are being issued; they appear here by themselves",
            count,
        )
    )
    return go(url_for("admin.invoices.index"))


def _answer(form: UntilForm, outcome: Outcome | None = None) -> Response:
    with read() as session:
        return render(
            session,
            *PAGE,
            status=422 if form.errors or outcome else 200,
            listed=WAITING.open(session, outcome),
            form=form,
            may_issue=g.actor.may(Permission.INVOICE_ISSUE),
            not_ready=gettext("Nothing of it is invoiced yet"),
        )
