from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock, idempotency
from trade.actor import Actor
from trade.distributors.queries import Terms, refuse_paused
from trade.errors import Refused
from trade.notices import outbox, registrations
from trade.opportunities import queries as opportunities
from trade.orders import advance, deliveries, intake, picking, pricing, review, states
from trade.orders.circumstances import Circumstances, get_to_submit
from trade.orders.deliveries import Bound, Place
from trade.orders.delivery import Wanted, changes
from trade.orders.intake import Intake, Taken
from trade.orders.models import OrderLine
from trade.orders.pricing import Priced
from trade.orders.queries import Seen


@dataclass(frozen=True)
class Submission(Seen):
    """The cart as it was seen, with the total that stood on the page; a changed price is told, not charged.

    What was typed about the delivery is part of the same deed, so that a second tap finds the same version.
    """

    seen_gross: Decimal | None = None
    delivery: Wanted | None = None  # None: as it is stored
    further: Mapping[int, Place] = field(default_factory=dict)  # the same of the cart's further places


@dataclass(frozen=True)
class Receipt:
    """What submitting answered. `is_repeat` says that the same cart was submitted before; `numbers` are of all orders."""

    order_id: int
    number: str | None = None
    is_repeat: bool = False
    numbers: Sequence[str] = ()
    together_id: int | None = None  # by which all orders of a cart are found, where there are several


def submit_order(session: Session, actor: Actor, given: Submission) -> Receipt:
    """Turn the cart into an order: freeze it, take credit and stock, ask whom it must; a second tap changes nothing."""
    is_first = idempotency.is_first(session, f"submit-{given.order_id}-v{given.version}")
    now = clock.now()
    day = clock.business_date(now)
    cart = get_to_submit(session, actor, given.order_id, day, given.delivery)
    order = cart.order
    if not is_first:
        return Receipt(order.id, order.number, is_repeat=True, together_id=order.together_id)
    if order.version != given.version or order.approval_state not in states.EDITABLE:
        raise Refused("order.changed_meanwhile")
    delivery = changes(session, order, given.delivery, day)
    terms = cart.terms
    picked = picking.lines(session, order.id, terms, day)
    if order.registration_id is not None:
        registrations.refuse_foreign(session, actor, order.distributor_id, order.registration_id)
        opportunities.refuse_second(session, order)
        terms = replace(terms, registration_id=order.registration_id)
    lines = pricing.priced(session, terms, picked, day)
    _refuse(terms, lines, given)
    parts = deliveries.bound(session, order, given.version, terms, lines, delivery, given.further, day)
    intakes = [_intake(part, cart.known, now) for part in parts]
    if len(parts) == 1:
        taken = [intake.accept(session, actor, replace(intakes[0], free=picked[0].free))]
    else:
        taken = intake.accept_all(session, actor, intakes)
    _freeze_lines(session, parts, taken)
    for part, each in zip(parts, taken, strict=True):
        outbox.post(session, f"order.{each.state}", order_id=part.order.id)
    numbers = [part.order.number or "" for part in parts]
    return Receipt(order.id, order.number, numbers=numbers, together_id=order.together_id)


def _intake(part: Bound, known: Circumstances, now: datetime) -> Intake:
    """What one order of the cart asks for."""
    terms, lines = part.terms, part.lines
    needs = [review.need(line) for line in lines]
    day = clock.business_date(now)
    return Intake(
        order=part.order,
        version=part.version,
        gross=pricing.total(lines),
        needs=[replace(need, line_no=part.line_nos.get(need.line_id, need.line_no)) for need in needs],
        reasons=review.reasons(lines, known, terms.currency),
        back_order_policy=terms.back_order_policy,
        territory_ids=terms.territory_ids,
        now=now,
        settings=known.settings,
        advance_percent=advance.percent(terms.terms, terms.advance_percent),
        facts={**_header(terms, lines), **part.facts, "order_date": day, "submitted_at": now},
    )


def _refuse(terms: Terms, lines: Sequence[Priced], given: Submission) -> None:
    """Refuse what cannot be ordered, said per line; nothing is taken and the cart stays."""
    refuse_paused(terms.status)
    if not lines:
        raise Refused("order.empty")
    if terms.is_address_gone:
        raise Refused("order.address_gone", field="address")
    problems = [problem for line in lines for problem in line.problems]
    if problems:
        raise Refused("order.lines_refused", lines=problems)
    if given.seen_gross is not None and given.seen_gross != pricing.total(lines):
        after = pricing.total(lines)
        raise Refused("order.price_changed", before=given.seen_gross, after=after, currency=terms.currency)


def _header(terms: Terms, lines: Sequence[Priced]) -> dict[str, Any]:
    """The facts that submission freezes on the order."""
    net = sum((line.price.net for line in lines if line.price), Decimal(0))
    gross = pricing.total(lines)
    facts = {
        "distributor_code": terms.code,
        "distributor_name": terms.name,
        "tier_code": terms.tier_code,
        "tier_name": terms.tier_name,
        "channel_code": terms.channel_code,
        "territory_id": terms.territory_id,
        "territory_code": terms.territory_code,
        "rep_id": terms.rep_id,
        "rep_name": terms.rep_name,
        "terms": terms.terms,
        "terms_days": terms.terms_days,
        "advance_percent": advance.percent(terms.terms, terms.advance_percent),
        "ship_to": terms.ship_to,
        "ship_contact": terms.ship_contact,
        "ship_phone": terms.ship_phone,
        "invoice_title": terms.invoice_title,
        "currency": terms.currency,
        "gross": gross,
        "net": net,
        "tax": gross - net,
    }
    return facts


def _freeze_lines(session: Session, parts: Sequence[Bound], taken: Sequence[Taken]) -> None:
    """Write what the lines are from now on, each in the order that it became a part of; one statement."""
    rows = [
        pricing.frozen(line)
        | {"reserved": each.reserved.get(line.picked.line.id, 0)}
        | _whereabouts(part, line.picked.line.id)
        for part, each in zip(parts, taken, strict=True)
        for line in part.lines
    ]
    session.execute(update(OrderLine), rows)


def _whereabouts(part: Bound, line_id: int) -> dict[str, int]:
    if line_id not in part.line_nos:
        return {}
    return {"order_id": part.order.id, "line_no": part.line_nos[line_id], "delivery_no": deliveries.FIRST}
