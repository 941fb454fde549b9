"""Who is able to stand in for somebody: the rights with which they decide, reaching as far."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.approvals import subjects
from trade.people.models import Face, Membership, Person, Role, RolePermission
from trade.people.queries import CAN_WORK

REACHES = {"own": 1, "team": 2, "everyone": 3}
NOTHING = "desk.read"  # what somebody lacks who decides nothing, where the person decides nothing either


def lacked(session: Session, person_id: int, substitute_id: int) -> list[str]:
    """What the person decides with and the substitute lacks, or reaches less far; all of it for who cannot sign in."""
    far = _reaches(session, (person_id, substitute_id))
    return _lacked(far.get(person_id, {}), far.get(substitute_id, {}))


def substitutes(session: Session, person_id: int) -> set[int]:
    """Everybody who could stand in for a person; one statement."""
    far = _reaches(session, ())
    needed = far.get(person_id, {})
    return {each for each, reach in far.items() if each != person_id and not _lacked(needed, reach)}


def _lacked(needed: dict[str, int], reached: dict[str, int]) -> list[str]:
    if not needed:
        return [] if reached else [NOTHING]
    return sorted(right for right, reach in needed.items() if reached.get(right, 0) < reach)


def _reaches(session: Session, people: Collection[int]) -> dict[int, dict[str, int]]:
    """How far each right to decide reaches, of some people or of all, by person and right."""
    query = (
        select(Person.id, RolePermission.permission, Role.reach)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(
            *CAN_WORK,
            Role.face == Face.ADMIN,
            RolePermission.permission.in_({each.right.value for each in subjects.SUBJECTS.values()}),
        )
    )
    far: dict[int, dict[str, int]] = {}
    for who, right, reach in session.execute(query.where(Person.id.in_(people)) if people else query):
        rights = far.setdefault(who, {})
        rights[right] = max(REACHES[reach], rights.get(right, 0))
    return far
