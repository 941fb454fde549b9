"""The code by which a contact is proven: six digits, a quarter of an hour, five guesses, five codes."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade.applications.models import Application

LASTS = timedelta(minutes=15)
MOST_GUESSES = 5
MOST_CODES = 5


def new() -> str:
    """Digits alone: they are typed from one phone screen into another."""
    return f"{secrets.randbelow(1_000_000):06d}"


def is_open(application: Application, now: datetime) -> bool:
    """Whether the code that was sent last can still be used."""
    until = application.code_until
    return (
        application.code_hash is not None
        and until is not None
        and until > now
        and application.code_guesses < MOST_GUESSES
    )


def fresh(code_hash: str, now: datetime, sent: int) -> dict[str, Any]:
    """What an application keeps of a new code; the one before is worth nothing."""
    return {
        "code_hash": code_hash,
        "code_until": now + LASTS,
        "code_guesses": 0,
        "codes_sent": sent + 1,
    }


def count_guess(session: Session, application_id: int) -> None:
    """Count a wrong code against the application, whichever address it came from."""
    guessed = update(Application).where(Application.id == application_id)
    session.execute(
        guessed.values(code_guesses=Application.code_guesses + 1).execution_options(synchronize_session=False)
    )
