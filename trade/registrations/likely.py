"""Who may be the same customer under another name or with the same phone: found by index, judged by likeness."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.distributors.models import Distributor, LegalEntity
from trade.errors import Refused
from trade.registrations import matching
from trade.registrations.models import DirectCustomer, Registration, RegistrationGram, RegistrationKey

MOST_COMPARED = 400  # names that share most with the one asked for
MOST_NAMED = 5
MOST_PIECES = 20  # of what a customer is called


@dataclass(frozen=True)
class Likeness:
    """Why somebody has to look at a registration, and at which other one beside it, if it is about one."""

    rule: str  # soft.phone, soft.name, soft.branch, soft.direct, soft.rest, soft.kind, soft.distributor
    registration_id: int | None
    similarity: float
    customer: str = ""  # of the brand's own or a distributor, who has no registration

    @property
    def reason(self) -> dict[str, Any]:
        """As approvals keep it, in plain values."""
        return {
            "code": f"registration.{self.rule.removeprefix('soft.')}",
            "percent": round(self.similarity * 100),
            **({"against": self.registration_id} if self.registration_id else {}),
            **({"customer": self.customer} if self.customer else {}),
        }


@dataclass(frozen=True)
class Reported:
    """Whom a distributor reports, in which product line; the name as it was typed, the phone as it is dialled."""

    distributor_id: int
    product_line_id: int
    name: str
    credit_code: str | None = None
    phone: str = ""


def doubts(session: Session, given: Reported, least: float, today: date) -> list[Likeness]:
    """What a person has to judge about whom a distributor reports, the likeliest first.

    Others hold a customer that is like it, the brand serves one itself, the distributor let one go not long ago, or
    it is a distributor of the brand, which buys from the brand and from nobody else.
    """
    found = [
        *_held(session, given, least),
        *_own_of_brand(session, given.product_line_id, given.name, least),
        *_let_go(session, given, least, today),
        *_distributors(session, given, least),
    ]
    return sorted(found, key=lambda each: (-each.similarity, each.registration_id or 0))[:MOST_NAMED]


def odd_kind(kind: str, name: str, credit_code: str | None, *, is_filed: bool = False) -> list[Likeness]:
    """Who says that a company of the mainland is one abroad needs no code for it: a person looks at the paper.

    So does one that comes by file without its code: what a brand has kept for years must come in, though not unseen.
    """
    may_lack = kind == "abroad" or is_filed
    is_odd = may_lack and credit_code is None and matching.is_mainland_company(name)
    return [Likeness("soft.kind", None, 0)] if is_odd else []


def near(name: str, known: str, least: float) -> tuple[str, float] | None:
    """By which rule two names have to be compared by a person, with their likeness; None where they are two."""
    score = matching.similarity(name, known)
    if score >= least:
        return "soft.name", score
    wholes = (matching.company_of(name), known), (name, matching.company_of(known))
    is_branch = matching.is_part(name, known) or any(matching.similarity(*whole) >= least for whole in wholes)
    return ("soft.branch", score) if is_branch else None


def own(session: Session, given: Reported, least: float) -> list[Likeness]:
    """What a distributor has registered already that is like it, the likeliest first."""
    found = _held(session, given, least, is_own=True)
    return sorted(found, key=lambda each: (-each.similarity, each.registration_id or 0))[:MOST_NAMED]


def _held(session: Session, given: Reported, least: float, *, is_own: bool = False) -> list[Likeness]:
    """Held registrations of the others, or one's own, that have the same phone or a similar name."""
    rows = session.execute(_sharing(given.product_line_id, given.name)).all()
    found = [
        Likeness(said[0], key, said[1])
        for key, known, holder_id in rows
        if (holder_id == given.distributor_id) == is_own and (said := near(given.name, known, least))
    ]
    if given.phone:
        held = select(RegistrationKey.registration_id)
        whose = Registration.distributor_id == given.distributor_id
        called = select(Registration.id, Registration.name).where(
            Registration.phone == given.phone,
            Registration.product_line_id == given.product_line_id,
            whose if is_own else ~whose,
            Registration.id.in_(held),
        )
        found += [
            Likeness("soft.phone", key, matching.similarity(given.name, known))
            for key, known in session.execute(called.order_by(Registration.id).limit(MOST_NAMED))
        ]
    return found


def _own_of_brand(session: Session, product_line_id: int, name: str, least: float) -> list[Likeness]:
    """Of the brand's own companies, and of the list of its own customers those that share most of what it is called."""
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
    houses = session.scalars(select(LegalEntity.name).order_by(LegalEntity.id))
    return [
        Likeness("soft.direct", None, said[1], known)
        for known in [*houses, *session.scalars(wanted.limit(MOST_COMPARED))]
        if (said := near(name, known, least))
    ]


def _let_go(session: Session, given: Reported, least: float, today: date) -> list[Likeness]:
    """What the distributor may not report again yet, and now perhaps does under another name."""
    resting = select(Registration.id, Registration.name, Registration.phone).where(
        Registration.distributor_id == given.distributor_id,
        Registration.product_line_id == given.product_line_id,
        Registration.rests_until >= today,
    )
    rows = session.execute(resting.order_by(Registration.id.desc()).limit(MOST_COMPARED))
    return [
        Likeness("soft.rest", key, matching.similarity(given.name, known))
        for key, known, called in rows
        if near(given.name, known, least) or (given.phone and called == given.phone)
    ]


def _distributors(session: Session, given: Reported, least: float) -> list[Likeness]:
    """Other distributors that the brand does business with, by code or by name; who deals with nobody is a customer."""
    core = matching.parsed(matching.company_of(given.name)).core
    is_same = [Distributor.search_text.contains(text.folded(core), autoescape=True)] if core else []
    if given.credit_code:
        is_same.append(Distributor.credit_code == given.credit_code)
    wanted = select(Distributor.name, Distributor.credit_code).where(
        or_(*is_same), Distributor.id != given.distributor_id, Distributor.status != "ended"
    )
    if not is_same:
        return []
    rows = session.execute(wanted.order_by(Distributor.id).limit(MOST_COMPARED))
    return [
        Likeness("soft.distributor", None, matching.similarity(given.name, known), known)
        for known, code in rows
        if (code is not None and code == given.credit_code) or near(given.name, known, least)
    ]


def is_self(session: Session, distributor_id: int, name_key: str, credit_code: str | None) -> bool:
    """Whether a distributor reports itself, by its code or its name."""
    own = session.execute(
        select(Distributor.name, Distributor.credit_code).where(Distributor.id == distributor_id)
    ).one()
    is_code = credit_code is not None and own.credit_code == credit_code
    return is_code or matching.key_of(own.name) == name_key


def refuse_self(session: Session, distributor_id: int, name_key: str, credit_code: str | None) -> None:
    """A company is not its own customer."""
    if is_self(session, distributor_id, name_key, credit_code):
        raise Refused("registration.own_company", field="name")


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
