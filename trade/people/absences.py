"""Who decides in whose place while somebody is away; chains are followed, circles end and are refused beforehand."""

from datetime import date

from sqlalchemy import CTE, Select, and_, or_, select
from sqlalchemy.orm import Session

from trade import clock
from trade.people.models import Absence


def stood_for(people: Select[int]) -> CTE:
    """These people and everybody who is away today and named them, or somebody who is away and named them."""
    whom = people.cte(recursive=True)
    away = select(Absence.person_id).join(
        whom,
        and_(
            Absence.substitute_id == whom.c[0],
            Absence.from_day <= clock.today(),
            Absence.until > clock.today(),
        ),
    )
    return whom.union(away)


def standing_in(people: Select[int]) -> Select[int]:
    """These people and everybody who decides for one of them today."""
    who = people.cte(recursive=True)
    deputy = select(Absence.substitute_id).join(
        who,
        and_(
            Absence.person_id == who.c[0],
            Absence.from_day <= clock.today(),
            Absence.until > clock.today(),
        ),
    )
    return select(who.union(deputy).c[0])


def makes_circle(session: Session, person_id: int, substitute_id: int, from_day: date, until: date) -> bool:
    """Whether somebody would end up deciding for themselves on a day of the absence."""
    chain = select(Absence.person_id, Absence.substitute_id, Absence.from_day, Absence.until).where(
        Absence.from_day < until, Absence.until > from_day
    )
    steps = [(away, deputy, since, end) for away, deputy, since, end in session.execute(chain)]
    return _comes_back(person_id, substitute_id, from_day, until, steps)


def _comes_back(
    goal: int, at: int, since: date, until: date, steps: list[tuple[int, int, date, date]]
) -> bool:
    if at == goal:
        return True
    return any(
        _comes_back(
            goal, deputy, max(since, first), min(until, last), [each for each in steps if each[0] != at]
        )
        for away, deputy, first, last in steps
        if away == at and first < until and last > since
    )


def of_everybody(session: Session, day: date) -> list[Absence]:
    """Absences that hold on a day or are still to come, the soonest first."""
    wanted = select(Absence).where(Absence.until > day).order_by(Absence.from_day, Absence.id)
    return list(session.scalars(wanted))


def overlapping(session: Session, person_id: int, from_day: date, until: date) -> Absence | None:
    """One that the person has already on one of these days."""
    return session.scalar(
        select(Absence).where(
            Absence.person_id == person_id, Absence.from_day < until, Absence.until > from_day
        )
    )


def end(session: Session, absence: Absence, day: date) -> None:
    """Let it hold no longer from a day on; what has not begun by then never was."""
    if absence.from_day >= day:
        session.delete(absence)
        return
    absence.until = day


def end_of_substitute(session: Session, person_id: int, day: date) -> None:
    """Nobody decides in anybody's place after leaving, and nobody for who has left."""
    theirs = or_(Absence.substitute_id == person_id, Absence.person_id == person_id)
    for each in session.scalars(select(Absence).where(theirs, Absence.until > day)):
        end(session, each, day)
