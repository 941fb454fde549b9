from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.notices import channels, dispatches, rules
from trade.notices.models import Dispatch
from trade.people.models import Person


def try_channel(session: Session, actor: Actor, channel_id: int) -> None:
    """Let the worker send a test message: to the group or partner, by mail and text message to who asks for it."""
    if not actor.may(Permission.SETTING_MANAGE):
        raise Refused("access.denied", keep={"channel": channel_id})
    channel = channels.get(session, channel_id)
    person_id = actor.person_id if channel.kind in rules.PERSONAL else None
    if channel.kind in rules.PERSONAL:
        address = Person.email if channel.kind == "mail" else Person.phone
        if not session.scalar(select(address).where(Person.id == person_id)):
            raise Refused("notice_channel.no_own_address")
    serial = (session.scalar(select(func.max(Dispatch.id))) or 0) + 1
    dispatches.try_out(session, channel_id, person_id, serial)
    audit.record(session, actor, "notice_channel.tried", {}, subject="notice_channel", subject_id=channel_id)
