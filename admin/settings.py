"""What an administrator may change, key by key, within bounds."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import settings
from trade.actor import Permission
from trade.db import read
from trade.flows.change_settings import RULES, Name, Whole, Yuan, change_settings
from trade.money import rounded
from trade.settings import DEFAULTS
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, Form, MoneyField, PlainField, TextField, WholeNumberField

bp = Blueprint("settings", __name__)
LABELS = {
    "brand.name": _("Name of the brand, as every page shows it"),
    "order.approve_first": _("A distributor's first order waits for a decision"),
    "order.approve_above": _("Orders above this amount wait for a decision (in the order's currency)"),
    "order.decision_hours": _("Hours for a decision; then credit and stock are given back"),
    "order.escalation_hours": _("Hours until the next approver sees it too"),
    "return.window_days": _("Days after receipt in which a return may be asked for; 0 for no end"),
    "return.decision_hours": _("Hours for a decision about a return"),
    "return.escalation_hours": _("Hours until the next approver sees the return too"),
    "session.hours": _("Hours that a person stays signed in"),
    "login.attempts": _("Wrong passwords before signing in pauses"),
    "login.window_minutes": _("Minutes of that pause"),
    "invitation.days": _("Days that a link of an invitation is good"),
}
GROUPS = (
    (_("Brand"), ("brand.",)),
    (_("Orders"), ("order.",)),
    (_("Returns"), ("return.",)),
    (_("Signing in"), ("session.", "login.", "invitation.")),
)


@bp.get("/settings")
@requires(Permission.SETTING_MANAGE)
def index() -> Response:
    with read() as session:
        known = settings.load(session, "")
        return _show(session, settings_form()(data={_name(key): _typed(key, known[key]) for key in RULES}))


@bp.post("/settings")
@requires(Permission.SETTING_MANAGE)
def submission() -> Response:
    form = settings_form()(request.form)
    changed = None
    if form.validate():
        changed = attempt(form, change_settings, {key: form[_name(key)].data for key in RULES})
    if form.errors:
        with read() as session:
            return _show(session, form)
    count = len(changed or ())
    say(
        ngettext("%(num)s setting changed", "%(num)s settings changed", count)
        if count
        else gettext("Nothing to change")
    )
    return go(url_for(".index"))


def settings_form() -> type[Form]:
    """One field per key; its kind and its bounds are those that the flow keeps."""
    return type("SettingsForm", (Form,), {_name(key): _field(key) for key in DEFAULTS})


def _field(key: str) -> PlainField:
    rule, label = RULES[key], LABELS[key]
    if isinstance(rule, Whole):
        return WholeNumberField(label, smallest=rule.smallest, largest=rule.largest)
    if isinstance(rule, Yuan):
        return MoneyField(label, is_positive=False)
    return TextField(label, longest=rule.longest) if isinstance(rule, Name) else CheckField(label)


def _typed(key: str, value: Any) -> Any:
    """A kept value as its field holds it: amounts are kept as text."""
    return rounded(Decimal(value)) if isinstance(RULES[key], Yuan) else value


def _name(key: str) -> str:
    return key.replace(".", "_")


def _show(session: Session, form: Form) -> Response:
    groups = [
        (words, [form[_name(key)] for key in DEFAULTS if key.startswith(prefixes)])
        for words, prefixes in GROUPS
    ]
    return render(
        session,
        "admin/settings/settings.html",
        "settings",
        status=422 if form.errors else 200,
        form=form,
        groups=groups,
    )
