"""Who reaches whose rows, who may give which role, and what a password must be."""

import threading
import time
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from tests.databases import Prepare
from tests.tables import migrated
from trade import clock, db
from trade.actor import EVERYONE, Actor, Permission, Scope, system
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.create_person import NewPerson, create_person
from trade.flows.sign_in import Credentials, Proof, prove, sign_in
from trade.people import attempts, passwords, roles, sessions
from trade.people.entrance import Browser
from trade.people.models import LoginSession, Person, Reach
from trade.people.queries import find_signed_in, team_of

P = Permission
OPERATOR = system("test")
HASH = passwords.hashed("correct horse 1")


@pytest.fixture
def prepare() -> Prepare:
    return migrated


@pytest.fixture
def world(database_url: str):
    engine = db.connect(database_url)
    db.run(roles.seed, OPERATOR, None)
    yield
    engine.dispose()


def make(role: str, name: str, **rest: object) -> int:
    return db.run(create_person, OPERATOR, NewPerson(name, role, HASH, user_name=name, **rest))


def add_distributor(session, actor, code) -> int:
    row = Distributor(code=code, name=code, sort_key=code, search_text=code, invoice_title=code)
    session.add(row)
    session.flush()
    return row.id


def actor_of(name: str) -> Actor:
    entered = db.run(
        sign_in, OPERATOR, prove(Credentials(name, "correct horse 1", Browser("10.0.0.1", "test")))
    )
    with db.read() as session:
        signed_in = find_signed_in(session, entered.token, clock.now())
    assert signed_in is not None
    return signed_in.actor("test")


def test_reach_becomes_scope(world):
    distributor_id = db.run(add_distributor, OPERATOR, "D1")
    make("buyer", "chen", distributor_id=distributor_id)
    boss = make("sales_manager", "boss")
    lead = make("sales_rep", "lead", manager_id=boss)
    rep = make("sales_rep", "rep", manager_id=lead)
    make("sales_rep", "stranger")
    make("finance", "money")
    assert actor_of("chen").scope == Scope(distributor_ids=frozenset({distributor_id}))
    assert actor_of("rep").scope == Scope(rep_ids=frozenset({rep}))
    assert actor_of("boss").scope == Scope(rep_ids=frozenset({boss, lead, rep}))
    assert actor_of("money").scope == EVERYONE


def test_a_circle_of_managers_ends(world):
    first = make("sales_rep", "first")
    second = make("sales_rep", "second", manager_id=first)

    def close(session, actor, ids) -> None:
        session.get(Person, ids[0]).manager_id = ids[1]

    db.run(close, OPERATOR, (first, second))
    with db.read() as session:
        assert team_of(session, first) == {first, second}


def test_seeding_again_changes_nothing(world):
    assert db.run(roles.seed, OPERATOR, None) == 0


@pytest.mark.parametrize(
    ("code", "may", "may_not"),
    [
        ("distributor_finance", {P.ORDER_READ, P.CREDIT_READ}, {P.CART_EDIT, P.ORDER_SUBMIT, P.CATALOG_READ}),
        ("warehouse", {P.DESK_READ, P.ORDER_REVIEW, P.ORDER_SHIP, P.STOCK_READ},
         {P.ORDER_APPROVE, P.PAYMENT_RECORD, P.CREDIT_REVIEW}),
        ("finance", {P.PAYMENT_RECORD, P.PAYMENT_READ, P.CREDIT_REVIEW, P.CREDIT_LIMIT, P.ORDER_REVIEW}, {P.ORDER_SHIP}),
        ("marketing", {P.REPORT_READ}, {P.ORDER_APPROVE, P.COST_READ, P.CREDIT_LIMIT}),
        ("buyer", {P.CART_EDIT, P.ORDER_SUBMIT}, {P.DESK_READ, P.ORDER_REVIEW}),
    ],
)  # fmt: skip
def test_shipped_roles_hold_what_their_work_needs(code, may, may_not):
    held = {role.code: set(role.permissions) for role in roles.SHIPPED}[code]
    assert may <= held and not may_not & held


def test_no_role_mixes_the_faces():
    for role in roles.SHIPPED:
        assert (role.reach == Reach.DISTRIBUTOR) == (role.face == "portal")
        assert not (role.face == "admin" and P.CART_EDIT in role.permissions)


def test_nobody_gives_what_they_lack(world):
    finance = Actor("test", 1, None, EVERYONE, frozenset({P.PERSON_MANAGE, P.DESK_READ}))
    with pytest.raises(Refused, match="role.beyond_own") as refused:
        db.run(create_person, finance, NewPerson("x", "administrator", HASH, user_name="x"))
    assert "credit.limit" in refused.value.keep["lacked"]


def test_only_who_manages_people_makes_them(world):
    distributor_id = db.run(add_distributor, OPERATOR, "D1")
    own = Scope(distributor_ids=frozenset({distributor_id}))
    owner = Actor("test", 1, distributor_id, own, frozenset(P) - {P.TEAM_MANAGE})
    given = NewPerson("x", "buyer", HASH, user_name="x", distributor_id=distributor_id)
    with pytest.raises(Refused, match="access.denied"):
        db.run(create_person, owner, given)
    assert db.run(create_person, OPERATOR, given)


def test_one_name_signs_one_person_in(world):
    make("finance", "13800000001")
    with pytest.raises(Refused, match="person.name_taken"):
        db.run(create_person, OPERATOR, NewPerson("x", "finance", HASH, phone="13800000001"))


@pytest.mark.parametrize(("role", "at"), [("buyer", None), ("finance", 1)])
def test_a_role_stands_where_it_belongs(world, role, at):
    db.run(add_distributor, OPERATOR, "D1")
    with pytest.raises(Refused, match="person.distributor_needed"):
        db.run(create_person, OPERATOR, NewPerson("x", role, HASH, user_name="x", distributor_id=at))


def test_a_rep_of_an_import_cannot_sign_in(world):
    def bring(session, actor, name) -> None:
        session.add(Person(name=name, user_name=name, source="erp", external_code="R1"))

    db.run(bring, OPERATOR, "imported")
    assert prove(Credentials("imported", "", Browser("10.0.0.1", "test"))).proven is None


def test_a_password_changed_while_it_was_checked_signs_nobody_in(world):
    make("finance", "money")
    proof = prove(Credentials("money", "correct horse 1", Browser("10.0.0.1", "test")))

    def change(session, actor, name) -> None:
        person = session.query(Person).filter_by(user_name=name).one()
        person.password_hash = passwords.hashed("another one 22")

    db.run(change, OPERATOR, "money")
    with pytest.raises(Refused, match="login.wrong"):
        db.run(sign_in, OPERATOR, proof)


def test_old_sign_ins_are_cleared_away_and_the_last_place_is_kept(world):
    make("finance", "money")
    with clock.set_to(clock.now() - timedelta(days=400)):
        for _ in range(2):
            actor_of("money")
        assert db.run(sessions.tidy, OPERATOR, 180) == 0
    actor_of("money")
    assert db.run(sessions.tidy, OPERATOR, 180) == 2
    with clock.set_to(clock.now() + timedelta(days=400)):
        assert db.run(sessions.tidy, OPERATOR, 180) == 0
    with db.read() as session:
        assert session.scalar(select(func.count(LoginSession.id))) == 1


def test_a_password_kept_in_a_weaker_way_is_kept_as_today_after_the_next_sign_in(world, monkeypatch):
    make("finance", "money")
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    actor_of("money")

    def kept() -> str | None:
        with db.read() as session:
            return session.scalar(select(Person.password_hash).where(Person.user_name == "money"))

    now = kept()
    assert now != HASH and passwords.matches(now, "correct horse 1")
    actor_of("money")
    assert kept() == now


def burst(count: int) -> list[str]:
    """So many guesses at once, each from an address of its own; answers what became of each."""
    answers: list[str] = []

    def guess(number: int) -> None:
        gate.wait()
        try:
            prove(Credentials("money", "wrong", Browser(f"10.0.1.{number}", "test")))
            answers.append("compared")
        except Refused as refusal:
            answers.append(refusal.code)

    gate = threading.Barrier(count)
    threads = [threading.Thread(target=guess, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_a_burst_of_guesses_does_not_slip_past_the_count(world):
    make("finance", "money")
    assert burst(12) == ["compared"] * 5 + ["login.too_many"] * 7


def test_without_the_guard_a_burst_would(world, monkeypatch):
    make("finance", "money")
    monkeypatch.setattr(attempts, "_limits", lambda session: (1000, 15))
    assert burst(12) == ["compared"] * 12


def test_a_proof_without_account_signs_nobody_in(world):
    with pytest.raises(Refused, match="login.wrong"):
        db.run(sign_in, OPERATOR, Proof("nobody", Browser("10.0.0.1", "test"), None))


def test_unknown_accounts_take_as_long_as_known_ones(world, monkeypatch):
    monkeypatch.setattr(
        passwords, "_hasher", PasswordHasher()
    )  # as it is shipped: the tests' own takes no time
    passwords._nobodys.cache_clear()
    make("finance", "money")

    def slowly(session, actor, name) -> None:
        session.query(Person).filter_by(user_name=name).one().password_hash = passwords.hashed("x" * 12)

    db.run(slowly, OPERATOR, "money")
    took: dict[str, float] = {}
    for name in ("warm", "money", "nobody"):
        begun = time.perf_counter()
        prove(Credentials(name, "wrong", Browser("10.0.0.1", "test")))
        took[name] = time.perf_counter() - begun
    passwords._nobodys.cache_clear()
    assert took["nobody"] > took["money"] / 4


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "length"),
        ("x" * 129, "length"),
        ("aaaaaaaaaaaa", "guessable"),
        ("13800000001xyz", "guessable"),
        ("the 13800000001 of a warehouse in the west", "guessable"),
    ],
)
def test_weak_passwords_are_refused(password, why):
    with pytest.raises(Refused, match=rf"password\.{why}"):
        passwords.refuse_weak(password, "13800000001")


@pytest.mark.parametrize("password", ["correct horse 1", "龙井茶在春天最好喝了呀", "Tq-2026-spring"])
def test_good_passwords_pass(password):
    passwords.refuse_weak(password, "13800000001", None, "")
