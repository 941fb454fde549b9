from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.catalog.models import Category
from trade.distributors import queries as distributors
from trade.distributors.models import Authorisation, Channel, Territory
from trade.editing import record, take_turn
from trade.errors import Refused


@dataclass(frozen=True)
class NewAuthorisation:
    """Product line × area × channel for a period, both days included; None is any of that kind."""

    distributor_id: int
    category_id: int | None
    territory_id: int | None
    channel_id: int | None
    valid_from: date
    until: date | None = None


@dataclass(frozen=True)
class Ending:
    """The last day of an authorisation; a day before its first takes back one that has not begun."""

    distributor_id: int
    authorisation_id: int
    version: int
    until: date


def authorise_distributor(session: Session, actor: Actor, given: NewAuthorisation) -> int:
    """Let a distributor sell a product line in an area and channel; from the first row on all else is refused."""
    distributors.get_for(session, actor, given.distributor_id)
    if given.until is not None and given.until < given.valid_from:
        raise Refused("authorisation.ends_before", field="until")
    if given.valid_from < clock.today():
        raise Refused("standing.in_past", field="valid_from")
    choices: tuple[tuple[str, Any], ...] = (
        ("category_id", Category),
        ("territory_id", Territory),
        ("channel_id", Channel),
    )
    names: dict[str, str | None] = {}
    for field, model in choices:
        value = getattr(given, field)
        offered = select(model.name).where(model.id == value, model.archived_at.is_(None))
        names[field] = session.scalar(offered) if value is not None else None
        if value is not None and names[field] is None:
            raise Refused("standing.choice_gone", field=field)
    until = given.until + timedelta(days=1) if given.until else None
    _refuse_double(session, given, until)
    row = Authorisation(
        distributor_id=given.distributor_id,
        category_id=given.category_id,
        territory_id=given.territory_id,
        channel_id=given.channel_id,
        valid_from=given.valid_from,
        valid_to=until,
    )
    session.add(row)
    session.flush()
    facts: dict[str, Any] = {"category": names["category_id"], "territory": names["territory_id"]}
    facts |= {
        "channel": names["channel_id"],
        "valid_from": given.valid_from.isoformat(),
        "until": given.until and given.until.isoformat(),
    }
    audit.record(
        session,
        actor,
        "distributor.authorised",
        facts,
        subject="distributor",
        subject_id=given.distributor_id,
    )
    return row.id


def end_authorisation(session: Session, actor: Actor, given: Ending) -> None:
    """Name the last day of an authorisation, today or later; what was ordered under it stays."""
    distributors.get_for(session, actor, given.distributor_id)
    _own(session, given)
    version = take_turn(session, Authorisation, given.authorisation_id, given.version, ("until",))
    row = _own(session, given)
    if given.until < clock.today():
        raise Refused("standing.in_past", field="until")
    if given.until < row.valid_from:
        session.delete(row)
    else:
        before, row.valid_to = row.valid_to, given.until + timedelta(days=1)
        changes = {"until": (before, row.valid_to)}
        record(session, actor, "authorisation.ended", Authorisation, row.id, changes, version=version)
    facts = {"until": given.until.isoformat()}
    audit.record(
        session,
        actor,
        "distributor.authorisation_ended",
        facts,
        subject="distributor",
        subject_id=given.distributor_id,
    )


def _own(session: Session, given: Ending) -> Authorisation:
    found = session.scalar(
        select(Authorisation).where(
            Authorisation.id == given.authorisation_id, Authorisation.distributor_id == given.distributor_id
        )
    )
    if found is None:
        raise Refused("authorisation.not_found")
    return found


def _refuse_double(session: Session, given: NewAuthorisation, until: date | None) -> None:
    """The same line, area and channel is authorised once at a time."""
    rows = session.scalars(select(Authorisation).where(Authorisation.distributor_id == given.distributor_id))
    for row in rows:
        is_same = (row.category_id, row.territory_id, row.channel_id) == (
            given.category_id,
            given.territory_id,
            given.channel_id,
        )
        overlaps = (row.valid_to is None or row.valid_to > given.valid_from) and (
            until is None or row.valid_from < until
        )
        if is_same and overlaps:
            raise Refused("authorisation.double", field="category_id")
