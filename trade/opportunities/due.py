"""Which opportunities the clock, an order or the end of a registration has made due; found by index."""

from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from trade.opportunities.models import Opportunity, Quotation, QuotationOrder
from trade.opportunities.queries import has_its_goods
from trade.opportunities.rules import Figures
from trade.opportunities.settling import GONE, KEPT
from trade.orders.models import Order
from trade.registrations.models import Registration


def to_settle(session: Session, most: int) -> list[tuple[int, int]]:
    """Id and version of open ones whose registration is over or won, or whose quotation became an approved order.

    And of those that an order won which was cancelled since.
    """
    ordered = (
        select(Order.id)
        .join(QuotationOrder, QuotationOrder.order_id == Order.id)
        .join(Quotation, Quotation.id == QuotationOrder.quotation_id)
        .where(
            Quotation.opportunity_id == Opportunity.id,
            Order.registration_id == Opportunity.registration_id,
            Order.approval_state == "approved",
            has_its_goods(),
        )
        .exists()
    )
    is_open = and_(
        Opportunity.closed_on.is_(None),
        or_(
            Registration.state.in_(GONE),
            and_(Registration.state == "won", Opportunity.opened_on <= Registration.won_on),
            ordered,
        ),
    )
    cancelled = select(Order.id).where(Order.id == Opportunity.order_id, Order.approval_state == "cancelled")
    is_lost_again = and_(Opportunity.stage == "won", Registration.state.in_(KEPT), cancelled.exists())
    wanted = (
        select(Opportunity.id, Opportunity.version)
        .join(Registration, Registration.id == Opportunity.registration_id)
        .where(or_(is_open, is_lost_again))
    )
    rows = session.execute(wanted.order_by(Opportunity.id).limit(most))
    return [(key, version) for key, version in rows]


def to_tell(session: Session, today: date, given: Figures, most: int) -> list[tuple[int, str]]:
    """Id of each whose next step is due, told once for each day that was set; and of what lies still, once a week."""
    quiet = today - timedelta(days=given.stale_days)
    is_planned = Opportunity.next_on >= today
    rows = session.execute(
        select(Opportunity.id, Opportunity.next_on, Opportunity.followed_on)
        .where(
            Opportunity.closed_on.is_(None),
            or_(
                Opportunity.next_on <= today,
                and_(Opportunity.followed_on <= quiet, or_(Opportunity.next_on.is_(None), ~is_planned)),
            ),
        )
        .order_by(Opportunity.id)
        .limit(most)
    )
    return [(key, _cause(next_on, followed_on, today, given)) for key, next_on, followed_on in rows]


def _cause(next_on: date | None, followed_on: date, today: date, given: Figures) -> str:
    """What a reminder is about, told once each: a week after the day of a step that is over, it counts as lying still."""
    still = followed_on + timedelta(days=given.stale_days)
    if next_on is None:
        return f"stale-{followed_on}-{(today - still).days // 7}"
    still = max(still, next_on + timedelta(days=7))
    return f"due-{next_on}" if today < still else f"stale-{followed_on}-{next_on}-{(today - still).days // 7}"
