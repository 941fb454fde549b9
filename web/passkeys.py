"""Passkeys at the door and inside: what the script asks for, and what it brings back."""

import flask
from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from trade.db import run
from trade.errors import Refused
from trade.flows.keep_passkey import Wish, ask_passkey, keep_passkey, prove_made
from trade.flows.use_passkey import (
    Answer,
    Unfit,
    ask_to_enter,
    enter_by_passkey,
    keep_unfit,
    prove_passkey,
)
from trade.people.passkeys import Asked
from web import words
from web.access import public, signed_in
from web.answer import attempt, go, say, tell
from web.forms import Form, TextField
from web.passkey_site import this_site, why_not
from web.redirects import safe_next
from web.second_factor import CodeForm, half_token, show_code
from web.security import NewKeyForm, confirm, show_page
from web.session import browser, enter, show_sign_in

bp = Blueprint("passkeys", __name__)
CEREMONY = "ceremony"  # in the form cookie: the token of the challenge that this browser was asked


class AnswerForm(Form):
    answer = TextField(longest=20_000)
    next = TextField(longest=2000, is_needed=False)


@bp.post("/sign-in/passkey-challenges")
@public
def challenge() -> Response:
    """Ask a browser for a passkey of this site."""
    if reason := why_not():
        return _said(reason)
    try:
        return _asked(run(ask_to_enter, g.actor, this_site()))
    except Refused as refusal:
        return _said(words.say(refusal))


@bp.post("/sign-in/passkey")
@public
def entrance() -> Response:
    """Let the owner of a passkey in, at the door or as the second factor."""
    form = AnswerForm(request.form)
    token = flask.session.pop(CEREMONY, None)
    if form.validate():
        given = Answer(token, form.answer.data, this_site(), browser(), half_token())
        try:
            entered = run(enter_by_passkey, g.actor, prove_passkey(given))
            return enter(entered, safe_next(url_for("session.start")))
        except Refused as refusal:
            run(keep_unfit, g.actor, Unfit(refusal, token))
            form.refuse(words.say(refusal))
    refusals = form.form_errors or [_no_answer()]
    if half_token() is None:
        return show_sign_in(status=422, next_page=safe_next(""), refusals=refusals)
    code = CodeForm(data={"next": safe_next("")})
    code.form_errors.extend(refusals)
    return show_code(code, 422)


@bp.post("/security/passkey-challenges")
@signed_in
def new_challenge() -> Response:
    """Ask a browser to make a passkey, after the password."""
    form = NewKeyForm(request.form)
    if reason := why_not():
        return _said(reason)
    confirmed = confirm(form)
    asked = attempt(form, ask_passkey, Wish(confirmed, this_site())) if confirmed else None
    if asked is None:
        return _said(next((str(each) for errors in form.errors.values() for each in errors), ""))
    return _asked(asked)


@bp.post("/security/passkeys")
@signed_in
def addition() -> Response:
    """Keep the passkey that the browser has made."""
    form = NewKeyForm(request.form)
    token = flask.session.pop(CEREMONY, None)
    if form.validate() and not form.answer.data:
        form.refuse(_no_answer())
    if not form.errors:
        try:
            made = prove_made(g.actor, token, form.answer.data, form.name.data, this_site())
            attempt(form, keep_passkey, made)
        except Refused as refusal:
            tell(form, refusal)
    if form.errors:
        return show_page("passkey", form)
    say(gettext("The passkey is kept; you can sign in with it from now on"))
    return go(url_for("security.index"))


def _asked(asked: Asked) -> Response:
    flask.session[CEREMONY] = asked.token
    return Response(asked.options, content_type="application/json")


def _said(reason: str) -> Response:
    response = flask.jsonify(words=reason)
    response.status_code = 409
    return response


def _no_answer() -> str:
    return gettext("Your browser gave no passkey; please try again or use the password")
