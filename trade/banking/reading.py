"""Rows of a bank's file into lines: what came in, what is passed over, and what is wrong with which cell."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from trade.banking.fields import KIND, TEXTS, day
from trade.banking.names import plain_account, plain_name
from trade.imports.problems import Bad
from trade.imports.uploads_files import Table
from trade.money import ZERO
from trade.receivables.payments import OLDEST
from trade.text import folded

MOST_ROWS = 20_000  # of one file


@dataclass(frozen=True)
class Told:
    """How a bank tells: which heading is which field, how days are written, in which currency the account is kept."""

    columns: Mapping[str, str]
    day_format: str
    currency: str


@dataclass
class Read:
    """A row as it was read: `way` is in, out or bad; flaws are (field, code, cell)."""

    number: int
    way: str = "bad"
    day: date | None = None
    amount: Decimal = ZERO
    texts: dict[str, str] = field(default_factory=dict)
    flaws: list[tuple[str, str, str]] = field(default_factory=list)
    fingerprint: str = ""

    @property
    def reference(self) -> str:
        """Remark and purpose as one, without saying the same twice."""
        parts = [self.texts.get("reference", ""), self.texts.get("purpose", "")]
        return " ".join(dict.fromkeys(each for each in parts if each))

    @property
    def payer_key(self) -> str:
        """By which the payer is known again: its account, else its name."""
        account = plain_account(self.texts.get("payer_account", ""))
        return account or plain_name(self.texts.get("payer_name", ""))


def read_rows(table: Table, told: Told, today: date) -> list[Read]:
    """Read every row; each that came in has the fingerprint by which it is known again."""
    places = {key: table.headings.index(each) for key, each in told.columns.items() if each in table.headings}
    seen: Counter[str] = Counter()
    found = []
    for number, cells in table.rows:
        row = _read(number, {key: cells[at] for key, at in places.items()}, told, today)
        if row.way == "in":
            row.fingerprint = _fingerprint(row, seen)
        found.append(row)
    return found


def _read(number: int, cells: Mapping[str, str], told: Told, today: date) -> Read:
    row = Read(number)
    values: dict[str, Any] = {}
    for key, cell in cells.items():
        try:
            if key == "day":
                row.day = values[key] = _day(cell, told.day_format, today)
            elif cell.strip():
                values[key] = KIND.field(key).read(cell)
        except Bad as bad:
            row.flaws.append((key, bad.code, cell[:60]))
    row.texts = {key: values.get(key, "") for key in TEXTS}
    if not row.flaws:
        _weigh(row, values, cells, told)
    if row.flaws:
        row.way = "bad"
    return row


def _day(cell: str, day_format: str, today: date) -> date:
    if not cell.strip():
        raise Bad("cell.empty")
    found = day(cell, day_format)
    if not today - OLDEST <= found <= today:
        raise Bad("bank.day_odd")
    return found


def _weigh(row: Read, values: Mapping[str, Any], cells: Mapping[str, str], told: Told) -> None:
    """How much came in, or that it went out; a line that says both is wrong."""
    if values.get("currency", told.currency) != told.currency:
        row.flaws.append(("currency", "bank.other_currency", cells["currency"][:20]))
        return
    credit, debit = values.get("credit") or ZERO, values.get("debit") or ZERO
    if "credit" not in told.columns and values.get("amount"):
        amount: Decimal = values["amount"]
        if values.get("direction") is False:
            amount = -abs(amount)
        credit, debit = (amount, ZERO) if amount > 0 else (ZERO, -amount)
    if credit < 0:  # banks take back what they booked by a credit below nothing
        credit, debit = ZERO, debit - credit
    if (credit and debit) or not (credit or debit):
        row.flaws.append(("credit", "bank.no_amount" if not credit else "bank.both_ways", ""))
        return
    row.way, row.amount = ("in", credit) if credit else ("out", abs(debit))


def _fingerprint(row: Read, seen: Counter[str]) -> str:
    """The same for the same line in another file; lines without a number of the bank are counted within theirs."""
    serial = re.sub(r"\s", "", row.texts["serial"])
    said = [str(row.day), f"{row.amount:.2f}"]
    said += [serial] if serial else [row.payer_key, folded(row.reference)]
    key = "\x1f".join(said)
    seen[key] += 1
    if not serial:
        key = f"{key}\x1f{seen[key]}"
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def missing(columns: Mapping[str, str]) -> str | None:
    """The first field without which nothing can be read; an amount stands in one column or in two."""
    if "day" not in columns:
        return "day"
    return None if {"credit", "amount"} & columns.keys() else "credit"


def counted(rows: Sequence[Read]) -> dict[str, int]:
    """How many rows came in, went out or are bad."""
    ways = Counter(row.way for row in rows)
    return {"in": ways["in"], "skipped": ways["out"], "bad": ways["bad"]}
