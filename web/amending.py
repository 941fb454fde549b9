"""The change of an order as both faces show it: what was typed, what it would make of the order, what forbids it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.amendments import changes, desk
from trade.amendments.changes import Change, Step
from trade.catalog.models import Sku
from trade.credit.queries import Standing, standing_of
from trade.distributors.queries import Terms
from trade.errors import Refused
from trade.orders import queries
from trade.orders.circumstances import circumstances
from trade.orders.models import Order, OrderLine
from web import asked
from web.forms import Form, LongTextField, MoneyField, VersionForm, parse_number
from web.i18n import money, quantity
from web.units import counted

NAMED = re.compile(r"q-([1-9][0-9]{0,8})")
LARGEST, MOST_ADDED = 99_999, 50


class AmendmentForm(VersionForm):
    reason = LongTextField(_("Why the order is changed"), longest=200)
    seen_gross = MoneyField(is_positive=False, is_needed=False)


class PreviewForm(VersionForm):
    """The same while it is tried out: nothing has to be complete."""

    reason = LongTextField(_("Why the order is changed"), longest=200)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if not self.reason._value().strip():
            self.reason.errors = []
        return not self.errors


@dataclass
class Row:
    """One product of the order, or one that is to join it."""

    sku: Sku
    line: OrderLine | None
    typed: str
    is_locked: bool = False
    error: str = ""
    step: Step | None = None

    @property
    def unit(self) -> str:
        return self.line.unit if self.line is not None else self.sku.order_unit

    @property
    def name(self) -> str:
        return (self.line.sku_name if self.line is not None else None) or self.sku.name

    @property
    def before(self) -> int:
        return changes.standing(self.line)

    @property
    def short(self) -> int:
        """Order units that would wait for goods."""
        if self.step is None or self.step.priced is None:
            return 0
        missing = self.step.missing - max(self.step.priced.picked.available, 0)
        return max(0, -(-missing // self.sku.order_factor))


@dataclass
class Sheet:
    """All that the page of a change shows."""

    order: Order
    rows: list[Row]
    due: Decimal  # as it stands
    change: Change | None = None
    standing: Standing | None = None
    faults: list[str] = field(default_factory=list)
    reasons: Sequence[Mapping[str, Any]] = ()
    find: str = ""
    found: Sequence[Sku] = ()

    @property
    def is_wrong(self) -> bool:
        return bool(self.faults) or any(row.error for row in self.rows)

    @property
    def left_after(self) -> Decimal | None:
        """What of the credit would be left."""
        if self.standing is None or self.change is None:
            return None
        return self.standing.available - self.change.delta

    @property
    def is_over(self) -> bool:
        """Whether the credit does not suffice for what is more."""
        if self.standing is None or self.change is None or self.change.delta <= 0:
            return False
        return self.standing.available < self.change.delta or self.standing.blocked_reason is not None

    @property
    def wanted(self) -> dict[int, int]:
        """By SKU what is to stand; what is not a number is left out."""
        return {row.sku.id: number for row in self.rows if (number := _number(row.typed)) is not None}


def sheet_of(session: Session, actor: Actor, order: Order, given: Mapping[str, str]) -> Sheet:
    """What was typed about an order, and what it would come to now."""
    day = clock.today()
    terms = changes.terms_for(session, order, day)
    lines = queries.lines_with_units(session, order.id)
    sheet = Sheet(order, [], sum((line.gross - line.cancelled_gross for line, _sku in lines), Decimal(0)))
    typed = {int(found[1]): said for name, said in given.items() if (found := NAMED.fullmatch(name))}
    for line, sku in lines:
        is_locked = line.shipped > 0 or 0 < line.cancelled < line.base_quantity
        said = str(changes.standing(line)) if is_locked else typed.get(sku.id, str(changes.standing(line)))
        sheet.rows.append(Row(sku, line, said.strip()[:12], is_locked))
    known = {row.sku.id for row in sheet.rows}
    added = [key for key in typed if key not in known][:MOST_ADDED]
    extra = asked.whole(given.get("add", ""))
    added += [extra] if extra and extra not in known and extra not in added else []
    skus = desk.skus_of(session, terms, added, day)
    sheet.rows += [
        Row(skus[key], None, typed.get(key, str(skus[key].moq)).strip()[:12]) for key in added if key in skus
    ]
    _step_buttons(sheet.rows, given)
    sheet.find = given.get("find", "").strip()[:60]
    if sheet.find and extra is None:
        sheet.found = [
            each for each in desk.findable(session, terms, sheet.find, day) if each.id not in known
        ]
    _foresee(session, actor, sheet, terms, day)
    return sheet


def explain(form: Form, sheet: Sheet, refusal: Refused) -> None:
    """Say why a change was refused, line by line where it is about lines."""
    if refusal.code != "order.lines_refused":
        return
    form.form_errors.clear()
    form.refuse(gettext("Some lines need another quantity; nothing was changed"))
    _tell(sheet, refusal.facts.get("lines", ()))


def reason_words(reason: Mapping[str, Any], currency: str) -> str:
    """Why somebody else decides."""
    code = reason.get("code")
    if code == "amendment.asked_for":
        return gettext("The distributor asks; the brand decides")
    if code == "order.large":
        return gettext("Larger than %(amount)s", amount=money(Decimal(str(reason["above"])), currency))
    if code == "order.unauthorised":
        return gettext("Outside the authorisation: %(skus)s", skus=", ".join(reason.get("skus", ())))
    return str(code)


def told_lines(facts: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    """The lines of a change in a timeline: product, and before → after."""
    return [
        (
            f"{each.get('sku', '')} {each.get('name', '')}".strip(),
            f"{quantity(int(each['before']))} → {counted(int(each['after']), str(each.get('unit', '')))}",
        )
        for each in facts.get("lines", ())
    ]


def told(facts: Mapping[str, Any], currency: str) -> str:
    """A change in one line of a timeline."""
    said = [f"{name} {counts}" for name, counts in told_lines(facts, currency)]
    before, after = facts.get("before"), facts.get("after")
    if before is not None and after is not None:
        said.append(f"{money(Decimal(str(before)), currency)} → {money(Decimal(str(after)), currency)}")
    said.append(str(facts.get("reason", "")))
    return " · ".join(each for each in said if each)


def _foresee(session: Session, actor: Actor, sheet: Sheet, terms: Terms, day: date) -> None:
    for row in sheet.rows:
        if _number(row.typed) is None:
            row.error = gettext("Enter a whole number from 0 to %(largest)s", largest=quantity(LARGEST))
    if actor.may(Permission.CREDIT_READ) or actor.distributor_id is None:
        sheet.standing = standing_of(session, actor, sheet.order.distributor_id, day)
    if any(row.error for row in sheet.rows) or all(_number(row.typed) == row.before for row in sheet.rows):
        return
    known = circumstances(session, sheet.order.distributor_id)
    lines = {row.line.sku_id: row.line for row in sheet.rows if row.line is not None}
    is_asked_for = not actor.may(Permission.ORDER_AMEND)
    sheet.change = changes.foresee(
        session, sheet.order, lines, terms, known, sheet.wanted, day, is_asked_for=is_asked_for
    )
    sheet.reasons = sheet.change.reasons
    steps = {step.sku_id: step for step in sheet.change.steps}
    for row in sheet.rows:
        row.step = steps.get(row.sku.id)
    _tell(sheet, sheet.change.problems)


def _tell(sheet: Sheet, problems: Sequence[Mapping[str, Any]]) -> None:
    rows = {row.sku.code: row for row in sheet.rows}
    for problem in problems:
        row = rows.get(str(problem.get("sku", "")))
        if row is None:
            sheet.faults.append(_problem(problem, "", 1))
        else:
            row.error = row.error or _problem(problem, row.unit, row.sku.order_factor)


def _problem(problem: Mapping[str, Any], unit: str, factor: int) -> str:
    code = str(problem["code"])
    if code == "amendment.under_way":
        return gettext("Shipped in part already; what is left can only be cancelled")
    if code == "amendment.nothing_left":
        return gettext("Nothing would be left; please cancel the order instead")
    if code == "sku.not_visible":
        return gettext("No longer available to this distributor")
    if code == "sku.no_price":
        return gettext("No price for this distributor today")
    if code == "sku.below_moq":
        return gettext("Sold from %(least)s on", least=counted(problem["moq"], unit))
    if code == "sku.off_multiple":
        return gettext("Sold in steps of %(each)s", each=counted(problem["multiple"], unit))
    if code == "stock.short":
        return gettext("At most %(left)s are there", left=counted(problem["available"] // factor, unit))
    return code


def _step_buttons(rows: Sequence[Row], given: Mapping[str, str]) -> None:
    """Less and more: by the multiple, from nothing to the least quantity and back."""
    for name, sign in (("less", -1), ("more", 1)):
        key = asked.whole(given.get(name, ""))
        row = next((each for each in rows if each.sku.id == key and not each.is_locked), None)
        number = _number(row.typed) if row is not None else None
        if row is None or number is None:
            continue
        wanted = number + sign * row.sku.multiple
        if wanted < row.sku.moq:
            wanted = row.sku.moq if sign > 0 else 0
        row.typed = str(min(max(wanted, 0), LARGEST))


def _number(said: str) -> int | None:
    number = parse_number(said)
    if number is None or number != int(number) or not 0 <= number <= LARGEST or "." in said:
        return None
    return int(number)
