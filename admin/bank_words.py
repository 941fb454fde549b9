"""The words of bank lines: states, how sure a proposal is, and why it was made."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade.banking.matching import CERTAIN, LIKELY
from trade.banking.models import BankLine

STATES: dict[str, tuple[str, Any]] = {
    "open": ("warn", _("To confirm")),
    "booked": ("ok", _("Booked")),
    "aside": ("calm", _("Set aside")),
}
SURE: dict[str, tuple[str, Any]] = {
    "certain": ("ok", _("Certain")),
    "likely": ("info", _("Likely")),
    "unclear": ("warn", _("Unclear")),
}
REASONS: dict[str, Any] = {
    "account": _("paid from its account …%(fact)s"),
    "remembered": _("this account was confirmed for it before"),
    "remembered_name": _("this payer was confirmed for it before"),
    "name": _("the payer has its name"),
    "core_name": _("the same name but for the legal form"),
    "cut_name": _("its name begins like the payer's"),
    "person": _("its legal representative pays"),
    "number": _("the remark names %(fact)s"),
    "amount_named": _("the amount is that of the documents named"),
    "amount_one": _("one document is open with this amount"),
    "amount_oldest": _("the amount is the sum of the oldest documents"),
    "only_amount": _("nobody else owes exactly this amount"),
    "conflict": _("other signs point to another distributor"),
    "recorded": _("perhaps recorded already: %(fact)s"),
}
FIELDS: dict[str, Any] = {
    "day": _("Day"),
    "credit": _("Money in"),
    "debit": _("Money out"),
    "amount": _("Amount (one column)"),
    "direction": _("In or out"),
    "payer_name": _("Payer"),
    "payer_account": _("Payer's account"),
    "reference": _("Remark"),
    "purpose": _("Purpose (second remark)"),
    "serial": _("Serial number"),
    "currency": _("Currency"),
}
FLAWS: dict[str, Any] = {
    "cell.empty": _("is empty"),
    "cell.not_a_date": _("is no day; please check how days are written"),
    "cell.not_a_number": _("is no amount"),
    "cell.not_a_choice": _("is a word that is not known here"),
    "cell.too_long": _("is too long"),
    "cell.too_large": _("is too large"),
    "cell.too_many_places": _("has more than two decimals"),
    "cell.control_character": _("holds characters that cannot be kept"),
    "bank.day_odd": _("lies ahead, or more than two years back"),
    "bank.other_currency": _("is another currency than the account's"),
    "bank.no_amount": _("has no amount"),
    "bank.both_ways": _("says money in and money out at once"),
}
WAYS = (
    ("ymd", _("2026-11-21 or 20261121")),
    ("dmy", _("21/11/2026: the day first")),
    ("mdy", _("11/21/2026: the month first")),
)


def state(line: BankLine) -> tuple[str, Any]:
    """The badge of a line: how sure while it is open, else what became of it."""
    if line.state != "open":
        return STATES[line.state]
    if line.certainty >= CERTAIN:
        return SURE["certain"]
    return SURE["likely"] if line.certainty >= LIKELY else SURE["unclear"]


def reasons(facts: Sequence[Mapping[str, Any]]) -> str:
    """Why a distributor is proposed, in one line."""
    said = []
    for each in facts:
        words = str(REASONS.get(each["code"], each["code"]))
        said.append(words % {"fact": each.get("fact", "")} if "%(" in words else words)
    return gettext("; ").join(said)


def flaw(found: tuple[str, str, str]) -> str:
    """What is wrong with a cell of a row."""
    field, code, cell = found
    return f"{FIELDS.get(field, field)}{f' 「{cell}」' if cell else ''} {FLAWS.get(code, code)}"
