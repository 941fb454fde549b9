from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock, settings
from trade.actor import Actor, Permission
from trade.colour import READABLE, WHITE, contrast, parse
from trade.connectors.gateways import GATEWAYS
from trade.db import insert_once
from trade.errors import Refused
from trade.money import CENT
from trade.people import factors, sessions
from trade.people.factors import Demand
from trade.settings import Setting

LONGEST_NAME = 30
SECOND_FACTOR = "login.second_factor"


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds, both included."""

    smallest: int
    largest: int


@dataclass(frozen=True)
class Yuan:
    """An amount in whole 分, kept as text."""

    largest: Decimal = Decimal("999999999.99")


@dataclass(frozen=True)
class Name:
    longest: int = LONGEST_NAME


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]


class Accent:
    """A colour that white text can be read on, as #rrggbb; empty for the colour of the theme."""


class Registered:
    """The name of a payment gateway that is registered; empty for none."""


class YesNo:
    """True or false."""


@dataclass(frozen=True)
class SettingsEdit:
    """Values by key, and (`seen`) what stood when the form was opened: what was not touched stays as it is now."""

    values: Mapping[str, Any]
    seen: Mapping[str, Any] = field(default_factory=dict)


Rule = Whole | Yuan | Name | Accent | YesNo | OneOf | Registered
RULES: Mapping[str, Rule] = {
    "brand.name": Name(),
    "brand.accent": Accent(),
    "order.approve_first": YesNo(),
    "order.approve_above": Yuan(),
    "order.decision_hours": Whole(1, 720),
    "order.escalation_hours": Whole(1, 720),
    "approval.bulk_most": Yuan(),
    "price.needs_approval": YesNo(),
    "price.decision_hours": Whole(1, 720),
    "price.escalation_hours": Whole(1, 720),
    "credit.grace_days": Whole(0, 365),
    "credit.over_limit_most": Yuan(),
    "credit.remind_days": Whole(0, 60),
    "credit.decision_hours": Whole(1, 720),
    "credit.escalation_hours": Whole(1, 720),
    "order.nudge_hours": Whole(1, 720),
    "order.auto_receipt_days": Whole(1, 365),
    "return.window_days": Whole(0, 3650),
    "return.decision_hours": Whole(1, 720),
    "return.escalation_hours": Whole(1, 720),
    "statement.automatic": YesNo(),
    "statement.confirm_days": Whole(1, 90),
    "broadcast.remind_days": Whole(1, 30),
    "payment.gateway": Registered(),
    "registration.protection_days": Whole(1, 365),
    "registration.longest_days": Whole(1, 730),
    "registration.most_extensions": Whole(0, 10),
    "registration.shortest_extension": Whole(1, 180),
    "registration.longest_extension": Whole(1, 180),
    "registration.extension_window_days": Whole(0, 365),
    "registration.warn_days": Whole(1, 365),
    "registration.lapse_days": Whole(1, 365),
    "registration.rest_days": Whole(0, 365),
    "registration.maintenance_days": Whole(0, 1095),
    "registration.appeal_days": Whole(0, 365),
    "registration.return_days": Whole(0, 60),
    "registration.most_returns": Whole(0, 10),
    "registration.most_live": Whole(0, 100_000),
    "registration.similar_percent": Whole(50, 100),
    "registration.decision_hours": Whole(1, 720),
    "registration.escalation_hours": Whole(1, 720),
    "opportunity.contact_percent": Whole(0, 100),
    "opportunity.need_percent": Whole(0, 100),
    "opportunity.quote_percent": Whole(0, 100),
    "opportunity.negotiation_percent": Whole(0, 100),
    "opportunity.stale_days": Whole(1, 180),
    "opportunity.quotation_days": Whole(1, 365),
    "session.hours": Whole(1, 720),
    "session.idle_hours": Whole(1, 720),
    "session.staff_idle_hours": Whole(1, 720),
    "login.attempts": Whole(3, 20),
    "login.window_minutes": Whole(1, 1440),
    "login.second_factor": OneOf(tuple(Demand)),
    "application.open": YesNo(),
    "application.days": Whole(1, 365),
    "application.decision_hours": Whole(1, 720),
    "application.escalation_hours": Whole(1, 720),
    "contract.warn_days": Whole(1, 365),
    "invitation.days": Whole(1, 90),
}


def change_settings(session: Session, actor: Actor, given: SettingsEdit) -> list[str]:
    """Set what was changed, each with its own line in the audit; answers the keys.

    What somebody else changed meanwhile is told once, never put back unseen.
    """
    if not actor.may(Permission.SETTING_MANAGE):
        raise Refused("access.denied", keep={"keys": sorted(given.values)})
    before = settings.load(session, "")
    changed = []
    for key, value in sorted(given.values.items()):
        kept = _checked(key, value)
        seen = given.seen.get(key, before[key])
        if kept in (before[key], seen):
            continue
        if seen != before[key]:
            raise Refused("setting.changed_meanwhile", field=_field(key), now=str(before[key]))
        if not insert_once(session, Setting, key=key, value=kept):
            session.execute(update(Setting).where(Setting.key == key).values(value=kept))
        facts = {"key": key, "before": before[key], "after": kept}
        audit.record(session, actor, "setting.changed", facts, subject="setting")
        if key == SECOND_FACTOR:
            _ask_for_factors(session, actor, value)
        changed.append(key)
    return changed


def _ask_for_factors(session: Session, actor: Actor, demand: str) -> None:
    """Sign out whoever has shown no second factor and must from now on; who says so has one, or would be out as well."""
    if demand == Demand.OFF:
        return
    if actor.person_id is not None and not factors.held_by(session, actor.person_id).is_any:
        raise Refused("factor.own_first", field=_field(SECOND_FACTOR))
    sessions.end_unproven(
        session, clock.now(), is_staff_only=demand == Demand.STAFF, but_person=actor.person_id
    )


def _checked(key: str, value: Any) -> Any:
    """The value as it is kept. Raises Refused for an unknown key, another type, or what is out of bounds."""
    rule = RULES.get(key)
    if rule is None:
        raise Refused("setting.not_found")
    if isinstance(rule, YesNo) and isinstance(value, bool):
        return value
    if isinstance(rule, OneOf) and isinstance(value, str) and value in rule.words:
        return value
    if isinstance(rule, Name) and isinstance(value, str) and 0 < len(value.strip()) <= rule.longest:
        return value.strip()
    if isinstance(rule, Yuan) and isinstance(value, Decimal) and _is_amount(value, rule.largest):
        return f"{value:.2f}"
    if isinstance(rule, Accent) and (value is None or isinstance(value, str)):
        return _accent(key, value or "")
    if isinstance(rule, Registered) and (not value or value in GATEWAYS):
        return value or ""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(rule, Whole) and is_whole and rule.smallest <= value <= rule.largest:
        return value
    raise Refused("setting.out_of_range", field=_field(key))


def _accent(key: str, value: str) -> str:
    """Buttons and counts have white words on this colour, so it has to be dark enough for them."""
    if not value:
        return ""
    try:
        colour = parse(value)
    except ValueError:
        raise Refused("setting.no_colour", field=_field(key)) from None
    if (found := contrast(colour, WHITE)) < READABLE:
        raise Refused(
            "setting.accent_too_light", field=_field(key), found=f"{found:.1f}", least=f"{READABLE}"
        )
    return colour.text


def _is_amount(value: Decimal, largest: Decimal) -> bool:
    return Decimal(0) <= value <= largest and value == value.quantize(CENT)


def _field(key: str) -> str:
    return key.replace(".", "_")
