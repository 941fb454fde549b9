from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor, Permission
from trade.broadcasts import queries, recipients
from trade.broadcasts.models import Broadcast
from trade.errors import Refused


@dataclass(frozen=True)
class Agreement:
    """The word of a distributor; `is_said` is the box that was ticked."""

    broadcast_id: int
    is_said: bool


def read_broadcast(session: Session, actor: Actor, broadcast_id: int) -> bool:
    """Note that somebody at a recipient has it before the eyes; staff who look in its place have not."""
    queries.get_received(session, actor, broadcast_id)
    if actor.on_behalf_of is not None:
        return False
    return recipients.note_read(session, actor, broadcast_id)


def acknowledge_broadcast(session: Session, actor: Actor, given: Agreement) -> None:
    """Say for one's company that it has read, or agrees; once, by its own people who have the right.

    After the last day it still counts, as late: the brand wants the word more than the date. What was recalled or
    superseded meanwhile, or has run out, is not acknowledged any more: nobody agrees to what does not hold. The row
    is held while this is written.
    """
    found = queries.get_received(session, actor, given.broadcast_id)
    if not actor.may(Permission.BROADCAST_ACKNOWLEDGE) or actor.on_behalf_of is not None:
        raise Refused("access.denied", keep={"broadcast_id": given.broadcast_id})
    if found.broadcast.demand == "none":
        raise Refused("broadcast.nothing_asked")
    if not given.is_said:
        raise Refused("broadcast.tick_needed", field="is_said")
    held = select(Broadcast).where(Broadcast.id == given.broadcast_id, recipients.is_asked())
    broadcast = session.scalar(held.with_for_update(read=True).execution_options(populate_existing=True))
    if broadcast is None:
        raise Refused("broadcast.holds_no_more")
    recipients.note_read(session, actor, broadcast.id)
    if not recipients.acknowledge(session, actor, broadcast):
        raise Refused("broadcast.acknowledged_already")
    facts = {"number": broadcast.number, "said": broadcast.demand, "distributor_id": actor.distributor_id}
    audit.record(
        session, actor, "broadcast.acknowledged", facts, subject="broadcast", subject_id=broadcast.id
    )
