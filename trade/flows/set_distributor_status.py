from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.distributors import queries as distributors
from trade.distributors.models import CreditGroup, Distributor
from trade.editing import record, take_turn
from trade.errors import Refused
from trade.notices import outbox
from trade.orders.models import Order

STATUSES = ("active", "suspended", "ended")


@dataclass(frozen=True)
class StatusChange:
    distributor_id: int
    version: int
    status: str
    reason: str


def set_distributor_status(session: Session, actor: Actor, given: StatusChange) -> None:
    """Pause, end or take up again the business with a distributor; nobody is left with open orders."""
    distributors.get_for(session, actor, given.distributor_id)
    version = take_turn(session, Distributor, given.distributor_id, given.version, ("status",))
    distributor = distributors.get_for(session, actor, given.distributor_id)
    if given.status not in STATUSES or given.status == distributor.status:
        raise Refused("distributor.status_same", field="status")
    if given.status == "ended":
        _refuse_open(session, distributor.id)
    elif distributor.status == "ended":
        _refuse_closed_group(session, distributor)
    before = distributor.status
    distributor.status, distributor.status_reason = given.status, given.reason
    session.flush()
    record(
        session,
        actor,
        "distributor.status_changed",
        Distributor,
        distributor.id,
        {"status": (before, given.status)},
        version=version,
        reason=given.reason,
    )
    topic = {"active": "distributor.resumed"}.get(given.status, f"distributor.{given.status}")
    outbox.post(session, topic, distributor_id=distributor.id, reason=given.reason)


def _refuse_open(session: Session, distributor_id: int) -> None:
    """What is promised is shipped or cancelled first."""
    waiting = Order.approval_state.in_(["pending", "held"])
    shipping = (Order.approval_state == "approved") & (Order.fulfilment != "complete")
    count = session.scalar(
        select(func.count()).where(Order.distributor_id == distributor_id, waiting | shipping)
    )
    if count:
        raise Refused("distributor.has_open_orders", count=count, field="status")


def _refuse_closed_group(session: Session, distributor: Distributor) -> None:
    """Nobody comes back into a credit group that was closed: it has no members."""
    wanted = select(CreditGroup).where(CreditGroup.id == distributor.credit_group_id).with_for_update()
    group = session.scalar(wanted.execution_options(populate_existing=True))
    if group is not None and group.archived_at is not None:
        raise Refused("distributor.group_closed", group=group.name, field="status")
