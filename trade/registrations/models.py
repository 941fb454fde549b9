from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base, BigId

IN_POOL = "pooled_on IS NOT NULL AND claimed_id IS NULL"


class Registration(Base):
    """A customer whom a distributor was the first to report (客户报备), in one product line: a top category.

    Dates are business days; `protected_until` and `maintained_until` are the last days on which it still holds.
    """

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("distributor_id", "form_key"),
        UniqueConstraint("source", "external_code"),
        CheckConstraint(
            "state IN ('draft', 'submitted', 'live', 'won', 'released', 'expired', 'rejected', 'appealed',"
            " 'withdrawn')",
            name="state",
        ),
        CheckConstraint("customer_kind IN ('company', 'person', 'abroad')", name="customer_kind"),
        CheckConstraint("source IN ('portal', 'pool', 'import')", name="source"),
        CheckConstraint("extensions >= 0 AND appeals >= 0", name="counts"),
        CheckConstraint(
            "state <> 'live' OR (live_on IS NOT NULL AND protected_until IS NOT NULL AND longest_until IS NOT NULL)",
            name="live",
        ),
        CheckConstraint(
            "protected_until IS NULL OR (protected_until >= live_on AND protected_until <= longest_until)",
            name="protection",
        ),
        CheckConstraint("state <> 'won' OR won_on IS NOT NULL", name="won"),
        CheckConstraint("pooled_on IS NULL OR state IN ('released', 'expired')", name="pool"),
        CheckConstraint(
            "expected_amount IS NULL OR (expected_amount > 0 AND expected_amount % 100 = 0)",
            name="expected_amount",
        ),
        Index("ix_registration_distributor", "distributor_id", "state", "id"),
        Index("ix_registration_state", "state", "id"),
        Index("ix_registration_name_key", "name_key", "product_line_id"),
        Index("ix_registration_credit_code", "credit_code", "product_line_id"),
        Index("ix_registration_phone", "phone", "product_line_id"),
        Index(
            "ix_registration_pool",
            "pooled_on",
            "id",
            sqlite_where=text(IN_POOL),
            postgresql_where=text(IN_POOL),
        ),
    )
    number: Mapped[str | None] = mapped_column(unique=True)  # drawn when it is submitted
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    product_line_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    customer_kind: Mapped[str] = mapped_column(
        default="company"
    )  # a person or a company abroad proves itself
    name: Mapped[str]  # as it was typed
    name_key: Mapped[str]  # matching.key_of(name)
    credit_code: Mapped[str | None]  # unified social credit code
    contact_name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")  # as it is dialled
    region_code: Mapped[str | None]  # GB/T 2260
    project: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(default="CNY")
    expected_amount: Mapped[Decimal | None]
    expected_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="portal")
    external_code: Mapped[str | None]
    form_key: Mapped[str | None]  # names the form that was sent, so that a second tap registers nothing more
    state: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(default=1)
    submitted_at: Mapped[datetime | None]
    live_on: Mapped[date | None]
    protected_until: Mapped[date | None]
    longest_until: Mapped[date | None]  # beyond it no extension goes; fixed when protection begins
    extensions: Mapped[int] = mapped_column(default=0)
    appeals: Mapped[int] = mapped_column(default=0)
    followed_on: Mapped[date | None]  # the last follow-up, or when it went live
    warned_on: Mapped[date | None]  # since the last follow-up
    won_on: Mapped[date | None]
    ordered_on: Mapped[date | None]  # the last order that won it, or kept it
    maintained_until: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(default="")
    returned_until: Mapped[date | None]  # a draft that was sent back keeps its place until then; else none
    rests_until: Mapped[date | None]  # until then its distributor may not register the same customer again
    pooled_on: Mapped[date | None]
    claimed_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))  # who took it off the pool
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def held_until(self) -> date | None:
        """The last day on which nobody else gets the customer; as queries.HELD_UNTIL."""
        return self.maintained_until if self.state == "won" else self.protected_until

    @property
    def standing(self) -> str:
        """Its state, and two that follow from it: sent back to be corrected, and taken by another one's appeal.

        Whoever lost a customer by an appeal neither rests nor gives it to the pool, as after any other end.
        """
        if self.state == "draft" and self.number is not None:
            return "returned"
        is_lost = self.state == "released" and self.pooled_on is None and self.rests_until is None
        return "handed_over" if is_lost else self.state

    @property
    def kept_until(self) -> date | None:
        """Until when it is held, and none once it has ended; as queries.KEPT_UNTIL."""
        return self.held_until if self.state in {"live", "won"} else None


class RegistrationKey(Base):
    """What nobody else may register in a product line: the unique index decides who was first.

    Its rows are there while the registration is submitted, live or won and maintained, and for some days while it is
    corrected; they go when it ends.
    """

    __tablename__ = "registration_key"
    __table_args__ = (
        UniqueConstraint("kind", "value", "product_line_id"),
        CheckConstraint("kind IN ('code', 'name')", name="kind"),
        Index("ix_registration_key_registration_id", "registration_id"),
    )
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    kind: Mapped[str]
    value: Mapped[str]
    product_line_id: Mapped[int] = mapped_column(ForeignKey("category.id"))


class RegistrationGram(Base):
    """By what a similar name is found among those that hold keys; derived, no key of its own; it goes with them."""

    __tablename__ = "registration_gram"
    __table_args__ = (Index("ix_registration_gram_registration_id", "registration_id"),)
    id = None  # type: ignore[assignment]  # the three are the key
    product_line_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    gram: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class RegistrationQuota(Base):
    """How many registrations of a distributor are submitted, corrected or live; one guarded statement keeps it below the cap."""

    __tablename__ = "registration_quota"
    __table_args__ = (CheckConstraint("used >= 0", name="used"),)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"), unique=True)
    used: Mapped[int] = mapped_column(default=0)


class RegistrationCap(Base):
    """How many registrations a distributor of a tier may have at a time; where there is none, the setting."""

    __tablename__ = "registration_cap"
    __table_args__ = (CheckConstraint("most >= 0", name="most"),)
    tier_id: Mapped[int] = mapped_column(ForeignKey("tier.id"), unique=True)
    most: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)


class RegistrationEvent(Base):
    """The history of a registration, append-only."""

    __tablename__ = "registration_event"
    __table_args__ = (UniqueConstraint("registration_id", "version"),)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    version: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class RegistrationDecision(Base):
    """Append-only. What was decided about a registration, and the rule that decided it.

    `against_id` is the registration that it met; its distributor is never told to another one.
    """

    __tablename__ = "registration_decision"
    __table_args__ = (Index("ix_registration_decision_registration_id", "registration_id", "id"),)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    outcome: Mapped[str]  # accepted, queued, taken, refused
    rule: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    against_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class RegistrationFollowUp(Base):
    """Append-only. What a distributor did about its customer, and what it does next."""

    __tablename__ = "registration_follow_up"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('visit', 'call', 'message', 'meeting', 'sample', 'quotation', 'other')", name="kind"
        ),
        Index("ix_registration_follow_up_registration_id", "registration_id", "id"),
    )
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    kind: Mapped[str]
    day: Mapped[date]
    words: Mapped[str]
    next_step: Mapped[str] = mapped_column(default="")
    next_on: Mapped[date | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class DirectCustomer(Base):
    """A customer whom the brand serves itself (直营客户): nobody registers it, in one product line or in any."""

    __tablename__ = "direct_customer"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        Index("ix_direct_customer_name_key", "name_key"),
        Index("ix_direct_customer_credit_code", "credit_code"),
        Index("ix_direct_customer_sort_key", "sort_key", "id"),
    )
    name: Mapped[str]
    name_key: Mapped[str]
    sort_key: Mapped[str]
    credit_code: Mapped[str | None]
    product_line_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))  # None = every one
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]
