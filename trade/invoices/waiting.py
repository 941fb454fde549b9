"""What was delivered, or credited, and does not stand on an invoice yet (待开票)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.db import among
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.fulfilment.models import Shipment
from trade.invoices.models import InvoiceLine
from trade.money import ZERO
from trade.orders.models import Order
from trade.returns.models import ReturnLine
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SORTS = {
    "item": Sort(OpenItem.id, "whole"),
    "day": Sort(OpenItem.day, "day"),
    "distributor": Sort(Distributor.sort_key),
    "gross": Sort(OpenItem.amount, "money"),
}
KINDS = ("shipment", "return")
# A shipment stands on one invoice as a whole, a credit on one red invoice; what was taken back counts for nothing.
WAITS: tuple[ColumnElement[bool], ...] = (
    OpenItem.kind.in_(KINDS),
    OpenItem.billed == ZERO,
    OpenItem.voided_at.is_(None),
)


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    kind: str = ""  # shipment, return
    tax_mode: str = ""
    distributor_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    """A shipment, or a credited return of which `is_ready` says whether what it takes back was invoiced."""

    item: OpenItem
    order_number: str
    distributor_id: int
    distributor_name: str
    tax_mode: str
    currency: str
    is_ready: bool


@dataclass(frozen=True)
class Due:
    """An account with shipments until a day that stand on no invoice; `key` changes with every new cause."""

    account_id: int
    distributor_id: int
    count: int
    gross: Decimal
    key: str


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of what waits, the oldest first unless asked otherwise."""
    page = page_of(session, _columns(_matching(actor, wanted)), window, SORTS, OpenItem.id, "item")
    return page.of([Row(*row) for row in page.rows])


def picked(session: Session, actor: Actor, item_ids: Collection[int]) -> list[Row]:
    """Rows by the ids of their open items, within the actor's reach, also those that have their invoice by now."""
    query = _columns(_joined().where(within(actor, Distributor.id), among(session, OpenItem.id, item_ids)))
    return [Row(*row) for row in session.execute(query.order_by(OpenItem.id))]


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many wait, and the sum per currency: shipments less returns."""
    sums = _matching(actor, wanted).with_only_columns(
        CreditAccount.currency, OpenItem.kind, func.count(OpenItem.id), func.sum(OpenItem.amount)
    )
    rows = session.execute(sums.group_by(CreditAccount.currency, OpenItem.kind)).all()
    amounts: dict[str, Decimal] = {}
    for currency, kind, _count, amount in rows:
        amounts[currency] = amounts.get(currency, ZERO) + (amount if kind == "shipment" else -amount)
    return Totals(sum(count for _c, _k, count, _a in rows), {"gross": sorted(amounts.items())})


def shipments_due(session: Session, actor: Actor, until: date) -> Sequence[Due]:
    """Per account what was shipped until a day and stands on no invoice: one job each."""
    query = (
        _joined()
        .where(*WAITS, within(actor, Distributor.id), OpenItem.kind == "shipment", OpenItem.day <= until)
        .with_only_columns(
            OpenItem.account_id,
            Distributor.id,
            func.count(OpenItem.id),
            func.sum(OpenItem.amount),
            func.max(OpenItem.subject_id),
        )
    )
    rows = session.execute(query.group_by(OpenItem.account_id, Distributor.id).order_by(OpenItem.account_id))
    return [
        Due(account_id, distributor_id, count, gross, f"{last}-{count}")
        for account_id, distributor_id, count, gross, last in rows
    ]


def shipments_of(session: Session, account_id: int, until: date, most: int) -> Sequence[int]:
    """The shipments of an account until a day that stand on no invoice, the oldest first."""
    wanted = select(OpenItem.subject_id).where(
        *WAITS, OpenItem.account_id == account_id, OpenItem.kind == "shipment", OpenItem.day <= until
    )
    return session.scalars(wanted.order_by(OpenItem.day, OpenItem.subject_id).limit(most)).all()


def chosen(session: Session, actor: Actor, shipment_ids: Collection[int]) -> Sequence[tuple[Shipment, Order]]:
    """Shipments with their orders, within the actor's reach; those of others do not exist."""
    wanted = (
        select(Shipment, Order)
        .join(Order, Order.id == Shipment.order_id)
        .where(among(session, Shipment.id, shipment_ids), within(actor, Order.distributor_id))
        .order_by(Shipment.ship_date, Shipment.id)
    )
    return [(shipment, order) for shipment, order in session.execute(wanted)]


def _columns(query: Select[OpenItem]) -> Select[*tuple[Any, ...]]:
    return query.with_only_columns(
        OpenItem,
        Order.number,
        Distributor.id,
        Distributor.name,
        Distributor.tax_mode,
        CreditAccount.currency,
        or_(OpenItem.kind == "shipment", _was_invoiced()),
    )


def _was_invoiced() -> ColumnElement[bool]:
    """Whether any line that a return takes back stands on an invoice; issuing tests it to the cent."""
    return exists().where(
        ReturnLine.request_id == OpenItem.subject_id,
        InvoiceLine.order_line_id == ReturnLine.order_line_id,
        InvoiceLine.is_living,
    )


def _joined() -> Select[OpenItem]:
    return (
        select(OpenItem)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .join(Order, Order.id == OpenItem.order_id)
        .where(OpenItem.kind.in_(KINDS))
    )


def _matching(actor: Actor, wanted: ListFilter) -> Select[OpenItem]:
    query = _joined().where(*WAITS, within(actor, Distributor.id))
    if word := text.folded(wanted.search):
        numbered = or_(
            OpenItem.number.istartswith(word, autoescape=True),
            Order.number.istartswith(word, autoescape=True),
        )
        query = query.where(or_(numbered, Distributor.search_text.contains(word, autoescape=True)))
    equal = {
        OpenItem.kind: wanted.kind,
        Distributor.tax_mode: wanted.tax_mode,
        Distributor.id: wanted.distributor_id,
    }
    for column, value in equal.items():
        if value:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(OpenItem.day >= wanted.since)
    if wanted.until is not None:
        query = query.where(OpenItem.day <= wanted.until)
    return query
