"""Who may be the same customer under another name or with the same phone: found by index, judged by likeness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from trade.distributors.models import LegalEntity
from trade.registrations import matching
from trade.registrations.models import DirectCustomer, Registration, RegistrationGram, RegistrationKey

MOST_COMPARED = 400  # names that share most with the one asked for
MOST_NAMED = 5


@dataclass(frozen=True)
class Likeness:
    """A registration that somebody else holds, and why it may be the same customer."""

    rule: str  # soft.phone, soft.name
    registration_id: int
    similarity: float

    @property
    def reason(self) -> dict[str, Any]:
        """As approvals keep it, in plain values."""
        return {
            "code": f"registration.{self.rule.removeprefix('soft.')}",
            "against": self.registration_id,
            "percent": round(self.similarity * 100),
        }


def similar(
    session: Session,
    product_line_id: int,
    name: str,
    phone: str,
    least: float,
    *,
    but_distributor: int | None = None,
) -> list[Likeness]:
    """Held registrations of others that have the same phone or a similar name, the likeliest first."""
    rows = session.execute(_sharing(product_line_id, name)).all()
    found = [
        Likeness("soft.name", key, score)
        for key, known, distributor_id in rows
        if distributor_id != but_distributor and (score := matching.similarity(name, known)) >= least
    ]
    if phone:
        held = select(RegistrationKey.registration_id)
        called = select(Registration.id, Registration.name).where(
            Registration.phone == phone,
            Registration.product_line_id == product_line_id,
            Registration.distributor_id != (but_distributor or 0),
            Registration.id.in_(held),
        )
        found += [
            Likeness("soft.phone", key, matching.similarity(name, known))
            for key, known in session.execute(called.order_by(Registration.id).limit(MOST_NAMED))
        ]
    return sorted(found, key=lambda each: (-each.similarity, each.registration_id))[:MOST_NAMED]


def direct(session: Session, product_line_id: int, name_key: str, credit_code: str | None) -> str | None:
    """By which rule the brand keeps a customer to itself: it is one of its own companies, or of its own customers."""
    for entity in session.scalars(select(LegalEntity).order_by(LegalEntity.id)):
        if credit_code and entity.credit_code == credit_code:
            return "house.code"
        if matching.key_of(entity.name) == name_key:
            return "house.name"
    same = [DirectCustomer.name_key == name_key]
    if credit_code:
        same.append(DirectCustomer.credit_code == credit_code)
    wanted = select(DirectCustomer.credit_code).where(
        or_(*same),
        DirectCustomer.archived_at.is_(None),
        or_(DirectCustomer.product_line_id.is_(None), DirectCustomer.product_line_id == product_line_id),
    )
    found = session.execute(wanted.order_by(DirectCustomer.id).limit(1)).first()
    if found is None:
        return None
    return "direct.code" if found[0] is not None and found[0] == credit_code else "direct.name"


def _sharing(product_line_id: int, name: str) -> Any:
    """The held names that share most pairs of characters, or the sound; one indexed statement."""
    shared = (
        select(RegistrationGram.registration_id, func.count().label("shared"))
        .where(
            RegistrationGram.product_line_id == product_line_id,
            RegistrationGram.gram.in_(sorted(matching.grams(name))),
        )
        .group_by(RegistrationGram.registration_id)
        .order_by(func.count().desc(), RegistrationGram.registration_id)
        .limit(MOST_COMPARED)
        .subquery()
    )
    return select(Registration.id, Registration.name, Registration.distributor_id).join(
        shared, shared.c.registration_id == Registration.id
    )


def rules_of(found: Sequence[Likeness]) -> list[dict[str, Any]]:
    return [each.reason for each in found]
