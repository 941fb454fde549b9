"""A distributor asks for a temporary limit, and sees what became of it."""

import secrets

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.credit import requests
from trade.credit.queries import standing_of
from trade.db import read
from trade.distributors.queries import status_of
from trade.flows.request_limit import LimitWish, SeenRequest, request_limit, withdraw_limit_request
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import DateField, Form, LongTextField, MoneyField, PlainField, VersionForm

bp = Blueprint("limit_requests", __name__)
STATES = {
    "open": ("warn", _("Being decided")),
    "approved": ("ok", _("Given")),
    "rejected": ("danger", _("Not given")),
    "withdrawn": ("calm", _("Taken back")),
    "expired": ("calm", _("Not decided in time")),
}


class LimitWishForm(Form):
    amount = MoneyField(_("Amount on top"))
    until = DateField(_("Needed until"))
    reason = LongTextField(_("What for"), longest=300)
    key = PlainField()


@bp.get("/credit/limit-requests")
@requires(Permission.LIMIT_REQUEST)
def index() -> Response:
    with read() as session:
        return _show(session, None)


@bp.post("/credit/limit-requests")
@requires(Permission.LIMIT_REQUEST)
def submission() -> Response:
    form = LimitWishForm(request.form)
    if form.validate():
        given = LimitWish(form.amount.data, form.until.data, form.reason.data, form.key.data or "")
        attempt(form, request_limit, given)
        if not form.errors:
            say(gettext("Asked for; you hear as soon as it is decided"))
            return go(url_for(".index"))
    with read() as session:
        return _show(session, form)


@bp.post("/credit/limit-requests/<id:request_id>/withdrawal")
@requires(Permission.LIMIT_REQUEST)
def withdrawal(request_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, withdraw_limit_request, SeenRequest(request_id, form.version.data))
        if not form.errors:
            say(gettext("Taken back"))
            return go(url_for(".index"))
    with read() as session:
        requests.get_for(session, g.actor, request_id)
        return _show(session, LimitWishForm(), refused=form)


def _show(session: Session, form: LimitWishForm | None, refused: Form | None = None) -> Response:
    today, distributor_id = clock.today(), g.actor.distributor_id
    asked = requests.of_distributor(session, g.actor, distributor_id)
    return render(
        session,
        "portal/credit/limit-requests.html",
        "limits",
        status=422 if form is not None else 200,
        standing=standing_of(session, g.actor, distributor_id, today),
        asked=asked,
        given=requests.given_for(session, asked),
        company=status_of(session, distributor_id),
        is_open=any(each.state == "open" for each in asked),
        states=STATES,
        form=form if form is not None else LimitWishForm(data={"key": secrets.token_hex(8)}),
        refused=refused,
    )
