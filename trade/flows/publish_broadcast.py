from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock, numbers
from trade.actor import Actor, Permission
from trade.broadcasts import audience, publishers, queries, recipients, states
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import Broadcast
from trade.broadcasts.recipients import SUBJECT
from trade.errors import Refused
from trade.notices import outbox

PREFIX = "BC"


@dataclass(frozen=True)
class Publication:
    """A draft as the person saw it, with the number of distributors that the preview showed."""

    broadcast_id: int
    version: int
    count: int


@dataclass(frozen=True)
class Moment:
    broadcast_id: int
    version: int
    at: datetime


@dataclass(frozen=True)
class SeenBroadcast:
    broadcast_id: int
    version: int


@dataclass(frozen=True)
class Recall:
    broadcast_id: int
    version: int
    reason: str


def publish_broadcast(session: Session, actor: Actor, given: Publication) -> int:
    """Say it to everybody whom it is for, within the publisher's reach, now; answers how many distributors.

    Refused when it would be other than the number that was seen: somebody joined or left since the preview.
    """
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, given.broadcast_id)
    wanted = audience.of(session, SUBJECT, broadcast.id, is_everyone=broadcast.is_everyone)
    if (problem := _problem(session, actor, broadcast, wanted)) is not None:
        raise problem
    if (count := audience.count(session, actor, wanted)) != given.count:
        raise Refused("broadcast.other_count", count=count, seen=given.count)
    return _publish(session, actor, broadcast, given.version, wanted)


def schedule_broadcast(session: Session, actor: Actor, given: Moment) -> None:
    """Let it be published at a moment by the program, as this person: to whom is settled then, not now."""
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, given.broadcast_id)
    if given.at <= clock.now():
        raise Refused("broadcast.moment_over", field="day")
    day = clock.business_date(given.at)
    if any(each is not None and each < day for each in (broadcast.acknowledge_by, broadcast.expires_on)):
        raise Refused("broadcast.ends_before", field="day")
    wanted = audience.of(session, SUBJECT, broadcast.id, is_everyone=broadcast.is_everyone)
    if (problem := _problem(session, actor, broadcast, wanted)) is not None:
        raise problem
    facts = {"at": given.at.isoformat()}
    states.move(
        session,
        actor,
        broadcast,
        "schedule",
        given.version,
        facts=facts,
        publish_at=given.at,
        publisher_id=actor.person_id,
        reason="",
    )
    audit.record(session, actor, "broadcast.scheduled", facts, subject=SUBJECT, subject_id=broadcast.id)


def unschedule_broadcast(session: Session, actor: Actor, seen: SeenBroadcast) -> None:
    """Make a draft again of what waits for its moment."""
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, seen.broadcast_id)
    states.move(session, actor, broadcast, "unschedule", seen.version, publish_at=None)
    audit.record(session, actor, "broadcast.unscheduled", {}, subject=SUBJECT, subject_id=broadcast.id)


def publish_due_broadcast(session: Session, actor: Actor, seen: SeenBroadcast) -> bool:
    """Publish what was put off until now, once: a worker that was killed, or came late, finds it as it was.

    The reach is that of whoever scheduled it, on this day. What cannot be published is a draft again, and that
    person is told why.
    """
    broadcast = queries.get_for(session, actor, seen.broadcast_id)
    if broadcast.state != "scheduled" or broadcast.version != seen.version:
        return False
    if broadcast.publish_at is None or broadcast.publish_at > clock.now():
        return False
    publisher = publishers.actor_of(session, actor.origin, broadcast.publisher_id)
    wanted = audience.of(session, SUBJECT, broadcast.id, is_everyone=broadcast.is_everyone)
    problem: Refused | None = Refused("broadcast.publisher_gone")
    if publisher is not None:
        problem = _problem(session, publisher, broadcast, wanted)
    if problem is None and publisher is not None:
        _publish(session, publisher, broadcast, seen.version, wanted)
        return True
    code = problem.code if problem is not None else ""
    facts = {"code": code}
    states.move(session, actor, broadcast, "fail", seen.version, facts=facts, publish_at=None, reason=code)
    outbox.post(session, "broadcast.failed", broadcast_id=broadcast.id, person_id=broadcast.publisher_id)
    return False


def extend_broadcast(session: Session, actor: Actor, seen: SeenBroadcast) -> int:
    """Send it also to those who have come into its audience since; answers how many they are.

    Refused when its last day is over: a newcomer would be late, or told what holds no more, from the first moment.
    """
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, seen.broadcast_id)
    if recipients.is_day_over(broadcast):
        raise Refused("broadcast.day_over")
    wanted = audience.of(session, SUBJECT, broadcast.id, is_everyone=broadcast.is_everyone)
    now = clock.now()
    if not recipients.newcomers(session, actor, broadcast, wanted):
        raise Refused("broadcast.nobody_new")
    before = broadcast.recipients
    states.move(session, actor, broadcast, "extend", seen.version)
    count = recipients.freeze(session, actor, broadcast, wanted, now)
    _note(session, broadcast.id, recipients=count)
    facts = {"count": count - before}
    audit.record(session, actor, "broadcast.extended", facts, subject=SUBJECT, subject_id=broadcast.id)
    outbox.post(session, "broadcast.published", broadcast_id=broadcast.id, at=now.isoformat())
    return count - before


def recall_broadcast(session: Session, actor: Actor, given: Recall) -> None:
    """Take back what was published: its recipients read that it holds no more, and why, and not what it said.

    It is for whoever reaches all of them: a rep's manager cannot take back what the whole country was told.
    """
    _refuse_stranger(actor)
    broadcast = queries.get_for(session, actor, given.broadcast_id)
    _refuse_beyond_reach(session, actor, broadcast)
    facts = {"reason": given.reason}
    states.move(session, actor, broadcast, "recall", given.version, facts=facts, reason=given.reason)
    audit.record(session, actor, "broadcast.recalled", facts, subject=SUBJECT, subject_id=broadcast.id)
    outbox.post(session, "broadcast.recalled", broadcast_id=broadcast.id)


def _publish(session: Session, actor: Actor, broadcast: Broadcast, version: int, wanted: Audience) -> int:
    now = clock.now()
    _supersede(session, actor, broadcast)
    states.move(
        session,
        actor,
        broadcast,
        "publish",
        version,
        published_at=now,
        publisher_id=actor.person_id,
        reason="",
    )
    count = recipients.freeze(session, actor, broadcast, wanted, now)
    number = numbers.draw(session, PREFIX, clock.business_date(now))
    _note(session, broadcast.id, recipients=count, number=number)
    facts = {"number": number, "title": broadcast.title, "count": count}
    audit.record(session, actor, "broadcast.published", facts, subject=SUBJECT, subject_id=broadcast.id)
    said = "broadcast.corrected" if broadcast.edition > 1 else "broadcast.published"
    outbox.post(session, said, broadcast_id=broadcast.id, at=now.isoformat())
    return count


def _supersede(session: Session, actor: Actor, broadcast: Broadcast) -> None:
    """Let what it corrects hold no more; who had that and does not get this is told so, and not what is new."""
    if broadcast.supersedes_id is None:
        return
    old = session.scalars(select(Broadcast).where(Broadcast.id == broadcast.supersedes_id)).one()
    if old.state == "published":
        states.move(session, actor, old, "supersede", old.version, facts={"by": broadcast.id})
        outbox.post(session, "broadcast.replaced", broadcast_id=old.id)


def _problem(session: Session, actor: Actor, broadcast: Broadcast, wanted: Audience) -> Refused | None:
    """Why it cannot be said now."""
    if recipients.is_day_over(broadcast):
        return Refused("broadcast.day_over")
    if wanted.is_nobody:
        return Refused("broadcast.no_audience")
    if audience.count(session, actor, wanted) == 0:
        return Refused("broadcast.nobody")
    if broadcast.supersedes_id is not None:
        old = session.scalars(select(Broadcast).where(Broadcast.id == broadcast.supersedes_id)).one()
        if not _reaches_all(session, actor, old):
            return Refused("broadcast.beyond_reach")
    return None


def _refuse_beyond_reach(session: Session, actor: Actor, broadcast: Broadcast) -> None:
    if not _reaches_all(session, actor, broadcast):
        raise Refused("broadcast.beyond_reach")


def _reaches_all(session: Session, actor: Actor, broadcast: Broadcast) -> bool:
    found = queries.figures(session, actor, [broadcast.id]).get(broadcast.id, queries.Figures())
    return actor.scope.is_everyone or found.recipients == broadcast.recipients


def _note(session: Session, broadcast_id: int, **values: object) -> None:
    noted = update(Broadcast).where(Broadcast.id == broadcast_id).values(**values)
    session.execute(noted.execution_options(synchronize_session=False))


def _refuse_stranger(actor: Actor) -> None:
    if not actor.may(Permission.BROADCAST_PUBLISH):
        raise Refused("access.denied", keep={"permission": Permission.BROADCAST_PUBLISH.value})
