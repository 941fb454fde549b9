from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import outbox
from trade.notices.registrations import keeps
from trade.opportunities import queries, rules, states


@dataclass(frozen=True)
class SeenOpportunity:
    opportunity_id: int
    version: int


@dataclass(frozen=True)
class Step(SeenOpportunity):
    """To another stage, forward or back."""

    stage: str


@dataclass(frozen=True)
class Facts(SeenOpportunity):
    """What it is about, how much and when, and what is done next."""

    subject: str
    amount: Decimal
    expected_on: date
    next_step: str = ""
    next_on: date | None = None


@dataclass(frozen=True)
class Loss(SeenOpportunity):
    reason: str  # of rules.REASONS
    words: str = ""


def move_opportunity(session: Session, actor: Actor, given: Step) -> None:
    """Put an opportunity into another stage; it is won by an order alone."""
    opportunity, registration = queries.take(session, actor, given.opportunity_id)
    today = clock.today()
    if not keeps(session, actor, registration):
        raise Refused("opportunity.registration_over")
    before = opportunity.stage
    states.move(
        session,
        actor,
        opportunity,
        f"to_{given.stage}",
        given.version,
        facts={"from": before},
        stage_on=today,
        followed_on=max(opportunity.followed_on, today),
    )


def edit_opportunity(session: Session, actor: Actor, given: Facts) -> None:
    """Keep amount, day and next step as they are known by now; what they were stays in the history."""
    opportunity, _registration = queries.take(session, actor, given.opportunity_id)
    today = clock.today()
    if given.expected_on < today and given.expected_on != opportunity.expected_on:
        raise Refused("opportunity.day_past", field="expected_on")
    if given.next_on != opportunity.next_on or given.next_step.strip() != opportunity.next_step:
        rules.check_step(given.next_step, given.next_on, today)
    values = {
        "subject": given.subject.strip(),
        "amount": given.amount,
        "expected_on": given.expected_on,
        "next_step": given.next_step.strip(),
        "next_on": given.next_on,
    }
    facts = {
        name: [str(getattr(opportunity, name) or ""), str(value or "")]
        for name, value in values.items()
        if getattr(opportunity, name) != value
    }
    if facts:
        states.move(session, actor, opportunity, "edit", given.version, facts=facts, **values)


def lose_opportunity(session: Session, actor: Actor, given: Loss) -> None:
    """Give an opportunity up with the reason; the customer stays registered as long as it is protected."""
    opportunity, _registration = queries.take(session, actor, given.opportunity_id)
    if given.reason not in rules.REASONS:
        raise Refused("opportunity.reason_needed", field="reason")
    if given.reason == "other" and not given.words.strip():
        raise Refused("opportunity.words_needed", field="words")
    today = clock.today()
    words = given.words.strip()
    states.move(
        session,
        actor,
        opportunity,
        "lose",
        given.version,
        facts={"reason": given.reason, **({"words": words} if words else {})},
        closed_on=today,
        stage_on=today,
        lost_reason=given.reason,
        lost_words=words,
        next_step="",
        next_on=None,
    )
    outbox.post(
        session,
        "opportunity.lost",
        opportunity_id=opportunity.id,
        registration_id=opportunity.registration_id,
    )
