"""Invoices as both faces say them: kinds, states, which real invoice a company wants, the story."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade.invoices.documents import Issued
from trade.invoices.models import Invoice
from trade.invoices.queries import Line, Told
from web.i18n import moment
from web.units import counted as spelled

STATES = {"issued": ("ok", _("Issued")), "reversed": ("calm", _("Reversed"))}
KINDS = {"blue": _("Invoice"), "red": _("Red invoice")}
TAX_MODES = {
    "special": _("Special VAT invoice"),
    "normal": _("Ordinary VAT invoice"),
    "none": _("No tax invoice"),
}
DEEDS = {
    "invoice.issued": _("Issued"),
    "invoice.reversed": _("Taken back by a red invoice"),
    "invoice.tax_number_noted": _("Real invoice %(number)s noted"),
    "invoice.tax_number_struck": _("Real invoice %(number)s struck out"),
}


def badge(invoice: Invoice) -> tuple[str, str]:
    """Tone and words of where an invoice stands; a red one says that it is one."""
    if invoice.kind == "red":
        return "danger", str(KINDS["red"])
    tone, words = STATES[invoice.state]
    return tone, str(words)


def document_kind(each: Issued) -> str:
    """What a document about an order or a return is called."""
    return str(KINDS.get(each.kind) or _("Credit note"))


def document_badge(each: Issued) -> tuple[str, str]:
    """Tone and words of where it stands: of a credit note, how much of it pays something already."""
    if each.kind == "red":
        return "danger", str(STATES["issued"][1])
    if each.kind in KINDS:
        tone, words = STATES[each.state]
        return tone, str(words)
    if not each.applied:
        return "info", gettext("Credit not used yet")
    return (
        ("ok", gettext("Credit used"))
        if each.applied == each.whole
        else ("info", gettext("Credit partly used"))
    )


def quantity(each: Line) -> str:
    """The quantity of a line as the invoice has it: 12 箱, or 46 瓶 where it is no whole 箱."""
    return spelled(*each.counted)


def story(events: Sequence[Told], *, has_names: bool) -> list[tuple[str, str, str]]:
    """What happened, newest first; the portal is not told who of the brand did it."""
    found = []
    for at, each in enumerate(events):
        words = str(DEEDS.get(each.event, each.event)) % {"number": each.facts.get("number", "")}
        who = (each.person_name or gettext("the program")) if has_names else ""
        reason = str(each.facts.get("reason") or "")
        meta = " · ".join(part for part in (moment(each.at), who, reason) if part)
        found.append((words, meta, "now" if at == 0 else ""))
    return found


def pairs(words: dict[str, Any]) -> list[tuple[str, Any]]:
    """Codes with their words, as a filter offers them."""
    return [(code, said[1] if isinstance(said, tuple) else said) for code, said in words.items()]
