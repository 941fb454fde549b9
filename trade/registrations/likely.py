"""Who may be the same customer under another name or with the same phone: found by index, judged by likeness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from trade.distributors.models import LegalEntity
from trade.registrations import matching
from trade.registrations.models import DirectCustomer, Registration, RegistrationGram, RegistrationKey

MOST_COMPARED = 400  # names that share most with the one asked for
MOST_NAMED = 5
MOST_PIECES = 20  # of what a customer is called


@dataclass(frozen=True)
class Likeness:
    """Why somebody has to look at a registration, and at which other one beside it, if it is about one."""

    rule: str  # soft.phone, soft.name, soft.direct, soft.rest, soft.kind
    registration_id: int | None
    similarity: float
    customer: str = ""  # of the brand's own, who has no registration

    @property
    def reason(self) -> dict[str, Any]:
        """As approvals keep it, in plain values."""
        return {
            "code": f"registration.{self.rule.removeprefix('soft.')}",
            "percent": round(self.similarity * 100),
            **({"against": self.registration_id} if self.registration_id else {}),
            **({"customer": self.customer} if self.customer else {}),
        }


def doubts(
    session: Session,
    distributor_id: int,
    product_line_id: int,
    name: str,
    phone: str,
    least: float,
    today: date,
) -> list[Likeness]:
    """What a person has to judge about a name and a phone that a distributor reports, the likeliest first.

    Others hold a customer that is like it, the brand serves one itself, or the distributor let one go not long ago.
    """
    found = [
        *_held(session, distributor_id, product_line_id, name, phone, least),
        *_own_of_brand(session, product_line_id, name, least),
        *_let_go(session, distributor_id, product_line_id, name, phone, least, today),
    ]
    return sorted(found, key=lambda each: (-each.similarity, each.registration_id or 0))[:MOST_NAMED]


def odd_kind(kind: str, name: str, credit_code: str | None) -> list[Likeness]:
    """Who says that a company of the mainland is one abroad needs no code for it: a person looks at the paper."""
    is_odd = kind == "abroad" and credit_code is None and matching.is_mainland_company(name)
    return [Likeness("soft.kind", None, 0)] if is_odd else []


def own(
    session: Session, distributor_id: int, product_line_id: int, name: str, phone: str, least: float
) -> list[Likeness]:
    """What a distributor has registered already that is like it, the likeliest first."""
    found = _held(session, distributor_id, product_line_id, name, phone, least, is_own=True)
    return sorted(found, key=lambda each: (-each.similarity, each.registration_id or 0))[:MOST_NAMED]


def _held(
    session: Session,
    distributor_id: int,
    product_line_id: int,
    name: str,
    phone: str,
    least: float,
    *,
    is_own: bool = False,
) -> list[Likeness]:
    """Held registrations of the others, or one's own, that have the same phone or a similar name."""
    rows = session.execute(_sharing(product_line_id, name)).all()
    found = [
        Likeness("soft.name", key, score)
        for key, known, holder_id in rows
        if (holder_id == distributor_id) == is_own and (score := matching.similarity(name, known)) >= least
    ]
    if phone:
        held = select(RegistrationKey.registration_id)
        whose = Registration.distributor_id == distributor_id
        called = select(Registration.id, Registration.name).where(
            Registration.phone == phone,
            Registration.product_line_id == product_line_id,
            whose if is_own else ~whose,
            Registration.id.in_(held),
        )
        found += [
            Likeness("soft.phone", key, matching.similarity(name, known))
            for key, known in session.execute(called.order_by(Registration.id).limit(MOST_NAMED))
        ]
    return found


def _own_of_brand(session: Session, product_line_id: int, name: str, least: float) -> list[Likeness]:
    """Of the list of the brand's own customers, which people keep: those that share most of what it is called."""
    core = matching.parsed(name).core
    pieces = sorted({core[at : at + 2] for at in range(len(core))} if core.isascii() else set(core))
    shares = [DirectCustomer.name_key.contains(each, autoescape=True) for each in pieces[:MOST_PIECES]]
    if not shares:
        return []
    count = sum((case((each, 1), else_=0) for each in shares), literal(0))
    wanted = (
        select(DirectCustomer.name)
        .where(_serves(product_line_id), or_(*shares))
        .order_by(count.desc(), DirectCustomer.id)
    )
    return [
        Likeness("soft.direct", None, score, known)
        for known in session.scalars(wanted.limit(MOST_COMPARED))
        if (score := matching.similarity(name, known)) >= least
    ]


def _let_go(
    session: Session,
    distributor_id: int,
    product_line_id: int,
    name: str,
    phone: str,
    least: float,
    today: date,
) -> list[Likeness]:
    """What the distributor may not report again yet, and now perhaps does under another name."""
    resting = select(Registration.id, Registration.name, Registration.phone).where(
        Registration.distributor_id == distributor_id,
        Registration.product_line_id == product_line_id,
        Registration.rests_until >= today,
    )
    rows = session.execute(resting.order_by(Registration.id.desc()).limit(MOST_COMPARED))
    return [
        Likeness("soft.rest", key, score)
        for key, known, called in rows
        if (score := matching.similarity(name, known)) >= least or (phone and called == phone)
    ]


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
    wanted = select(DirectCustomer.credit_code).where(or_(*same), _serves(product_line_id))
    found = session.execute(wanted.order_by(DirectCustomer.id).limit(1)).first()
    if found is None:
        return None
    return "direct.code" if found[0] is not None and found[0] == credit_code else "direct.name"


def _serves(product_line_id: int) -> ColumnElement[bool]:
    """A customer of the brand's own, in every product line or in this one."""
    own = DirectCustomer.product_line_id
    return and_(DirectCustomer.archived_at.is_(None), or_(own.is_(None), own == product_line_id))


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
