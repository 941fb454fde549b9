"""Documents that time alone has made due; a key names the state in which each was found."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.amendments import desk as amendments
from trade.applications import contracts
from trade.applications import queries as applications
from trade.approvals import succession
from trade.approvals.models import ApprovalRequest
from trade.books.models import LedgerEntry, LedgerSeal
from trade.books.seals import MARGIN
from trade.credit import requests
from trade.credit.models import CreditAccount
from trade.inventory.models import Stock
from trade.jobs.schedule import Work
from trade.orders.models import OWN, Order
from trade.receivables import reminders
from trade.returns import signing

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


def undecided_amendments(session: Session, now: datetime) -> list[Work]:
    """Changes of orders that nobody decided in time: the orders stay as they are."""
    return [
        Work(
            "amendment.expire",
            f"amendment.expire-{amendment_id}-v{version}",
            {"amendment_id": amendment_id, "version": version},
        )
        for amendment_id, version in amendments.overdue(session, now, MOST)
    ]


def silent_parcels(session: Session, now: datetime) -> list[Work]:
    """Parcels that nobody has signed for within the days: taken as received."""
    day = clock.business_date(now)
    due = signing.due_by(session, day, _receipt_days(session), MOST)
    return [
        Work(
            "shipment.receive",
            f"shipment.receive-{each.shipment.id}-{day}",
            {"shipment_id": each.shipment.id},
        )
        for each in due
    ]


def nearly_silent_parcels(session: Session, now: datetime) -> list[Work]:
    """Parcels whose days are over soon: the distributor is told once, while there is time to report."""
    day = clock.business_date(now)
    near = signing.due_by(session, day + signing.REMIND_BEFORE, _receipt_days(session), MOST)
    return [
        Work(
            "shipment.remind",
            f"shipment.remind-{each.shipment.id}-{each.day}",
            {"shipment_id": each.shipment.id},
        )
        for each in near
        if each.day > day
    ]


def _receipt_days(session: Session) -> int:
    return int(settings.load(session, "order.auto_receipt_days")["order.auto_receipt_days"])


def unanswered_approvals(session: Session, now: datetime) -> list[Work]:
    """Requests that the people asked so far left lying, or that wait for somebody who is away from today on."""
    day = clock.business_date(now)
    left = [
        Work(
            "approval.escalate",
            f"approval.escalate-{request_id}-{day}",
            {"request_id": request_id, "version": version},
        )
        for request_id, version in succession.left_today(session, day)
    ]
    late = (
        select(ApprovalRequest.id, ApprovalRequest.level, ApprovalRequest.version)
        .where(ApprovalRequest.state == "open", ApprovalRequest.escalate_at <= now)
        .order_by(ApprovalRequest.id)
        .limit(MOST)
    )
    return left + [
        Work(
            "approval.escalate",
            f"approval.escalate-{request_id}-l{level}-v{version}",
            {"request_id": request_id, "version": version},
        )
        for request_id, level, version in session.execute(late)
    ]


def lying_approvals(session: Session, now: datetime) -> list[Work]:
    """Requests whose policy wants those who are asked to be reminded."""
    late = (
        select(ApprovalRequest.id, ApprovalRequest.version)
        .where(ApprovalRequest.state == "open", ApprovalRequest.remind_at <= now)
        .order_by(ApprovalRequest.id)
        .limit(MOST)
    )
    return [
        Work("approval.remind", f"approval.remind-{request_id}-v{version}", {"request_id": request_id})
        for request_id, version in session.execute(late)
    ]


def held_orders(session: Session, now: datetime) -> list[Work]:
    """Distributors with held orders, tested again every hour, the oldest first: goods arrive, limits begin and end."""
    oldest = (
        select(func.min(Order.id))
        .where(Order.approval_state == "held", Order.source == OWN)
        .group_by(Order.distributor_id)
    )
    cause = f"hour-{now:%Y%m%d%H}"
    return [
        Work("order.retest", f"order.retest-{order_id}-{cause}", {"order_id": order_id, "cause": cause})
        for order_id in sorted(session.scalars(oldest))
    ]


def stale_accounts(session: Session, now: datetime) -> list[Work]:
    """Credit accounts whose limit was last worked out for an earlier day."""
    day = clock.business_date(now)
    stale = select(CreditAccount.id).where(CreditAccount.as_of < day).order_by(CreditAccount.id)
    return [
        Work("credit.roll", f"credit.roll-{account_id}-{day}", {"account_id": account_id})
        for account_id in session.scalars(stale)
    ]


def undecided_limits(session: Session, now: datetime) -> list[Work]:
    """Requests for a temporary limit that nobody decided in time."""
    return [
        Work(
            "limit_request.expire",
            f"limit_request.expire-{request_id}-v{version}",
            {"request_id": request_id, "version": version},
        )
        for request_id, version in requests.overdue(session, now, MOST)
    ]


def idle_applications(session: Session, now: datetime) -> list[Work]:
    """Drafts, and applications to be corrected, that nobody touched until their day."""
    return [
        Work(
            "application.expire",
            f"application.expire-{application_id}-v{version}",
            {"application_id": application_id, "version": version},
        )
        for application_id, version in applications.overdue(session, now, MOST)
    ]


def beginning_contracts(session: Session, now: datetime) -> list[Work]:
    """Contracts that begin, of distributors who could not order before."""
    day = clock.business_date(now)
    return [
        Work("contract.open", f"contract.open-{key}-{day}", {"contract_id": key})
        for key in contracts.beginning(session, day, MOST)
    ]


def ending_contracts(session: Session, now: datetime) -> list[Work]:
    """Contracts that end soon, of which nobody was told."""
    ahead = int(settings.load(session, "contract.warn_days")["contract.warn_days"])
    found = contracts.ending(session, clock.business_date(now), ahead, MOST)
    return [Work("contract.warn", f"contract.warn-{key}", {"contract_id": key}) for key in found]


def debts_to_tell(session: Session, now: datetime) -> list[Work]:
    """Accounts with debts that are due soon, or were due, so that their distributors are told."""
    day = clock.business_date(now)
    ahead = int(settings.load(session, "credit.remind_days")["credit.remind_days"])
    return [
        Work("debts.remind", f"debts.remind-{key}-{day}", {"account_id": key, "day": day.isoformat()})
        for key in reminders.accounts(session, day, ahead)
    ]


def unsealed_entries(session: Session, now: datetime) -> list[Work]:
    """The books, where something old enough is not sealed yet; one seal takes so many entries at most."""
    sealed = select(func.coalesce(func.max(LedgerSeal.last_id), 0)).scalar_subquery()
    ripe = select(LedgerEntry.id).where(LedgerEntry.id > sealed, LedgerEntry.at <= now - MARGIN)
    if session.scalar(ripe.order_by(LedgerEntry.id).limit(1)) is None:
        return []
    return [Work("ledger.seal", f"ledger.seal-{now:%Y%m%d%H%M}", {})]


def low_stock(session: Session, now: datetime) -> list[Work]:
    """Warehouses where goods fell below their level, or recovered, since somebody was told."""
    is_low = Stock.on_hand - Stock.reserved < Stock.low_at
    news = or_(is_low & Stock.told_low_at.is_(None), ~is_low & Stock.told_low_at.is_not(None))
    houses = select(Stock.warehouse_id).where(Stock.low_at.is_not(None), news).distinct()
    return [
        Work("stock.tell_low", f"stock.tell_low-{house}-{now.timestamp()}", {"warehouse_id": house})
        for house in session.scalars(houses.order_by(Stock.warehouse_id))
    ]


def cleaning(kind: str, *, days: int) -> Callable[[Session, datetime], list[Work]]:
    """One kind's cleaning, once a day: what is over for so many days goes."""
    return lambda session, now: [Work(kind, f"{kind}-{clock.business_date(now)}", {"days": days})]
