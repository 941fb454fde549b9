"""Guesses at a way in, counted per account and per address, so that guessing pauses."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, delete, false, or_, select, update
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.db import insert_into
from trade.errors import Refused
from trade.people.models import LoginGuess

ADDRESS_FACTOR = 10  # an office behind one address has many people who mistype
UNLIMITED = 1_000_000_000
KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Try:
    """What is about to be compared: for which account (none: a link), from which address."""

    account: str | None
    address: str
    told: str | None = None  # what the audit may know of the name


def account_key(name: str) -> str:
    return f"account:{name.strip().lower()[:100]}"


def factor_key(person_id: int) -> str:
    """Codes are counted apart from passwords: whoever knows the password cannot wipe the count by typing it."""
    return f"factor:{person_id}"


def again_key(person_id: int) -> str:
    """The password once more, inside."""
    return f"again:{person_id}"


def on_device(key: str, device_id: int | None) -> str:
    """A browser in which the person was in before counts for itself: strangers who guess cannot shut it out."""
    return key if device_id is None else f"device:{device_id}:{key}"


def address_key(address: str) -> str:
    return f"address:{address[:64]}"


def spend(session: Session, actor: Actor, given: Try) -> bool:
    """Take one try before anything is compared, in a transaction of its own, and say whether it was the last one.

    One guarded statement per key, so that a burst of guesses gets as many as a row of them. What is refused is not
    counted: a pause ends when its window does. Raises Refused("login.too_many").
    """
    now = clock.now()
    attempts, minutes = _limits(session)
    keys = [(given.account, attempts)] if given.account is not None else []
    tries = 0
    for key, most in (*keys, (address_key(given.address), attempts * ADDRESS_FACTOR)):
        spent = _add(session, key, most, now, minutes)
        if spent is None:
            raise _too_many(given.told, minutes)
        tries = spent if key == given.account else tries
    old = delete(LoginGuess).where(LoginGuess.since < now - KEPT)
    session.execute(old.execution_options(synchronize_session=False))
    return tries >= attempts


def refuse_guessing(
    session: Session, name: str | None, address: str, now: datetime, told: str | None = None
) -> None:
    """Refuse while an account or an address has failed too often; an invitation has no account yet."""
    attempts, minutes = _limits(session)
    is_full = LoginGuess.key == address_key(address), LoginGuess.tries >= attempts * ADDRESS_FACTOR
    full: ColumnElement[bool] = is_full[0] & is_full[1]
    if name is not None:
        full = or_(full, (LoginGuess.key == account_key(name)) & (LoginGuess.tries >= attempts))
    window = timedelta(minutes=minutes)
    recent = LoginGuess.since > now - window, LoginGuess.since <= now + window
    if session.scalar(select(LoginGuess.id).where(full, *recent).limit(1)):
        raise _too_many(told, minutes)


def count_failure(session: Session, keys: list[str], now: datetime) -> None:
    """Count a failed attempt under each key, where nothing was spent before."""
    _, minutes = _limits(session)
    for key in sorted(keys):
        _add(session, key, UNLIMITED, now, minutes)


def forgive(session: Session, names: Collection[str | None], address: str | None = None) -> None:
    """Forget the tries of an account, whichever of its names was typed."""
    forget(session, [account_key(name) for name in names if name], address)


def forget(session: Session, keys: Collection[str], address: str | None = None) -> None:
    """Forget tries, on whichever device, and give the address back the one that was right."""
    own = (LoginGuess.key.like(f"device:%:{_escaped(key)}", escape="/") for key in keys)
    gone = delete(LoginGuess).where(or_(false(), LoginGuess.key.in_(keys), *own))
    session.execute(gone.execution_options(synchronize_session=False))
    if address is not None:
        back = update(LoginGuess).where(LoginGuess.key == address_key(address), LoginGuess.tries > 0)
        session.execute(back.values(tries=LoginGuess.tries - 1).execution_options(synchronize_session=False))


def _escaped(key: str) -> str:
    return key.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _add(session: Session, key: str, most: int, now: datetime, minutes: int) -> int | None:
    """One more try, in a new window when the old one is over; none when the window is full."""
    window = timedelta(minutes=minutes)
    # One that begins later than any window lasts was opened before the clock was set back.
    is_over = or_(LoginGuess.since <= now - window, LoginGuess.since > now + window)
    added = (
        insert_into(session, LoginGuess)
        .values(key=key, tries=1, since=now)
        .on_conflict_do_update(
            index_elements=[LoginGuess.key],
            set_={
                "tries": case((is_over, 1), else_=LoginGuess.tries + 1),
                "since": case((is_over, now), else_=LoginGuess.since),
            },
            where=or_(is_over, LoginGuess.tries < most),
        )
        .returning(LoginGuess.tries)
    )
    return session.scalar(added)


def _limits(session: Session) -> tuple[int, int]:
    known = settings.load(session, "login.")
    return int(known["login.attempts"]), int(known["login.window_minutes"])


def _too_many(told: str | None, minutes: int) -> Refused:
    return Refused("login.too_many", keep={"name": told} if told else {}, minutes=minutes)
