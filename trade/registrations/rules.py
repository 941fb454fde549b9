"""The clock of a registration and what may be asked of it. Pure: days come as arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True)
class Figures:
    """What an administrator set: days, counts, and from which likeness two names need a person."""

    protection_days: int = 90
    longest_days: int = 180
    most_extensions: int = 2
    shortest_extension: int = 30
    longest_extension: int = 45
    extension_window_days: int = 30
    warn_days: int = 30
    lapse_days: int = 45
    rest_days: int = 30
    maintenance_days: int = 180
    appeal_days: int = 15
    return_days: int = 7
    most_returns: int = 2
    most_live: int = 100
    similar_percent: int = 85

    @property
    def similar(self) -> float:
        return self.similar_percent / 100


@dataclass(frozen=True)
class Held:
    """What the clock needs to know of a live registration; every day is the last on which it still holds."""

    live_on: date
    protected_until: date
    followed_on: date
    warned_on: date | None


@dataclass(frozen=True)
class Due:
    """What time alone made of a registration, and from which day on."""

    action: str  # warn, lapse, expire
    day: date


def figures(settings: Mapping[str, Any]) -> Figures:
    """The figures from the settings under `registration.`."""
    known = {key.removeprefix("registration."): value for key, value in settings.items()}
    return Figures(**{name: int(known[name]) for name in Figures.__dataclass_fields__ if name in known})


def protection(live_on: date, given: Figures) -> tuple[date, date]:
    """Until when a registration is protected that goes live, and until when it can be at most.

    The day on which it goes live counts as none: 90 whole days follow it.
    """
    longest = live_on + timedelta(days=given.longest_days)
    return min(live_on + timedelta(days=given.protection_days), longest), longest


def extended(protected_until: date, longest_until: date, days: int) -> date:
    """Until when it is protected after an extension: never beyond the longest."""
    return min(protected_until + timedelta(days=days), longest_until)


def ending(held: Held, given: Figures) -> Due:
    """How and from which day on it ends if nothing is done about it: for want of a follow-up, or of protection."""
    expires = Due("expire", held.protected_until + timedelta(days=1))
    lapses = Due("lapse", held.followed_on + timedelta(days=given.lapse_days))
    return min((expires, lapses), key=lambda each: each.day)


def due(held: Held, given: Figures, today: date) -> Due | None:
    """What a day makes of a live registration; whatever was first due decides, also when nobody looked for a week.

    30 whole days without a follow-up: a warning on the 30th; 45: it goes to the pool on the 45th.
    """
    ends = ending(held, given)
    if ends.day <= today:
        return ends
    warns = Due("warn", held.followed_on + timedelta(days=given.warn_days))
    return warns if warns.day <= today and held.warned_on is None else None


def extension_refusal(
    protected_until: date,
    longest_until: date,
    extensions: int,
    days: int,
    given: Figures,
    today: date,
) -> str | None:
    """Why protection cannot be extended, as a code; None when it can."""
    if today > protected_until:
        return "registration.protection_over"
    if extensions >= given.most_extensions:
        return "registration.extended_enough"
    if not given.shortest_extension <= days <= given.longest_extension:
        return "registration.extension_odd"
    if protected_until >= longest_until:
        return "registration.longest_reached"
    return None


def extension_opens(protected_until: date, given: Figures) -> date | None:
    """From which day on it can be prolonged: what happens is shown when it is needed; None is at any time."""
    days = given.extension_window_days
    return protected_until - timedelta(days=days) if days else None


def returned_until(today: date, returns: int, given: Figures) -> date | None:
    """The last day on which what is sent back to be corrected keeps its place; None where it loses it at once.

    Only what came back fewer times than the setting says keeps it, whatever became of it in between: nobody has a
    customer for ever by sending it again and again, but for 14 days of correction (2 times 7) in all. The time that
    the brand takes to decide counts for nothing here, as it is not its distributor's.
    """
    is_kept = given.return_days > 0 and returns < given.most_returns
    return today + timedelta(days=given.return_days) if is_kept else None


def appeal_until(ended_on: date, given: Figures) -> date:
    """The last day on which a refusal, or an ending by the brand, can be appealed."""
    return ended_on + timedelta(days=given.appeal_days)


def rests_until(ended_on: date, given: Figures) -> date:
    """The last day on which its distributor may not register the same customer again."""
    return ended_on + timedelta(days=given.rest_days - 1) if given.rest_days else ended_on - timedelta(days=1)


def maintained_until(won_on: date, given: Figures) -> date:
    return won_on + timedelta(days=given.maintenance_days)
