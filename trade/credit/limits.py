"""Credit limits of an account: a new base limit replaces the one that holds, a temporary one comes on top."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.credit import ledger
from trade.credit.models import CreditAccount, CreditLimit
from trade.money import ZERO, rounded


@dataclass(frozen=True)
class Given:
    """Whole 分, from `today` on; `until` is the last day of a temporary limit."""

    account_id: int
    amount: Decimal
    reason: str
    today: date
    until: date | None = None

    @property
    def kind(self) -> str:
        return "temporary" if self.until else "base"


def lock(session: Session, account_id: int) -> CreditAccount:
    """The account, so that no order takes credit until its limit is given."""
    wanted = select(CreditAccount).where(CreditAccount.id == account_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def open_base(session: Session, account_id: int) -> Decimal | None:
    """The base limit that holds; None where none was ever given."""
    return session.scalar(select(CreditLimit.amount).where(*_open_base(account_id)))


def give(session: Session, actor: Actor, given: Given, before: Decimal | None) -> tuple[int, dict[str, str]]:
    """Give a limit and keep the one before as history, the account being locked; answers its id and what to tell."""
    if given.kind == "base":
        ending = update(CreditLimit).where(*_open_base(given.account_id)).values(valid_to=given.today)
        session.execute(ending.execution_options(synchronize_session=False))
    limit = CreditLimit(
        account_id=given.account_id,
        kind=given.kind,
        amount=given.amount,
        valid_from=given.today,
        valid_to=given.until + timedelta(days=1) if given.until else None,
        reason=given.reason,
        person_id=actor.person_id,
    )
    session.add(limit)
    session.flush()
    ledger.roll(session, given.account_id, given.today)
    return limit.id, {
        "kind": given.kind,
        "before": str(rounded(before or ZERO)),
        "amount": str(rounded(given.amount)),
        "reason": given.reason,
    }


def is_given(session: Session, given: Given) -> bool:
    """Whether the very same temporary limit was given today: a form that was sent twice counts once."""
    if given.until is None:
        return False
    same = select(CreditLimit.id).where(
        CreditLimit.account_id == given.account_id,
        CreditLimit.kind == given.kind,
        CreditLimit.amount == given.amount,
        CreditLimit.reason == given.reason,
        CreditLimit.valid_from == given.today,
        CreditLimit.valid_to == given.until + timedelta(days=1),
    )
    return session.scalar(same.limit(1)) is not None


def _open_base(account_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        CreditLimit.account_id == account_id,
        CreditLimit.kind == "base",
        CreditLimit.valid_to.is_(None),
    )
