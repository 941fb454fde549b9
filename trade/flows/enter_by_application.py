from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.applications import queries
from trade.errors import Refused
from trade.people import invitations
from trade.people.invitations import Issued
from trade.people.models import Membership, Person


def enter_by_application(session: Session, actor: Actor, key: str) -> Issued:
    """Give the owner of an approved application a fresh link for the first login; the one before is worth nothing.

    Only who was proven to be reached holds the page's key; it opens nothing once a password is set, nor when its
    days are over: then the representative invites again.
    """
    application = queries.get_by_token(session, key, is_locked=True)
    now = clock.now()
    if application.state != "approved" or application.owner_id is None:
        raise Refused("applicant.not_allowed")
    wanted = select(Person).where(Person.id == application.owner_id).with_for_update()
    person = session.scalars(wanted.execution_options(populate_existing=True)).one()
    works = select(Membership.id).where(
        Membership.person_id == person.id,
        Membership.distributor_id == application.distributor_id,
        Membership.is_active,
    )
    is_shut_out = not person.is_active or session.scalar(works.limit(1)) is None
    if person.password_hash is not None or is_shut_out or application.expires_at <= now:
        raise Refused("applicant.entry_over")
    audit.record(session, actor, "application.entered", {}, subject="application", subject_id=application.id)
    return invitations.issue(session, person, None, now)
