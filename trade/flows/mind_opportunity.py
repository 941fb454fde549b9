from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import opportunities, outbox
from trade.opportunities import queries, rules


def mind_opportunity(session: Session, actor: Actor, opportunity_id: int) -> str:
    """Let an opportunity follow its registration and its orders; answers what came of it, or nothing."""
    try:
        _opportunity, registration = queries.take(session, actor, opportunity_id)
    except Refused:
        return ""
    return opportunities.follow(session, actor, registration)


def remind_of_opportunity(session: Session, actor: Actor, opportunity_id: int) -> str:
    """Tell whoever sells that the next step is due, or that nothing was done for long; answers which, or nothing."""
    try:
        opportunity = queries.get_for(session, actor, opportunity_id)
    except Refused:
        return ""
    today = clock.today()
    if opportunity.closed_on is not None:
        return ""
    what = ""
    if opportunity.next_on is not None and opportunity.next_on <= today:
        what = "due"
    elif rules.is_stale(opportunity.followed_on, opportunity.next_on, today, queries.figures(session)):
        what = "stale"
    if what:
        outbox.post(
            session,
            f"opportunity.{what}",
            opportunity_id=opportunity.id,
            registration_id=opportunity.registration_id,
        )
    return what
