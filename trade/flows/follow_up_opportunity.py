from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.opportunities import queries, rules, states
from trade.registrations import following
from trade.registrations.following import FollowUp


@dataclass(frozen=True)
class Contact:
    """What was done about an opportunity; its registration is told the same, so that nobody writes it twice."""

    opportunity_id: int
    told: FollowUp  # its registration id is the opportunity's, whatever stands in it


def follow_up_opportunity(session: Session, actor: Actor, given: Contact) -> int:
    """Write down what was done; it counts for the protection of the customer too, and the next step takes its place."""
    opportunity, registration = queries.take(session, actor, given.opportunity_id)
    told = given.told
    rules.check_step(told.next_step, told.next_on, told.day)
    told_id = following.follow_up(session, actor, registration, told)
    step = {"next_step": told.next_step.strip(), "next_on": told.next_on} if told.next_step.strip() else {}
    states.move(
        session,
        actor,
        opportunity,
        "follow_up",
        opportunity.version,
        facts={"follow_up_id": told_id, "kind": told.kind, "day": told.day.isoformat()},
        followed_on=max(opportunity.followed_on, told.day),
        **(step or {"next_step": "", "next_on": None}),
    )
    return told_id
