"""Invoices within the actor's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade import text
from trade.actor import Actor
from trade.attachments.models import Attachment
from trade.audit import AuditEntry
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.fulfilment.models import Shipment
from trade.invoices import rules
from trade.invoices.models import Invoice, InvoiceLine, TaxInvoice
from trade.invoices.rules import Amounts
from trade.orders.models import Order
from trade.people.models import Person
from trade.returns.models import ReturnRequest
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SORTS = {
    "invoice": Sort(Invoice.id, "whole"),
    "day": Sort(Invoice.issued_on, "day"),
    "distributor": Sort(Distributor.sort_key),
    "gross": Sort(Invoice.gross, "money"),
}
MOST_NUMBERS = 3  # real numbers of one invoice that a list shows


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    state: str = ""  # issued, reversed
    kind: str = ""  # blue, red
    tax_mode: str = ""
    is_noted: str = ""  # yes, no: whether the real number is known
    distributor_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    invoice: Invoice
    distributor_name: str
    tax_numbers: str  # of the real invoices, as far as they are noted


@dataclass(frozen=True)
class Line:
    """A line with the shipment and the order that it stands for."""

    line: InvoiceLine
    shipment_number: str
    order_id: int
    order_number: str

    @property
    def amounts(self) -> Amounts:
        return Amounts(self.line.gross, self.line.net)

    @property
    def counted(self) -> tuple[int, str]:
        each = self.line
        return rules.counted(each.quantity, each.factor, each.unit, each.base_unit)


@dataclass(frozen=True)
class Real:
    """The number of the tax platform, and the file if one came with it."""

    tax_invoice: TaxInvoice
    file: Attachment | None


@dataclass(frozen=True)
class Told:
    """What was done with an invoice, by whom."""

    event: str
    facts: dict[str, object]
    at: datetime
    person_name: str | None


@dataclass(frozen=True)
class Related:
    """What an invoice corrects, or is corrected by: a red or blue one, or a return."""

    corrects: Invoice | None
    request: ReturnRequest | None
    reds: Sequence[Invoice]


def get_for(session: Session, actor: Actor, invoice_id: int) -> Invoice:
    """The invoice, if its distributor lies within the actor's scope; a stranger's does not exist."""
    found = session.scalar(
        select(Invoice).where(Invoice.id == invoice_id, within(actor, Invoice.distributor_id))
    )
    if found is None:
        raise Refused("invoice.not_found")
    return found


def get_tax_invoice(session: Session, invoice_id: int, tax_invoice_id: int) -> TaxInvoice:
    """One real number of an invoice that the caller has loaded within scope."""
    found = session.scalar(
        select(TaxInvoice).where(
            TaxInvoice.id == tax_invoice_id,
            TaxInvoice.invoice_id == invoice_id,
            TaxInvoice.struck_at.is_(None),
        )
    )
    if found is None:
        raise Refused("invoice.not_found")
    return found


def lines_of(session: Session, invoice_id: int) -> list[Line]:
    """The lines of an invoice that the caller has loaded within scope, with their documents."""
    rows = session.execute(
        _documented().where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.line_no)
    )
    return [Line(*row) for row in rows]


def real_of(session: Session, invoice_id: int) -> list[Real]:
    """The real invoices of an invoice that the caller has loaded within scope, oldest first."""
    rows = session.execute(
        select(TaxInvoice, Attachment)
        .outerjoin(Attachment, Attachment.id == TaxInvoice.attachment_id)
        .where(TaxInvoice.invoice_id == invoice_id, TaxInvoice.struck_at.is_(None))
        .order_by(TaxInvoice.id)
    )
    return [Real(found, file) for found, file in rows]


def related(session: Session, invoice: Invoice) -> Related:
    """The documents on the other side of a correction."""
    corrected = aliased(InvoiceLine)
    red_ids = (
        select(InvoiceLine.invoice_id)
        .join(corrected, corrected.id == InvoiceLine.corrects_id)
        .where(corrected.invoice_id == invoice.id)
    )
    reds = session.scalars(select(Invoice).where(Invoice.id.in_(red_ids)).order_by(Invoice.id)).all()
    blue = session.get(Invoice, invoice.corrects_id) if invoice.corrects_id else None
    request = session.get(ReturnRequest, invoice.return_id) if invoice.return_id else None
    return Related(blue, request, reds)


def timeline(session: Session, invoice_id: int) -> list[Told]:
    """What happened to an invoice, newest first."""
    rows = session.execute(
        select(AuditEntry.event, AuditEntry.facts, AuditEntry.at, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(AuditEntry.subject == "invoice", AuditEntry.subject_id == invoice_id)
        .order_by(AuditEntry.id.desc())
    )
    return [Told(*row) for row in rows]


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of invoices, the latest first unless asked otherwise."""
    query = _matching(actor, wanted).with_only_columns(Invoice, Distributor.name)
    page = page_of(session, query, window, SORTS, Invoice.id, "-invoice")
    known = _numbers(session, [invoice.id for invoice, _name in page.rows])
    return page.of([Row(invoice, name, ", ".join(known.get(invoice.id, ()))) for invoice, name in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many match, and their sums per currency; red ones lower them."""
    sums = _matching(actor, wanted).with_only_columns(
        Invoice.currency,
        func.count(Invoice.id),
        func.sum(Invoice.gross),
        func.sum(Invoice.net),
        func.sum(Invoice.tax),
    )
    rows = session.execute(sums.group_by(Invoice.currency).order_by(Invoice.currency)).all()
    return Totals(
        sum(row[1] for row in rows),
        {name: [(row[0], row[at]) for row in rows] for name, at in (("gross", 2), ("net", 3), ("tax", 4))},
    )


def to_export(
    session: Session, actor: Actor, wanted: ListFilter, most: int
) -> Sequence[tuple[Invoice, Line]]:
    """Every line of the invoices that match, for the tax platform; those without a real invoice stay away."""
    ids = _matching(actor, wanted).where(Invoice.tax_mode != "none").with_only_columns(Invoice.id)
    rows = session.execute(
        _documented()
        .add_columns(Invoice)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(InvoiceLine.invoice_id.in_(ids), InvoiceLine.gross != Decimal(0))
        .order_by(InvoiceLine.invoice_id, InvoiceLine.line_no)
        .limit(most)
    )
    return [(invoice, Line(*row)) for *row, invoice in rows]


def count_lines(session: Session, actor: Actor, wanted: ListFilter) -> int:
    """How many rows `to_export` has."""
    ids = _matching(actor, wanted).where(Invoice.tax_mode != "none").with_only_columns(Invoice.id)
    found = select(func.count(InvoiceLine.id)).where(
        InvoiceLine.invoice_id.in_(ids), InvoiceLine.gross != Decimal(0)
    )
    return session.scalar(found) or 0


def _documented() -> Select[InvoiceLine, str, int, str]:
    return (
        select(InvoiceLine, Shipment.number, Order.id, func.coalesce(Order.number, ""))
        .join(Shipment, Shipment.id == InvoiceLine.shipment_id)
        .join(Order, Order.id == Shipment.order_id)
    )


def _numbers(session: Session, invoice_ids: Sequence[int]) -> dict[int, list[str]]:
    """The real numbers of the invoices of a page."""
    rows = session.execute(
        select(TaxInvoice.invoice_id, TaxInvoice.number)
        .where(TaxInvoice.invoice_id.in_(invoice_ids), TaxInvoice.struck_at.is_(None))
        .order_by(TaxInvoice.id)
    )
    found: dict[int, list[str]] = {}
    for invoice_id, number in rows:
        found.setdefault(invoice_id, []).append(number)
    return {key: numbers[:MOST_NUMBERS] for key, numbers in found.items()}


def _is_noted(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(TaxInvoice.invoice_id == Invoice.id, TaxInvoice.struck_at.is_(None), *more)


def _matching(actor: Actor, wanted: ListFilter) -> Select[Invoice]:
    query = (
        select(Invoice)
        .join(Distributor, Distributor.id == Invoice.distributor_id)
        .where(within(actor, Invoice.distributor_id))
    )
    if word := text.folded(wanted.search):
        numbered = Invoice.number.istartswith(word, autoescape=True)
        real = _is_noted(TaxInvoice.number.istartswith(word, autoescape=True))
        named = Distributor.search_text.contains(word, autoescape=True)
        query = query.where(or_(numbered, real, named))
    equal = {
        Invoice.state: wanted.state,
        Invoice.kind: wanted.kind,
        Invoice.tax_mode: wanted.tax_mode,
        Invoice.distributor_id: wanted.distributor_id,
    }
    for column, value in equal.items():
        if value:
            query = query.where(column == value)
    if wanted.is_noted:
        query = query.where(_is_noted() if wanted.is_noted == "yes" else ~_is_noted())
    if wanted.since is not None:
        query = query.where(Invoice.issued_on >= wanted.since)
    if wanted.until is not None:
        query = query.where(Invoice.issued_on <= wanted.until)
    return query
