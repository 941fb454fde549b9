from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.approvals import policies, policy, proving, worlds
from trade.errors import Refused
from trade.people import authority


@dataclass(frozen=True)
class PolicyPublication:
    """The draft as it was seen, and what changes with it."""

    policy_id: int
    turn: int
    note: str = ""


def publish_policy(session: Session, actor: Actor, given: PolicyPublication) -> list[dict[str, Any]]:
    """Let a policy decide from now on, once it is proven that every path ends at somebody who is not the applicant.

    Answers where those who keep the roles will be asked, as long as the people are away who are away today. Roles and people stand still while it is proven. Raises Refused("policy.unfit", problems=…) with the paths named.
    """
    if not actor.may(Permission.APPROVAL_MANAGE):
        raise Refused("access.denied", keep={})
    authority.lock(session)
    draft = policies.get(session, given.policy_id)
    content, world = policy.load(draft.content), worlds.load(session, draft.subject, clock.today())
    if found := proving.problems(content, world):
        raise Refused("policy.unfit", problems=[asdict(each) for each in found])
    facts = policies.publish(session, actor, draft, given.turn, given.note)
    event = "approval_policy.published"
    audit.record(session, actor, event, facts, subject="approval_policy", subject_id=draft.id)
    return [asdict(each) for each in proving.warnings(content, world)]
