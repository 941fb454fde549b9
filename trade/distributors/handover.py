"""A rep's distributors pass to another from a day on; what was before stays as history."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.distributors.models import Distributor, Standing

FRESH = {"id", "valid_from", "rep_id", "person_id", "set_at", "reason"}  # a copied standing has its own


@dataclass(frozen=True)
class Passed:
    """A distributor that changed hands."""

    distributor_id: int
    name: str
    version: int


def looked_after(session: Session, person_id: int, day: date) -> int:
    """How many distributors a rep looks after on a day or later."""
    wanted = select(func.count(Standing.distributor_id.distinct())).where(_theirs(person_id, day))
    return session.scalar(wanted) or 0


def pass_on(
    session: Session, person_id: int, successor_id: int, day: date, by: int | None, reason: str
) -> list[Passed]:
    """Give every distributor of a rep to the successor from a day on, and say which; locks them in order."""
    companies = session.execute(
        select(Distributor.id, Distributor.name, Distributor.version)
        .where(Distributor.id.in_(select(Standing.distributor_id).where(_theirs(person_id, day))))
        .order_by(Distributor.id)
        .with_for_update()
    ).all()
    standings = session.scalars(select(Standing).where(_theirs(person_id, day)).order_by(Standing.id)).all()
    for standing in standings:
        if standing.valid_from >= day:
            standing.rep_id, standing.person_id = successor_id, by
            continue
        until, standing.valid_to = standing.valid_to, day
        kept = {
            column.name: getattr(standing, column.name)
            for column in Standing.__table__.columns
            if column.name not in FRESH | {"valid_to"}
        }
        session.flush()
        session.add(
            Standing(
                **kept,
                valid_from=day,
                valid_to=until,
                rep_id=successor_id,
                person_id=by,
                set_at=clock.now(),
                reason=reason,
            )
        )
    session.flush()
    bumped = update(Distributor).where(
        Distributor.id.in_([company_id for company_id, _name, _version in companies])
    )
    session.execute(
        bumped.values(version=Distributor.version + 1).execution_options(synchronize_session=False)
    )
    return [Passed(company_id, name, version + 1) for company_id, name, version in companies]


def _theirs(person_id: int, day: date) -> ColumnElement[bool]:
    return (Standing.rep_id == person_id) & or_(Standing.valid_to.is_(None), Standing.valid_to > day)
