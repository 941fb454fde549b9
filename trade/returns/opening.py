"""Asking: for a return that somebody wants, and for what a receipt found short or damaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, numbers, settings
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.attachments.filing import Stored, file_under
from trade.db import insert_many
from trade.distributors.queries import hold_going
from trade.errors import Refused
from trade.money import ZERO
from trade.orders.models import Order
from trade.returns import queries, rules, states
from trade.returns.models import ReturnLine, ReturnReason, ReturnRequest
from trade.returns.queries import Left

MOST_PHOTOS = 6


@dataclass(frozen=True)
class Wanted:
    """What is asked for, in base units by order line, and what proves it."""

    reason: ReturnReason
    quantities: Mapping[int, int]
    remark: str = ""
    files: Sequence[Stored] = ()
    shipment_id: int | None = None


def open_request(session: Session, actor: Actor, order: Order, wanted: Wanted) -> int:
    """Add a request about an order that the caller holds locked, and put it to who decides; answers its id."""
    now = clock.now()
    hold_going(session, order.distributor_id)
    rules_now = settings.load(session, "return.")
    left = checked(session, actor, order, wanted, now, rules_now["return.window_days"])
    if wanted.reason.needs_photo and not wanted.files:
        raise Refused("return.photo_needed", field="photos")
    request = ReturnRequest(
        number=numbers.draw(session, "RT", clock.business_date(now)),
        distributor_id=order.distributor_id,
        order_id=order.id,
        shipment_id=wanted.shipment_id,
        reason_id=wanted.reason.id,
        is_missing=not wanted.reason.brings_goods,
        remark=wanted.remark,
        currency=order.currency,
        person_id=actor.person_id,
        on_behalf_of=actor.on_behalf_of,
        created_at=now,
    )
    session.add(request)
    session.flush()
    states.enter(session, actor, request, {"lines": len(wanted.quantities), "remark": wanted.remark})
    write_lines(session, request, left, wanted.quantities)
    for file in wanted.files:
        file_under(session, actor, "return", request.id, file)
    put_to_decision(session, actor, request, wanted, left, now, rules_now)
    return request.id


def checked(
    session: Session,
    actor: Actor,
    order: Order,
    wanted: Wanted,
    now: datetime,
    window_days: int,
    *,
    apart_from: int | None = None,
) -> dict[int, Left]:
    """What is left of each line, once it is sure that no line is asked for beyond it.

    The days for giving back bind the distributor; staff may ask for it later, and the approver sees when it came.
    """
    if not rules.takes_returns(order):
        raise Refused("return.not_of_this_order")
    if not wanted.quantities:
        raise Refused("return.nothing_asked")
    if len(wanted.files) > MOST_PHOTOS:
        raise Refused("return.too_many_photos", most=MOST_PHOTOS, field="photos")
    left = queries.left_of(session, order, window_days, now, apart_from=apart_from)
    is_missing = not wanted.reason.brings_goods
    for line_id, quantity in wanted.quantities.items():
        known = left.get(line_id)
        if known is None or quantity <= 0:
            raise Refused("return.not_of_this_order")
        most = known.missing if is_missing else known.goods
        if not is_within(quantity, most):
            raise Refused(
                "return.more_than_left", sku=known.line.sku_code, left=max(most, 0), field=f"line-{line_id}"
            )
        if known.is_late and not is_missing and actor.distributor_id is not None:
            raise Refused(
                "return.too_late", sku=known.line.sku_code, days=window_days, field=f"line-{line_id}"
            )
    return left


def last_of(session: Session, order_id: int, person_id: int | None) -> int:
    """What a person asked for last about an order."""
    mine = (ReturnRequest.order_id == order_id, ReturnRequest.person_id == person_id)
    found = select(ReturnRequest.id).where(*mine).order_by(ReturnRequest.id.desc()).limit(1)
    return session.scalars(found).one()


def is_within(quantity: int, left: int) -> bool:
    """The guard of every request: not more than was received and not yet asked for."""
    return quantity <= left


def write_lines(
    session: Session, request: ReturnRequest, left: Mapping[int, Left], quantities: Mapping[int, int]
) -> None:
    """Write what is asked for per line of the order."""
    rows = [
        {
            "request_id": request.id,
            "order_line_id": line_id,
            "sku_id": left[line_id].line.sku_id,
            "requested": quantity,
        }
        for line_id, quantity in sorted(quantities.items())
    ]
    insert_many(session, ReturnLine, rows)


def put_to_decision(
    session: Session,
    actor: Actor,
    request: ReturnRequest,
    wanted: Wanted,
    left: Mapping[int, Left],
    now: datetime,
    rules_now: Mapping[str, int],
) -> None:
    """Ask today's rep first, then as the policy says; nothing is held meanwhile, so a late answer closes nothing."""
    kernel.open_request(
        session,
        actor,
        Ask(
            subject="return",
            subject_id=request.id,
            subject_version=request.version,
            distributor_id=request.distributor_id,
            amount=expected(left, wanted.quantities),
            reasons=[{"code": "return.reason", "name": wanted.reason.name}],
            now=now,
            title=request.number,
            decision_hours=int(rules_now["return.decision_hours"]),
            escalation_hours=int(rules_now["return.escalation_hours"]),
        ),
    )


def expected(left: Mapping[int, Left], quantities: Mapping[int, int]) -> Decimal:
    """What would be credited if all of it were accepted now."""
    total = ZERO
    for line_id, quantity in quantities.items():
        line = left[line_id].line
        gone = line.returned + line.lost
        total += rules.worth(line.shipped_gross, line.shipped, quantity, gone, line.returned_gross)
    return total
