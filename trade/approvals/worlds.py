"""The staff and the distributors of this moment, as the proof of a policy looks at them, seven statements; and which policies an absence leaves to those who keep the roles."""

from dataclasses import replace
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Permission
from trade.approvals import deciders, policies, policy, proving, subjects
from trade.approvals.proving import Colleague, Whose, World
from trade.distributors.models import Channel, Distributor, Standing, Territory, Tier
from trade.distributors.queries import on_day
from trade.people.models import Face, Membership, Person, Role, RolePermission
from trade.people.queries import CAN_WORK

SETS = (Tier, Channel)


def load(session: Session, subject: str, day: date) -> World:
    """Who could decide and ask about a subject now, for every kind of distributor that there is or could be.

    Whoever is away on the day is.
    """
    about = subjects.of(subject)
    staff, manager_of = _staff(session, about)
    tiers, channels = (
        frozenset(session.scalars(select(each.id).where(each.archived_at.is_(None)))) for each in SETS
    )
    places = session.execute(select(Territory.id, Territory.path).where(Territory.archived_at.is_(None)))
    return World(
        staff=staff,
        manager_of=manager_of,
        distributors=_kinds(session, about) if about.has_rep else [],
        roles=frozenset(session.scalars(select(Role.code).where(Role.face == Face.ADMIN, ~Role.is_archived))),
        tiers=tiers,
        channels=channels,
        territories={key: _ids(path) for key, path in places},
        is_of_distributor=about.is_of_distributor,
        has_reps=about.has_rep,
        away=deciders.there(session.scalar(select(deciders.absent(subject, day)))),
    )


def unanswered(session: Session, day: date) -> list[str]:
    """The subjects whose policy in force leaves somebody's request without an answer on a day, as people are away."""
    found = []
    for subject, version in policies.in_force(session).items():
        if proving.warnings(policy.load(version.content), load(session, subject, day)):
            found.append(subject)
    return found


def _staff(session: Session, about: subjects.Subject) -> tuple[dict[int, Colleague], dict[int, int | None]]:
    rows = session.execute(
        select(Person.id, Person.manager_id, Role.code, Role.reach, RolePermission.permission)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .outerjoin(
            RolePermission,
            and_(
                RolePermission.role_id == Role.id,
                RolePermission.permission.in_([about.right.value, *(each.value for each in about.asked_by)]),
            ),
        )
        .where(*CAN_WORK, Role.face == Face.ADMIN)
    ).all()
    roles: dict[int, set[str]] = {}
    reach: dict[tuple[int, bool], set[str]] = {}
    for person_id, _manager, code, far, permission in rows:
        roles.setdefault(person_id, set()).add(code)
        if permission is not None:
            is_right = Permission(permission) == about.right
            reach.setdefault((person_id, is_right), set()).add(far)
    staff = {
        key: Colleague(frozenset(held), *(frozenset(reach.get((key, each), ())) for each in (True, False)))
        for key, held in roles.items()
    }
    managers = {key: manager for key, manager in session.execute(select(Person.id, Person.manager_id))}
    return staff, managers


def _kinds(session: Session, about: subjects.Subject) -> list[Whose]:
    """Those of today; what is no distributor yet may be of any rep and territory that they have, and has no name."""
    rows = session.execute(
        select(
            func.min(Distributor.name),
            Standing.rep_id,
            Standing.tier_id,
            Standing.channel_id,
            Standing.territory_id,
            Territory.path,
        )
        .join(Standing, and_(Standing.distributor_id == Distributor.id, on_day(clock.today())))
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .where(Distributor.status != "ended")
        .group_by(
            Standing.rep_id, Standing.tier_id, Standing.channel_id, Standing.territory_id, Territory.path
        )
    )
    found = [
        Whose(name, rep, tier, channel, territory, _ids(path))
        for name, rep, tier, channel, territory, path in rows
    ]
    return found if about.is_of_distributor else [replace(each, name="", tier_id=None) for each in found]


def _ids(path: str | None) -> frozenset[int]:
    return frozenset(int(each) for each in (path or "").split("/") if each)
