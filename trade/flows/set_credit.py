from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.credit import ledger, limits
from trade.credit.models import CreditAccount
from trade.credit.queries import BLOCKING
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import retest


@dataclass(frozen=True)
class NewLimit:
    """A base limit from today on, or a temporary one for a period on top; whole 分."""

    distributor_id: int
    amount: Decimal
    reason: str
    until: date | None = None  # the last day of a temporary limit


@dataclass(frozen=True)
class Block:
    """Stopped by hand, or only when something is overdue; `is_exempt`: not then either, until somebody says otherwise."""

    distributor_id: int
    is_blocked: bool
    reason: str
    is_exempt: bool = False

    @property
    def mode(self) -> str:
        return "on" if self.is_blocked else "off" if self.is_exempt else "auto"


def set_limit(session: Session, actor: Actor, given: NewLimit) -> None:
    """Give a distributor a credit limit, keep the old one as history, and have held orders tested again."""
    today = clock.today()
    account = _account(session, actor, given.distributor_id, today)
    if given.until is not None and given.until < today:
        raise Refused("credit.limit_over", until=given.until)
    wanted = limits.Given(account.id, given.amount, given.reason, today, given.until)
    if limits.is_given(session, wanted):
        raise Refused("credit.limit_given_already", field="amount")
    before = account.effective_limit if given.until else limits.open_base(session, account.id)
    limit_id, facts = limits.give(session, actor, wanted, before)
    event = "credit.limit_changed"
    _tell(session, actor, event, given.distributor_id, facts, f"limit-{limit_id}", event)


def set_block(session: Session, actor: Actor, given: Block) -> None:
    """Stop or allow new orders of a distributor by hand, or never stop them however late it pays.

    Who is exempt hears nothing of it, unless orders were stopped until now.
    """
    account = _account(session, actor, given.distributor_id, clock.today())
    before, mode, was_blocked = account.block_mode, given.mode, account.blocked_reason is not None
    session.execute(update(CreditAccount).where(CreditAccount.id == account.id).values(block_mode=mode))
    ledger.roll(session, account.id, clock.today())
    facts = {"before": before, "after": mode, "reason": given.reason}
    event = BLOCKING[mode]
    told = event if mode != "off" else BLOCKING["auto"] if was_blocked else None
    stamp = clock.now().timestamp()
    _tell(session, actor, event, given.distributor_id, facts, f"block-{account.id}-{stamp}", told)


def _account(session: Session, actor: Actor, distributor_id: int, today: date) -> CreditAccount:
    """The account, opened when it is the first time, locked against orders until this is done."""
    distributor = distributors.get_for(session, actor, distributor_id)
    entity_id = distributors.default_legal_entity(session)
    account_id = ledger.open_account(session, distributor.id, entity_id, distributor.currency, today)
    wanted = select(CreditAccount).where(CreditAccount.id == account_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def _tell(
    session: Session,
    actor: Actor,
    event: str,
    distributor_id: int,
    facts: dict[str, str],
    key: str,
    told: str | None,
) -> None:
    """Write it down, have held orders tested again, and let the distributor know what concerns it."""
    audit.record(session, actor, event, facts, subject="distributor", subject_id=distributor_id)
    retest.call_for(session, distributor_id, key)
    if told is not None:
        outbox.post(session, told, distributor_id=distributor_id, **facts)
