"""My sign-in: second factor, recovery codes, passkeys, and the browsers in which I am signed in."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from trade import clock
from trade.db import read, run
from trade.errors import Refused
from trade.flows import set_up_factor
from trade.flows.keep_passkey import Removal, Renaming, remove_passkey, rename_passkey
from trade.flows.revoke_session import Device, revoke_others, revoke_session
from trade.flows.set_up_factor import (
    Renewal,
    begin_factor,
    confirm_factor,
    end_factor,
    prove_first_code,
    renew_codes,
)
from trade.flows.show_factor import Wrong, keep_wrong
from trade.people import authenticators, confirming, factors, passkeys, recovery, sessions
from trade.people.confirming import Confirmed
from web import answer, devices, words
from web.access import signed_in
from web.answer import attempt, go, say
from web.forms import Form, PasswordField, TextField
from web.passkey_site import why_not
from web.requests import address
from web.second_factor import CodeForm, codes_page, secret_facts, show_codes
from web.session import browser

bp = Blueprint("security", __name__)


class AgainForm(Form):
    """The password once more, for whoever has one."""

    password = PasswordField(_("Your password"), is_needed=False, is_conditional=True)


class NameForm(Form):
    name = TextField(_("Name of the passkey"), longest=40)


class NewKeyForm(NameForm, AgainForm):
    """A passkey's name, and the password before it is made."""

    answer = TextField(longest=20_000, is_needed=False)


@bp.get("/security")
@signed_in
def index() -> Response:
    return show_page()


@bp.post("/security/app/beginning")
@signed_in
def beginning() -> Response:
    form = AgainForm(request.form)
    if (confirmed := confirm(form)) is not None:
        attempt(form, begin_factor, confirmed)
    return show_page("app", form) if form.errors else go(url_for(".app"))


@bp.get("/security/app")
@signed_in
def app() -> Response:
    return _show_app(CodeForm())


@bp.post("/security/app")
@signed_in
def first_code() -> Response:
    form = CodeForm(request.form)
    if not form.validate():
        return _show_app(form)
    place = g.signed_in.membership_id
    try:
        first = prove_first_code(
            g.actor.person_id, form.code.data, browser(), half_token=None, membership_id=place
        )
        entered = run(confirm_factor, g.actor, first)
    except Refused as refusal:
        run(keep_wrong, g.actor, Wrong(refusal, None))
        form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
        return _show_app(form, words.status_of(refusal))
    return show_codes(first, entered, url_for(".index"))


@bp.post("/security/app/ending")
@signed_in
def ending() -> Response:
    form = AgainForm(request.form)
    if (confirmed := confirm(form)) is not None:
        attempt(form, end_factor, confirmed)
    return _done("ending", form, gettext("The app is no longer asked for; other browsers are signed out"))


@bp.post("/security/recovery-codes")
@signed_in
def recovery_codes() -> Response:
    form = AgainForm(request.form)
    made = recovery.make()
    if (confirmed := confirm(form)) is not None:
        attempt(form, renew_codes, Renewal(confirmed, made))
    return show_page("codes", form) if form.errors else codes_page(made.codes, url_for(".index"))


@bp.post("/security/passkeys/<id:passkey_id>/name")
@signed_in
def passkey_name(passkey_id: int) -> Response:
    form = NameForm(request.form)
    if form.validate():
        attempt(form, rename_passkey, Renaming(passkey_id, form.name.data))
    return _done(f"name-{passkey_id}", form, gettext("Kept"))


@bp.post("/security/passkeys/<id:passkey_id>/ending")
@signed_in
def passkey_removal(passkey_id: int) -> Response:
    form = AgainForm(request.form)
    with read() as session:
        passkeys.refuse_strange(session, g.actor.person_id, passkey_id)
    if (confirmed := confirm(form)) is not None:
        attempt(form, remove_passkey, Removal(confirmed, passkey_id))
    done = gettext("The passkey no longer signs in; other browsers are signed out")
    return _done(f"removal-{passkey_id}", form, done)


@bp.post("/security/devices/<id:session_id>/revocation")
@signed_in
def device(session_id: int) -> Response:
    form = Form()
    attempt(form, revoke_session, Device(g.actor.person_id, session_id))
    return _done("devices", form, gettext("Signed out there"))


@bp.post("/security/other-devices/revocation")
@signed_in
def other_devices() -> Response:
    form = Form()
    count = attempt(form, revoke_others, g.signed_in.session_id) or 0
    done = ngettext("%(num)s other browser signed out", "%(num)s other browsers signed out", count)
    return _done("devices", form, done)


def confirm(form: AgainForm) -> Confirmed | None:
    """The password once more; none with words in the form when it is wrong."""
    if not form.validate():
        return None
    try:
        return confirming.confirm(g.actor, g.signed_in.session_id, form.password.data or "", address())
    except Refused as refusal:
        answer.tell(form, refusal)
        return None


def show_page(sent: str = "", form: Form | None = None) -> Response:
    """The whole page; the form that was sent says why it was refused."""
    with read() as session:
        person_id, now = g.actor.person_id, clock.now()
        facts: dict[str, Any] = {
            "held": factors.held_by(session, person_id),
            "is_required": factors.is_required(session, is_staff=factors.is_staff(session, person_id)),
            "passkeys": passkeys.of_person(session, person_id),
            "devices": sessions.alive(session, person_id, now),
        }
        return answer.render(
            session,
            "shared/session/security.html",
            "security",
            status=422 if form is not None and form.errors else 200,
            sent=sent,
            form=form,
            again=AgainForm(),
            new_key=form if sent == "passkey" else NewKeyForm(),
            why_not=why_not(),
            device_called=devices.called,
            own_session=g.signed_in.session_id,
            **facts,
        )


def _done(sent: str, form: Form, words: str) -> Response:
    if form.errors:
        return show_page(sent, form)
    say(words)
    return go(url_for(".index"))


def _show_app(form: CodeForm, status: int = 0) -> Response:
    with read() as session:
        shown = set_up_factor.shown(session, g.actor.person_id)
        if shown is not None:
            return answer.render(
                session,
                "shared/session/app.html",
                "app",
                status=status or (422 if form.errors else 200),
                form=form,
                minutes=authenticators.CANDIDATE_LASTS.seconds // 60,
                **secret_facts(session, shown),
            )
    return go(url_for(".index"))
