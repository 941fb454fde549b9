"""Statements that are made once answer everybody for themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import Select, String, create_engine, or_, select, type_coerce
from sqlalchemy.orm import Session

from trade import clock, kept
from trade.actor import EVERYONE, Actor, Scope
from trade.db import Base
from trade.distributors.models import Territory
from trade.distributors.queries import within
from trade.orders.models import Order

MADE: list[str] = []


@dataclass(frozen=True)
class Wanted:
    names: tuple[str, ...] = ()
    parent_id: int | None = None
    some_ids: tuple[int, ...] = ()


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine, tables=[Territory.__table__])  # type: ignore[list-item]
    MADE.clear()
    with Session(engine) as session:
        session.add_all(
            [
                Territory(id=1, code="a", name="东", path="/1/"),
                Territory(id=2, code="b", name="南", path="/1/2/", parent_id=1),
                Territory(id=3, code="c", name="西", path="/1/3/", parent_id=1),
            ]
        )
        session.flush()
        yield session


@kept.kept
def territories(wanted: Wanted, least: int) -> Select[int]:
    MADE.append("made")
    found = select(Territory.id).where(Territory.id >= least, Territory.parent_id == wanted.parent_id)
    if wanted.names:
        found = found.where(or_(*(Territory.name == name for name in wanted.names)))
    return found.where(Territory.id.not_in(wanted.some_ids)).order_by(Territory.id)


def test_a_statement_is_made_once_for_each_form_and_asked_with_the_values_of_each_call(session: Session):
    def ask(wanted: Wanted, least: int = 0) -> list[int]:
        return list(session.scalars(*territories(wanted, least)))

    assert ask(Wanted()) == [1]  # none is none, not a value that equals nothing
    assert ask(Wanted(parent_id=1)) == [2, 3] and ask(Wanted(parent_id=1), 3) == [3]
    assert len(MADE) == 2
    assert ask(Wanted(parent_id=1, some_ids=(2,))) == [3] and ask(Wanted(parent_id=9)) == []
    assert len(MADE) == 2
    assert ask(Wanted(("南",), 1)) == [2] and ask(Wanted(("西",), 1)) == [3]
    assert ask(Wanted(("西", "南"), 1)) == [2, 3]
    assert len(MADE) == 4


@kept.kept
def of_today(wanted: Wanted) -> Select[int]:
    return select(Territory.id).where(Territory.path > type_coerce(clock.today(), String))


def test_what_differs_cannot_be_looked_at_or_reckoned_with_and_the_day_is_that_of_the_call():
    for odd in (
        lambda wanted, day: select(Territory.id).limit(1 if wanted.parent_id else 2),
        lambda wanted, day: select(Territory.id).where(Order.order_date > day - timedelta(days=7)),
        lambda wanted, day: select(Territory.id).where(Territory.path == f"/{wanted.parent_id}/"),
        lambda wanted, day: select(Territory.id).where(Order.order_date > clock.now()),
    ):
        with pytest.raises(TypeError):
            kept.kept(odd)(Wanted(parent_id=1), clock.today())  # type: ignore[arg-type]
    for day in ("2026-11-22", "2026-11-23"):
        with time_machine.travel(f"{day}T12:00:00+00:00", tick=False):
            assert of_today(Wanted())[1] == {"today": date.fromisoformat(day)}


@kept.kept
def seen(actor: Actor) -> Select[int]:
    return select(Order.id).where(within(actor, Order.distributor_id))


def test_how_far_somebody_reaches_makes_the_statement_and_whom_is_a_value():
    one, other, everyone, nobody = (
        seen(Actor("test", scope=scope))
        for scope in (
            Scope(distributor_ids=frozenset({1})),
            Scope(distributor_ids=frozenset({2, 3})),
            EVERYONE,
            Scope(),
        )
    )
    assert one[0] is other[0] and one[1] != other[1]
    assert (
        everyone[1] == {} and nobody[1] == {} and len({id(each[0]) for each in (one, everyone, nobody)}) == 3
    )


def test_what_people_type_fills_no_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "MOST", 3)
    for length in range(20):
        territories(Wanted(("x",) * length), 1)
    before = len(MADE)
    territories(Wanted(("x",) * 19), 1)
    assert len(MADE) == before
