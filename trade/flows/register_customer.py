from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments import queries as attachments
from trade.attachments.filing import Stored, file_under
from trade.db import insert_once
from trade.distributors import rules as shapes
from trade.distributors.models import Region
from trade.distributors.queries import Terms, hold_active, terms_of
from trade.errors import Refused
from trade.notices import outbox
from trade.notices.registrations import follow, keeps
from trade.registrations import intake, matching, queries, states
from trade.registrations.intake import Answer
from trade.registrations.models import Registration

KEYED = ("product_line_id", "name_key", "credit_code")  # what a registration holds of its customer


@dataclass(frozen=True)
class Customer:
    """Who is reported, and what for; amounts in whole 分 of the distributor's currency."""

    product_line_id: int
    name: str
    credit_code: str = ""
    kind: str = "company"  # person and abroad show a paper instead of a code
    contact_name: str = ""
    phone: str = ""
    region_code: str | None = None
    project: str = ""
    note: str = ""
    expected_amount: Decimal | None = None
    expected_on: date | None = None


@dataclass(frozen=True)
class NewRegistration:
    """`key` names the form, so that a second tap registers nothing more; a draft that was returned is sent again."""

    key: str
    customer: Customer
    files: Sequence[Stored] = ()
    is_draft: bool = False
    registration_id: int | None = None
    version: int | None = None


def register_customer(session: Session, actor: Actor, given: NewRegistration) -> Answer:
    """Report a customer (报备) and hear at once: accepted, to a person, or taken until a day, never by whom.

    Everybody's answer is decided by the unique index over what is held, in this transaction; also a refusal is
    kept with its rule, so that it can be appealed.
    """
    if actor.distributor_id is None:
        raise Refused("registration.not_found")
    now = clock.now()
    today = clock.business_date(now)
    terms = terms_of(session, actor.distributor_id, today)
    if given.registration_id is None and (sent := _sent(session, actor.distributor_id, given)):
        return sent
    hold_active(session, terms.distributor_id)
    values = _checked(session, actor, terms, given, today)
    registration, has_place = _draft(session, actor, given, values)
    for file in given.files:
        file_under(session, actor, queries.SUBJECT, registration.id, file)
    if given.is_draft:
        return Answer(registration.id, "draft", registration.number)
    heard, figures = partial(follow, session, actor), queries.figures(session)
    found = intake.answer(session, actor, registration, terms, figures, now, heard, has_place=has_place)
    outbox.post(session, f"registration.{found.outcome}", registration_id=registration.id)
    return found


def _checked(
    session: Session, actor: Actor, terms: Terms, given: NewRegistration, today: date
) -> dict[str, Any]:
    """The columns of what was typed. Raises Refused beside the field that cannot stand."""
    customer = given.customer
    if customer.product_line_id not in dict(queries.product_lines(session, terms.distributor_id)):
        raise Refused("registration.line_closed", field="product_line")
    has_proof = bool(given.files)
    if given.registration_id is not None and not has_proof:
        has_proof = bool(attachments.of(session, queries.SUBJECT, given.registration_id))
    name, code, phone = intake.checked(
        customer.kind,
        customer.name,
        customer.credit_code,
        customer.phone,
        has_proof=has_proof,
        is_draft=given.is_draft,
    )
    for late in _late(customer, today):
        raise late
    if customer.region_code and not session.scalar(
        select(Region.id).where(Region.code == customer.region_code)
    ):
        raise Refused("registration.region_unknown", field="region")
    return {
        "product_line_id": customer.product_line_id,
        "customer_kind": customer.kind,
        "name": name,
        "name_key": matching.key_of(name),
        "credit_code": code,
        "contact_name": customer.contact_name.strip(),
        "phone": phone,
        "region_code": customer.region_code or None,
        "project": customer.project.strip(),
        "note": customer.note.strip(),
        "currency": terms.currency,
        "expected_amount": customer.expected_amount,
        "expected_on": customer.expected_on,
        "person_id": actor.person_id,
    }


def flaws(customer: Customer, today: date, *, has_proof: bool, is_draft: bool) -> list[Refused]:
    """All that cannot stand of what was typed, for a form that tells it at once."""
    found = intake.flaws(
        customer.kind,
        customer.name,
        customer.credit_code,
        customer.phone,
        has_proof=has_proof,
        is_draft=is_draft,
    )
    return found + _late(customer, today)


def _late(customer: Customer, today: date) -> list[Refused]:
    is_past = customer.expected_on is not None and customer.expected_on < today
    return [Refused("registration.expected_past", field="expected_on")] if is_past else []


def _draft(
    session: Session, actor: Actor, given: NewRegistration, values: dict[str, Any]
) -> tuple[Registration, bool]:
    """The row that is decided about, a new one or the draft that was seen; and whether it kept its place until now.

    A place is not moved to another customer by a draft that nobody judges.
    """
    if given.registration_id is not None:
        registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
        if registration.version != given.version:
            raise Refused("registration.changed_meanwhile")
        keeps(session, actor, registration)
        place = registration.returned_until
        is_other = any(getattr(registration, name) != values[name] for name in KEYED)
        if given.is_draft and place is not None and is_other:
            raise Refused("registration.place_moved", field="name")
        values = values | {"returned_until": place if given.is_draft else None}
        states.move(session, actor, registration, "save", registration.version, **values)
        return registration, place is not None
    home = actor.distributor_id
    own = (Registration.distributor_id == home, Registration.form_key == given.key)
    is_new = insert_once(session, Registration, distributor_id=home, form_key=given.key, **values)
    registration = session.scalars(select(Registration).where(*own)).one()
    if not is_new:
        raise Refused("registration.changed_meanwhile")
    states.enter(session, actor, registration, {"name": registration.name})
    return registration, False


def _sent(session: Session, distributor_id: int, given: NewRegistration) -> Answer | None:
    """What the same form was answered before. Refused when something else is sent in it, as after going back."""
    own = (Registration.distributor_id == distributor_id, Registration.form_key == given.key)
    known = session.scalar(select(Registration).where(*own))
    if known is None:
        return None
    is_draft = known.state == "draft" and known.number is None
    if not _is_same(known, given.customer) or is_draft != given.is_draft:
        raise Refused("registration.sent_already", number=known.number or known.name)
    decided = next(iter(queries.decisions_of(session, known)), None)
    if decided is None:
        return Answer(known.id, "draft", known.number)
    until = decided.facts.get("until")
    outcomes = {"refused": "taken" if decided.against_id else "direct"}
    return Answer(
        known.id,
        outcomes.get(decided.outcome, decided.outcome),
        known.number,
        date.fromisoformat(until) if until else None,
        decided.rule,
    )


def _is_same(known: Registration, customer: Customer) -> bool:
    """Whether what is sent is what was kept, however it is spelled."""
    code = shapes.credit_code(customer.credit_code) or customer.credit_code.strip()
    phone = intake.dialled(customer.kind, customer.phone) if customer.phone.strip() else ""
    return (
        known.product_line_id,
        known.customer_kind,
        known.name,
        known.credit_code or "",
        known.phone,
        known.contact_name,
        known.region_code or "",
        known.project,
        known.note,
        known.expected_amount,
        known.expected_on,
    ) == (
        customer.product_line_id,
        customer.kind,
        " ".join(customer.name.split()),
        code,
        phone,
        customer.contact_name.strip(),
        customer.region_code or "",
        customer.project.strip(),
        customer.note.strip(),
        customer.expected_amount,
        customer.expected_on,
    )
