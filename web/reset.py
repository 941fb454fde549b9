"""A forgotten password: asking for a link, choosing a new one by link or code, and making a code for somebody."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.db import read, run
from trade.errors import Refused
from trade.flows.ask_reset import Asked, ask_reset
from trade.flows.choose_new_password import (
    ByCode,
    Choice,
    Rejected,
    choose_new_password,
    is_link_good,
    keep_rejected,
    prove_code,
    prove_link,
)
from trade.flows.issue_reset_code import Wanted, issue_reset_code
from trade.notices import channels
from trade.people import passwords, resets
from web import answer, words
from web.access import public
from web.forms import Form, PasswordField, TextField
from web.public import public_address
from web.requests import address

bp = Blueprint("reset", __name__)
LONG = _("At least 10 characters; a short sentence is easy to keep")


class AskForm(Form):
    name = TextField(_("Phone, e-mail or user name"), longest=100)


class LinkForm(Form):
    key = TextField(longest=100, is_needed=False)
    password = PasswordField(_("New password"), hint=LONG)
    repeated = PasswordField(_("New password once more"))


class CodeForm(Form):
    name = TextField(_("Phone, e-mail or user name"), longest=100)
    code = TextField(_("Reset code"), longest=40, hint=_("8 letters and digits, as you were told"))
    password = PasswordField(_("New password"), hint=LONG)
    repeated = PasswordField(_("New password once more"))


@bp.get("/password-reset")
@public
def index() -> Response:
    """Say how to come in again: by mail where this house sends mail, by a code in any case."""
    return _show_ask(AskForm(), is_asked="asked" in request.args)


@bp.post("/password-reset")
@public
def submission() -> Response:
    """Take the wish; the answer is the same for every name."""
    form = AskForm(request.form)
    if not form.validate():
        return _show_ask(form, status=422)
    with read() as session:
        is_mailed = can_mail(session)
    try:
        if is_mailed:
            run(ask_reset, g.actor, Asked(form.name.data, address()))
    except Refused as refusal:
        answer.keep(refusal)
        form.refuse(words.say(refusal))
        return _show_ask(form, status=words.status_of(refusal))
    return answer.go(url_for(".index", asked=1))


@bp.get("/password-reset/code")
@public
def code() -> Response:
    return _show_code(CodeForm())


@bp.post("/password-reset/code")
@public
def choice_by_code() -> Response:
    form = CodeForm(request.form)
    if not (form.validate() and _agree(form)):
        return _show_code(form, status=422)
    given = ByCode(form.name.data, form.code.data, form.password.data, address())
    try:
        return _done(prove_code(g.actor, given))
    except Refused as refusal:
        return _show_code(form, status=_refused(form, refusal))


@bp.get("/password-reset/link")
@public
def link() -> Response:
    key = request.args.get("key", "")[:100]
    with read() as session:
        is_good = is_link_good(session, key, address())
    return _show_link(LinkForm(data={"key": key}), is_good, status=200 if is_good else 422)


@bp.post("/password-reset/link")
@public
def choice_by_link() -> Response:
    form = LinkForm(request.form)
    key = form.key.data if form.validate() else ""
    if form.validate() and _agree(form):
        try:
            return _done(prove_link(key or "", form.password.data, address()))
        except Refused as refusal:
            status = _refused(form, refusal)
            return _show_link(form, refusal.code.startswith("password."), status=status)
    with read() as session:
        is_good = is_link_good(session, form.key.data or "", address())
    return _show_link(form, is_good, status=422)


def show_issued(
    form: Form, person_id: int, block_id: str, back: str, distributor_id: int | None = None
) -> Response | None:
    """Make a code and show it, once; nothing, when it is refused and the form says why."""
    secret = resets.new_code()
    wanted = Wanted(person_id, passwords.hashed(secret), distributor_id)
    issued = answer.attempt(form, issue_reset_code, wanted)
    if issued is None:
        return None
    with read() as session:
        return answer.render(
            session,
            "shared/session/reset-issued.html",
            "issued",
            issued=issued,
            code=f"{secret[:4]} {secret[4:]}",
            where=(public_address() or request.host_url.rstrip("/")) + url_for("reset.code"),
            block_id=block_id,
            back=back,
        )


def can_mail(session: Session) -> bool:
    """Whether a link would arrive: there is a way for mail, and an address that a link can lead to."""
    return public_address() is not None and "mail" in channels.kinds_in_use(session)


def _done(choice: Choice) -> Response:
    sign_in = run(choose_new_password, g.actor, choice)
    answer.say(gettext("The new password holds. You sign in as %(sign_in)s.", sign_in=sign_in))
    return answer.go(url_for("session.index"))


def _agree(form: LinkForm | CodeForm) -> bool:
    if form.password.data == form.repeated.data:
        return True
    form.refuse(str(words.WORDS["password.differs"]), "repeated")
    return False


def _refused(form: Form, refusal: Refused) -> int:
    """Say why in the form, count what was a guess, and answer with which status."""
    run(keep_rejected, g.actor, Rejected(address(), refusal))
    form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
    return words.status_of(refusal)


def _show_ask(form: AskForm, *, is_asked: bool = False, status: int = 200) -> Response:
    with read() as session:
        return answer.render(
            session,
            "shared/session/reset.html",
            "reset",
            status=status,
            form=form,
            is_asked=is_asked,
            is_mailed=can_mail(session),
        )


def _show_code(form: CodeForm, *, status: int = 200) -> Response:
    with read() as session:
        return answer.render(session, "shared/session/reset-code.html", "code", status=status, form=form)


def _show_link(form: LinkForm, is_good: bool, *, status: int) -> Response:
    with read() as session:
        return answer.render(
            session, "shared/session/reset-link.html", "link", status=status, form=form, is_good=is_good
        )
