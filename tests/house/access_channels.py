"""Ways for messages out of the building: a mail server and a webhook, whose secrets nobody kept."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.notices.models import NoticeChannel
from trade.notices.rules import GROUPS


def plant(session: Session, actor: Actor, given: None) -> None:
    """One channel that reaches people, and one that reaches a program."""
    mail = {"host": "mail.brand.cn", "port": 465, "security": "tls", "sender": "portal@brand.cn", "user": ""}
    session.add(NoticeChannel(kind="mail", name="邮件", per_minute=60, groups=[], settings=mail, sealed=""))
    session.add(
        NoticeChannel(
            kind="webhook",
            name="客户 ERP",
            per_minute=60,
            groups=["orders"],
            settings={"host": "erp.customer.cn"},
            sealed="",
        )
    )


def objects(session: Session) -> dict[str, int]:
    """Ids by name: mail, webhook."""
    return {kind: key for kind, key in session.execute(select(NoticeChannel.kind, NoticeChannel.id))}


def fields() -> dict[str, dict[str, Any]]:
    """What is sent in the forms of channels."""
    seen = {"version": "1"}
    hook = {**seen, "kind": "webhook", "name": "物流 ERP", "per_minute": "60", "locale": "zh_CN"}
    hook |= {"address": "https://erp.customer.cn/events", "group": "orders", "is_active": "yes"}
    robot = {**hook, "kind": "wecom", "name": "销售群"}
    wishes = {f"{group}_{kind}": "daily" for group in GROUPS for kind in ("mail", "sms")}
    return {
        "POST /admin/channels": robot,
        "POST /admin/channels/<id:channel_id>": hook,
        "POST /admin/channels/<id:channel_id>/secret": seen,
        "/me/reach": wishes | {"begins": "22:00", "ends": "07:00"},
    }
