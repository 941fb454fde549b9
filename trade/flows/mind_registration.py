from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import outbox, registrations
from trade.registrations import ending, queries


def mind_registration(session: Session, actor: Actor, registration_id: int) -> str:
    """Do to a registration what time and orders have made of it, and tell whom it concerns; answers what, or nothing."""
    try:
        registration = queries.get_for(session, actor, registration_id, is_locked=True)
    except Refused:
        return ""
    found = ending.settle(session, actor, registration, queries.figures(session), clock.today())
    if found:
        registrations.follow(session, actor, registration, found)
    return found


def remind_of_registration(session: Session, actor: Actor, registration_id: int) -> None:
    """Tell that the protection is over soon, while there is time to prolong it."""
    try:
        registration = queries.get_for(session, actor, registration_id)
    except Refused:
        return
    if registration.state == "live":
        outbox.post(session, "registration.ending", registration_id=registration.id)
