"""Signing in: by phone, e-mail or user name, with a password."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.db import read
from trade.errors import Refused
from trade.people import attempts, passwords, sessions
from trade.people.queries import Account, find_account, memberships_of


@dataclass(frozen=True)
class Credentials:
    """What somebody typed, from where, and the session that this browser had before."""

    name: str
    password: str
    address: str
    user_agent: str
    old_token: str | None = None


@dataclass(frozen=True)
class Proof:
    """Credentials after the password was held against its hash; the password itself stays behind."""

    name: str
    address: str
    user_agent: str
    old_token: str | None
    proven: Account | None  # none: wrong, unknown or switched off


def prove(given: Credentials) -> Proof:
    """Check a password before and outside the transaction that signs in, since hashing is slow on purpose.

    Raises Refused("login.too_many") while an account or an address has failed too often.
    """
    with read() as session:
        attempts.refuse_guessing(session, given.name, given.address, clock.now(), _masked(given.name))
        account = find_account(session, given.name)
    is_right = passwords.matches(account.password_hash if account else None, given.password)
    is_proven = is_right and account is not None and account.is_active
    return Proof(
        name=given.name,
        address=given.address,
        user_agent=given.user_agent,
        old_token=given.old_token,
        proven=account if is_proven else None,
    )


def sign_in(session: Session, actor: Actor, proof: Proof) -> str:
    """Open a session under a new token, which is returned; the browser's old one ends."""
    # Others may have failed meanwhile.
    attempts.refuse_guessing(session, proof.name, proof.address, clock.now(), _masked(proof.name))
    account = find_account(session, proof.name)
    if account is None or account != proof.proven:  # the second: changed while the hash was computed
        raise Refused("login.wrong", keep={"name": _masked(proof.name)}, field="password")
    memberships = [membership.id for membership, _ in memberships_of(session, account.person_id)]
    if not memberships:
        raise Refused("login.no_membership", keep={"person_id": account.person_id})
    now = clock.now()
    last = sessions.last_membership(session, account.person_id)
    membership_id = last if last in memberships else memberships[0]
    sessions.end_token(session, proof.old_token, now)
    attempts.forgive(session, [proof.name])
    token = sessions.open_session(
        session, account.person_id, membership_id, proof.address, proof.user_agent, now
    )
    audit.record(
        session,
        Actor(actor.origin, account.person_id),
        "login.succeeded",
        {"membership_id": membership_id},
        subject="person",
        subject_id=account.person_id,
    )
    return token


@dataclass(frozen=True)
class Failure:
    name: str
    address: str
    refusal: Refused


def keep_failure(session: Session, actor: Actor, failure: Failure) -> None:
    """Count a failed attempt, in the short transaction after the refusal."""
    if failure.refusal.code == "login.wrong":
        keys = [attempts.account_key(failure.name), attempts.address_key(failure.address)]
        attempts.count_failure(session, keys, clock.now())
    audit.keep(session, actor, failure.refusal)


def _masked(name: str) -> str:
    """Enough of what was typed to see which account is attacked; it may hold a password typed in the wrong box."""
    plain = name.strip()
    return f"{plain[:3]}****{plain[-4:]}" if len(plain) >= 11 else f"{plain[:2]}****"
