import base64
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock, editing
from trade.actor import Actor, Permission
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.notices import channels, rules
from trade.notices.models import NoticeChannel
from trade.people.names import EMAIL
from trade.text import code_key

OVERLAP = timedelta(hours=24)  # both secrets of a webhook sign, while the other side takes up the new one
SECURITIES = ("tls", "starttls", "none")
MAIL = ("host", "port", "security", "user", "sender")


@dataclass(frozen=True)
class ChannelGiven:
    """A channel as it is to be; without an id it is new. Secrets that are empty stay as they are."""

    channel_id: int | None
    version: int
    kind: str
    name: str
    per_minute: int
    is_active: bool = True
    may_be_private: bool = False
    locale: str = "zh_CN"
    groups: Sequence[str] = ()
    distributor: str | None = None  # its code
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Kept:
    """The channel, and the secret of a new webhook: shown once, and never again."""

    channel_id: int
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Rotation:
    channel_id: int
    version: int


def keep_channel(session: Session, actor: Actor, given: ChannelGiven) -> Kept:
    """Open a way for messages out of the building or change one; the audit has everything but the secrets."""
    if not actor.may(Permission.SETTING_MANAGE):
        raise Refused("access.denied", keep={"channel": given.channel_id})
    before = channels.get(session, given.channel_id) if given.channel_id else None
    if before is not None and before.kind != given.kind:
        raise Refused("notice_channel.not_found")  # a mail server does not become a webhook
    kept = channels.kept(before) if before else {}
    changed = {name: value for name, value in given.secrets.items() if value}
    after = _checked(session, given, kept | changed)
    shown: str | None = None
    if before is None:
        if given.kind == "webhook":
            shown = changed["secret"] = _fresh()
        channel = NoticeChannel(kind=given.kind, sealed=channels.seal(changed), **after)
        session.add(channel)
        session.flush()
        told = {name: (None, value) for name, value in _told(after, changed).items()}
        editing.record(session, actor, "notice_channel.opened", NoticeChannel, channel.id, told, version=1)
        return Kept(channel.id, shown)
    known = {name: getattr(before, name) for name in after}
    renewed = {name for name, value in changed.items() if kept.get(name) != value}
    changes = editing.differing(_told(known, {}), _told(after, {}))
    changes |= {name: ("***", "*** (new)") for name in renewed}
    if changes:
        version = editing.take_turn(session, NoticeChannel, before.id, given.version, changes)
        values = after | {"sealed": channels.seal(kept | changed), "held_until": None, "failures": 0}
        session.execute(update(NoticeChannel).where(NoticeChannel.id == given.channel_id).values(values))
        subject = (NoticeChannel, before.id, changes)
        editing.record(session, actor, "notice_channel.changed", *subject, version=version)
    return Kept(before.id)


def rotate_secret(session: Session, actor: Actor, given: Rotation) -> Kept:
    """Give a webhook a new secret, shown once; for a day every event is signed by both."""
    if not actor.may(Permission.SETTING_MANAGE):
        raise Refused("access.denied", keep={"channel": given.channel_id})
    channel = channels.get(session, given.channel_id)
    if channel.kind != "webhook":
        raise Refused("notice_channel.no_secret")
    kept, fresh = channels.kept(channel), _fresh()
    before = (
        {"before": kept["secret"], "before_until": (clock.now() + OVERLAP).isoformat()}
        if "secret" in kept
        else {}
    )
    changes = {"secret": ("***", "*** (new)")}
    version = editing.take_turn(session, NoticeChannel, channel.id, given.version, changes)
    sealed = channels.seal(kept | before | {"secret": fresh})
    session.execute(update(NoticeChannel).where(NoticeChannel.id == given.channel_id).values(sealed=sealed))
    subject = (NoticeChannel, given.channel_id, changes)
    editing.record(session, actor, "notice_channel.rotated", *subject, version=version)
    return Kept(given.channel_id, fresh)


def _fresh() -> str:
    return "whsec_" + base64.b64encode(randomness.token_bytes(32)).decode()


def _checked(session: Session, given: ChannelGiven, secrets: Mapping[str, str]) -> dict[str, Any]:
    """The columns as they are kept. Raises Refused for what could never send."""
    if given.kind not in channels.KINDS:
        raise Refused("notice_channel.not_found")
    if not set(given.groups) <= set(rules.GROUPS):
        raise Refused("notice_channel.group_unknown")
    if given.is_active and given.kind in rules.PERSONAL:
        twin = select(NoticeChannel.id).where(NoticeChannel.kind == given.kind, NoticeChannel.is_active)
        if session.scalar(twin.where(NoticeChannel.id != (given.channel_id or 0)).limit(1)) is not None:
            raise Refused("notice_channel.one_of_kind", field="is_active")
    settings = _mail(given) if given.kind == "mail" else _addressed(given, secrets)
    if given.is_active and given.kind not in rules.PERSONAL and not given.groups:
        raise Refused("notice_channel.nothing_chosen", field="groups")
    company = None
    if given.kind == "webhook" and given.distributor:
        company = session.scalar(
            select(Distributor.id).where(func.upper(Distributor.code) == code_key(given.distributor))
        )
        if company is None:
            raise Refused("notice_channel.distributor_unknown", field="distributor")
    return {
        "name": given.name,
        "per_minute": given.per_minute,
        "is_active": given.is_active,
        "may_be_private": given.may_be_private,
        "locale": given.locale,
        "groups": []
        if given.kind in rules.PERSONAL
        else [each for each in rules.GROUPS if each in given.groups],
        "distributor_id": company,
        "settings": settings,
    }


def _mail(given: ChannelGiven) -> dict[str, Any]:
    settings = {name: given.settings.get(name) for name in MAIL}
    for name in "host", "port", "sender":
        if not settings[name]:
            raise Refused("notice_channel.needed", field=name)
    if settings["security"] not in SECURITIES:
        raise Refused("notice_channel.needed", field="security")
    if not EMAIL.fullmatch(str(settings["sender"])) or not str(settings["sender"]).isascii():
        raise Refused("person.email_odd", field="sender")
    if settings["user"] and settings["security"] == "none" and not given.may_be_private:
        raise Refused("notice_channel.bare_password", field="security")
    return settings


def _addressed(given: ChannelGiven, secrets: Mapping[str, str]) -> dict[str, Any]:
    """What may be shown of an address that is itself a key: its host alone."""
    address = secrets.get("address", "")
    if not address:
        raise Refused("notice_channel.needed", field="address")
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    if given.kind == "sms":
        if "{phone}" not in address or "://" not in address:
            raise Refused("notice_channel.no_phone", field="address")
        return {"host": parts.scheme if host else ""}
    is_plain = parts.scheme == "http" and given.may_be_private if host else False
    if not host or not (parts.scheme == "https" or is_plain) or not address.isascii():
        raise Refused("notice_channel.address_odd", field="address")
    return {"host": host}


def _told(values: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """What the audit may say: settings one by one, of secrets that there is one."""
    flat = {name: value for name, value in values.items() if name not in {"settings", "groups", "is_active"}}
    flat |= {"in_use": values["is_active"], "groups": ", ".join(values["groups"])} | dict(values["settings"])
    return flat | dict.fromkeys(secrets, "***")
