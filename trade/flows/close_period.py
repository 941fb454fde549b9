from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.books import periods
from trade.books.models import Period
from trade.books.rules import month_of, next_month
from trade.errors import Refused
from trade.statements import closing


@dataclass(frozen=True)
class SeenPeriod:
    """A month of a legal entity's books as the person saw it."""

    legal_entity_id: int
    first_day: date
    version: int


def close_period(session: Session, actor: Actor, seen: SeenPeriod) -> None:
    """Close a month that is over, once all before it are closed; whoever posts into it is waited for."""
    period = _held(session, actor, seen)
    if period.state == "closed":
        raise Refused("period.is_closed")
    if next_month(period.first_day) > clock.today():
        raise Refused("period.not_over")
    if earlier := closing.open_before(session, seen.legal_entity_id, period.first_day):
        raise Refused("period.earlier_open", month=f"{earlier:%Y-%m}")
    periods.move(session, actor, period, "open", "closed", seen.version)
    _told(session, actor, period, "period.closed")


def reopen_period(session: Session, actor: Actor, seen: SeenPeriod) -> None:
    """Open the last month that was closed, as long as no distributor has agreed to a statement of it."""
    period = _held(session, actor, seen)
    if period.state != "closed":
        raise Refused("period.is_open")
    if not closing.is_last_closed(session, period):
        raise Refused("period.later_closed")
    if number := closing.agreed(session, period):
        raise Refused("period.agreed", number=number)
    periods.move(session, actor, period, "closed", "open", seen.version)
    _told(session, actor, period, "period.reopened")


def _held(session: Session, actor: Actor, seen: SeenPeriod) -> Period:
    if not actor.may(Permission.PERIOD_CLOSE):
        raise Refused("access.denied", keep={"permission": Permission.PERIOD_CLOSE.value})
    known = {key for key, _name in closing.entities(session)}
    if seen.legal_entity_id not in known or seen.first_day != month_of(seen.first_day):
        raise Refused("period.not_found")
    return periods.hold(session, seen.legal_entity_id, seen.first_day)


def _told(session: Session, actor: Actor, period: Period, event: str) -> None:
    facts = {"month": f"{period.first_day:%Y-%m}"}
    audit.record(session, actor, event, facts, subject="period", subject_id=period.id)
