"""The form that names the columns of an upload, and says what holds for the whole file."""

from datetime import UTC, date, datetime, time
from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from admin import import_words
from trade import clock
from trade.actor import Permission
from trade.imports.models import Upload
from trade.imports.uploads_fields import KINDS
from trade.inventory import queries as inventory
from trade.pricing import lists
from trade.pricing.lists import ListFilter
from web.forms import ChoiceField, DateField, LongTextField, TextField, VersionForm


class MappingForm(VersionForm):
    """One choice of heading for each of our fields; the fields are added for each kind."""

    price_list_id = ChoiceField(
        _("Price list"), is_needed=False, hint=_("For rows that name no list of their own")
    )
    publish_on = DateField(
        _("Publish from"),
        is_needed=False,
        hint=_(
            "Empty: the prices wait in the draft of their list. A day: they hold from then on, if the check finds nothing"
        ),
    )
    warehouse_id = ChoiceField(_("Warehouse"), is_needed=False)
    day = DateField(_("Counted on"), is_needed=False)
    at = TextField(
        _("at"), longest=5, is_needed=False, hint=_("HH:MM; empty: now, or the end of an earlier day")
    )
    reason = LongTextField(
        _("Reason"), longest=200, is_needed=False, hint=_("For rows without one of their own")
    )
    keys: tuple[str, ...] = ()

    @property
    def mapping(self) -> dict[str, str]:
        return {key: self[f"field_{key}"].data for key in self.keys if self[f"field_{key}"].data}

    @property
    def columns(self) -> list[Any]:
        return [(key, self[f"field_{key}"]) for key in self.keys]

    @property
    def extras(self) -> list[Any]:
        return [self[name] for name in EXTRAS.get(self.kind, ())]

    kind: str = ""


EXTRAS = {
    "prices": ("price_list_id", "publish_on"),
    "stock": ("warehouse_id", "day", "at", "reason"),
    "credit-limits": ("reason",),
}


def mapping_form(session: Session, upload: Upload, typed: MultiDict[str, str] | None) -> MappingForm:
    """The form for this file, with what was said or guessed, or as it was typed."""
    kind = KINDS[upload.kind]
    headings = [(each, each) for each in upload.headings if each]
    fields = {
        f"field_{each.key}": ChoiceField(
            import_words.LABELS[each.key],
            is_needed=each.is_needed,
            is_conditional=each.is_needed_when_new,
            choices=headings,
            hint=import_words.asked_for(each),
        )
        for each in kind.fields
    }
    made = type(
        "MappingFormOfKind",
        (MappingForm,),
        {**fields, "keys": tuple(each.key for each in kind.fields), "kind": upload.kind},
    )
    kept = {name: upload.choices.get(name) for name in ("price_list_id", "warehouse_id", "reason")}
    data = {f"field_{key}": heading for key, heading in upload.mapping.items()}
    data |= {name: str(value) for name, value in kept.items() if value is not None}
    if on := upload.choices.get("publish_on"):
        data["publish_on"] = date.fromisoformat(on)
    if at := upload.choices.get("as_of"):
        moment = datetime.fromisoformat(at).astimezone(clock.BRAND_ZONE)
        data |= {"day": moment.date(), "at": f"{moment:%H:%M}"}
    form: MappingForm = made(typed) if typed is not None else made(data={"version": upload.version, **data})
    if upload.kind == "prices":
        found, _count = lists.listing(session, g.actor, ListFilter(), clock.today())
        form.price_list_id.choices = [
            (str(each.price_list.id), f"{each.price_list.name} {each.price_list.code}") for each in found
        ]
    if upload.kind == "stock":
        form.warehouse_id.choices = [(str(each.id), each.name) for each in inventory.warehouses(session)]
        form.warehouse_id.is_needed = form.day.is_needed = True
    return form


def chosen(form: MappingForm, kind: str) -> dict[str, Any]:
    """What holds for the whole file, as plain values."""
    if kind == "prices":
        if form.publish_on.data and Permission.PRICE_PUBLISH not in g.actor.permissions:
            form.refuse(gettext("You may not publish prices; leave the day empty"), "publish_on")
        return {
            "price_list_id": int(form.price_list_id.data) if form.price_list_id.data else None,
            "publish_on": form.publish_on.data.isoformat() if form.publish_on.data else "",
        }
    if kind == "stock":
        moment = _moment(form)
        house = int(form.warehouse_id.data) if form.warehouse_id.data else None
        return {"warehouse_id": house, "as_of": moment, "reason": form.reason.data or ""}
    return {"reason": form.reason.data or ""} if kind == "credit-limits" else {}


def _moment(form: MappingForm) -> str:
    """When it was counted; without a time it is now, or the end of a day that is over."""
    if form.day.data is None:
        form.refuse(gettext("Please say on which day it was counted"), "day")
        return ""
    try:
        at = time.fromisoformat(form.at.data) if form.at.data else None
    except ValueError:
        form.refuse(gettext("Enter a time like 18:30"), "at")
        return ""
    now = clock.now()
    if at is None and form.day.data == clock.today():
        return now.isoformat()
    moment = datetime.combine(form.day.data, at or time(23, 59, 59), tzinfo=clock.BRAND_ZONE).astimezone(UTC)
    if moment > now:
        form.refuse(gettext("This moment has not come yet"), "day")
    return moment.isoformat()
