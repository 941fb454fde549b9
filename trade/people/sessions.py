"""Browsers that are signed in: opened, replaced and ended here."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.people import halfway
from trade.people.models import Face, LoginSession, Membership, Role
from trade.people.queries import idle_hours, is_idle, token_hash


def open_session(
    session: Session,
    person_id: int,
    membership_id: int,
    address: str,
    user_agent: str,
    now: datetime,
    *,
    on_behalf_of: int | None = None,
    factor: str = "",
) -> str:
    """Sign a browser in under a fresh random token, which is returned and kept nowhere.

    `factor` is the second factor that was shown; who goes on in a browser takes it along (`end_token` tells it).
    """
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
            on_behalf_of=on_behalf_of,
            factor=factor,
        )
    )
    session.flush()
    return token


def end_token(session: Session, token: str | None, now: datetime) -> str:
    """Sign the browser that holds this token out, and say which second factor it had shown.

    No token, or a dead one, is no error and has shown nothing.
    """
    if not token:
        return ""
    gone = (
        update(LoginSession)
        .where(
            LoginSession.token_hash == token_hash(token),
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(LoginSession.factor)
    )
    return session.scalar(gone.execution_options(synchronize_session=False)) or ""


def end_behalf(session: Session, session_id: int) -> None:
    """Let a browser go on in its person's own role."""
    here = update(LoginSession).where(LoginSession.id == session_id)
    session.execute(here.values(on_behalf_of=None).execution_options(synchronize_session=False))


def end_all(session: Session, person_id: int, now: datetime) -> None:
    """Sign a person out everywhere, as after a new password; who stands before the second factor begins again."""
    _end(session, now, LoginSession.person_id == person_id)
    halfway.end_all(session, person_id, now)


def end_others(session: Session, person_id: int, but_session: int, now: datetime) -> int:
    """Sign a person out everywhere but here, and say in how many browsers."""
    others = (
        update(LoginSession)
        .where(
            LoginSession.person_id == person_id,
            LoginSession.id != but_session,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(LoginSession.id)
    )
    halfway.end_all(session, person_id, now)
    return len(session.scalars(others.execution_options(synchronize_session=False)).all())


def end_unproven(session: Session, now: datetime, *, is_staff_only: bool, but_person: int | None) -> None:
    """Sign out whoever has shown no second factor, as after the house begins to ask for one."""
    unproven = [LoginSession.factor == "", LoginSession.person_id != (but_person or 0)]
    if is_staff_only:
        staff = (
            select(Membership.person_id)
            .join(Role, Role.id == Membership.role_id)
            .where(Membership.is_active, Role.face == Face.ADMIN)
        )
        unproven.append(LoginSession.person_id.in_(staff))
    _end(session, now, *unproven)


def end_places(session: Session, membership_ids: Collection[int], now: datetime) -> None:
    """Sign out whoever works in these places, as after a role was taken."""
    _end(session, now, LoginSession.membership_id.in_(membership_ids))


def end_role(session: Session, role_id: int, but_person: int | None, now: datetime) -> None:
    """Sign out everybody who works in a role, except the one who has just changed it."""
    places = select(Membership.id).where(Membership.role_id == role_id)
    others = LoginSession.person_id != (but_person or 0)
    _end(session, now, LoginSession.membership_id.in_(places), others)


def end_one(session: Session, person_id: int, session_id: int, now: datetime) -> bool:
    """Sign one browser of a person out; false when it is not theirs or is out already."""
    gone = (
        update(LoginSession)
        .where(
            LoginSession.id == session_id,
            LoginSession.person_id == person_id,
            LoginSession.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(LoginSession.id)
    )
    return session.scalar(gone.execution_options(synchronize_session=False)) is not None


def alive(session: Session, person_id: int, now: datetime) -> Sequence[LoginSession]:
    """The browsers in which a person is signed in, the last used first."""
    wanted = (
        select(LoginSession, idle_hours(), Role.face)
        .join(Membership, Membership.id == LoginSession.membership_id)
        .join(Role, Role.id == Membership.role_id)
        .where(LoginSession.person_id == person_id, LoginSession.revoked_at.is_(None))
        .where(LoginSession.expires_at > now)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
        .limit(20)
    )
    rows = session.execute(wanted)
    return [found for found, hours, face in rows if not is_idle(found.seen_at, hours, face, now)]


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


def tidy(session: Session, actor: Actor, days: int) -> int:
    """Drop what was over long ago: whoever looks for an intruder looks at the audit, which stays."""
    before = clock.now() - timedelta(days=days)
    is_over = or_(LoginSession.expires_at < before, LoginSession.revoked_at < before)
    newest = select(func.max(LoginSession.id)).group_by(
        LoginSession.person_id
    )  # says where somebody worked last
    old = delete(LoginSession).where(is_over, LoginSession.id.not_in(newest))
    gone = session.scalars(old.returning(LoginSession.id).execution_options(synchronize_session=False))
    return len(gone.all())
