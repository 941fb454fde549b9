from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock, numbers
from trade.actor import Actor
from trade.db import insert_many
from trade.distributors.queries import refuse_paused, terms_of
from trade.errors import Refused
from trade.money import rounded
from trade.notices.registrations import keeps
from trade.opportunities import queries, quoting, rules, states
from trade.opportunities.models import Opportunity, Quotation, QuotationLine
from trade.orders.pricing import Priced
from trade.registrations import following
from trade.registrations.following import FollowUp

PREFIX = "BJ"  # 报价


@dataclass(frozen=True)
class Line:
    """Order units of a SKU at what the customer pays for one, with tax."""

    sku_id: int
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class NewQuotation:
    opportunity_id: int
    key: str  # names the form that was sent
    lines: Sequence[Line]
    valid_until: date
    contact_name: str = ""
    note: str = ""


def issue_quotation(session: Session, actor: Actor, given: NewQuotation) -> int:
    """Offer goods to the customer at the distributor's own prices; a change is a further revision. Answers its id.

    It is a follow-up of the customer too, and brings the opportunity to 报价 if it was not so far yet.
    """
    opportunity, registration = queries.take(session, actor, given.opportunity_id)
    before = session.scalar(
        select(Quotation).where(Quotation.opportunity_id == opportunity.id, Quotation.form_key == given.key)
    )
    if before is not None:
        return _again(session, before, given)
    today = clock.today()
    if not keeps(session, actor, registration):
        raise Refused("opportunity.registration_over")
    quoting.check_day(given.valid_until, today)
    terms = terms_of(session, opportunity.distributor_id, today)
    refuse_paused(terms.status)  # nothing is offered that cannot be ordered
    quantities = {line.sku_id: line.quantity for line in given.lines}
    known = quoting.priced(session, terms, registration, quantities, today)
    gross = _check(given.lines, known)
    counted = select(func.count()).select_from(Quotation).where(Quotation.opportunity_id == opportunity.id)
    quotation = Quotation(
        opportunity_id=opportunity.id,
        number=numbers.draw(session, PREFIX, today),
        revision=(session.scalar(counted) or 0) + 1,
        issued_on=today,
        valid_until=given.valid_until,
        customer=registration.name,
        contact_name=given.contact_name.strip(),
        note=given.note.strip(),
        currency=opportunity.currency,
        gross=gross,
        form_key=given.key,
        person_id=actor.person_id,
    )
    session.add(quotation)
    session.flush()
    _write_lines(session, quotation, given.lines, known)
    _tell(session, actor, opportunity, quotation)
    told = FollowUp(registration.id, "quotation", today, f"{quotation.number} · V{quotation.revision}")
    following.follow_up(session, actor, registration, told)
    return quotation.id


def _again(session: Session, before: Quotation, given: NewQuotation) -> int:
    """The same form once more; refused when something else is sent in it, as after going back."""
    rows = session.execute(
        select(QuotationLine.sku_id, QuotationLine.quantity, QuotationLine.price)
        .where(QuotationLine.quotation_id == before.id)
        .order_by(QuotationLine.line_no)
    )
    known = (before.valid_until, before.contact_name, before.note, [tuple(row) for row in rows])
    lines = [(line.sku_id, line.quantity, line.price) for line in given.lines]
    if known != (given.valid_until, given.contact_name.strip(), given.note.strip(), lines):
        number = f"{before.number} V{before.revision}"
        raise Refused("quotation.sent_already", number=number)
    return before.id


def _check(lines: Sequence[Line], known: dict[int, Priced]) -> Decimal:
    if not lines:
        raise Refused("quotation.empty")
    if len(lines) > quoting.MOST_LINES:
        raise Refused("quotation.too_many", most=quoting.MOST_LINES)
    if len({line.sku_id for line in lines}) != len(lines):
        raise Refused("quotation.twice")
    if any(line.sku_id not in known for line in lines):
        raise Refused("quotation.sku_unknown")
    gross = quoting.total([(line.quantity, line.price) for line in lines])
    if gross > quoting.LARGEST:
        raise Refused("quotation.too_large", most=quoting.LARGEST)
    return gross


def _write_lines(
    session: Session, quotation: Quotation, lines: Sequence[Line], known: dict[int, Priced]
) -> None:
    rows = []
    for at, line in enumerate(lines, 1):
        sku = known[line.sku_id].picked.sku
        rows.append(
            {
                "quotation_id": quotation.id,
                "line_no": at,
                "sku_id": sku.id,
                "sku_code": sku.code,
                "sku_name": sku.name,
                "unit": sku.order_unit,
                "quantity": line.quantity,
                "price": line.price,
                "gross": rounded(line.quantity * line.price),
            }
        )
    insert_many(session, QuotationLine, rows)


def _tell(session: Session, actor: Actor, opportunity: Opportunity, quotation: Quotation) -> None:
    is_new = opportunity.stage in {"contact", "need"}
    done = {"next_step": "", "next_on": None} if rules.is_to_quote(opportunity.next_step) else {}
    states.move(
        session,
        actor,
        opportunity,
        "issue",
        opportunity.version,
        facts={"quotation": quotation.number, "revision": quotation.revision},
        stage_on=quotation.issued_on if is_new else opportunity.stage_on,
        followed_on=max(opportunity.followed_on, quotation.issued_on),
        **done,
    )
