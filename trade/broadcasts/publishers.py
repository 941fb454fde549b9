from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import EVERYONE, Actor, Permission, Scope
from trade.people.models import Face, Membership, Person, Reach, Role, RolePermission
from trade.people.queries import team_of


def actor_of(session: Session, origin: str, person_id: int | None) -> Actor | None:
    """Who publishes what was put off: the person who said so, with the reach of today; nobody once the right is gone."""
    rows = session.execute(
        select(Role.reach)
        .join(Membership, Membership.role_id == Role.id)
        .join(Person, Person.id == Membership.person_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(
            Person.id == person_id,
            Person.is_active,
            Membership.is_active,
            ~Role.is_archived,
            Role.face == Face.ADMIN,
            RolePermission.permission == Permission.BROADCAST_PUBLISH.value,
        )
    )
    reaches = set(rows.scalars())
    if not reaches or person_id is None:
        return None
    scope = EVERYONE
    if Reach.EVERYONE not in reaches:
        reps = team_of(session, person_id) if Reach.TEAM in reaches else frozenset({person_id})
        scope = Scope(rep_ids=reps)
    return Actor(origin, person_id, scope=scope, permissions=frozenset({Permission.BROADCAST_PUBLISH}))
