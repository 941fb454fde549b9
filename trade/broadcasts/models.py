from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Broadcast(Base):
    """What the brand says to many distributors at one moment (政策下发): a price, a policy, a promotion, a product.

    Once published its words never change; a correction is another broadcast that names this one, its edition one
    higher, and asks anew to be acknowledged.
    """

    __tablename__ = "broadcast"
    __table_args__ = (
        CheckConstraint("kind IN ('price', 'policy', 'promotion', 'product')", name="kind"),
        CheckConstraint(
            "state IN ('draft', 'scheduled', 'published', 'recalled', 'superseded', 'discarded')",
            name="state",
        ),
        CheckConstraint("demand IN ('none', 'read', 'agree')", name="demand"),
        CheckConstraint("(demand = 'none') = (acknowledge_by IS NULL)", name="acknowledge_by"),
        CheckConstraint("state <> 'scheduled' OR publish_at IS NOT NULL", name="publish_at"),
        CheckConstraint(
            "(published_at IS NULL) = (state IN ('draft', 'scheduled', 'discarded'))", name="published"
        ),
        CheckConstraint("recipients >= 0", name="recipients"),
        Index("ix_broadcast_due", "state", "publish_at"),
        Index(
            "uq_broadcast_correction",
            "supersedes_id",
            unique=True,
            sqlite_where=text("state <> 'discarded'"),
            postgresql_where=text("state <> 'discarded'"),
        ),
    )
    number: Mapped[str | None] = mapped_column(unique=True)  # from the moment of publishing
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]  # plain text; an empty line begins a paragraph
    search_text: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(default=1)
    demand: Mapped[str] = mapped_column(default="none")  # to be acknowledged as read, or as agreed to
    acknowledge_by: Mapped[date | None]  # that day is still in time
    expires_on: Mapped[date | None]  # the last day on which it holds; later it lies in the archive
    is_everyone: Mapped[bool] = mapped_column(default=False)  # else the parts of its audience say to whom
    publish_at: Mapped[datetime | None]
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # whose reach bounds it
    published_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)  # frozen with them
    edition: Mapped[int] = mapped_column(default=1)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("broadcast.id"))
    change_note: Mapped[str] = mapped_column(default="")  # what a correction corrects
    reason: Mapped[str] = mapped_column(default="")  # of a recall, or why it could not be published
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class AudiencePart(Base):
    """One tier, territory (with all below it), channel or distributor that something is for; shared with the library.

    Of one kind any will do, of each kind named one must hold; chosen distributors come besides, excepted ones never.
    """

    __tablename__ = "audience_part"
    __table_args__ = (
        CheckConstraint("subject IN ('broadcast', 'library_item')", name="subject"),
        CheckConstraint(
            "(CASE WHEN tier_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN territory_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN channel_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN distributor_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one",
        ),
        CheckConstraint("NOT is_excepted OR distributor_id IS NOT NULL", name="excepted"),
        Index("ix_audience_part_subject", "subject", "subject_id"),
        Index("ix_audience_part_distributor_id", "distributor_id"),
    )
    subject: Mapped[str]
    subject_id: Mapped[int]
    tier_id: Mapped[int | None] = mapped_column(ForeignKey("tier.id"))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    is_excepted: Mapped[bool] = mapped_column(default=False)


class BroadcastRecipient(Base):
    """Append-only. A distributor that a broadcast went to, as it was at that moment."""

    __tablename__ = "broadcast_recipient"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "distributor_id"),
        Index("ix_broadcast_recipient_distributor_id", "distributor_id", "broadcast_id"),
    )
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcast.id"))
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    at: Mapped[datetime]


class BroadcastRead(Base):
    """Append-only. The first time that a person at a recipient had it before the eyes."""

    __tablename__ = "broadcast_read"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "distributor_id", "person_id"),
        ForeignKeyConstraint(
            ["broadcast_id", "distributor_id"],
            ["broadcast_recipient.broadcast_id", "broadcast_recipient.distributor_id"],
            name="fk_broadcast_read_recipient",
        ),
    )
    broadcast_id: Mapped[int]
    distributor_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class BroadcastAcknowledgement(Base):
    """Append-only. A recipient's one word that it has read, or agrees; by whom, when, from where."""

    __tablename__ = "broadcast_acknowledgement"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "distributor_id"),
        CheckConstraint("said IN ('read', 'agree')", name="said"),
        ForeignKeyConstraint(
            ["broadcast_id", "distributor_id"],
            ["broadcast_recipient.broadcast_id", "broadcast_recipient.distributor_id"],
            name="fk_broadcast_acknowledgement_recipient",
        ),
    )
    broadcast_id: Mapped[int]
    distributor_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    said: Mapped[str]
    is_late: Mapped[bool]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class BroadcastReminder(Base):
    """Append-only. That a recipient was asked again: before the day, after it, or by hand; each once a day."""

    __tablename__ = "broadcast_reminder"
    __table_args__ = (
        UniqueConstraint("broadcast_id", "distributor_id", "day"),
        CheckConstraint("kind IN ('before', 'after', 'hand')", name="kind"),
        ForeignKeyConstraint(
            ["broadcast_id", "distributor_id"],
            ["broadcast_recipient.broadcast_id", "broadcast_recipient.distributor_id"],
            name="fk_broadcast_reminder_recipient",
        ),
    )
    broadcast_id: Mapped[int]
    distributor_id: Mapped[int]
    kind: Mapped[str]
    day: Mapped[date]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class BroadcastEvent(Base):
    """The history of a broadcast, append-only."""

    __tablename__ = "broadcast_event"
    __table_args__ = (UniqueConstraint("broadcast_id", "version"),)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcast.id"))
    version: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
