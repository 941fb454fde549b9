"""What was billed and credited of an order or a return, for the pages of those."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.invoices.models import Invoice, InvoiceLine
from trade.money import ZERO, Money
from trade.orders.models import OrderLine

CREDIT_NOTE = "credit_note"


@dataclass(frozen=True)
class Issued:
    """An invoice or the credit note of a return; `amount` is what of it is about the order, `whole` all of it."""

    kind: str  # blue, red, credit_note
    key: int  # of the invoice; of the return that is credited
    number: str
    day: date
    amount: Decimal
    whole: Decimal
    applied: Decimal  # of a credit note: what of it settles something
    currency: str
    state: str


def of_order(session: Session, order_id: int) -> list[Issued]:
    """Invoices and credit notes of an order that the caller has loaded within scope, the first first; one statement."""
    lines = select(OrderLine.id).where(OrderLine.order_id == order_id)
    invoices = _invoices().where(InvoiceLine.order_line_id.in_(lines))
    return _found(session, invoices, OpenItem.order_id == order_id)


def of_return(session: Session, return_id: int) -> list[Issued]:
    """The credit note and the red invoice of a return that the caller has loaded within scope; one statement."""
    invoices = _invoices().where(Invoice.return_id == return_id)
    return _found(session, invoices, OpenItem.subject_id == return_id)


def _found(session: Session, invoices: Select[*tuple[Any, ...]], mine: ColumnElement[bool]) -> list[Issued]:
    rows = session.execute(invoices.union_all(_notes().where(mine)))
    return sorted((Issued(*row) for row in rows), key=lambda each: (each.day, each.kind, each.key))


def _invoices() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Invoice.kind,
            Invoice.id,
            Invoice.number,
            Invoice.issued_on,
            func.sum(InvoiceLine.gross),
            Invoice.gross,
            literal(ZERO, Money),
            Invoice.currency,
            Invoice.state,
        )
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .group_by(Invoice.id)
    )


def _notes() -> Select[*tuple[Any, ...]]:
    return (
        select(
            literal(CREDIT_NOTE),
            OpenItem.subject_id,
            OpenItem.number,
            OpenItem.day,
            OpenItem.amount,
            OpenItem.amount,
            OpenItem.applied,
            CreditAccount.currency,
            literal("issued"),
        )
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .where(OpenItem.kind == "return", OpenItem.voided_at.is_(None))
    )
