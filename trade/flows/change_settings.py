from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, settings
from trade.actor import Actor, Permission
from trade.db import insert_once
from trade.errors import Refused
from trade.money import CENT
from trade.settings import Setting

LONGEST_NAME = 30


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


class YesNo:
    """True or false."""


@dataclass(frozen=True)
class SettingsEdit:
    """Values by key, and (`seen`) what stood when the form was opened: what was not touched stays as it is now."""

    values: Mapping[str, Any]
    seen: Mapping[str, Any] = field(default_factory=dict)


Rule = Whole | Yuan | Name | YesNo
RULES: Mapping[str, Rule] = {
    "brand.name": Name(),
    "order.approve_first": YesNo(),
    "order.approve_above": Yuan(),
    "order.decision_hours": Whole(1, 720),
    "order.escalation_hours": Whole(1, 720),
    "order.nudge_hours": Whole(1, 720),
    "order.auto_receipt_days": Whole(1, 365),
    "return.window_days": Whole(0, 3650),
    "return.decision_hours": Whole(1, 720),
    "return.escalation_hours": Whole(1, 720),
    "session.hours": Whole(1, 720),
    "login.attempts": Whole(3, 20),
    "login.window_minutes": Whole(1, 1440),
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
        changed.append(key)
    return changed


def _checked(key: str, value: Any) -> Any:
    """The value as it is kept. Raises Refused for an unknown key, another type, or what is out of bounds."""
    rule = RULES.get(key)
    if rule is None:
        raise Refused("setting.not_found")
    if isinstance(rule, YesNo) and isinstance(value, bool):
        return value
    if isinstance(rule, Name) and isinstance(value, str) and 0 < len(value.strip()) <= rule.longest:
        return value.strip()
    if isinstance(rule, Yuan) and isinstance(value, Decimal) and _is_amount(value, rule.largest):
        return f"{value:.2f}"
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(rule, Whole) and is_whole and rule.smallest <= value <= rule.largest:
        return value
    raise Refused("setting.out_of_range", field=_field(key))


def _is_amount(value: Decimal, largest: Decimal) -> bool:
    return Decimal(0) <= value <= largest and value == value.quantize(CENT)


def _field(key: str) -> str:
    return key.replace(".", "_")
