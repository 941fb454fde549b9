"""Deeds that need no request of their own, and yet not more than the policy of a subject lets one person say."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals import kernel, naming
from trade.approvals.kernel import Ask
from trade.approvals.policy import Facts
from trade.errors import Refused
from trade.people.queries import names_of

LIMIT = "limit_request"


@dataclass(frozen=True)
class Wish:
    """How much, for which distributor; `facts` say what one will be that is not there yet."""

    amount: Decimal
    distributor_id: int | None = None
    facts: Facts | None = None


def refuse_more(session: Session, actor: Actor, given: Wish, code: str, field: str = "") -> None:
    """Refuse what the policy for limits asks others for too, naming who may say it; the house itself may."""
    ask = Ask(LIMIT, 0, 0, given.distributor_id, given.amount, [], clock.now(), 1, 1, facts=given.facts)
    _policy, rules, facts, where = kernel.in_force(session, ask)
    found = rules.rule_for(facts)
    steps = rules.steps_of(len(rules.rules) if found is None else found)
    turns = [each for step in steps for each in naming.turns(step, where, None)]
    me = {actor.person_id, *actor.stood_for_ids}
    is_alone = all(len(step.turns) == 1 for step in steps) and (len(steps) == 1 or rules.skips_repeats)
    if actor.person_id is None or (is_alone and all(me & each.levels.keys() for each in turns)):
        return
    names = names_of(session, {key for each in turns for key in each.levels})
    said = "、".join(sorted(names.values()))
    raise Refused(code, names=said, amount=given.amount, currency="CNY", field=field)
