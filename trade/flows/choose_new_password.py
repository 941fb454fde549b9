"""A new password by a link or by a code: every browser is signed out, the second factor stays."""

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.db import read, run
from trade.distributors.directory import names_around
from trade.errors import Refused
from trade.notices import outbox
from trade.people import attempts, invitations, passwords, resets, sessions
from trade.people.models import Person
from trade.people.queries import find_account, memberships_of
from trade.people.resets import Kind, Pending


@dataclass(frozen=True)
class ByCode:
    """What somebody typed who was given a code."""

    name: str
    code: str
    password: str
    address: str


@dataclass(frozen=True)
class Choice:
    """A reset that was proven, and the hash of the new password; both secrets stay behind."""

    reset_id: int
    kind: Kind
    password_hash: str
    address: str
    name: str = ""  # as typed with a code, whose tries are forgiven


def is_link_good(session: Session, token: str, address: str) -> bool:
    """Whether a link can still be used. Raises Refused("login.too_many") after too many bad ones."""
    now = clock.now()
    attempts.refuse_guessing(session, None, address, now)
    return resets.find_link(session, token, now) is not None


def prove_link(token: str, password: str, address: str) -> Choice:
    """Look at the link and the password and hash it, outside every transaction.

    Raises Refused: reset.over, login.too_many, password.length, password.guessable.
    """
    now = clock.now()
    with read() as session:
        attempts.refuse_guessing(session, None, address, now)
        pending = resets.find_link(session, token, now)
    if pending is None:
        raise Refused("reset.over", keep={})
    passwords.refuse_weak(password, *_names(pending))
    return Choice(pending.reset_id, Kind.LINK, passwords.hashed(password), address)


def prove_code(actor: Actor, given: ByCode) -> Choice:
    """Hold a code against its hash: one try each and the same work whether there is such a person or such a code.

    Raises Refused: reset.code_wrong, login.too_many, password.length, password.guessable.
    """
    told = resets.hinted(given.name)
    run(attempts.spend, actor, attempts.Try(_key(given.name), given.address, told))
    pending = _find(given.name)
    is_right = passwords.matches(pending.secret_hash if pending else None, resets.cleaned(given.code))
    if pending is None or not is_right:
        facts = {"name": told} | ({"reset_id": pending.reset_id} if pending else {})
        raise Refused("reset.code_wrong", keep=facts, field="code")
    passwords.refuse_weak(given.password, *_names(pending))
    choice = passwords.hashed(given.password)
    return Choice(pending.reset_id, Kind.CODE, choice, given.address, given.name)


def choose_new_password(session: Session, actor: Actor, given: Choice) -> str:
    """Use the reset up, set the password, sign the person out everywhere; answers with what they sign in."""
    now = clock.now()
    person = resets.take(session, given.reset_id, now)
    changed = update(Person).where(Person.id == person.id).values(password_hash=given.password_hash)
    session.execute(changed.execution_options(synchronize_session=False))
    sessions.end_all(session, person.id, now)
    resets.revoke(session, person.id, now)
    invitations.revoke(session, person.id, now)
    names = [person.phone, person.email, person.user_name]
    typed = [_typed(given.name)] if given.kind == Kind.CODE else []
    attempts.forgive(session, [*names, *typed], given.address if typed else None)
    own = Actor(actor.origin, person.id)
    audit.record(session, own, f"password.reset_by_{given.kind}", {}, subject="person", subject_id=person.id)
    places = memberships_of(session, person.id)
    home = places[0][0].distributor_id if places else None
    outbox.post(session, "account.password_reset", person_id=person.id, distributor_id=home)
    return invitations.sign_in_of(person)


@dataclass(frozen=True)
class Rejected:
    """An attempt with a bad link or a wrong code, to be counted after the refusal."""

    address: str
    refusal: Refused


def keep_rejected(session: Session, actor: Actor, given: Rejected) -> None:
    """Count an attempt that failed, in the short transaction after the refusal."""
    facts = given.refusal.keep or {}
    if given.refusal.code == "reset.over":
        attempts.count_failure(session, [attempts.address_key(given.address)], clock.now())
    if given.refusal.code == "reset.code_wrong" and isinstance(facts.get("reset_id"), int):
        resets.count_guess(session, int(str(facts["reset_id"])))
    if given.refusal.keep is not None:
        audit.keep(session, actor, given.refusal)


def _find(name: str) -> Pending | None:
    """The open code of whoever the name means; the same two statements for nobody."""
    with read() as session:
        account = find_account(session, name)
        return resets.find_code(session, account.person_id if account else 0, clock.now())


def _names(pending: Pending) -> list[str | None]:
    """What a password must not be made of; asked for only once the secret was the right one."""
    with read() as session:
        return names_around(session, pending.person_id)


def _key(name: str) -> str:
    return attempts.account_key(_typed(name))


def _typed(name: str) -> str:
    """Codes are counted apart from passwords: who forgot one has just mistyped it often enough."""
    return f"code {name}"
