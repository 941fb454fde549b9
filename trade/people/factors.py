"""The second factor: what a person has, and whether the house asks for it."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import settings
from trade.people.models import Authenticator, Face, Membership, Passkey, RecoveryCode, Role

FACTOR, ENROLMENT = "factor", "enrolment"


class Demand(StrEnum):
    """From whom the house wants a second factor; whoever has set one up is asked in any case."""

    OFF = "off"
    STAFF = "staff"
    EVERYONE = "everyone"


@dataclass(frozen=True)
class Held:
    """What a person could show: an app that counts codes, recovery codes left, passkeys."""

    has_app: bool
    codes: int
    passkeys: int

    @property
    def is_any(self) -> bool:
        return self.has_app or self.passkeys > 0


def held_by(session: Session, person_id: int) -> Held:
    """What a person has set up; one statement."""
    app = select(func.count(Authenticator.id)).where(
        Authenticator.person_id == person_id, Authenticator.sealed.is_not(None)
    )
    codes = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    )
    passkeys = select(func.count(Passkey.id)).where(Passkey.person_id == person_id)
    row = session.execute(
        select(app.scalar_subquery(), codes.scalar_subquery(), passkeys.scalar_subquery())
    ).one()
    return Held(bool(row[0]), row[1], row[2])


def awaited(session: Session, person_id: int, *, is_staff: bool) -> str:
    """What stands between a proven identity and a session: a factor to show, one to set up, or nothing.

    A passkey alone is another way in, and becomes the second factor of whom the house asks for one.
    """
    held, required = held_by(session, person_id), is_required(session, is_staff=is_staff)
    if held.has_app or (required and held.is_any):
        return FACTOR
    return ENROLMENT if required else ""


def is_required(session: Session, *, is_staff: bool) -> bool:
    """Whether the house asks this kind of person for a second factor."""
    demand = str(settings.load(session, "login.second_factor")["login.second_factor"])
    return demand == Demand.EVERYONE or (demand == Demand.STAFF and is_staff)


def is_staff(session: Session, person_id: int) -> bool:
    """Whether a person works at the brand, in whatever role."""
    staff = (
        select(Membership.id)
        .join(Role, Role.id == Membership.role_id)
        .where(
            Membership.person_id == person_id,
            Membership.is_active,
            ~Role.is_archived,
            Role.face == Face.ADMIN,
        )
    )
    return session.scalar(staff.limit(1)) is not None
