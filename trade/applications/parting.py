"""What must be settled before the business with a distributor can end, each with where it is settled."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, literal, or_, select, union_all
from sqlalchemy.orm import Session

from trade import clock
from trade.amendments.models import Amendment
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount, LimitRequest
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day
from trade.fulfilment.models import Shipment
from trade.money import ZERO
from trade.orders.models import OWN, Order
from trade.receivables.models import PaymentProof
from trade.returns.models import ReturnRequest
from trade.returns.states import OPEN
from trade.statements.models import Statement, StatementDispute

MOST = 50


@dataclass(frozen=True)
class Left:
    """One open thing: its kind, the document's id and what it is called, and what of money is in it."""

    kind: str  # order, shipment, return, debt, money, amendment, limit_request, proof, dispute, child
    row_id: int
    number: str
    amount: Decimal = ZERO
    currency: str = ""


def open_at(session: Session, distributor_id: int) -> list[Left]:
    """Everything that is open at a distributor whom the caller has loaded, at most fifty of a kind."""
    return [
        *_orders(session, distributor_id),
        *_money(session, distributor_id),
        *_words(session, distributor_id),
    ]


def _orders(session: Session, distributor_id: int) -> list[Left]:
    own = and_(Order.distributor_id == distributor_id, Order.source == OWN)
    waits = or_(
        Order.approval_state.in_(("held", "pending", "returned")),
        and_(Order.approval_state == "approved", Order.fulfilment != "complete"),
    )
    orders = select(Order).where(own, waits).order_by(Order.id).limit(MOST)
    found = [
        Left("order", each.id, each.number or str(each.id), each.gross, each.currency)
        for each in session.scalars(orders)
    ]
    sent = (
        select(Shipment, Order.id)
        .join(Order, Order.id == Shipment.order_id)
        .where(own, Shipment.state == "shipped", Shipment.source == OWN)
    )
    rows = session.execute(sent.order_by(Shipment.id).limit(MOST))
    found += [Left("shipment", order_id, shipment.number) for shipment, order_id in rows]
    back = select(ReturnRequest).where(
        ReturnRequest.distributor_id == distributor_id, ReturnRequest.state.in_(OPEN)
    )
    found += [
        Left("return", each.id, each.number)
        for each in session.scalars(back.order_by(ReturnRequest.id).limit(MOST))
    ]
    return found


def _money(session: Session, distributor_id: int) -> list[Left]:
    """Debts that are not paid, and money of theirs that is not applied: both have an owner."""
    items = (
        select(OpenItem, CreditAccount.currency)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .where(
            CreditAccount.distributor_id == distributor_id,
            OpenItem.applied < OpenItem.amount,
            OpenItem.voided_at.is_(None),
        )
    )
    rows = session.execute(items.order_by(OpenItem.is_debt.desc(), OpenItem.id).limit(MOST))
    return [
        Left(
            "debt" if item.is_debt else "money",
            distributor_id,
            item.number,
            item.amount - item.applied,
            currency,
        )
        for item, currency in rows
    ]


def _words(session: Session, distributor_id: int) -> list[Left]:
    """What somebody still has to answer, and whoever still stands below it."""
    below = select(Standing.distributor_id).where(Standing.parent_id == distributor_id, on_day(clock.today()))
    wanted: dict[str, Any] = {
        "amendment": select(Order.id, Order.number)
        .join(Amendment, Amendment.order_id == Order.id)
        .where(Order.distributor_id == distributor_id, Amendment.state == "pending"),
        "limit_request": select(LimitRequest.id, LimitRequest.reason).where(
            LimitRequest.distributor_id == distributor_id, LimitRequest.state == "open"
        ),
        "proof": select(PaymentProof.id, PaymentProof.reference).where(
            PaymentProof.distributor_id == distributor_id, PaymentProof.state == "submitted"
        ),
        "dispute": select(Statement.id, Statement.number)
        .join(StatementDispute, StatementDispute.statement_id == Statement.id)
        .where(Statement.distributor_id == distributor_id, StatementDispute.state.in_(("open", "answered"))),
        "child": select(Distributor.id, Distributor.name).where(
            Distributor.id.in_(below), Distributor.status != "ended"
        ),
    }
    whole = union_all(*(query.add_columns(literal(kind)) for kind, query in wanted.items()))
    rows = session.execute(whole.limit(MOST))
    return [Left(kind, key, name or str(key)) for key, name, kind in rows]
