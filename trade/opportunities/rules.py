"""What a stage is worth, and how long ago is long: pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from trade.errors import Refused

STAGES = ("contact", "need", "quote", "negotiation")  # in their order; an opportunity may also go back
# A next step that says no more than that a quotation is to be made.
QUOTING = re.compile(
    r"(再|重新|发|出|做|制作|提交|发送)?(一份)?报价单?|(send |make )?(a |the )?(quote|quotation)",
    re.IGNORECASE,
)
CLOSED = ("won", "lost")
RANK = {stage: at for at, stage in enumerate((*STAGES, "won"))}
REASONS = ("price", "competitor", "no_budget", "delayed", "product", "other")  # as a person gives them
ENDED = "registration"  # the customer is no longer the distributor's
HANDED_OVER = (
    "appeal"  # it is another's by an appeal, so nobody lost the opportunity: it counts among no lost ones
)
AGES = (14, 30, 60, 90)  # days, the last of each bucket; then comes what is older


@dataclass(frozen=True)
class Figures:
    """What an administrator set."""

    percents: Mapping[str, int]  # how likely an order is, by stage
    stale_days: int
    quotation_days: int


def figures(given: Mapping[str, Any]) -> Figures:
    """Read them from the settings below "opportunity."."""
    return Figures(
        {stage: int(given[f"opportunity.{stage}_percent"]) for stage in STAGES},
        int(given["opportunity.stale_days"]),
        int(given["opportunity.quotation_days"]),
    )


def is_stale(followed_on: date, next_on: date | None, today: date, given: Figures) -> bool:
    """Nothing was done for long, and nothing is planned: a step that lies ahead keeps it fresh."""
    if next_on is not None and next_on >= today:
        return False
    return followed_on <= today - timedelta(days=given.stale_days)


def age_bounds(bucket: int, today: date) -> tuple[date | None, date]:
    """The first and the last day on which an opportunity of a bucket was opened."""
    newest = today if bucket == 0 else today - timedelta(days=AGES[bucket - 1] + 1)
    oldest = today - timedelta(days=AGES[bucket]) if bucket < len(AGES) else None
    return oldest, newest


WHEN = ("overdue", "this", "next", "later")  # by the month of the expected order


def month_bounds(when: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day of what "overdue", "this", "next" month and "later" mean; None where there is none."""
    first = today.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    after = (following + timedelta(days=31)).replace(day=1)
    bounds: dict[str, tuple[date | None, date | None]] = {
        "overdue": (None, today - timedelta(days=1)),
        "this": (today, following - timedelta(days=1)),
        "next": (following, after - timedelta(days=1)),
        "later": (after, None),
    }
    return bounds.get(when, (None, None))


def is_to_quote(words: str) -> bool:
    """Whether a next step was to make a quotation, which is done with the quotation."""
    return QUOTING.fullmatch(words.strip()) is not None


def check_step(words: str, day: date | None, today: date) -> None:
    """A next step is words and a day that lies ahead, or neither of them."""
    if day is not None and not words.strip():
        raise Refused("opportunity.step_needed", field="next_step")
    if day is not None and day < today:
        raise Refused("opportunity.day_past", field="next_on")
