from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.catalog.models import Category, Sku
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.notices.registrations import keeps
from trade.orders import picking, pricing
from trade.orders.models import Order
from trade.pricing.checks import LEAP
from trade.pricing.models import ProjectPrice
from trade.registrations import queries
from trade.registrations.models import Registration


@dataclass(frozen=True)
class NewPrice:
    """What a SKU costs for a registered customer, per order unit, gross, from a quantity and a day on."""

    registration_id: int
    sku_code: str
    price: Decimal
    min_quantity: int = 1
    valid_from: date | None = None
    reason: str = ""  # why, where it lies far below what is usual


@dataclass(frozen=True)
class GivenPrice:
    registration_id: int
    price_id: int


def give_project_price(session: Session, actor: Actor, given: NewPrice) -> int:
    """Agree a price for one registered customer (项目价): it goes before every list, and ends with the registration."""
    _refuse_stranger(actor, given.registration_id)
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    today = clock.today()
    if not keeps(session, actor, registration):
        raise Refused("project_price.over")
    sku = session.scalar(
        select(Sku)
        .join(Category, Category.id == Sku.category_id)
        .where(
            Sku.code == given.sku_code.strip(),
            Sku.archived_at.is_(None),
            Category.path.startswith(f"/{registration.product_line_id}/"),
        )
    )
    if sku is None:
        raise Refused("project_price.sku_unknown", field="sku")
    day = max(given.valid_from or today, today)
    told = _weighed(session, registration, sku, given, day)
    before = update(ProjectPrice).where(
        ProjectPrice.registration_id == registration.id,
        ProjectPrice.sku_id == sku.id,
        ProjectPrice.min_quantity == given.min_quantity,
        ProjectPrice.valid_to.is_(None),
        ProjectPrice.valid_from < day,
    )
    session.execute(before.values(valid_to=day).execution_options(synchronize_session=False))
    same = select(ProjectPrice).where(
        ProjectPrice.registration_id == registration.id,
        ProjectPrice.sku_id == sku.id,
        ProjectPrice.min_quantity == given.min_quantity,
        ProjectPrice.valid_from == day,
    )
    row = session.scalar(same)
    if row is None:
        row = ProjectPrice(
            registration_id=registration.id,
            sku_id=sku.id,
            unit=sku.order_unit,
            factor=sku.order_factor,
            min_quantity=given.min_quantity,
            valid_from=day,
            price=given.price,
            person_id=actor.person_id,
        )
        session.add(row)
    row.price, row.valid_to = given.price, None
    session.flush()
    told |= {"sku": sku.code, "price": str(given.price), "number": registration.number or ""}
    audit.record(
        session, actor, "project_price.given", told, subject=queries.SUBJECT, subject_id=registration.id
    )
    return row.id


def _weighed(
    session: Session, registration: Registration, sku: Sku, given: NewPrice, day: date
) -> dict[str, str]:
    """What the price was held against, for the audit; refused without a reason below the floor or far below the usual.

    Far is what the check of price lists calls a leap.
    """
    terms = terms_of(session, registration.distributor_id, day)
    picked = picking.skus(session, Order(id=0), terms, {sku.id: given.min_quantity}, {}, day)
    line = next(iter(pricing.priced(session, terms, list(picked.values()), day)), None)
    usual, listed = (pricing.own_price(line), pricing.list_price(line)) if line else (None, None)
    usual = listed if usual is None else usual
    least = [sku.floor_price] if sku.floor_price is not None else []
    least += [usual * (100 - LEAP) / 100] if usual is not None else []
    if not least or given.price >= max(least):
        return {}
    if not given.reason.strip():
        raise Refused(
            "project_price.low_without_reason",
            field="reason",
            percent=f"{LEAP}",
            listed=_spelled(listed),
            usual=_spelled(usual),
            floor=_spelled(sku.floor_price),
        )
    return {"reason": given.reason.strip(), "usual": _spelled(usual), "floor": _spelled(sku.floor_price)}


def _spelled(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{amount:.2f}"


def end_project_price(session: Session, actor: Actor, given: GivenPrice) -> None:
    """Take an agreed price back from today on; what was ordered keeps it."""
    _refuse_stranger(actor, given.registration_id)
    registration = queries.get_for(session, actor, given.registration_id)
    row = session.scalar(
        select(ProjectPrice).where(
            ProjectPrice.id == given.price_id, ProjectPrice.registration_id == registration.id
        )
    )
    if row is None:
        raise Refused("project_price.not_found")
    row.valid_to = max(clock.today(), row.valid_from)
    told = {"price": str(row.price), "number": registration.number or ""}
    audit.record(
        session, actor, "project_price.ended", told, subject=queries.SUBJECT, subject_id=registration.id
    )


def _refuse_stranger(actor: Actor, registration_id: int) -> None:
    if not (actor.may(Permission.REGISTRATION_MANAGE) and actor.may(Permission.PRICE_PUBLISH)):
        raise Refused("access.denied", keep={"registration": registration_id})
