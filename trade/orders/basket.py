"""A cart as it stands: its lines at today's prices, and what submitting it would answer. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from trade.orders import picking, pricing, queries, review
from trade.orders.benefits import Benefit, nearest
from trade.orders.models import Order
from trade.orders.pricing import Priced
from trade.pricing import queries as prices
from trade.pricing.rules import Price, price

Outcome = Literal["empty", "refused", "held", "pending", "approved"]
Reason = Mapping[str, Any]


@dataclass(frozen=True)
class Outlook:
    """What submitting would answer now, by the table of trade-rules §5; `problems` by line id."""

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
class Basket:
    """A cart or a returned order with its outlook; `shelf` are the prices of further SKUs, by id."""

    order: Order | None
    terms: Terms
    lines: Sequence[Priced]
    outlook: Outlook
    benefit: Benefit | None
    shelf: Mapping[int, Price | None]

    @property
    def quantities(self) -> dict[int, int]:
        """By SKU id, what lies in it, in order units."""
        return {line.picked.sku.id: line.picked.line.quantity for line in self.lines}


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
    skus = {each.sku.id: each.sku for each in picked} | {sku.id: sku for sku in shelf}
    rows = prices.rows_for(session, terms, list(skus.values()), day)
    lines = pricing.priced_from(terms, picked, rows, day)
    in_cart = {line.picked.sku.id: line.picked.line.quantity for line in lines}
    asked = {sku.id: prices.asked(sku, terms, in_cart.get(sku.id, 0), day) for sku in shelf}
    return Basket(
        order=order,
        terms=terms,
        lines=lines,
        outlook=foresee(session, actor, terms, lines, day),
        benefit=nearest(lines),
        shelf={sku_id: price(wanted, rows[sku_id]) for sku_id, wanted in asked.items()},
    )


def foresee(session: Session, actor: Actor, terms: Terms, lines: Sequence[Priced], day: date) -> Outlook:
    """Ask what submitting asks, and write nothing; two statements."""
    standing = credit.standing_of(session, actor, terms.distributor_id, day)
    known = queries.circumstances(session, terms.distributor_id)
    gross = pricing.total(lines)
    problems = _problems(terms, lines)
    blocked = _blocked(standing, gross)
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


def _blocked(standing: Standing | None, gross: Decimal) -> list[Reason]:
    """Why credit would not be taken; a block comes before the limit, as at submission."""
    if standing is None:
        return []
    if standing.blocked_reason:
        return [{"code": f"credit.{standing.blocked_reason}"}]
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
