"""Orders that were shipped in parts, and the cast that invoices them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from tests.flows.cast import lines, order
from tests.returns.conftest import Returning, asked, request
from tests.reused import connected
from tests.verify.after import verified
from trade import clock, db
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.issue_invoice import NewInvoice, issue_invoice
from trade.flows.issue_red_invoice import Credited, issue_red_invoice
from trade.flows.receive_return import Back, Intake, receive_return
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.reverse_invoice import Reversal, reverse_invoice
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.invoices.models import Invoice, InvoiceLine

__all__ = ["verified"]


class Invoicing(Returning):
    """Short words for what comes after a shipment."""

    def ordered(self, who: str = "buyer", **quantities: int) -> int:
        order_id = self.fill(who, **quantities)
        self.submit(order_id, who)
        return order_id

    def ship(self, order_id: int, *quantities: int) -> int:
        """Ship so many base units of each line; answers the shipment."""
        packed = [
            Packed(line.id, quantity)
            for line, quantity in zip(lines(order_id), quantities, strict=False)
            if quantity
        ]
        sent = Dispatch(order_id, order(order_id).version, "顺丰", "SF1", packed)
        return db.run(ship_order, self["warehouse"], sent)

    def invoice(self, *shipments: int, **more: Any) -> Invoice:
        return invoice(db.run(issue_invoice, self["finance"], NewInvoice(shipments, **more)))

    def reverse(self, invoice_id: int, reason: str = "开错抬头") -> Invoice:
        given = Reversal(invoice_id, invoice(invoice_id).version, reason)
        return invoice(db.run(reverse_invoice, self["finance"], given))

    def red(self, return_id: int) -> Invoice:
        return invoice(db.run(issue_red_invoice, self["finance"], Credited(return_id)))

    def pay(self, amount: Any, reference: str = "bank-1") -> None:
        paid = Receipt(self.world.distributors["D1"], clock.today(), amount, reference, is_prepayment=True)
        db.run(record_payment, self["finance"], paid)

    def credited(self, order_id: int, quantity: int) -> int:
        """So many base units of the first line come back and are credited; answers the return."""
        return_id = self.ask(order_id, quantity)
        db.run(decide_return, self["rep"], ReturnDecision(return_id, 1, "approve", ""))
        back = {asked(return_id)[0].id: Back(quantity)}
        given = Intake(return_id, request(return_id).version, 1, back)
        db.run(receive_return, self["warehouse"], given)
        return return_id


def invoice(invoice_id: int) -> Invoice:
    with db.read() as session:
        return session.scalars(select(Invoice).where(Invoice.id == invoice_id)).one()


def lines_on(invoice_id: int) -> list[InvoiceLine]:
    with db.read() as session:
        wanted = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
        return list(session.scalars(wanted.order_by(InvoiceLine.line_no)))


def account(cast: Invoicing) -> CreditAccount:
    with db.read() as session:
        own = CreditAccount.distributor_id == cast.world.distributors["D1"]
        return session.scalars(select(CreditAccount).where(own)).one()


def item(kind: str, subject_id: int) -> OpenItem:
    with db.read() as session:
        own = (OpenItem.kind == kind, OpenItem.subject_id == subject_id)
        return session.scalars(select(OpenItem).where(*own)).one()


def today() -> date:
    return clock.today()


@pytest.fixture
def cast(database_url: str) -> Iterator[Invoicing]:
    connected(database_url)
    yield Invoicing()
