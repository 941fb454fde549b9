"""What submitting answers, and what it takes: the step that submit and re-test share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock, numbers
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.credit import exceptions, ledger
from trade.credit.ledger import Hold
from trade.errors import Refused
from trade.inventory.queries import Free, look
from trade.inventory.rules import Want
from trade.inventory.stock import Deed
from trade.money import ZERO
from trade.orders import advance, allocation, states
from trade.orders.models import Order, OrderLine

Reason = Mapping[str, Any]


@dataclass(frozen=True)
class Need:
    """What one line wants: base units of a SKU, and how many of them are free as far as a look can tell."""

    line_id: int
    line_no: int
    sku_id: int
    sku_code: str
    quantity: int
    available: int


@dataclass(frozen=True)
class Intake:
    """An order about to be taken: its lines' needs, the reasons why a person must decide, and the frozen facts."""

    order: Order
    version: int
    gross: Decimal
    needs: Sequence[Need]
    reasons: Sequence[Reason]
    back_order_policy: str
    territory_ids: Sequence[int]  # whose warehouses go first
    now: datetime
    settings: Mapping[str, Any]
    advance_percent: int = 0  # of the gross, to be paid before
    over: Decimal = ZERO  # beyond the limits, as approved for this order
    facts: Mapping[str, Any] = field(default_factory=dict)  # columns that change with the move
    free: Free | None = None  # what was seen to be where; None: look when it is needed


@dataclass(frozen=True)
class Taken:
    """How it ended: approved, pending or held; `reserved` by line id."""

    state: str
    reasons: list[Reason]
    reserved: dict[int, int]


def accept(session: Session, actor: Actor, intake: Intake) -> Taken:
    """Take credit and stock, or hold the order and take nothing; never half.

    Raises Refused for lines that are short where the distributor does not wait for goods.
    """
    if short := shortage(intake):
        raise Refused("order.lines_refused", lines=short)
    answer = _take_credit(session, intake)
    return _clear(session, actor, intake) if answer.is_taken else _put_off(session, actor, intake, answer)


def accept_all(session: Session, actor: Actor, intakes: Sequence[Intake]) -> list[Taken]:
    """Take the orders of one cart in their sequence, all or none; a later one may be held while earlier ones pass.

    Credit of all, then goods of all, then their numbers: the global lock order holds over several orders too.
    """
    if short := [line for intake in intakes for line in shortage(intake)]:
        raise Refused("order.lines_refused", lines=short)
    answers = [_take_credit(session, intake) for intake in intakes]
    passing = [intake for intake, answer in zip(intakes, answers, strict=True) if answer.is_taken]
    skus = {need.sku_id for intake in passing for need in intake.needs}
    if skus:
        look(session, skus, passing[0].territory_ids, is_locked=True)
    kept = {intake.order.id: reserve(session, intake, _source(intake)) for intake in passing}
    return [
        _pass(session, actor, intake, *kept[intake.order.id])
        if answer.is_taken
        else _put_off(session, actor, intake, answer)
        for intake, answer in zip(intakes, answers, strict=True)
    ]


def try_again(session: Session, actor: Actor, intake: Intake) -> Taken:
    """Take what a held order needs, if it can be had now; otherwise it stays held for what stops it today."""
    short = shortage(intake)
    if short:
        stopping: Reason = {"code": "stock.short", "lines": short}
    else:
        answer = _take_credit(session, intake)
        if answer.is_taken:
            return _clear(session, actor, intake)
        stopping = _blocked(answer, intake.order.currency)
    reasons = [stopping, *intake.reasons]
    if reasons != intake.order.reasons:
        told = {"reasons": reasons}
        states.move(session, actor, intake.order, "hold", intake.version, facts=told, reasons=reasons)
    return Taken("held", reasons, {})


def give_back(session: Session, order: Order, source: str) -> None:
    """Give back all that an order holds of which nothing was shipped: its credit and its goods."""
    if not order.is_taken:
        return
    hold = Hold(
        order.distributor_id,
        order.legal_entity_id,
        order.id,
        order.gross,
        source,
        clock.today(),
        advance=order.earmarked,
    )
    ledger.give_back(session, hold)
    exceptions.end(session, [order.id])
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.reserved > 0))
    allocation.release(session, Deed(source, order.id), lines.all())
    session.execute(update(Order).where(Order.id == order.id).values(is_taken=False, earmarked=ZERO))


def shortage(intake: Intake) -> list[dict[str, Any]]:
    """The lines that are short, with what is there, where the distributor does not wait for goods."""
    if intake.back_order_policy != "refuse":
        return []
    return [_short(need, need.available) for need in intake.needs if need.available < need.quantity]


def reserve(session: Session, intake: Intake, source: str) -> tuple[dict[int, int], list[int]]:
    """Reserve what the back-order policy asks for; answers base units by line, and the lines that wait.

    `wait` takes a line whole or not at all, `partial` takes what is there.
    """
    wants = [Want(need.line_id, need.sku_id, need.quantity) for need in intake.needs]
    is_partial = intake.back_order_policy == "partial"
    found = allocation.plan(session, wants, intake.territory_ids, is_partial=is_partial, seen=intake.free)
    short = {want.line_id: found.free.of(want.sku_id) for want in found.short}
    if short and intake.back_order_policy == "refuse":
        lines = [_short(need, short[need.line_id]) for need in intake.needs if need.line_id in short]
        raise Refused("order.lines_refused", lines=lines)
    allocation.keep(session, Deed(source, intake.order.id), found)
    got = {need.line_id: allocation.total(found.shares, need.line_id) for need in intake.needs}
    return got, [need.line_no for need in intake.needs if need.line_id in short]


def _source(intake: Intake) -> str:
    """The source under which this move is booked; states.move answers the same."""
    return f"order-{intake.order.id}-v{intake.version + 1}"


def _number(session: Session, intake: Intake) -> dict[str, str]:
    """The order's number, drawn after every lock that others wait for; a corrected order keeps the one it has.

    What is written after it (the request, the move, the audit) locks only rows that nobody else has seen.
    """
    if intake.order.number is not None:
        return {}
    return {"number": numbers.draw(session, "SO", clock.business_date(intake.now))}


def _take_credit(session: Session, intake: Intake) -> ledger.Answer:
    day = clock.business_date(intake.now)
    return ledger.take(session, _hold(intake, day), day)


def _clear(session: Session, actor: Actor, intake: Intake) -> Taken:
    """Reserve the goods and either approve at once or ask those who must decide; credit is taken already."""
    return _pass(session, actor, intake, *reserve(session, intake, _source(intake)))


def _pass(
    session: Session, actor: Actor, intake: Intake, reserved: dict[int, int], waiting: list[int]
) -> Taken:
    """Approve what has its credit and goods, or ask those who must decide."""
    reasons = list(intake.reasons)
    earmarked = advance.wanted(intake.gross, intake.advance_percent)
    values = {**intake.facts, "reasons": reasons, "is_taken": True, "earmarked": earmarked}
    values |= _number(session, intake)
    if reasons:
        title = values.get("number") or intake.order.number or ""
        values["decide_by"] = kernel.open_request(session, actor, _ask(intake, reasons, title))
    facts = {"reasons": reasons, "waiting": waiting}
    action = "ask" if reasons else "accept"
    states.move(session, actor, intake.order, action, intake.version, facts=facts, **values)
    return Taken("pending" if reasons else "approved", reasons, reserved)


def _put_off(session: Session, actor: Actor, intake: Intake, answer: ledger.Answer) -> Taken:
    """Hold the order for want of credit; nothing is taken."""
    reasons = [_blocked(answer, intake.order.currency), *intake.reasons]
    values = {**intake.facts, **_number(session, intake), "reasons": reasons}
    states.move(session, actor, intake.order, "hold", intake.version, facts={"reasons": reasons}, **values)
    return Taken("held", reasons, {})


def _hold(intake: Intake, day: date) -> Hold:
    order = intake.order
    return Hold(
        order.distributor_id,
        order.legal_entity_id,
        order.id,
        intake.gross,
        _source(intake),
        day,
        advance=advance.wanted(intake.gross, intake.advance_percent),
        over=intake.over,
    )


def _blocked(answer: ledger.Answer, currency: str) -> Reason:
    code = f"credit.{answer.blocked_reason or answer.outcome}"
    return {"code": code, "currency": currency, **answer.facts}


def _short(need: Need, available: int) -> dict[str, Any]:
    return {
        "code": "stock.short",
        "line_id": need.line_id,
        "sku": need.sku_code,
        "available": max(available, 0),
    }


def _ask(intake: Intake, reasons: Sequence[Reason], title: str) -> Ask:
    order = intake.order
    return Ask(
        subject="order",
        subject_id=order.id,
        subject_version=intake.version + 1,
        distributor_id=order.distributor_id,
        amount=intake.gross,
        reasons=reasons,
        now=intake.now,
        title=title,
        decision_hours=int(intake.settings["order.decision_hours"]),
        escalation_hours=int(intake.settings["order.escalation_hours"]),
    )
