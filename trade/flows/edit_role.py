"""Roles are rows: copied, edited, archived; nobody makes a role that may more than they may themselves."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade import audit, clock, editing
from trade.actor import Actor, Permission
from trade.approvals import subjects, succession
from trade.db import insert_many
from trade.errors import Refused
from trade.notices import outbox
from trade.people import authority, roles, sessions
from trade.people.models import Face, Reach, Role, RolePermission

MOST_NAMED = 5


@dataclass(frozen=True)
class RoleEdit:
    """What a role is called, may and reaches, on the version that was seen."""

    role_id: int
    version: int
    name: str
    reach: str
    permissions: frozenset[str]


@dataclass(frozen=True)
class Archiving:
    role_id: int
    version: int


@dataclass(frozen=True)
class RoleCopy:
    name: str
    role_id: int  # the one to copy


def copy_role(session: Session, actor: Actor, given: RoleCopy) -> int:
    """Start a new role as a copy of one that exists, and return its id."""
    _refuse_unfit(actor)
    source = _get(session, given.role_id)
    _refuse_name(session, given.name, None)
    authority.refuse_beyond(session, actor, source)
    role = Role(code="", name=given.name, face=source.face, reach=source.reach)
    role.code = roles.free_code(session)
    session.add(role)
    session.flush()
    permissions = authority.rights(session, source.id)
    insert_many(
        session, RolePermission, [{"role_id": role.id, "permission": each} for each in sorted(permissions)]
    )
    facts = {"name": given.name, "copied_from": source.name}
    audit.record(session, actor, "role.created", facts, subject="role", subject_id=role.id)
    return role.id


def edit_role(session: Session, actor: Actor, given: RoleEdit) -> None:
    """Change what the holders of a role may; who loses something is signed out, the rest see it at once."""
    _refuse_unfit(actor)
    had_keeper = authority.lock(session)
    role = _get(session, given.role_id)
    before = authority.rights(session, role.id)
    _refuse_beyond(session, actor, role, before, given)
    _refuse_name(session, given.name, role.id)
    changes = _changes(role, before, given)
    if not changes:
        return
    version = editing.take_turn(session, Role, given.role_id, given.version, changes)
    changed = update(Role).where(Role.id == given.role_id).values(name=given.name, reach=given.reach)
    session.execute(changed.execution_options(synchronize_session=False))
    _write(session, given.role_id, before, given.permissions)
    editing.record(session, actor, "role.edited", Role, given.role_id, changes, version=version)
    authority.refuse_no_keeper(session, had_keeper)
    if before - given.permissions or given.reach != role.reach:
        sessions.end_role(session, role.id, actor.person_id, clock.now())
    if (set(before) - given.permissions) & subjects.RIGHTS or given.reach != role.reach:
        people = [person_id for person_id, _ in authority.holders(session, given.role_id)]
        for moved in succession.refill(session, people):
            outbox.post(session, f"{moved.subject}.pending", **moved.letter)


def archive_role(session: Session, actor: Actor, given: Archiving) -> None:
    """Take a role out of use; refused while somebody holds it, and says who."""
    _refuse_unfit(actor)
    authority.lock(session)
    role = _get(session, given.role_id)
    if holders := authority.holders(session, role.id):
        names = [name for _, name in holders[:MOST_NAMED]]
        raise Refused("role.held", count=len(holders), names=names)
    authority.refuse_beyond(session, actor, role)
    won = session.scalar(
        update(Role)
        .where(Role.id == role.id, Role.version == given.version)
        .values(is_archived=True, version=given.version + 1)
        .returning(Role.id)
        .execution_options(synchronize_session=False)
    )
    if won is None:
        raise Refused("row.changed_meanwhile", changes={}, version=role.version)
    audit.record(session, actor, "role.archived", {"name": role.name}, subject="role", subject_id=role.id)


def _refuse_unfit(actor: Actor) -> None:
    """Roles are the whole brand's."""
    if not actor.may(Permission.ROLE_MANAGE) or not actor.scope.is_everyone:
        raise Refused("access.denied", keep={})


def _get(session: Session, role_id: int) -> Role:
    role = session.scalar(select(Role).where(Role.id == role_id, ~Role.is_archived))
    if role is None:
        raise Refused("role.not_found")
    session.expunge(role)  # as it was before this edit
    return role


def _refuse_beyond(
    session: Session, actor: Actor, role: Role, before: frozenset[str], given: RoleEdit
) -> None:
    """A right that one lacks can neither be added nor, with the rest of a better role, be touched."""
    fitting = {permission.value for permission in roles.rights_of_face(role.face)}
    if odd := sorted(given.permissions - before - fitting):
        raise Refused("role.wrong_side", keep={"lacked": odd}, field="permissions")
    reaches = {Reach.DISTRIBUTOR} if role.face == Face.PORTAL else {Reach.OWN, Reach.TEAM, Reach.EVERYONE}
    if given.reach not in reaches:
        raise Refused("role.reach_unknown", field="reach")
    lacked = sorted((given.permissions | before) - authority.held(actor))
    if role.face == Face.ADMIN and lacked:
        raise Refused("role.beyond_own", keep={"role": role.code, "lacked": lacked}, field="permissions")


def _refuse_name(session: Session, name: str, but: int | None) -> None:
    """Two roles of one name cannot be told apart."""
    same = select(Role.id).where(Role.name == name, ~Role.is_archived, Role.id != (but or 0))
    if session.scalar(same.limit(1)) is not None:
        raise Refused("role.name_taken", name=name, field="name")


def _write(session: Session, role_id: int, before: frozenset[str], after: frozenset[str]) -> None:
    gone = delete(RolePermission).where(
        RolePermission.role_id == role_id, RolePermission.permission.in_(before - after)
    )
    session.execute(gone.execution_options(synchronize_session=False))
    fresh = [{"role_id": role_id, "permission": each} for each in sorted(after - before)]
    insert_many(session, RolePermission, fresh)


def _changes(role: Role, before: frozenset[str], given: RoleEdit) -> dict[str, tuple[Any, Any]]:
    """What differs: name, reach, and each right that came or went under its own name."""
    changes = editing.differing(
        {"name": role.name, "reach": role.reach}, {"name": given.name, "reach": given.reach}
    )
    moved = before ^ given.permissions
    return changes | {each: (each in before, each in given.permissions) for each in sorted(moved)}
