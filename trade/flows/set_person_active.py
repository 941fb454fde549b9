from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.people import queries, sessions
from trade.people.models import Person


@dataclass(frozen=True)
class Activity:
    person_id: int
    is_active: bool


def set_person_active(session: Session, actor: Actor, given: Activity) -> None:
    """Let a person in again or shut them out at once, sessions included; never oneself, never one's betters."""
    if not actor.may(Permission.PERSON_MANAGE) or not actor.scope.is_everyone:
        raise Refused("access.denied", keep={"person_id": given.person_id})
    person = session.scalar(select(Person).where(Person.id == given.person_id).with_for_update())
    if person is None:
        raise Refused("person.not_found")
    if person.id == actor.person_id:
        raise Refused("person.is_oneself")
    held = {permission.value for permission in actor.permissions}
    if lacked := sorted(queries.rights_of(session, person.id) - held):
        raise Refused("role.beyond_own", keep={"person_id": person.id, "lacked": lacked})
    if person.is_active == given.is_active:
        return
    changed = update(Person).where(Person.id == person.id).values(is_active=given.is_active)
    session.execute(changed.execution_options(synchronize_session=False))
    if not given.is_active:
        sessions.end_all(session, person.id, clock.now())
    facts = {"before": person.is_active, "after": given.is_active}
    event = "person.activated" if given.is_active else "person.deactivated"
    audit.record(session, actor, event, facts, subject="person", subject_id=person.id)
