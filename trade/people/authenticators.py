"""Codes of an app on the phone (RFC 6238): one secret per person, sealed; each code is taken once."""

import hmac
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade import sealing
from trade.db import insert_into
from trade.errors import Refused
from trade.people.models import Authenticator

SECONDS, DRIFT = 30, 1  # a code holds for its step and one on either side: clocks of phones differ
CANDIDATE_LASTS = timedelta(minutes=15)
PURPOSE = "second-factor"


def propose(session: Session, person_id: int, now: datetime) -> None:
    """Make a secret that comes into force once a code of it was typed; one in force goes on until then."""
    sealed = sealing.seal(f"{person_id}:{pyotp.random_base32()}", PURPOSE)
    values = {"candidate": sealed, "candidate_until": now + CANDIDATE_LASTS}
    made = insert_into(session, Authenticator).values(person_id=person_id, last_step=0, **values)
    session.execute(made.on_conflict_do_update(index_elements=[Authenticator.person_id], set_=values))


def candidate_of(session: Session, person_id: int, now: datetime) -> str | None:
    """The secret that waits for its first code, sealed."""
    wanted = select(Authenticator.candidate).where(
        Authenticator.person_id == person_id, Authenticator.candidate_until > now
    )
    return session.scalar(wanted)


def sealed_of(session: Session, person_id: int) -> str | None:
    """The secret in force, sealed."""
    return session.scalar(select(Authenticator.sealed).where(Authenticator.person_id == person_id))


def opened(sealed: str, person_id: int) -> str:
    """The secret of this person. Raises Refused("factor.unreadable") when it is another's or of another key."""
    try:
        owner, _, secret = sealing.unseal(sealed, PURPOSE).partition(":")
    except sealing.Unsealable:
        raise Refused("factor.unreadable", keep={"person_id": person_id}, field="code") from None
    if owner != str(person_id):
        raise Refused("factor.unreadable", keep={"person_id": person_id}, field="code")
    return secret


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, near now; compares in the same time whatever was typed."""
    counter, here = pyotp.TOTP(secret, interval=SECONDS), int(now.timestamp()) // SECONDS
    steps = range(here - DRIFT, here + DRIFT + 1)
    found = [step for step in steps if hmac.compare_digest(counter.generate_otp(step), code)]
    return found[-1] if found else None


def take_step(session: Session, person_id: int, step: int) -> bool:
    """Use a code up; of two who type the same one, one gets in, and an older one is worth nothing."""
    taken = (
        update(Authenticator)
        .where(
            Authenticator.person_id == person_id,
            Authenticator.sealed.is_not(None),
            Authenticator.last_step < step,
        )
        .values(last_step=step)
        .returning(Authenticator.id)
    )
    return session.scalar(taken.execution_options(synchronize_session=False)) is not None


def confirm(session: Session, person_id: int, candidate: str, step: int, now: datetime) -> bool:
    """Put the proposed secret into force, its first code used up; false when another was proposed meanwhile."""
    confirmed = (
        update(Authenticator)
        .where(
            Authenticator.person_id == person_id,
            Authenticator.candidate == candidate,
            Authenticator.candidate_until > now,
        )
        .values(sealed=candidate, candidate=None, candidate_until=None, confirmed_at=now, last_step=step)
        .returning(Authenticator.id)
    )
    return session.scalar(confirmed.execution_options(synchronize_session=False)) is not None


def drop(session: Session, person_id: int) -> None:
    """Forget a person's app."""
    gone = delete(Authenticator).where(Authenticator.person_id == person_id)
    session.execute(gone.execution_options(synchronize_session=False))


def address_of(secret: str, account: str, brand: str) -> str:
    """The address that an app reads from the QR code."""
    return pyotp.TOTP(secret, interval=SECONDS).provisioning_uri(name=account, issuer_name=brand)
