"""Documents that time alone has made due; a key names the state in which each was found."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.approvals.models import ApprovalRequest
from trade.credit.models import CreditAccount
from trade.jobs.schedule import Work
from trade.orders.models import OWN, Order

MOST = 500  # per round; the rest is found by the next


def undecided_orders(session: Session, now: datetime) -> list[Work]:
    """Pending orders that nobody decided in time: their credit and stock go back."""
    late = (
        select(Order.id, Order.version)
        .where(Order.approval_state == "pending", Order.decide_by <= now, Order.source == OWN)
        .order_by(Order.id)
        .limit(MOST)
    )
    return [
        Work(
            "order.expire", f"order.expire-{order_id}-v{version}", {"order_id": order_id, "version": version}
        )
        for order_id, version in session.execute(late)
    ]


def unanswered_approvals(session: Session, now: datetime) -> list[Work]:
    """Requests that the people asked so far left lying: the next approver is to see them too."""
    late = (
        select(ApprovalRequest.id, ApprovalRequest.level, ApprovalRequest.version)
        .where(ApprovalRequest.state == "open", ApprovalRequest.escalate_at <= now)
        .order_by(ApprovalRequest.id)
        .limit(MOST)
    )
    return [
        Work(
            "approval.escalate",
            f"approval.escalate-{request_id}-l{level}-v{version}",
            {"request_id": request_id, "version": version},
        )
        for request_id, level, version in session.execute(late)
    ]


def held_orders(session: Session, now: datetime) -> list[Work]:
    """Held orders, tested again every hour: goods arrive, and limits begin and end by date."""
    held = (
        select(Order.id, Order.version)
        .where(Order.approval_state == "held", Order.source == OWN)
        .order_by(Order.id)
    )
    return [
        Work(
            "order.retest",
            f"order.retest-{order_id}-v{version}-{now:%Y%m%d%H}",
            {"order_id": order_id, "version": version},
        )
        for order_id, version in session.execute(held)
    ]


def stale_accounts(session: Session, now: datetime) -> list[Work]:
    """Credit accounts whose limit was last worked out for an earlier day."""
    day = clock.business_date(now)
    stale = select(CreditAccount.id).where(CreditAccount.as_of < day).order_by(CreditAccount.id)
    return [
        Work("credit.roll", f"credit.roll-{account_id}-{day}", {"account_id": account_id})
        for account_id in session.scalars(stale)
    ]


def old_jobs(session: Session, now: datetime) -> list[Work]:
    """The queue's own cleaning, once a day."""
    return [Work("jobs.tidy", f"jobs.tidy-{clock.business_date(now)}", {"days": 30})]
