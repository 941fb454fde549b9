from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.applications import letters, queries, rules
from trade.applications.models import Application
from trade.errors import Refused
from trade.people import attempts

MOST = 3  # of one contact: who began twice gets both
WAITING = ("draft", "returned", "submitted")


@dataclass(frozen=True)
class Lost:
    """What an applicant typed to get the link again: the telephone or the mail of the application."""

    contact: str
    address: str


def resend_application_link(session: Session, actor: Actor, given: Lost) -> None:
    """Send whoever lost it the link of their application, to the contact that the application itself names.

    Whether there is one is told to nobody, and a try costs the same in either case; as many as codes are sent. The
    link stays the one it was, or a stranger who types a number would take the page away from who is filling it in.
    """
    contact = rules.mobile(given.contact) or rules.email(given.contact)
    if contact is None:
        raise Refused("applicant.contact_odd", field="contact")
    spent = attempts.Try(attempts.account_key(f"apply {contact}"), f"apply {given.address}")
    attempts.spend(session, actor, spent)
    mine = or_(Application.phone == contact, Application.email == contact)
    alive = Application.forgotten_at.is_(None), Application.expires_at > clock.now()
    states = or_(Application.state == "submitted", Application.state.in_((*WAITING, "approved")) & alive[1])
    wanted = select(Application).where(mine, alive[0], states).order_by(Application.id.desc()).limit(MOST)
    for application in session.scalars(wanted).all():
        if application.state != "approved" or not queries.is_entered(session, application):
            letters.post(session, application, "applicant.link", company=application.company)
