"""Somebody who may lets a person choose a new password by a code, to be read out or written down."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.distributors import members
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.notices import outbox
from trade.people import authority, resets
from trade.people.models import Person
from trade.people.places import places_at
from trade.people.queries import memberships_of, names_of
from trade.people.resets import IssuedCode


@dataclass(frozen=True)
class Wanted:
    """For whom, and the hash of the code, which is made outside the transaction.

    `distributor_id` where the brand helps somebody of a distributor; the whole account of anybody takes more.
    """

    person_id: int
    code_hash: str
    distributor_id: int | None = None


def issue_reset_code(session: Session, actor: Actor, given: Wanted) -> IssuedCode:
    """Keep a code for a person whose rights one's own cover: never oneself, one's betters or a stranger's people.

    The old password works until the code is used; the person is told who made it.
    """
    person = _get_person(session, actor, given)
    authority.refuse_renewal(actor, person)
    issued = resets.issue_code(session, person, given.code_hash, actor.person_id, clock.now())
    facts = {"distributor_id": given.distributor_id or actor.distributor_id}
    audit.record(session, actor, "reset.code_issued", facts, subject="person", subject_id=person.id)
    places = memberships_of(session, person.id)
    outbox.post(
        session,
        "account.reset_code",
        person_id=person.id,
        distributor_id=places[0][0].distributor_id if places else None,
        issuer=names_of(session, [actor.person_id]).get(actor.person_id or 0),
    )
    return issued


def _get_person(session: Session, actor: Actor, given: Wanted) -> Person:
    """The person, locked, if the actor may do this; a stranger's does not exist."""
    if actor.distributor_id is not None:
        return _colleague(session, actor, given.person_id, actor.distributor_id)
    if given.distributor_id is not None:
        return _customer(session, actor, given.person_id, given.distributor_id)
    return members.get_managed(session, actor, given.person_id)


def _colleague(session: Session, actor: Actor, person_id: int, distributor_id: int) -> Person:
    """Somebody of the owner's own company who may do no more there than the owner."""
    person = members.get_managed(session, actor, person_id)
    if lacked := sorted(resets.rights_at(session, person.id, distributor_id) - authority.held(actor)):
        raise Refused("role.beyond_own", keep={"person_id": person.id, "lacked": lacked})
    return person


def _customer(session: Session, actor: Actor, person_id: int, distributor_id: int) -> Person:
    """Somebody who works for a distributor within reach and nowhere beyond it, least of all at the brand."""
    if not actor.may(Permission.PERSON_RESET):
        raise Refused("access.denied", keep={"person_id": person_id})
    distributors.get_for(session, actor, distributor_id)
    person = members.get_person(session, actor, person_id, is_locked=True)
    if not places_at(session, person.id, distributor_id) or places_at(session, person.id, None):
        raise Refused("person.not_found")
    members.refuse_elsewhere(session, actor, person)
    return person
