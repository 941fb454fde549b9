"""The clock jumps under server and worker over the end of a month and an hour back; what 400 days leave behind is done."""

import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.crashes.faketime import FakeClock
from tests.crashes.site import FEW, Crew, Site, wait_until
from tests.crashes.tally import Row
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.jobs import queue, schedule
from trade.jobs.leases import LEASE
from trade.jobs.queue import Claim
from trade.jobs.schedule import Round, every
from trade.notices import outbox
from trade.orders.models import Order, OrderLine
from trade.people import attempts
from trade.people.attempts import Try, account_key
from trade.people.models import LoginSession
from trade.pricing.models import PriceRow

LAST_DAY, FIRST_DAY = date(2026, 11, 30), date(2026, 12, 1)
MIDNIGHT = datetime(2026, 11, 30, 16, tzinfo=UTC)  # in Shanghai
LONG = timedelta(days=400)
SEEN = {"page", "acknowledged", "refused in words", "page too old, told so", "asked to sign in"}
HALVES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.proof),
]
PROGRAM = (sys.executable, "-m", "tests.crashes.faketime")


@pytest.mark.proof
@pytest.mark.parametrize("database_url", HALVES, indirect=True)
def test_the_clock_jumps(open_site, request, tally, tmp_path):
    database = request.node.callspec.params["database_url"]
    shown = FakeClock(tmp_path)
    shown.put(MIDNIGHT - timedelta(minutes=2))
    with clock.set_to(shown.now()):
        opened = open_site(Crew(FEW, 0.2, shown.environment, program=PROGRAM))
        with opened as site:
            db.run(_dearer_from_tomorrow, OPERATOR, None)
            _over_midnight(site, shown)
            _note(site, tally, database, "clock over the end of the month, 23:59:58 to 00:00")
            _an_hour_back(site, shown)
            _note(site, tally, database, "clock set back by an hour")
            _more_than_a_year_on(site, shown)
            _note(site, tally, database, "clock 400 days ahead")


def test_what_a_clock_that_ran_ahead_left_behind_is_done_today(database_url):
    engine = db.connect(database_url)
    round_ = Round("order.expire", every(minutes=1), lambda session, now: [])
    with clock.set_to(clock.now() + LONG):
        db.run(schedule.plant, OPERATOR, [round_])
        db.run(_put_off, OPERATOR, round_)
        db.run(_leave, OPERATOR, None)
    for lent in ("lent", "new"):
        task = db.run(queue.claim, OPERATOR, Claim(["test"]))
        assert task is not None and task.key == lent
        db.run(queue.fail, OPERATOR, queue.Failure(task, "the next try waits, whenever it was put down"))
    assert db.run(queue.claim, OPERATOR, Claim(["test", round_.key])) is None
    assert db.run(outbox.claim, OPERATOR, LEASE) is not None
    assert db.run(outbox.claim, OPERATOR, LEASE) is None
    db.run(schedule.plant, OPERATOR, [round_])
    task = db.run(queue.claim, OPERATOR, Claim([round_.key]))
    assert task is not None and task.key == round_.key
    engine.dispose()


def test_a_pause_after_wrong_passwords_does_not_outlive_the_clock(sqlite_url):
    engine = db.connect(sqlite_url)
    guess = Try(account_key("buyer"), "10.0.0.1")

    def again() -> bool:
        return db.run(attempts.spend, OPERATOR, guess)

    with clock.set_to(clock.now() + LONG), pytest.raises(Refused, match="login.too_many"):
        for _ in range(100):
            again()
    assert again() is False  # the first of a new window
    engine.dispose()


def _put_off(session: Session, actor: Actor, given: Round) -> None:
    task = queue.claim(session, actor, Claim([given.key]))
    assert task is not None
    schedule.walk(session, clock.now(), task, given)


def _leave(session: Session, actor: Actor, given: None) -> None:
    """A job and a message that nobody took, and a job whose worker died."""
    queue.enqueue(session, "test", "lent", {})
    assert queue.claim(session, actor, Claim(["test"])) is not None
    queue.enqueue(session, "test", "new", {})
    outbox.post(session, "order.shipped", order_id=1)


def _over_midnight(site: Site, shown: FakeClock) -> None:
    """Every order has the day, the number and the price of its moment in Shanghai."""
    site.wait_for_more(1)
    shown.put(MIDNIGHT - timedelta(seconds=2))
    wait_until(lambda: shown.now() > MIDNIGHT)
    site.wait_for_more(2)
    _check(site, shown)
    days = _days()
    assert days[LAST_DAY] and days[FIRST_DAY], days
    prices = _prices()
    assert set(prices) == {(LAST_DAY, "10.00"), (FIRST_DAY, "12.00")}, prices


def _an_hour_back(site: Site, shown: FakeClock) -> None:
    """The day before is open again, its numbers go on, and work that is lent comes back in time."""
    shown.put(shown.now() - timedelta(hours=1))
    site.wait_for_more(1)  # by then all that was under way is through
    before = _days()
    site.wait_for_more(1)
    _check(site, shown)
    after = _days()
    assert after[LAST_DAY] > before[LAST_DAY] and after[FIRST_DAY] == before[FIRST_DAY], (before, after)
    assert set(_prices()) == {(LAST_DAY, "10.00"), (FIRST_DAY, "12.00")}


def _more_than_a_year_on(site: Site, shown: FakeClock) -> None:
    """Work goes on, on the day that the clock shows; those who are in stay in, so that there is work."""
    later = shown.now() + LONG
    db.run(_stay, OPERATOR, later + timedelta(hours=1))
    shown.put(later)
    site.wait_for_more(2)
    _check(site, shown)
    assert _days()[clock.business_date(later)] >= 2


def _stay(session: Session, actor: Actor, until: datetime) -> None:
    session.execute(update(LoginSession).values(expires_at=until))


def _check(site: Site, shown: FakeClock) -> None:
    with clock.set_to(shown.now()):
        site.check()


def _note(site: Site, tally, database: str, fault: str) -> None:  # type: ignore[no-untyped-def]
    saw = Counter(site.seen_since())
    assert set(saw) <= SEEN, saw
    tally.add(f"{fault}, {database}", Row(database, fault, 1, 0, dict(saw), site.promised()))


def _dearer_from_tomorrow(session: Session, actor: Actor, given: None) -> None:
    """All that people buy here costs 12 instead of 10 from the first of the month on."""
    skus = select(Sku.id).where(Sku.code.like("CRASH-%"))
    rows = session.scalars(select(PriceRow).where(PriceRow.sku_id.in_(skus))).all()
    for row in rows:
        row.valid_to = FIRST_DAY
        more = {"unit": row.unit, "price": row.price + 2, "valid_from": FIRST_DAY}
        session.add(PriceRow(price_list_id=row.price_list_id, sku_id=row.sku_id, **more))


def _days() -> Counter[date]:
    """By day how many orders; each has the day of its moment in Shanghai, in its number too, and a number of its own."""
    with db.read() as session:
        rows = session.execute(
            select(Order.number, Order.order_date, Order.submitted_at).where(Order.number.is_not(None))
        ).all()
    for number, day, moment in rows:
        assert clock.business_date(moment) == day, (number, day, moment)
        assert number.startswith(f"SO{day:%y%m%d}-"), (number, day)
    assert len({number for number, _day, _moment in rows}) == len(rows)
    return Counter(day for _number, day, _moment in rows)


def _prices() -> Counter[tuple[date | None, str]]:
    with db.read() as session:
        paid = select(Order.order_date, OrderLine.price, func.count()).join(
            OrderLine, OrderLine.order_id == Order.id
        )
        of_crew = paid.where(Order.number.is_not(None), OrderLine.sku_code.like("CRASH-%"))
        rows = session.execute(of_crew.group_by(Order.order_date, OrderLine.price))
        return Counter({(day, f"{price:.2f}"): count for day, price, count in rows})
