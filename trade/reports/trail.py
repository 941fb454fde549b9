"""Which entries of the audit concern whom: an actor sees their own deeds, and what was done to distributors within reach."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, true, union_all
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.audit import AuditEntry
from trade.catalog.models import Category, Family, Sku
from trade.distributors import queries as distributors
from trade.distributors.models import (
    Channel,
    CreditGroup,
    Distributor,
    LegalEntity,
    PriceGroup,
    Territory,
    Tier,
)
from trade.inventory.models import Warehouse
from trade.invoices.models import Invoice
from trade.orders.models import Order
from trade.people.models import Membership, Person, Role
from trade.pricing.models import PriceList
from trade.receivables.models import Payment
from trade.returns.models import ReturnReason, ReturnRequest

CALLED: Mapping[str, Any] = {
    "order": Order.number,
    "payment": Payment.number,
    "invoice": Invoice.number,
    "return_request": ReturnRequest.number,
    "stock": Sku.name,
} | {
    model.__tablename__: model.name
    for model in (
        Person,
        *(Distributor, Tier, Channel, Territory, PriceGroup, CreditGroup, LegalEntity),
        *(Category, Family, Sku, PriceList, Role, Warehouse, ReturnReason),
    )
}


def told_to(actor: Actor) -> ColumnElement[bool]:
    """Whether an entry may be read: the whole brand's by whoever reaches it, else own deeds and one's distributors'."""
    if actor.scope.is_everyone:
        return true()
    companies = select(Distributor.id).where(distributors.within(actor, Distributor.id))
    return or_(AuditEntry.person_id == actor.person_id, _about(companies), _by_people_of(companies))


def by_name(words: str) -> ColumnElement[bool]:
    """Whether somebody of this name did it."""
    people = select(Person.id).where(Person.name.icontains(words, autoescape=True))
    return AuditEntry.person_id.in_(people)


def about_name(words: str) -> ColumnElement[bool]:
    """Whether it was done to a person or a distributor of this name, or to what belongs to one."""
    people = select(Person.id).where(Person.name.icontains(words, autoescape=True))
    companies = select(Distributor.id)
    for word in text.folded(words).split():
        companies = companies.where(Distributor.search_text.contains(word, autoescape=True))
    to_person = and_(AuditEntry.subject == "person", AuditEntry.subject_id.in_(people))
    return or_(to_person, _about(companies))


def called(session: Session, things: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What the objects of entries are called, by noun and id; one statement."""
    wanted: dict[str, list[int]] = {}
    for noun, key in sorted(things):
        if noun in CALLED:
            wanted.setdefault(noun, []).append(key)
    parts = [_called(noun, CALLED[noun], keys) for noun, keys in wanted.items()]
    rows = session.execute(union_all(*parts)) if parts else ()
    return {(noun, key): name for noun, key, name in rows if name}


def _called(noun: str, name: Any, keys: Sequence[int]) -> Select[str, int, str]:
    key = name.class_.id
    return select(literal(noun), key, name).where(key.in_(keys))


def _about(companies: Select[int]) -> ColumnElement[bool]:
    """Whether the object is one of these distributors, or theirs."""
    owned: Sequence[tuple[str, Select[int]]] = (
        ("distributor", companies),
        ("order", select(Order.id).where(Order.distributor_id.in_(companies))),
        ("payment", select(Payment.id).where(Payment.distributor_id.in_(companies))),
        ("invoice", select(Invoice.id).where(Invoice.distributor_id.in_(companies))),
        ("return_request", select(ReturnRequest.id).where(ReturnRequest.distributor_id.in_(companies))),
    )
    return or_(*(and_(AuditEntry.subject == noun, AuditEntry.subject_id.in_(ids)) for noun, ids in owned))


def _by_people_of(companies: Select[int]) -> ColumnElement[bool]:
    """Whether it was done to somebody who works at one of these distributors."""
    people = select(Membership.person_id).where(
        Membership.distributor_id.in_(companies), Membership.is_active
    )
    return and_(AuditEntry.subject == "person", AuditEntry.subject_id.in_(people))
