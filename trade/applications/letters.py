"""What leaves the house for an applicant, who is nobody's person here yet: a code, and how it goes on."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import sealing
from trade.applications.models import Application
from trade.notices.dispatches import GUEST, SEALED
from trade.notices.models import Dispatch, NoticeChannel

PURPOSE = "application"  # what tokens and codes are sealed for
TOPICS = "applicant."
WAYS = ("sms", "mail")  # by text message where the brand can, else by mail, else the reviewer calls


def way_of(session: Session) -> str:
    """How this installation proves that a contact can be reached; `call` where no channel carries a code."""
    kinds = select(NoticeChannel.kind).where(NoticeChannel.is_active, NoticeChannel.distributor_id.is_(None))
    known = set(session.scalars(kinds))
    return next((way for way in WAYS if way in known), "call")


def post(
    session: Session, application: Application, topic: str, code: str | None = None, **facts: str
) -> bool:
    """Put a letter to an applicant down; says whether there is a way for it. Its link and code are sealed."""
    way = application.way
    channel = (
        select(NoticeChannel.id)
        .where(
            NoticeChannel.kind == way,
            NoticeChannel.is_active,
            NoticeChannel.distributor_id.is_(None),
        )
        .order_by(NoticeChannel.id)
        .limit(1)
    )
    channel_id = session.scalar(channel)
    if channel_id is None or way not in WAYS:
        return False
    secret: dict[str, str] = {"code": code} if code else {"key": sealing.unseal(application.sealed, PURPOSE)}
    guest = {"name": application.contact_name, "locale": "zh_CN", "email": application.email}
    guest["phone"] = application.phone
    told: dict[str, Any] = {GUEST: guest, SEALED: sealing.seal(json.dumps(secret), PURPOSE)}
    told |= {"number": application.number or "", **facts}
    key = f"applicant-{secrets.token_hex(8)}"
    session.add(
        Dispatch(key=key, channel_id=channel_id, person_id=None, face="portal", topic=topic, facts=told)
    )
    return True


def opened(facts: Mapping[str, Any]) -> dict[str, str]:
    """The secrets of a letter, opened in the moment of sending."""
    found: dict[str, str] = json.loads(sealing.unseal(str(facts.get(SEALED, "")), PURPOSE))
    return found
