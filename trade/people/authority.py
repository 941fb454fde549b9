"""Who may give what to whom: nobody grants what they lack, and somebody always keeps the keys of the house."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.people import queries
from trade.people.models import Face, Membership, Person, Reach, Role, RolePermission
from trade.people.naming import told_apart

KEYS = (Permission.ROLE_MANAGE, Permission.PERSON_MANAGE)  # whoever holds both can mend everything else
WIDTH = {Reach.DISTRIBUTOR: 0, Reach.OWN: 1, Reach.TEAM: 2, Reach.EVERYONE: 3}


def lock(session: Session) -> bool:
    """Let one change of who may what happen at a time; answers whether the house has a keeper before it."""
    session.execute(select(Role.id).order_by(Role.id).with_for_update()).all()
    return has_keeper(session)


def has_keeper(session: Session) -> bool:
    """Whether somebody who can sign in may change roles and people of the whole brand."""
    return bool(session.scalar(_holders(Role.face == Face.ADMIN, Role.reach == Reach.EVERYONE, *KEYS)))


def refuse_no_keeper(session: Session, had_keeper: bool) -> None:
    """Refuse what would take the keys from the last who has them. Raises Refused("role.last_administrator")."""
    session.flush()
    if had_keeper and not has_keeper(session):
        raise Refused("role.last_administrator")


def refuse_no_owner(session: Session, distributor_id: int) -> None:
    """Refuse what leaves a distributor without anybody who looks after its team."""
    session.flush()
    if not session.scalar(_holders(Membership.distributor_id == distributor_id, Permission.TEAM_MANAGE)):
        raise Refused("person.last_owner")


def rights(session: Session, role_id: int) -> frozenset[str]:
    """The permissions of a role as they are kept."""
    found = session.scalars(select(RolePermission.permission).where(RolePermission.role_id == role_id))
    return frozenset(found)


def held(actor: Actor) -> frozenset[str]:
    return frozenset(permission.value for permission in actor.permissions)


def refuse_beyond(session: Session, actor: Actor, role: Role) -> None:
    """Refuse to give a role that holds or reaches more than the giver does.

    Rights at a distributor are no rights at the brand: there the right to manage people is enough.
    """
    if role.face == Face.PORTAL and actor.distributor_id is None:
        return
    if lacked := sorted(rights(session, role.id) - held(actor)):
        raise Refused("role.beyond_own", keep={"role": role.code, "lacked": lacked}, field="role")
    if WIDTH[Reach(role.reach)] > width(actor):
        raise Refused("role.beyond_reach", keep={"role": role.code}, field="role")


def refuse_betters(session: Session, actor: Actor, person_id: int) -> None:
    """Refuse to touch the account of somebody who may do more at the brand, or reaches further."""
    if person_id == actor.person_id:
        return
    if lacked := sorted(queries.rights_of(session, person_id) - held(actor)):
        raise Refused("role.beyond_own", keep={"person_id": person_id, "lacked": lacked})
    reaches = select(Role.reach).join(Membership, Membership.role_id == Role.id)
    theirs = session.scalars(reaches.where(Membership.person_id == person_id, Membership.is_active))
    if any(WIDTH[Reach(reach)] > width(actor) for reach in theirs):
        raise Refused("role.beyond_reach", keep={"person_id": person_id})


def refuse_renewal(actor: Actor, person: Person) -> None:
    """Refuse another's new password for oneself, for whoever has none, and for whoever is shut out."""
    if person.id == actor.person_id:
        raise Refused("person.is_oneself")
    if person.password_hash is None:
        raise Refused("person.no_login", name=person.name)
    if not person.is_active:
        raise Refused("person.is_shut_out", name=person.name)


def width(actor: Actor) -> int:
    """How far an actor reaches, as a rank."""
    if actor.scope.is_everyone:
        return WIDTH[Reach.EVERYONE]
    if not actor.scope.rep_ids:
        return WIDTH[Reach.DISTRIBUTOR]
    return WIDTH[Reach.OWN if actor.scope.rep_ids == {actor.person_id} else Reach.TEAM]


def get_role(session: Session, code: str) -> Role:
    """A role that can be given. Raises Refused("role.not_found")."""
    role = session.scalar(select(Role).where(Role.code == code, ~Role.is_archived))
    if role is None:
        raise Refused("role.not_found")
    return role


def holders(session: Session, role_id: int) -> list[tuple[int, str]]:
    """Id and name of everybody who holds a role now."""
    rows = session.execute(
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.role_id == role_id, Membership.is_active)
        .order_by(Person.name, Person.id)
        .distinct()
    )
    return [(person_id, name) for person_id, name in rows]


def _holders(*conditions: ColumnElement[bool] | Permission) -> Select[int]:
    """How many can sign in and hold all of these permissions in one role."""
    wanted = [each.value for each in conditions if isinstance(each, Permission)]
    rules = [each for each in conditions if not isinstance(each, Permission)]
    full = (
        select(RolePermission.role_id)
        .where(RolePermission.permission.in_(wanted))
        .group_by(RolePermission.role_id)
        .having(func.count() == len(wanted))
    )
    return (
        select(func.count(Person.id))
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(*queries.CAN_WORK, Role.id.in_(full), *rules)
    )


def may_give(actor: Actor, role: Role, permissions: Collection[str]) -> bool:
    """Whether an actor could give a role somewhere, for what a page offers."""
    if role.face == Face.PORTAL and actor.distributor_id is None:
        return True
    return (
        role.face == (Face.ADMIN if actor.distributor_id is None else Face.PORTAL)
        and set(permissions) <= held(actor)
        and WIDTH[Reach(role.reach)] <= width(actor)
    )


def roles_to_give(session: Session, actor: Actor) -> list[Role]:
    """The roles that an actor may give, in the order in which they were made; one statement."""
    return [role for role, permissions in with_rights(session) if may_give(actor, role, permissions)]


def with_rights(session: Session) -> list[tuple[Role, frozenset[str]]]:
    """Every role in use with its permissions; one statement."""
    rows = session.execute(
        select(Role, RolePermission.permission)
        .outerjoin(RolePermission, RolePermission.role_id == Role.id)
        .where(~Role.is_archived)
        .order_by(Role.id)
    )
    found: dict[int, tuple[Role, set[str]]] = {}
    for role, permission in rows:
        found.setdefault(role.id, (role, set()))[1].update({permission} if permission else ())
    return [(role, frozenset(permissions)) for role, permissions in found.values()]


def count_holders(session: Session) -> dict[int, int]:
    """How many people hold each role now."""
    rows = session.execute(
        select(Membership.role_id, func.count(Membership.person_id.distinct()))
        .where(Membership.is_active)
        .group_by(Membership.role_id)
    )
    return {role_id: count for role_id, count in rows}


def staff(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Those at the brand within reach who can sign in: to whom others may report, or hand over."""
    query = (
        select(Person.id, Person.name, Person.user_name)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Person.is_active, Membership.is_active, Role.face == Face.ADMIN)
        .order_by(Person.name, Person.id)
        .distinct()
    )
    if not actor.scope.is_everyone:
        query = query.where(Person.id.in_(actor.scope.rep_ids))
    return told_apart(session.execute(query))
