"""Signing in and out, one's own password, role and language."""

from collections.abc import Sequence
from datetime import timedelta

import flask
from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from trade import settings
from trade.applications import opening
from trade.db import read, run
from trade.errors import Refused
from trade.flows.accept_invitation import (
    Invited,
    Rejected,
    accept_invitation,
    find_guest,
    keep_rejected,
    prove_acceptance,
)
from trade.flows.change_password import change_password, prove_change
from trade.flows.sign_in import Credentials, keep_failure, prove, sign_in
from trade.flows.sign_out import sign_out
from trade.flows.switch_membership import Switch, switch_membership
from trade.people import halfway
from trade.people.entrance import Browser, Entered
from trade.people.factors import FACTOR
from web import answer, words
from web.access import COOKIE, public, signed_in
from web.forms import ChoiceField, Form, PasswordField, TextField, WholeNumberField
from web.i18n import COOKIE as LOCALE_COOKIE
from web.i18n import LOCALES
from web.navigation import home
from web.passkey_site import why_not
from web.redirects import is_safe_url, safe_next
from web.requests import address, user_agent

bp = Blueprint("session", __name__)
YEAR = timedelta(days=365)
HALF_COOKIE, DEVICE_COOKIE = "tongqu_half", "tongqu_device"


class SignInForm(Form):
    name = TextField(_("Phone, e-mail or user name"), longest=100)
    password = PasswordField(_("Password"))
    next = TextField(longest=2000, is_needed=False)


class PasswordForm(Form):
    current = PasswordField(_("Current password"))
    password = PasswordField(
        _("New password"), hint=_("At least 10 characters; a short sentence is easy to keep")
    )
    repeated = PasswordField(_("New password once more"))


class InvitationForm(Form):
    key = TextField(longest=100, is_needed=False)
    name = TextField(_("Your name"), longest=60)
    password = PasswordField(
        _("Choose a password"), hint=_("At least 10 characters; a short sentence is easy to keep")
    )
    repeated = PasswordField(_("The password once more"))


class SwitchForm(Form):
    membership = WholeNumberField()


class LanguageForm(Form):
    locale = ChoiceField(choices=list(LOCALES.items()))
    next = TextField(longest=2000, is_needed=False)


@bp.get("/")
@public
def start() -> Response:
    return flask.redirect(home(), 303)


@bp.get("/sign-in")
@public
def index() -> Response:
    if g.signed_in:
        return flask.redirect(safe_next(home()), 303)
    return show_sign_in(next_page=safe_next(""))


@bp.post("/sign-in")
@public
def submission() -> Response:
    form = SignInForm(request.form)
    if not form.validate():
        return show_sign_in(form, status=422)
    given = Credentials(form.name.data, form.password.data, browser())
    try:
        entered = run(sign_in, g.actor, prove(given))
    except Refused as refusal:
        run(keep_failure, g.actor, refusal)
        form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
        return show_sign_in(form, status=words.status_of(refusal))
    return enter(entered, safe_next(url_for("session.start")))


@bp.get("/invitation")
@public
def invitation() -> Response:
    key = request.args.get("key", "")[:100]
    with read() as session:
        guest = find_guest(session, key, address())
    form = InvitationForm(data={"key": key, "name": guest.name if guest else None})
    return _show_invitation(form, guest, status=200 if guest else 422)


@bp.post("/invitation")
@public
def acceptance() -> Response:
    """Let an invited person in; every bad link gets the same answer."""
    form = InvitationForm(request.form)
    if form.validate() and form.password.data != form.repeated.data:
        form.refuse(str(words.WORDS["password.differs"]), "repeated")
    key = form.key.data or ""
    if form.errors:
        with read() as session:
            guest = find_guest(session, key, address())
        return _show_invitation(form, guest, status=422)
    guest = None
    try:
        with read() as session:
            guest = find_guest(session, key, address())
        proven = prove_acceptance(key, form.name.data, form.password.data, browser())
        entered = run(accept_invitation, g.actor, proven)
    except Refused as refusal:
        run(keep_rejected, g.actor, Rejected(address(), refusal))
        form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
        is_good = refusal.code.startswith("password.")
        return _show_invitation(form, guest if is_good else None, status=words.status_of(refusal))
    welcome = gettext("Welcome. You sign in as %(sign_in)s.", sign_in=guest.sign_in) if guest else ""
    return enter(entered, url_for("session.start"), welcome)


@bp.post("/sign-out")
@signed_in
def departure() -> Response:
    run(sign_out, g.actor, request.cookies[COOKIE])
    response = answer.go(url_for("session.index"))
    response.delete_cookie(COOKIE)
    flask.session.clear()
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.post("/membership")
@signed_in
def membership() -> Response:
    form = SwitchForm(request.form)
    if not form.validate():
        raise Refused("membership.not_found")
    switch = Switch(form.membership.data, request.cookies[COOKIE], address(), user_agent())
    return with_session(answer.go(url_for("session.start")), run(switch_membership, g.actor, switch))


@bp.get("/password")
@signed_in
def password() -> Response:
    return _show_password(PasswordForm())


@bp.post("/password")
@signed_in
def new_password() -> Response:
    form = PasswordForm(request.form)
    if form.validate() and form.password.data != form.repeated.data:
        form.refuse(str(words.WORDS["password.differs"]), "repeated")
    if form.errors:
        return _show_password(form)
    try:
        proven = prove_change(
            g.actor,
            form.current.data,
            form.password.data,
            g.signed_in.membership_id,
            browser(),
        )
        token = run(change_password, g.actor, proven)
    except Refused as refusal:
        answer.keep(refusal)
        form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
        return _show_password(form)
    response = answer.go(url_for("session.password"))
    flask.session.clear()
    answer.say(str(_("Your password is changed; other devices are signed out")))
    return with_session(response, token, keeps_form=True)


@bp.post("/language")
@public
def language() -> Response:
    form = LanguageForm(request.form)
    target = form.next.data if form.validate() and is_safe_url(form.next.data) else url_for("session.start")
    response = flask.redirect(target, 303)
    if not form.errors:
        response.set_cookie(LOCALE_COOKIE, form.locale.data, max_age=YEAR, **cookie_rules())
    return response


def show_sign_in(
    form: SignInForm | None = None,
    *,
    status: int = 200,
    next_page: str = "",
    refusals: Sequence[str] = (),
) -> Response:
    """The sign-in page, also in the place of a page that needs it (401)."""
    form = form or SignInForm(data={"next": next_page})
    form.form_errors.extend(refusals)
    with read() as session:
        return answer.render(
            session,
            "shared/session/sign-in.html",
            "sign_in",
            status=status,
            form=form,
            is_expired=status == 401,
            has_passkeys=not why_not(),
            takes_applications=opening.is_open(session),
        )


def _show_invitation(form: InvitationForm, guest: Invited | None, *, status: int) -> Response:
    with read() as session:
        return answer.render(
            session,
            "shared/session/invitation.html",
            "invitation",
            status=status,
            form=form,
            guest=guest,
        )


def _show_password(form: PasswordForm) -> Response:
    with read() as session:
        return answer.show(
            session,
            "shared/session/password.html",
            "password",
            url_for(".password"),
            form,
            here_face=g.signed_in.face,
        )


def browser() -> Browser:
    """Who knocks: address and name of the browser, with the tokens that it holds from before."""
    old, known = (request.cookies.get(name, "") or None for name in (COOKIE, DEVICE_COOKIE))
    return Browser(address(), user_agent(), old, known)


def enter(entered: Entered, target: str, said: str = "") -> Response:
    """Hand over what a flow that let somebody in has answered, and lead on to `target` or to the second factor.

    Every way in ends here: password, link, passkey, the company's own login. `said` is told once inside.
    """
    if entered.awaits:
        flask.session.clear()
        page = "second_factor.index" if entered.awaits == FACTOR else "second_factor.enrolment"
        response = answer.go(url_for(page, next=target))
        response.delete_cookie(COOKIE)
        lasting = timedelta(minutes=halfway.MINUTES)
        response.set_cookie(HALF_COOKIE, entered.token, max_age=lasting, **cookie_rules())
        return response
    flask.session.clear()
    if said:
        answer.say(said)
    return hand_over(answer.go(target), entered)


def hand_over(response: Response, entered: Entered) -> Response:
    """Give the browser the token of its new session, and one to be known by when it comes again."""
    with_session(response, entered.token, keeps_form=True)
    response.delete_cookie(HALF_COOKIE)
    if entered.device_token:
        response.set_cookie(DEVICE_COOKIE, entered.device_token, max_age=YEAR, **cookie_rules())
    return response


def with_session(response: Response, token: str, *, keeps_form: bool = False) -> Response:
    """Hand the new token over, and let forms of the session before it be worth nothing."""
    if not keeps_form:
        flask.session.clear()
    with read() as session:
        hours = int(settings.load(session, "session.")["session.hours"])
    response.set_cookie(COOKIE, token, max_age=timedelta(hours=hours), **cookie_rules())
    return response


def cookie_rules() -> dict[str, object]:
    return {"httponly": True, "samesite": "Lax", "secure": request.is_secure, "path": "/"}
