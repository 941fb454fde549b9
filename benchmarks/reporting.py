"""B15: a customer is reported (报备) among so many that others hold: accepted, alike to one of them, or taken."""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks.data import OPERATOR, Wanted
from benchmarks.figures import P95, Figure, Goal, Growth, Workload
from benchmarks.places import Place
from tests.registrations.reports import code
from trade import clock, db
from trade.actor import Actor, Permission, Scope
from trade.db import insert_rows
from trade.flows.create_person import NewPerson, create_person
from trade.flows.register_customer import Customer, NewRegistration, register_customer
from trade.people.models import Person
from trade.registrations import matching
from trade.registrations.models import Registration, RegistrationGram, RegistrationKey
from trade.settings import Setting

PLACES = ("厦门", "漳州市", "福建省泉州市", "福州", "莆田市", "宁德")
CALLED = "鲜海山云溪松竹梅兰荷菊春夏秋冬泉岭谷湖川雪月星风金银玉珠宝福禄寿喜和顺兴隆昌盛达通源丰裕泰安康宁瑞祥嘉佳美华荣光辉明亮新"
TRADES = ("食品", "餐饮管理", "商贸", "酒店", "超市", "供应链")
FORMS = ("有限公司", "有限责任公司")
TIMES, LINE, HOLDERS = 60, 1, 50
ANEW, ALIKE, TAKEN = "accepted", "alike to one that is held", "taken"
MOST = 150  # milliseconds


def name_of(number: int, called: str) -> str:
    """A company's name as they are: where it is, what it is called, its trade and form."""
    where, trade = PLACES[number % len(PLACES)], TRADES[number // 7 % len(TRADES)]
    return f"{where}{called}{trade}{FORMS[number % 2]}"


def names(count: int) -> Iterator[str]:
    """So many, of three characters each; four where those are spent."""
    every = (*product(CALLED, repeat=3), *product(CALLED[:20], repeat=4))
    step = len(every) // count
    return (name_of(number, "".join(every[number * step])) for number in range(count))


def measured(place: Place, count: int) -> list[Figure]:
    """Milliseconds of each answer, one after the other, within this process."""
    url, _carts = place.own(Wanted(10, carts=HOLDERS + 1, distributors=HOLDERS + 1))
    engine = db.connect(url)
    held = list(names(count))
    db.run(_hold, OPERATOR, held)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if place.name == "sqlite" else "VACUUM ANALYZE")
    actor = _reporter()
    step = count // TIMES
    asked = {
        ANEW: [name_of(at, f"{CALLED[at]}{at}号店") for at in range(TIMES)],
        ALIKE: [_nearly(held[at * step]) for at in range(TIMES)],
        TAKEN: [held[at * step + 1] for at in range(TIMES)],
    }
    figures = []
    for turn, (what, each) in enumerate(asked.items()):
        took, told = _times(actor, each, turn)
        spread = ", ".join(f"{state} {told.count(state)}" for state in sorted(set(told)))
        figures.append(Figure(what, count, P95, [took], (), Goal("most", MOST), spread))
    engine.dispose()
    return figures


def _nearly(name: str) -> str:
    """The same company without its place."""
    return next(name.removeprefix(each) for each in PLACES if name.startswith(each))


def _times(actor: Actor, asked: list[str], turn: int) -> tuple[float, list[str]]:
    """Milliseconds of the 95th, and the answers."""
    spent, told = [], []
    for at, name in enumerate(asked):
        given = Customer(LINE, name, code(500_000 + 1_000 * turn + at), phone=f"139{turn:02d}{at:06d}")
        began = time.perf_counter()
        answer = db.run(register_customer, actor, NewRegistration(f"{turn} {at}", given))
        spent.append(1000 * (time.perf_counter() - began))
        told.append(answer.outcome)
    return sorted(spent)[int(0.95 * len(spent))], told


def _reporter() -> Actor:
    """The buyer of the distributor that holds none yet."""
    with db.read() as session:
        person_id = session.scalars(select(Person.id).where(Person.user_name == f"buyer-{HOLDERS + 1}")).one()
    scope = Scope(distributor_ids=frozenset({HOLDERS + 1}))
    return Actor("bench", person_id, HOLDERS + 1, scope, frozenset(Permission))


def _hold(session: Session, actor: Actor, held: list[str]) -> None:
    """Who decides; and live registrations of others with their keys and pairs of characters, in one product line."""
    for role in "administrator", "sales_manager":
        create_person(session, actor, NewPerson(role, role, "", user_name=role))
    session.add(Setting(key="registration.most_live", value=len(held) + TIMES * 3))
    now, today = clock.now(), clock.today()
    live = {
        "product_line_id": LINE,
        "state": "live",
        "submitted_at": now,
        "live_on": today,
        "followed_on": today,
        "protected_until": today + timedelta(days=90),
        "longest_until": today + timedelta(days=180),
    }
    keys, rows = [matching.key_of(name) for name in held], []
    for at, name in enumerate(held, start=1):
        mine = {"id": at, "number": f"KB{at}", "distributor_id": at % HOLDERS + 1, "phone": f"138{at:08d}"}
        rows.append({**live, **mine, "name": name, "name_key": keys[at - 1], "credit_code": f"held-{at}"})
    insert_rows(session, Registration, rows)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT setval(pg_get_serial_sequence('registration', 'id'), :last)"), {"last": len(held)}
        )
    taken = {"product_line_id": LINE}
    known = [{**taken, "registration_id": at, "kind": "name", "value": key} for at, key in enumerate(keys, 1)]
    known += [
        {**taken, "registration_id": at, "kind": "code", "value": f"held-{at}"}
        for at in range(1, len(held) + 1)
    ]
    insert_rows(session, RegistrationKey, known)
    grams = [
        {**taken, "gram": gram, "registration_id": at}
        for at, name in enumerate(held, 1)
        for gram in matching.grams(name)
    ]
    insert_rows(session, RegistrationGram, grams)


WORKLOAD = Workload(
    "B15",
    "A customer is reported among so many that others hold in one product line, one after the other within one process: the"
    " whole use case with its transaction, numbers, keys and history.",
    f"p95 ≤ {MOST} ms among 100,000 names; at most logarithmic",
    measured,
    of="registrations",
    sizes=(1_000, 10_000),
    full=(100_000,),
    growth=(Growth(P95, "logarithmic"),),
    plotted=(ALIKE, P95),
)
