from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.distributors.queries import get_for
from trade.errors import Refused
from trade.people import sessions


@dataclass(frozen=True)
class Beginning:
    """For whom a member of staff begins to work, and the browser in which."""

    distributor_id: int
    membership_id: int
    old_token: str
    address: str
    user_agent: str


def begin_behalf(session: Session, actor: Actor, given: Beginning) -> str:
    """Let a member of staff work in the portal for one of its distributors, under a new token, which is returned."""
    if actor.person_id is None or actor.distributor_id is not None or not actor.may(Permission.ORDER_BEHALF):
        raise Refused("access.denied", keep={"distributor_id": given.distributor_id})
    distributor = get_for(session, actor, given.distributor_id)
    if distributor.is_closed:  # a cart that nobody may submit is not begun in somebody's name
        raise Refused("distributor.no_behalf")
    now = clock.now()
    factor = sessions.end_token(session, given.old_token, now)
    whom = replace(actor, on_behalf_of=distributor.id)
    audit.record(session, whom, "behalf.begun", {}, subject="distributor", subject_id=distributor.id)
    place = (actor.person_id, given.membership_id, given.address, given.user_agent, now)
    return sessions.open_session(session, *place, on_behalf_of=distributor.id, factor=factor)
