"""Guesses at a way in, counted per account and per address, so that guessing pauses."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from trade import settings
from trade.errors import Refused
from trade.people.models import LoginFailure
from trade.people.queries import count_failures

ADDRESS_FACTOR = 10  # an office behind one address has many people who mistype


def account_key(name: str) -> str:
    return f"account:{name.strip().lower()[:100]}"


def address_key(address: str) -> str:
    return f"address:{address[:64]}"


def refuse_guessing(
    session: Session, name: str | None, address: str, now: datetime, told: str | None = None
) -> None:
    """Refuse while an account or an address has failed too often; an invitation has no account yet."""
    known = settings.load(session, "login.")
    attempts, minutes = int(known["login.attempts"]), int(known["login.window_minutes"])
    since = now - timedelta(minutes=minutes)
    by_account = count_failures(session, account_key(name), since) if name is not None else 0
    by_address = count_failures(session, address_key(address), since)
    if by_account >= attempts or by_address >= attempts * ADDRESS_FACTOR:
        raise Refused("login.too_many", keep={"name": told} if told else {}, minutes=minutes)


def count_failure(session: Session, keys: list[str], now: datetime) -> None:
    """Write a failed attempt down under each key."""
    session.add_all(LoginFailure(key=key, at=now) for key in keys)


def forgive(session: Session, names: list[str | None]) -> None:
    """Forget the failures of an account, whichever of its names was typed."""
    keys = [account_key(name) for name in names if name]
    gone = delete(LoginFailure).where(LoginFailure.key.in_(keys))
    session.execute(gone.execution_options(synchronize_session=False))
