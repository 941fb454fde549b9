from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base
from trade.opportunities.rules import HANDED_OVER

IS_OPEN = "closed_on IS NULL"


class Opportunity(Base):
    """What a distributor may sell to a customer that it registered (商机): one at a time for each registration.

    It is won by an order alone, never by hand, so that a forecast can be held against what was ordered.
    """

    __tablename__ = "opportunity"
    __table_args__ = (
        UniqueConstraint("distributor_id", "form_key"),
        UniqueConstraint("order_id"),
        CheckConstraint("stage IN ('contact', 'need', 'quote', 'negotiation', 'won', 'lost')", name="stage"),
        CheckConstraint("(stage IN ('won', 'lost')) = (closed_on IS NOT NULL)", name="closed"),
        CheckConstraint("(stage = 'won') = (order_id IS NOT NULL)", name="won"),
        CheckConstraint("(stage = 'lost') = (lost_reason <> '')", name="lost"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        CheckConstraint("reached BETWEEN 0 AND 4", name="reached"),
        CheckConstraint("next_step <> '' OR next_on IS NULL", name="next_step"),
        Index("ix_opportunity_distributor", "distributor_id", "stage", "id"),
        Index("ix_opportunity_stage", "stage", "id"),
        Index(
            "ix_opportunity_next_on", "next_on", sqlite_where=text(IS_OPEN), postgresql_where=text(IS_OPEN)
        ),
        Index("ix_opportunity_registration_id", "registration_id", "id"),
        Index(
            "uq_opportunity_open",
            "registration_id",
            unique=True,
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
    )
    number: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    subject: Mapped[str]
    currency: Mapped[str]
    amount: Mapped[Decimal]  # expected, with tax, at what the distributor buys for
    expected_on: Mapped[date]
    stage: Mapped[str] = mapped_column(default="contact")
    version: Mapped[int] = mapped_column(default=1)
    reached: Mapped[int] = mapped_column(default=0)  # the farthest stage it was in: rules.RANK
    opened_on: Mapped[date]
    stage_on: Mapped[date]  # since when it is in its stage
    followed_on: Mapped[date]  # when something was last done about it
    next_step: Mapped[str] = mapped_column(default="")
    next_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    lost_reason: Mapped[str] = mapped_column(default="")
    lost_words: Mapped[str] = mapped_column(default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))  # which won it
    form_key: Mapped[str]  # names the form that was sent, so that a second tap opens nothing more
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    @property
    def standing(self) -> str:
        """Its stage; and apart from the lost ones, whose customer was taken by another one's appeal."""
        return "handed_over" if self.lost_reason == HANDED_OVER else self.stage


class OpportunityEvent(Base):
    """The history of an opportunity, append-only."""

    __tablename__ = "opportunity_event"
    __table_args__ = (UniqueConstraint("opportunity_id", "version"),)
    opportunity_id: Mapped[int] = mapped_column(ForeignKey("opportunity.id"))
    version: Mapped[int]
    action: Mapped[str]
    stage: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Quotation(Base):
    """Append-only. What the distributor offered its customer (报价单), at its own prices; a change is a new revision.

    What the distributor itself pays stands nowhere here: this paper leaves the house.
    """

    __tablename__ = "quotation"
    __table_args__ = (
        UniqueConstraint("opportunity_id", "revision"),
        UniqueConstraint("opportunity_id", "form_key"),
        CheckConstraint("revision > 0", name="revision"),
        CheckConstraint("gross >= 0 AND gross % 100 = 0", name="gross"),
        CheckConstraint("valid_until >= issued_on", name="validity"),
    )
    opportunity_id: Mapped[int] = mapped_column(ForeignKey("opportunity.id"))
    number: Mapped[str] = mapped_column(unique=True)
    revision: Mapped[int]
    issued_on: Mapped[date]
    valid_until: Mapped[date]  # the last day on which it holds
    customer: Mapped[str]
    contact_name: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")  # terms, as the customer reads them
    currency: Mapped[str]
    gross: Mapped[Decimal]  # the sum of its lines
    form_key: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class QuotationLine(Base):
    """Append-only. Gross per order unit, as the distributor typed it; what the SKU was called then is kept."""

    __tablename__ = "quotation_line"
    __table_args__ = (
        UniqueConstraint("quotation_id", "line_no"),
        UniqueConstraint("quotation_id", "sku_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("price >= 0 AND gross >= 0 AND gross % 100 = 0", name="amounts"),
    )
    quotation_id: Mapped[int] = mapped_column(ForeignKey("quotation.id"))
    line_no: Mapped[int]
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    sku_code: Mapped[str]
    sku_name: Mapped[str]
    unit: Mapped[str]
    quantity: Mapped[int]
    price: Mapped[Decimal]
    gross: Mapped[Decimal]


class QuotationOrder(Base):
    """Append-only. Which order a quotation was made into; one that was given up may be followed by another."""

    __tablename__ = "quotation_order"
    __table_args__ = (
        UniqueConstraint("quotation_id", "order_id"),
        Index("ix_quotation_order_order_id", "order_id"),
    )
    quotation_id: Mapped[int] = mapped_column(ForeignKey("quotation.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
