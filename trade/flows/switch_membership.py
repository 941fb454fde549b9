from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.distributors.behalf import note_end
from trade.errors import Refused
from trade.people import sessions
from trade.people.queries import memberships_of


@dataclass(frozen=True)
class Switch:
    membership_id: int
    old_token: str
    address: str
    user_agent: str


def switch_membership(session: Session, actor: Actor, switch: Switch) -> str:
    """Go on in another role or for another distributor, under a new token, which is returned."""
    if actor.person_id is None:
        raise Refused("access.login_needed")
    mine = {membership.id for membership, _ in memberships_of(session, actor.person_id)}
    if switch.membership_id not in mine:
        raise Refused("membership.not_found")
    now = clock.now()
    factor = sessions.end_token(session, switch.old_token, now)
    note_end(session, actor, "switched")
    facts = {"membership_id": switch.membership_id}
    audit.record(session, actor, "membership.switched", facts, subject="person", subject_id=actor.person_id)
    return sessions.open_session(
        session,
        actor.person_id,
        switch.membership_id,
        switch.address,
        switch.user_agent,
        now,
        factor=factor,
    )
