from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors.behalf import note_end
from trade.errors import Refused
from trade.people import sessions


@dataclass(frozen=True)
class Ending:
    """The browser in which somebody goes back to their own role."""

    membership_id: int
    old_token: str
    address: str
    user_agent: str


def end_behalf(session: Session, actor: Actor, given: Ending) -> str:
    """Go back to one's own role, under a new token, which is returned."""
    if actor.person_id is None or actor.on_behalf_of is None:
        raise Refused("behalf.not_found")
    now = clock.now()
    factor = sessions.end_token(session, given.old_token, now)
    note_end(session, actor, "ended")
    return sessions.open_session(
        session, actor.person_id, given.membership_id, given.address, given.user_agent, now, factor=factor
    )


def lose_behalf(session: Session, actor: Actor, lost: tuple[int, int]) -> None:
    """Close what a lost right or scope has ended already, so that it does not come back: session and distributor."""
    session_id, distributor_id = lost
    sessions.end_behalf(session, session_id)
    note_end(session, replace(actor, on_behalf_of=distributor_id), "lost")
