"""Two distributors report one customer in the same moment: one has it, the other hears until when; without the index two would."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from tests.flows.cast import change_setting
from tests.races import crowd
from tests.races.conftest import IS_PROOF
from tests.races.crowd import Buyer, Company
from tests.races.rush import Place, hired
from tests.races.visitor import Visitor
from tests.registrations.reports import code
from tests.world import OPERATOR
from trade import clock, db
from trade.catalog.models import Category
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.register_customer import Customer, NewRegistration, register_customer
from trade.flows.release_registration import Release, release_registration
from trade.registrations.intake import Answer as RegistrationAnswer
from trade.registrations.models import Registration, RegistrationKey

FEW, MANY = 10, 200
PAGE = Path("docs/proof/registrations.md")
# one company as two people write it, for each round another
PAIRS = (
    ("厦门第{0}海鲜餐饮有限公司", "廈門市第{0}海鮮餐飲有限責任公司"),
    ("漳州{0}号食品有限公司", "漳州 {0}号 食品（有限公司）"),
    ("福建省泉州市{0}分部粮油有限公司", "泉州{0}分部粮油有限责任公司"),
)
# SQLite cannot drop the constraint: a copy without it takes the table's place.
COLUMNS = (
    "registration_id INTEGER NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL, product_line_id INTEGER"
)
BARE = (
    f"CREATE TABLE bare ({COLUMNS} NOT NULL, id INTEGER PRIMARY KEY)",
    "DROP TABLE registration_key",
    "ALTER TABLE bare RENAME TO registration_key",
)


def race(place: Place, rounds: int) -> tuple[Counter[tuple[str, ...]], list[str]]:
    """How the rounds ended, as both states of each; and the page of everybody who lost."""
    change_setting("registration.most_live", 100_000)
    buyers = []
    for name in "RACE-A", "RACE-B":
        company = db.run(crowd.make_company, OPERATOR, Company(name, Decimal(1000)))
        buyers += hired(name, company, 1)
    with db.read() as session:
        line = session.scalars(select(Category.id).where(Category.code == "drinks")).one()
    visitors = [Visitor(place.base_url, buyer.token) for buyer in buyers]
    found: Counter[tuple[str, ...]] = Counter()
    pages: list[str] = []
    for at in range(rounds):
        ids = crowd.at_once(_deeds(visitors, buyers, line, at), threads=2)
        with db.read() as session:
            rows = select(Registration.id, Registration.state).where(Registration.id.in_(ids))
            states = dict(session.execute(rows).all())
        found[tuple(sorted(states[key] for key in ids))] += 1
        loser = next((who for who, key in enumerate(ids) if states[key] == "rejected"), None)
        if loser is not None:
            pages.append(visitors[loser].get(f"/portal/registrations/{ids[loser]}").body)
    return found, pages


def _deeds(visitors: Sequence[Visitor], buyers: Sequence[Buyer], line: int, at: int) -> list[partial[int]]:
    """Both have typed and tap; every second round they share the code, else only the name."""
    forms = [visitor.form("/portal/registrations/new", "/portal/registrations") for visitor in visitors]
    spelled = [each.format(at) for each in PAIRS[at % len(PAIRS)]]
    codes = [code(100_000 + at), code(100_000 + at if at % 2 else 200_000 + at)]
    return [
        partial(
            _tap,
            visitor,
            form.fields
            | {
                "name": spelled[who],
                "credit_code": codes[who],
                "phone": f"13{5 + who}{at:08d}",
                "product_line": str(line),
                "kind": "company",
            },
        )
        for who, (visitor, form) in enumerate(zip(visitors, forms, strict=True))
    ]


def _tap(visitor: Visitor, fields: dict[str, str]) -> int:
    fields.pop("send", None)
    answer = visitor.post("/portal/registrations", fields)
    assert answer.status == 303, answer.body[:3000]
    return int(answer.location.rsplit("/", 1)[1])


@pytest.mark.parametrize(
    "rounds", [pytest.param(FEW, id="10"), pytest.param(MANY, id="200", marks=pytest.mark.proof)]
)
def test_one_has_the_customer_and_the_other_hears_until_when(serve, rounds):
    place = serve()
    found, pages = race(place, rounds)
    assert found == {("live", "rejected"): rounds}
    until = db.run(lambda session, actor, given: _latest(session), OPERATOR, None)
    assert all(f"已被报备至 {until}" in page and "RACE-" not in _main(page) for page in pages)
    assert len(pages) == rounds and crowd.breaches() == []
    with db.read() as session:
        holders = list(session.scalars(select(RegistrationKey.registration_id)))
    assert len(set(holders)) == rounds and len(holders) == 2 * rounds
    if IS_PROOF and rounds == MANY:
        _tell(place, rounds)


def claims(place: Place, rounds: int) -> Counter[tuple[str, ...]]:
    """Two claim one customer of the pool at once: what became of each, as its states."""
    (keeper, *_rivals), visitors = _companies(place, 3)
    found: Counter[tuple[str, ...]] = Counter()
    for at in range(rounds):
        name = PAIRS[0][0].format(at)
        key = _report(keeper, name, at).registration_id
        db.run(release_registration, keeper.actor, Release(key, 2))
        page = f"/portal/registrations/pool/{key}"
        typed = [{"contact_name": "陈经理", "phone": f"13{who}{at:08d}"} for who in (5, 6)]
        taps = _filled(visitors[1:], [page] * 2, "/claim", typed)
        found[_outcome(crowd.at_once(taps, threads=2), name)] += 1
    return found


def appeals(place: Place, rounds: int) -> Counter[tuple[str, ...]]:
    """An appeal is granted in the moment in which its opponent lets the customer go, or just before."""
    (keeper, rival), visitors = _companies(place, 2)
    (token,) = db.run(crowd.sign_in, OPERATOR, crowd.Staff(["manager"]))
    both = [visitors[0], Visitor(place.base_url, token)]
    found: Counter[tuple[str, ...]] = Counter()
    for at in range(rounds):
        name = PAIRS[0][0].format(at)
        key, taken = (_report(buyer, name, at).registration_id for buyer in (keeper, rival))
        db.run(appeal_registration, rival.actor, Appeal(taken, 2, "一直由我司供货"))
        decision = {"decision": "approve", "comment": "经核实"}
        taps = [
            *_filled(both[1:], [f"/admin/registrations/{taken}"], "/decision", [decision]),
            *_filled(both[:1], [f"/portal/registrations/{key}"], "/release", [{"reason": "停业"}]),
        ]
        # every second round from a tab that was open before
        found[_outcome(crowd.at_once(taps, threads=1 + at % 2), name)] += 1
    return found


def _companies(place: Place, count: int) -> tuple[list[Buyer], list[Visitor]]:
    change_setting("registration.most_live", 100_000)
    buyers = []
    for at in range(count):
        company = db.run(crowd.make_company, OPERATOR, Company(f"RACE-{at}", Decimal(1000)))
        buyers += hired(f"RACE-{at}", company, 1)
    return buyers, [Visitor(place.base_url, buyer.token) for buyer in buyers]


def _report(buyer: Buyer, name: str, at: int) -> RegistrationAnswer:
    with db.read() as session:
        line = session.scalars(select(Category.id).where(Category.code == "drinks")).one()
    told = Customer(line, name, code(100_000 + at), phone=f"139{at:08d}")
    return db.run(register_customer, buyer.actor, NewRegistration(f"k-{at}", told))


def _filled(visitors, pages, action, typed) -> list[partial[int]]:
    """The page stands open at each; what is left is the tap, which answers its status."""
    forms = [visitor.form(page, action) for visitor, page in zip(visitors, pages, strict=True)]
    return [
        partial(_status, visitor, form.action, form.fields | more)
        for visitor, form, more in zip(visitors, forms, typed, strict=True)
    ]


def _status(visitor: Visitor, path: str, fields: dict[str, str]) -> int:
    return visitor.post(path, fields).status


def _outcome(statuses: list[int], name: str) -> tuple[str, ...]:
    """The states of all registrations of a customer; and that something broke."""
    with db.read() as session:
        states = session.scalars(select(Registration.state).where(Registration.name == name))
        return (*sorted(states), *(["broken"] if max(statuses) >= 500 else []))


def _without_index(database_url: str) -> None:
    engine = create_engine(db.psycopg_url(database_url))
    with engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for statement in BARE:
                connection.execute(text(statement))
        else:
            name = "uq_registration_key_kind_value_product_line_id"
            connection.execute(text(f"ALTER TABLE registration_key DROP CONSTRAINT {name}"))
    engine.dispose()


def test_without_the_index_both_would_have_it(serve, database_url):
    _without_index(database_url)
    found, _pages = race(serve(), FEW)
    assert found != {("live", "rejected"): FEW} and any("rejected" not in each for each in found)


def test_one_of_two_claims_a_customer_of_the_pool(serve):
    place = serve()
    assert claims(place, 4) == {("live", "released"): 4}
    assert crowd.breaches() == []


def test_an_appeal_that_is_granted_stands_though_its_opponent_lets_go(serve):
    place = serve()
    assert appeals(place, 4) == {("live", "released"): 4}
    assert crowd.breaches() == []


def test_without_their_guards_both_would_claim_it(serve, database_url):
    _without_index(database_url)
    found = claims(serve(["pool"]), 4)
    assert any(len({"live", "submitted"} & {*each}) == 2 or each.count("live") == 2 for each in found)


def test_without_its_guard_a_registration_would_end_twice(serve):
    assert appeals(serve(["ending"]), 4) != {("live", "released"): 4}


def _latest(session):
    return session.scalars(
        select(Registration.protected_until).where(Registration.state == "live").limit(1)
    ).one()


def _main(page: str) -> str:
    """What the page says of the registration, without the reader's own company in the frame."""
    return page.split('id="registration-', 1)[-1].split("</main>", 1)[0]


def _tell(place: Place, rounds: int) -> None:
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    head = (
        "# Registrations: of two at once one has the customer\n\n"
        f"Written by `./test --proof tests/races/test_registration_races.py` on {clock.today()}. Two people of two\n"
        "distributors over HTTP against two server processes, the same company in two spellings (or one credit code),\n"
        "both in the same moment. Without the unique index the same judgement fails.\n\n"
        "| database | rounds | one accepted, one refused with the day | both accepted | both refused |\n"
        "|---|---|---|---|---|\n"
    )
    known = PAGE.read_text("utf-8") if PAGE.exists() else head
    kept = [each for each in known.splitlines() if not each.startswith(f"| {place.dialect} ")]
    PAGE.write_text("\n".join([*kept, f"| {place.dialect} | {rounds} | {rounds} | 0 | 0 |", ""]), "utf-8")
