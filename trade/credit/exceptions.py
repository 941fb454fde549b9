"""Over-limit approvals: bounded, and for one order."""

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.credit.models import CreditException
from trade.money import ZERO


def allow(
    session: Session, actor: Actor, account_id: int, order_id: int, amount: Decimal, reason: str
) -> None:
    """Let one order go so far beyond an account's limit."""
    session.add(
        CreditException(
            account_id=account_id, order_id=order_id, amount=amount, reason=reason, person_id=actor.person_id
        )
    )
    session.flush()


def allowed(session: Session, order_id: int) -> Decimal:
    """How far an order may go beyond the limit by what was approved so far."""
    living = (CreditException.order_id == order_id, CreditException.ended_at.is_(None))
    return session.scalar(select(func.max(CreditException.amount)).where(*living)) or ZERO


def end(session: Session, order_ids: Collection[int]) -> None:
    """What was approved for orders that are settled or given up is over."""
    if not order_ids:
        return
    living = (CreditException.order_id.in_(order_ids), CreditException.ended_at.is_(None))
    ended = update(CreditException).where(*living).values(ended_at=clock.now())
    session.execute(ended.execution_options(synchronize_session=False))
