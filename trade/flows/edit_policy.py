"""A policy of approval is drafted, changed and given up; nothing of it holds before it is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor, Permission
from trade.approvals import policies, policy, subjects
from trade.approvals.models import ApprovalPolicy
from trade.approvals.policy import Policy
from trade.db import insert_once
from trade.errors import Refused


@dataclass(frozen=True)
class PolicyEdit:
    """The draft as it was seen, and what it shall say."""

    policy_id: int
    turn: int
    content: Policy
    note: str = ""  # what it changes and why, so far


@dataclass(frozen=True)
class Discard:
    policy_id: int
    turn: int


def draft_policy(session: Session, actor: Actor, subject: str) -> int:
    """Begin a new version as a copy of the one in force; answers the draft there is, if somebody works on one."""
    _refuse_unfit(actor)
    if subject not in subjects.SUBJECTS:
        raise Refused("policy.not_found")
    current = policies.in_force(session).get(subject)
    content = current.content if current else policy.dump(policy.chain(["role:administrator"]))
    return _begin(session, actor, subject, content)


def draft_former_policy(session: Session, actor: Actor, policy_id: int) -> int:
    """Begin a new version that says again what another said; a draft that somebody works on stays as it is."""
    _refuse_unfit(actor)
    former = policies.get(session, policy_id)
    return _begin(session, actor, former.subject, former.content)


def edit_policy(session: Session, actor: Actor, given: PolicyEdit) -> None:
    """Keep what the draft says now, finished or not."""
    _refuse_unfit(actor)
    draft = policies.get(session, given.policy_id)
    policies.turn(session, actor, draft.id, given.turn, content=policy.dump(given.content), note=given.note)
    _record(session, actor, policies.KEPT, draft)


def discard_policy(session: Session, actor: Actor, given: Discard) -> None:
    """Give a draft up, as it was seen; what is in force stays. Who changed it meanwhile is told, and nothing is gone."""
    _refuse_unfit(actor)
    draft = policies.get(session, given.policy_id)
    gone = (
        delete(ApprovalPolicy)
        .where(
            ApprovalPolicy.id == given.policy_id,
            ApprovalPolicy.turn == given.turn,
            ApprovalPolicy.published_at.is_(None),
        )
        .returning(ApprovalPolicy.id)
    )
    if session.scalar(gone.execution_options(synchronize_session=False)) is not None:
        _record(session, actor, "approval_policy.discarded", draft)
        return
    draft, last = policies.get(session, given.policy_id), policies.last_kept(session, given.policy_id)
    if draft.published_at is not None or last is None:
        raise Refused("policy.changed_meanwhile")
    raise Refused("policy.kept_meanwhile", name=last[0], at=last[1])


def _begin(session: Session, actor: Actor, subject: str, content: Mapping[str, Any]) -> int:
    is_new = insert_once(
        session,
        ApprovalPolicy,
        subject=subject,
        version=policies.next_version(session, subject),
        published_at=None,
        content=content,
        created_by_id=actor.person_id,
    )
    draft = policies.drafts(session).get(subject)
    if draft is None:  # published in this moment; one more try finds what it left
        raise Refused("policy.changed_meanwhile")
    if is_new:
        _record(session, actor, "approval_policy.drafted", draft)
    return draft.id


def _refuse_unfit(actor: Actor) -> None:
    if not actor.may(Permission.APPROVAL_MANAGE):
        raise Refused("access.denied", keep={})


def _record(session: Session, actor: Actor, event: str, draft: ApprovalPolicy) -> None:
    facts = {"subject": draft.subject, "version": draft.version}
    audit.record(session, actor, event, facts, subject=policies.SUBJECT, subject_id=draft.id)
