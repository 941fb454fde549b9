import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor, Permission
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.people.models import Face, Membership, Person, Role, RolePermission

PHONE = re.compile(r"1[3-9][0-9]{9}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True)
class NewPerson:
    """Somebody who will sign in; the hash is made outside the transaction (`passwords.hashed`)."""

    name: str
    role: str  # code
    password_hash: str | None
    phone: str | None = None
    email: str | None = None
    user_name: str | None = None
    distributor_id: int | None = None
    manager_id: int | None = None


def create_person(session: Session, actor: Actor, given: NewPerson) -> int:
    """Let a person work here in one role, and return the id; nobody grants at the brand what they lack."""
    names = {
        "phone": _phone(given.phone),
        "email": _email(given.email),
        "user_name": _plain(given.user_name),
    }
    if not any(names.values()):
        raise Refused("person.name_needed", field="phone")
    role = session.scalar(select(Role).where(Role.code == given.role, ~Role.is_archived))
    if role is None:
        raise Refused("role.not_found")
    _refuse_overreach(session, actor, role)
    _refuse_taken(session, names)
    if (given.distributor_id is not None) != (role.face == Face.PORTAL):
        raise Refused("person.distributor_needed", field="distributor")
    if given.distributor_id is not None and not session.scalar(
        select(Distributor.id).where(Distributor.id == given.distributor_id)
    ):
        raise Refused("distributor.not_found")
    person = Person(name=given.name, password_hash=given.password_hash, manager_id=given.manager_id, **names)
    session.add(person)
    session.flush()
    session.add(Membership(person_id=person.id, distributor_id=given.distributor_id, role_id=role.id))
    facts = {"role": role.code, "distributor_id": given.distributor_id}
    audit.record(session, actor, "person.created", facts, subject="person", subject_id=person.id)
    return person.id


def _plain(name: str | None) -> str | None:
    return (name or "").strip().lower() or None


def _phone(text: str | None) -> str | None:
    """A mobile number as its eleven digits, however wide or spaced it was typed."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text or ""))
    if plain and not PHONE.fullmatch(plain):
        raise Refused("person.phone_odd", field="phone")
    return plain or None


def _email(text: str | None) -> str | None:
    plain = _plain(unicodedata.normalize("NFKC", text or ""))
    if plain and not EMAIL.fullmatch(plain):
        raise Refused("person.email_odd", field="email")
    return plain


def _refuse_overreach(session: Session, actor: Actor, role: Role) -> None:
    """A role at the brand needs each of its rights in the giver; one at a distributor, the right to manage people."""
    if not actor.may(Permission.PERSON_MANAGE) or not actor.scope.is_everyone:
        raise Refused("access.denied", keep={"role": role.code})
    if role.face == Face.PORTAL:
        return
    wanted = session.scalars(select(RolePermission.permission).where(RolePermission.role_id == role.id))
    lacked = sorted(set(wanted) - {permission.value for permission in actor.permissions})
    if lacked:
        raise Refused("role.beyond_own", keep={"role": role.code, "lacked": lacked}, field="role")


def _refuse_taken(session: Session, names: dict[str, str | None]) -> None:
    """A name signs one person in, whichever of the three kinds it is."""
    for field, name in names.items():
        anywhere = or_(Person.phone == name, Person.email == name, Person.user_name == name)
        if name and session.scalar(select(Person.id).where(anywhere)):
            raise Refused("person.name_taken", name=name, field=field)
