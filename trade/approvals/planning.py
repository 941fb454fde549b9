"""How a step begins: whom it asks, whose yes was said before, and who is asked where nobody is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Permission
from trade.approvals import deciders, naming
from trade.approvals.naming import Ground, Turn
from trade.approvals.policy import Step
from trade.errors import Refused

OPEN = "open"
FALLBACK = Permission.ROLE_MANAGE  # who else is asked when all whom the policy names are gone


@dataclass(frozen=True)
class Named:
    """A turn of a step, and who said it before, if somebody did."""

    step: int
    turn: Turn
    said_by: int | None


@dataclass(frozen=True)
class Begun:
    """The turns that a step begins with, those of steps that are passed over before them; no step when none is left."""

    turns: Sequence[Named]
    step: Step | None = None
    number: int = 0
    level: int = 1

    def rows(self, request_id: int, first: int) -> list[dict[str, Any]]:
        """Everybody who may take one of them, the turns counted from a place on."""
        return [
            {
                "request_id": request_id,
                "person_id": person_id,
                "level": level,
                "place": place,
                "step": each.step,
                "approvers": list(each.turn.approvers),
                "state": OPEN if each.said_by is None else "skipped",
                "taken_by_id": each.said_by,
            }
            for place, each in enumerate(self.turns, start=first)
            for person_id, level in sorted(each.turn.levels.items())
        ]

    def moments(self, now: datetime, usual_hours: int, due_at: datetime) -> dict[str, datetime | None]:
        """When the next one comes in, and when those who are asked are reminded."""
        remind = self.step.remind_hours if self.step else None
        return {
            "escalate_at": again(self.step, now, usual_hours, due_at),
            "remind_at": now + timedelta(hours=remind) if remind else None,
        }


def plan(
    session: Session,
    steps: Sequence[Step],
    number: int,
    where: Ground,
    applicant_id: int | None,
    known: frozenset[int] = frozenset(),
) -> Begun:
    """Who is asked from a step on; one in which every yes was said before is passed over."""
    turns: list[Named] = []
    for at in range(number, len(steps) + 1):
        found = naming.turns(steps[at - 1], where, applicant_id)
        level = min((min(each.levels.values()) for each in found if each.levels), default=1)
        named = _with_keepers(session, found, where, applicant_id, level)
        fresh = _said_before(at, named, level, known)
        turns += fresh
        if any(each.said_by is None for each in fresh):
            return Begun(turns, steps[at - 1], at, level)
    return Begun(turns)


def _said_before(step: int, named: Sequence[Turn], level: int, known: frozenset[int]) -> list[Named]:
    """A yes of an earlier step stands for one turn of this one, the one that fewest could take."""
    left, said = set(known), dict[int, int]()
    for at in sorted(range(len(named)), key=lambda at: len(named[at].levels)):
        if (who := min(named[at].at(level) & left, default=None)) is not None:
            said[at] = who
            left.remove(who)
    return [Named(step, each, said.get(at)) for at, each in enumerate(named)]


def _with_keepers(
    session: Session, found: Sequence[Turn], where: Ground, applicant_id: int | None, level: int
) -> Sequence[Turn]:
    """Those who keep the roles stand in where nobody is there, for want of them whoever could decide.

    At last keepers who lack the right, as they can give it. Refused when there is nobody at all.
    """
    if not _gaps(found, where, applicant_id, level):
        return found
    keepers = frozenset(session.scalars(deciders.holding(FALLBACK))) - {applicant_id}
    able = where.able.keys() - {applicant_id}
    named = list(found)
    for asked in (keepers & able, able, keepers):
        for at in _gaps(named, where, applicant_id, level):
            before, levels = named[at], {**named[at].levels, **dict.fromkeys(asked, level)}
            named[at] = Turn(before.approvers, levels, is_kept=before.is_kept or bool(asked))
    if any(not each.levels for each in named):
        raise Refused("approval.nobody")
    return named


def _gaps(named: Sequence[Turn], where: Ground, applicant_id: int | None, level: int) -> list[int]:
    return naming.unheard([where.heard(each.at(level), applicant_id) for each in named])


def again(step: Step | None, now: datetime, usual_hours: int, due_at: datetime) -> datetime:
    """When to look at it again: as long as the step waits, but never past the moment until which it is due."""
    later = now + timedelta(hours=(step.escalate_hours if step else None) or usual_hours)
    return min(later, due_at) if due_at > now else later
