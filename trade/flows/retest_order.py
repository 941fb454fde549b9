from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors import queries as distributors
from trade.notices import outbox
from trade.orders import intake, picking, queries
from trade.orders.intake import Intake, Need
from trade.orders.models import OrderLine


def retest_order(session: Session, actor: Actor, order_id: int) -> None:
    """Try again to take credit and stock for a held order, at its frozen prices; it stays held if it must."""
    order, known = queries.get_to_take(session, actor, order_id)
    if order.approval_state != "held":
        return
    now = clock.now()
    day = clock.business_date(now)
    terms = distributors.terms_of(session, order.distributor_id, day)
    picked = picking.lines(session, order.id, terms, day)
    reasons = [reason for reason in order.reasons if not reason["code"].startswith(("credit.", "stock."))]
    taken = intake.try_again(
        session,
        actor,
        Intake(
            order=order,
            version=order.version,
            gross=order.gross,
            needs=[
                Need(
                    each.line.id,
                    each.line.line_no,
                    each.sku.id,
                    each.sku.code,
                    each.line.base_quantity,
                    each.available,
                )
                for each in picked
            ],
            reasons=reasons,
            back_order_policy=terms.back_order_policy,
            territory_ids=terms.territory_ids,
            now=now,
            settings=known.settings,
            free=picked[0].free if picked else None,
        ),
    )
    if taken.state == "held":
        return
    rows = [{"id": each.line.id, "reserved": taken.reserved.get(each.line.id, 0)} for each in picked]
    session.execute(update(OrderLine), rows)
    outbox.post(session, f"order.{taken.state}", order_id=order.id)
