"""Money that came in: part and over-payment, by hand, taken back, paid back; every answer to the cent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.flows.cast import lines, now_standing, order
from trade import clock, db
from trade.books import posting
from trade.books.models import Application, LedgerEntry, OpenItem, Period
from trade.books.rules import month_of, next_month
from trade.credit.models import CreditAccount
from trade.errors import Refused
from trade.flows.apply_payment import Choice, TakenBack, apply_payment, unapply_payment
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.refund_payment import Back, refund_payment
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.void_payment import Slip, void_payment

pytestmark = pytest.mark.usefixtures("verified")
ZERO = Decimal(0)


def shipped(cast, **quantities) -> OpenItem:
    """A debt: an order that left the house."""
    cart = cast.fill(**quantities)
    cast.submit(cart)
    packed = [Packed(line.id, line.base_quantity) for line in lines(cart)]
    key = db.run(ship_order, cast["warehouse"], Dispatch(cart, order(cart).version, "顺丰", "SF1", packed))
    return item("shipment", key)


def item(kind: str, subject_id: int) -> OpenItem:
    wanted = select(OpenItem).where(OpenItem.kind == kind, OpenItem.subject_id == subject_id)
    with db.read() as session:
        return session.scalars(wanted).one()


def account(cast) -> CreditAccount:
    wanted = select(CreditAccount).where(CreditAccount.distributor_id == cast.world.distributors["D1"])
    with db.read() as session:
        return session.scalars(wanted).one()


def pay(cast, amount: str, reference: str = "B-1", **more) -> int:
    paid = Receipt(cast.world.distributors["D1"], clock.today(), Decimal(amount), reference, **more)
    return db.run(record_payment, cast["finance"], paid)


def applications(payment_id: int) -> list[Application]:
    money = item("payment", payment_id)
    with db.read() as session:
        wanted = select(Application).where(Application.money_id == money.id).order_by(Application.id)
        return list(session.scalars(wanted))


def test_part_over_and_by_hand(cast):
    first, second = shipped(cast, CP0515=1), shipped(cast, SQ5524=10)
    assert (first.amount, second.amount) == (Decimal("43.20"), Decimal("240.00"))
    part = pay(cast, "20.10")
    assert item("payment", part).applied == Decimal("20.10")
    waits = pay(cast, "100.00", "B-2", is_applied=False)
    assert account(cast).prepayment == Decimal(-100) and account(cast).used == Decimal("163.10")
    choice = Choice(waits, Decimal(100), {second.id: Decimal("48.00"), first.id: Decimal("0.20")})
    assert db.run(apply_payment, cast["finance"], choice) == Decimal("48.20")
    assert account(cast).prepayment == Decimal("-51.80") and account(cast).unbilled == Decimal("214.90")
    with pytest.raises(Refused, match="application.changed_meanwhile"):  # the second tap
        db.run(apply_payment, cast["finance"], choice)
    with pytest.raises(Refused, match="application.more_than_open"):
        db.run(apply_payment, cast["finance"], Choice(waits, Decimal("51.80"), {first.id: Decimal("22.91")}))
    assert db.run(apply_payment, cast["finance"], Choice(waits, Decimal("51.80"))) == Decimal("51.80")
    over = pay(cast, "300.00", "B-3")
    assert account(cast).prepayment == Decimal("-136.90") and account(cast).unbilled == ZERO
    with pytest.raises(Refused, match="application.nothing"):
        db.run(apply_payment, cast["finance"], Choice(over, Decimal("136.90")))
    with pytest.raises(Refused, match="payment.not_found"):
        db.run(apply_payment, cast["other-manager"], Choice(over, Decimal("136.90")))


def test_what_is_taken_back_after_a_later_one(cast):
    first, second = shipped(cast, CP0515=1), shipped(cast, SQ5524=10)
    one, two = pay(cast, "43.20"), pay(cast, "30.00", "B-2")
    with pytest.raises(Refused, match="payment.applied"):
        db.run(void_payment, cast["finance"], Slip(one, "记错了"))
    (applied,) = applications(one)
    back = TakenBack(one, applied.id)
    with pytest.raises(Refused, match="application.not_found"):
        db.run(unapply_payment, cast["finance"], TakenBack(two, applied.id))
    db.run(unapply_payment, cast["finance"], back)
    assert (item("shipment", first.subject_id).applied, item("shipment", second.subject_id).applied) == (
        ZERO,
        Decimal("30.00"),
    )
    assert account(cast).prepayment == Decimal("-43.20") and account(cast).unbilled == Decimal("253.20")
    with pytest.raises(Refused, match="application.taken_back"):
        db.run(unapply_payment, cast["finance"], back)
    with pytest.raises(Refused, match="application.is_reversal"):
        db.run(unapply_payment, cast["finance"], TakenBack(one, applications(one)[1].id))
    before = now_standing()
    db.run(void_payment, cast["finance"], Slip(one, "记错了"))
    assert now_standing()[0] == before[0] + Decimal("43.20") and account(cast).prepayment == ZERO
    with pytest.raises(Refused, match="payment.voided"):
        db.run(void_payment, cast["finance"], Slip(one, "再来"))
    with db.read() as session:
        turned = session.scalars(select(LedgerEntry).where(LedgerEntry.reverses_id.is_not(None))).one()
        first_entry = session.get_one(LedgerEntry, turned.reverses_id)
        for source, code in (turned.source, "ledger.is_reversal"), (first_entry.source, "ledger.is_reversed"):
            with pytest.raises(Refused, match=code):
                posting.legs_to_turn(session, source)
    again = pay(cast, "43.20")  # the reference is free again
    assert again != one and item("shipment", first.subject_id).applied == Decimal("43.20")


def test_what_is_left_is_paid_back_once(cast):
    shipped(cast, CP0515=1)
    paid = pay(cast, "100.00")
    back = Back(paid, Decimal("56.80"), clock.today(), Decimal("50.00"), "OUT-1")
    for wrong, code in (
        (replace(back, amount=Decimal("56.81")), "application.more_than_there"),
        (replace(back, amount=ZERO), "payment.not_positive"),
        (replace(back, refunded_on=clock.today() + timedelta(days=1)), "refund.in_future"),
        (replace(back, refunded_on=clock.today() - timedelta(days=1)), "refund.before_payment"),
    ):
        with pytest.raises(Refused, match=code):
            db.run(refund_payment, cast["finance"], wrong)
    key = db.run(refund_payment, cast["finance"], back)
    assert account(cast).prepayment == Decimal("-6.80")
    assert (item("refund", key).applied, item("refund", key).amount) == (Decimal(50), Decimal(50))
    with pytest.raises(Refused, match="payment.reference_used"):
        db.run(refund_payment, cast["finance"], replace(back, left=Decimal("6.80"), amount=Decimal(1)))
    paid_back = applications(paid)[-1]
    with pytest.raises(Refused, match="application.is_refund"):
        db.run(unapply_payment, cast["finance"], TakenBack(paid, paid_back.id))
    rest = Back(paid, Decimal("6.80"), clock.today(), Decimal("6.80"), "OUT-2")
    db.run(refund_payment, cast["finance"], rest)
    assert account(cast).prepayment == ZERO


def test_another_currency_and_a_closed_period(cast):
    with pytest.raises(Refused, match="payment.other_currency"):
        pay(cast, "1.00", currency="USD")
    day = clock.today().replace(day=1) - timedelta(days=1)
    first = month_of(day)

    def close(session, actor, given):
        session.add(Period(legal_entity_id=1, first_day=first, state="closed"))

    db.run(close, cast["finance"], None)
    paid = Receipt(cast.world.distributors["D1"], day, Decimal(10), "LATE")
    key = db.run(record_payment, cast["finance"], paid)
    with db.read() as session:
        wanted = select(LedgerEntry).where(LedgerEntry.subject == "payment", LedgerEntry.subject_id == key)
        entry = session.scalars(wanted).one()
    assert (entry.day, entry.booked_on) == (day, next_month(first))
