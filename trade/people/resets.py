"""A forgotten password: a link to the person's own mail or a code from somebody who may, each good once and briefly."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from trade import clock
from trade.db import Base
from trade.errors import Refused
from trade.people.invitations import sign_in_of
from trade.people.models import Membership as Place
from trade.people.models import Person, Role, RolePermission
from trade.people.queries import memberships_of, token_hash

LINK_LASTS = timedelta(minutes=30)
CODE_LASTS = timedelta(minutes=15)
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another: 0 O, 1 I L
LENGTH = 8
MOST_GUESSES = 5
LINKS_AN_HOUR = 5  # a stranger who keeps asking fills nobody's mailbox


class Kind(StrEnum):
    LINK = "link"
    CODE = "code"


class PasswordReset(Base):
    """One way to a new password; a link is kept as its sha256, a code, being short, as its argon2 hash."""

    __tablename__ = "password_reset"
    __table_args__ = (
        CheckConstraint("kind IN ('link', 'code')", name="kind"),
        Index("ix_password_reset_person_id", "person_id", "created_at"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    mark: Mapped[str]  # of the account when it was issued: another password, mail or role makes it worthless
    issuer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    guesses: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Pending:
    """What is known of a reset before it is used: its secret and whose it is."""

    reset_id: int
    secret_hash: str
    person_id: int


@dataclass(frozen=True)
class IssuedCode:
    """For whom a code was made; the code itself never enters a transaction."""

    person_id: int
    name: str
    sign_in: str
    expires_at: datetime


def new_code() -> str:
    """A code to be read out on the telephone: 39 bits, five guesses, a quarter of an hour."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def cleaned(code: str) -> str:
    """A code as it was made, however it was typed."""
    plain = unicodedata.normalize("NFKC", code).upper()
    return "".join(mark for mark in plain if mark not in " -\u3000")


def hinted(name: str) -> str:
    """Enough of what was typed to see which account is meant; it may hold a password typed in the wrong box."""
    plain = name.strip()
    return f"{plain[:3]}****{plain[-4:]}" if len(plain) >= 11 else f"{plain[:2]}****"


def issue_link(session: Session, person: Person, now: datetime) -> str | None:
    """Make a link's token, which ends an earlier one; none once too many were asked for within the hour."""
    hour = PasswordReset.created_at > now - timedelta(hours=1)
    mine = (PasswordReset.person_id == person.id, PasswordReset.kind == Kind.LINK)
    if (session.scalar(select(func.count(PasswordReset.id)).where(*mine, hour)) or 0) >= LINKS_AN_HOUR:
        return None
    token = secrets.token_urlsafe(32)
    _issue(session, person, Kind.LINK, token_hash(token), None, now, LINK_LASTS)
    return token


def issue_code(
    session: Session, person: Person, code_hash: str, issuer_id: int | None, now: datetime
) -> IssuedCode:
    """Keep the hash of a code, which ends an earlier one."""
    _issue(session, person, Kind.CODE, code_hash, issuer_id, now, CODE_LASTS)
    return IssuedCode(person.id, person.name, sign_in_of(person), now + CODE_LASTS)


def _issue(
    session: Session,
    person: Person,
    kind: Kind,
    secret_hash: str,
    issuer_id: int | None,
    now: datetime,
    lasts: timedelta,
) -> None:
    revoke(session, person.id, now, PasswordReset.kind == kind)
    session.add(
        PasswordReset(
            person_id=person.id,
            kind=kind,
            secret_hash=secret_hash,
            mark=mark_of(session, person),
            issuer_id=issuer_id,
            created_at=now,
            expires_at=now + lasts,
        )
    )
    session.flush()


def find_link(session: Session, token: str, now: datetime) -> Pending | None:
    """The reset behind a link that is still good."""
    return _pending(
        session, now, PasswordReset.kind == Kind.LINK, PasswordReset.secret_hash == token_hash(token)
    )


def find_code(session: Session, person_id: int, now: datetime) -> Pending | None:
    """The code that was made for a person and is still good."""
    return _pending(session, now, PasswordReset.kind == Kind.CODE, PasswordReset.person_id == person_id)


def _pending(session: Session, now: datetime, *which: ColumnElement[bool]) -> Pending | None:
    reset = session.scalar(
        select(PasswordReset)
        .join(Person, Person.id == PasswordReset.person_id)
        .where(*which, *is_open(now), Person.is_active)
        .order_by(PasswordReset.id.desc())
        .limit(1)
    )
    return Pending(reset.id, reset.secret_hash, reset.person_id) if reset else None


def take(session: Session, reset_id: int, now: datetime) -> Person:
    """Use a reset up and answer whose it was; of two who try at once, one gets it. Raises Refused("reset.over")."""
    mine = select(PasswordReset.person_id).where(PasswordReset.id == reset_id)
    wanted = select(Person).where(Person.id.in_(mine), Person.is_active, Person.password_hash.is_not(None))
    locked = wanted.with_for_update(of=Person).execution_options(populate_existing=True)
    person = session.scalar(locked)
    taken = None
    if person is not None:
        taken = session.scalar(
            update(PasswordReset)
            .where(
                PasswordReset.id == reset_id, PasswordReset.mark == mark_of(session, person), *is_open(now)
            )
            .values(used_at=now)
            .returning(PasswordReset.id)
            .execution_options(synchronize_session=False)
        )
    if person is None or taken is None:
        raise Refused("reset.over", keep={"reset_id": reset_id})
    return person


def revoke(session: Session, person_id: int, now: datetime, *which: ColumnElement[bool]) -> None:
    """Make open resets of a person worthless."""
    gone = update(PasswordReset).where(PasswordReset.person_id == person_id, *is_open(now), *which)
    session.execute(gone.values(revoked_at=now).execution_options(synchronize_session=False))


def count_guess(session: Session, reset_id: int) -> None:
    """Count a wrong code against the code itself, whichever name and address it came by."""
    guessed = update(PasswordReset).where(PasswordReset.id == reset_id)
    session.execute(
        guessed.values(guesses=PasswordReset.guesses + 1).execution_options(synchronize_session=False)
    )


def is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether a reset can still be used."""
    return (
        PasswordReset.used_at.is_(None),
        PasswordReset.revoked_at.is_(None),
        PasswordReset.expires_at > now,
        PasswordReset.guesses < MOST_GUESSES,
    )


def mark_of(session: Session, person: Person) -> str:
    """What an account is right now, in one short text: its password, its mail, where it works and as what."""
    places = [f"{place.id}:{place.role_id}" for place, _ in memberships_of(session, person.id)]
    return token_hash(" ".join([person.password_hash or "", person.email or "", *places]))


def rights_at(session: Session, person_id: int, distributor_id: int) -> frozenset[str]:
    """Every permission that a person holds at a distributor in any role."""
    rows = session.scalars(
        select(RolePermission.permission)
        .join(Role, Role.id == RolePermission.role_id)
        .join(Place, Place.role_id == Role.id)
        .where(Place.person_id == person_id, Place.distributor_id == distributor_id, Place.is_active)
    )
    return frozenset(rows)
