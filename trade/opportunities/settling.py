"""What orders and the end of a registration make of its opportunity: won by the one, closed by the other."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.opportunities import rules, states
from trade.opportunities.models import Opportunity, OpportunityEvent, Quotation, QuotationOrder
from trade.opportunities.queries import has_its_goods
from trade.orders.models import Order
from trade.registrations.models import Registration, RegistrationEvent

GONE = (
    "released",
    "expired",
    "rejected",
    "withdrawn",
)  # states of a registration whose customer is another's now

KEPT = ("live", "won")


def find_open(session: Session, registration_id: int, *, is_locked: bool = False) -> Opportunity | None:
    """The one opportunity of a registration that is not closed."""
    wanted = select(Opportunity).where(
        Opportunity.registration_id == registration_id, Opportunity.closed_on.is_(None)
    )
    if is_locked:
        wanted = wanted.with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def follow(session: Session, actor: Actor, registration: Registration) -> Opportunity | None:
    """Let the opportunity follow its locked registration: won by an order, or closed with it; answers it then.

    Whoever moves a registration does this in the same transaction, and a round for what ended on the way.
    """
    opportunity = find_open(session, registration.id, is_locked=True)
    if opportunity is None:
        return _reopen(session, actor, registration)
    if (found := _winning(session, registration, opportunity)) is not None:
        _win(session, actor, opportunity, found)
        return opportunity
    if registration.state in GONE:
        close(session, actor, opportunity, registration.standing, registration.end_reason)
        return opportunity
    return None


def close(session: Session, actor: Actor, opportunity: Opportunity, state: str, reason: str) -> None:
    """Give an opportunity up with its registration, whose standing is told: the customer is nobody's, or another's."""
    today = clock.today()
    states.move(
        session,
        actor,
        opportunity,
        "close",
        opportunity.version,
        facts={"registration": state, **({"reason": reason} if reason else {})},
        closed_on=today,
        stage_on=today,
        lost_reason=rules.HANDED_OVER if state == "handed_over" else rules.ENDED,
        lost_words=reason,
        next_step="",
        next_on=None,
    )


def _before(session: Session, opportunity: Opportunity) -> tuple[str, dict[str, Any]]:
    """The stage and what else stood before the order that won it, to go on with once that is cancelled.

    What was won and cancelled was never won; a win of former days kept its amount alone.
    """
    wanted = select(OpportunityEvent.facts).where(
        OpportunityEvent.opportunity_id == opportunity.id, OpportunityEvent.action == "win"
    )
    facts = session.scalar(wanted.order_by(OpportunityEvent.id.desc()).limit(1)) or {}
    day = facts.get("next_on")
    return facts.get("stage", rules.STAGES[-1]), {
        "amount": Decimal(facts["expected"]) if facts.get("expected") else opportunity.amount,
        "reached": facts.get("reached", 0),
        "next_step": facts.get("next_step", ""),
        "next_on": date.fromisoformat(day) if day else None,
    }


def _win(session: Session, actor: Actor, opportunity: Opportunity, order: Order) -> None:
    """An order wins one opportunity, and an opportunity is won by one order: both are unique.

    What it is worth is what was ordered from then on; what was expected stays in its history.
    """
    day = order.order_date or clock.today()
    amount = order.gross if order.gross > 0 and order.currency == opportunity.currency else opportunity.amount
    states.move(
        session,
        actor,
        opportunity,
        "win",
        opportunity.version,
        facts={
            "order_id": order.id,
            "order": order.number,
            "gross": str(order.gross),
            "expected": str(opportunity.amount),
            "stage": opportunity.stage,
            "reached": opportunity.reached,
            "next_step": opportunity.next_step,
            "next_on": opportunity.next_on.isoformat() if opportunity.next_on else None,
        },
        order_id=order.id,
        amount=amount,
        closed_on=max(day, opportunity.opened_on),
        stage_on=clock.today(),
        next_step="",
        next_on=None,
    )


def _reopen(session: Session, actor: Actor, registration: Registration) -> Opportunity | None:
    """The last opportunity of a customer that is still kept goes on from where it stood, since its order is cancelled."""
    if registration.state not in KEPT:
        return None
    wanted = (
        select(Opportunity, Order.number)
        .join(Order, Order.id == Opportunity.order_id)
        .where(Opportunity.registration_id == registration.id, Order.approval_state == "cancelled")
        .with_for_update(of=Opportunity)
        .execution_options(populate_existing=True)
    )
    found = session.execute(wanted.order_by(Opportunity.id.desc()).limit(1)).one_or_none()
    if found is None:
        return None
    opportunity, number = found
    stage, standing = _before(session, opportunity)
    states.move(
        session,
        actor,
        opportunity,
        f"reopen_{stage}",
        opportunity.version,
        facts={"order": number},
        order_id=None,
        closed_on=None,
        stage_on=clock.today(),
        **standing,
    )
    return opportunity


def _winner(session: Session, registration: Registration) -> int | None:
    """The order that made the customer a won one: of its product line, where others of that day may not be."""
    told = select(RegistrationEvent.facts).where(
        RegistrationEvent.registration_id == registration.id, RegistrationEvent.action == "win"
    )
    facts = session.scalar(told.order_by(RegistrationEvent.version.desc()).limit(1)) or {}
    return facts.get("order_id")


def _winning(session: Session, registration: Registration, opportunity: Opportunity) -> Order | None:
    """The first approved order that was made from one of its quotations; else the one that won its customer.

    A customer that was won before orders again without any opportunity: such an order wins none.
    """
    tied = (
        select(QuotationOrder.order_id)
        .join(Quotation, Quotation.id == QuotationOrder.quotation_id)
        .where(Quotation.opportunity_id == opportunity.id, has_its_goods())
    )
    taken = select(Opportunity.id).where(Opportunity.order_id == Order.id).exists()
    ways: list[ColumnElement[bool]] = [Order.id.in_(tied)]
    if registration.won_on is not None and opportunity.opened_on <= registration.won_on:
        ways.append(Order.id == _winner(session, registration))
    wanted = select(Order).where(
        Order.registration_id == registration.id,
        Order.distributor_id == opportunity.distributor_id,
        Order.approval_state == "approved",
        Order.order_date >= opportunity.opened_on,
        and_(or_(*ways), ~taken),
    )
    return session.scalar(wanted.order_by(Order.id.in_(tied).desc(), Order.order_date, Order.id).limit(1))
