"""What a quotation is made of: goods of the registration's product line, as the distributor may order them today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.catalog.models import Category, Sku
from trade.catalog.queries import finds, looked_up, visible
from trade.distributors.models import Distributor
from trade.distributors.queries import Terms, terms_from, with_terms, within
from trade.errors import Refused
from trade.money import ZERO, rounded
from trade.opportunities.models import Opportunity
from trade.orders import picking, pricing
from trade.orders.models import Order
from trade.orders.pricing import Priced
from trade.registrations.models import Registration

MOST_LINES = 100
MOST_FOUND = 10
LONGEST_DAYS = 365  # that an offer holds: prices of the year after are nobody's to promise
LARGEST = Decimal(10) ** 12  # of a whole quotation


@dataclass(frozen=True)
class Ground:
    """What a quotation stands on: the opportunity, its customer, and what the distributor is on the day."""

    opportunity: Opportunity
    registration: Registration
    terms: Terms


def ground_for(session: Session, actor: Actor, opportunity_id: int, day: date) -> Ground:
    """The ground of an opportunity within reach, in one statement; a stranger's does not exist."""
    wanted = (
        select(Opportunity, Registration)
        .join(Distributor, Distributor.id == Opportunity.distributor_id)
        .outerjoin(
            Registration,
            and_(
                Registration.id == Opportunity.registration_id,
                within(actor, Registration.distributor_id),
            ),
        )
        .where(Opportunity.id == opportunity_id, within(actor, Opportunity.distributor_id))
    )
    row = session.execute(with_terms(wanted, day)).one_or_none()
    if row is None:
        raise Refused("opportunity.not_found")
    opportunity, registration, *facts = row
    if registration is None:
        raise Refused("registration.not_found")
    return Ground(opportunity, registration, terms_from(facts))


def found(session: Session, terms: Terms, registration: Registration, words: str, day: date) -> Sequence[Sku]:
    """Goods of the product line by name, code, barcode or pinyin; without words, the first ones."""
    wanted = (
        select(Sku)
        .join(Category, Category.id == Sku.category_id)
        .where(visible(terms, day), Category.path.startswith(_branch(registration)))
    )
    for word in text.folded(words).split():
        wanted = wanted.where(*finds(looked_up(word)))
    return session.scalars(wanted.order_by(Sku.sort_key, Sku.id).limit(MOST_FOUND)).all()


def priced(
    session: Session, terms: Terms, registration: Registration, quantities: Mapping[int, int], day: date
) -> dict[int, Priced]:
    """By SKU id, what the distributor pays today and what the list says; goods of another line are left out."""
    if not quantities:
        return {}
    theirs = replace(terms, registration_id=registration.id)  # with the prices agreed for this customer
    picked = picking.skus(session, Order(id=0), theirs, quantities, {}, day, branch=_branch(registration))
    lines = pricing.priced(session, theirs, list(picked.values()), day)
    return {each.picked.sku.id: each for each in lines}


def _branch(registration: Registration) -> str:
    """How the paths of the product line's categories begin."""
    return f"/{registration.product_line_id}/"


def check_day(until: date, today: date) -> None:
    """An offer holds for some days ahead, not for ever: a slip in the year is no promise."""
    if until < today:
        raise Refused("opportunity.day_past", field="valid_until")
    if until > today + timedelta(days=LONGEST_DAYS):
        raise Refused("quotation.too_long", field="valid_until", days=LONGEST_DAYS)


def total(lines: Sequence[tuple[int, Decimal]]) -> Decimal:
    """The sum of quantities at their prices, each line rounded."""
    return sum((rounded(quantity * price) for quantity, price in lines), ZERO)
