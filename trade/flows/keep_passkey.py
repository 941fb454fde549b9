"""One's own passkeys: made, named, removed; the password comes first, and a last factor stays where one is asked."""

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.db import read
from trade.errors import Refused
from trade.notices import outbox
from trade.people import confirming, factors, passkeys, recovery, sessions
from trade.people.confirming import Confirmed
from trade.people.models import Passkey
from trade.people.passkeys import Asked, NewKey, Site


@dataclass(frozen=True)
class Wish:
    """A passkey to be made, by somebody who has shown the password."""

    confirmed: Confirmed
    site: Site


def ask_passkey(session: Session, actor: Actor, given: Wish) -> Asked:
    """Let the browser make a passkey; the challenge is good once and for some minutes."""
    person = confirming.hold(session, actor, given.confirmed)
    count = session.scalar(select(func.count(Passkey.id)).where(Passkey.person_id == person.id)) or 0
    if count >= passkeys.MOST:
        raise Refused("passkey.too_many", most=passkeys.MOST)
    whose = (
        person.id,
        person.user_name or person.name,
        person.name,
    )  # no phone: the device shows it to whoever holds it
    return passkeys.ask_new(session, given.site, whose, clock.now())


@dataclass(frozen=True)
class Made:
    """A passkey that the browser has made, with the name that the person gives it."""

    token: str | None
    key: NewKey
    name: str
    host: str


def prove_made(actor: Actor, token: str | None, answer: str, name: str, site: Site) -> Made:
    """Check what the browser made, outside the transaction. Raises Refused: passkey.over, passkey.wrong."""
    with read() as session:
        asked = passkeys.challenge_of(session, token, passkeys.REGISTER, actor.person_id, clock.now())
    return Made(token, passkeys.prove_new(answer, asked, site), name, site.host)


def keep_passkey(session: Session, actor: Actor, given: Made) -> None:
    """Keep a new passkey and tell the person, in case it was somebody else."""
    now, person_id = clock.now(), actor.person_id or 0
    passkeys.take_challenge(session, given.token, passkeys.REGISTER, actor.person_id, now)
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == given.key.credential_id)):
        raise Refused("passkey.known")
    session.add(
        Passkey(
            person_id=person_id,
            credential_id=given.key.credential_id,
            public_key=given.key.public_key,
            sign_count=given.key.sign_count,
            name=given.name,
            host=given.host,
            created_at=now,
        )
    )
    audit.record(
        session, actor, "passkey.added", {"name": given.name}, subject="person", subject_id=person_id
    )
    outbox.post(session, "account.passkey_added", person_id=person_id, name=given.name)


@dataclass(frozen=True)
class Renaming:
    passkey_id: int
    name: str


def rename_passkey(session: Session, actor: Actor, given: Renaming) -> None:
    """Give one's own passkey another name, so that it is known which phone it is."""
    renamed = update(Passkey).where(Passkey.id == given.passkey_id, Passkey.person_id == actor.person_id)
    done = renamed.values(name=given.name).returning(Passkey.id)
    if session.scalar(done.execution_options(synchronize_session=False)) is None:
        raise Refused("passkey.not_found")
    facts = {"name": given.name}
    audit.record(session, actor, "passkey.renamed", facts, subject="person", subject_id=actor.person_id)


@dataclass(frozen=True)
class Removal:
    confirmed: Confirmed
    passkey_id: int


def remove_passkey(session: Session, actor: Actor, given: Removal) -> None:
    """Forget one's own passkey and sign out everywhere else, as after a phone was lost."""
    person, now = confirming.hold(session, actor, given.confirmed), clock.now()
    name = passkeys.drop(session, person.id, given.passkey_id)
    if name is None:
        raise Refused("passkey.not_found")
    held = factors.held_by(session, person.id)
    is_staff = factors.is_staff(session, person.id)
    if not held.is_any and factors.is_required(session, is_staff=is_staff):
        raise Refused("factor.required")
    if not held.is_any:
        recovery.drop(session, person.id)
    sessions.end_others(session, person.id, given.confirmed.session_id, now)
    audit.record(session, actor, "passkey.removed", {"name": name}, subject="person", subject_id=person.id)
