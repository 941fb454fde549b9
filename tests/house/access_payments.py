"""Payments of both distributors: one that is applied, one of which something is left."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, db
from trade.actor import Actor
from trade.books.models import Application, OpenItem
from trade.distributors.models import Distributor
from trade.flows.record_payment import Receipt, record_payment
from trade.receivables.models import Payment


def plant(finance: Actor, distributors: dict[str, int]) -> None:
    """Money that waits until somebody says where it goes."""
    for code, distributor_id in distributors.items():
        waits = Receipt(distributor_id, clock.today(), Decimal(50), f"WAITS-{code}", is_applied=False)
        db.run(record_payment, finance, waits)


def objects(session: Session) -> dict[str, int]:
    """Ids by name: D1.payment with its D1.application, D1.waiting, and a debt: D1.debt."""
    found: dict[str, int] = {}
    rows = select(Payment, Distributor.code).join(Distributor, Distributor.id == Payment.distributor_id)
    for payment, code in session.execute(rows):
        is_waiting = payment.reference.startswith("WAITS")
        found[f"{code}.waiting" if is_waiting else f"{code}.payment"] = payment.id
    used = select(Application.id, Application.debt_id, OpenItem.subject_id).join(
        OpenItem, OpenItem.id == Application.money_id
    )
    for application_id, debt_id, payment_id in session.execute(used):
        for code in "D1", "D2":
            if found.get(f"{code}.payment") == payment_id:
                found |= {f"{code}.application": application_id, f"{code}.debt": debt_id}
    return found


def fields(known: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What is sent in the forms about a payment."""
    page = "POST /admin/payments/<id:payment_id>"
    back = {"left": "50.00", "refunded_on": clock.today().isoformat(), "amount": "20", "reference": "OUT-1"}
    return {
        f"{page}/applications": {"left": "50.00", f"amount_{known['D1.debt']}": "5"},
        f"{page}/voiding": {"reason": "记错了"},
        f"{page}/refunds": back,
    }
