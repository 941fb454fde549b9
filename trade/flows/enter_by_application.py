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
    days are over: then the representative invites again. It is a way in as the person whom this application made,
    and no longer once that person works for somebody else too: a mailbox may open no other company.
    """
    application = queries.get_by_token(session, key, is_locked=True)
    now = clock.now()
    if application.state != "approved":
        raise Refused("applicant.not_allowed")
    if application.owner_id is None:  # known before the application: their own password or link leads in
        raise Refused("applicant.entry_over")
    wanted = select(Person).where(Person.id == application.owner_id).with_for_update()
    person = session.scalars(wanted.execution_options(populate_existing=True)).one()
    places = select(Membership.distributor_id).where(Membership.person_id == person.id, Membership.is_active)
    is_only_here = set(session.scalars(places)) == {application.distributor_id}
    is_known_before = person.created_at < application.created_at
    is_shut_out = not person.is_active or not is_only_here or is_known_before
    if person.password_hash is not None or is_shut_out or application.expires_at <= now:
        raise Refused("applicant.entry_over")
    audit.record(session, actor, "application.entered", {}, subject="application", subject_id=application.id)
    return invitations.issue(session, person, None, now)
