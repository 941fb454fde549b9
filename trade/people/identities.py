"""Who somebody is at another house's sign-in: one subject of one issuer is one person here."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from trade import clock
from trade.db import Base, insert_once
from trade.people.models import Person


class PersonIdentity(Base):
    """A subject by which a provider names somebody who is known here."""

    __tablename__ = "person_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("person_id", "issuer"))
    issuer: Mapped[str]
    subject: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str | None]  # as the provider said it when the two were tied together
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


def find_person(session: Session, issuer: str, subject: str) -> Person | None:
    """The active person who is tied to a subject."""
    return session.scalar(
        select(Person)
        .join(PersonIdentity, PersonIdentity.person_id == Person.id)
        .where(PersonIdentity.issuer == issuer, PersonIdentity.subject == subject, Person.is_active)
    )


def find_by_email(session: Session, email: str) -> Person | None:
    """The active person with a login whose mail this is; an import's rep without one stays outside."""
    plain = email.strip().lower()
    return session.scalar(
        select(Person).where(Person.email == plain, Person.is_active, Person.password_hash.is_not(None))
    )


def tie(session: Session, person_id: int, issuer: str, subject: str, email: str | None) -> bool:
    """Tie a subject to a person; false when either is tied to another already."""
    return insert_once(
        session, PersonIdentity, issuer=issuer, subject=subject, person_id=person_id, email=email
    )
