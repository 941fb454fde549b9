"""Who stands in for whom, day by day: no chain of substitutes ever comes back to where it began."""

from datetime import date, timedelta
from random import Random

import time_machine
from sqlalchemy import select

from tests.flows.cast import Cast
from trade import clock, db
from trade.errors import Refused
from trade.flows.change_memberships import Place, add_membership
from trade.flows.set_absence import Away, set_absence
from trade.people.absences import standing_in
from trade.people.models import Person

PEOPLE = ("rep", "other-rep", "manager", "finance", "marketing")
DAYS, TRIES = 14, 160


def test_no_chain_of_substitutes_comes_back_on_any_day(cast: Cast) -> None:
    """Each answer is held against a model that follows every chain on every single day."""
    chance, today = Random(7), clock.today()
    people = [cast.world.people[name] for name in PEOPLE]
    for each in people:
        db.run(add_membership, cast["administrator"], Place(each, "administrator"))
    set_so_far: list[Away] = []
    told: dict[str, int] = {}
    for _ in range(TRIES):
        away, deputy = chance.sample(people, 2)
        begin = chance.randrange(DAYS)
        days = (today + timedelta(days=begin), today + timedelta(days=begin + chance.randint(1, 4)))
        given = Away(away, deputy, *days)
        answer = "set"
        try:
            db.run(set_absence, cast["administrator"], given)
        except Refused as refusal:
            answer = refusal.code
        assert answer == expected(set_so_far, given), (given, set_so_far)
        told[answer] = told.get(answer, 0) + 1
        if answer == "set":
            set_so_far.append(given)
    assert min(told[each] for each in ("set", "absence.overlaps", "absence.circle")) >= 8, told
    with time_machine.travel(clock.now(), tick=False) as moment:
        for day in range(0, DAYS, 3):
            moment.move_to(clock.now() + timedelta(days=3 if day else 0))
            for each in people:
                assert standing(each) == {each, *chain(set_so_far, each, today + timedelta(days=day))}


def expected(before: list[Away], given: Away) -> str:
    days = [given.from_day + timedelta(days=n) for n in range((given.until - given.from_day).days)]
    if any(deputy_of(before, given.person_id, day) for day in days):
        return "absence.overlaps"
    is_circle = any(
        given.person_id in (given.substitute_id, *chain(before, given.substitute_id, day)) for day in days
    )
    return "absence.circle" if is_circle else "set"


def deputy_of(absences: list[Away], person_id: int, day: date) -> int | None:
    for each in absences:
        if each.person_id == person_id and each.from_day <= day < each.until:
            return each.substitute_id
    return None


def chain(absences: list[Away], person_id: int, day: date) -> list[int]:
    """Everybody who decides for the person on a day, one after the other."""
    found: list[int] = []
    deputy = deputy_of(absences, person_id, day)
    while deputy is not None:
        assert deputy not in found, "a circle"
        found.append(deputy)
        deputy = deputy_of(absences, deputy, day)
    return found


def standing(person_id: int) -> set[int]:
    with db.read() as session:
        return set(session.scalars(standing_in(select(Person.id).where(Person.id == person_id))))
