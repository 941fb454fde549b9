"""A distributor asks for a temporary limit; finance decides, bounded by what was asked for."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from ops.deeds import DEEDS
from tests.flows.cast import order
from tests.world import OPERATOR
from trade import clock, db
from trade.credit.models import CreditAccount, CreditLimit, LimitRequest
from trade.errors import Refused
from trade.flows.decide_limit import LimitDecision, decide_limit
from trade.flows.request_limit import (
    LimitWish,
    SeenRequest,
    expire_limit_request,
    request_limit,
    withdraw_limit_request,
)
from trade.flows.set_credit import NewLimit, set_limit
from trade.jobs.models import Job


def ask(cast, amount: str = "1000", days: int = 10, key: str = "") -> int:
    wish = LimitWish(Decimal(amount), clock.today() + timedelta(days=days), "双十二备货", key)
    return db.run(request_limit, cast["owner"], wish)


def state(request_id: int) -> str:
    with db.read() as session:
        return session.scalars(select(LimitRequest.state).where(LimitRequest.id == request_id)).one()


def limits() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(CreditLimit.id))) or 0


def test_a_temporary_limit_lets_a_held_order_go_and_ends_by_itself(cast):
    db.run(set_limit, cast["finance"], NewLimit(1, Decimal(100), "test"))
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    assert order(order_id).approval_state == "held"
    request_id = ask(cast, key="form-1")
    assert ask(cast, key="form-1") == request_id
    before = limits()
    with pytest.raises(Refused, match="limit_request.open_already"):
        ask(cast, key="form-2")
    with pytest.raises(Refused, match="approval.not_yours"):
        db.run(decide_limit, cast["rep"], LimitDecision(request_id, 1, "approve"))
    with pytest.raises(Refused, match="limit_request.more_than_asked"):
        db.run(decide_limit, cast["finance"], LimitDecision(request_id, 1, "approve", amount=Decimal(1001)))
    assert limits() == before and state(request_id) == "open"
    db.run(decide_limit, cast["finance"], LimitDecision(request_id, 1, "approve", amount=Decimal(400)))
    with pytest.raises(Refused, match="approval.not_open"):
        db.run(decide_limit, cast["finance"], LimitDecision(request_id, 1, "approve"))
    with db.read() as session:
        job = session.scalars(select(Job).where(Job.kind == "order.retest")).one()
    db.run(DEEDS["order.retest"].flow, OPERATOR, DEEDS["order.retest"].given(**job.payload))
    assert order(order_id).approval_state == "approved" and state(request_id) == "approved"
    with time_machine.travel(clock.now() + timedelta(days=11), tick=False):
        another = cast.fill(CP0515=1)
        assert cast.submit(another).approval_state == "held"
        with db.read() as session:
            account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == 1)).one()
        assert (account.effective_limit, account.used) == (Decimal(100), Decimal("423.00"))


@pytest.mark.parametrize(
    ("amount", "days", "code"), [("10", -1, "credit.in_past"), ("10", 400, "credit.too_far")]
)
def test_odd_days_are_refused(cast, amount, days, code):
    with pytest.raises(Refused, match=code):
        ask(cast, amount, days)
    assert limits() == 2


def test_refused_withdrawn_and_left_lying(cast):
    first = ask(cast)
    with pytest.raises(Refused, match="approval.comment_needed"):
        db.run(decide_limit, cast["finance"], LimitDecision(first, 1, "reject"))
    db.run(decide_limit, cast["finance"], LimitDecision(first, 1, "reject", "先付清逾期"))
    second = ask(cast)
    with pytest.raises(Refused, match="limit_request.not_found"):
        db.run(withdraw_limit_request, cast["stranger"], SeenRequest(second, 1))
    db.run(withdraw_limit_request, cast["owner"], SeenRequest(second, 1))
    third = ask(cast)
    db.run(expire_limit_request, OPERATOR, SeenRequest(third, 1))
    assert [state(each) for each in (first, second, third)] == ["rejected", "withdrawn", "expired"]
    assert limits() == 2
