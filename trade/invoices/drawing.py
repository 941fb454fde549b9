"""Issuing: a blue invoice takes whole shipments, and their debts move from not invoiced to invoiced (未开票 → 已开票)."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock, numbers
from trade.actor import Actor
from trade.books.models import OpenItem
from trade.books.posting import Document
from trade.catalog.models import Sku
from trade.credit import ledger
from trade.credit.models import CreditAccount
from trade.db import among, insert_rows
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.invoices import rules, states
from trade.invoices.models import Invoice, InvoiceLine
from trade.invoices.rules import Amounts
from trade.money import ZERO
from trade.orders.models import Order, OrderLine
from trade.receivables import items

SERIES = "SI"  # red ones too: one series without a gap, drawn in the transaction that issues
MOST = 200  # shipments on one invoice
Line = Mapping[str, Any]  # the columns of an invoice line


def issue(
    session: Session,
    actor: Actor,
    chosen: Sequence[tuple[Shipment, Order]],
    tax_mode: str | None = None,
    remark: str = "",
) -> int:
    """Issue one invoice for whole shipments of one company; answers its id.

    The account's lock lets one of two people issue; the other one is told by which invoice they came too late.
    """
    _first, order = chosen[0]
    same = {(each.distributor_id, each.legal_entity_id, each.currency) for _shipment, each in chosen}
    if len(same) > 1:
        raise Refused("invoice.several_companies")
    account_id = ledger.get_account(session, order.distributor_id, order.legal_entity_id)
    account = items.hold(session, account_id).account
    shipments = [shipment for shipment, _order in chosen]
    debts = debts_of(session, account_id, [each.id for each in shipments])
    _refuse_taken(session, shipments, debts)
    lines = _lines(session, [each.id for each in shipments])
    buyer = session.get_one(Distributor, order.distributor_id)
    invoice = _add(session, actor, account, buyer, lines, tax_mode=tax_mode, remark=remark)
    source = f"invoice-{invoice.id}-v{invoice.version}"
    document = Document(source, "invoice", "invoice", invoice.id, invoice.issued_on)
    items.bill(session, account, [(debt, debt.amount) for debt in debts], document)
    states.enter(session, actor, invoice, {"shipments": [each.number for each in shipments]})
    return invoice.id


def write(session: Session, actor: Actor, invoice: Invoice, lines: Sequence[Line]) -> None:
    """Number an invoice, sum it up and write it with its lines; the number series is everybody's, so it is last."""
    invoice.gross = sum((each["gross"] for each in lines), ZERO)
    invoice.net = sum((each["net"] for each in lines), ZERO)
    invoice.tax = invoice.gross - invoice.net
    invoice.person_id = actor.person_id
    invoice.issued_on = clock.today()
    invoice.number = numbers.draw(session, SERIES, invoice.issued_on)
    session.add(invoice)
    session.flush()
    rows = [{**each, "invoice_id": invoice.id, "line_no": at} for at, each in enumerate(lines, 1)]
    insert_rows(session, InvoiceLine, rows)


def debts_of(session: Session, account_id: int, shipment_ids: Collection[int]) -> Sequence[OpenItem]:
    """What is owed for shipments, as it is under the account's lock, also what is paid."""
    wanted = select(OpenItem).where(
        OpenItem.account_id == account_id,
        OpenItem.kind == "shipment",
        among(session, OpenItem.subject_id, shipment_ids),
        OpenItem.voided_at.is_(None),
    )
    return session.scalars(wanted.order_by(OpenItem.id).execution_options(populate_existing=True)).all()


def _refuse_taken(session: Session, shipments: Sequence[Shipment], debts: Sequence[OpenItem]) -> None:
    """A shipment stands on one invoice; one that nobody owes anything for, such as of gifts alone, on none."""
    taken = session.execute(
        select(Shipment.number, Invoice.number)
        .join(InvoiceLine, InvoiceLine.shipment_id == Shipment.id)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where(among(session, Shipment.id, [each.id for each in shipments]), InvoiceLine.is_living)
        .limit(1)
    ).first()
    if taken is not None:
        raise Refused("invoice.shipment_taken", shipment=taken[0], invoice=taken[1])
    owed = {each.subject_id: each.amount for each in debts if not each.billed}
    for shipment in shipments:
        if owed.get(shipment.id) != shipment.gross:
            raise Refused("invoice.nothing_owed", shipment=shipment.number)


def _add(
    session: Session,
    actor: Actor,
    account: CreditAccount,
    buyer: Distributor,
    lines: Sequence[Line],
    *,
    tax_mode: str | None,
    remark: str,
) -> Invoice:
    invoice = Invoice(
        kind="blue",
        distributor_id=buyer.id,
        legal_entity_id=account.legal_entity_id,
        account_id=account.id,
        currency=account.currency,
        tax_mode=tax_mode or buyer.tax_mode,
        title=buyer.invoice_title,
        tax_number=buyer.credit_code,
        address=buyer.registered_address,
        phone=buyer.phone,
        bank_name=buyer.bank_name,
        bank_account=buyer.bank_account,
        remark=remark,
        version=1,
    )
    write(session, actor, invoice, lines)
    return invoice


def _lines(session: Session, shipment_ids: Collection[int]) -> list[Line]:
    """One line for each order line of each shipment, lots added up; nets in the order in which they are invoiced."""
    packed = (
        select(
            ShipmentLine.shipment_id,
            ShipmentLine.order_line_id,
            func.sum(ShipmentLine.quantity).label("quantity"),
            func.sum(ShipmentLine.gross).label("gross"),
        )
        .where(among(session, ShipmentLine.shipment_id, shipment_ids))
        .group_by(ShipmentLine.shipment_id, ShipmentLine.order_line_id)
        .subquery()
    )
    found = session.execute(
        select(packed.c.shipment_id, OrderLine, Sku, packed.c.quantity, packed.c.gross)
        .join(Shipment, Shipment.id == packed.c.shipment_id)
        .join(OrderLine, OrderLine.id == packed.c.order_line_id)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .order_by(Shipment.ship_date, Shipment.id, OrderLine.line_no)
    ).all()
    taken = _invoiced(session, {line.id for _shipment, line, _sku, _quantity, _gross in found})
    lines = []
    for shipment_id, line, sku, quantity, gross in found:
        before = taken.get(line.id, Amounts())
        amounts = rules.part(Amounts(line.gross, line.net), before, gross)
        taken[line.id] = before + amounts
        lines.append(_line(shipment_id, line, sku, int(quantity), amounts))
    return lines


def _invoiced(session: Session, line_ids: Collection[int]) -> dict[int, Amounts]:
    """What of order lines stands on invoices so far."""
    rows = session.execute(
        select(InvoiceLine.order_line_id, func.sum(InvoiceLine.gross), func.sum(InvoiceLine.net))
        .where(among(session, InvoiceLine.order_line_id, line_ids), InvoiceLine.is_living)
        .group_by(InvoiceLine.order_line_id)
    )
    return {line_id: Amounts(gross, net) for line_id, gross, net in rows}


def _line(shipment_id: int, line: OrderLine, sku: Sku, quantity: int, amounts: Amounts) -> Line:
    return {
        "shipment_id": shipment_id,
        "order_line_id": line.id,
        "is_living": True,
        "sku_code": line.sku_code or sku.code,
        "sku_name": line.sku_name or sku.name,
        "spec": " ".join(each for each in (sku.flavour, sku.colour, sku.size) if each),
        "unit": line.unit,
        "factor": line.factor,
        "base_unit": sku.base_unit,
        "quantity": quantity,
        "price": line.price,
        "tax_rate": line.tax_rate if line.tax_rate is not None else Decimal(0),
        "gross": amounts.gross,
        "net": amounts.net,
        "tax": amounts.tax,
    }
