from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.registrations import following, queries
from trade.registrations.following import FollowUp


def follow_up_registration(session: Session, actor: Actor, given: FollowUp) -> int:
    """Write down a follow-up (跟进), which holds the customer for who keeps at it; answers its id."""
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    return following.follow_up(session, actor, registration, given)
