from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock, text
from trade.actor import Actor, Permission
from trade.distributors import rules as shapes
from trade.errors import Refused
from trade.registrations import direct, intake, matching, queries
from trade.registrations.models import DirectCustomer


@dataclass(frozen=True)
class OwnCustomer:
    """A customer whom the brand serves itself, in one product line or in every one."""

    name: str
    credit_code: str = ""
    product_line_id: int | None = None
    note: str = ""
    is_confirmed: bool = False  # who adds it has read which distributors hold it


@dataclass(frozen=True)
class SeenCustomer:
    customer_id: int
    version: int


def add_direct_customer(session: Session, actor: Actor, given: OwnCustomer) -> int:
    """Put a customer on the list of the brand's own, which blocks registrations from now on.

    Who has it keeps it until it ends; whoever adds it is told who that is, and says that it is meant so.
    """
    _refuse_stranger(actor)
    name = " ".join(given.name.split())
    key = matching.key_of(name)
    if odd := intake.odd_name(name):
        raise odd
    code = shapes.credit_code(given.credit_code) if given.credit_code.strip() else None
    if given.credit_code.strip() and code is None:
        raise Refused("registration.code_odd", field="credit_code")
    if given.product_line_id is not None and given.product_line_id not in dict(
        queries.product_lines(session)
    ):
        raise Refused("registration.line_closed", field="product_line")
    same = select(DirectCustomer.id).where(
        DirectCustomer.name_key == key,
        DirectCustomer.archived_at.is_(None),
        DirectCustomer.product_line_id.is_not_distinct_from(given.product_line_id),
    )
    if session.scalar(same.limit(1)) is not None:
        raise Refused("direct_customer.known", name=name, field="name")
    asked: direct.Key = (given.product_line_id, key, code)
    holders = direct.holders(session, [asked]).get(asked, [])
    if holders and not given.is_confirmed:
        told = "; ".join(each.told for each in holders)
        raise Refused("direct_customer.held", holders=told, field="is_confirmed")
    customer = DirectCustomer(
        name=name,
        name_key=key,
        sort_key=text.sort_key(name),
        credit_code=code,
        product_line_id=given.product_line_id,
        note=given.note.strip(),
    )
    session.add(customer)
    session.flush()
    facts = {"name": name, "credit_code": code or ""}
    if holders:
        facts["held_by"] = "; ".join(each.told for each in holders)
    audit.record(
        session, actor, "direct_customer.added", facts, subject=direct.SUBJECT, subject_id=customer.id
    )
    return customer.id


def archive_direct_customer(session: Session, actor: Actor, given: SeenCustomer) -> None:
    """Take a customer off the list: distributors may register it again."""
    _refuse_stranger(actor)
    customer = direct.get(session, given.customer_id)
    gone = (
        update(DirectCustomer)
        .where(
            DirectCustomer.id == customer.id,
            DirectCustomer.version == given.version,
            DirectCustomer.archived_at.is_(None),
        )
        .values(archived_at=clock.now(), version=DirectCustomer.version + 1)
        .returning(DirectCustomer.id)
    )
    if session.scalar(gone.execution_options(synchronize_session=False)) is None:
        raise Refused("direct_customer.changed_meanwhile")
    told = {"name": customer.name}
    audit.record(
        session, actor, "direct_customer.archived", told, subject=direct.SUBJECT, subject_id=customer.id
    )


def _refuse_stranger(actor: Actor) -> None:
    if not actor.may(Permission.REGISTRATION_MANAGE):
        raise Refused("access.denied", keep={"noun": "direct_customer"})
