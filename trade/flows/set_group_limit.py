from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.credit import groups, limits
from trade.distributors import queries as distributors
from trade.distributors.models import CreditGroup, Distributor
from trade.errors import Refused
from trade.orders import retest


@dataclass(frozen=True)
class GroupLimit:
    """What the companies of a group may use together, beside each one's own limit; whole 分."""

    group_id: int
    currency: str
    amount: Decimal
    reason: str
    until: date | None = None  # the last day of a temporary limit


def set_group_limit(session: Session, actor: Actor, given: GroupLimit) -> None:
    """Give a credit group a limit, and have its members' held orders tested again."""
    today = clock.today()
    found = select(CreditGroup).where(CreditGroup.id == given.group_id).with_for_update()
    group = session.scalar(found.execution_options(populate_existing=True))
    if group is None or not actor.scope.is_everyone:
        raise Refused("credit_group.not_found")
    if group.archived_at is not None:
        raise Refused("credit_group.closed")
    if given.until is not None and given.until < today:
        raise Refused("credit.limit_over", until=given.until)
    entity_id = distributors.default_legal_entity(session)
    account = groups.open_account(session, given.group_id, entity_id, given.currency, today)
    before = account.effective_limit if given.until else limits.open_base(session, account.id)
    wanted = limits.Given(account.id, given.amount, given.reason, today, given.until)
    limit_id, facts = limits.give(session, actor, wanted, before)
    facts |= {"currency": given.currency}
    audit.record(
        session, actor, "credit.group_limit_changed", facts, subject="credit_group", subject_id=group.id
    )
    members = select(Distributor.id).where(Distributor.credit_group_id == given.group_id)
    for distributor_id in session.scalars(members.order_by(Distributor.id)):
        retest.call_for(session, distributor_id, f"limit-{limit_id}")
