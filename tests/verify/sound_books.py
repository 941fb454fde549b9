"""The books of the small world: an account in a group, its entries, open items and a payment."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from trade.books.models import Application, LedgerEntry, OpenItem
from trade.credit.models import CreditAccount, CreditDecision, CreditLimit
from trade.receivables.models import Payment
from trade.statements.models import (
    DisputeRemark,
    Statement,
    StatementDispute,
    StatementEvent,
    StatementLine,
)

DAY, NOW = date(2026, 11, 21), datetime(2026, 11, 21, 4, tzinfo=UTC)
PENDING, SHIPPED = 1, 2


def money(amount: str) -> Decimal:
    return Decimal(amount)


def credit() -> list[Any]:
    return [*_accounts(), *_entries(), *_items(), *_decisions()]


def _entries() -> list[Any]:
    """What was promised, shipped, given back and paid."""
    entries = [
        ("hold", "hold", "commitment", "88.00", "order-1-v3", "order", PENDING, PENDING),
        ("hold", "hold", "commitment", "100.00", "order-2-v2", "order", SHIPPED, SHIPPED),
        ("shipment", "commitment", "hold", "40.00", "order-2-v3", "shipment", 1, SHIPPED),
        ("shipment", "unbilled", "sales", "40.00", "order-2-v3", "shipment", 1, SHIPPED),
        ("release", "commitment", "hold", "10.00", "order-2-v5", "order", SHIPPED, SHIPPED),
        ("payment", "bank", "prepayment", "30.00", "payment-1", "payment", 1, None),
        ("application", "prepayment", "unbilled", "30.00", "application-1", "payment", 1, None),
    ]
    return [
        *(
            LedgerEntry(
                id=number,
                account_id=1,
                kind=kind,
                debit=debit,
                credit=credit,
                amount=money(amount),
                source=source,
                line_no=2 if debit == "unbilled" else 1,
                subject=subject,
                subject_id=subject_id,
                order_id=order,
                day=DAY,
                booked_on=DAY,
                at=NOW,
            )
            for number, (kind, debit, credit, amount, source, subject, subject_id, order) in enumerate(
                entries, 1
            )
        ),
        LedgerEntry(
            id=101,
            account_id=1,
            kind="credit_note",
            debit="returns",
            credit="credit_note",
            amount=money("10.00"),
            source="return-1-v3",
            line_no=1,
            subject="return",
            subject_id=1,
            order_id=SHIPPED,
            day=DAY,
            booked_on=DAY,
            at=NOW,
        ),
    ]


def _accounts() -> list[Any]:
    limit: dict[str, Any] = {"account_id": 1, "valid_from": date(2020, 1, 1), "reason": "test"}
    kept = {"hold": money("138.00"), "billed": money("10.00"), "credit_note": money("-10.00")}
    common: dict[str, Any] = {"legal_entity_id": 1, "currency": "CNY", "as_of": DAY, "used": money("138.00")}
    return [
        CreditAccount(id=2, credit_group_id=1, **kept, **common),
        CreditAccount(id=3, head_id=1, **kept, **common),
        CreditAccount(
            id=1,
            distributor_id=1,
            group_account_id=2,
            family_account_id=3,
            effective_limit=money("1200.00"),
            **kept,
            **common,
        ),
        CreditLimit(id=1, kind="base", amount=money("1000.00"), **limit),
        CreditLimit(id=2, kind="temporary", amount=money("200.00"), **limit),
        CreditLimit(id=3, kind="temporary", amount=money("900.00"), valid_to=DAY, **limit),
    ]


def _items() -> list[Any]:
    item: dict[str, Any] = {"account_id": 1, "day": DAY}
    return [
        OpenItem(
            id=1,
            kind="shipment",
            subject_id=1,
            number="DN-1",
            is_debt=True,
            due_on=DAY,
            amount=money("40.00"),
            billed=money("40.00"),
            applied=money("30.00"),
            order_id=SHIPPED,
            **item,
        ),
        OpenItem(
            id=2,
            kind="payment",
            subject_id=1,
            number="PY-1",
            is_debt=False,
            amount=money("30.00"),
            applied=money("30.00"),
            **item,
        ),
        OpenItem(
            id=3,
            kind="return",
            subject_id=1,
            number="RT-1",
            is_debt=False,
            amount=money("10.00"),
            billed=money("10.00"),
            **item,
        ),
        Application(id=1, debt_id=1, money_id=2, amount=money("30.00")),
    ]


def _decisions() -> list[Any]:
    decisions = [("0.00", "100.00", SHIPPED), ("100.00", "88.00", PENDING)]
    payment: dict[str, Any] = {"distributor_id": 1, "legal_entity_id": 1, "paid_on": DAY, "currency": "CNY"}
    return [
        *(
            CreditDecision(
                id=number,
                account_id=1,
                order_id=order,
                outcome="taken",
                amount=money(amount),
                used=money(used),
                effective_limit=money("1200.00"),
                facts={},
            )
            for number, (used, amount, order) in enumerate(decisions, start=1)
        ),
        Payment(id=1, number="PY-1", amount=money("30.00"), reference="bank-1", origin="bank", **payment),
    ]


def statements() -> list[Any]:
    """November: shipped 40.00, paid 30.00, credited 10.00 of it; the payment is disputed."""
    return [
        Statement(
            id=1,
            number="ST-1",
            account_id=1,
            distributor_id=1,
            legal_entity_id=1,
            currency="CNY",
            first_day=date(2026, 11, 1),
            last_day=date(2026, 11, 30),
            through_id=101,
            opening=money("0.00"),
            increase=money("40.00"),
            decrease=money("40.00"),
            closing=money("0.00"),
            sums={},
            parts={},
            ageing={},
            lines=3,
            state="disputed",
            version=2,
            confirm_by=DAY,
        ),
        _line(1, 4, "shipment", "40.00", "0.00", "40.00"),
        _line(2, 6, "payment", "0.00", "30.00", "10.00"),
        _line(3, 101, "return", "0.00", "10.00", "0.00"),
        *(
            StatementEvent(
                id=at, statement_id=1, version=at, action=action, state=state, origin="test", at=NOW
            )
            for at, (action, state) in enumerate((("issue", "issued"), ("dispute", "disputed")), 1)
        ),
        StatementDispute(id=1, statement_id=1, line_id=2, reason="foreign"),
        DisputeRemark(id=1, dispute_id=1, side="portal", text="不是我们的款"),
    ]


def _line(number: int, entry_id: int, kind: str, increase: str, decrease: str, running: str) -> StatementLine:
    return StatementLine(
        id=number,
        line_no=number,
        statement_id=1,
        entry_id=entry_id,
        is_memo=False,
        day=DAY,
        booked_on=DAY,
        kind=kind,
        subject=kind,
        subject_id=1,
        number=f"{kind}-1",
        words="",
        increase=money(increase),
        decrease=money(decrease),
        memo=money("0.00"),
        running=money(running),
    )
