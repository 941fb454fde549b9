from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import opportunities, outbox
from trade.registrations import ending, queries, states


def mind_registration(session: Session, actor: Actor, registration_id: int) -> str:
    """Do to a registration what time and orders have made of it; answers what, or nothing.

    The day that decides is the one on which it was due, so a week in which nobody looked changes no date.
    """
    try:
        registration = queries.get_for(session, actor, registration_id, is_locked=True)
    except Refused:
        return ""
    figures, today = queries.figures(session), clock.today()
    if registration.state == "won":
        if ending.renew(session, actor, registration, figures):
            opportunities.follow(session, actor, registration)
            return "renew"
        until = registration.maintained_until
        holds = queries.holds_keys(session, registration)
        if holds and ending.reopen(session, actor, registration):
            opportunities.follow(session, actor, registration)
            outbox.post(session, "registration.reopened", registration_id=registration.id)
            return "reopen"
        if until is not None and until < today and holds:
            if ending.is_awaited(session, registration, today):
                return ""
            ending.finish(session, actor, registration)
            return "finish"
        return ""
    if registration.state != "live":
        return ""
    if ending.win(session, actor, registration, figures) is not None:
        outbox.post(session, "registration.won", registration_id=registration.id)
        opportunities.follow(session, actor, registration)
        return "win"
    found = ending.due_of(registration, figures, today)
    if found is None:
        return ""
    if found.action == "warn":
        states.move(session, actor, registration, "warn", registration.version, warned_on=today)
    elif ending.is_awaited(session, registration, today):
        return ""
    else:
        ending.end(session, actor, registration, found.action, found.day, figures)
        opportunities.follow(session, actor, registration)
    outbox.post(session, f"registration.{found.action}", registration_id=registration.id)
    return found.action


def remind_of_registration(session: Session, actor: Actor, registration_id: int) -> None:
    """Tell that the protection is over soon, while there is time to prolong it."""
    try:
        registration = queries.get_for(session, actor, registration_id)
    except Refused:
        return
    if registration.state == "live":
        outbox.post(session, "registration.ending", registration_id=registration.id)
