"""Invoices as flows on both databases: issued, taken back, corrected, in bulk, by two at once; every invariant holds after."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from ops.worker import Worker
from tests.flows.cast import lines
from tests.invoices.conftest import account, invoice, item, lines_on
from tests.returns.conftest import PICTURE
from tests.world import OPERATOR
from trade import clock, db
from trade.attachments.models import Attachment
from trade.books.models import LedgerEntry, Period
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.issue_invoice import NewInvoice, issue_invoice
from trade.flows.issue_invoices import DueShipments, Until, issue_due_invoice, issue_invoices
from trade.flows.note_tax_invoice import (
    RealInvoice,
    Struck,
    keep_file,
    note_tax_invoice,
    strike_tax_invoice,
)
from trade.fulfilment.models import Shipment
from trade.invoices import drawing
from trade.invoices.models import Invoice, InvoiceLine, TaxInvoice
from trade.numbers import NumberSeries

TAX_NUMBER = "24952000000012345678"


def count(model):
    with db.read() as session:
        return session.scalar(select(func.count(model.id)))


def change(statement):
    db.run(lambda session, actor, given: session.execute(statement), OPERATOR, None)


def entries(kind="invoice"):
    with db.read() as session:
        found = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == kind).order_by(LedgerEntry.id))
        return [(each.debit, each.credit, each.amount, each.day, each.booked_on) for each in found]


def test_parts_of_an_order_stand_on_two_invoices_and_add_up(cast):
    order_id = cast.ordered(CP0515=10, SQ5524=10)
    first, second = cast.ship(order_id, 46, 100), cast.ship(order_id, 104, 140)
    used = account(cast).used
    one = cast.invoice(first)
    today = clock.today()
    assert (one.number, one.kind, one.state) == (f"SI{today:%y%m%d}-0001", "blue", "issued")
    assert (one.issued_on, one.tax_mode) == (today, "special")
    assert one.title == "漳州市鑫禾源食品商贸有限公司" and one.gross == one.net + one.tax
    there = account(cast)
    assert (there.billed, there.used) == (one.gross, used)
    assert item("shipment", first).billed == one.gross and item("shipment", second).billed == 0
    two = cast.invoice(second, tax_mode="normal", remark="合同 7")
    assert (two.number, two.tax_mode, two.remark) == (f"SI{today:%y%m%d}-0002", "normal", "合同 7")
    assert account(cast).unbilled == 0
    for line in lines(order_id):
        found = [each for on in (one, two) for each in lines_on(on.id) if each.order_line_id == line.id]
        assert sum(each.gross for each in found) == line.gross
        assert sum(each.net for each in found) == line.net
        assert sum(each.tax for each in found) == line.tax
        assert sum(each.quantity for each in found) == line.base_quantity


def test_what_cannot_stand_on_an_invoice_is_refused_and_changes_nothing(cast):
    own = cast.ship(cast.ordered(CP0515=1), 15)
    other = cast.ship(cast.ordered("stranger", CP0515=1), 15)
    one = cast.invoice(own)
    before = (count(Invoice), count(InvoiceLine), count(NumberSeries), entries(), account(cast).billed)
    for who, given, code in (
        ("finance", NewInvoice([own]), "invoice.shipment_taken"),
        ("finance", NewInvoice([]), "invoice.nothing_chosen"),
        ("finance", NewInvoice(range(1, 500)), "invoice.too_many"),
        ("finance", NewInvoice([own, other]), "invoice.several_companies"),
        ("finance", NewInvoice([other], "other"), "invoice.tax_mode_unknown"),
        ("finance", NewInvoice([99999]), "shipment.not_found"),
        ("rep", NewInvoice([other]), "shipment.not_found"),
    ):
        with pytest.raises(Refused, match=code) as refused:
            db.run(issue_invoice, cast[who], given)
        assert code != "invoice.shipment_taken" or refused.value.facts["invoice"] == one.number
    after = (count(Invoice), count(InvoiceLine), count(NumberSeries), entries(), account(cast).billed)
    assert after == before


def test_an_invoice_after_the_money_moves_only_what_is_open(cast):
    shipment = cast.ship(cast.ordered(CP0515=10), 150)  # 423.00
    cast.pay(Decimal("123.00"))
    cast.invoice(shipment)
    assert [each[:3] for each in entries()] == [("billed", "unbilled", Decimal("300.00"))]
    paid = cast.ship(cast.ordered(SQ5524=10), 24)
    cast.pay(Decimal(1000), "bank-2")
    cast.invoice(paid)
    assert len(entries()) == 1 and item("shipment", paid).billed == item("shipment", paid).amount


def test_a_whole_invoice_is_taken_back_once_and_its_shipments_are_invoiced_anew(cast):
    order_id = cast.ordered(CP0515=10)
    first, second = cast.ship(order_id, 46), cast.ship(order_id, 104)
    one, two = cast.invoice(first), cast.invoice(second)
    before = account(cast)
    red = cast.reverse(one.id)
    assert (red.kind, red.gross, red.net, red.corrects_id) == ("red", -one.gross, -one.net, one.id)
    assert (invoice(one.id).state, account(cast).used) == ("reversed", before.used)
    assert account(cast).billed == two.gross and item("shipment", first).billed == 0
    for wrong, code in ((one.id, "invoice.is_reversed"), (red.id, "invoice.is_red")):
        with pytest.raises(Refused, match=code):
            cast.reverse(wrong)
    again = cast.invoice(first)
    assert (again.gross, again.net) == (one.gross, one.net) and account(cast).billed == before.billed
    with pytest.raises(Refused, match="invoice.reason_needed"):
        cast.reverse(again.id, " ")


def test_a_credited_return_has_one_red_invoice_that_moves_no_money(cast):
    order_id = cast.received(CP0515=10)
    with db.read() as session:
        shipment = session.scalars(select(Shipment.id)).one()
    return_id = cast.credited(order_id, 20)
    with pytest.raises(Refused, match="invoice.return_not_invoiced"):
        cast.red(return_id)
    blue = cast.invoice(shipment)
    before = account(cast)
    red = cast.red(return_id)
    [line] = lines_on(red.id)
    assert (red.gross, line.quantity, line.corrects_id) == (Decimal("-56.40"), -20, lines_on(blue.id)[0].id)
    assert red.net == -Decimal("49.91") and line.return_line_id is not None  # 374.34 × 56.40 ÷ 423.00
    after = account(cast)
    assert (after.billed, after.credit_note, after.used) == (before.billed, before.credit_note, before.used)
    assert item("return", return_id).billed == Decimal("56.40")
    with pytest.raises(Refused, match="invoice.return_taken"):
        cast.red(return_id)
    with pytest.raises(Refused, match="invoice.corrected_in_part"):
        cast.reverse(blue.id)
    with pytest.raises(Refused, match="invoice.return_not_credited"):
        cast.red(cast.ask(order_id, 3))
    assert count(Invoice) == 2


def test_in_a_closed_period_it_keeps_its_date_and_counts_in_the_next(cast):
    shipment = cast.ship(cast.ordered(CP0515=1), 15)
    today = clock.today()
    change(update(Period).values(state="closed"))
    one = cast.invoice(shipment)
    [(_debit, _credit, _amount, day, booked_on)] = entries()
    assert one.issued_on == day == today and booked_on == (today.replace(day=1) + timedelta(days=32)).replace(
        day=1
    )


def test_in_bulk_each_distributor_has_one_by_its_own_job_once(cast):
    first = cast.ship(cast.ordered(CP0515=2), 15)
    cast.ship(cast.ordered(SQ5524=10), 24)
    cast.ship(cast.ordered("stranger", CP0515=1), 15)
    change(update(Distributor).where(Distributor.code == "D2").values(tax_mode="normal"))
    today = clock.today()
    with pytest.raises(Refused, match="invoice.in_future"):
        db.run(issue_invoices, cast["finance"], Until(today + timedelta(days=1)))
    for _twice in range(2):
        assert db.run(issue_invoices, cast["finance"], Until(today)) == 2
    Worker().once()
    with db.read() as session:
        found = session.scalars(select(Invoice).order_by(Invoice.distributor_id)).all()
    assert [each.tax_mode for each in found] == ["special", "normal"]
    assert {each.person_id for each in found} == {cast["finance"].person_id}
    assert db.run(issue_due_invoice, OPERATOR, DueShipments(found[0].account_id, today)) is None
    with pytest.raises(Refused, match="invoice.nothing_waits"):
        db.run(issue_invoices, cast["finance"], Until(today))
    cast.reverse(found[0].id)
    assert db.run(issue_invoices, cast["finance"], Until(today)) == 1
    Worker().once()
    assert count(Invoice) == 4 and item("shipment", first).billed > 0


def test_of_two_clerks_at_once_one_issues(cast):
    shipment = cast.ship(cast.ordered(CP0515=1), 15)
    start, found = threading.Barrier(6), []

    def one():
        start.wait()
        try:
            found.append(db.run(issue_invoice, cast["finance"], NewInvoice([shipment])))
        except Refused as refusal:
            found.append(refusal.code)

    threads = [threading.Thread(target=one) for _each in range(6)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert sorted(map(str, found))[1:] == ["invoice.shipment_taken"] * 5 and count(Invoice) == 1


def test_without_its_guard_a_second_invoice_is_stopped_by_the_tables(cast, monkeypatch):
    shipment = cast.ship(cast.ordered(CP0515=1), 15)
    cast.invoice(shipment)
    monkeypatch.setattr(drawing, "_refuse_taken", lambda *given: None)
    with pytest.raises(IntegrityError):
        cast.invoice(shipment)
    assert count(Invoice) == 1


def test_the_number_of_the_real_invoice_counts_once_and_can_be_struck_out(cast, tmp_path, monkeypatch):
    one = cast.invoice(cast.ship(cast.ordered(CP0515=1), 15))
    two = cast.invoice(cast.ship(cast.ordered(CP0515=1), 15))
    today = clock.today()

    def note(of, number=TAX_NUMBER, day=today, file=None):
        given = RealInvoice(of.id, invoice(of.id).version, number, day, file)
        return db.run(note_tax_invoice, cast["finance"], given)

    key = note(one, " 24952000000012345678 ", file=keep_file("票.png", PICTURE))
    with db.read() as session:
        assert session.scalars(select(TaxInvoice)).one().number == TAX_NUMBER
    for of, number, day, code in (
        (two, TAX_NUMBER, today, "tax_number_used"),
        (two, "12", today, "tax_number_odd"),
        (two, "123 = 5678", today, "tax_number_odd"),
        (two, "12345678", today + timedelta(days=1), "tax_day_odd"),
    ):
        with pytest.raises(Refused, match=code):
            note(of, number, day)
    with pytest.raises(Refused, match="changed_meanwhile"):
        db.run(note_tax_invoice, cast["finance"], RealInvoice(one.id, 1, "87654321", today))
    assert count(TaxInvoice) == 1 and invoice(two.id).version == 1
    db.run(strike_tax_invoice, cast["finance"], Struck(one.id, invoice(one.id).version, key))
    with db.read() as session:
        assert session.scalars(select(Attachment.archived_at)).one() is not None
    assert note(two) != key


def test_the_day_is_the_brands_own(cast):
    """At 23:30 UTC it is the next day in Shanghai."""
    shipment = cast.ship(cast.ordered(CP0515=1), 15)
    late = clock.now().replace(hour=23, minute=30)
    with time_machine.travel(late, tick=False):
        assert cast.invoice(shipment).issued_on == late.date() + timedelta(days=1)
