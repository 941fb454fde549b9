"""What stands on a paper, loaded through the actor's scope and kept as it was, so that it is drawn outside a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.catalog.models import Category, Sku
from trade.catalog.queries import visible
from trade.distributors import queries as distributors
from trade.distributors.models import LegalEntity
from trade.distributors.queries import Terms, terms_of
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.inventory.models import Warehouse
from trade.invoices import queries as invoices
from trade.invoices.models import Invoice
from trade.invoices.queries import Line
from trade.invoices.rules import Amounts, by_rate
from trade.money import ZERO
from trade.orders import queries as orders
from trade.orders.models import Order, OrderLine
from trade.pricing import queries as prices
from trade.pricing.rules import Break, price
from trade.returns import queries as returns
from trade.returns.models import ReturnLine, ReturnReason, ReturnRequest

AT_ONCE = 500  # SKUs that are priced in one round
MOST_LINES = 5000  # of a price list; a longer one is a sheet, not a paper


@dataclass(frozen=True)
class OrderPaper:
    """An order as it is signed and stamped; amounts without what was cancelled, `phone` as far as the reader may know it."""

    company: LegalEntity
    order: Order
    phone: str
    lines: Sequence[tuple[OrderLine, Sku]]

    @property
    def due(self) -> Decimal:
        return self.order.gross - self.cancelled

    @property
    def cancelled(self) -> Decimal:
        return sum((line.cancelled_gross for line, _sku in self.lines), ZERO)


@dataclass(frozen=True)
class DeliveryPaper:
    """What travels with the goods; quantities are base units, no price stands on it, `phone` as far as the reader may know it."""

    company: LegalEntity
    order: Order
    phone: str
    shipment: Shipment
    warehouse: str
    lines: Sequence[tuple[ShipmentLine, OrderLine, Sku]]


@dataclass(frozen=True)
class ReturnPaper:
    """What comes back, with what it is credited at; `phone` as far as the reader may know it."""

    company: LegalEntity
    order: Order
    phone: str
    request: ReturnRequest
    reason: str
    lines: Sequence[tuple[ReturnLine, OrderLine, Sku]]


@dataclass(frozen=True)
class InvoicePaper:
    """What the buyer is asked for, with its tax by rate (销售清单); `phone` as far as the reader may know it."""

    company: LegalEntity
    invoice: Invoice
    lines: Sequence[Line]
    rates: Mapping[Decimal, Amounts]
    corrects: str  # the number of the invoice or of the return, on a red one
    phone: str
    tax_numbers: Sequence[str]


@dataclass(frozen=True)
class Offer:
    """A SKU at a distributor's price per `unit`, with its breaks."""

    sku: Sku
    price: Decimal
    unit: str
    basis: str  # gross or net
    breaks: Sequence[Break]


@dataclass(frozen=True)
class PricePaper:
    """Everything that a distributor may order on a day, at its own prices, by category."""

    company: LegalEntity
    terms: Terms
    day: date
    shelves: Sequence[tuple[str, Sequence[Offer]]]


def order_paper(session: Session, actor: Actor, order_id: int) -> OrderPaper:
    """Load an order for its paper. Raises Refused("order.not_found"), also for a cart."""
    order = orders.get_for(session, actor, order_id)
    if order.number is None:
        raise Refused("order.not_found")
    lines = orders.lines_with_units(session, order.id)
    return OrderPaper(_company(session, order), order, _phone(actor, order), lines)


def delivery_paper(session: Session, actor: Actor, shipment_id: int) -> DeliveryPaper:
    """Load a shipment for the note that goes with it. Raises Refused("shipment.not_found")."""
    shipment = session.scalar(select(Shipment).where(Shipment.id == shipment_id))
    if shipment is None:
        raise Refused("shipment.not_found")
    order = orders.get_for(session, actor, shipment.order_id)
    rows = session.execute(
        select(ShipmentLine, OrderLine, Sku)
        .join(OrderLine, OrderLine.id == ShipmentLine.order_line_id)
        .join(Sku, Sku.id == ShipmentLine.sku_id)
        .where(ShipmentLine.shipment_id == shipment.id)
        .order_by(OrderLine.line_no, ShipmentLine.lot)
    )
    name = session.scalar(select(Warehouse.name).where(Warehouse.id == shipment.warehouse_id)) or ""
    lines = [(parcel, line, sku) for parcel, line, sku in rows]
    return DeliveryPaper(_company(session, order), order, _phone(actor, order), shipment, name, lines)


def return_paper(session: Session, actor: Actor, request_id: int) -> ReturnPaper:
    """Load a return request for the note that goes with the goods. Raises Refused("return.not_found")."""
    request = returns.get_for(session, actor, request_id)
    order = orders.get_for(session, actor, request.order_id)
    rows = session.execute(
        select(ReturnLine, OrderLine, Sku)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(Sku, Sku.id == ReturnLine.sku_id)
        .where(ReturnLine.request_id == request.id)
        .order_by(OrderLine.line_no)
    )
    reason = session.scalar(select(ReturnReason.name).where(ReturnReason.id == request.reason_id)) or ""
    lines = [(parcel, line, sku) for parcel, line, sku in rows]
    return ReturnPaper(_company(session, order), order, _phone(actor, order), request, reason, lines)


def invoice_paper(session: Session, actor: Actor, invoice_id: int) -> InvoicePaper:
    """Load an invoice for its paper. Raises Refused("invoice.not_found")."""
    invoice = invoices.get_for(session, actor, invoice_id)
    lines = invoices.lines_of(session, invoice.id)
    around = invoices.related(session, invoice)
    corrected = around.corrects or around.request
    return InvoicePaper(
        session.get_one(LegalEntity, invoice.legal_entity_id),
        invoice,
        lines,
        by_rate((each.line.tax_rate, each.amounts) for each in lines),
        corrected.number if corrected else "",
        _told(actor, invoice.distributor_id, invoice.phone),
        [each.tax_invoice.number for each in invoices.real_of(session, invoice.id)],
    )


def price_paper(session: Session, actor: Actor, distributor_id: int, day: date) -> PricePaper:
    """Price everything that a distributor may order on a day. Raises Refused("paper.too_long", most=…)."""
    distributors.get_for(session, actor, distributor_id)
    terms = terms_of(session, distributor_id, day)
    found = session.execute(
        select(Sku, Category.name)
        .join(Category, Category.id == Sku.category_id)
        .where(visible(terms, day))
        .order_by(Category.sort_key, Category.id, Sku.sort_key, Sku.id)
        .limit(MOST_LINES + 1)
    ).all()
    if len(found) > MOST_LINES:
        raise Refused("paper.too_long", most=MOST_LINES)
    shelves: dict[str, list[Offer]] = {}
    for at in range(0, len(found), AT_ONCE):
        some = [(sku, name) for sku, name in found[at : at + AT_ONCE]]
        rows = prices.rows_for(session, terms, [sku for sku, _name in some], day)
        for sku, name in some:
            answer = price(prices.asked(sku, terms, sku.moq, day), rows[sku.id])
            if answer is not None:
                offer = Offer(sku, answer.price, answer.unit, answer.basis, answer.breaks)
                shelves.setdefault(name, []).append(offer)
    company = session.scalars(select(LegalEntity).order_by(LegalEntity.id).limit(1)).one()
    return PricePaper(company, terms, day, list(shelves.items()))


def _phone(actor: Actor, order: Order) -> str:
    return _told(actor, order.distributor_id, order.ship_phone)


def _told(actor: Actor, distributor_id: int, phone: str | None) -> str:
    """A distributor's number for its own people and for whoever must call; nothing for anybody else."""
    is_told = actor.distributor_id == distributor_id or actor.may(Permission.PHONE_READ)
    return (phone or "") if is_told else ""


def _company(session: Session, order: Order) -> LegalEntity:
    return session.scalars(select(LegalEntity).where(LegalEntity.id == order.legal_entity_id)).one()
