from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, numbers
from trade.actor import Actor
from trade.db import insert_once
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.notices.registrations import keeps
from trade.opportunities import rules, settling, states
from trade.opportunities.models import Opportunity
from trade.registrations.queries import get_for

PREFIX = "SJ"  # 商机


@dataclass(frozen=True)
class NewOpportunity:
    """What may be sold to a registered customer; `key` names the form that was sent."""

    registration_id: int
    key: str
    subject: str
    amount: Decimal
    expected_on: date
    next_step: str = ""
    next_on: date | None = None


def open_opportunity(session: Session, actor: Actor, given: NewOpportunity) -> int:
    """Begin an opportunity on a customer that is the distributor's own today; answers its id, the same for a second tap."""
    registration = get_for(session, actor, given.registration_id, is_locked=True)
    before = session.scalar(
        select(Opportunity).where(
            Opportunity.distributor_id == registration.distributor_id, Opportunity.form_key == given.key
        )
    )
    if before is not None:
        return _again(before, given)
    today = clock.today()
    if not keeps(session, actor, registration):
        raise Refused("opportunity.registration_over")
    if settling.find_open(session, registration.id) is not None:
        raise Refused("opportunity.open_already")
    if given.expected_on < today:
        raise Refused("opportunity.day_past", field="expected_on")
    rules.check_step(given.next_step, given.next_on, today)
    terms = terms_of(session, registration.distributor_id, today)
    values = {
        "registration_id": registration.id,
        "distributor_id": registration.distributor_id,
        "subject": given.subject.strip(),
        "currency": terms.currency,
        "amount": given.amount,
        "expected_on": given.expected_on,
        "opened_on": today,
        "stage_on": today,
        "followed_on": today,
        "next_step": given.next_step.strip(),
        "next_on": given.next_on,
        "form_key": given.key,
        "person_id": actor.person_id,
        "number": numbers.draw(session, PREFIX, today),
    }
    if not insert_once(session, Opportunity, **values):
        raise Refused("opportunity.open_already")
    opened = settling.find_open(session, registration.id)
    if opened is None:
        raise Refused("opportunity.changed_meanwhile")
    states.enter(session, actor, opened, {"amount": str(given.amount), "expected": str(given.expected_on)})
    return opened.id


def _again(before: Opportunity, given: NewOpportunity) -> int:
    """The same form once more; refused when something else is sent in it, as after going back."""
    known = (before.registration_id, before.subject, before.amount, before.expected_on)
    if known != (given.registration_id, given.subject.strip(), given.amount, given.expected_on):
        raise Refused("opportunity.sent_already", number=before.number)
    return before.id
