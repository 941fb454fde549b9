"""Policies and absences for the walk: a draft about orders, a holiday of the rep that is still to come."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals.models import ApprovalPolicy
from trade.flows.edit_policy import draft_policy
from trade.people.models import Absence, Person


def plant(session: Session, actor: Actor, given: None) -> None:
    draft_policy(session, actor, "order")
    people = {name: key for name, key in session.execute(select(Person.user_name, Person.id))}
    day = clock.today() + timedelta(days=30)
    away = {"person_id": people["rep"], "substitute_id": people["manager"], "from_day": day}
    session.add(Absence(**away, until=day + timedelta(days=5)))


def objects(session: Session) -> dict[str, int]:
    """Ids by name: policy draft, absence of rep."""
    draft = session.scalars(select(ApprovalPolicy.id).where(ApprovalPolicy.published_at.is_(None))).one()
    return {"policy draft": draft, "absence of rep": session.scalars(select(Absence.id)).one()}


def forms(known: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What the forms of policies and absences send."""
    asked = {"r0.steps": "1", "r0.s0.approvers": ["rep"], "r0.s0.then": ["rep_manager", "role:administrator"]}
    draft = {"turn": "1", "rules": "1", **asked, "action": "keep"}
    day = clock.today() + timedelta(days=60)
    return {
        "POST /admin/policies": {"subject": "return"},
        "/policies/<id:policy_id>": draft,
        "/policies/<id:policy_id>/publication": draft,
        "/policies/<id:policy_id>/removal": {"turn": "1"},
        "POST /admin/absences": {
            "person": str(known["other-rep"]),
            "substitute": str(known["other-manager"]),
            "from_day": day.isoformat(),
            "last_day": day.isoformat(),
        },
        "/absences/<id:absence_id>/ending": {},
    }
