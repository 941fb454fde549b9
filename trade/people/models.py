from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Face(StrEnum):
    """Which side of the counter a role works on."""

    PORTAL = "portal"
    ADMIN = "admin"


class Reach(StrEnum):
    """Whose rows a role sees: its distributor's, its own distributors', its team's, everyone's."""

    DISTRIBUTOR = "distributor"
    OWN = "own"
    TEAM = "team"
    EVERYONE = "everyone"


class Person(Base):
    """Someone who signs in, or a sales rep whom an import brought and who cannot."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("source", "external_code"),)
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)  # lower case
    user_name: Mapped[str | None] = mapped_column(unique=True)  # lower case
    password_hash: Mapped[str | None]  # none: cannot sign in
    locale: Mapped[str] = mapped_column(default="zh_CN")
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Role(Base):
    """What a kind of person may do; shipped with nine, edited by the administrator."""

    __tablename__ = "role"
    __table_args__ = (
        CheckConstraint("face IN ('portal', 'admin')", name="face"),
        CheckConstraint("reach IN ('distributor', 'own', 'team', 'everyone')", name="reach"),
    )
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # English, translated where it is shown
    face: Mapped[str]
    reach: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    is_archived: Mapped[bool] = mapped_column(default=False)


class RolePermission(Base):
    __tablename__ = "role_permission"
    __table_args__ = (UniqueConstraint("role_id", "permission"),)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    permission: Mapped[str]


class Membership(Base):
    """A person in a role, at a distributor or (none) at the brand."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("person_id", "distributor_id", "role_id"),
        Index("ix_membership_distributor_id", "distributor_id"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class LoginSession(Base):
    """One browser that is signed in; the cookie holds the token, this row only its sha256."""

    __tablename__ = "login_session"
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    address: Mapped[str]
    user_agent: Mapped[str]
    revoked_at: Mapped[datetime | None]
    on_behalf_of: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))  # for whom staff works now
    factor: Mapped[str] = mapped_column(default="")  # shown here: app, recovery, passkey


class Invitation(Base):
    """A link by which an invited person sets a password and comes in, once; the link holds the token, this its sha256."""

    __tablename__ = "invitation"
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    inviter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SavedView(Base):
    """Filters of a list that a person has given a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("person_id", "page", "name"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    page: Mapped[str]  # endpoint of the list
    name: Mapped[str]
    query: Mapped[str]  # what stands after the question mark
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class LoginGuess(Base):
    """Tries at a way in, counted per account and per address from the first of a window on."""

    __tablename__ = "login_guess"
    key: Mapped[str] = mapped_column(unique=True)
    tries: Mapped[int]
    since: Mapped[datetime] = mapped_column(index=True)


class HalfSignIn(Base):
    """A browser whose person is known and whose second factor is not shown yet; it opens nothing."""

    __tablename__ = "half_sign_in"
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    how: Mapped[str]  # password, invitation, reset, oidc
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser in which a person was in before; its cookie holds the token, this row only its sha256."""

    __tablename__ = "known_device"
    __table_args__ = (UniqueConstraint("person_id", "token_hash"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)


class Authenticator(Base):
    """The app on a phone that counts codes for a person; the secret is sealed (trade.sealing)."""

    __tablename__ = "authenticator"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    sealed: Mapped[str | None]  # none: not confirmed yet
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)  # thirty-second step of the last code taken
    candidate: Mapped[str | None]  # sealed; in force once a code of it was typed
    candidate_until: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of ten codes for the day on which the phone is gone; good once, kept as Argon2id of one salt per set."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    salt: Mapped[str]
    code_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key in a person's phone, PC or security key that signs in without a password."""

    __tablename__ = "passkey"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[str] = mapped_column(unique=True)  # base64url
    public_key: Mapped[str]  # base64url
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    name: Mapped[str]
    host: Mapped[str]  # the name of this site for which it was made
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]


class PasskeyChallenge(Base):
    """A random question that a passkey answers once; the form cookie holds the token, this row its sha256."""

    __tablename__ = "passkey_challenge"
    token_hash: Mapped[str] = mapped_column(unique=True)
    challenge: Mapped[str]  # base64url
    purpose: Mapped[str]  # register, enter, factor
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Absence(Base):
    """Days on which somebody of the brand is away and another decides in their place, half open."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("until > from_day", name="period"),
        CheckConstraint("substitute_id <> person_id", name="other"),
        Index("ix_absence_person_id", "person_id", "until"),
        Index("ix_absence_substitute_id", "substitute_id", "until"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    substitute_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_day: Mapped[date]
    until: Mapped[date]  # the first day on which the person is back
    reason: Mapped[str] = mapped_column(default="")
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
