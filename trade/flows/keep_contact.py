from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.distributors import queries as distributors
from trade.distributors.models import Contact
from trade.distributors.people_there import contact_of
from trade.editing import differing, record, take_turn

FIELDS = ("name", "position", "phone", "email")


@dataclass(frozen=True)
class ContactGiven:
    """Somebody whom the brand calls; without an id a new one."""

    distributor_id: int
    name: str
    position: str = ""
    phone: str | None = None
    email: str | None = None
    contact_id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class ContactGone:
    distributor_id: int
    contact_id: int
    version: int


def keep_contact(session: Session, actor: Actor, given: ContactGiven) -> int:
    """Add somebody whom the brand calls at a distributor, or correct what is known of them; returns the id."""
    distributors.get_for(session, actor, given.distributor_id)
    values: dict[str, Any] = {name: getattr(given, name) for name in FIELDS}
    if given.contact_id is None:
        contact = Contact(distributor_id=given.distributor_id, **values)
        session.add(contact)
        session.flush()
        facts = {"name": given.name}
        _note(session, actor, "distributor.contact_added", given.distributor_id, facts)
        return contact.id
    contact_of(session, given.distributor_id, given.contact_id)
    version = take_turn(session, Contact, given.contact_id, given.version, FIELDS)
    contact = contact_of(session, given.distributor_id, given.contact_id)
    if given.phone is None and not actor.may(Permission.PHONE_READ):
        values["phone"] = contact.phone
    changes = differing({name: getattr(contact, name) for name in FIELDS}, values)
    for name, value in values.items():
        setattr(contact, name, value)
    record(session, actor, "contact.edited", Contact, contact.id, changes, version=version)
    if changes:
        facts = {"name": given.name}
        _note(session, actor, "distributor.contact_edited", given.distributor_id, facts)
    return contact.id


def archive_contact(session: Session, actor: Actor, given: ContactGone) -> None:
    """Lay a contact aside; what was agreed with them stays told."""
    distributors.get_for(session, actor, given.distributor_id)
    contact_of(session, given.distributor_id, given.contact_id)
    version = take_turn(session, Contact, given.contact_id, given.version, FIELDS)
    contact = contact_of(session, given.distributor_id, given.contact_id)
    contact.archived_at = clock.now()
    record(session, actor, "contact.archived", Contact, contact.id, {}, version=version)
    facts = {"name": contact.name}
    _note(session, actor, "distributor.contact_archived", given.distributor_id, facts)


def _note(session: Session, actor: Actor, event: str, distributor_id: int, facts: dict[str, Any]) -> None:
    audit.record(session, actor, event, facts, subject="distributor", subject_id=distributor_id)
