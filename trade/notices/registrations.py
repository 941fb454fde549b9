"""Who hears what time and orders have made of a registration: one step of every flow that looks at one."""

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.notices import opportunities, outbox
from trade.registrations.models import Registration

TOPICS = {"win": "won", "reopen": "reopened"}
SILENT = ("renew", "finish")  # nobody has to do anything about it


def follow(session: Session, actor: Actor, registration: Registration, action: str) -> None:
    """Tell its distributor and the representative what became of a locked registration; its opportunity follows."""
    if action not in SILENT:
        outbox.post(session, f"registration.{TOPICS.get(action, action)}", registration_id=registration.id)
    opportunities.follow(session, actor, registration)
