from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.distributors import members
from trade.errors import Refused
from trade.people import sessions


@dataclass(frozen=True)
class Device:
    person_id: int
    session_id: int


def revoke_session(session: Session, actor: Actor, given: Device) -> None:
    """Sign one browser out, one's own or that of somebody whom one manages: a phone that was lost."""
    person_id = given.person_id
    if person_id != actor.person_id:
        person_id = members.get_managed(session, actor, person_id).id
    if not sessions.end_one(session, person_id, given.session_id, clock.now()):
        raise Refused("session.not_found")
    audit.record(session, actor, "session.revoked", {}, subject="person", subject_id=person_id)


def revoke_others(session: Session, actor: Actor, session_id: int) -> int:
    """Sign oneself out everywhere but here, and say in how many browsers."""
    if actor.person_id is None:
        raise Refused("access.login_needed")
    count = sessions.end_others(session, actor.person_id, session_id, clock.now())
    facts = {"count": count}
    audit.record(
        session, actor, "session.others_revoked", facts, subject="person", subject_id=actor.person_id
    )
    return count
