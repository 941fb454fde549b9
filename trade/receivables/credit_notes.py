"""Credit notes of returns as money that is there to pay with, within the actor's reach; each is an open item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.orders.models import Order
from trade.receivables import items
from trade.receivables.items import IS_OPEN, Held
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

KIND = "return"
SORTS = {
    "note": Sort(OpenItem.id, "whole"),
    "distributor": Sort(Distributor.sort_key),
    "day": Sort(OpenItem.day, "day"),
    "amount": Sort(OpenItem.amount, "money"),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    is_open: bool = False  # of which something is left
    distributor_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    note: OpenItem
    currency: str
    distributor_name: str
    order_number: str | None


def get_for(session: Session, actor: Actor, note_id: int) -> OpenItem:
    """A credit note within the actor's scope; a stranger's does not exist."""
    wanted = (
        select(OpenItem)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .where(OpenItem.id == note_id, OpenItem.kind == KIND, within(actor, CreditAccount.distributor_id))
    )
    found = session.scalar(wanted)
    if found is None:
        raise Refused("credit_note.not_found")
    return found


def find_of(session: Session, return_id: int) -> OpenItem | None:
    """The credit note of a return that the caller was let see."""
    wanted = select(OpenItem).where(OpenItem.kind == KIND, OpenItem.subject_id == return_id)
    return session.scalar(wanted)


def account_of(session: Session, note: OpenItem) -> CreditAccount:
    """On whose account it stands, as it is now."""
    return session.scalars(select(CreditAccount).where(CreditAccount.id == note.account_id)).one()


def legal_entity_of(session: Session, note: OpenItem) -> int:
    """Who pays it out."""
    wanted = select(CreditAccount.legal_entity_id).where(CreditAccount.id == note.account_id)
    return session.scalars(wanted).one()


def hold(session: Session, note: OpenItem, order_ids: Sequence[int | None] = ()) -> tuple[Held, OpenItem]:
    """Lock the account; answers what is open there, and the credit note as it stands then."""
    held = items.hold(session, note.account_id, order_ids)
    session.refresh(note)
    return held, note


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of credit notes, the latest first unless asked otherwise."""
    query = (
        _matching(actor, wanted)
        .outerjoin(Order, Order.id == OpenItem.order_id)
        .with_only_columns(OpenItem, CreditAccount.currency, Distributor.name, Order.number)
    )
    page = page_of(session, query, window, SORTS, OpenItem.id, "-note")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many match, what they are worth and what is left of them per currency."""
    sums = _matching(actor, wanted).with_only_columns(
        CreditAccount.currency,
        func.count(OpenItem.id),
        func.coalesce(func.sum(OpenItem.amount), 0),
        func.coalesce(func.sum(OpenItem.applied), 0),
    )
    rows = session.execute(sums.group_by(CreditAccount.currency).order_by(CreditAccount.currency)).all()
    return Totals(
        sum(row[1] for row in rows),
        {
            "amount": [(row[0], row[2]) for row in rows],
            "left": [(row[0], row[2] - row[3]) for row in rows],
        },
    )


def _matching(actor: Actor, wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    query = (
        select(OpenItem)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .where(OpenItem.kind == KIND, within(actor, CreditAccount.distributor_id))
    )
    if word := text.folded(wanted.search):
        numbered = OpenItem.number.istartswith(word, autoescape=True)
        query = query.where(or_(numbered, Distributor.search_text.contains(word, autoescape=True)))
    if wanted.is_open:
        query = query.where(*IS_OPEN)
    if wanted.distributor_id is not None:
        query = query.where(CreditAccount.distributor_id == wanted.distributor_id)
    if wanted.since is not None:
        query = query.where(OpenItem.day >= wanted.since)
    if wanted.until is not None:
        query = query.where(OpenItem.day <= wanted.until)
    return query
