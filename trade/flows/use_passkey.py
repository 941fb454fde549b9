"""Signing in with a passkey: the device verifies its owner, so it is identity and second factor at once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.db import read, run
from trade.errors import Refused
from trade.notices import arrivals, outbox
from trade.people import attempts, halfway, passkeys
from trade.people.attempts import Try
from trade.people.entrance import Browser, Entered
from trade.people.models import Person
from trade.people.passkeys import Asked, Site, UsedKey


@dataclass(frozen=True)
class Answer:
    """What a browser answered to its challenge, and the wait for a second factor that it may stand in."""

    token: str | None
    answer: str
    site: Site
    browser: Browser
    half_token: str | None = None


@dataclass(frozen=True)
class KeyProof:
    token: str | None
    used: UsedKey
    browser: Browser
    half_token: str | None


def ask_to_enter(session: Session, actor: Actor, site: Site) -> Asked:
    """Ask a browser that nobody is signed in with for a passkey."""
    return passkeys.ask_known(session, site, clock.now())


def prove_passkey(given: Answer) -> KeyProof:
    """Check the answer outside the transaction that lets in; its try is spent before, per address.

    Raises Refused: login.too_many, passkey.over, passkey.wrong, passkey.unknown.
    """
    run(attempts.spend, Actor(given.browser.address), Try(None, given.browser.address))
    with read() as session:
        asked = passkeys.challenge_of(session, given.token, passkeys.ENTER, None, clock.now())
        used = passkeys.prove_known(session, given.answer, asked, given.site)
    return KeyProof(given.token, used, given.browser, given.half_token)


def enter_by_passkey(session: Session, actor: Actor, proof: KeyProof) -> Entered:
    """Let the owner of a passkey in; a counter that does not go on means a copy, and lets nobody in."""
    now, person_id = clock.now(), proof.used.person_id
    passkeys.take_challenge(session, proof.token, passkeys.ENTER, None, now)
    facts = {"person_id": person_id, "passkey_id": proof.used.passkey_id}
    if proof.used.is_copied or not passkeys.count_use(session, proof.used, now):
        raise Refused("passkey.copied", keep=facts)
    if session.scalar(select(Person.id).where(Person.id == person_id, Person.is_active)) is None:
        raise Refused("passkey.unknown", keep=facts)
    half = halfway.take(session, proof.half_token, now)
    if half is not None and half.person_id != person_id:
        raise Refused("passkey.of_another", keep=facts)
    how = half.how if half else "passkey"
    attempts.forget(session, [], proof.browser.address)
    return arrivals.let_in(session, actor, person_id, proof.browser, how=how, factor="passkey")


@dataclass(frozen=True)
class Unfit:
    """An answer that was refused, and the challenge that it used up."""

    refusal: Refused
    token: str | None


def keep_unfit(session: Session, actor: Actor, given: Unfit) -> None:
    """Write a refused answer down, use its challenge up, and tell the owner of a key that was copied."""
    passkeys.burn_challenge(session, given.token, clock.now())
    if given.refusal.keep is not None:
        audit.keep(session, actor, given.refusal)
    if given.refusal.code == "passkey.copied" and given.refusal.keep:
        outbox.post(session, "account.passkey_copied", person_id=_whole(given.refusal.keep["person_id"]))


def _whole(value: object) -> int:
    return int(str(value))
