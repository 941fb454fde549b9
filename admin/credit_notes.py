"""Credit notes of returns: what each settled, what is left of it, applied by hand, taken back, paid out."""

from decimal import Decimal

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.payment_page import RefundForm, debts_of, settle, sheet
from trade.actor import Permission
from trade.db import read
from trade.distributors import queries as distributors
from trade.flows.settle_credit_note import (
    NoteBack,
    NoteChoice,
    NoteTakenBack,
    apply_credit_note,
    refund_credit_note,
    unapply_credit_note,
)
from trade.receivables import credit_notes
from trade.receivables.credit_notes import ListFilter, Row
from trade.receivables.settling import Outgoing
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import Form
from web.i18n import money
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("credit_notes", __name__)


@bp.get("/credit-notes")
@requires(Permission.PAYMENT_READ)
def index() -> Response:
    with read() as session:
        listed = NOTES.open(session)
        return render(session, "admin/payments/credit_notes.html", "credit_notes", listed=listed)


@bp.post("/credit-notes/export")
@requires(Permission.PAYMENT_READ)
def export() -> Response:
    return NOTES.export_sheet()


@bp.get("/credit-notes/<id:note_id>")
@requires(Permission.PAYMENT_READ)
def detail(note_id: int) -> Response:
    with read() as session:
        return _show(session, note_id)


@bp.post("/credit-notes/<id:note_id>/applications")
@requires(Permission.PAYMENT_RECORD)
def applications(note_id: int) -> Response:
    """Settle debts with what is left: those due first, or by the amounts that were typed."""
    with read() as session:
        note = credit_notes.get_for(session, g.actor, note_id)
        debts, currency = debts_of(session, note), credit_notes.account_of(session, note).currency
    form = settle(
        debts, currency, apply_credit_note, lambda left, amounts: NoteChoice(note_id, left, amounts)
    )
    return _back(note_id, form, applying=form)


@bp.post("/credit-notes/<id:note_id>/applications/<id:application_id>/reversal")
@requires(Permission.PAYMENT_RECORD)
def reversal(note_id: int, application_id: int) -> Response:
    """Take one application back: the debt is open again."""
    form = Form()
    attempt(form, unapply_credit_note, NoteTakenBack(note_id, application_id))
    if not form.errors:
        say(gettext("Taken back; the debt is open again"))
    return _back(note_id, form, undoing=form)


@bp.post("/credit-notes/<id:note_id>/refunds")
@requires(Permission.PAYMENT_RECORD)
def refunds(note_id: int) -> Response:
    """Record that what is left was paid out, whole or in part."""
    form = RefundForm(request.form)
    if form.validate():
        out = Outgoing(form.refunded_on.data, form.amount.data, form.reference.data, form.note.data or "")
        attempt(form, refund_credit_note, NoteBack(note_id, form.left.data, out))
    if not form.errors:
        say(gettext("Refund of %(amount)s recorded", amount=_spelled(note_id, form.amount.data)))
    return _back(note_id, form, refunding=form)


def _spelled(note_id: int, amount: Decimal) -> str:
    with read() as session:
        note = credit_notes.get_for(session, g.actor, note_id)
        return money(amount, credit_notes.account_of(session, note).currency)


def _back(note_id: int, form: Form, **refused: Form) -> Response:
    """Back to the page after a deed; refused, the page with what was typed."""
    if not form.errors:
        return go(url_for(".detail", note_id=note_id))
    with read() as session:
        return _show(session, note_id, **refused)


def _show(
    session: Session,
    note_id: int,
    *,
    applying: Form | None = None,
    undoing: Form | None = None,
    refunding: Form | None = None,
) -> Response:
    note = credit_notes.get_for(session, g.actor, note_id)
    account = credit_notes.account_of(session, note)
    return render(
        session,
        "admin/payments/payment.html",
        "payment",
        status=422 if applying or undoing or refunding else 200,
        payment=None,
        target=f"credit-note-{note_id}",
        deed=lambda verb, **more: url_for(f"admin.credit_notes.{verb}", note_id=note_id, **more),
        distributor=distributors.get_for(session, g.actor, account.distributor_id or 0),
        may_record=g.actor.may(Permission.PAYMENT_RECORD),
        **sheet(session, note, account.currency, applying, undoing, refunding),
    )


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["open"], asked["distributor"], asked["since"], asked["until"])


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return credit_notes.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return credit_notes.totals(session, g.actor, _wanted(asked))


NOTES = List[Row](
    page="admin.credit_notes.index",
    export="admin.credit_notes.export",
    title=_("Credit notes"),
    counted=lambda count: ngettext("%(num)s credit note", "%(num)s credit notes", count),
    sort="-note",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Number or distributor")),
        Filter(key="open", words=_("Only with something left"), kind="flag"),
        Filter(key="since", words=_("From"), kind="day"),
        Filter(key="until", words=_("To"), kind="day"),
        Filter(key="distributor", kind="id"),
    ],
    columns=[
        Column(key="number", words=_("Return number"), value=lambda row: row.note.number, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            meta=lambda row: row.note.number,
            url=lambda row: url_for("admin.credit_notes.detail", note_id=row.note.id),
        ),
        Column(key="order", words=_("Order"), value=lambda row: row.order_number, is_wide=True, look="meta"),
        Column(
            key="day",
            words=_("Credited on"),
            value=lambda row: row.note.day,
            kind="day",
            sort="day",
            look="meta",
        ),
        Column(
            key="amount",
            words=_("Amount"),
            value=lambda row: row.note.amount,
            kind="money",
            currency=lambda row: row.currency,
            sort="amount",
            is_summed=True,
            is_labelled=True,
        ),
        Column(
            key="left",
            words=_("Left over"),
            value=lambda row: row.note.amount - row.note.applied,
            kind="money",
            currency=lambda row: row.currency,
            look="strong",
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="receipt",
        title=_("No credit notes yet"),
        text=_("A return that is credited makes one."),
        url=lambda: url_for("admin.returns.index"),
        button=_("To the returns"),
    ),
    no_match=Nothing(
        title=_("No credit note matches"), text=_("Try a part of the number, or fewer filters.")
    ),
)
