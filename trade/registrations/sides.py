"""Both sides of a doubtful registration, for whoever decides: what each reported, when, and what it did since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.catalog.models import Category
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day, within
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
class Side:
    """A registration beside another one. Its distributor is named only to its own people and to those who decide."""

    registration: Registration
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
    obstacle: str = ""  # why nobody can take the customer from it, as a refusal says it
    obstacle_by: Tied | None = None  # the order that keeps it, to whom it is named


def of(
    session: Session,
    actor: Actor,
    registration: Registration,
    decisions: Sequence[RegistrationDecision],
    reasons: Sequence[Mapping[str, Any]],
) -> list[Side]:
    """The registration itself, who has its customer now, and those that it met, by its decisions and the question.

    Three statements, whatever their number.
    """
    holding = _holding(session, registration)
    named = [int(each["against"]) for each in reasons if each.get("against")]
    met = [each.against_id for each in decisions if each.against_id is not None]
    ids = list(dict.fromkeys([*holding, *named, *met]))[:MOST]
    ids = [each for each in ids if each != registration.id]
    orders = tied.orders_of(session, ids)
    rows = session.execute(_rows(actor, [registration.id, *ids])).all()
    may_see_all = actor.may(Permission.REGISTRATION_DECIDE)
    may_read_phones = actor.may(Permission.PHONE_READ)
    found = {
        each.id: Side(
            each,
            line,
            name if is_within or may_see_all else None,
            rep,
            count,
            each.followed_on,
            None if each.id == registration.id else _percent(registration, each),
            bool(is_within),
            each.phone if may_read_phones and (is_within or may_see_all) else None,
            each.id in holding,
            orders.get(each.id, ()) if is_within or may_see_all else (),
            *_kept(
                session,
                each,
                orders.get(each.id, ()) if each.id in holding else (),
                is_named=is_within or may_see_all,
            ),
        )
        for each, line, name, rep, count, is_within in rows
    }
    return [found[key] for key in [registration.id, *ids] if key in found]


def _rows(actor: Actor, ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    counts = (
        select(RegistrationFollowUp.registration_id, func.count().label("count"))
        .where(RegistrationFollowUp.registration_id.in_(ids))
        .group_by(RegistrationFollowUp.registration_id)
        .subquery()
    )
    return (
        select(
            Registration,
            Category.name,
            Distributor.name,
            Person.name,
            func.coalesce(counts.c.count, 0),
            within(actor, Registration.distributor_id),
        )
        .join(Category, Category.id == Registration.product_line_id)
        .join(Distributor, Distributor.id == Registration.distributor_id)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(clock.today())))
        .outerjoin(Person, Person.id == Standing.rep_id)
        .outerjoin(counts, counts.c.registration_id == Registration.id)
        .where(Registration.id.in_(ids))
    )


def _holding(session: Session, registration: Registration) -> list[int]:
    """Who has its customer now, of an appeal; a doubtful one has it itself."""
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
