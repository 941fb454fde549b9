"""What stands on a quotation: the distributor's own name and prices, and nothing of the brand's."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.distributors.models import Contact, Distributor
from trade.errors import Refused
from trade.opportunities import queries
from trade.opportunities.models import Quotation, QuotationLine
from trade.people.models import Person


@dataclass(frozen=True)
class Letterhead:
    """Who offers; the head of the paper."""

    name: str
    address: str
    phone: str
    credit_code: str | None


@dataclass(frozen=True)
class QuotationPaper:
    """An offer as it is stamped and sent to the customer."""

    company: Letterhead
    quotation: Quotation
    lines: Sequence[QuotationLine]
    person_name: str


def quotation_paper(session: Session, actor: Actor, opportunity_id: int, quotation_id: int) -> QuotationPaper:
    """Load a quotation for its paper, through the scope of its opportunity."""
    opportunity = queries.get_for(session, actor, opportunity_id)
    quotation = queries.get_quotation(session, opportunity, quotation_id)
    company = session.scalar(select(Distributor).where(Distributor.id == opportunity.distributor_id))
    if company is None:
        raise Refused("opportunity.not_found")
    phone = session.scalar(
        select(Contact.phone)
        .where(Contact.distributor_id == company.id, Contact.archived_at.is_(None))
        .order_by(Contact.id)
        .limit(1)
    )
    person = session.scalar(select(Person.name).where(Person.id == quotation.person_id))
    head = Letterhead(company.name, "", phone or "", company.credit_code)
    return QuotationPaper(head, quotation, queries.lines_of(session, quotation.id), person or "")
