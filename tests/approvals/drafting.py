"""Short words for policies in tests."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from tests.flows.cast import Cast
from trade import db
from trade.approvals import policies
from trade.approvals.models import ApprovalPolicy
from trade.approvals.policy import ALL, Policy, Rule, Step, When
from trade.flows.edit_policy import Discard, PolicyEdit, discard_policy, draft_policy, edit_policy
from trade.flows.publish_policy import PolicyPublication, publish_policy


def step(*approvers: str, **more: Any) -> Step:
    return Step(approvers, **more)


def every(*approvers: str, **more: Any) -> Step:
    return Step(approvers, ALL, **more)


def rule(*steps: Step, **when: Any) -> Rule:
    for key in ("at_least", "below"):
        if key in when:
            when[key] = Decimal(when[key])
    return Rule(steps, When(**when))


def policy(*rules: Rule, **more: Any) -> Policy:
    return Policy(rules, **more)


def draft(cast: Cast, subject: str, content: Policy) -> ApprovalPolicy:
    who = cast["administrator"]
    key = db.run(draft_policy, who, subject)
    db.run(edit_policy, who, PolicyEdit(key, found(key).turn, content))
    return found(key)


def publish(cast: Cast, subject: str, content: Policy) -> int:
    """Draft, prove and publish; answers its id."""
    made = draft(cast, subject, content)
    db.run(publish_policy, cast["administrator"], PolicyPublication(made.id, made.turn, "test"))
    return made.id


def give_up(cast: Cast, made: ApprovalPolicy) -> None:
    db.run(discard_policy, cast["administrator"], Discard(made.id, made.turn))


def found(key: int) -> ApprovalPolicy:
    with db.read() as session:
        return session.scalars(select(ApprovalPolicy).where(ApprovalPolicy.id == key)).one()


def in_force(subject: str) -> ApprovalPolicy:
    with db.read() as session:
        return policies.in_force(session)[subject]
