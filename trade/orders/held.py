"""A held order is tried again at its frozen prices: it is let go, or stays held for what stops it today."""

from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors import queries as distributors
from trade.money import ZERO
from trade.orders import intake, picking
from trade.orders.circumstances import Circumstances
from trade.orders.intake import Intake, Need, Taken
from trade.orders.models import Order, OrderLine


def try_again(
    session: Session, actor: Actor, order: Order, known: Circumstances, over: Decimal = ZERO
) -> Taken:
    """Take credit and stock for a held order, that is locked; `over` was approved beyond the limits for it."""
    now = clock.now()
    day = clock.business_date(now)
    terms = distributors.terms_of(session, order.distributor_id, day)
    picked = picking.lines(session, order.id, terms, day)
    reasons = [reason for reason in order.reasons if not reason["code"].startswith(("credit.", "stock."))]
    needs = [
        Need(
            each.line.id,
            each.line.line_no,
            each.sku.id,
            each.sku.code,
            each.line.base_quantity,
            each.available,
        )
        for each in picked
    ]
    taken = intake.try_again(
        session,
        actor,
        Intake(
            order=order,
            version=order.version,
            gross=order.gross,
            needs=needs,
            reasons=reasons,
            back_order_policy=terms.back_order_policy,
            territory_ids=terms.territory_ids,
            now=now,
            settings=known.settings,
            advance_percent=order.advance_percent,
            over=over,
            free=picked[0].free if picked else None,
        ),
    )
    if taken.state != "held":
        rows = [{"id": each.line.id, "reserved": taken.reserved.get(each.line.id, 0)} for each in picked]
        session.execute(update(OrderLine), rows)
    return taken
