"""The ways out, as the administrator keeps them; what is secret is read only where a message leaves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import sealing
from trade.errors import Refused
from trade.notices.models import Dispatch, NoticeChannel

PURPOSE = "notice-channel"
KINDS = ("mail", "sms", "wecom", "dingtalk", "feishu", "webhook")
USUAL_RATE = {"mail": 120, "sms": 30, "wecom": 18, "dingtalk": 18, "feishu": 60, "webhook": 120}  # a minute
ADDRESSES = {
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/",
}


@dataclass(frozen=True)
class Way:
    """A channel as a sender needs it."""

    id: int
    kind: str
    settings: Mapping[str, Any]
    sealed: str = field(repr=False)
    may_be_private: bool = False
    locale: str = "zh_CN"

    def secrets(self) -> dict[str, str]:
        """Open what is kept secret, for one message. Raises sealing.Unsealable after a change of the key."""
        found: dict[str, str] = json.loads(sealing.unseal(self.sealed, PURPOSE))
        return found


@dataclass(frozen=True)
class Trial:
    """How the last test of a channel went."""

    at: datetime
    is_sent: bool
    is_dead: bool
    answer: str


def seal(secrets: Mapping[str, str]) -> str:
    return sealing.seal(json.dumps(dict(secrets)), PURPOSE)


def kept(channel: NoticeChannel) -> dict[str, str]:
    """What a channel keeps secret, to be changed in part; nothing when it opens no more."""
    try:
        return of(channel).secrets()
    except sealing.Unsealable:
        return {}


def of(channel: NoticeChannel) -> Way:
    settings, private = dict(channel.settings), channel.may_be_private
    return Way(channel.id, channel.kind, settings, channel.sealed, private, channel.locale)


def listed(session: Session) -> list[NoticeChannel]:
    """All channels, those in use first."""
    order = NoticeChannel.is_active.desc(), NoticeChannel.kind, NoticeChannel.id
    return list(session.scalars(select(NoticeChannel).order_by(*order)))


def get(session: Session, channel_id: int) -> NoticeChannel:
    """Find a channel. Raises Refused."""
    found = session.scalars(select(NoticeChannel).where(NoticeChannel.id == channel_id)).one_or_none()
    if found is None:
        raise Refused("notice_channel.not_found")
    return found


def last_trial(session: Session, channel_id: int) -> Trial | None:
    """What became of the last test message; None when nobody has tried."""
    newest = (
        select(Dispatch)
        .where(Dispatch.channel_id == channel_id, Dispatch.topic == "channel.test")
        .order_by(Dispatch.id.desc())
        .limit(1)
    )
    found = session.scalars(newest).one_or_none()
    if found is None:
        return None
    return Trial(found.at, found.sent_at is not None, found.dead_at is not None, found.last_answer or "")


def kinds_in_use(session: Session) -> set[str]:
    """Which kinds of channels carry messages now, so that people can choose among them."""
    return set(session.scalars(select(NoticeChannel.kind).where(NoticeChannel.is_active).distinct()))
