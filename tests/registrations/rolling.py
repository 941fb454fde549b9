"""What time does to registrations, in short words: the rounds, what a distributor does each day, what is told."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.deeds import ALL_ROUNDS, DEEDS
from tests.registrations.reports import NAME, Reports, picture, row
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.flows.extend_registration import Extension, extend_registration
from trade.flows.follow_up_registration import FollowUp, follow_up_registration
from trade.imports.uploads_registrations import plan, write
from trade.imports.uploads_rows import Choices, Line
from trade.jobs.schedule import Round
from trade.notices.models import OutboxMessage
from trade.registrations.checking import look


def rounds(name: str) -> list[Round]:
    return [each for each in ALL_ROUNDS if each.kind == name]


def shanghai(day: str, hour: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}:00+08:00")


def reminded() -> list[int]:
    """Of which registrations the round says today that their end is near."""
    with db.read() as session:
        works = [work for each in rounds("registration.remind") for work in each.find(session, clock.now())]
    assert len({work.key for work in works}) == len(works)
    return [work.payload["registration_id"] for work in works]


def roll() -> list[str]:
    """What the worker's round does today: finds what is due, and looks at each."""
    done = []
    for each in rounds("registration.mind"):
        with db.read() as session:
            found = list(each.find(session, clock.now()))
        from_deed = [db.run(_mind, OPERATOR, work.payload["registration_id"]) for work in found]
        done += [answer for answer in from_deed if answer]
    return done


def _mind(session: Session, actor: Actor, registration_id: int) -> str:
    return str(DEEDS["registration.mind"].flow(session, actor, registration_id))


def follow(reports: Reports, registration_id: int, day: date, who: str = "owner") -> int:
    return db.run(follow_up_registration, reports[who], FollowUp(registration_id, "visit", day, "拜访客户"))


def extend(reports: Reports, registration_id: int, days: int, who: str = "owner") -> None:
    seen = row(registration_id).version
    proof = (picture(seen),)
    db.run(extend_registration, reports[who], Extension(registration_id, seen, days, "样品已送", proof))


def told(topic: str) -> list[int]:
    """About which registrations a notice was posted."""
    with db.read() as session:
        posted = select(OutboxMessage.payload).where(OutboxMessage.topic == topic)
        return [each["registration_id"] for each in session.scalars(posted.order_by(OutboxMessage.id))]


def topics() -> list[str]:
    with db.read() as session:
        told = select(OutboxMessage.topic).where(OutboxMessage.topic.startswith("registration."))
        return list(session.scalars(told.order_by(OutboxMessage.id)))


def planned(reports: Reports, *rows: dict[str, str]) -> list[str]:
    """What a file of existing customers is told to be wrong."""
    return [flaw.code for line in _lines(reports, *rows) for flaw in line.flaws]


def imported(reports: Reports, *rows: dict[str, str]) -> list[str]:
    lines = _lines(reports, *rows)
    wrote = db.run(lambda s, a, g: write(s, a, lines, Choices()), reports["administrator"], None)
    return [subject for subject, _id, _name in wrote]


def _lines(reports: Reports, *rows: dict[str, str]) -> list[Line]:
    lines = [Line(at, (), {"product_line": "饮料", **each}) for at, each in enumerate(rows, 2)]
    db.run(lambda s, a, g: plan(s, a, lines, Choices()), reports["administrator"], None)
    return lines


def looked(reports: Reports) -> tuple[str, date | None]:
    """What D2 is told while typing."""
    with db.read() as session:
        found = look(session, reports.cast.world.distributors["D2"], reports.lines["drinks"], NAME, "", "")
    return found.outcome, found.until
