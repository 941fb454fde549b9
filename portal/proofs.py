"""Proofs of payment: what the distributor says that it paid, with a photo, and what finance said to it."""

import secrets

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.attachments import content, store
from trade.attachments import queries as attachments
from trade.attachments.filing import Stored, keep_file
from trade.credit.queries import standing_of
from trade.db import read, run
from trade.errors import Refused
from trade.flows.submit_proof import NewProof, SeenProof, submit_proof, withdraw_proof
from trade.receivables import proofs, queries
from web import asked, proof_words
from web.access import requires
from web.answer import attempt, go, render, say, show, tell
from web.downloads import answer_file
from web.forms import DateField, Form, LongTextField, MoneyField, TextField, VersionForm

bp = Blueprint("proofs", __name__)
MOST_FILES, MOST_DEBTS = 4, 60


class ProofForm(Form):
    key = TextField(longest=40)
    amount = MoneyField(_("Amount"))
    paid_on = DateField(_("Paid on"))
    payer = TextField(_("Paid from (bank and account name)"), longest=120, is_needed=False)
    reference = TextField(
        _("Serial number of the transfer"),
        longest=80,
        is_needed=False,
        hint=_("With it finance finds it faster"),
    )
    note = LongTextField(_("Note"), longest=300, is_needed=False)
    photos = TextField(_("Photo or PDF of the transfer"), is_needed=False)
    debts = TextField(_("What it is for"), is_needed=False)  # carries the refusal; each tick is a `debt`


@bp.get("/credit/proofs")
@requires(Permission.PAYMENT_PROVE)
def index() -> Response:
    with read() as session:
        rows = proofs.of_distributor(session, g.actor, g.actor.distributor_id)
        return render(session, "portal/proofs/proofs.html", "proofs", rows=rows, words=proof_words)


@bp.get("/credit/proofs/new")
@requires(Permission.PAYMENT_PROVE)
def new() -> Response:
    preset = {"key": secrets.token_urlsafe(16), "paid_on": clock.today()}
    with read() as session:
        return _form(session, ProofForm(data=preset))


@bp.post("/credit/proofs")
@requires(Permission.PAYMENT_PROVE)
def creation() -> Response:
    """Send it to finance; a second tap sends nothing more."""
    form = ProofForm(request.form)
    if form.validate():
        try:
            given = NewProof(
                form.key.data,
                form.paid_on.data,
                form.amount.data,
                form.payer.data or "",
                form.reference.data or "",
                form.note.data or "",
                [asked.whole(each) or 0 for each in request.form.getlist("debt")[:MOST_DEBTS]],
                _files(),
            )
            proof_id = run(submit_proof, g.actor, given)
            say(gettext("Sent to finance; you hear when it is confirmed"))
            return go(url_for(".detail", proof_id=proof_id))
        except Refused as refusal:
            tell(form, refusal)
    with read() as session:
        return _form(session, form)


@bp.get("/credit/proofs/<id:proof_id>")
@requires(Permission.PAYMENT_PROVE)
def detail(proof_id: int) -> Response:
    with read() as session:
        return _show(session, proof_id, None)


@bp.post("/credit/proofs/<id:proof_id>/withdrawal")
@requires(Permission.PAYMENT_PROVE)
def withdrawal(proof_id: int) -> Response:
    """Take it back before finance has decided."""
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, withdraw_proof, SeenProof(proof_id, form.version.data))
    with read() as session:
        return _show(session, proof_id, form)


@bp.get("/credit/proofs/<id:proof_id>/attachments/<id:attachment_id>")
@requires(Permission.PAYMENT_PROVE)
def download(proof_id: int, attachment_id: int) -> Response:
    with read() as session:
        proofs.get_for(session, g.actor, proof_id)
        file = attachments.get_of(session, proofs.SUBJECT, proof_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def _files() -> list[Stored]:
    """What was sent, judged and stored; told beside the field if it cannot be kept."""
    kept = []
    for each in [each for each in request.files.getlist("photos") if each.filename][:MOST_FILES]:
        try:
            kept.append(keep_file(each.filename or "", each.stream.read(content.LARGEST_FILE + 1)))
        except Refused as refusal:
            raise Refused(refusal.code, **{**refusal.facts, "field": "photos"}) from refusal
    return kept


def _form(session: Session, form: ProofForm) -> Response:
    standing = standing_of(session, g.actor, g.actor.distributor_id, clock.today())
    if standing is None:
        raise Refused("proof.not_found")
    return render(
        session,
        "portal/proofs/new.html",
        "new",
        status=422 if form.errors else 200,
        form=form,
        debts=queries.debts_of(session, standing.account_id)[:MOST_DEBTS],
        ticked=request.form.getlist("debt"),
        currency=standing.currency,
        today=clock.today(),
        most=MOST_FILES,
    )


def _show(session: Session, proof_id: int, form: Form | None) -> Response:
    found = proofs.get_for(session, g.actor, proof_id)
    return show(
        session,
        "portal/proofs/proof.html",
        "proof",
        url_for(".detail", proof_id=proof_id),
        form,
        found=found,
        payment=queries.get_for(session, g.actor, found.payment_id) if found.payment_id else None,
        debts=proofs.debts_of(session, found),
        files=attachments.of(session, proofs.SUBJECT, proof_id),
        words=proof_words,
    )
