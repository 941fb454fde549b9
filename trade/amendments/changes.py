"""Changing an approved order before it is shipped: re-priced and re-tested, and all of it or nothing.

What is not changed keeps its frozen price; what is changed or added is priced today. A line of which anything was
shipped or cancelled stays as it is: its rest can be cancelled. A line taken out is a line cancelled, so that the
order still shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.amendments.models import Amendment, AmendmentLine
from trade.credit import ledger
from trade.credit.ledger import Hold
from trade.db import insert_many
from trade.distributors.queries import Terms, terms_of, within
from trade.errors import Refused
from trade.inventory.rules import Want
from trade.inventory.stock import Deed
from trade.money import ZERO
from trade.orders import advance, allocation, picking, pricing, queries, refusals, states
from trade.orders.circumstances import Circumstances
from trade.orders.models import Order, OrderLine
from trade.orders.picking import Picked
from trade.orders.pricing import Priced
from trade.registrations import ending
from trade.registrations.models import Registration

Reason = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """What becomes of one SKU, in its order unit; without `line` it is added, without `priced` taken out."""

    sku_id: int
    sku_code: str
    sku_name: str
    unit: str
    line: OrderLine | None
    priced: Priced | None
    quantity_before: int
    quantity_after: int

    @property
    def gross_before(self) -> Decimal:
        return self.line.gross - self.line.cancelled_gross if self.line is not None else ZERO

    @property
    def gross_after(self) -> Decimal:
        found = self.priced.price if self.priced is not None else None
        return found.gross if found is not None else ZERO

    @property
    def price_before(self) -> Decimal | None:
        return self.line.price if self.line is not None and self.quantity_before else None

    @property
    def price_after(self) -> Decimal | None:
        found = self.priced.price if self.priced is not None else None
        return found.price if found is not None else None

    @property
    def missing(self) -> int:
        """Base units that it still needs beyond what its line has reserved."""
        wanted = self.quantity_after * self.priced.picked.sku.order_factor if self.priced is not None else 0
        return wanted - (self.line.reserved if self.line is not None else 0)


@dataclass(frozen=True)
class Change:
    """An amendment as it would be applied now."""

    steps: Sequence[Step]
    problems: Sequence[Reason]  # what forbids it, per line
    reasons: Sequence[Reason]  # why a person must decide
    gross_before: Decimal  # what is due of the order
    gross_after: Decimal
    day: date  # on which it was priced

    @property
    def delta(self) -> Decimal:
        return self.gross_after - self.gross_before


def get_for(session: Session, actor: Actor, amendment_id: int) -> Amendment:
    """The amendment, if its order lies within the actor's scope."""
    amendment = session.scalar(
        select(Amendment)
        .join(Order, Order.id == Amendment.order_id)
        .where(Amendment.id == amendment_id, within(actor, Order.distributor_id), queries.readable(actor))
    )
    if amendment is None:
        raise Refused("amendment.not_found")
    return amendment


def find_pending(session: Session, order_id: int) -> Amendment | None:
    """The change of an order that waits for a decision; there is one at most."""
    return session.scalar(
        select(Amendment).where(Amendment.order_id == order_id, Amendment.state == "pending")
    )


def lines_of(session: Session, amendment_id: int) -> Sequence[AmendmentLine]:
    wanted = select(AmendmentLine).where(AmendmentLine.amendment_id == amendment_id)
    return session.scalars(wanted.order_by(AmendmentLine.id)).all()


def terms_for(session: Session, order: Order, day: date) -> Terms:
    """By what an order is changed on a day: what its distributor is, and what was agreed for a customer it holds."""
    terms = terms_of(session, order.distributor_id, day, order.address_id)
    if order.registration_id is None:
        return terms
    registration = session.get(Registration, order.registration_id)
    is_held = registration is not None and ending.is_held(session, registration, day)
    return replace(terms, registration_id=order.registration_id) if is_held else terms


def foresee(
    session: Session,
    order: Order,
    lines: Mapping[int, OrderLine],
    terms: Terms,
    known: Circumstances,
    wanted: Mapping[int, int],
    day: date,
    *,
    is_asked_for: bool = False,
) -> Change:
    """What these quantities by SKU id would make of an order with its lines by SKU id; reads only.

    `is_asked_for` says that the distributor asks, which the brand has to grant.
    """
    changed = {
        sku_id: quantity for sku_id, quantity in wanted.items() if quantity != standing(lines.get(sku_id))
    }
    picked = picking.skus(session, order, terms, changed, lines, day)
    unknown = {sku_id for sku_id, quantity in changed.items() if quantity and sku_id not in picked}
    if unknown:
        raise Refused("sku.not_found")
    kept = [each for sku_id, each in picked.items() if changed[sku_id]]
    priced = {each.picked.sku.id: each for each in pricing.priced(session, terms, kept, day)}
    steps = [_step(sku_id, changed[sku_id], lines.get(sku_id), picked, priced) for sku_id in changed]
    before = sum((line.gross - line.cancelled_gross for line in lines.values()), ZERO)
    after = before + sum((step.gross_after - step.gross_before for step in steps), ZERO)
    reasons: list[Reason] = [{"code": "amendment.asked_for"}] if is_asked_for and steps else []
    above = known.settings["order.approve_above"]
    if after > before and after > Decimal(above):
        large = {"amount": str(after), "above": above, "currency": order.currency}
        reasons.append({"code": "order.large", **large})
    outside = [step.sku_code for step in steps if step.priced and not step.priced.picked.is_authorised]
    if outside:
        reasons.append({"code": "order.unauthorised", "skus": outside})
    return Change(steps, _problems(terms, steps, lines), reasons, before, after, day)


def apply(
    session: Session, actor: Actor, order: Order, version: int, terms: Terms, change: Change, reason: str
) -> None:
    """Make the change: credit by its difference, goods by theirs, lines with their new prices, one event.

    Raises Refused when credit or goods do not suffice; then nothing was changed.
    """
    facts = {
        "reason": reason,
        "before": str(change.gross_before),
        "after": str(change.gross_after),
        "lines": [told(step) for step in change.steps],
    }
    sums = _sums(change.steps)
    values = {name: getattr(order, name) + more for name, more in sums.items()}
    source = states.move(session, actor, order, "amend", version, facts=facts, **values)
    _move_credit(session, order, change, source)
    deed = Deed(source, order.id)
    less = [step for step in change.steps if step.line is not None and step.missing < 0]
    allocation.lower(
        session, deed, {step.line.id: (step.sku_id, -step.missing) for step in less if step.line}
    )
    ids = _write_lines(session, order, change.steps)
    _reserve_more(session, deed, terms, change.steps, ids)


def remember(
    session: Session, actor: Actor, order: Order, change: Change, reason: str, state: str
) -> Amendment:
    """Keep what an amendment asks for, applied or waiting."""
    amendment = Amendment(
        order_id=order.id,
        state=state,
        reason=reason,
        gross_before=change.gross_before,
        gross_after=change.gross_after,
        reasons=[dict(each) for each in change.reasons],
        person_id=actor.person_id,
        on_behalf_of=actor.on_behalf_of,
    )
    session.add(amendment)
    session.flush()
    write_steps(session, amendment, change)
    return amendment


def write_steps(session: Session, amendment: Amendment, change: Change) -> None:
    """Keep the lines of an amendment."""
    insert_many(
        session, AmendmentLine, [{"amendment_id": amendment.id, **_kept(step)} for step in change.steps]
    )


def close(session: Session, amendment: Amendment, state: str, version: int, at: Any) -> None:
    """End a waiting amendment, compare-and-set."""
    won = (
        update(Amendment)
        .where(Amendment.id == amendment.id, Amendment.state == "pending", Amendment.version == version)
        .values(state=state, version=version + 1, closed_at=at)
        .returning(Amendment.id)
    )
    if session.scalar(won.execution_options(synchronize_session=False)) is None:
        raise Refused("amendment.changed_meanwhile")


def told(step: Step) -> dict[str, Any]:
    """A step as the timeline keeps it."""
    return {
        "sku": step.sku_code,
        "name": step.sku_name,
        "unit": step.unit,
        "before": step.quantity_before,
        "after": step.quantity_after,
        "gross_before": str(step.gross_before),
        "gross_after": str(step.gross_after),
    }


def standing(line: OrderLine | None) -> int:
    """How many order units of a line stand: none where it was taken out."""
    return 0 if line is None or line.cancelled == line.base_quantity else line.quantity


def _step(
    sku_id: int,
    quantity: int,
    line: OrderLine | None,
    picked: Mapping[int, Picked],
    priced: Mapping[int, Priced],
) -> Step:
    sku = picked[sku_id].sku if sku_id in picked else None
    return Step(
        sku_id=sku_id,
        sku_code=(line.sku_code if line else None) or (sku.code if sku else ""),
        sku_name=(line.sku_name if line else None) or (sku.name if sku else ""),
        unit=sku.order_unit if sku else line.unit if line else "",
        line=line,
        priced=priced.get(sku_id) if quantity else None,
        quantity_before=standing(line),
        quantity_after=quantity,
    )


def _problems(terms: Terms, steps: Sequence[Step], lines: Mapping[int, OrderLine]) -> list[Reason]:
    """What forbids the change: a line under way, what no order may have, and goods that are not there."""
    found: list[Reason] = []
    for step in steps:
        if step.line is not None and _is_under_way(step.line):
            found.append({"code": "amendment.under_way", "sku": step.sku_code})
        elif step.priced is not None:
            found += step.priced.problems
            short = step.missing > step.priced.picked.available
            if short and not step.priced.problems and terms.back_order_policy == "refuse":
                left = max(step.priced.picked.available, 0) + (step.line.reserved if step.line else 0)
                found.append({"code": "stock.short", "sku": step.sku_code, "available": left})
    after = {step.sku_id: step.quantity_after for step in steps}
    if (
        steps
        and not any(after.get(sku_id, standing(line)) for sku_id, line in lines.items())
        and not any(after.values())
    ):
        found.append({"code": "amendment.nothing_left"})
    return found


def _is_under_way(line: OrderLine) -> bool:
    return line.shipped > 0 or 0 < line.cancelled < line.base_quantity


def _sums(steps: Sequence[Step]) -> dict[str, Decimal]:
    """What the order's gross, net and tax gain; a line taken out keeps its amounts and counts as cancelled."""
    sums = {"gross": ZERO, "net": ZERO, "tax": ZERO}
    for step in steps:
        found = step.priced.price if step.priced is not None else None
        if found is None:
            continue
        for name in sums:
            before = getattr(step.line, name) if step.line is not None else ZERO
            sums[name] += getattr(found, name) - before
    return sums


def _move_credit(session: Session, order: Order, change: Change, source: str) -> None:
    delta = change.delta
    if not delta:
        return
    left = _left_earmarked(session, order, change)
    kept = left - order.earmarked
    hold = Hold(
        order.distributor_id,
        order.legal_entity_id,
        order.id,
        abs(delta),
        source,
        change.day,
        advance=abs(kept),
    )
    if delta < 0:
        ledger.give_back(session, hold)
    else:
        answer = ledger.take(session, hold, change.day)
        if not answer.is_taken:
            raise _refused(order, answer)
    if kept:
        advance.keep(session, order.id, left)


def _left_earmarked(session: Session, order: Order, change: Change) -> Decimal:
    """The money that is to be kept for an order in advance when it is changed."""
    if not order.advance_percent:
        return ZERO
    shipped = select(func.coalesce(func.sum(OrderLine.shipped_gross), 0)).where(
        OrderLine.order_id == order.id
    )
    open_after = change.gross_after - session.scalars(shipped).one()
    return advance.left_after(order, order.gross - open_after)


def _refused(order: Order, answer: ledger.Answer) -> Refused:
    words = {"blocked": "amendment.blocked", "unpaid": "amendment.unpaid"}
    code = words.get(answer.outcome, "amendment.over_limit")
    over = answer.missing or Decimal(answer.facts["over"])
    return Refused(code, keep=refusals.kept_with(order, answer), over=over, currency=order.currency)


def _write_lines(session: Session, order: Order, steps: Sequence[Step]) -> dict[int, int]:
    """Write the new quantities and frozen prices; answers line ids by SKU."""
    last = max((line.line_no for line in queries.lines_of(session, order.id)), default=0)
    changed, added = [], []
    for step in steps:
        if step.priced is None:
            line = step.line
            if line is not None:
                changed.append(
                    {"id": line.id, "cancelled": line.base_quantity, "cancelled_gross": line.gross}
                )
            continue
        values = pricing.frozen(step.priced) | {"quantity": step.quantity_after}
        if step.line is not None:
            changed.append(values | {"cancelled": 0, "cancelled_gross": ZERO})
        else:
            last += 1
            del values["id"]
            added.append({"order_id": order.id, "line_no": last, "sku_id": step.sku_id, **values})
    if changed:
        _settle(session, changed)
    insert_many(session, OrderLine, added)
    rows = session.execute(select(OrderLine.sku_id, OrderLine.id).where(OrderLine.order_id == order.id))
    return {sku_id: line_id for sku_id, line_id in rows}


def _settle(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows of two shapes, those that go on and those that are taken out."""
    for shape in sorted({tuple(sorted(row)) for row in rows}):
        session.execute(update(OrderLine), [dict(row) for row in rows if tuple(sorted(row)) == shape])


def _reserve_more(
    session: Session, deed: Deed, terms: Terms, steps: Sequence[Step], ids: Mapping[int, int]
) -> None:
    """Reserve what more is wanted, as the back-order policy says."""
    wants = [Want(ids[step.sku_id], step.sku_id, step.missing) for step in steps if step.missing > 0]
    if not wants:
        return
    is_partial = terms.back_order_policy == "partial"
    found = allocation.plan(session, wants, terms.territory_ids, is_partial=is_partial)
    if found.short and terms.back_order_policy == "refuse":
        codes = {ids[step.sku_id]: step.sku_code for step in steps}
        short = [
            {"code": "stock.short", "sku": codes[want.line_id], "available": found.free.of(want.sku_id)}
            for want in found.short
        ]
        raise Refused("order.lines_refused", lines=short)
    allocation.add(session, deed, found)


def _kept(step: Step) -> dict[str, Any]:
    return {
        "sku_id": step.sku_id,
        "unit": step.unit,
        "quantity_before": step.quantity_before,
        "quantity_after": step.quantity_after,
        "price_before": step.price_before,
        "price_after": step.price_after,
        "gross_before": step.gross_before,
        "gross_after": step.gross_after,
    }
