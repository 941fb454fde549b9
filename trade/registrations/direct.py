"""The brand's own customers (直营客户), whom no distributor registers."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from trade.catalog.models import Category
from trade.errors import Refused
from trade.registrations import matching
from trade.registrations.models import DirectCustomer, Registration, RegistrationKey
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SUBJECT = "direct_customer"
SORTS = {"name": Sort(DirectCustomer.sort_key), "since": Sort(DirectCustomer.created_at, "instant")}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""


@dataclass(frozen=True)
class Row:
    customer: DirectCustomer
    product_line: str | None


def get(session: Session, customer_id: int) -> DirectCustomer:
    found = session.scalar(
        select(DirectCustomer).where(DirectCustomer.id == customer_id, DirectCustomer.archived_at.is_(None))
    )
    if found is None:
        raise Refused("direct_customer.not_found")
    return found


def listing(session: Session, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of the brand's own customers, by name."""
    query = _matching(wanted).with_only_columns(DirectCustomer, Category.name)
    page = page_of(session, query, window, SORTS, DirectCustomer.id, "name")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, wanted: ListFilter) -> Totals:
    return Totals(session.scalar(_matching(wanted).with_only_columns(func.count(DirectCustomer.id))) or 0)


def held_by_others(session: Session, customer: DirectCustomer) -> int:
    """How many distributors have it already: they keep it, and the brand hears of it."""
    same = [Registration.name_key == customer.name_key]
    if customer.credit_code:
        same.append(Registration.credit_code == customer.credit_code)
    held = select(func.count(Registration.id.distinct())).where(
        or_(*same), Registration.id.in_(select(RegistrationKey.registration_id))
    )
    if customer.product_line_id is not None:
        held = held.where(Registration.product_line_id == customer.product_line_id)
    return session.scalar(held) or 0


def _matching(wanted: ListFilter) -> Select[Any]:
    query = (
        select(DirectCustomer)
        .outerjoin(Category, Category.id == DirectCustomer.product_line_id)
        .where(DirectCustomer.archived_at.is_(None))
    )
    if word := matching.plain(wanted.search):
        query = query.where(
            or_(
                DirectCustomer.name_key.contains(word, autoescape=True),
                DirectCustomer.credit_code == word.upper(),
            )
        )
    return query
