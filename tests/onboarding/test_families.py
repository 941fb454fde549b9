"""Parents and children: no circle however two move at once, and both limits hold whatever everybody orders at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select, true, update

from ops.rounds import stale_accounts
from tests.flows.cast import Cast, order
from tests.world import OPERATOR, actor_of
from trade import clock, db
from trade.credit import families, ledger
from trade.credit.models import CreditAccount, CreditDecision
from trade.credit.queries import standing_of
from trade.distributors import standings
from trade.distributors.models import Distributor, Standing
from trade.errors import Refused
from trade.flows.change_standing import StandingChange, Withdrawal, change_standing, withdraw_standing
from trade.flows.roll_credit import roll_credit
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.set_family_limit import FamilyLimit, set_family_limit
from trade.orders.models import Order

pytestmark = pytest.mark.usefixtures("verified")


def version_of(key: int) -> int:
    with db.read() as session:
        return session.scalars(select(Distributor.version).where(Distributor.id == key)).one()


def move(cast: Cast, child: str, parent: str | None, *, day=None) -> list[str]:
    known = cast.world.distributors
    changes = {"parent_id": known[parent] if parent else None}
    given = StandingChange(known[child], version_of(known[child]), day or clock.today(), changes)
    return db.run(change_standing, OPERATOR, given)


def give(cast: Cast, head: str, amount: str) -> None:
    given = FamilyLimit(cast.world.distributors[head], Decimal(amount), "集团授信")
    db.run(set_family_limit, cast["finance"], given)


def account(cast: Cast, code: str, *, is_family: bool = False) -> CreditAccount:
    column = CreditAccount.head_id if is_family else CreditAccount.distributor_id
    with db.read() as session:
        return session.scalars(select(CreditAccount).where(column == cast.world.distributors[code])).one()


def at_once(taps: list[Callable[[], object]]) -> list[str]:
    gate = threading.Barrier(len(taps))

    def one(tap: Callable[[], object]) -> str:
        gate.wait()
        try:
            tap()
        except Refused as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(len(taps)) as pool:
        return sorted(pool.map(one, taps))


def circles() -> int:
    """Distributors from which the way upwards leads back."""
    with db.read() as session:
        up = dict(session.execute(select(Standing.distributor_id, Standing.parent_id)).all())
    found = 0
    for start, above in up.items():
        seen, at = {start}, above
        while at is not None and at not in seen:
            seen.add(at)
            at = up.get(at)
        found += at == start
    return found


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "without"])
def test_two_moves_at_once_never_make_a_circle(cast: Cast, is_guarded, monkeypatch, database_url):
    """The twin neither waits nor looks: then there is a circle, and the test would not pass."""
    if not is_guarded:
        monkeypatch.setattr(standings, "lock_parents", lambda session: None)
        monkeypatch.setattr(standings, "_refuse_circle", lambda *given: None)
    rounds = 4 if is_guarded else 1
    for _round in range(rounds):
        outcome = at_once([lambda: move(cast, "D1", "D2"), lambda: move(cast, "D2", "D1")])
        if not is_guarded:
            assert outcome == ["done", "done"] and circles() == 2
            move(cast, "D1", None)
            return
        assert outcome == ["done", "standing.circle"] and circles() == 0
        for code in "D1", "D2":
            if account_parent(cast, code):
                move(cast, code, None)


def account_parent(cast: Cast, code: str) -> int | None:
    with db.read() as session:
        wanted = select(Standing.parent_id).where(Standing.distributor_id == cast.world.distributors[code])
        return session.scalars(wanted.order_by(Standing.valid_from.desc())).first()


def test_a_planned_change_is_not_taken_back_into_a_circle(cast: Cast) -> None:
    """D1 below D2 until the day from which D2 is below D1: without that day both would hold."""
    day, home = clock.today() + timedelta(days=10), cast.world.distributors["D1"]
    move(cast, "D1", "D2")
    move(cast, "D1", None, day=day)
    move(cast, "D2", "D1", day=day)

    def rows() -> list[tuple[int, object, object, int | None]]:
        with db.read() as session:
            found = select(
                Standing.distributor_id, Standing.valid_from, Standing.valid_to, Standing.parent_id
            )
            return [tuple(row) for row in session.execute(found.order_by(Standing.id))]  # type: ignore[misc]

    before = rows()
    with db.read() as session:
        planned = select(Standing.id).where(Standing.distributor_id == home, Standing.valid_from == day)
        key = session.scalars(planned).one()
    given = Withdrawal(home, version_of(home), key)
    with pytest.raises(Refused, match=r"standing\.circle"):
        db.run(withdraw_standing, OPERATOR, given)
    assert rows() == before


def test_on_postgresql_two_moves_need_the_lock(cast: Cast, monkeypatch, database_url):
    """Each looks before the other has written: without waiting for each other both pass. SQLite has one writer."""
    if not database_url.startswith("postgresql"):
        return
    monkeypatch.setattr(standings, "lock_parents", lambda session: None)
    gate, look = threading.Barrier(2), standings._refuse_circle

    def slow(*given) -> None:
        look(*given)
        gate.wait(10)

    monkeypatch.setattr(standings, "_refuse_circle", slow)
    assert at_once([lambda: move(cast, "D1", "D2"), lambda: move(cast, "D2", "D1")]) == ["done", "done"]
    assert circles() == 2
    monkeypatch.undo()
    move(cast, "D1", None)


def test_a_childs_order_is_held_against_both_limits_and_every_step_moves_both(cast: Cast):
    move(cast, "D1", "D2")
    first = cast.submit(cast.fill(CP0515=10))
    give(cast, "D2", "1000.00")
    assert account(cast, "D2", is_family=True).used == account(cast, "D1").used == first.gross
    second = cast.submit(cast.fill(CP0515=20))
    assert second.approval_state == "held"
    assert (second.reasons[0]["code"], second.reasons[0]["whose"]) == ("credit.over_limit", "family")
    with db.read() as session:
        told = standing_of(session, cast["owner"], cast.world.distributors["D1"], clock.today())
        assert told.available == Decimal("1000.00") - first.gross < told.effective_limit - told.used
    give(cast, "D2", "100000.00")
    limit = NewLimit(cast.world.distributors["D1"], Decimal("500.00"), "自身额度")
    db.run(set_limit, cast["finance"], limit)
    third = cast.submit(cast.fill(SQ5524=10))
    assert third.approval_state == "held" and "whose" not in third.reasons[0]
    assert account(cast, "D2", is_family=True).used == account(cast, "D1").used
    move(cast, "D1", None)
    assert account(cast, "D2", is_family=True).used == 0 and account(cast, "D1").family_account_id is None
    with pytest.raises(Refused, match="distributor.not_found"):
        given = FamilyLimit(cast.world.distributors["D2"], Decimal(1), "x")
        db.run(set_family_limit, cast["rep"], given)


def test_families_within_families_and_a_parent_from_a_planned_day_on(cast: Cast):
    day = clock.today() + timedelta(days=10)
    taken = cast.submit(cast.fill(CP0515=10)).gross
    give(cast, "D1", "9000.00")
    give(cast, "D2", "8000.00")
    move(cast, "D1", "D2", day=day)
    assert account(cast, "D2", is_family=True).used == 0
    with time_machine.travel(f"{day.isoformat()}T00:05:00+08:00", tick=False):
        with db.read() as session:
            due = [each.payload["account_id"] for each in stale_accounts(session, clock.now())]
        for account_id in sorted(due, reverse=True):
            db.run(roll_credit, OPERATOR, account_id)
        upper, lower = account(cast, "D2", is_family=True), account(cast, "D1", is_family=True)
        assert lower.family_account_id == upper.id and account(cast, "D1").family_account_id == lower.id
        assert upper.used == lower.used == taken
        second = cast.submit(cast.fill(CP0515=10))
        assert account(cast, "D2", is_family=True).used == taken + second.gross


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "without"])
def test_everybody_of_a_family_orders_at_once_and_the_parents_limit_holds(
    cast: Cast, is_guarded, monkeypatch
):
    """Sixteen orders of two children, room for five. The twin takes the guard away: then too many pass."""
    for code in "D1", "D2":
        limit = NewLimit(cast.world.distributors[code], Decimal("50000.00"), "test")
        db.run(set_limit, cast["finance"], limit)
    move(cast, "D1", "D2")
    one = Decimal("432.00")
    give(cast, "D2", str(one * 5))
    if not is_guarded:
        monkeypatch.setattr(ledger, "within_limit", lambda amount: true())
    homes = [cast.world.distributors[code] for code in ("D1", "D2")] * 8
    entity = account(cast, "D1").legal_entity_id
    made = db.run(lambda session, *_: _orders(session, homes), OPERATOR, None)

    def take(at: int) -> None:
        hold = ledger.Hold(homes[at], entity, made[at], one, f"order-{made[at]}-v1", clock.today())

        def asked(session, _actor, _given) -> None:
            if not ledger.take(session, hold, clock.today()).is_taken:
                raise Refused("credit.over_limit")

        db.run(asked, OPERATOR, None)

    outcome = at_once([lambda at=at: take(at) for at in range(len(homes))])
    family = account(cast, "D2", is_family=True)
    assert outcome.count("done") == (5 if is_guarded else 16)
    assert (family.used <= family.effective_limit) is is_guarded
    with db.read() as session:
        parts = session.scalar(select(func.sum(CreditAccount.used)).where(CreditAccount.head_id.is_(None)))
        assert family.used == parts
        taken = select(func.count(CreditDecision.id)).where(CreditDecision.outcome == "taken")
        assert session.scalar(taken) == outcome.count("done")
    db.run(lambda session, *_: _settle(session, entity, homes, made, one), OPERATOR, None)


def _orders(session, homes: list[int]) -> list[int]:
    """Orders that are there to be named; the books alone are raced."""
    entity = session.scalars(select(CreditAccount.legal_entity_id)).first()
    made = []
    for home in homes:
        found = Order(
            distributor_id=home,
            legal_entity_id=entity,
            approval_state="draft",
            currency="CNY",
        )
        session.add(found)
        session.flush()
        made.append(found.id)
    return made


def _settle(session, entity: int, homes: list[int], made: list[int], amount: Decimal) -> None:
    """Give everything back, so that the books agree with orders that hold nothing."""
    taken = set(session.scalars(select(CreditDecision.order_id).where(CreditDecision.outcome == "taken")))
    for home, order_id in zip(homes, made, strict=True):
        if order_id in taken:
            ledger.give_back(
                session, ledger.Hold(home, entity, order_id, amount, f"order-{order_id}-v2", clock.today())
            )
    assert session.scalar(select(func.sum(CreditAccount.used))) == 0
    session.execute(update(CreditDecision).where(CreditDecision.id < 0).values(outcome="taken"))


def test_a_parent_reads_its_childrens_orders_and_a_child_not_its_parents(cast: Cast):
    found = cast.submit(cast.fill(CP0515=2))
    with db.read() as session:
        stranger = actor_of(session, "stranger")
        assert list(session.scalars(families.ids_below(cast.world.distributors["D2"], clock.today()))) == [2]
    move(cast, "D1", "D2")
    with db.read() as session:
        below = set(session.scalars(families.ids_below(stranger.distributor_id, clock.today())))
        own = set(session.scalars(families.ids_below(cast.world.distributors["D1"], clock.today())))
    assert below == {1, 2} and own == {1} and order(found.id).distributor_id == 1
