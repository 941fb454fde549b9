"""Both sides of a doubtful registration, for whoever decides: what each reported, when, and what it did since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.catalog.models import Category
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day, within
from trade.people.models import Person
from trade.registrations import matching
from trade.registrations.models import Registration, RegistrationDecision, RegistrationFollowUp

MOST = 6  # side by side


@dataclass(frozen=True)
class Side:
    """A registration beside another one. Its distributor is named only to whom it concerns: its own, or managers."""

    registration: Registration
    product_line: str
    distributor_name: str | None
    rep_name: str | None
    follow_ups: int
    followed_on: date | None
    percent: int | None  # of likeness of the two names
    is_reachable: bool
    phone: str | None  # to whom it is named and who may read phones


def of(
    session: Session,
    actor: Actor,
    registration: Registration,
    decisions: Sequence[RegistrationDecision],
    reasons: Sequence[Mapping[str, Any]],
) -> list[Side]:
    """The registration itself, and those that it met, by its decisions and the open question; one statement."""
    named = [int(each["against"]) for each in reasons if each.get("against")]
    met = [each.against_id for each in decisions if each.against_id is not None]
    ids = list(dict.fromkeys([*named, *met]))[:MOST]
    counts = (
        select(RegistrationFollowUp.registration_id, func.count().label("count"))
        .where(RegistrationFollowUp.registration_id.in_([registration.id, *ids]))
        .group_by(RegistrationFollowUp.registration_id)
        .subquery()
    )
    rows = session.execute(
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
        .where(Registration.id.in_([registration.id, *ids]))
    ).all()
    may_see_all = actor.may(Permission.REGISTRATION_MANAGE)
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
        )
        for each, line, name, rep, count, is_within in rows
    }
    return [found[key] for key in [registration.id, *ids] if key in found]


def _percent(one: Registration, other: Registration) -> int:
    return round(matching.similarity(one.name, other.name) * 100)
