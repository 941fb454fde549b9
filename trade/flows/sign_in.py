"""Signing in: by phone, e-mail or user name, with a password."""

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.db import read, run
from trade.errors import Refused
from trade.notices import arrivals
from trade.people import attempts, known_devices, passwords
from trade.people.attempts import Try
from trade.people.entrance import Browser, Entered
from trade.people.models import Person
from trade.people.queries import Account, find_account


@dataclass(frozen=True)
class Credentials:
    """What somebody typed, and in which browser."""

    name: str
    password: str
    browser: Browser


@dataclass(frozen=True)
class Proof:
    """Credentials after the password was held against its hash; the password itself stays behind."""

    name: str
    browser: Browser
    proven: Account | None  # none: wrong, unknown or switched off
    renewed: str | None = None  # the hash as it is made today, where it was made in a weaker way


def prove(given: Credentials) -> Proof:
    """Check a password before and outside the transaction that signs in, since hashing is slow on purpose.

    A try is spent before anything is compared, in its own short transaction, for a name that is unknown as well.
    Raises Refused("login.too_many") while an account or an address has failed too often.
    """
    browser = given.browser
    with read() as session:
        account = find_account(session, given.name)
        device = known_devices.find(session, account.person_id if account else None, browser.device_token)
    key = attempts.on_device(attempts.account_key(account.name if account else given.name), device)
    run(attempts.spend, Actor(browser.address), Try(key, browser.address, _masked(given.name)))
    is_right = passwords.matches(account.password_hash if account else None, given.password)
    if not is_right or account is None or account.password_hash is None or not account.is_active:
        return Proof(given.name, browser, None)
    return Proof(given.name, browser, account, passwords.renewed(account.password_hash, given.password))


def sign_in(session: Session, actor: Actor, proof: Proof) -> Entered:
    """Let the person in, or on to the second factor; the browser's old session ends."""
    account = find_account(session, proof.name)
    if account is None or account != proof.proven:  # the second: changed while the hash was computed
        raise Refused("login.wrong", keep={"name": _masked(proof.name)}, field="password")
    entered = arrivals.let_in(session, actor, account.person_id, proof.browser, how="password")
    if proof.renewed is not None:
        kept = update(Person).where(
            Person.id == account.person_id, Person.password_hash == account.password_hash
        )
        session.execute(kept.values(password_hash=proof.renewed).execution_options(synchronize_session=False))
    attempts.forgive(session, [account.name], proof.browser.address)
    return entered


def keep_failure(session: Session, actor: Actor, refusal: Refused) -> None:
    """Write a failed attempt down, in the short transaction after the refusal."""
    audit.keep(session, actor, refusal)


def _masked(name: str) -> str:
    """Enough of what was typed to see which account is attacked; it may hold a password typed in the wrong box."""
    plain = name.strip()
    return f"{plain[:3]}****{plain[-4:]}" if len(plain) >= 11 else f"{plain[:2]}****"
