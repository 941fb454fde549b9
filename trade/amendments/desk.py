"""Changes of orders that wait: on whose desk, and what an order's page tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from trade import text
from trade.actor import Actor
from trade.amendments.models import Amendment, AmendmentLine
from trade.approvals.models import ApprovalRequest
from trade.approvals.queries import decidable
from trade.catalog.models import Sku
from trade.catalog.queries import finds, looked_up, visible
from trade.distributors.models import Distributor
from trade.distributors.queries import Terms, within
from trade.errors import Refused
from trade.orders.models import Order
from trade.orders.queries import readable
from trade.people.models import Person

PAGE = 50
FOUND = 8


@dataclass(frozen=True)
class Waiting:
    """A change with its order, the question about it if this person may answer it, and who asks."""

    amendment: Amendment
    order: Order
    asked: ApprovalRequest | None
    person_name: str | None


@dataclass(frozen=True)
class Asked:
    """A change with who asked for it, and for whom."""

    amendment: Amendment
    person_name: str | None
    on_behalf_name: str | None


@dataclass(frozen=True)
class Line:
    """One SKU of a change with its names."""

    line: AmendmentLine
    sku: Sku


def get_for(session: Session, actor: Actor, amendment_id: int) -> Waiting:
    """A change, waiting or not, if its order lies within the actor's scope."""
    mine = _mine(actor).with_only_columns(ApprovalRequest.id).where(Amendment.id == amendment_id)
    row = session.execute(
        select(Amendment, Order, ApprovalRequest, Person.name)
        .join(Order, Order.id == Amendment.order_id)
        .outerjoin(ApprovalRequest, ApprovalRequest.id.in_(mine.correlate(None)))
        .outerjoin(Person, Person.id == Amendment.person_id)
        .where(Amendment.id == amendment_id, within(actor, Order.distributor_id), readable(actor))
    ).one_or_none()
    if row is None:
        raise Refused("amendment.not_found")
    return Waiting(*row)


def latest_of(session: Session, order_id: int) -> Asked | None:
    """The change of an order that waits, else the last one that was refused, withdrawn or left lying."""
    behalf = aliased(Distributor)
    row = session.execute(
        select(Amendment, Person.name, behalf.name)
        .outerjoin(Person, Person.id == Amendment.person_id)
        .outerjoin(behalf, behalf.id == Amendment.on_behalf_of)
        .where(Amendment.order_id == order_id, Amendment.state != "applied")
        .order_by((Amendment.state == "pending").desc(), Amendment.id.desc())
        .limit(1)
    ).one_or_none()
    return Asked(*row) if row else None


def lines_of(session: Session, amendment_id: int) -> list[Line]:
    """The lines of a change with their SKUs."""
    rows = session.execute(
        select(AmendmentLine, Sku)
        .join(Sku, Sku.id == AmendmentLine.sku_id)
        .where(AmendmentLine.amendment_id == amendment_id)
        .order_by(AmendmentLine.id)
    )
    return [Line(line, sku) for line, sku in rows]


def findable(session: Session, terms: Terms, word: str, day: date) -> Sequence[Sku]:
    """The first products that a distributor may order, by a part of name or code."""
    folded = text.folded(word)
    if not folded:
        return ()
    is_it = or_(
        Sku.code.istartswith(folded, autoescape=True),
        Sku.id.in_(select(Sku.id).where(*finds(looked_up(folded)))),
    )
    wanted = select(Sku).where(is_it, visible(terms, day)).order_by(Sku.sort_key, Sku.id)
    return session.scalars(wanted.limit(FOUND)).all()


def skus_of(session: Session, terms: Terms, sku_ids: Sequence[int], day: date) -> dict[int, Sku]:
    """Products to be added, as far as the distributor may order them."""
    if not sku_ids:
        return {}
    wanted = select(Sku).where(Sku.id.in_(sku_ids), visible(terms, day))
    return {sku.id: sku for sku in session.scalars(wanted)}


def overdue(session: Session, now: datetime, most: int) -> list[tuple[int, int]]:
    """Changes that nobody decided in time, with their versions."""
    late = select(Amendment.id, Amendment.version).where(
        Amendment.state == "pending", Amendment.decide_by <= now
    )
    return [(key, version) for key, version in session.execute(late.order_by(Amendment.id).limit(most))]


def _mine(actor: Actor) -> Select[Amendment]:
    return (
        select(Amendment)
        .join(Order, Order.id == Amendment.order_id)
        .join(ApprovalRequest, ApprovalRequest.subject_id == Amendment.id)
        .where(
            *decidable(actor, "amendment"),
            Amendment.state == "pending",
            within(actor, Order.distributor_id),
        )
    )
