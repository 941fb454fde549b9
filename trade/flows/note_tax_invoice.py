import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.attachments.filing import Stored, file_under, keep_file
from trade.attachments.models import Attachment
from trade.db import insert_once
from trade.errors import Refused
from trade.invoices import queries, states
from trade.invoices.models import Invoice, TaxInvoice
from trade.notices import outbox

__all__ = ["Stored", "keep_file", "note_tax_invoice", "strike_tax_invoice"]
NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{5,29}")  # 8 digits on paper, 20 as 数电票, others abroad
EARLIEST = timedelta(days=366)  # before ours: a slip of the pen


@dataclass(frozen=True)
class RealInvoice:
    """The number under which the tax platform issued it, its day and, if there is one, its file."""

    invoice_id: int
    version: int
    number: str
    day: date
    file: Stored | None = None


@dataclass(frozen=True)
class Struck:
    invoice_id: int
    version: int
    tax_invoice_id: int


def note_tax_invoice(session: Session, actor: Actor, given: RealInvoice) -> int:
    """Keep the number of the real invoice with ours, once per legal entity; answers its id."""
    invoice = queries.get_for(session, actor, given.invoice_id)
    number = text.folded(given.number).upper().replace(" ", "")
    if not NUMBER.fullmatch(number):
        raise Refused("invoice.tax_number_odd", field="number")
    if not invoice.issued_on - EARLIEST <= given.day <= clock.today():
        raise Refused("invoice.tax_day_odd", field="day")
    states.move(session, actor, invoice, "note", given.version, {"number": number, "day": str(given.day)})
    file_id = file_under(session, actor, "invoice", invoice.id, given.file) if given.file else None
    is_new = insert_once(
        session,
        TaxInvoice,
        invoice_id=invoice.id,
        legal_entity_id=invoice.legal_entity_id,
        number=number,
        day=given.day,
        attachment_id=file_id,
        person_id=actor.person_id,
        created_at=clock.now(),
    )
    if not is_new:
        raise Refused(
            "invoice.tax_number_used", number=number, invoice=_of(session, invoice, number), field="number"
        )
    outbox.post(session, "invoice.tax_noted", invoice_id=invoice.id, tax_number=number)
    return session.scalars(select(TaxInvoice.id).where(*_standing(invoice, number))).one()


def strike_tax_invoice(session: Session, actor: Actor, given: Struck) -> None:
    """Strike out a number that was mistyped, with its file; it may be noted where it belongs."""
    invoice = queries.get_for(session, actor, given.invoice_id)
    found = queries.get_tax_invoice(session, invoice.id, given.tax_invoice_id)
    states.move(session, actor, invoice, "strike", given.version, {"number": found.number})
    now = clock.now()
    session.execute(
        update(Attachment)
        .where(Attachment.id == found.attachment_id, Attachment.subject == "invoice")
        .values(archived_at=now),
        execution_options={"synchronize_session": False},
    )
    found.struck_at = now


def _of(session: Session, invoice: Invoice, number: str) -> str:
    """Which of ours has the number already."""
    known = select(Invoice.number).join(TaxInvoice, TaxInvoice.invoice_id == Invoice.id)
    return session.scalar(known.where(*_standing(invoice, number))) or ""


def _standing(invoice: Invoice, number: str) -> tuple[ColumnElement[bool], ...]:
    return (
        TaxInvoice.legal_entity_id == invoice.legal_entity_id,
        TaxInvoice.number == number,
        TaxInvoice.struck_at.is_(None),
    )
