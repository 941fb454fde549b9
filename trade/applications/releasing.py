"""What an ended distributor holds against others: its customers are free again on the day on which it ends."""

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.notices import opportunities, outbox
from trade.opportunities import settling
from trade.registrations import asking, ending, intake, queries
from trade.registrations.models import Registration

ENDED = "distributor.ended"  # the rule that the decision record names


def release(session: Session, actor: Actor, distributor_id: int, reason: str) -> int:
    """Give every customer back that a locked distributor holds or asks for; answers how many were protected.

    What is protected goes to the public pool as any other release does, with history, decision record and a word to
    its representative, and the opportunity is closed with it. What waits for a person, or
    is corrected, is taken back with its request. What an order won stays won, and anybody may register it. Other
    drafts hold nothing and stay.
    """
    wanted = select(Registration).where(
        Registration.distributor_id == distributor_id,
        or_(
            Registration.state.in_(("submitted", "live", "won", "appealed")),
            Registration.returned_until.is_not(None),
        ),
    )
    locked = wanted.order_by(Registration.id).with_for_update().execution_options(populate_existing=True)
    figures, today, count = queries.figures(session), clock.today(), 0
    for each in session.scalars(locked).all():
        if each.state == "live":
            ending.win(session, actor, each, figures)
        if each.state == "live":
            ending.end(session, actor, each, "release", today, figures, reason=reason)
            intake.record(session, actor, each, "refused", ENDED, {"comment": reason})
            outbox.post(session, "registration.released", registration_id=each.id)
            count += 1
        elif each.state == "won":
            if queries.holds_keys(session, each):
                ending.finish(session, actor, each, today - timedelta(days=1))
                intake.record(session, actor, each, "refused", ENDED, {"comment": reason})
                count += 1
        else:
            asking.take_back(session, actor, each, each.version)
        _close_opportunity(session, actor, each, reason)
    return count


def _close_opportunity(session: Session, actor: Actor, registration: Registration, reason: str) -> None:
    """Won by its order if there is one, else closed, also where the customer itself was won long ago."""
    opportunities.follow(session, actor, registration)
    still = settling.find_open(session, registration.id, is_locked=True)
    if still is not None:
        settling.close(session, actor, still, registration.state, reason)
        facts = {"opportunity_id": still.id, "registration_id": registration.id}
        outbox.post(session, "opportunity.lost", **facts)
