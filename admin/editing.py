"""Forms on rows that two people may edit at once: the second sees what changed and keeps what was typed."""

from collections.abc import Mapping
from typing import Any

from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from admin import spoken
from trade.actor import Actor, Permission
from trade.errors import Refused
from web import invoiced
from web.answer import Answer, Flow, Given, attempt
from web.forms import ChoiceField, VersionForm

LABELS: Mapping[str, Any] = {
    "code": _("Code"),
    "name": _("Name"),
    "credit_code": _("Unified social credit code"),
    "legal_representative": _("Legal representative"),
    "registered_address": _("Registered address"),
    "licence_expires_on": _("Licence valid until"),
    "bank_name": _("Bank"),
    "bank_account": _("Bank account"),
    "invoice_title": _("Invoice title"),
    "tax_mode": _("Invoices"),
    "contact_name": _("Contact"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "position": _("Position"),
    "back_order_policy": _("When stock is short"),
    "currency": _("Currency"),
    "credit_group_id": _("Credit group"),
    "internal_note": _("Internal note"),
    "status": _("Status"),
    "tier_id": _("Tier"),
    "channel_id": _("Channel"),
    "territory_id": _("Territory"),
    "rep_id": _("Sales representative"),
    "parent_id": _("Belongs below"),
    "price_group_id": _("Price group"),
    "terms": _("Terms of payment"),
    "terms_days": _("Days of credit"),
    "advance_percent": _("Percent in advance"),
    "region_code": _("Region"),
    "region": _("Region"),
    "line": _("Street and number"),
    "is_default": _("Default address"),
    "rank": _("Rank"),
    "needs_photo": _("Needs a photo"),
    "brings_goods": _("Goods come back"),
    "address": _("Address"),
    "regions": _("Regions"),
    "archived": _("Archived"),
    "until": _("Until"),
}


class EditForm(VersionForm):
    """A form of one row; `meanwhile` are label, what stood, what stands and what is typed here."""

    meanwhile: tuple[tuple[str, str, str, str], ...] = ()


def edit(form: EditForm, flow: Flow[Given, Answer], given: Given) -> Answer | None:
    """Run the flow as `attempt` does; refused for a change by somebody else, the form shows it and may be sent again."""

    def noted(session: Session, actor: Actor, wanted: Given) -> Answer:
        try:
            return flow(session, actor, wanted)
        except Refused as refusal:
            if refusal.code == "row.changed_meanwhile":
                _note(form, refusal.facts)
            raise

    return attempt(form, noted, given)


def label(name: str) -> str:
    return str(LABELS.get(name, name))


def said(name: str, value: Any) -> str:
    """One side of a change in words."""
    if value is None or value == "":
        return gettext("none")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "phone":
        return spoken.masked(str(value), is_open=g.actor.may(Permission.PHONE_READ))
    tables: Mapping[str, Any] = {
        "back_order_policy": spoken.BACK_ORDERS,
        "terms": spoken.TERMS,
        "tax_mode": invoiced.TAX_MODES,
    }
    if name == "status":
        return spoken.status(str(value))[1]
    return spoken.word(tables.get(name, {}), str(value))


def chosen(value: str | None) -> int | None:
    """The id that a select sends."""
    return int(value) if value else None


def offered(rows: list[tuple[int, str]]) -> list[tuple[str, str]]:
    """Rows of id and name as a select has them."""
    return [(str(key), name) for key, name in rows]


def with_present(rows: list[tuple[int, str]], value: int | None, name: str | None) -> list[tuple[str, str]]:
    """What may be chosen, and what stands though it is archived: nobody is made to change it."""
    known = offered(rows)
    if value is None or name is None or str(value) in {key for key, _name in known}:
        return known
    return [*known, (str(value), gettext("%(name)s (archived)", name=name))]


def _note(form: EditForm, facts: Mapping[str, Any]) -> None:
    form.meanwhile = tuple(
        (label(name), said(name, pair[0]), said(name, pair[1]), _typed(form, name))
        for name, pair in facts["changes"].items()
    )
    form.version.data = facts["version"]


def _typed(form: EditForm, name: str) -> str:
    """What the person has typed in the field, in words."""
    if name not in form:
        return ""
    field = form[name]
    if isinstance(field, ChoiceField):
        return next((str(words) for value, words in field.choices if value == field.data), gettext("none"))
    return said(name, field.data if isinstance(field.data, bool) else request.form.get(name, ""))
