from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Notice(Base):
    """One message to one person, in the app. The words are found from `topic` and `facts` when it is shown."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("outbox_id", "person_id"),
        Index("ix_notice_person_id", "person_id", "read_at", "id"),
    )
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    topic: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]


class OutboxMessage(Base):
    """What is to leave the building; written with the deed, sent after it, at least once."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_due", "sent_at", "dead_at", "due_at"),)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]


class NoticeChannel(Base):
    """A way for messages to leave the building: the mail server, the robot of a team's group, a partner's address."""

    __tablename__ = "notice_channel"
    __table_args__ = (
        CheckConstraint("kind IN ('mail', 'sms', 'wecom', 'dingtalk', 'feishu', 'webhook')", name="kind"),
        CheckConstraint("per_minute > 0", name="per_minute"),
    )
    kind: Mapped[str]
    name: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    may_be_private: Mapped[bool] = mapped_column(
        default=False
    )  # its address may lie in the brand's own network
    per_minute: Mapped[int]
    locale: Mapped[str] = mapped_column(default="zh_CN")  # of a group; people have their own
    groups: Mapped[list[str]] = mapped_column(JSON)  # kinds of events that a team or partner hears of
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))  # whose webhook it is
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)  # what may be shown again
    sealed: Mapped[str]  # what may not: passwords, keys, addresses that are keys
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    failures: Mapped[int] = mapped_column(default=0)  # one after the other, of the channel itself
    held_until: Mapped[datetime | None]  # the other side is down, or has asked for patience
    leased_until: Mapped[datetime | None]  # one worker at a time, so that messages keep their order


class Dispatch(Base):
    """One message on its way out through one channel, to a person or (none) to whoever listens there."""

    __tablename__ = "notice_dispatch"
    __table_args__ = (
        Index("ix_notice_dispatch_due", "channel_id", "sent_at", "dead_at", "due_at"),
        Index("ix_notice_dispatch_tried", "channel_id", "tried_at"),
    )
    key: Mapped[str] = mapped_column(unique=True)  # what the receiver tells repeats by
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"))  # none: a test
    channel_id: Mapped[int] = mapped_column(ForeignKey("notice_channel.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    face: Mapped[str]  # whose words and pages
    topic: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    bundle: Mapped[str | None]  # the day of a digest: those of a person go out as one
    at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    last_answer: Mapped[str | None]  # shortened, in the other side's words
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]


class NoticeWish(Base):
    """What a person wants otherwise than people in their role usually do: a kind of event, a channel, how."""

    __tablename__ = "notice_wish"
    __table_args__ = (
        UniqueConstraint("person_id", "group", "kind"),
        CheckConstraint("way IN ('off', 'now', 'daily')", name="way"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    group: Mapped[str]
    kind: Mapped[str]  # mail or sms
    way: Mapped[str]


class QuietHours(Base):
    """When a person wants to hear nothing, in minutes of the brand's day; the end may lie after midnight."""

    __tablename__ = "notice_quiet_hours"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    begins: Mapped[int]
    ends: Mapped[int]
