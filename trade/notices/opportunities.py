"""An opportunity that follows its registration, and those who are told: one step of every flow that moves a registration."""

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.notices import outbox
from trade.opportunities import settling
from trade.registrations.models import Registration


def follow(session: Session, actor: Actor, registration: Registration) -> str:
    """Let the opportunity of a locked registration be won, closed or reopened with it; answers its stage, or nothing.

    That it goes on is told with the registration, and so is that another one has the customer by an appeal.
    """
    settled = settling.follow(session, actor, registration)
    if settled is None or settled.closed_on is None or settled.standing == "handed_over":
        return ""
    outbox.post(
        session,
        f"opportunity.{settled.stage}",
        opportunity_id=settled.id,
        registration_id=registration.id,
    )
    return settled.stage
