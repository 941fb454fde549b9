"""Proofs of payment that distributors sent: confirmed once the money is there, or refused with the reason."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.banking import lines
from trade.banking.lines import Seen
from trade.db import read
from trade.distributors import queries as distributors
from trade.flows.decide_proof import Arrived, No, Tied, confirm_proof, refuse_proof, tie_proof
from trade.money import rounded
from trade.people.queries import names_of
from trade.receivables import proofs, queries
from trade.receivables.proofs import ListFilter, Row
from trade.windows import Page, Totals, Window
from web import proof_words
from web.access import requires
from web.answer import attempt, go, render, say
from web.downloads import answer_file
from web.forms import (
    CheckField,
    ChoiceField,
    DateField,
    Form,
    LongTextField,
    MoneyField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.lists import PERIOD, Asked, Column, Filter, List, Nothing

bp = Blueprint("proofs", __name__)


class ArrivedForm(VersionForm):
    line = ChoiceField(_("Bank line"), is_needed=False, hint=_("So that the money is booked once"))
    paid_on = DateField(_("Received on"))
    amount = MoneyField(_("Amount"))
    reference = TextField(_("Bank reference"), longest=80)
    is_prepayment = CheckField(_("It is a prepayment, the amount is right"))


class RefusalForm(VersionForm):
    reason = LongTextField(_("Reason"), longest=300)


class TieForm(VersionForm):
    payment = WholeNumberField()


@bp.get("/proofs")
@requires(Permission.PAYMENT_RECORD)
def index() -> Response:
    with read() as session:
        listed = PROOFS.open(session)
        return render(session, "admin/proofs/proofs.html", "proofs", listed=listed, words=proof_words)


@bp.post("/proofs/export")
@requires(Permission.PAYMENT_RECORD)
def export() -> Response:
    return PROOFS.export_sheet()


@bp.get("/proofs/<id:proof_id>")
@requires(Permission.PAYMENT_RECORD)
def detail(proof_id: int) -> Response:
    with read() as session:
        return _show(session, proof_id)


@bp.post("/proofs/<id:proof_id>/confirmation")
@requires(Permission.PAYMENT_RECORD)
def confirmation(proof_id: int) -> Response:
    """The money is there: book it, with the bank's line where there is one."""
    with read() as session:
        form = _arrived_form(session, proof_id, request.form)
    if form.validate():
        line_id, _dash, version = (form.line.data or "").partition("-")
        given = Arrived(
            proof_id,
            form.version.data,
            form.paid_on.data,
            form.amount.data,
            form.reference.data,
            Seen(int(line_id), int(version)) if line_id else None,
            form.is_prepayment.data,
        )
        attempt(form, confirm_proof, given)
    return _back(proof_id, gettext("Confirmed and booked"), form, arrived=form)


@bp.post("/proofs/<id:proof_id>/refusal")
@requires(Permission.PAYMENT_RECORD)
def refusal(proof_id: int) -> Response:
    form = RefusalForm(request.form)
    if form.validate():
        attempt(form, refuse_proof, No(proof_id, form.version.data, form.reason.data))
    return _back(proof_id, gettext("Refused; the distributor reads why"), form, refusing=form)


@bp.post("/proofs/<id:proof_id>/tie")
@requires(Permission.PAYMENT_RECORD)
def tie(proof_id: int) -> Response:
    """The money is recorded already."""
    form = TieForm(request.form)
    if form.validate():
        attempt(form, tie_proof, Tied(proof_id, form.version.data, form.payment.data))
    return _back(proof_id, gettext("Linked; the money is booked once"), form, tying=form)


@bp.get("/proofs/<id:proof_id>/attachments/<id:attachment_id>")
@requires(Permission.PAYMENT_RECORD)
def download(proof_id: int, attachment_id: int) -> Response:
    with read() as session:
        proofs.get_for(session, g.actor, proof_id)
        file = attachments.get_of(session, proofs.SUBJECT, proof_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def _arrived_form(session: Session, proof_id: int, typed: object) -> ArrivedForm:
    """Filled with what the proof says, and with the bank's line of the same amount."""
    proof = proofs.get_for(session, g.actor, proof_id)
    found = []
    if g.actor.scope.is_everyone and proof.state == "submitted":
        found = list(lines.of_amount(session, proof.amount, proof.currency, proof.paid_on))
    preset = {"paid_on": proof.paid_on, "amount": rounded(proof.amount), "reference": proof.reference}
    if len(found) == 1:
        preset |= {"line": f"{found[0].id}-{found[0].version}", "paid_on": found[0].day}
        preset |= {"reference": found[0].serial or proof.reference}
    form = ArrivedForm(typed, data=preset)
    form.line.choices = [
        (f"{each.id}-{each.version}", f"{each.day} {each.payer_name} {each.reference}"[:80]) for each in found
    ]
    return form


def _back(proof_id: int, said: str, form: Form, **refused: Form) -> Response:
    if not form.errors:
        say(said)
        return go(url_for(".detail", proof_id=proof_id))
    with read() as session:
        return _show(session, proof_id, **refused)


def _show(
    session: Session,
    proof_id: int,
    *,
    arrived: Form | None = None,
    refusing: Form | None = None,
    tying: Form | None = None,
) -> Response:
    found = proofs.get_for(session, g.actor, proof_id)
    files = attachments.of(session, proofs.SUBJECT, proof_id)
    is_open = found.state == "submitted"
    near = queries.same_amount(session, found.distributor_id, found.amount, found.paid_on, is_any=True)
    return render(
        session,
        "admin/proofs/proof.html",
        "proof",
        status=422 if arrived or refusing or tying else 200,
        found=found,
        distributor=distributors.get_for(session, g.actor, found.distributor_id),
        files=files,
        others=proofs.with_file(session, {each.sha256 for each in files}, but=found.id),
        payment=queries.get_for(session, g.actor, found.payment_id) if found.payment_id else None,
        debts=proofs.debts_of(session, found),
        same=near if is_open else [],
        names=names_of(session, {found.person_id, found.decided_by_id}),
        words=proof_words,
        arrived=arrived or _arrived_form(session, proof_id, None),
        refusing=refusing or RefusalForm(),
        tying=tying,
    )


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["state"], asked["since"], asked["until"])


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return proofs.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return proofs.totals(session, g.actor, _wanted(asked))


PROOFS = List[Row](
    page="admin.proofs.index",
    export="admin.proofs.export",
    title=_("Proofs of payment"),
    counted=lambda count: ngettext("%(num)s proof", "%(num)s proofs", count),
    sort="-proof",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Distributor, payer or serial number")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [(key, said) for key, (_tone, said) in proof_words.STATES.items()],
        ),
        *PERIOD,
    ],
    columns=[
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            url=lambda row: url_for("admin.proofs.detail", proof_id=row.proof.id),
        ),
        Column(key="state", words=_("State"), value=lambda row: proof_words.state(row.proof.state)[1]),
        Column(key="payer", words=_("Paid from (bank and account name)"), value=lambda row: row.proof.payer),
        Column(key="day", words=_("Paid on"), value=lambda row: row.proof.paid_on, kind="day", sort="day"),
        Column(key="person", words=_("Sent by"), value=lambda row: row.person_name or "", is_wide=True),
        Column(
            key="amount",
            words=_("Amount"),
            value=lambda row: row.proof.amount,
            kind="money",
            currency=lambda row: row.proof.currency,
            sort="amount",
            look="strong",
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="receipt",
        title=_("No proofs yet"),
        text=_("Distributors send them from their account page; each waits here until somebody confirms it."),
    ),
    no_match=Nothing(title=_("No proof matches"), text=_("Try a part of the name, or fewer filters.")),
)
