"""What lets an order go: the limit, the group's, money in advance, approvals beyond; and what stops it all the same."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select, update

from ops.deeds import DEEDS
from tests.flows.cast import order
from tests.world import OPERATOR, standing
from trade import clock, db
from trade.approvals.models import ApprovalPolicy
from trade.approvals.policy import Policy, Rule, Step, dump, load
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount, CreditDecision, CreditException
from trade.distributors.models import CreditGroup, Distributor, Standing
from trade.errors import Refused
from trade.flows.allow_over_limit import OverLimit, allow_over_limit
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.keep_master import MasterState, set_master_archived
from trade.flows.keep_refusal import keep_refusal
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.roll_credit import roll_credit
from trade.flows.set_credit import Block, NewLimit, set_block, set_limit
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from trade.flows.set_group_limit import GroupLimit, set_group_limit
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.jobs.models import Job
from trade.orders.models import OrderLine
from trade.people.models import Person


def account(code: str = "D1") -> CreditAccount:
    with db.read() as session:
        wanted = select(CreditAccount).where(CreditAccount.distributor_id == (1 if code == "D1" else 2))
        return session.scalars(wanted).one()


def ship(cast, order_id: int, quantity: int | None = None, sku: str = "CP0515") -> None:
    with db.read() as session:
        line = session.scalars(
            select(OrderLine).where(OrderLine.order_id == order_id, OrderLine.sku_code == sku)
        ).one()
    packed = [Packed(line.id, quantity or line.base_quantity)]
    db.run(ship_order, cast["warehouse"], Dispatch(order_id, order(order_id).version, "顺丰", "SF1", packed))


def set_base(cast, amount: str, code: str = "D1") -> None:
    limit = NewLimit(cast.world.distributors[code], Decimal(amount), "test")
    db.run(set_limit, cast["finance"], limit)


def pay(cast, amount: str, reference: str, *, is_applied: bool = True) -> None:
    money = Receipt(1, clock.today(), Decimal(amount), reference, "", True, is_applied)
    db.run(record_payment, cast["finance"], money)


def run_retests(cast) -> None:
    """Do what the worker does with the chain of held orders."""
    retest = DEEDS["order.retest"]
    done: set[int] = set()
    while True:
        with db.read() as session:
            jobs = session.scalars(select(Job).where(Job.kind == "order.retest").order_by(Job.id)).all()
        left = [each for each in jobs if each.id not in done]
        if not left:
            return
        done.add(left[0].id)
        db.run(retest.flow, OPERATOR, retest.given(**left[0].payload))


def test_an_overdue_debt_stops_shipping_until_it_is_paid(cast):
    first = cast.fill(CP0515=10)
    cast.submit(first)
    ship(cast, first)
    second = cast.fill(CP0515=20)
    cast.submit(second)
    late = clock.now() + timedelta(days=30 + 7 + 1)
    with time_machine.travel(late, tick=False):
        with pytest.raises(Refused, match="release.overdue") as refused:
            ship(cast, second)
        db.run(keep_refusal, cast["warehouse"], refused.value)
        assert order(second).fulfilment == "open"
        with db.read() as session:
            kept = session.scalars(select(CreditDecision).order_by(CreditDecision.id.desc())).first()
        assert kept.outcome == "blocked" and kept.facts["blocked"] == "overdue" and kept.order_id == second
        db.run(roll_credit, OPERATOR, 1)
        assert account().blocked_reason == "overdue"
        pay(cast, "423.00", "LATE-1")
        assert account().blocked_reason is None
        ship(cast, second)
    assert order(first).payment == "complete" and order(second).fulfilment == "complete"


def test_blocks_by_hand_and_never(cast):
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    db.run(set_block, cast["finance"], Block(1, True, "test"))
    with pytest.raises(Refused, match="release.manual"):
        ship(cast, order_id)
    db.run(set_block, cast["finance"], Block(1, False, "test"))
    ship(cast, order_id)
    db.run(
        lambda session, *_: session.execute(update(CreditAccount).values(block_mode="off")) and None,
        None,
        None,
    )
    with time_machine.travel(clock.now() + timedelta(days=90), tick=False):
        db.run(roll_credit, OPERATOR, 1)
        assert account().blocked_reason is None


def policies_content(wanted: Policy) -> Policy:
    """Put a policy for limits in force; answers the one before."""

    def change(session, _actor, _given) -> dict:
        found = session.scalars(select(ApprovalPolicy).where(ApprovalPolicy.subject == "limit_request")).one()
        before, found.content = found.content, dump(wanted)
        return before

    return load(db.run(change, OPERATOR, None))


def test_an_order_beyond_the_limit_goes_by_an_approval_for_it_alone(cast):
    set_base(cast, "400")
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    assert order(order_id).approval_state == "held"
    seen = OverLimit(order_id, order(order_id).version, Decimal("23.00"), "旺季")
    with pytest.raises(Refused, match="release.more_now"):
        db.run(allow_over_limit, cast["finance"], OverLimit(order_id, seen.version, Decimal("22.99"), "x"))
    with pytest.raises(Refused, match="release.beyond_right"):
        db.run(allow_over_limit, cast["finance"], OverLimit(order_id, seen.version, Decimal(20001), "x"))
    before = policies_content(Policy((Rule((Step(("role:administrator",)),)),)))
    with pytest.raises(Refused, match="release.not_alone") as told:
        db.run(allow_over_limit, cast["finance"], seen)
    with db.read() as session:
        assert told.value.facts["names"] == session.get_one(Person, cast.world.people["administrator"]).name
        assert session.scalars(select(CreditException)).all() == []
    policies_content(before)
    assert order(order_id).approval_state == "held"
    assert db.run(allow_over_limit, cast["finance"], seen) == "approved"
    with db.read() as session:
        assert [each.amount for each in session.scalars(select(CreditException))] == [Decimal("23.00")]
    ship(cast, order_id)
    another = cast.fill(CP0515=1)
    cast.submit(another)
    assert order(another).approval_state == "held"
    pay(cast, "423.00", "P-1")
    with db.read() as session:
        assert session.scalars(select(CreditException.ended_at)).one() is not None


def test_a_limit_lowered_below_use_stops_what_is_not_shipped(cast):
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    set_base(cast, "100")
    with pytest.raises(Refused, match="release.over_limit"):
        ship(cast, order_id)
    over = OverLimit(order_id, order(order_id).version, Decimal("323.00"), "已谈妥")
    assert db.run(allow_over_limit, cast["finance"], over) == "approved"
    ship(cast, order_id)
    with pytest.raises(Refused, match="release.not_over"):
        db.run(
            allow_over_limit, cast["finance"], OverLimit(order_id, order(order_id).version, Decimal(400), "x")
        )


def in_advance(percent: int) -> None:
    terms = update(Standing).where(Standing.distributor_id == 1)
    values = terms.values(terms="advance", advance_percent=percent)
    db.run(lambda session, *_: session.execute(values) and None, None, None)


def test_an_order_in_advance_waits_for_its_money_and_uses_no_credit(cast):
    set_base(cast, "0")
    in_advance(100)
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    assert order(order_id).approval_state == "held" and order(order_id).reasons[0]["missing"] == "423.00"
    pay(cast, "422.99", "P-1")
    run_retests(cast)
    assert order(order_id).reasons[0]["missing"] == "0.01"
    pay(cast, "0.01", "P-2")
    run_retests(cast)
    assert order(order_id).approval_state == "approved"
    kept = account()
    assert (kept.used, kept.earmarked, kept.hold) == (0, Decimal("423.00"), Decimal("423.00"))
    ship(cast, order_id, 70)
    with db.read() as session:
        debt = session.scalars(select(OpenItem).where(OpenItem.kind == "shipment")).one()
    assert debt.applied == debt.amount == Decimal("197.40")
    db.run(cancel_rest, cast["manager"], Cancellation(order_id, order(order_id).version, "不要了"))
    kept = account()
    assert (kept.earmarked, kept.hold, kept.prepayment) == (0, 0, Decimal("-225.60"))
    assert order(order_id).payment == "complete"


def test_a_part_in_advance_uses_credit_for_the_rest(cast):
    set_base(cast, "300")
    in_advance(30)
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    assert order(order_id).reasons[0] == {
        **order(order_id).reasons[0],
        "code": "credit.unpaid",
        "missing": "126.90",
    }
    pay(cast, "126.90", "P-1")
    run_retests(cast)
    assert order(order_id).approval_state == "approved"
    assert (account().used, account().earmarked) == (Decimal("296.10"), Decimal("126.90"))


def test_money_releases_the_oldest_first_and_is_not_used_twice(cast):
    set_base(cast, "0")
    first, second = cast.fill(CP0515=10), None
    cast.submit(first)
    in_advance(100)
    second = cast.fill(CP0515=5)
    cast.submit(second)
    pay(cast, "423.00", "P-1", is_applied=False)
    run_retests(cast)
    assert [order(each).approval_state for each in (first, second)] == ["approved", "held"]
    assert order(second).reasons[0]["missing"] == "216.00"
    pay(cast, "216.00", "P-2", is_applied=False)
    run_retests(cast)
    assert order(second).approval_state == "approved" and account().used == 0


def join(session, _actor, _given):
    group = CreditGroup(code="G1", name="同一股东")
    session.add(group)
    session.flush()
    session.execute(update(Distributor).values(credit_group_id=group.id))
    return group.id


def test_a_groups_limit_holds_beside_the_own(cast):
    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    group_id = db.run(join, OPERATOR, None)
    db.run(set_group_limit, cast["finance"], GroupLimit(group_id, "CNY", Decimal(600), "合计"))
    with db.read() as session:
        kept = session.scalars(select(CreditAccount).where(CreditAccount.credit_group_id == group_id)).one()
    assert (kept.used, kept.hold, kept.effective_limit) == (
        Decimal("423.00"),
        Decimal("423.00"),
        Decimal(600),
    )
    more = cast.fill(CP0515=10)
    cast.submit(more)
    reason = order(more).reasons[0]
    assert (reason["code"], reason["whose"], reason["over"]) == ("credit.over_limit", "group", "246.00")
    with db.read() as session:
        assert standing(session)[0] == Decimal("423.00")
    db.run(set_group_limit, cast["finance"], GroupLimit(group_id, "CNY", Decimal(846), "合计"))
    run_retests(cast)
    assert order(more).approval_state == "approved" and account().used == Decimal("846.00")


def end_unsettled(session, actor, given) -> None:
    """Companies that were ended when only orders had to be settled."""
    session.execute(update(Distributor).values(status="ended"))


def test_a_group_is_closed_once_it_has_no_members_and_nothing_is_open(cast):
    def everybody(status):
        for key in cast.world.distributors.values():
            with db.read() as session:
                version = session.scalars(select(Distributor.version).where(Distributor.id == key)).one()
            db.run(set_distributor_status, OPERATOR, StatusChange(key, version, status, "test"))

    def close(*, is_archived=True):
        with db.read() as session:
            version = session.scalars(select(CreditGroup.version)).one()
        db.run(set_master_archived, OPERATOR, MasterState("credit-groups", group_id, version, is_archived))

    def refused(deed, code):
        with pytest.raises(Refused, match=code) as found:
            deed()
        return found.value.facts

    def group():
        with db.read() as session:
            wanted = select(CreditGroup.version, CreditGroup.archived_at, CreditAccount.effective_limit)
            return session.execute(
                wanted.join(CreditAccount, CreditAccount.credit_group_id == group_id)
            ).one()

    order_id = cast.fill(CP0515=10)
    cast.submit(order_id)
    group_id = db.run(join, OPERATOR, None)
    limit = GroupLimit(group_id, "CNY", Decimal(600), "合计")
    db.run(set_group_limit, cast["finance"], limit)
    ship(cast, order_id)
    before = group()
    facts = refused(close, "master.needed")
    assert facts["uses"] == {"distributors": len(cast.world.distributors), "open_accounts": 1}
    refused(lambda: everybody("ended"), "distributor.not_settled")
    assert group() == before
    db.run(end_unsettled, OPERATOR, None)
    assert refused(close, "master.needed")["uses"] == {"open_accounts": 1}
    assert group() == before
    pay(cast, "423.00", "P-1")
    close()
    assert group()[1] is not None and group()[2] == Decimal(600), "the account stays"
    refused(lambda: db.run(set_group_limit, cast["finance"], replace(limit, amount=Decimal(1))), "closed")
    refused(lambda: everybody("active"), "distributor.group_closed")
    assert group()[2] == Decimal(600)
    close(is_archived=False)
    everybody("active")
