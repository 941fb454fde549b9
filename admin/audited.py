"""What an entry of the audit says, in words: before → after, names instead of ids, amounts as money."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from admin import spoken
from admin.settings import LABELS
from trade.audit import AuditEntry
from trade.people.roles import SHIPPED
from web.i18n import money, quantity
from web.lists import LISTS
from web.words import role_name

ROLE_NAMES = {role.code: role.name for role in SHIPPED}
KEYS = {
    "key": _("Setting"),
    "reason": _("Reason"),
    "amount": _("Amount"),
    "kind": _("Kind"),
    "reference": _("Bank reference"),
    "role": _("Role"),
    "name": _("Typed name"),
    "user_name": _("User name"),
    "person_id": _("Person"),
    "distributor_id": _("Distributor"),
    "path": _("Page"),
    "permission": _("Right that is needed"),
    "lacked": _("Rights that are lacking"),
    "face": _("Side"),
    "source": _("Source"),
    "page": _("List"),
    "filters": _("Filters"),
    "rows": _("Rows"),
}
SUBJECTS = {
    "person": _("Person"),
    "distributor": _("Distributor"),
    "payment": _("Payment"),
    "order": _("Order"),
    "setting": _("Setting"),
    "import_run": _("Import"),
}
FACES = {"admin": _("the brand's side"), "portal": _("the distributors' side")}
COUNTS = {
    "read": _("read %(count)s"),
    "inserted": _("new %(count)s"),
    "updated": _("changed %(count)s"),
}
Names = Mapping[int, str]


def subject(entry: AuditEntry, names: Names) -> str:
    """What it was done to: a person by name, everything else by its noun and number."""
    if not entry.subject:
        return ""
    noun = spoken.word(SUBJECTS, entry.subject)
    if entry.subject == "person":
        return f"{noun} {names.get(entry.subject_id or 0, entry.subject_id or '')}".strip()
    return f"{noun} {entry.subject_id}" if entry.subject_id else noun


def facts(entry: AuditEntry, names: Names) -> list[str]:
    """One saying per fact; before and after make one, and what nobody foresaw speaks for itself."""
    known = {key: value for key, value in entry.facts.items() if value is not None and value != ""}
    said: list[str] = []
    for key, value in known.items():
        if key in {"before", "after", "amount"} and "before" in entry.facts:
            continue
        if key == "membership_id":
            continue  # an id that tells a reader nothing
        said.append(_pair(key, value, names))
    if "before" in entry.facts:
        after = entry.facts.get("after", entry.facts.get("amount"))
        said.insert(min(1, len(said)), f"{_value(entry, entry.facts['before'])} → {_value(entry, after)}")
    return said


def people_in(entry: AuditEntry) -> set[int | None]:
    """Whose names the entry needs."""
    told = entry.facts.get("person_id")
    found = {entry.person_id, told if isinstance(told, int) else None}
    return found | {entry.subject_id if entry.subject == "person" else None}


def _pair(key: str, value: Any, names: Names) -> str:
    label = str(KEYS.get(key, key))
    if key == "key":
        return str(LABELS.get(value, value))
    if key == "role":
        value = role_name(ROLE_NAMES.get(str(value), str(value)))
    elif key == "person_id":
        value = names.get(value, value)
    elif key == "kind":
        return spoken.word(spoken.LIMIT_KINDS, str(value))
    elif key == "face":
        value = spoken.word(FACES, str(value))
    elif key == "page" and value in LISTS:
        value = LISTS[str(value)].title
    elif key == "amount":
        value = _amount(value)
    elif isinstance(value, Mapping):
        value = _counts(value)
    elif isinstance(value, list):
        value = ", ".join(str(each) for each in value)
    return f"{label}: {value}"


def _value(entry: AuditEntry, value: Any) -> str:
    """One side of a change; amounts of credit and of settings in yuan are kept as text."""
    if isinstance(value, bool):
        if entry.subject == "person":
            return gettext("may sign in") if value else gettext("shut out")
        return gettext("yes") if value else gettext("no")
    if entry.event == "credit.limit_changed" or entry.facts.get("key") == "order.approve_above":
        return _amount(value)
    if value is None or value == "":
        return gettext("none")
    return spoken.word(spoken.BLOCKS, str(value))


def _amount(value: Any) -> str:
    try:
        return money(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _counts(counts: Mapping[str, Any]) -> str:
    """What an import did to one kind of row."""
    told = [
        str(words) % {"count": quantity(int(counts[key]))} for key, words in COUNTS.items() if key in counts
    ]
    return " · ".join(told) or ", ".join(f"{key} {value}" for key, value in counts.items())
