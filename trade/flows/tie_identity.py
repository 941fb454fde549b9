from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.errors import Refused
from trade.people import identities
from trade.people.identities import PersonIdentity
from trade.people.models import Person


@dataclass(frozen=True)
class Tie:
    """Who a person is at a provider's sign-in."""

    person_id: int
    issuer: str
    subject: str


def tie_identity(session: Session, actor: Actor, given: Tie) -> str:
    """Let a person come in by the company's own login; answers their name. One subject is one person."""
    name = session.scalar(select(Person.name).where(Person.id == given.person_id, Person.is_active))
    if name is None:
        raise Refused("person.not_found")
    if not identities.tie(session, given.person_id, given.issuer, given.subject, None):
        raise Refused("identity.taken")
    facts = {"issuer": given.issuer, "subject": given.subject[:100], "how": "hand"}
    audit.record(session, actor, "identity.tied", facts, subject="person", subject_id=given.person_id)
    return name


def untie_identity(session: Session, actor: Actor, person_id: int) -> int:
    """Take every provider's word about a person back, and say how many there were."""
    gone = delete(PersonIdentity).where(PersonIdentity.person_id == person_id).returning(PersonIdentity.id)
    count = len(session.scalars(gone.execution_options(synchronize_session=False)).all())
    if count:
        audit.record(
            session, actor, "identity.untied", {"count": count}, subject="person", subject_id=person_id
        )
    return count
