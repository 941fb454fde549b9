"""What an ended distributor holds against others: its customers are free again on the day on which it ends."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.notices import opportunities, outbox
from trade.opportunities import settling
from trade.opportunities.models import Opportunity
from trade.registrations import asking, ending, intake, queries
from trade.registrations.models import Registration

ENDED = "distributor.ended"  # the rule that the decision record names


@dataclass(frozen=True)
class Kept:
    """How much a distributor would give up by its end, which does not come back with it."""

    protected: int  # customers, to the public pool
    won: int  # customers that are still kept after their order
    asked: int  # registrations that wait for a person or are corrected
    opportunities: int


def kept_by(session: Session, distributor_id: int) -> Kept:
    """What `release` would give back today of a distributor whom the caller has loaded; two statements."""
    own = _held_by(distributor_id)
    state, is_keyed = Registration.state, queries.is_keyed()
    rows = session.execute(select(state, is_keyed, func.count()).where(own).group_by(state, is_keyed)).all()
    counts = {"live": 0, "won": 0, "asked": 0}
    for code, holds, count in rows:
        if holds or code != "won":
            counts[code if code in counts else "asked"] += count
    still = select(func.count()).where(
        Opportunity.closed_on.is_(None), Opportunity.registration_id.in_(select(Registration.id).where(own))
    )
    return Kept(counts["live"], counts["won"], counts["asked"], session.scalar(still) or 0)


def _held_by(distributor_id: int) -> ColumnElement[bool]:
    return and_(
        Registration.distributor_id == distributor_id,
        or_(
            Registration.state.in_(("submitted", "live", "won", "appealed")),
            Registration.returned_until.is_not(None),
        ),
    )


def release(session: Session, actor: Actor, distributor_id: int, reason: str) -> int:
    """Give every customer back that a locked distributor holds or asks for; answers how many were protected.

    What is protected goes to the public pool as any other release does, with history, decision record and a word to
    its representative, and the opportunity is closed with it. What waits for a person, or
    is corrected, is taken back with its request. What an order won stays won, and anybody may register it. Other
    drafts hold nothing and stay.
    """
    wanted = select(Registration).where(_held_by(distributor_id))
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
