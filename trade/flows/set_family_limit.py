from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.credit import families, limits
from trade.distributors import queries as distributors
from trade.distributors import standings
from trade.errors import Refused
from trade.orders import retest


@dataclass(frozen=True)
class FamilyLimit:
    """What a parent and everybody below it may use together, beside each one's own limit; whole 分."""

    head_id: int
    amount: Decimal
    reason: str
    until: date | None = None  # the last day of a temporary limit


def set_family_limit(session: Session, actor: Actor, given: FamilyLimit) -> None:
    """Give a parent a limit for all below it, and have their held orders tested again.

    From the first one on a child's order needs room within its own limit and within this one; children that trade in
    another currency are not counted. It binds whoever stands below, so it is for who reaches the whole brand.
    """
    today = clock.today()
    head = distributors.get_for(session, actor, given.head_id)
    standings.lock_parents(session)
    if given.until is not None and given.until < today:
        raise Refused("credit.limit_over", until=given.until)
    if not actor.scope.is_everyone:
        raise Refused("distributor.not_found")
    entity_id = distributors.default_legal_entity(session)
    account = families.open_account(session, head.id, entity_id, head.currency, today)
    before = account.effective_limit if given.until else limits.open_base(session, account.id)
    wanted = limits.Given(account.id, given.amount, given.reason, today, given.until)
    if limits.is_given(session, wanted):
        raise Refused("credit.limit_given_already", field="amount")
    limit_id, facts = limits.give(session, actor, wanted, before)
    facts |= {"currency": head.currency}
    event = "credit.family_limit_changed"
    audit.record(session, actor, event, facts, subject="distributor", subject_id=head.id)
    for distributor_id in sorted(session.scalars(families.ids_below(head.id, today))):
        retest.call_for(session, distributor_id, f"limit-{limit_id}")
