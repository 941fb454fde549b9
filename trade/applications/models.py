from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base

ASKED = "state IN ('submitted', 'returned') AND credit_code IS NOT NULL"


class Application(Base):
    """A company asks to become a distributor (入驻申请); its link holds a token, this only its sha256.

    No distributor's until it is approved: whose it is meanwhile says the ground on which it stands (ground.rep_of).
    """

    __tablename__ = "distributor_application"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'approved', 'declined', 'withdrawn', 'expired')",
            name="state",
        ),
        CheckConstraint("kind IN ('company', 'individual', 'hong_kong')", name="kind"),
        CheckConstraint("way IN ('sms', 'mail', 'call')", name="way"),
        CheckConstraint("expected IS NULL OR (expected >= 0 AND expected % 100 = 0)", name="expected"),
        # one application at a time asks for a company, whatever two people send in the same second
        Index(
            "uq_distributor_application_asked",
            "credit_code",
            unique=True,
            sqlite_where=text(ASKED),
            postgresql_where=text(ASKED),
        ),
        Index("ix_distributor_application_state", "state", "id"),
        Index("ix_distributor_application_company_key", "company_key"),
    )
    number: Mapped[str | None] = mapped_column(unique=True)  # drawn when it is sent
    token_hash: Mapped[str] = mapped_column(unique=True)
    sealed: Mapped[str]  # the token, sealed (trade.sealing): letters to the applicant lead to the page again
    state: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(default="company")
    company: Mapped[str] = mapped_column(default="")
    company_key: Mapped[str] = mapped_column(default="")  # registrations.matching.key_of(company)
    credit_code: Mapped[str | None]
    legal_representative: Mapped[str] = mapped_column(default="")
    region_code: Mapped[str | None]  # GB/T 2260
    line: Mapped[str] = mapped_column(default="")  # street and house
    contact_name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str | None]
    way: Mapped[str]  # how the contact is verified: a code by sms or mail, or a call by the reviewer
    verified_at: Mapped[datetime | None]
    called_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    code_hash: Mapped[str | None]
    code_until: Mapped[datetime | None]
    code_guesses: Mapped[int] = mapped_column(default=0)
    codes_sent: Mapped[int] = mapped_column(default=0)
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))  # where it sells
    expected: Mapped[Decimal | None]  # purchases in a year, yuan
    wishes: Mapped[str] = mapped_column(default="")  # which products, for whom
    bank_name: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[str] = mapped_column(default="")
    plan: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what the reviewer means to give
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    # the person made by the yes, who comes in by the link; none where the contact was known before
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]  # of a draft, of one to be corrected, of the way in
    agreed_at: Mapped[datetime]  # to what is done with these data
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    submitted_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]

    @property
    def is_phone_proven(self) -> bool:
        """Whether the telephone itself was reached; a code by mail proves the mailbox and no telephone."""
        return self.called_by_id is not None or (self.way == "sms" and self.verified_at is not None)

    @property
    def is_mail_proven(self) -> bool:
        """Whether a code was read in the mailbox itself; a call or a text message proves no mail."""
        return self.way == "mail" and self.verified_at is not None

    @property
    def sign_in_name(self) -> str:
        """What the newcomer signs in with, as far as strangers may read it; the other way is added once it is proven."""
        phone, mail = self.phone, self.email or ""
        return (
            f"{phone[:3]}****{phone[-4:]}"
            if self.is_phone_proven
            else f"{mail[:2]}****{mail[mail.find('@') :]}"
        )


class ApplicationEvent(Base):
    """Append-only but for the comment, which is forgotten with the people in it."""

    __tablename__ = "application_event"
    __table_args__ = (UniqueConstraint("application_id", "version"),)
    application_id: Mapped[int] = mapped_column(ForeignKey("distributor_application.id"))
    version: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    changed: Mapped[list[str]] = mapped_column(JSON)  # names of fields, never what stood in them
    comment: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Contract(Base):
    """A signed contract with a distributor; the paper is its attachment."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        Index("ix_contract_distributor_id", "distributor_id"),
        Index("ix_contract_valid_to", "valid_to"),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    title: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # the last day
    warned_at: Mapped[datetime | None]  # that it ends soon
    read_at: Mapped[datetime | None]  # first opened by the distributor
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]


class Forgetting(Base):
    """Somebody asked that personal data of an ended distributor be forgotten; done once, never undone."""

    __tablename__ = "forgetting"
    __table_args__ = (
        Index(
            "uq_forgetting_open",
            "distributor_id",
            unique=True,
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    asked_on: Mapped[date]
    how: Mapped[str]  # by whom and in which way it was asked; emptied with the rest
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
