"""Red invoices (红字): one takes a whole invoice back and frees its shipments, one mirrors a credited return."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.books.models import OpenItem
from trade.books.posting import Document
from trade.db import among
from trade.errors import Refused
from trade.invoices import drawing, rules, states
from trade.invoices.models import Invoice, InvoiceLine
from trade.invoices.rules import Amounts, Standing
from trade.money import ZERO
from trade.receivables import items
from trade.returns.models import ReturnLine, ReturnRequest

SAME = (
    "shipment_id",
    "order_line_id",
    "sku_code",
    "sku_name",
    "spec",
    "unit",
    "factor",
    "base_unit",
    "price",
)
BUYER = ("title", "tax_number", "address", "phone", "bank_name", "bank_account")
OWN = ("distributor_id", "legal_entity_id", "account_id", "currency", "tax_mode")


def reverse(session: Session, actor: Actor, invoice: Invoice, version: int, remark: str) -> int:
    """Take a whole invoice back: its shipments may be invoiced again; answers the red one's id."""
    if invoice.kind == "red":
        raise Refused("invoice.is_red")
    source = states.move(session, actor, invoice, "reverse", version, {"reason": remark})
    account = items.hold(session, invoice.account_id).account
    lines = lines_of(session, invoice.id)
    corrected = session.scalar(
        select(Invoice.number)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(among(session, InvoiceLine.corrects_id, [each.id for each in lines]))
        .limit(1)
    )
    if corrected is not None:
        raise Refused("invoice.corrected_in_part", number=corrected)
    red = _red(invoice, remark, corrects_id=invoice.id)
    drawing.write(session, actor, red, [_back(each, each.quantity, _whole(each)) for each in lines])
    session.execute(
        update(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id).values(is_living=False),
        execution_options={"synchronize_session": False},
    )
    debts = drawing.debts_of(session, account.id, {each.shipment_id for each in lines})
    document = Document(source, "invoice", "invoice", red.id, red.issued_on)
    items.bill(session, account, [(debt, -debt.amount) for debt in debts], document)
    states.enter(session, actor, red, {"corrects": invoice.number, "reason": remark})
    return red.id


def mirror(session: Session, actor: Actor, request: ReturnRequest) -> int:
    """Write the red invoice of a credited return, whose credit stands in the books already; answers its id."""
    if request.state != "credited" or not request.gross:
        raise Refused("invoice.return_not_credited", number=request.number)
    credit = session.scalar(
        select(OpenItem).where(OpenItem.kind == "return", OpenItem.subject_id == request.id)
    )
    if credit is None:
        raise Refused("invoice.return_not_credited", number=request.number)
    items.hold(session, credit.account_id)
    known = session.scalar(select(Invoice.number).where(Invoice.return_id == request.id))
    if known is not None:
        raise Refused("invoice.return_taken", number=request.number, invoice=known)
    rows: list[Mapping[str, Any]] = []
    asked = session.scalars(
        select(ReturnLine).where(ReturnLine.request_id == request.id, ReturnLine.gross > ZERO)
    )
    lines = sorted(asked, key=lambda each: each.id)
    invoiced = _standing(session, [each.order_line_id for each in lines])
    for line in lines:
        rows += _of_return(request, line, invoiced.get(line.order_line_id, []))
    blue = select(Invoice).join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
    first = session.scalars(blue.where(InvoiceLine.id == rows[0]["corrects_id"])).one()
    red = _red(first, request.remark, return_id=request.id)
    drawing.write(session, actor, red, rows)
    session.execute(
        update(OpenItem).where(OpenItem.id == credit.id).values(billed=OpenItem.amount),
        execution_options={"synchronize_session": False},
    )
    states.enter(session, actor, red, {"return": request.number})
    return red.id


def lines_of(session: Session, invoice_id: int) -> Sequence[InvoiceLine]:
    wanted = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.line_no)
    return session.scalars(wanted).all()


Invoiced = list[tuple[InvoiceLine, Standing]]


def _of_return(request: ReturnRequest, line: ReturnLine, known: Invoiced) -> list[Mapping[str, Any]]:
    """The red lines of a return line: of its own shipment first, then of those that were invoiced first."""
    ordered = sorted(known, key=lambda each: (each[0].shipment_id != request.shipment_id, each[0].id))
    quantity = line.restocked + line.quarantined or line.accepted or line.requested
    taken = rules.mirrored([standing for _line, standing in ordered], line.gross, quantity)
    if taken is None:
        raise Refused("invoice.return_not_invoiced", number=request.number)
    lines = {each.id: each for each, _standing_ in ordered}
    return [
        {**_back(lines[each.key], each.quantity, each.amounts), "return_line_id": line.id} for each in taken
    ]


def _standing(session: Session, order_line_ids: Sequence[int]) -> dict[int, Invoiced]:
    """By order line, the lines of living invoices with what red ones took of them."""
    living = session.scalars(
        select(InvoiceLine)
        .where(among(session, InvoiceLine.order_line_id, order_line_ids), InvoiceLine.is_living)
        .order_by(InvoiceLine.id)
    ).all()
    rows = session.execute(
        select(
            InvoiceLine.corrects_id,
            func.sum(InvoiceLine.gross),
            func.sum(InvoiceLine.net),
        )
        .where(among(session, InvoiceLine.corrects_id, [each.id for each in living]))
        .group_by(InvoiceLine.corrects_id)
    )
    gone = {key: -Amounts(gross, net) for key, gross, net in rows}
    found: dict[int, Invoiced] = {}
    for each in living:
        standing = Standing(each.id, each.quantity, _whole(each), gone.get(each.id, Amounts()))
        found.setdefault(each.order_line_id, []).append((each, standing))
    return found


def _red(blue: Invoice, remark: str, **corrects: int) -> Invoice:
    """A red invoice to the buyer as it stands on the blue one."""
    same = {name: getattr(blue, name) for name in (*OWN, *BUYER)}
    return Invoice(kind="red", version=1, remark=remark, **same, **corrects)


def _back(line: InvoiceLine, quantity: int, amounts: Amounts) -> Mapping[str, Any]:
    """What a red line says of the line that it corrects: below zero."""
    return {
        **{name: getattr(line, name) for name in SAME},
        "tax_rate": line.tax_rate,
        "return_line_id": None,
        "corrects_id": line.id,
        "is_living": False,
        "quantity": -quantity,
        "gross": -amounts.gross,
        "net": -amounts.net,
        "tax": -amounts.tax,
    }


def _whole(line: InvoiceLine) -> Amounts:
    return Amounts(line.gross, line.net)
