"""Whose money a bank's line is, and which debts it pays: pure rules, with the reason for each answer."""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from trade.banking.names import core_name, plain_account, plain_name
from trade.money import ZERO

CERTAIN, LIKELY = 85, 50  # from here on it may be confirmed without a look, or is worth one
UNCLEAR = 30
WEIGHTS: Mapping[str, int] = {
    "account": 90,  # the payer's account is the distributor's
    "remembered": 88,  # a line of the same account was confirmed before
    "name": 75,
    "number": 75,  # the remark names one of its documents
    "core_name": 65,  # the same but for the legal form
    "remembered_name": 60,
    "cut_name": 50,  # the bank cuts long names off
    "person": 40,  # the legal representative pays
    "only_amount": UNCLEAR,  # nobody else owes exactly this
}
ALSO, AMOUNT = 10, 15  # what a further sign, and an amount that fits, add
NAMED = frozenset({"account", "remembered", "name", "number", "core_name", "remembered_name", "cut_name"})
TOKEN = re.compile(r"[A-Z]{1,4}[0-9]{6}[0-9]{4,}|[0-9]{10,}|[A-Z0-9]{6,}")
SHORTEST_CUT = 6  # characters of a name that was cut off
MOST_OLDEST = 40  # debts of which a sum is looked at


@dataclass(frozen=True)
class Payer:
    """What the line says about who paid."""

    name: str
    account: str
    key: str
    reference: str
    amount: Decimal
    day: date


@dataclass(frozen=True)
class Debt:
    """What is open: in the order in which it is due."""

    id: int
    number: str
    open: Decimal
    order_number: str | None = None


@dataclass(frozen=True)
class Company:
    """A distributor as far as a payer can be told by it."""

    id: int
    names: Sequence[str]
    account: str = ""
    person: str = ""


@dataclass
class Known:
    """All that a line is held against, indexed once for many lines."""

    by_account: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_core: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_person: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_number: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    written: dict[str, str] = field(default_factory=dict)  # a bare number as the document bears it
    by_open: dict[Decimal, set[int]] = field(default_factory=lambda: defaultdict(set))
    remembered: Mapping[str, int] = field(default_factory=dict)  # payer key → distributor
    debts: Mapping[int, Sequence[Debt]] = field(default_factory=dict)
    recorded: Mapping[tuple[int, Decimal], Sequence[tuple[date, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """A distributor, how sure it is, and why: facts with a `code`."""

    distributor_id: int | None
    certainty: int
    reasons: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Part:
    """So much of the money for one debt."""

    debt_id: int
    amount: Decimal


def known(
    companies: Sequence[Company],
    debts: Mapping[int, Sequence[Debt]],
    orders: Mapping[str, int],
    remembered: Mapping[str, int],
    recorded: Mapping[tuple[int, Decimal], Sequence[tuple[date, str]]],
) -> Known:
    """Index what is known; `orders` are numbers of orders by distributor, also of paid ones."""
    found = Known(remembered=remembered, debts=debts, recorded=recorded)
    for each in companies:
        if each.account:
            found.by_account[plain_account(each.account)].add(each.id)
        for name in each.names:
            found.by_name[plain_name(name)].add(each.id)
            found.by_core[core_name(name)].add(each.id)
        if each.person:
            found.by_person[plain_name(each.person)].add(each.id)
    for distributor_id, open_ in debts.items():
        for debt in open_:
            for number in (debt.number, debt.order_number):
                if number:
                    _index(found, number, distributor_id)
            found.by_open[debt.open].add(distributor_id)
    for number, distributor_id in orders.items():
        _index(found, number, distributor_id)
    return found


def propose(payer: Payer, there: Known) -> Proposal:
    """Whose money it most likely is; signs that contradict each other make it unclear."""
    signs: dict[int, dict[str, Any]] = defaultdict(dict)
    for code, ids, fact in _signs(payer, there):
        if len(ids) == 1:
            signs[next(iter(ids))].setdefault(code, fact)
    if not signs:
        return _by_amount(payer, there)
    best = max(signs, key=lambda key: (_weigh(signs[key]), -key))
    others = [key for key in signs if key != best and NAMED & signs[key].keys()]
    reasons = [{"code": code, "fact": fact} for code, fact in signs[best].items()]
    certainty = _weigh(signs[best])
    fit = _fits(payer.amount, there.debts.get(best, ()), named(payer.reference, there.debts.get(best, ())))
    if fit:
        reasons.append({"code": fit})
        certainty += AMOUNT
    if others:
        reasons.append({"code": "conflict"})
        certainty = min(certainty, UNCLEAR)
    if numbers := _recorded(payer, best, there):
        reasons.append({"code": "recorded", "fact": numbers})
        certainty = min(certainty, UNCLEAR + ALSO)
    return Proposal(best, min(certainty, 100), reasons)


def plan(amount: Decimal, debts: Sequence[Debt], named_ids: Sequence[int] = ()) -> list[Part]:
    """Which debts an amount pays: those that the remark names, else the one it equals, else those due first."""
    wanted = [each for each in debts if each.id in set(named_ids)]
    if not wanted:
        wanted = [each for each in debts if each.open == amount][:1]
    chosen = {each.id for each in wanted}
    parts = []
    for debt in [*wanted, *(each for each in debts if each.id not in chosen)]:
        part = min(amount, debt.open)
        if part > ZERO:
            parts.append(Part(debt.id, part))
            amount -= part
    return parts


def digest(parts: Sequence[Part]) -> str:
    """A plan in short, so that a person books the one that was seen."""
    said = ";".join(f"{each.debt_id}:{each.amount:.2f}" for each in parts)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def named(reference: str, debts: Sequence[Debt]) -> list[int]:
    """The debts whose own number, or whose order's, stands in the remark."""
    tokens = _tokens(reference)
    return [
        each.id
        for each in debts
        if any(_is_said(number, tokens) for number in (each.number, each.order_number) if number)
    ]


def _signs(payer: Payer, there: Known) -> list[tuple[str, set[int], Any]]:
    """What points to whom: sign, distributors, and what it was."""
    name, core = plain_name(payer.name), core_name(payer.name)
    found: list[tuple[str, set[int], Any]] = []
    account = plain_account(payer.account)
    if account:
        found.append(("account", there.by_account.get(account, set()), account[-4:]))
    if payer.key in there.remembered:
        code = "remembered" if account else "remembered_name"
        found.append((code, {there.remembered[payer.key]}, ""))
    if name:
        exact = there.by_name.get(name, set())
        found.append(("name", exact, ""))
        if not exact:
            found.append(("core_name", there.by_core.get(core, set()), ""))
            found.append(("cut_name", _begin_with(name, there.by_name), ""))
            found.append(("person", there.by_person.get(name, set()), payer.name))
    for token in _tokens(payer.reference):
        for number in (token, *_without_letters(token, there)):
            if number in there.by_number:
                found.append(("number", there.by_number[number], there.written[number]))
    return found


def _weigh(signs: Mapping[str, Any]) -> int:
    weights = sorted((WEIGHTS[code] for code in signs), reverse=True)
    return weights[0] + ALSO * (len(weights) - 1)


def _by_amount(payer: Payer, there: Known) -> Proposal:
    """Nothing but the amount: somebody alone owes exactly this."""
    owe = there.by_open.get(payer.amount, set())
    if len(owe) != 1:
        return Proposal(None, 0)
    return Proposal(next(iter(owe)), WEIGHTS["only_amount"], [{"code": "only_amount"}])


def _fits(amount: Decimal, debts: Sequence[Debt], named_ids: Sequence[int]) -> str:
    """Whether the amount is that of the documents named, of one debt, or of the first few together."""
    if named_ids and sum((each.open for each in debts if each.id in named_ids), ZERO) == amount:
        return "amount_named"
    if any(each.open == amount for each in debts):
        return "amount_one"
    total = ZERO
    for count, each in enumerate(debts[:MOST_OLDEST], 1):
        total += each.open
        if total == amount and count > 1:
            return "amount_oldest"
    return ""


def _recorded(payer: Payer, distributor_id: int, there: Known) -> str:
    """A payment of the same company and amount, recorded within days by another way."""
    near = there.recorded.get((distributor_id, payer.amount), ())
    return ", ".join(number for day, number in near if abs((day - payer.day).days) <= 3)


def _index(found: Known, number: str, distributor_id: int) -> None:
    found.by_number[_bare(number)].add(distributor_id)
    found.written[_bare(number)] = number


def _bare(number: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", number).upper())


def _tokens(reference: str) -> list[str]:
    """What may be a number in a remark, without the dashes and spaces that people put into it."""
    text = unicodedata.normalize("NFKC", reference).upper()
    text = re.sub(r"(?<=[A-Z0-9])[ ]?[-_–—/][ ]?(?=[0-9])", "", text)
    text = re.sub(r"(?<=[A-Z])[ ]+(?=[0-9]{6})", "", text)
    return list(dict.fromkeys(TOKEN.findall(text)))


def _is_said(number: str, tokens: Sequence[str]) -> bool:
    bare = _bare(number)
    digits = re.sub(r"^[A-Z]+", "", bare)
    return bare in tokens or (len(digits) >= 10 and digits in tokens)


def _without_letters(token: str, there: Known) -> list[str]:
    """Numbers of ours that a remark gives without their letters: 261008-0001."""
    if not token.isdecimal() or len(token) < 10:
        return []
    return [
        f"{letters}{token}"
        for letters in ("SO", "DN", "SH", "SI", "RT")
        if f"{letters}{token}" in there.by_number
    ]


def _begin_with(name: str, names: Mapping[str, set[int]]) -> set[int]:
    """The companies whose name begins with one that was cut off."""
    if len(name) < SHORTEST_CUT:
        return set()
    found: set[int] = set()
    for each, ids in names.items():
        if each.startswith(name):
            found |= ids
    return found
