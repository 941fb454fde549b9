from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.db import insert_many
from trade.errors import Refused
from trade.notices import planning, rules
from trade.notices.models import NoticeWish, QuietHours
from trade.people.models import Person

DAY = 24 * 60


@dataclass(frozen=True)
class Wishes:
    """How a person wants to be told, by kind of event and channel; quiet hours in minutes of the day, or none."""

    ways: Mapping[tuple[str, str], str]
    quiet: tuple[int, int] | None


def choose_notices(session: Session, actor: Actor, given: Wishes) -> None:
    """Keep what a person wants otherwise than is usual in their role; only for themselves."""
    person_id = actor.person_id
    if person_id is None or actor.on_behalf_of is not None:
        raise Refused("access.denied")
    known = {(group, kind) for group in rules.GROUPS for kind in rules.PERSONAL}
    if not set(given.ways) <= known or not set(given.ways.values()) <= set(rules.WAYS):
        raise Refused("notice.way_unknown")
    if given.quiet is not None and not all(0 <= each < DAY for each in given.quiet):
        raise Refused("notice.hours_odd", field="begins")
    # Who saves twice at once waits here for the first.
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    before = planning.wishes_of(session, [person_id])[person_id]
    quiet = quiet_of(session, person_id)
    after = before | dict(given.ways)
    if after == before and quiet == given.quiet:
        return
    session.execute(delete(NoticeWish).where(NoticeWish.person_id == person_id))
    session.execute(delete(QuietHours).where(QuietHours.person_id == person_id))
    wishes = [{"group": group, "kind": kind, "way": way} for (group, kind), way in sorted(after.items())]
    insert_many(session, NoticeWish, [{"person_id": person_id, **wish} for wish in wishes])
    if given.quiet is not None:
        begins, ends = given.quiet
        session.add(QuietHours(person_id=person_id, begins=begins, ends=ends))
    audit.record(session, actor, "notice.chosen", {}, subject="person", subject_id=person_id)


def quiet_of(session: Session, person_id: int) -> tuple[int, int] | None:
    """The hours in which a person hears nothing."""
    hours = select(QuietHours.begins, QuietHours.ends).where(QuietHours.person_id == person_id)
    found = session.execute(hours).one_or_none()
    return None if found is None else (found[0], found[1])
