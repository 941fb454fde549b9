from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.credit import families
from trade.distributors import queries as distributors
from trade.distributors import standings
from trade.distributors.models import Distributor
from trade.distributors.standings import FIELDS, Outcome
from trade.editing import record, take_turn
from trade.errors import Refused
from trade.notices import hands


@dataclass(frozen=True)
class StandingChange:
    """What is to hold from a day on; fields that are not named stay as they are."""

    distributor_id: int
    version: int
    valid_from: date
    changes: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True)
class Withdrawal:
    distributor_id: int
    version: int
    standing_id: int


def change_standing(session: Session, actor: Actor, given: StandingChange) -> list[str]:
    """Change tier, channel, territory, rep, parent, price group or terms from a day on; returns the fields."""
    if not given.changes.keys() <= set(FIELDS):
        raise Refused("standing.choice_gone")
    distributors.get_for(session, actor, given.distributor_id)
    version = take_turn(session, Distributor, given.distributor_id, given.version, FIELDS)
    done = standings.apply(
        session, actor, given.distributor_id, given.valid_from, given.changes, given.reason
    )
    if "parent_id" in given.changes and given.valid_from <= clock.today():
        families.relink(session, given.distributor_id, clock.today())
    _tell(session, actor, "distributor.standing_changed", given, done, version, given.reason)
    return list(done.changes)


def withdraw_standing(session: Session, actor: Actor, given: Withdrawal) -> None:
    """Take a planned change back before its day; the one before it goes on."""
    distributors.get_for(session, actor, given.distributor_id)
    version = take_turn(session, Distributor, given.distributor_id, given.version, FIELDS)
    done = standings.withdraw(session, actor, given.distributor_id, given.standing_id)
    _tell(session, actor, "distributor.standing_withdrawn", given, done, version, "")


def _tell(
    session: Session,
    actor: Actor,
    event: str,
    given: StandingChange | Withdrawal,
    done: Outcome,
    version: int,
    reason: str,
) -> None:
    """Write it down; when the distributor changes hands, both reps are told and what waits finds who decides."""
    facts = {"valid_from": done.valid_from.isoformat(), "reason": reason}
    record(session, actor, event, Distributor, given.distributor_id, done.changes, version=version, **facts)
    hands.tell(session, given.distributor_id, done)
