from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import editing
from trade.actor import Actor
from trade.approvals import succession
from trade.distributors import members
from trade.errors import Refused
from trade.notices import outbox
from trade.people import authority, names, queries
from trade.people.models import Person

LOCALES = ("zh_CN", "en")


@dataclass(frozen=True)
class Profile:
    """A person's names, language and manager, on the version that was seen."""

    person_id: int
    version: int
    name: str
    phone: str | None
    email: str | None
    user_name: str | None
    manager_id: int | None
    locale: str = "zh_CN"


def edit_person(session: Session, actor: Actor, given: Profile) -> None:
    """Correct who somebody is, how they sign in and to whom they report; each field with before and after."""
    authority.lock(session)
    person = members.get_managed(session, actor, given.person_id)
    typed = names.cleaned(given.phone, given.email, given.user_name)
    wanted = {"name": given.name, **typed, "manager_id": given.manager_id, "locale": given.locale}
    changes = editing.differing({field: getattr(person, field) for field in wanted}, wanted)
    if not changes:
        return
    if given.locale not in LOCALES:
        raise Refused("person.language_unknown", field="locale")
    version = editing.take_turn(session, Person, given.person_id, given.version, changes)
    names.refuse_taken(session, typed, but=given.person_id)
    if "manager_id" in changes:
        members.refuse_manager(session, actor, given.manager_id, given.person_id)
    leaders = queries.managers_of(session, given.person_id) if "manager_id" in changes else frozenset()
    values = {field: after for field, (_, after) in changes.items()}
    changed = update(Person).where(Person.id == given.person_id).values(values)
    session.execute(changed.execution_options(synchronize_session=False))
    editing.record(session, actor, "person.edited", Person, given.person_id, changes, version=version)
    for moved in succession.refill(session, leaders):  # a former manager no longer reaches the distributors
        outbox.post(session, f"{moved.subject}.pending", **moved.letter)
