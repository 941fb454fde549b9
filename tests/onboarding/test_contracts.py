"""Contracts of distributors: who orders once one holds, and who hears that one ends."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from ops.deeds import DEEDS
from ops.rounds import beginning_contracts, ending_contracts
from tests.flows.cast import Cast
from tests.onboarding import applicants
from tests.world import OPERATOR
from trade import clock, db
from trade.applications.models import Contract
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.file_contract import NewContract, file_contract
from trade.notices.models import OutboxMessage

pytestmark = pytest.mark.usefixtures("verified")


@pytest.fixture(autouse=True)
def ground(cast: Cast) -> int:
    """The territory in which applicants are."""
    return applicants.know_regions()


def count(model, *which) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(model.id)).where(*which)) or 0


def refused(code: str, flow, actor, given) -> Refused:
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code
    return told.value


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2026, 12, 31), date(2027, 3, 30)])
def test_a_contract_that_ends_is_told_once_thirty_days_before_unless_another_follows(cast: Cast, day):
    home = cast.world.distributors["D1"]
    start = day - timedelta(days=300)

    def file(title: str, first: date, last: date | None) -> int:
        return db.run(
            file_contract,
            cast["administrator"],
            NewContract(home, title, first, last, applicants.picture(title)),
        )

    def tell(today: date) -> int:
        with time_machine.travel(f"{today.isoformat()}T08:10:00+08:00", tick=False):
            with db.read() as session:
                due = ending_contracts(session, clock.now())
            for each in due:
                db.run(DEEDS[each.kind].flow, OPERATOR, DEEDS[each.kind].given(**each.payload))
        return len(due)

    with time_machine.travel(f"{start.isoformat()}T08:00:00+08:00"):
        file("red", start, day)
        refused(
            "authorisation.ends_before",
            file_contract,
            cast["administrator"],
            NewContract(home, "x", day, start, applicants.picture()),
        )
    assert tell(day - timedelta(days=31)) == 0
    assert tell(day - timedelta(days=23)) == 1 and tell(day - timedelta(days=22)) == 0
    assert count(OutboxMessage, OutboxMessage.topic == "contract.ending") == 1
    with time_machine.travel(f"{day.isoformat()}T08:00:00+08:00"):
        file("blue", day, day + timedelta(days=10))
        file("green", day, None)
    assert tell(day + timedelta(days=1)) == 1
    assert count(OutboxMessage, OutboxMessage.topic == "contract.ending") == 1 and count(Contract) == 3


@pytest.mark.parametrize("is_planned", [False, True], ids=["filed", "planned"])
def test_a_prospect_orders_once_a_contract_holds(cast: Cast, is_planned):
    home = cast.world.distributors["D1"]

    def make(session, _actor, _given) -> None:
        session.get_one(Distributor, home).status = "prospect"

    db.run(make, OPERATOR, None)
    cart = cast.fill(CP0515=2)
    with pytest.raises(Refused, match="distributor.prospect"):
        cast.submit(cart)
    today = clock.today()

    def file(first: date, last: date | None) -> None:
        contract = NewContract(home, "经销合同", first, last, applicants.picture())
        db.run(file_contract, cast["administrator"], contract)

    def open_due(at) -> int:
        with time_machine.travel(at, tick=False):
            with db.read() as session:
                due = beginning_contracts(session, clock.now())
            for each in due:
                db.run(DEEDS[each.kind].flow, OPERATOR, DEEDS[each.kind].given(**each.payload))
        return len(due)

    file(today - timedelta(days=300), today - timedelta(days=1))  # a contract of last year opens nothing
    file(today + timedelta(days=20), today + timedelta(days=400))
    assert open_due(clock.now()) == 0
    with pytest.raises(Refused, match="distributor.prospect"):
        cast.submit(cart)
    assert count(OutboxMessage, OutboxMessage.topic == "distributor.activated") == 0
    if is_planned:
        assert open_due(clock.now() + timedelta(days=20)) == 1
        assert open_due(clock.now() + timedelta(days=20)) == 0
    else:
        file(today, today)
    assert count(OutboxMessage, OutboxMessage.topic == "distributor.activated") == 1
    assert cast.submit(cart).approval_state in ("approved", "pending")
