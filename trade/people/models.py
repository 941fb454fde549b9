from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
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


class LoginFailure(Base):
    """A wrong password, counted per account and per address."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_key_at", "key", "at"),)
    key: Mapped[str]
    at: Mapped[datetime]
