"""Kills during the matching of payments, during invoicing and during the statements of a month: §11 holds through all."""

import time
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ops.statements import make_month
from tests.crashes import halves
from tests.crashes.people import Browser
from tests.crashes.site import Crew, Site, wait_until
from tests.crashes.tally import Row, Tally
from tests.races import crowd
from tests.races.crowd import Company, Staff
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.credit.models import CreditAccount
from trade.flows.make_statements import start_statements
from trade.flows.record_payment import Receipt, record_payment
from trade.jobs.models import Job
from trade.notices.models import OutboxMessage
from trade.statements.models import Statement, StatementRun
from trade.statements.rules import month_before

DEEDS = ("submit", "ship", "match", "invoice")
EACH = 67  # kills of the month's job; twice as many fall among tellers and billers
DATABASES = ("sqlite", "postgresql")
MONTHS = [
    pytest.param("sqlite", 2, id="sqlite-2"),
    *(pytest.param(each, EACH, id=f"{each}-{EACH}", marks=pytest.mark.proof) for each in DATABASES),
]
CLERKS = [
    pytest.param(each, 2 * EACH, id=f"{each}-{2 * EACH}", marks=pytest.mark.proof) for each in DATABASES
]
MOST_BETWEEN = 12  # statements between two kills


@pytest.mark.parametrize(("database_url", "kills"), CLERKS, indirect=["database_url"])
def test_kill_9_while_payments_are_matched_and_shipments_invoiced(open_site, request, tally, kills) -> None:
    database = request.node.callspec.params["database_url"]
    name = f"books, {database}, {kills}"
    if tally.come(name, kills) == kills:
        pytest.skip("proven before, says build/crashes.json")
    with open_site(Crew(DEEDS, 0.1)) as site:
        site.wait_for_more(1, ("match",))
        for at in range(tally.come(name, kills), kills):
            target = "worker" if at % 4 == 1 else ("web server" if at % 20 == 18 else "one web process")
            began, promised, cut = time.monotonic(), site.promised(), site.cut()
            site.kill(target)
            site.restart(target)
            site.wait_for_any(2)
            site.check_promises(and_halves=at % 5 == 4)
            row = Row(database, f"kill -9 of {target}, matching and invoicing", 1, site.cut() - cut)
            row.saw, row.acknowledged = dict(site.seen_since()), site.promised() - promised
            row.seconds = time.monotonic() - began
            tally.add(name, row)
            tally.keep()
        site.wait_for_more(1, ("match", "invoice"))
        site.send_home()
        site.wait_until_sent()
        assert site.look().is_clean, site.look()


@pytest.mark.parametrize(("database_url", "kills"), MONTHS, indirect=["database_url"])
def test_kill_9_while_a_month_of_statements_is_made(open_site, request, tally, kills) -> None:
    database = request.node.callspec.params["database_url"]
    month, count = month_before(clock.today()), kills * MOST_BETWEEN
    with open_site(Crew((), has_worker=False, lease=2)) as site:
        accounts = db.run(_two_months, OPERATOR, (count, month))
        site.worker.start()
        finance = Browser(site.server.base_url, db.run(crowd.sign_in, OPERATOR, Staff(["finance"]))[0])
        finance.get("/admin/statements")
        assert finance.post("/admin/statements/runs", {"month": month.isoformat()}).status == 303
        _kill_again_and_again(site, database, kills, tally)
        wait_until(_is_over)
        site.worker.stop()
        assert site.look().is_clean, site.look()
        with db.read() as session:
            _prove_each_once(session, accounts, month)


def _kill_again_and_again(site: Site, database: str, kills: int, tally: Tally) -> None:
    for _ in range(kills):
        began, before = time.monotonic(), _made()
        until = before + site.dice.randint(1, MOST_BETWEEN - 1)
        wait_until(lambda until=until: _made() >= until)  # type: ignore[misc]
        time.sleep(site.dice.uniform(0.0, 0.02))
        site.worker.kill()
        site.worker.start()
        row = Row(database, "kill -9 of worker during the statements of a month", 1)
        row.acknowledged, row.seconds = _made() - before, time.monotonic() - began
        tally.add(f"month, {database}, {kills}", row)
    tally.keep()


def _prove_each_once(session: Session, accounts: set[int], month: date) -> None:
    """Two statements for every account that paid, the second opening with what the first closed with, told once."""
    found: dict[int, list[Statement]] = {each: [] for each in accounts}
    for each in session.scalars(select(Statement).order_by(Statement.account_id, Statement.first_day)):
        if each.account_id in found:
            found[each.account_id].append(each)
    for first, second in found.values():
        assert (first.first_day, second.first_day) == (month_before(month), month)
        assert second.opening == first.closing != second.closing
    numbers = [each.number for pair in found.values() for each in pair]
    assert len(set(numbers)) == 2 * len(accounts)
    told = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == "statement.issued"))
    ids = [each["statement_id"] for each in told]
    assert len(ids) == len(set(ids)) and set(ids) >= {second.id for _first, second in found.values()}
    run = session.scalars(select(StatementRun)).one()
    assert run.made == session.scalar(select(func.count(Statement.id))), run.made


def _two_months(session: Session, actor: Actor, given: tuple[int, date]) -> set[int]:
    """So many companies which paid something in each of two months; answers their accounts."""
    count, month = given
    accounts = set()
    for at in range(count):
        with clock.set_to(_noon(month_before(month) + timedelta(days=at % 28))):
            company = crowd.make_company(session, actor, Company(f"MONTH-{at}", Decimal(1000)))
        for number, first_day in enumerate((month_before(month), month)):
            day = first_day + timedelta(days=at % 28)
            with clock.set_to(_noon(day)):
                reference = f"MONTH-{at}-{number}"
                record_payment(
                    session, actor, Receipt(company, day, Decimal(at + 1), reference, is_prepayment=True)
                )
        wanted = select(CreditAccount.id).where(CreditAccount.distributor_id == company)
        accounts.add(session.scalars(wanted).one())
    return accounts


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=clock.BRAND_ZONE)


def _made() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Statement.id))) or 0


def _is_over() -> bool:
    with db.read() as session:
        left = select(Job.id).where(Job.kind == "statements.make", Job.state.in_(("waiting", "running")))
        is_done = session.scalar(select(StatementRun.id).where(StatementRun.state == "done")) is not None
        return is_done and session.scalar(left.limit(1)) is None


BROKEN = {
    "booked line of a bank without its payment": "UPDATE payment SET amount = amount + 100 WHERE origin = 'bank'",
    "payment of a bank without its line": "UPDATE bank_line SET state = 'open', payment_id = NULL WHERE state = 'booked'",
    "bank file that is taken in": "UPDATE bank_file SET counts = '{\"new\": 99}'",
    "invoice without lines": "UPDATE invoice SET gross = gross + 100, net = net + 100",
    "invoice that the audit or the outbox": "DELETE FROM outbox_message WHERE topic LIKE 'invoice.%'",
    "statement without its lines": "UPDATE statement SET lines = lines + 1",
    "statement that nobody is told of": "DELETE FROM outbox_message WHERE topic = 'statement.issued'",
}


@pytest.mark.proof
@pytest.mark.parametrize("database_url", DATABASES, indirect=True)
def test_what_is_half_is_found(open_site) -> None:
    """The searches for halves of the books name each when it is planted, and nothing before."""
    month = month_before(clock.today())
    with open_site(Crew(DEEDS, 0.1, has_worker=False)) as site:
        site.wait_for_more(1, ("match", "ship"))
        db.run(_two_months, OPERATOR, (1, month))
        wait_until(lambda: any(each.deed == "invoice" and each.journal.count for each in site.people))
        site.send_home()
        run_id = db.run(start_statements, OPERATOR, month)
        make_month(OPERATOR, run_id, lambda done, total: None)
        assert site.look().is_clean, site.look()
    for half, statement in BROKEN.items():
        with pytest.raises(Planted) as found:
            db.run(_plant, OPERATOR, statement)
        assert any(each.startswith(half) for each in found.value.args[0]), (half, found.value.args[0])


class Planted(Exception):
    """Rolls back what was planted; what was found is its argument."""


def _plant(session: Session, actor: Actor, statement: str) -> None:
    assert session.execute(text(statement)).rowcount  # type: ignore[attr-defined]
    raise Planted(halves.half_written(session))
