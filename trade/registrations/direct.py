"""The brand's own customers (直营客户), whom no distributor registers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.catalog.models import Category
from trade.db import among
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.registrations import ending, matching, queries
from trade.registrations.models import DirectCustomer, Registration, RegistrationKey
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

MOST_ASKED = 500  # customers in one statement
Key = tuple[int | None, str, str | None]
SUBJECT = "direct_customer"
SORTS = {"name": Sort(DirectCustomer.sort_key), "since": Sort(DirectCustomer.created_at, "instant")}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""


@dataclass(frozen=True)
class Row:
    customer: DirectCustomer
    product_line: str | None


@dataclass(frozen=True)
class Holder:
    """Who has a customer of the brand's own from before; until when, unless it is still being decided."""

    name: str
    until: date | None

    @property
    def told(self) -> str:
        return " ".join(filter(None, (self.name, self.until.isoformat() if self.until else "")))


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


def holders(session: Session, keys: Sequence[Key]) -> dict[Key, list[Holder]]:
    """Which distributors have these customers today: they keep them until their protection ends.

    A customer is its product line or None for every one, its name's key, and its code if it has one.
    """
    found: dict[Key, list[Holder]] = {}
    figures, today = queries.figures(session), clock.today()
    for at in range(0, len(keys), MOST_ASKED):
        part = keys[at : at + MOST_ASKED]
        names, codes = {key for _line, key, _code in part}, {code for _line, _key, code in part if code}
        rows = session.execute(
            select(Registration, Distributor.name)
            .join(Distributor, Distributor.id == Registration.distributor_id)
            .where(
                or_(
                    among(session, Registration.name_key, sorted(names)),
                    among(session, Registration.credit_code, sorted(codes)),
                ),
                Registration.id.in_(select(RegistrationKey.registration_id)),
            )
            .order_by(Registration.id)
        ).all()
        held = [
            (registration, Holder(name, ending.told_until(registration, today)))
            for registration, name in rows
            if ending.standing(session, registration, figures, today) != ending.OVER
        ]
        for each in part:
            if mine := [holder for registration, holder in held if _is(each, registration)]:
                found[each] = mine
    return found


def _is(wanted: Key, registration: Registration) -> bool:
    line, name_key, code = wanted
    is_there = line is None or registration.product_line_id == line
    is_code = code is not None and registration.credit_code == code
    return is_there and (registration.name_key == name_key or is_code)


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
