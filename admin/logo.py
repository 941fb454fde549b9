"""The brand's logo: shown, sent, and taken away again."""

from flask import Blueprint, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.attachments.content import LARGEST_FILE
from trade.attachments.pictures import keep_picture
from trade.db import read
from trade.errors import Refused
from trade.flows.change_logo import change_logo
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.forms import Form, PlainField

bp = Blueprint("logo", __name__)


class LogoForm(Form):
    picture = PlainField(_("Logo of the brand"), is_needed=False)


@bp.get("/settings/logo")
@requires(Permission.SETTING_MANAGE)
def index() -> Response:
    return _show(LogoForm())


@bp.post("/settings/logo")
@requires(Permission.SETTING_MANAGE)
def submission() -> Response:
    """Show the brand by this picture, made small and drawn anew."""
    form, sent = LogoForm(), request.files.get("picture")
    if sent is None or not sent.filename:
        form.refuse(gettext("Please choose a picture"), "picture")
        return _show(form)
    try:
        picture = keep_picture(sent.stream.read(LARGEST_FILE + 1), widest=4)
    except Refused as refusal:
        tell(form, refusal)
        return _show(form)
    attempt(form, change_logo, picture)
    say(gettext("The logo stands on every page from now on"))
    return go(url_for(".index"))


@bp.post("/settings/logo/removal")
@requires(Permission.SETTING_MANAGE)
def removal() -> Response:
    attempt(LogoForm(), change_logo, None)
    say(gettext("The first character of the brand stands for it again"))
    return go(url_for(".index"))


def _show(form: Form) -> Response:
    with read() as session:
        status = 422 if form.errors else 200
        return render(session, "admin/settings/logo.html", "logo", status=status, form=form)
