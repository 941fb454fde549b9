"""What an entry of the audit says, in words: per field before and after, names instead of ids, amounts as money."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from admin import editing, price_words, rights, spoken
from admin.audit_words import EVENTS, FIELDS, SAID, SUBJECTS, THING_NAME
from admin.import_words import KINDS as IMPORT_KINDS
from admin.settings import LABELS, spelled
from trade.audit import AuditEntry
from trade.people.roles import SHIPPED
from web import invoiced
from web.i18n import LOCALES, money, quantity
from web.lists import LISTS
from web.words import role_name

__all__ = ["SUBJECTS"]
DEMO = "demo"  # where the invented brand says that its deeds come from
ROLE_NAMES = {role.code: role.name for role in SHIPPED}
FACES = {"admin": _("the brand's side"), "portal": _("the distributors' side")}
WAYS_IN = {
    "password": _("Password"),
    "app": _("App"),
    "recovery": _("Recovery code"),
    "passkey": _("Passkey"),
    "oidc": _("Company login"),
    "invitation": _("Invitation"),
}
COUNTS = {
    "read": _("read %(count)s"),
    "inserted": _("new %(count)s"),
    "updated": _("changed %(count)s"),
}
# Noun: endpoint of its page, the name of its id, the permission that the page needs.
PAGES = {
    "person": ("admin.person.index", "person_id", "person.manage"),
    "distributor": ("admin.distributors.detail", "distributor_id", "distributor.read"),
    "approval_request": ("admin.approvals.detail", "request_id", "desk.read"),
    "application": ("admin.applications.detail", "application_id", "application.read"),
    "order": ("admin.orders.detail", "order_id", "order.review"),
    "role": ("admin.roles.role", "role_id", "role.manage"),
    "approval_policy": ("admin.policies.policy", "policy_id", "approval.manage"),
    "invoice": ("admin.invoices.detail", "invoice_id", "invoice.read"),
    "return_request": ("admin.returns.detail", "return_id", "return.read"),
    "sku": ("admin.products.detail", "sku_id", "product.read"),
    "broadcast": ("admin.broadcasts.detail", "broadcast_id", "broadcast.read"),
    "library_item": ("admin.library.detail", "item_id", "library.read"),
    "price_list": ("admin.prices.detail", "list_id", "price.read"),
    "verify_run": ("admin.status.proof", "run_id", "system.operate"),
    "notice_channel": ("admin.channels.detail", "channel_id", "setting.manage"),
    "import_upload": ("admin.imports.detail", "upload_id", "import.run"),
}
UNTOLD = {"membership_id", "version", "changes", "before", "after", "what", "draft"}
THINGS = {
    "person_id": "person",
    "rep_id": "person",
    "manager_id": "person",
    "distributor_id": "distributor",
    "tier_id": "tier",
    "channel_id": "channel",
    "territory_id": "territory",
    "price_group_id": "price_group",
    "credit_group_id": "credit_group",
    "category_id": "category",
    "family_id": "product_family",
    "warehouse": "warehouse",
    "sku": "sku",
}
AMOUNTS = {"amount", "limit"}
NUMBERS = {"count", "rows", "quantity"}
Names = Mapping[tuple[str, int], str]  # by noun and id


@dataclass(frozen=True)
class Side:
    """One field that changed: what stood before and what stood after."""

    label: str
    before: str
    after: str


def event(entry: AuditEntry) -> str:
    return spoken.word(spoken.EVENTS | EVENTS, entry.event)


def subject(entry: AuditEntry, names: Names) -> str:
    """What it was done to, by its noun and what it is called."""
    if not entry.subject:
        return ""
    noun = spoken.word(SUBJECTS, entry.subject)
    called = names.get((entry.subject, entry.subject_id or 0), "")
    if entry.subject == "role":
        called = role_name(called)
    return f"{noun} {called or entry.subject_id or ''}".strip()


def link(entry: AuditEntry) -> str | None:
    """The page of what it was done to, if there is one that the reader may open."""
    endpoint, key, needed = PAGES.get(entry.subject or "", ("", "", ""))
    held = {permission.value for permission in g.actor.permissions}
    if entry.subject_id is None or endpoint not in current_app.view_functions or needed not in held:
        return None
    return url_for(endpoint, **{key: entry.subject_id})


def sides(entry: AuditEntry, names: Names) -> list[Side]:
    """Every field that changed with both sides, whichever way it was written down."""
    known = entry.facts
    if isinstance(known.get("changes"), Mapping):
        pairs = {
            key: (pair[0], pair[1])
            for key, pair in known["changes"].items()
            if isinstance(pair, list) and len(pair) == 2
        }
    elif isinstance(known.get("before"), Mapping) or isinstance(known.get("after"), Mapping):
        before, after = _table(known.get("before")), _table(known.get("after"))
        pairs = {key: (before.get(key), after.get(key)) for key in {**before, **after}}
    elif "before" in known:
        pairs = {_plain_field(entry): (known["before"], known.get("after", known.get("amount")))}
    else:
        return []
    return [
        Side(label(key, entry), _value(entry, key, before, names), _value(entry, key, after, names))
        for key, (before, after) in pairs.items()
    ]


def facts(entry: AuditEntry, names: Names) -> list[str]:
    """One saying per further fact; what nobody foresaw speaks for itself."""
    told = []
    for key, value in entry.facts.items():
        is_side = key in UNTOLD or (key in {"amount", "key"} and "before" in entry.facts)
        if not is_side and value is not None and value != "":
            told.append(f"{label(key, entry)}: {_fact(entry, key, value, names)}")
    return told


def told(entry: AuditEntry, names: Names) -> str:
    """The whole entry in one line, as a sheet has it."""
    changed = [f"{side.label}: {side.before} → {side.after}" for side in sides(entry, names)]
    return " · ".join(changed + facts(entry, names))


def things_in(entry: AuditEntry) -> set[tuple[str, int]]:
    """Whom and what the entry needs the names of: noun and id."""
    changes = entry.facts.get("changes")
    sides = changes if isinstance(changes, Mapping) else {}
    found: list[tuple[str, Any]] = [("person", entry.person_id), (entry.subject or "", entry.subject_id)]
    for key, noun in THINGS.items():
        pair = sides.get(key)
        found += [(noun, each) for each in (entry.facts.get(key), *(pair if isinstance(pair, list) else ()))]
    return {(noun, key) for noun, key in found if isinstance(key, int) and not isinstance(key, bool)}


def origin(entry: AuditEntry) -> str:
    """Where it was done from: the address; the request's number beside it is for the log."""
    if entry.origin == DEMO:
        return gettext("Demo data")
    return entry.origin.split(" ")[0]


def label(key: str, entry: AuditEntry | None = None) -> str:
    """What a field is called."""
    if key == "name" and entry is not None and entry.subject != "person":
        return str(THING_NAME)
    if key in rights.RIGHTS:
        return rights.name(key)
    if key in LABELS:
        return str(LABELS[key])
    return str(FIELDS.get(key) or editing.LABELS.get(key, key))


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _plain_field(entry: AuditEntry) -> str:
    """The field of an entry that has one before and one after."""
    if entry.event == "setting.changed":
        return str(entry.facts.get("key"))
    if "what" in entry.facts:
        return str(entry.facts["what"])
    known = {
        "credit.limit_changed": "limit",
        "membership.changed": "role",
        "person.activated": "is_active",
        "person.deactivated": "is_active",
        "shipment.signed_on": "signed_on",
    }
    return known.get(entry.event, "state")


def _value(entry: AuditEntry, key: str, value: Any, names: Names) -> str:
    """One side of a change; amounts are kept as text."""
    if key in LABELS:
        return spelled(key, value) if value is not None else gettext("none")
    if isinstance(value, bool):
        if key == "is_active":
            return gettext("may sign in") if value else gettext("shut out")
        return gettext("yes") if value else gettext("no")
    if value is None or value == "":
        return gettext("none")
    return _fact(entry, key, value, names)


def _fact(entry: AuditEntry, key: str, value: Any, names: Names) -> str:
    """A value in words, by what its field is; the rest as it is kept."""
    tables: dict[str, Mapping[str, Any]] = {
        "kind": _kinds(entry),
        "basis": price_words.BASES,
        "face": FACES,
        "locale": LOCALES,
        "state": spoken.BLOCKS,
        "terms": spoken.TERMS,
        "back_order_policy": spoken.BACK_ORDERS,
        "tax_mode": invoiced.TAX_MODES,
        "key": LABELS,
        "how": WAYS_IN,
        "factor": WAYS_IN,
        "said": SAID,
        "decision": {code: words for code, (_tone, words) in spoken.REQUESTS.items()},
    }
    if key in tables and isinstance(value, str):
        return spoken.word(tables[key], value)
    if key == "status":
        return spoken.status(str(value))[1]
    if key == "accepted":
        return _accepted(str(value))
    if isinstance(value, int) and (THINGS.get(key), value) in names:
        return names[THINGS[key], value]
    if key == "role":
        return role_name(ROLE_NAMES.get(str(value), str(value)))
    if key == "name" and entry.subject == "role":
        return role_name(str(value))
    if key == "reach":
        return rights.reach(str(value))
    if key in {"permission", "lacked"}:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(rights.name(str(each)) for each in codes)
    if key == "phone":
        return spoken.masked(str(value), is_open=False)
    if key == "page" and value in LISTS:
        return str(LISTS[str(value)].title)
    if key in NUMBERS and isinstance(value, int):
        return quantity(value)
    return _amount(value) if key in AMOUNTS else _plain(value)


def _kinds(entry: AuditEntry) -> Mapping[str, Any]:
    """The words for a kind, by what it is a kind of."""
    if entry.subject == "price_list":
        return price_words.KINDS
    if entry.subject == "import_upload":
        return {key: words[0] for key, words in IMPORT_KINDS.items()}
    return spoken.LIMIT_KINDS


def _accepted(warnings: str) -> str:
    """Which warnings somebody published in spite of, with how many of each: leap:3,zero:1."""
    each = (part.partition(":") for part in warnings.split(",") if part)
    return gettext(", ").join(f"{spoken.word(price_words.TITLES, code)} {count}" for code, _, count in each)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Mapping):
        return _counts(value)
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    return str(value)


def _amount(value: Any) -> str:
    try:
        return money(Decimal(str(value)))
    except InvalidOperation:
        return str(value)


def _counts(counts: Mapping[str, Any]) -> str:
    """What an import did to one kind of row; any other table as pairs."""
    known = [
        str(words) % {"count": quantity(int(counts[key]))} for key, words in COUNTS.items() if key in counts
    ]
    return " · ".join(known) or ", ".join(f"{label(key)} {_plain(value)}" for key, value in counts.items())
