"""Browsers that are signed in: opened, replaced and ended here."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import settings
from trade.people.models import LoginSession
from trade.people.queries import token_hash


def open_session(
    session: Session, person_id: int, membership_id: int, address: str, user_agent: str, now: datetime
) -> str:
    """Sign a browser in under a fresh random token, which is returned and kept nowhere."""
    token = secrets.token_urlsafe(32)
    hours = int(settings.load(session, "session.")["session.hours"])
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            person_id=person_id,
            membership_id=membership_id,
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=hours),
            address=address[:64],
            user_agent=user_agent[:200],
        )
    )
    session.flush()
    return token


def end_token(session: Session, token: str | None, now: datetime) -> None:
    """Sign the browser that holds this token out; no token, or a dead one, is no error."""
    if token:
        _end(session, now, LoginSession.token_hash == token_hash(token))


def end_all(session: Session, person_id: int, now: datetime) -> None:
    """Sign a person out everywhere, as after a new password."""
    _end(session, now, LoginSession.person_id == person_id)


def last_membership(session: Session, person_id: int) -> int | None:
    """Where the person worked last, so that signing in leads back there."""
    return session.scalar(
        select(LoginSession.membership_id)
        .where(LoginSession.person_id == person_id)
        .order_by(LoginSession.id.desc())
        .limit(1)
    )


def _end(session: Session, now: datetime, *which: object) -> None:
    session.execute(
        update(LoginSession)
        .where(LoginSession.revoked_at.is_(None), *which)  # type: ignore[arg-type]
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )
