"""A credit note is money that is there: applied by hand, taken back, paid out, never beyond what is left of it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.admin.site import Site, field_error
from tests.flows.cast import now_standing
from tests.returns.conftest import Returning, request
from tests.returns.test_return_flows import at_once
from tests.reused import application
from trade import clock, db
from trade.actor import Actor
from trade.books.models import Application, LedgerEntry, OpenItem
from trade.credit.models import CreditAccount
from trade.errors import Refused
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.record_payment import record_payment
from trade.flows.settle_credit_note import (
    NoteBack,
    NoteChoice,
    NoteTakenBack,
    apply_credit_note,
    refund_credit_note,
    unapply_credit_note,
)
from trade.receivables import ageing
from trade.receivables.models import Refund
from trade.receivables.payments import Receipt
from trade.receivables.settling import Outgoing
from trade.statements import reckoning

GOODS = Decimal("56.40")  # 20 of 15 bottles at 42.30


def item(kind: str, key: int | None = None) -> OpenItem:
    wanted = select(OpenItem).where(OpenItem.kind == kind).order_by(OpenItem.id.desc())
    with db.read() as session:
        return session.scalars(wanted if key is None else wanted.where(OpenItem.id == key)).first()


def account() -> CreditAccount:
    with db.read() as session:
        return session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == 1)).one()


def credited(cast: Returning) -> OpenItem:
    """A credit of 56.40 for an order that was paid already, so nothing of it is applied."""
    order_id = cast.received(CP0515=10)
    paid = Receipt(1, clock.today(), now_standing()[0], "B-1")
    db.run(record_payment, cast["finance"], paid)
    request_id = cast.ask(order_id, 20)
    given = ReturnDecision(request_id, request(request_id).version, "approve", is_waived=True)
    db.run(decide_return, cast["rep"], given)
    assert request(request_id).state == "credited"
    return item("return")


def rows() -> list[int]:
    with db.read() as session:
        return [session.scalar(select(func.count(each.id))) for each in (Application, LedgerEntry, Refund)]


def test_a_credit_note_is_applied_taken_back_and_paid_out(cast: Returning) -> None:
    note, finance = credited(cast), cast["finance"]
    assert (note.amount, note.applied, account().credit_note) == (GOODS, 0, -GOODS)
    cast.shipped(SQ5524=10)
    debt = item("shipment")
    choice, before = NoteChoice(note.id, GOODS, {debt.id: Decimal("50.00")}), rows()
    out = Outgoing(clock.today(), Decimal("6.40"), "OUT-1")
    wrong: tuple[tuple[str, object, object, str], ...] = (
        ("finance", apply_credit_note, replace(choice, amounts={debt.id: GOODS + 1}), "more_than_there"),
        ("finance", apply_credit_note, replace(choice, left=GOODS - 1), "changed_meanwhile"),
        ("finance", apply_credit_note, replace(choice, amounts={0: Decimal(1)}), "changed_meanwhile"),
        ("other-manager", apply_credit_note, choice, "credit_note.not_found"),
        ("finance", apply_credit_note, replace(choice, note_id=debt.id), "credit_note.not_found"),
        (
            "finance",
            refund_credit_note,
            NoteBack(note.id, GOODS, replace(out, amount=GOODS + 1)),
            "more_than_there",
        ),
        (
            "finance",
            refund_credit_note,
            NoteBack(note.id, GOODS, replace(out, refunded_on=note.day - timedelta(days=1))),
            "before_payment",
        ),
    )
    for who, flow, given, code in wrong:
        with pytest.raises(Refused, match=code):
            db.run(flow, cast[who], given)
    assert rows() == before
    assert db.run(apply_credit_note, finance, choice) == Decimal(50)
    assert (account().credit_note, item("shipment").applied) == (Decimal("-6.40"), Decimal(50))
    assert db.run(refund_credit_note, finance, NoteBack(note.id, Decimal("6.40"), out))
    assert account().credit_note == 0
    again = NoteBack(note.id, Decimal(0), replace(out, amount=Decimal(1)))
    with pytest.raises(Refused, match="payment.reference_used"):
        db.run(refund_credit_note, finance, again)
    with db.read() as session:
        used = session.scalars(
            select(Application).where(Application.money_id == note.id).order_by(Application.id)
        ).all()
    with pytest.raises(Refused, match="application.is_refund"):
        db.run(unapply_credit_note, finance, NoteTakenBack(note.id, used[1].id))
    db.run(unapply_credit_note, finance, NoteTakenBack(note.id, used[0].id))
    with pytest.raises(Refused, match="application.taken_back"):
        db.run(unapply_credit_note, finance, NoteTakenBack(note.id, used[0].id))
    assert (account().credit_note, item("shipment").applied) == (Decimal(-50), 0)
    account_id = account().id
    with db.read() as session:
        told = reckoning.of_span(session, account_id, clock.today(), clock.today())
        kinds = [(line.entry.kind, line.increase - line.decrease) for line in told.lines]
        (aged,) = ageing.lines(session, cast["finance"], "distributor", clock.today())
    assert ("credit_note", -GOODS) in kinds and ("refund", Decimal("6.40")) in kinds
    assert told.closing == debt.amount - 50 == aged.total and aged.money == -50


def test_of_many_clerks_at_once_one_applies_it_and_one_pays_it_out(cast: Returning) -> None:
    note = credited(cast)
    cast.shipped(SQ5524=10)
    finance: Actor = cast["finance"]
    choice = NoteChoice(note.id, GOODS, {item("shipment").id: Decimal(30)})
    assert sorted(map(str, at_once(*[lambda: db.run(apply_credit_note, finance, choice)] * 6))) == [
        "30" if at == 0 else "application.changed_meanwhile" for at in range(6)
    ]
    back = [
        NoteBack(note.id, GOODS - 30, Outgoing(clock.today(), GOODS - 30, f"OUT-{at}")) for at in range(6)
    ]
    found = at_once(*[lambda each=each: db.run(refund_credit_note, finance, each) for each in back])
    assert sorted(map(str, found))[1:] == ["application.changed_meanwhile"] * 5
    assert item("return").applied == GOODS and account().credit_note == 0


def test_the_pages_of_credit_notes(sqlite_url: str) -> None:
    site = Site(application(sqlite_url))
    cast = Returning()
    note = credited(cast)
    cast.shipped(SQ5524=10)
    debt = item("shipment")
    finance, page = site.browser("finance"), f"/admin/credit-notes/{note.id}"
    listed = finance.get("/admin/credit-notes?open=yes").text
    assert note.number in listed and "¥56.40" in listed
    assert note.number not in site.browser("other-manager").get("/admin/credit-notes").text
    shown = finance.get(page).text
    assert f'name="amount_{debt.id}" value="56.40"' in shown and "/voiding" not in shown
    before = site.everything()
    answer = finance.post(f"{page}/applications", {"left": "56.40", f"amount_{debt.id}": "1,000.00"})
    assert answer.status_code == 422 and field_error(answer, f"amount_{debt.id}")
    assert finance.post(f"{page}/applications", {"left": "50.00", "oldest": "yes"}).status_code == 422
    out = {"left": "56.40", "refunded_on": clock.today().isoformat(), "amount": "60", "reference": "OUT-1"}
    answer = finance.post(f"{page}/refunds", out)
    assert answer.status_code == 422 and field_error(answer, "refund-amount")
    assert site.browser("manager").post(f"{page}/refunds", out | {"amount": "1"}).status_code == 403
    assert site.browser("other-manager").get(page).status_code == 404
    assert site.everything() == before
    assert finance.post(f"{page}/refunds", out | {"amount": "6.40"}).status_code == 303
    assert finance.post(f"{page}/applications", {"left": "50.00", "oldest": "yes"}).status_code == 303
    assert f"/admin/credit-notes/{note.id}" in finance.get(f"/admin/returns/{note.subject_id}").text
    assert note.number not in finance.get("/admin/credit-notes?open=yes").text
