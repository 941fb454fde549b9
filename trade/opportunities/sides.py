"""Both sides of a doubtful registration, for whoever decides: what each reported, when, and what it did since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.catalog.models import Category
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day, within
from trade.opportunities.models import Opportunity
from trade.people.models import Person
from trade.registrations import keys, matching, tied
from trade.registrations.models import (
    Registration,
    RegistrationDecision,
    RegistrationFollowUp,
    RegistrationKey,
)
from trade.registrations.tied import Tied

MOST = 6  # side by side


@dataclass(frozen=True)
class Chance:
    """An opportunity of a side, open or closed."""

    standing: str  # as Opportunity.standing
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Side:
    """A registration beside another one. Its distributor is named only to its own people and to those who decide."""

    registration: Registration
    standing: str  # as Registration.standing
    until: date | None
    product_line: str
    distributor_name: str | None
    rep_name: str | None
    follow_ups: int
    followed_on: date | None
    percent: int | None  # of likeness of the two names
    is_reachable: bool
    phone: str | None  # to whom it is named and who may read phones
    holds: bool  # it has the customer now, whoever had it when the question was asked
    orders: Sequence[Tied]  # for it, to whom it is named
    chances: Sequence[Chance]  # the same
    said: str | None = None  # in its last follow-up, to whom it is named
    obstacle: str = ""  # why nobody can take the customer from it, as a refusal says it
    obstacle_by: Tied | None = None  # the order that keeps it, to whom it is named
    as_of: datetime | None = None  # when it was decided; None: as it stands now


def of(
    session: Session,
    actor: Actor,
    registration: Registration,
    decisions: Sequence[RegistrationDecision],
    reasons: Sequence[Mapping[str, Any]],
) -> list[Side]:
    """The registration itself, who has its customer now, and those that it met, by its decisions and the question.

    Once a person decided, as it stood then: what became of either side afterwards had no part in it. Four statements,
    whatever their number.
    """
    ruling = None if reasons else next((each for each in decisions if each.facts.get("sides")), None)
    then = {int(each["id"]): each for each in ruling.facts["sides"]} if ruling else {}
    holding = [] if ruling else holders(session, registration)
    named = [int(each["against"]) for each in reasons if each.get("against")]
    met = [each.against_id for each in decisions if each.against_id is not None]
    ids = list(then) or list(dict.fromkeys([*holding, *named, *met]))[:MOST]
    ids = [registration.id, *(each for each in ids if each != registration.id)]
    may_see_all = actor.may(Permission.REGISTRATION_DECIDE)
    may_read_phones = actor.may(Permission.PHONE_READ)
    found: dict[int, Side] = {}
    both = ids if len(ids) > 1 else []  # nothing is compared with one alone
    orders, chances = (tied.orders_of(session, both), _chances(session, both)) if both else ({}, {})
    for each, line, name, rep, count, said, is_within in session.execute(_rows(actor, ids)):
        is_named = bool(is_within or may_see_all)
        side = Side(
            each,
            each.standing,
            each.kept_until,
            line,
            name if is_named else None,
            rep,
            count,
            each.followed_on,
            None if each.id == registration.id else _percent(registration, each),
            bool(is_within),
            each.phone if may_read_phones and is_named else None,
            each.id in holding,
            orders.get(each.id, ()) if is_named else (),
            chances.get(each.id, ()) if is_named else (),
            said if is_named else None,
            *_kept(session, each, orders.get(each.id, ()) if each.id in holding else (), is_named=is_named),
        )
        found[each.id] = _then(side, then[each.id], ruling.at) if ruling and each.id in then else side
    return [found[key] for key in ids if key in found]


def kept(found: Iterable[Side]) -> list[dict[str, Any]]:
    """What of both sides the record of a decision keeps: all that changes later, and nothing that names anybody."""
    return [
        {
            "id": each.registration.id,
            "standing": each.standing,
            "until": each.until.isoformat() if each.until else None,
            "follow_ups": each.follow_ups,
            "followed_on": each.followed_on.isoformat() if each.followed_on else None,
            "holds": each.holds,
            "orders": [
                {
                    "order_id": one.order_id,
                    "number": one.number,
                    "gross": str(one.gross),
                    "currency": one.currency,
                    "day": one.day.isoformat() if one.day else None,
                    "state": one.state,
                    "keeps": one.keeps,
                }
                for one in each.orders
            ],
            "chances": [
                {"standing": one.standing, "amount": str(one.amount), "currency": one.currency}
                for one in each.chances
            ],
        }
        for each in found
    ]


def _then(side: Side, facts: Mapping[str, Any], at: datetime) -> Side:
    """A side as the record of a decision has it; whom it is not named to reads no more than before."""
    is_named = side.distributor_name is not None
    return replace(
        side,
        standing=facts["standing"],
        until=_day(facts["until"]),
        follow_ups=facts["follow_ups"],
        followed_on=_day(facts["followed_on"]),
        holds=facts["holds"],
        orders=[
            Tied(**{**one, "gross": Decimal(one["gross"]), "day": _day(one["day"])})
            for one in facts["orders"]
            if is_named
        ],
        chances=[Chance(**{**one, "amount": Decimal(one["amount"])}) for one in facts["chances"] if is_named],
        said=None,
        obstacle="",
        obstacle_by=None,
        as_of=at,
    )


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None


def _chances(session: Session, ids: Sequence[int]) -> Mapping[int, Sequence[Chance]]:
    rows = session.scalars(
        select(Opportunity)
        .where(Opportunity.registration_id.in_(ids))
        .order_by(Opportunity.id.desc())
        .limit(tied.MOST)
    )
    found: dict[int, list[Chance]] = {}
    for each in rows:
        chance = Chance(each.standing, each.amount, each.currency)
        found.setdefault(each.registration_id, []).append(chance)
    return found


def _rows(actor: Actor, ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    counts = (
        select(RegistrationFollowUp.registration_id, func.count().label("count"))
        .where(RegistrationFollowUp.registration_id.in_(ids))
        .group_by(RegistrationFollowUp.registration_id)
        .subquery()
    )
    last = (
        select(RegistrationFollowUp.words)
        .where(RegistrationFollowUp.registration_id == Registration.id)
        .order_by(RegistrationFollowUp.id.desc())
        .limit(1)
    )
    return (
        select(
            Registration,
            Category.name,
            Distributor.name,
            Person.name,
            func.coalesce(counts.c.count, 0),
            last.correlate(Registration).scalar_subquery(),
            within(actor, Registration.distributor_id),
        )
        .join(Category, Category.id == Registration.product_line_id)
        .join(Distributor, Distributor.id == Registration.distributor_id)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(clock.today())))
        .outerjoin(Person, Person.id == Standing.rep_id)
        .outerjoin(counts, counts.c.registration_id == Registration.id)
        .where(Registration.id.in_(ids))
    )


def holders(session: Session, registration: Registration) -> list[int]:
    """Which registrations have its customer now, of an appeal; a doubtful one has it itself."""
    if registration.state != "appealed":
        return []
    same = [
        and_(RegistrationKey.kind == kind, RegistrationKey.value == value)
        for kind, value in keys.of(registration)
    ]
    held = select(RegistrationKey.registration_id).where(
        or_(*same), RegistrationKey.product_line_id == registration.product_line_id
    )
    return list(session.scalars(held.distinct().order_by(RegistrationKey.registration_id)))


def _kept(
    session: Session, registration: Registration, orders: Sequence[Tied], *, is_named: bool
) -> tuple[str, Tied | None]:
    found = tied.obstacle(session, registration, orders, clock.today())
    return ("", None) if found is None else (found[0], found[1] if is_named else None)


def _percent(one: Registration, other: Registration) -> int:
    return round(matching.similarity(one.name, other.name) * 100)
