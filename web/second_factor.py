"""Between password and session: the second factor is shown, or set up by whom the house asks for one."""

import flask
from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock, settings
from trade.db import read, run
from trade.errors import Refused
from trade.flows import set_up_factor
from trade.flows.set_up_factor import FirstCode, confirm_factor, prove_first_code
from trade.flows.show_factor import FactorProof, Typed, Wrong, keep_wrong, prove_factor, show_factor
from trade.people import authenticators, factors, halfway
from trade.people.entrance import Entered
from web import answer, words
from web.access import public
from web.forms import Form, TextField
from web.links import picture_of
from web.redirects import safe_next
from web.session import HALF_COOKIE, browser, enter, hand_over

bp = Blueprint("second_factor", __name__)


class CodeForm(Form):
    code = TextField(_("Verification code"), longest=40)
    next = TextField(longest=2000, is_needed=False)


@bp.get("/second-factor")
@public
def index() -> Response:
    return show_code(CodeForm(data={"next": safe_next("")}))


@bp.post("/second-factor")
@public
def submission() -> Response:
    form = CodeForm(request.form)
    if not form.validate():
        return show_code(form)
    proof: FactorProof | None = None
    try:
        proof = prove_factor(Typed(half_token(), form.code.data, browser()))
        entered = run(show_factor, g.actor, proof)
    except Refused as refusal:
        run(keep_wrong, g.actor, Wrong(refusal, proof))
        return refused(form, refusal) or show_code(form, words.status_of(refusal))
    return enter(entered, safe_next(url_for("session.start")))


@bp.get("/second-factor/enrolment")
@public
def enrolment() -> Response:
    return _show_enrolment(CodeForm(data={"next": safe_next("")}))


@bp.post("/second-factor/enrolment")
@public
def first_code() -> Response:
    form = CodeForm(request.form)
    if not form.validate():
        return _show_enrolment(form)
    with read() as session:
        half = halfway.find(session, half_token(), clock.now())
        person_id = half.person_id if half else None
    if person_id is None:
        return begin_again()
    try:
        first = prove_first_code(
            person_id, form.code.data, browser(), half_token=half_token(), membership_id=None
        )
        entered = run(confirm_factor, g.actor, first)
    except Refused as refusal:
        run(keep_wrong, g.actor, Wrong(refusal, None))
        return refused(form, refusal) or _show_enrolment(form, words.status_of(refusal))
    return show_codes(first, entered, safe_next(url_for("session.start")))


def half_token() -> str | None:
    """The token of a browser whose second factor is awaited."""
    token = request.cookies.get(HALF_COOKIE, "")
    return token if 20 <= len(token) <= 100 else None


def begin_again() -> Response:
    """Back to the password: the wait is over, or there never was one."""
    answer.say(gettext("Please sign in again; the wait for the second factor was over"))
    response = answer.go(url_for("session.index", next=safe_next("") or None))
    response.delete_cookie(HALF_COOKIE)
    return response


def refused(form: Form, refusal: Refused) -> Response | None:
    """Say a refusal in the form; where nobody is awaited any more, lead back to the password."""
    if refusal.code == "login.half_over":
        return begin_again()
    form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
    return None


def show_code(form: Form, status: int = 0) -> Response:
    """The page that asks for the code, or for a passkey."""
    with read() as session:
        half = halfway.find(session, half_token(), clock.now())
        held = factors.held_by(session, half.person_id) if half else None
        if half is not None and held is not None:
            return answer.render(
                session,
                "shared/session/second-factor.html",
                "second_factor",
                status=status or (422 if form.errors else 200),
                form=form,
                held=held,
            )
    return begin_again()


def _show_enrolment(form: CodeForm, status: int = 0) -> Response:
    with read() as session:
        half = halfway.find(session, half_token(), clock.now())
        shown = set_up_factor.shown(session, half.person_id) if half else None
        if shown is not None:
            return answer.render(
                session,
                "shared/session/enrolment.html",
                "enrolment",
                status=status or (422 if form.errors else 200),
                form=form,
                **secret_facts(session, shown),
            )
    return begin_again()


def secret_facts(session: Session, shown: set_up_factor.Shown) -> dict[str, object]:
    """The QR code of a proposed secret, and the same to type by hand."""
    brand = str(settings.load(session, "brand.name")["brand.name"])
    address = authenticators.address_of(shown.secret, shown.account, brand)
    parts = [shown.secret[at : at + 4] for at in range(0, len(shown.secret), 4)]
    return {"picture": picture_of(address), "secret": " ".join(parts), "app_link": address}


def show_codes(first: FirstCode, entered: Entered, target: str) -> Response:
    """The recovery codes of a factor that is set up now, under the new session's token."""
    return hand_over(codes_page(first.made.codes, target), entered)


def codes_page(codes: tuple[str, ...], target: str) -> Response:
    """Ten codes to write down, to print or to keep as a file; they are shown this once.

    The form that made them is worth nothing afterwards, so that a reload does not make others unseen.
    """
    flask.session.clear()
    with read() as session:
        brand = str(settings.load(session, "brand.name")["brand.name"])
        head = gettext("Recovery codes for %(brand)s, each good once", brand=brand)
        text = "\r\n".join((head, clock.today().isoformat(), "", *codes, ""))
        return answer.render(
            session,
            "shared/session/recovery-codes.html",
            "recovery_codes",
            codes=codes,
            text=text,
            target=target,
        )
