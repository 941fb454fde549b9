"""What lines are held against, loaded in a few statements for any number of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.banking import matching
from trade.banking.matching import Company, Debt, Known
from trade.banking.models import BankLine
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor
from trade.orders.models import Order
from trade.receivables.items import IS_OPEN
from trade.receivables.models import Payment

RECENT = timedelta(days=400)  # orders that a remark may still name, payers that are remembered
DOUBLE = timedelta(days=60)  # payments that a line may tell of a second time


def load(session: Session, legal_entity_id: int, currency: str) -> Known:
    """Everything about distributors with an account of this legal entity in this currency."""
    accounts = (CreditAccount.legal_entity_id == legal_entity_id, CreditAccount.currency == currency)
    rows = session.execute(
        select(
            Distributor.id,
            Distributor.name,
            Distributor.invoice_title,
            Distributor.bank_account,
            Distributor.legal_representative,
        )
        .join(CreditAccount, CreditAccount.distributor_id == Distributor.id)
        .where(*accounts, Distributor.archived_at.is_(None))
    )
    companies = [
        Company(key, [each for each in dict.fromkeys((name, title)) if each], account or "", person or "")
        for key, name, title, account, person in rows
    ]
    day = clock.today()
    return matching.known(
        companies,
        debts(session, legal_entity_id, currency),
        _orders(session, day - RECENT),
        _remembered(session),
        _recorded(session, day - DOUBLE),
    )


def debts(
    session: Session, legal_entity_id: int, currency: str, distributor_ids: Collection[int] = ()
) -> Mapping[int, Sequence[Debt]]:
    """The open debts by distributor, the first due first."""
    wanted = (
        select(CreditAccount.distributor_id, OpenItem, Order.number)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .outerjoin(Order, Order.id == OpenItem.order_id)
        .where(
            CreditAccount.legal_entity_id == legal_entity_id,
            CreditAccount.currency == currency,
            OpenItem.is_debt,
            *IS_OPEN,
        )
        .order_by(OpenItem.due_on, OpenItem.day, OpenItem.id)
    )
    if distributor_ids:
        wanted = wanted.where(CreditAccount.distributor_id.in_(distributor_ids))
    found: dict[int, list[Debt]] = defaultdict(list)
    for distributor_id, item, order_number in session.execute(wanted):
        found[distributor_id or 0].append(
            Debt(item.id, item.number, item.amount - item.applied, order_number)
        )
    return found


def payer_of(line: BankLine) -> matching.Payer:
    return matching.Payer(
        line.payer_name, line.payer_account, line.payer_key, line.reference, line.amount, line.day
    )


def _orders(session: Session, since: date) -> dict[str, int]:
    """Numbers of recent orders, also of those that are paid: they tell who pays."""
    wanted = select(Order.number, Order.distributor_id).where(
        Order.number.is_not(None), Order.order_date >= since
    )
    return {number: distributor_id for number, distributor_id in session.execute(wanted) if number}


def _remembered(session: Session) -> dict[str, int]:
    """For whom a payer's lines were booked before, the last one counts."""
    wanted = (
        select(BankLine.payer_key, Payment.distributor_id)
        .join(Payment, Payment.id == BankLine.payment_id)
        .where(BankLine.payer_key != "", BankLine.day >= clock.today() - RECENT)
        .order_by(BankLine.decided_at, BankLine.id)
    )
    return {key: distributor_id for key, distributor_id in session.execute(wanted)}


def _recorded(session: Session, since: date) -> dict[tuple[int, Decimal], list[tuple[date, str]]]:
    """Payments that no line of a bank stands for: one that comes now may be the same money."""
    wanted = (
        select(Payment.distributor_id, Payment.amount, Payment.paid_on, Payment.number)
        .outerjoin(BankLine, BankLine.payment_id == Payment.id)
        .where(Payment.voided_at.is_(None), Payment.paid_on >= since, BankLine.id.is_(None))
    )
    found: dict[tuple[int, Decimal], list[tuple[date, str]]] = defaultdict(list)
    for distributor_id, amount, day, number in session.execute(wanted):
        found[distributor_id, amount].append((day, number))
    return found
