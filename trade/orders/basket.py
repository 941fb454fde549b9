"""A cart as it stands: its lines at today's prices, and what submitting it would answer. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.catalog.models import Sku
from trade.credit import queries as credit
from trade.credit.queries import Standing
from trade.distributors.queries import Terms
from trade.errors import Refused
from trade.money import ZERO, rounded
from trade.orders import advance, deliveries, picking, pricing, review
from trade.orders.benefits import Benefit, nearest
from trade.orders.circumstances import Circumstances, circumstances
from trade.orders.models import Order
from trade.orders.pricing import Priced
from trade.pricing import queries as prices
from trade.pricing.rules import Price, Row, price

Outcome = Literal["empty", "refused", "held", "pending", "approved"]
Reason = Mapping[str, Any]
Prices = Mapping[int, Sequence[Row]]  # by SKU id


@dataclass(frozen=True)
class Outlook:
    """What submitting would answer now, by the table of states; `problems` by line id."""

    outcome: Outcome
    reasons: Sequence[Reason]
    problems: Mapping[int, Sequence[Reason]]
    waiting: Mapping[int, int]  # by line id, base units that come later
    over: Decimal  # by how much the limit would be exceeded
    gross: Decimal
    net: Decimal
    tax: Decimal
    saved: Decimal  # against the list price
    standing: Standing | None

    @property
    def available_after(self) -> Decimal:
        """What would be left of the credit; below zero when over."""
        return (self.standing.available if self.standing else ZERO) - self.gross


@dataclass(frozen=True)
class Part:
    """What goes to one place of a cart, an order of its own on submission, with its own outlook."""

    delivery_no: int
    lines: Sequence[Priced]
    outlook: Outlook


@dataclass(frozen=True)
class Goods:
    """A SKU of a cart with its lines, one for each place it goes to."""

    sku: Sku
    lines: Sequence[Priced]

    @property
    def quantity(self) -> int:
        return sum(line.picked.line.quantity for line in self.lines)

    @property
    def gross(self) -> Decimal:
        return pricing.total(self.lines)


@dataclass(frozen=True)
class Basket:
    """A cart or a returned order with its outlook; `shelf` are the prices of further SKUs, by id.

    `parts` are the orders that it becomes, in their sequence; `apart` is by SKU id what splitting it costs more.
    """

    order: Order | None
    terms: Terms
    lines: Sequence[Priced]
    outlook: Outlook
    benefit: Benefit | None
    shelf: Mapping[int, Price | None]
    parts: Sequence[Part] = ()
    apart: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def quantities(self) -> dict[int, int]:
        """By SKU id, what lies in it over all places, in order units."""
        return _summed(self.lines)

    @property
    def goods(self) -> list[Goods]:
        """Every SKU once, as they were added."""
        own: dict[int, list[Priced]] = {}
        for line in sorted(self.lines, key=lambda each: each.picked.line.line_no):
            own.setdefault(line.picked.sku.id, []).append(line)
        return [Goods(lines[0].picked.sku, lines) for lines in own.values()]

    @property
    def largest(self) -> dict[int, int]:
        """By SKU id, the most that goes to one place: breaks count per order."""
        return _largest(self.lines)


def load(
    session: Session,
    actor: Actor,
    terms: Terms,
    day: date,
    *,
    order_id: int | None = None,
    shelf: Sequence[Sku] = (),
) -> Basket:
    """The actor's cart, or an order that is being corrected, with its outlook, in four statements."""
    order, picked = picking.order_with_lines(session, actor, terms, day, order_id)
    if order is None and order_id is not None:
        raise Refused("order.not_found")
    if order is not None and order.registration_id is not None:
        terms = replace(terms, registration_id=order.registration_id)
    skus = {each.sku.id: each.sku for each in picked} | {sku.id: sku for sku in shelf}
    rows = prices.rows_for(session, terms, list(skus.values()), day)
    standing = credit.standing_of(session, actor, terms.distributor_id, day)
    known = circumstances(session, terms.distributor_id)
    parts = foresee(terms, pricing.priced_from(terms, picked, rows, day), standing, known)
    lines = [line for part in parts for line in part.lines]
    largest, quantities = _largest(lines), _summed(lines)
    asked = {sku.id: prices.asked(sku, terms, largest.get(sku.id, 0), day) for sku in shelf}
    return Basket(
        order=order,
        terms=terms,
        lines=lines,
        outlook=_together(parts, standing),
        benefit=_nearest(lines, quantities),
        shelf={sku_id: price(wanted, rows[sku_id]) for sku_id, wanted in asked.items()},
        parts=parts,
        apart=_apart(terms, lines, quantities, rows, day),
    )


def foresee(
    terms: Terms, lines: Sequence[Priced], standing: Standing | None, known: Circumstances
) -> list[Part]:
    """Ask for each order of a cart, in the sequence in which they are taken, what submitting would answer.

    An order that is held leaves credit and goods to those after it. An empty cart is one empty part.
    """
    parts: list[Part] = []
    promised: dict[int, int] = {}
    for delivery_no, own in deliveries.by_place(lines) or [(deliveries.FIRST, [])]:
        left = deliveries.after_others(own, promised)
        outlook = _outlook(terms, left, standing, known)
        parts.append(Part(delivery_no, left, outlook))
        is_held = outlook.outcome == "held"
        if standing is not None and not is_held:
            standing = standing.with_order(outlook.gross, _in_advance(terms, outlook.gross))
        if not is_held or terms.back_order_policy == "refuse":
            promised = deliveries.promised_with(promised, left, terms.back_order_policy)
    return parts


def _outlook(
    terms: Terms, lines: Sequence[Priced], standing: Standing | None, known: Circumstances
) -> Outlook:
    gross = pricing.total(lines)
    problems = _problems(terms, lines)
    blocked = _blocked(standing, gross, _in_advance(terms, gross))
    reasons = [*blocked, *review.reasons(lines, known, terms.currency)]
    outcome: Outcome = "approved"
    if not lines:
        outcome = "empty"
    elif problems or standing is None or terms.status != "active":
        outcome = "refused"
    elif reasons:
        outcome = "held" if blocked else "pending"
    over = gross - standing.available if standing else ZERO
    net = sum((line.price.net for line in lines if line.price), ZERO)
    return Outlook(
        outcome=outcome,
        reasons=reasons if lines else [],
        problems=problems,
        waiting=_waiting(terms, lines),
        over=max(over, ZERO),
        gross=gross,
        net=net,
        tax=gross - net,
        saved=sum((_saved(line) for line in lines), ZERO),
        standing=standing,
    )


def _together(parts: Sequence[Part], standing: Standing | None) -> Outlook:
    """What all orders of a cart come to; where they differ, the answer that asks most of the buyer."""
    outlooks = [part.outlook for part in parts]
    if len(outlooks) == 1:
        return outlooks[0]
    gross = sum((each.gross for each in outlooks), ZERO)
    worst: tuple[Outcome, ...] = ("refused", "held", "pending", "approved")
    reasons: dict[str, Reason] = {}
    for reason in (reason for each in outlooks for reason in each.reasons):
        reasons.setdefault(reason["code"], reason)
    return Outlook(
        outcome=next(word for word in worst if any(each.outcome == word for each in outlooks)),
        reasons=list(reasons.values()),
        problems={line_id: each for outlook in outlooks for line_id, each in outlook.problems.items()},
        waiting={line_id: late for outlook in outlooks for line_id, late in outlook.waiting.items()},
        over=max(gross - standing.available, ZERO) if standing else ZERO,
        gross=gross,
        net=sum((each.net for each in outlooks), ZERO),
        tax=sum((each.tax for each in outlooks), ZERO),
        saved=sum((each.saved for each in outlooks), ZERO),
        standing=standing,
    )


def _summed(lines: Sequence[Priced]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.picked.sku.id] = sums.get(line.picked.sku.id, 0) + line.picked.line.quantity
    return sums


def _largest(lines: Sequence[Priced]) -> dict[int, int]:
    most: dict[int, int] = {}
    for line in lines:
        most[line.picked.sku.id] = max(most.get(line.picked.sku.id, 0), line.picked.line.quantity)
    return most


def _nearest(lines: Sequence[Priced], quantities: Mapping[int, int]) -> Benefit | None:
    """The nearest break that a few more at the first place bring, with the sum that the cart then holds."""
    found = nearest([line for line in lines if line.picked.line.delivery_no == deliveries.FIRST])
    return replace(found, quantity=quantities[found.sku.id] + found.more) if found is not None else None


def _apart(
    terms: Terms, lines: Sequence[Priced], quantities: Mapping[int, int], rows: Prices, day: date
) -> dict[int, Decimal]:
    """By SKU id, what it costs more in several orders than in one, where one would reach a better break."""
    own: dict[int, list[Priced]] = {}
    for line in lines:
        own.setdefault(line.picked.sku.id, []).append(line)
    found: dict[int, Decimal] = {}
    for sku_id, mine in ((sku_id, each) for sku_id, each in own.items() if len(each) > 1):
        sku = mine[0].picked.sku
        whole = price(prices.asked(sku, terms, quantities[sku_id], day), rows[sku_id])
        extra = pricing.total(mine) - whole.gross if whole else ZERO
        if whole and extra > 0 and any(line.price and line.price.price > whole.price for line in mine):
            found[sku_id] = extra
    return found


def _in_advance(terms: Terms, gross: Decimal) -> Decimal:
    return advance.wanted(gross, advance.percent(terms.terms, terms.advance_percent))


def _blocked(standing: Standing | None, gross: Decimal, before: Decimal) -> list[Reason]:
    """Why credit would not be taken: a block, then what is to be paid `before`, then the limit, as at submission."""
    if standing is None:
        return []
    if standing.blocked_reason:
        return [{"code": f"credit.{standing.blocked_reason}"}]
    if before and standing.free < before:
        missing = before - max(standing.free, ZERO)
        return [{"code": "credit.unpaid", "missing": str(missing), "currency": standing.currency}]
    if before and before == gross:
        return []
    over = gross - standing.available
    return (
        [{"code": "credit.over_limit", "over": str(over), "currency": standing.currency}] if over > 0 else []
    )


def _problems(terms: Terms, lines: Sequence[Priced]) -> dict[int, Sequence[Reason]]:
    """What must change before it can be ordered: the lines' own problems, else what is short."""
    own = {line.picked.line.id: line.problems for line in lines if line.problems}
    if terms.back_order_policy != "refuse":
        return own
    short: dict[int, Sequence[Reason]] = {}
    for line in lines:
        wanted = review.need(line)
        if wanted.available < wanted.quantity and wanted.line_id not in own:
            left = max(wanted.available, 0)
            short[wanted.line_id] = [{"code": "stock.short", "sku": wanted.sku_code, "available": left}]
    return own | short


def _waiting(terms: Terms, lines: Sequence[Priced]) -> dict[int, int]:
    """By line id, the base units that would come later, for a distributor that waits for goods."""
    if terms.back_order_policy == "refuse":
        return {}
    late: dict[int, int] = {}
    for line in lines:
        wanted = review.need(line)
        left = max(wanted.available, 0)
        if left < wanted.quantity:
            late[wanted.line_id] = wanted.quantity - (left if terms.back_order_policy == "partial" else 0)
    return late


def _saved(line: Priced) -> Decimal:
    """What the line costs less than at the list price, where both are of the same unit and basis."""
    found = line.price
    if found is None or found.list_price is None or found.list_price <= found.price or found.price == 0:
        return ZERO
    return rounded(found.gross * (found.list_price - found.price) / found.price)
