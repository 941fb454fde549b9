from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.distributors import members
from trade.errors import Refused
from trade.people import invitations, names
from trade.people.invitations import Issued
from trade.people.models import Membership, Person


@dataclass(frozen=True)
class Guest:
    """Somebody who is to come in by a link and choose the password themselves."""

    name: str
    role: str  # code
    phone: str | None = None
    email: str | None = None
    user_name: str | None = None
    distributor_id: int | None = None
    manager_id: int | None = None


def invite_person(session: Session, actor: Actor, given: Guest) -> Issued:
    """Add a person who cannot sign in before using the link that is returned; nobody grants what they lack."""
    typed = names.cleaned(given.phone, given.email, given.user_name)
    role = members.get_place(session, actor, given.role, given.distributor_id)
    names.refuse_taken(session, typed)
    if given.distributor_id is None:
        members.refuse_manager(session, actor, given.manager_id, None)
    manager_id = given.manager_id if given.distributor_id is None else None
    person = Person(name=given.name, password_hash=None, manager_id=manager_id, **typed)
    session.add(person)
    session.flush()
    session.add(Membership(person_id=person.id, distributor_id=given.distributor_id, role_id=role.id))
    issued = invitations.issue(session, person, actor.person_id, clock.now())
    facts = {"role": role.code, "distributor_id": given.distributor_id}
    audit.record(session, actor, "person.invited", facts, subject="person", subject_id=person.id)
    return issued


def renew_invitation(session: Session, actor: Actor, person_id: int) -> Issued:
    """Make a new link for somebody who has not come in yet; the old one is worth nothing."""
    person = members.get_managed(session, actor, person_id)
    if person.password_hash is not None:
        raise Refused("invitation.not_needed", name=person.name)
    if not person.is_active:
        raise Refused("person.is_shut_out", name=person.name)
    audit.record(session, actor, "person.invited", {}, subject="person", subject_id=person.id)
    return invitations.issue(session, person, actor.person_id, clock.now())


def revoke_invitation(session: Session, actor: Actor, person_id: int) -> None:
    """Take a link back that went to the wrong hands; no open link is no error."""
    person = members.get_managed(session, actor, person_id)
    if invitations.revoke(session, person.id, clock.now()):
        audit.record(session, actor, "invitation.revoked", {}, subject="person", subject_id=person.id)
