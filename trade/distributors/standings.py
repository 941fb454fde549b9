"""Standings change from a day on; the past stays as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors import rules
from trade.distributors.models import (
    Channel,
    Distributor,
    LegalEntity,
    PriceGroup,
    Standing,
    Territory,
    Tier,
)
from trade.distributors.rules import Span
from trade.errors import Refused
from trade.people.models import Face, Membership, Person, Reach, Role
from trade.people.naming import told_apart

FIELDS = (
    "tier_id",
    "channel_id",
    "territory_id",
    "rep_id",
    "parent_id",
    "price_group_id",
    "terms",
    "terms_days",
    "advance_percent",
)
NAMED: Mapping[str, Any] = {
    "tier_id": Tier,
    "channel_id": Channel,
    "territory_id": Territory,
    "rep_id": Person,
    "parent_id": Distributor,
    "price_group_id": PriceGroup,
}
LATEST = date(2199, 12, 31)


@dataclass(frozen=True)
class Outcome:
    """What a change did, in names that a reader understands; ids of the rep before and after."""

    changes: dict[str, tuple[Any, Any]]
    valid_from: date
    rep_before: int | None = None
    rep_after: int | None = None


def apply(
    session: Session, actor: Actor, distributor_id: int, day: date, changes: Mapping[str, Any], reason: str
) -> Outcome:
    """Make the changes hold from a day on, today or later; the caller holds the distributor's turn."""
    if day < clock.today():
        raise Refused("standing.in_past", field="valid_from")
    if day > LATEST:
        raise Refused("standing.too_far", field="valid_from")
    rows = rows_of(session, distributor_id)
    spans = [_span(row) for row in rows]
    now = next((span for span in spans if _covers(span, day)), None)
    before = now.facts if now else dict.fromkeys(FIELDS)
    wanted = {name: value for name, value in changes.items() if before[name] != value}
    if not wanted:
        raise Refused("standing.nothing_changes", field="valid_from")
    if now is None and changes.get("tier_id") is None:
        raise Refused("standing.tier_needed", field="tier_id")
    _refuse_unknown(session, actor, wanted)
    if "parent_id" in wanted:
        lock_parents(session)
    if wanted.get("parent_id") is not None:
        _refuse_circle(session, distributor_id, wanted["parent_id"], day)
    whole = (
        {"terms": "monthly", "terms_days": 30, "advance_percent": 100, **changes} if now is None else wanted
    )
    spans = rules.from_day(spans, day, {**_blank(now), **whole})
    _write(session, actor, distributor_id, spans, reason, day)
    is_advance = (wanted.get("terms") or before["terms"]) == "advance"
    said = {name: (before[name], value) for name, value in wanted.items()}
    if now is None and not is_advance:
        said.pop("advance_percent", None)  # a share of what is not paid in advance says nothing
    told = named(session, said)
    return Outcome(told, day, before["rep_id"], wanted.get("rep_id", before["rep_id"]))


def withdraw(session: Session, actor: Actor, distributor_id: int, standing_id: int) -> Outcome:
    """Take a planned standing back before it begins; the one before it goes on."""
    rows = rows_of(session, distributor_id)
    found = next((row for row in rows if row.id == standing_id), None)
    if found is None:
        raise Refused("standing.not_found")
    if found.valid_from <= clock.today() or rows[0] is found:
        raise Refused("standing.holds_already")
    day, spans = found.valid_from, [_span(row) for row in rows]
    before, after = spans[rows.index(found)], spans[rows.index(found) - 1]
    if before.facts["parent_id"] != after.facts["parent_id"]:
        lock_parents(session)
    if after.facts["parent_id"] is not None:  # it goes on longer, and somebody may stand below by then
        _refuse_circle(session, distributor_id, after.facts["parent_id"], day)
    _write(session, actor, distributor_id, rules.without(spans, day), "", None)
    pairs = {name: (before.facts[name], after.facts[name]) for name in FIELDS}
    told = named(session, {name: pair for name, pair in pairs.items() if pair[0] != pair[1]})
    return Outcome(told, day, before.facts["rep_id"], after.facts["rep_id"])


def lock_parents(session: Session) -> None:
    """Let changes of parents, and of parents' limits, wait for each other on the first legal entity.

    Two halves of a circle lie in different rows, and so do a family's new limit and who just joined it.
    """
    session.scalar(select(LegalEntity.id).order_by(LegalEntity.id).limit(1).with_for_update())


def rows_of(session: Session, distributor_id: int) -> list[Standing]:
    """Every standing of a distributor whom the caller has loaded, the earliest first."""
    wanted = select(Standing).where(Standing.distributor_id == distributor_id).order_by(Standing.valid_from)
    return list(session.scalars(wanted))


def named(session: Session, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Changes with names in place of ids."""
    return {
        name: (_name(session, name, pair[0]), _name(session, name, pair[1])) for name, pair in changes.items()
    }


def reps_on_offer(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Who may look after distributors: sellers at the brand, and reps whom an import brought; one's own team's."""
    sellers = (
        select(Membership.person_id)
        .join(Role, Role.id == Membership.role_id)
        .where(
            Membership.is_active,
            ~Role.is_archived,
            Role.face == Face.ADMIN,
            Role.reach.in_([Reach.OWN, Reach.TEAM]),
        )
    )
    query = select(Person.id, Person.name, Person.user_name).where(
        Person.is_active,
        or_(Person.id.in_(sellers), Person.id.in_(select(Standing.rep_id)), Person.source.is_not(None)),
    )
    if not actor.scope.is_everyone:
        query = query.where(Person.id.in_(actor.scope.rep_ids))
    return told_apart(session.execute(query.order_by(Person.name, Person.id)))


def _write(
    session: Session, actor: Actor, distributor_id: int, wanted: list[Span], reason: str, day: date | None
) -> None:
    """Bring the rows into line; the one that begins on `day` says who set it and why."""
    rows = rows_of(session, distributor_id)
    known = {row.valid_from: row for row in rows}
    starts = {span.valid_from for span in wanted}
    for row in rows:
        if row.valid_from not in starts:
            session.delete(row)
    session.flush()
    for span in wanted:
        stands = known.get(span.valid_from)
        if stands is None:
            stands = Standing(distributor_id=distributor_id, valid_from=span.valid_from)
            session.add(stands)
        stands.valid_to = span.valid_to
        for name, value in span.facts.items():
            setattr(stands, name, value)
        if span.valid_from == day:
            stands.reason, stands.person_id, stands.set_at = reason, actor.person_id, clock.now()
    session.flush()


def _span(row: Standing) -> Span:
    return Span(row.valid_from, row.valid_to, {name: getattr(row, name) for name in FIELDS})


def _covers(span: Span, day: date) -> bool:
    return span.valid_from <= day and (span.valid_to is None or span.valid_to > day)


def _blank(now: Span | None) -> dict[str, Any]:
    return {} if now else dict.fromkeys(FIELDS)


def _name(session: Session, field: str, value: Any) -> Any:
    if value is None or field not in NAMED:
        return value
    return session.scalar(select(NAMED[field].name).where(NAMED[field].id == value))


def _refuse_unknown(session: Session, actor: Actor, wanted: Mapping[str, Any]) -> None:
    """Nothing new may refer to what is archived, ended, or out of reach."""
    for field in ("tier_id", "channel_id", "territory_id", "price_group_id"):
        if (value := wanted.get(field)) is not None:
            model = NAMED[field]
            held = select(model.id).where(model.id == value, model.archived_at.is_(None)).with_for_update()
            if session.scalar(held) is None:
                raise Refused("standing.choice_gone", field=field)
    if "rep_id" in wanted:
        offered = {key for key, _name in reps_on_offer(session, actor)}
        if wanted["rep_id"] is None and not actor.scope.is_everyone:
            raise Refused("standing.rep_needed", field="rep_id")
        if wanted["rep_id"] is not None and wanted["rep_id"] not in offered:
            raise Refused("standing.choice_gone", field="rep_id")
    if (parent_id := wanted.get("parent_id")) is not None:
        alive = select(Distributor.id).where(Distributor.id == parent_id, Distributor.status != "ended")
        if session.scalar(alive.with_for_update(read=True)) is None:
            raise Refused("standing.choice_gone", field="parent_id")


def _refuse_circle(session: Session, distributor_id: int, parent_id: int, day: date) -> None:
    """Nobody stands below themselves, on that day or later."""
    ahead = or_(Standing.valid_to.is_(None), Standing.valid_to > day)
    above = select(Distributor.id.label("id")).where(Distributor.id == parent_id).cte("above", recursive=True)
    step = select(Standing.parent_id).join(above, Standing.distributor_id == above.c.id)
    above = above.union(step.where(Standing.parent_id.is_not(None), ahead))
    if distributor_id in set(session.scalars(select(above.c.id))):
        raise Refused("standing.circle", field="parent_id")
