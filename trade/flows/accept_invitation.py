"""An invited person gives a name and a password and is in; the link works once."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock, editing
from trade.actor import Actor
from trade.db import read
from trade.distributors.directory import names_around
from trade.errors import Refused
from trade.notices import arrivals
from trade.people import attempts, invitations, passwords, sessions
from trade.people.entrance import Browser, Entered
from trade.people.models import Membership, Person, Role


@dataclass(frozen=True)
class Acceptance:
    """The link's token with what the person chose; the hash is made outside the transaction."""

    token: str
    name: str
    password_hash: str
    browser: Browser


@dataclass(frozen=True)
class Rejected:
    """An attempt with a link that is not good, to be counted after the refusal."""

    address: str
    refusal: Refused


@dataclass(frozen=True)
class Invited:
    """For whom a good link was made, and with what they will sign in."""

    name: str
    sign_in: str


def find_guest(session: Session, token: str, address: str) -> Invited | None:
    """The person for whom a good link was made. Raises Refused("login.too_many") after too many bad ones."""
    now = clock.now()
    attempts.refuse_guessing(session, None, address, now)
    person = invitations.find_invited(session, token, now)
    return Invited(person.name, invitations.sign_in_of(person)) if person else None


def prove_acceptance(token: str, name: str, password: str, browser: Browser) -> Acceptance:
    """Look at the link and the password and hash it, outside every transaction.

    Raises Refused: invitation.over, login.too_many, password.length, password.guessable.
    """
    now = clock.now()
    with read() as session:
        attempts.refuse_guessing(session, None, browser.address, now)
        person = invitations.find_invited(session, token, now)
        names = names_around(session, person.id if person else None)
    if person is None:
        raise Refused("invitation.over", keep={})
    passwords.refuse_weak(password, name, *names)
    return Acceptance(token, name, passwords.hashed(password), browser)


def accept_invitation(session: Session, actor: Actor, given: Acceptance) -> Entered:
    """Use the link up, set name and password, and let this browser in alone, through the second factor if there is one."""
    now = clock.now()
    person_id = invitations.take(session, given.token, now)
    if person_id is None:
        raise Refused("invitation.over", keep={})
    before = session.scalar(select(Person.name).where(Person.id == person_id))
    let_in = update(Person).where(Person.id == person_id, Person.is_active)
    changes = {"name": given.name, "password_hash": given.password_hash, "version": Person.version + 1}
    done = let_in.values(changes).returning(Person.version).execution_options(synchronize_session=False)
    place = session.scalar(
        select(Membership.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.person_id == person_id, Membership.is_active, ~Role.is_archived)
        .order_by(Membership.id)
        .limit(1)
    )
    version = session.scalar(done) if place is not None else None
    if place is None or version is None:
        raise Refused("invitation.over", keep={"person_id": person_id})
    sessions.end_all(session, person_id, now)
    invited = Actor(actor.origin, person_id)
    renamed = editing.differing({"name": before}, {"name": given.name})
    editing.record(session, invited, "invitation.accepted", Person, person_id, renamed, version=version)
    return arrivals.let_in(session, actor, person_id, given.browser, how="invitation")


def keep_rejected(session: Session, actor: Actor, given: Rejected) -> None:
    """Count an attempt with a bad link, in the short transaction after the refusal."""
    if given.refusal.code == "invitation.over":
        attempts.count_failure(session, [attempts.address_key(given.address)], clock.now())
    audit.keep(session, actor, given.refusal)
