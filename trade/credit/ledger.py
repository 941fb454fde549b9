"""Credit moves by one guarded statement plus append-only entries with a unique source."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from trade.credit.models import CreditAccount, CreditDecision, CreditEntry, CreditLimit
from trade.db import insert_many, insert_once
from trade.errors import Refused
from trade.money import ZERO, rounded


@dataclass(frozen=True)
class Hold:
    """What a document asks of an account: `amount` in its currency, whole 分, > 0 or 0."""

    distributor_id: int
    legal_entity_id: int
    order_id: int
    amount: Decimal
    source: str


@dataclass(frozen=True)
class Answer:
    """How a check ended: taken, over_limit or blocked, with what it was decided on."""

    outcome: str
    amount: Decimal
    used: Decimal  # before
    effective_limit: Decimal
    blocked_reason: str | None

    @property
    def is_taken(self) -> bool:
        return self.outcome == "taken"

    @property
    def facts(self) -> dict[str, str]:
        """The figures as plain text: what is over and what is available."""
        over = self.used + self.amount - self.effective_limit
        return {
            "amount": str(rounded(self.amount)),
            "used": str(rounded(self.used)),
            "limit": str(rounded(self.effective_limit)),
            "available": str(rounded(self.effective_limit - self.used)),
            "over": str(rounded(max(over, ZERO))),
        }


def take(session: Session, hold: Hold, today: date) -> Answer:
    """Take credit for an order if the limit allows it, and write the decision down either way."""
    before = _take(session, hold, today)
    if before is None and _roll_if_stale(session, hold, today):
        before = _take(session, hold, today)
    if before is not None:
        account_id, used, limit, _ = before
        answer = Answer("taken", hold.amount, used, limit, None)
        _enter(session, account_id, hold.order_id, hold.source, {"order": hold.amount})
    else:
        account_id, used, limit, blocked = _account(session, hold.distributor_id, hold.legal_entity_id)
        outcome = "blocked" if blocked else "over_limit"
        answer = Answer(outcome, hold.amount, used, limit, blocked)
    _decide(session, account_id, hold.order_id, answer)
    return answer


def give_back(session: Session, hold: Hold) -> None:
    """Give back what an open order held."""
    if hold.amount == 0:
        return
    account_id = _change(session, hold.distributor_id, hold.legal_entity_id, -hold.amount)
    _enter(session, account_id, hold.order_id, hold.source, {"order": -hold.amount})


def move_to_shipped(session: Session, hold: Hold) -> None:
    """Move exposure from open order to shipped; the sum stays, so the account row is not touched."""
    if hold.amount == 0:
        return
    account_id, *_ = _account(session, hold.distributor_id, hold.legal_entity_id)
    parts = {"order": -hold.amount, "shipped": hold.amount}
    _enter(session, account_id, hold.order_id, hold.source, parts)


def pay(session: Session, distributor_id: int, legal_entity_id: int, amount: Decimal, source: str) -> None:
    """Let a payment lower the exposure; more than is owed is a prepayment."""
    account_id = _change(session, distributor_id, legal_entity_id, -amount)
    _enter(session, account_id, None, source, {"payment": -amount})


def owed(session: Session, distributor_id: int, legal_entity_id: int) -> Decimal:
    """What a payment would settle: what is in use, never below nothing; the account stays locked."""
    used = session.scalar(
        select(CreditAccount.used)
        .where(
            CreditAccount.distributor_id == distributor_id, CreditAccount.legal_entity_id == legal_entity_id
        )
        .with_for_update()
    )
    return max(used or Decimal(0), Decimal(0))


def credit_note(session: Session, note: Hold) -> None:
    """Let goods that came back, or never came, lower the exposure by what was paid for them."""
    account_id = _change(session, note.distributor_id, note.legal_entity_id, -note.amount)
    _enter(session, account_id, note.order_id, note.source, {"credit_note": -note.amount})


def open_account(
    session: Session, distributor_id: int, legal_entity_id: int, currency: str, today: date
) -> int:
    """Make sure that the account exists; answers its id."""
    insert_once(
        session,
        CreditAccount,
        distributor_id=distributor_id,
        legal_entity_id=legal_entity_id,
        currency=currency,
        as_of=today,
    )
    return _account(session, distributor_id, legal_entity_id)[0]


def roll(session: Session, account_id: int, today: date) -> None:
    """Bring the effective limit to the day: base plus the temporary limits valid on it."""
    valid = and_(
        CreditLimit.account_id == account_id,
        CreditLimit.valid_from <= today,
        or_(CreditLimit.valid_to.is_(None), CreditLimit.valid_to > today),
    )
    limit = select(func.coalesce(func.sum(CreditLimit.amount), 0)).where(valid).scalar_subquery()
    session.execute(
        update(CreditAccount)
        .where(CreditAccount.id == account_id)
        .values(effective_limit=limit, as_of=today)
        .execution_options(synchronize_session=False)
    )


def within_limit(amount: Decimal) -> ColumnElement[bool]:
    """The guard that keeps a limit, whatever two people do at once."""
    return CreditAccount.used + amount <= CreditAccount.effective_limit


def _take(session: Session, hold: Hold, today: date) -> tuple[int, Decimal, Decimal, str | None] | None:
    moved = session.execute(
        update(CreditAccount)
        .where(
            CreditAccount.distributor_id == hold.distributor_id,
            CreditAccount.legal_entity_id == hold.legal_entity_id,
            CreditAccount.blocked_reason.is_(None),
            CreditAccount.as_of == today,
            within_limit(hold.amount),
        )
        .values(used=CreditAccount.used + hold.amount)
        .returning(CreditAccount.id, CreditAccount.used, CreditAccount.effective_limit)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if moved is None:
        return None
    account_id, after, limit = moved
    return account_id, after - hold.amount, limit, None


def _roll_if_stale(session: Session, hold: Hold, today: date) -> bool:
    """Recompute an account of another day; answers whether it was one."""
    stale = session.scalar(
        select(CreditAccount.id)
        .where(
            CreditAccount.distributor_id == hold.distributor_id,
            CreditAccount.legal_entity_id == hold.legal_entity_id,
            CreditAccount.as_of != today,
        )
        .with_for_update()
    )
    if stale is None:
        return False
    roll(session, stale, today)
    return True


def _change(session: Session, distributor_id: int, legal_entity_id: int, amount: Decimal) -> int:
    account_id = session.scalar(
        update(CreditAccount)
        .where(
            CreditAccount.distributor_id == distributor_id, CreditAccount.legal_entity_id == legal_entity_id
        )
        .values(used=CreditAccount.used + amount)
        .returning(CreditAccount.id)
        .execution_options(synchronize_session=False)
    )
    if account_id is None:
        raise Refused("credit.no_account")
    return account_id


def _account(
    session: Session, distributor_id: int, legal_entity_id: int
) -> tuple[int, Decimal, Decimal, str | None]:
    row = session.execute(
        select(
            CreditAccount.id, CreditAccount.used, CreditAccount.effective_limit, CreditAccount.blocked_reason
        ).where(
            CreditAccount.distributor_id == distributor_id, CreditAccount.legal_entity_id == legal_entity_id
        )
    ).one_or_none()
    if row is None:
        raise Refused("credit.no_account")
    return row[0], row[1], row[2], row[3]


def _enter(
    session: Session, account_id: int, order_id: int | None, source: str, parts: dict[str, Decimal]
) -> None:
    common: dict[str, Any] = {"account_id": account_id, "order_id": order_id, "source": source}
    rows = [common | {"part": part, "amount": amount} for part, amount in parts.items() if amount != 0]
    insert_many(session, CreditEntry, rows)


def _decide(session: Session, account_id: int, order_id: int, answer: Answer) -> None:
    session.add(
        CreditDecision(
            account_id=account_id,
            order_id=order_id,
            outcome=answer.outcome,
            amount=answer.amount,
            used=answer.used,
            effective_limit=answer.effective_limit,
            facts=answer.facts | {"blocked": answer.blocked_reason or ""},
        )
    )
