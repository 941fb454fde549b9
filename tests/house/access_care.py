"""What is looked after in the world of the walk: a change that waits, a note of the brand, and what their forms send."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, db
from trade.actor import Actor
from trade.amendments.models import Amendment
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.remark_order import NewRemark, remark_order
from trade.orders.models import Order, OrderLine

NOTE = "CANARY-AMONG-US"


def ask(order_id: int, version: int, buyer: Actor, rep: Actor) -> None:
    """The buyer wants one case more; the rep keeps a note to the order."""
    with db.read() as session:
        line = session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).one()
    wanted = {line.sku_id: line.quantity + 1}
    db.run(amend_order, buyer, NewAmendment(order_id, version, wanted, "多要一箱"))
    db.run(remark_order, rep, NewRemark(order_id, NOTE, is_note=True))


def objects(session: Session, home: int) -> dict[str, int]:
    rows = session.execute(
        select(Amendment.id, Order.distributor_id).join(Order, Order.id == Amendment.order_id)
    )
    return {("D1" if owner == home else "D2") + ".amendment": key for key, owner in rows}


def orders(session: Session) -> set[int]:
    """The orders of which a change waits."""
    return set(session.scalars(select(Amendment.order_id)))


def fields(route: str, version: str, known: Mapping[str, int]) -> dict[str, Any] | None:
    """What is sent about a change, a remark, a parcel's day; None for any other route."""
    if "<id:amendment_id>" in route:
        return {"version": "1", "decision": "approve", "comment": "行"}
    forms: dict[str, dict[str, Any]] = {
        "/amendment": {"version": version, "reason": "多要", f"q-{known['SQ5524']}": "15"},
        "/remarks": {"text": "请尽快", "kind": "remark"},
        "/nudge": {"version": version},
        "/signature": {"version": "1", "signed_on": clock.today().isoformat()},
    }
    return next((form for end, form in forms.items() if route.removesuffix("/preview").endswith(end)), None)
