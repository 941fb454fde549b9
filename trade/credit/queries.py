"""What a distributor owes and may still order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.credit.models import PARTS, CreditAccount, CreditEntry, CreditLimit
from trade.distributors.queries import within
from trade.kept import kept
from trade.money import ZERO


@dataclass(frozen=True)
class Standing:
    """An account as it stands today, in its currency."""

    account_id: int
    distributor_id: int
    currency: str
    effective_limit: Decimal
    used: Decimal
    blocked_reason: str | None

    @property
    def available(self) -> Decimal:
        return self.effective_limit - self.used


@dataclass(frozen=True)
class OpenDocument:
    """A document that makes up one part of the exposure."""

    order_id: int
    amount: Decimal


def standing_of(session: Session, actor: Actor, distributor_id: int, today: date) -> Standing | None:
    """The account of a distributor within scope as of today, or None where it has none; one statement."""
    row = session.execute(*_standing(actor, distributor_id, today)).one_or_none()
    if row is None:
        return None
    account, limit = row
    return Standing(
        account_id=account.id,
        distributor_id=distributor_id,
        currency=account.currency,
        effective_limit=limit,
        used=account.used,
        blocked_reason=account.blocked_reason,
    )


@kept
def _standing(actor: Actor, distributor_id: int, today: date) -> Select[CreditAccount, Decimal]:
    limits = (
        select(func.coalesce(func.sum(CreditLimit.amount), 0))
        .where(CreditLimit.account_id == CreditAccount.id, _valid(today))
        .scalar_subquery()
    )
    return (
        select(
            CreditAccount,
            case((CreditAccount.as_of == today, CreditAccount.effective_limit), else_=limits).label("limit"),
        )
        .where(CreditAccount.distributor_id == distributor_id, within(actor, CreditAccount.distributor_id))
        .order_by(CreditAccount.legal_entity_id)
        .limit(1)
    )


def parts_of(session: Session, account_id: int) -> dict[str, Decimal]:
    """The exposure by part: order, shipped, payment (negative); together they are `used`."""
    sums = (
        select(CreditEntry.part, func.sum(CreditEntry.amount))
        .where(CreditEntry.account_id == account_id)
        .group_by(CreditEntry.part)
    )
    return dict.fromkeys(PARTS, ZERO) | {part: amount for part, amount in session.execute(sums)}


def limits_of(session: Session, account_id: int) -> Sequence[CreditLimit]:
    """Every limit of the account, the latest first."""
    wanted = select(CreditLimit).where(CreditLimit.account_id == account_id)
    return session.scalars(wanted.order_by(CreditLimit.valid_from.desc(), CreditLimit.id.desc())).all()


def open_documents(session: Session, account_id: int, part: str) -> list[OpenDocument]:
    """The orders that make up one part of the exposure; together they are its sum."""
    total = func.sum(CreditEntry.amount)
    wanted = (
        select(CreditEntry.order_id, total)
        .where(CreditEntry.account_id == account_id, CreditEntry.part == part)
        .group_by(CreditEntry.order_id)
        .having(total != ZERO)
        .order_by(CreditEntry.order_id)
    )
    return [OpenDocument(order_id, amount) for order_id, amount in session.execute(wanted) if order_id]


def _valid(today: date) -> ColumnElement[bool]:
    return and_(
        CreditLimit.valid_from <= today, or_(CreditLimit.valid_to.is_(None), CreditLimit.valid_to > today)
    )
