"""What an administrator may change, key by key, within bounds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import settings
from trade.actor import Permission
from trade.audit import AuditEntry, latest_changes
from trade.connectors.gateways import GATEWAYS, IN_USE
from trade.db import read
from trade.flows.change_settings import (
    RULES,
    Accent,
    Name,
    OneOf,
    Registered,
    SettingsEdit,
    Whole,
    Yuan,
    change_settings,
)
from trade.money import rounded
from trade.people.queries import names_of
from trade.settings import DEFAULTS
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, ChoiceField, Form, MoneyField, PlainField, TextField, WholeNumberField
from web.i18n import money

bp = Blueprint("settings", __name__)
LONGEST_SEEN = 10_000
LABELS = {
    "brand.name": _("Name of the brand, as every page shows it"),
    "brand.accent": _("Colour of the brand"),
    "brand.logo": _("Logo of the brand"),
    "order.approve_first": _("A distributor's first order waits for a decision"),
    "order.approve_above": _("Orders above this amount wait for a decision (in the order's currency)"),
    "order.decision_hours": _("Hours for a decision; then credit and stock are given back"),
    "order.escalation_hours": _("Hours until the next approver sees it too"),
    "approval.bulk_most": _("Most that may be approved together with others"),
    "price.needs_approval": _("Somebody else than who asks lets prices hold"),
    "price.decision_hours": _("Hours to decide about prices that are to hold"),
    "price.escalation_hours": _("Hours until the next approver sees the prices too"),
    "credit.grace_days": _("Days that a debt may be late before new orders are held"),
    "credit.over_limit_most": _("Most that may be approved beyond the limit for one order"),
    "credit.remind_days": _("Days before a debt is due that its distributor is told; 0 = not"),
    "credit.decision_hours": _("Hours to decide about a temporary limit that is asked for"),
    "credit.escalation_hours": _("Hours until the next approver sees such a request"),
    "order.nudge_hours": _("Hours between two urgings of an order"),
    "order.auto_receipt_days": _("Days after delivery until a parcel is taken as received"),
    "return.window_days": _("Days after receipt in which a return may be asked for; 0 for no end"),
    "return.decision_hours": _("Hours for a decision about a return"),
    "return.escalation_hours": _("Hours until the next approver sees the return too"),
    "statement.automatic": _("Statements of a month are made by the program"),
    "broadcast.remind_days": _("Days before its last day on which a broadcast is called to mind"),
    "statement.confirm_days": _("Days in which a distributor is asked to confirm a statement"),
    "payment.gateway": _("Payment service with which distributors pay online"),
    "registration.protection_days": _("Days for which a registered customer is protected"),
    "registration.longest_days": _("Days at most, with everything that prolongs it"),
    "registration.most_extensions": _("How often it can be prolonged"),
    "registration.shortest_extension": _("Days by which it is prolonged at least"),
    "registration.longest_extension": _("Days by which it is prolonged at most"),
    "registration.extension_window_days": _("Last days of the protection in which it can be prolonged"),
    "registration.warn_days": _("Days without a follow-up until its distributor is warned"),
    "registration.lapse_days": _("Days without a follow-up until it goes to the public pool"),
    "registration.rest_days": _("Days before the same distributor may register it again"),
    "registration.maintenance_days": _("Days for which a customer stays with its distributor after an order"),
    "registration.appeal_days": _("Days in which a refusal, or an ending by the brand, can be appealed"),
    "registration.return_days": _("Days in which a registration that was sent back keeps its place"),
    "registration.most_returns": _("How often a registration that is sent back keeps its place"),
    "registration.most_live": _("Customers that a distributor may have registered at a time"),
    "registration.similar_percent": _("Percent of likeness from which a person decides about two names"),
    "registration.decision_hours": _("Hours in which a registration should be decided"),
    "registration.escalation_hours": _("Hours until the next one is asked about a registration"),
    "opportunity.contact_percent": _("Percent that count in the forecast: contact"),
    "opportunity.need_percent": _("Percent that count in the forecast: need"),
    "opportunity.quote_percent": _("Percent that count in the forecast: quotation"),
    "opportunity.negotiation_percent": _("Percent that count in the forecast: negotiation"),
    "opportunity.stale_days": _("Days without a follow-up until its people are reminded of an opportunity"),
    "opportunity.quotation_days": _("Days for which a quotation usually holds"),
    "session.hours": _("Hours that a person stays signed in"),
    "session.idle_hours": _("Hours without use until a distributor's person is signed out"),
    "session.staff_idle_hours": _("Hours without use until the brand's people are signed out"),
    "login.attempts": _("Wrong passwords before signing in pauses"),
    "login.window_minutes": _("Minutes of that pause"),
    "login.second_factor": _("Second factor when signing in"),
    "application.open": _("Whoever wants to become a distributor may apply"),
    "application.days": _("Days until an application that nobody touches is over"),
    "application.decision_hours": _("Hours to decide about an application of a distributor"),
    "application.escalation_hours": _("Hours until the next approver sees such an application"),
    "contract.warn_days": _("Days before a contract ends that it is told"),
    "invitation.days": _("Days that a link of an invitation is good"),
}
HINTS = {
    "brand.name": _("At the top of every page, on papers and in invitations."),
    "brand.accent": _(
        "Of buttons, links and what is chosen, written as #1b5bd0; dark enough for white words. Empty for the usual blue."
    ),
    "order.approve_first": _("Somebody looks at it once, however small it is."),
    "order.approve_above": _("Smaller ones pass by themselves when credit and stock suffice."),
    "order.decision_hours": _("Counted from the submission; the distributor can submit it again."),
    "order.escalation_hours": _("The first approver can still decide."),
    "approval.bulk_most": _("What is larger is decided by itself, after a look at it; 0 = everything is."),
    "price.needs_approval": _("Two people are needed then who may publish prices; else nobody could decide."),
    "order.auto_receipt_days": _(
        "Counted from the carrier's day, else from dispatch and the days on the way; told 3 days before."
    ),
    "payment.gateway": _("With one, their credit page has a button to pay; without one nothing shows."),
    "registration.most_live": _("A tier may have a number of its own, under customer registrations."),
    "registration.extension_window_days": _("0: at any time."),
    "registration.return_days": _("0: the customer is free for everybody at once."),
    "registration.longest_days": _("Fixed for each registration on the day on which its protection begins."),
    "session.hours": _("Counted from signing in; a new password ends it earlier."),
    "session.idle_hours": _(
        "Counted from the last time that something was saved or sent; reading alone does not count."
    ),
    "session.staff_idle_hours": _("Counted in the same way; shorter, since they see and do more."),
    "login.attempts": _("Per account; ten times as many from one address."),
    "login.window_minutes": _("A new password given by an administrator ends the pause at once."),
    "login.second_factor": _("Whoever has none yet sets one up before anything else; others keep theirs."),
    "invitation.days": _("A link works once, and a new one ends it."),
    "application.open": _("The public page below the sign-in; nobody comes in without your yes."),
    "application.days": _("Drafts, those to be corrected, and the way to the first login."),
}
CHOICES = {
    "off": _("Left to each person"),
    "staff": _("Asked from the brand's people"),
    "everyone": _("Asked from everybody"),
}
GROUPS = (
    (_("Brand"), ("brand.",)),
    (_("Orders"), ("order.",)),
    (_("Broadcasts"), ("broadcast.",)),
    (_("Approvals"), ("approval.",)),
    (_("Price lists"), ("price.",)),
    (_("Credit"), ("credit.", "statement.", "payment.")),
    (_("Returns"), ("return.",)),
    (_("Customer registrations"), ("registration.",)),
    (_("New distributors"), ("application.", "contract.")),
    (_("Opportunities"), ("opportunity.",)),
    (_("Signing in"), ("session.", "login.", "invitation.")),
)


@bp.get("/settings")
@requires(Permission.SETTING_MANAGE)
def index() -> Response:
    with read() as session:
        known = settings.load(session, "")
        form = settings_form()(data={_name(key): _typed(key, known[key]) for key in _offered()})
        return _show(session, form, known)


@bp.post("/settings")
@requires(Permission.SETTING_MANAGE)
def submission() -> Response:
    form = settings_form()(request.form)
    changed = None
    if form.validate():
        values = {key: form[_name(key)].data for key in _offered()}
        changed = attempt(form, change_settings, SettingsEdit(values, _seen()))
    if form.errors:
        with read() as session:
            return _show(session, form, settings.load(session, ""))
    count = len(changed or ())
    say(
        ngettext("%(num)s setting changed", "%(num)s settings changed", count)
        if count
        else gettext("Nothing to change")
    )
    return go(url_for(".index"))


def settings_form() -> type[Form]:
    """One field per key; its kind and its bounds are those that the flow keeps."""
    return type("SettingsForm", (Form,), {_name(key): _field(key) for key in _offered()})


def _offered() -> list[str]:
    """The keys that can be changed here; a payment service only where one is registered."""
    return [key for key in DEFAULTS if key != IN_USE or GATEWAYS]


def _field(key: str) -> PlainField:
    rule, label = RULES[key], LABELS[key]
    hint = HINTS.get(key)
    if isinstance(rule, Whole):
        return WholeNumberField(label, smallest=rule.smallest, largest=rule.largest, hint=hint)
    if isinstance(rule, Yuan):
        return MoneyField(label, is_positive=False, hint=hint)
    if isinstance(rule, OneOf):
        return ChoiceField(label, choices=[(word, CHOICES[word]) for word in rule.words], hint=hint)
    if isinstance(rule, Registered):
        choices = [("", gettext("none")), *((name, name) for name in GATEWAYS)]
        return ChoiceField(label, choices=choices, is_needed=False, is_conditional=True, hint=hint)
    if isinstance(rule, Accent):
        return TextField(label, longest=7, is_needed=False, hint=hint)
    return (
        TextField(label, longest=rule.longest, hint=hint)
        if isinstance(rule, Name)
        else CheckField(label, hint=hint)
    )


def _typed(key: str, value: Any) -> Any:
    """A kept value as its field holds it: amounts are kept as text."""
    return rounded(Decimal(value)) if isinstance(RULES[key], Yuan) else value


def _name(key: str) -> str:
    return key.replace(".", "_")


def _seen() -> dict[str, Any]:
    """What stood when the form was opened, as far as the form says it."""
    try:
        told = json.loads(request.form.get("seen", "")[:LONGEST_SEEN])
    except ValueError:
        return {}
    return {key: told[key] for key in RULES if key in told} if isinstance(told, dict) else {}


@dataclass(frozen=True)
class Shown:
    """A setting's field with its default, and who changed it last."""

    field: Any
    default: str
    entry: AuditEntry | None


def spelled(key: str, value: Any) -> str:
    """A kept value as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(RULES.get(key), Accent):
        return str(value) or gettext("the usual blue")
    if isinstance(RULES.get(key), Registered):
        return str(value) or gettext("none")
    if isinstance(RULES.get(key), OneOf):
        return str(CHOICES.get(value, value))
    return money(Decimal(value)) if isinstance(RULES.get(key), Yuan) else str(value)


def _show(session: Session, form: Form, known: Mapping[str, Any]) -> Response:
    latest = latest_changes(session, "setting.changed")
    groups = [
        (
            words,
            [
                Shown(form[_name(key)], spelled(key, DEFAULTS[key]), latest.get(key))
                for key in _offered()
                if key.startswith(prefixes)
            ],
        )
        for words, prefixes in GROUPS
    ]
    return render(
        session,
        "admin/settings/settings.html",
        "settings",
        status=422 if form.errors else 200,
        form=form,
        groups=groups,
        seen=json.dumps({key: known[key] for key in RULES}),
        names=names_of(session, {entry.person_id for entry in latest.values()}),
    )
