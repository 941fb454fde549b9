"""What decides about an order besides its lines, read together with the order that is to be taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, literal, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from trade import settings
from trade.actor import Actor
from trade.distributors.models import Distributor
from trade.distributors.queries import Terms, terms_from, with_terms, within
from trade.errors import Refused
from trade.inventory.models import Warehouse
from trade.kept import kept
from trade.orders.delivery import Wanted
from trade.orders.models import Order
from trade.orders.queries import readable
from trade.settings import Setting


@dataclass(frozen=True)
class Circumstances:
    """The settings under "order.", and whether it would be the first order."""

    settings: dict[str, Any]
    is_first: bool


def circumstances(session: Session, distributor_id: int) -> Circumstances:
    """What decides about an order besides its lines, in one statement."""
    return _known([tuple(row) for row in session.execute(*_around(distributor_id)).all()])


@kept
def _around(distributor_id: int) -> Select[*tuple[Any, ...]]:
    one = select(literal(1).label("one")).subquery()
    return (
        select(*_circumstances(distributor_id))
        .select_from(one)
        .outerjoin(Setting, Setting.key.startswith("order.", autoescape=True))
    )


def get_to_take(session: Session, actor: Actor, order_id: int) -> tuple[Order, Circumstances]:
    """The order, locked, with what decides about it besides its lines, in one statement; its distributor is held."""
    rows = session.execute(*_to_take(actor, order_id)).all()
    if not rows:
        raise Refused("order.not_found")
    return rows[0][0], _known([tuple(row)[1:] for row in rows])


@kept
def _to_take(actor: Actor, order_id: int) -> Select[*tuple[Any, ...]]:
    return _locked(actor, order_id)


def _locked(actor: Actor, order_id: int) -> Select[*tuple[Any, ...]]:
    """The order for its taker alone; its distributor stays what it is meanwhile: nobody pauses or ends it in between."""
    return (
        select(Order, *_circumstances(Order.distributor_id))
        .select_from(Order)
        .join(Distributor, Distributor.id == Order.distributor_id)
        .outerjoin(Setting, Setting.key.startswith("order.", autoescape=True))
        .where(Order.id == order_id, within(actor, Order.distributor_id), readable(actor))
        .with_for_update(of=Order)
        .suffix_with(text("FOR SHARE OF distributor"), dialect="postgresql")
        .execution_options(populate_existing=True)
    )


@dataclass(frozen=True)
class ToSubmit:
    """A cart, locked, with what decides about it besides its lines and what its distributor is on that day."""

    order: Order
    known: Circumstances
    facts: Sequence[Any]  # for distributors.terms_from

    @property
    def terms(self) -> Terms:
        """Raises Refused where the brand has not said what the distributor is."""
        return terms_from(self.facts)


def get_to_submit(
    session: Session, actor: Actor, order_id: int, day: date, wanted: Wanted | None
) -> ToSubmit:
    """The cart with its circumstances and the terms of the day at the address it goes to; one statement."""
    rows = session.execute(*_to_submit(actor, order_id, day, wanted)).all()
    if not rows:
        raise Refused("order.not_found")
    return ToSubmit(rows[0][0], _known([tuple(row)[1:5] for row in rows]), rows[0][5:])


@kept
def _to_submit(actor: Actor, order_id: int, day: date, wanted: Wanted | None) -> Select[*tuple[Any, ...]]:
    return with_terms(
        _locked(actor, order_id), day, Order.address_id if wanted is None else wanted.address_id
    )


def _circumstances(distributor_id: int | InstrumentedAttribute[int]) -> tuple[Any, ...]:
    past = aliased(Order)
    approved = exists().where(past.distributor_id == distributor_id, past.approval_state == "approved")
    return Setting.key, Setting.value, approved, exists().where(Warehouse.archived_at.is_(None))


def _known(rows: Sequence[tuple[Any, ...]]) -> Circumstances:
    """Settings as they are stored over those that are shipped."""
    known = {key: value for key, value in settings.DEFAULTS.items() if key.startswith("order.")}
    known |= {key: value for key, value, *_ in rows if key is not None}
    _key, _value, was_approved, may_promise = rows[0]
    if not may_promise:
        raise Refused("brand.not_set_up")
    return Circumstances(known, not was_approved)
