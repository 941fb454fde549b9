"""Roles of a person at the brand and at distributors: given, taken, changed; whoever works there is signed out."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade.db import insert_once
from trade.errors import Refused
from trade.people import sessions
from trade.people.models import Membership


def get_place(session: Session, person_id: int, membership_id: int) -> Membership:
    """A place that a person holds now. Raises Refused("membership.not_found")."""
    found = session.scalar(
        select(Membership).where(
            Membership.id == membership_id, Membership.person_id == person_id, Membership.is_active
        )
    )
    if found is None:
        raise Refused("membership.not_found")
    return found


def places_at(session: Session, person_id: int, distributor_id: int | None) -> Sequence[Membership]:
    """What a person holds at a distributor, or (none) at the brand."""
    wanted = select(Membership).where(Membership.person_id == person_id, Membership.is_active)
    return session.scalars(
        wanted.where(Membership.distributor_id.is_not_distinct_from(distributor_id)).order_by(Membership.id)
    ).all()


def give(session: Session, person_id: int, distributor_id: int | None, role_id: int) -> bool:
    """Give a role at a place, also one that was held before; false when it is held already."""
    same = (
        Membership.person_id == person_id,
        Membership.role_id == role_id,
        Membership.distributor_id.is_not_distinct_from(distributor_id),
    )
    again = update(Membership).where(*same, ~Membership.is_active).values(is_active=True)
    if session.scalar(again.returning(Membership.id).execution_options(synchronize_session=False)):
        return True
    if session.scalar(select(Membership.id).where(*same)) is not None:
        return False
    return insert_once(
        session,
        Membership,
        person_id=person_id,
        distributor_id=distributor_id,
        role_id=role_id,
        is_active=True,
    )


def take(session: Session, membership_id: int, now: datetime) -> None:
    """Take a role away and sign out whoever works in it."""
    gone = update(Membership).where(Membership.id == membership_id).values(is_active=False)
    session.execute(gone.execution_options(synchronize_session=False))
    sessions.end_places(session, [membership_id], now)
