import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ScalarSelect, Select, String, case, cast, func, or_, select
from sqlalchemy.orm import Session

from trade.actor import EVERYONE, Actor, Permission, Scope
from trade.kept import kept
from trade.people.absences import stood_for
from trade.people.models import (
    Face,
    LoginSession,
    Membership,
    Person,
    Reach,
    Role,
    RolePermission,
    SavedView,
)
from trade.people.naming import told_apart
from trade.settings import DEFAULTS, Setting

IDLE = {Face.ADMIN: "session.staff_idle_hours", Face.PORTAL: "session.idle_hours"}

# Who can sign in and work in a role, of the three joined.
CAN_WORK = (Person.is_active, Person.password_hash.is_not(None), Membership.is_active, ~Role.is_archived)


@dataclass(frozen=True)
class SignedIn:
    """Who stands behind a session cookie, in which role, reaching how far."""

    session_id: int
    person_id: int
    person_name: str
    locale: str
    membership_id: int
    distributor_id: int | None
    role_name: str
    face: Face
    scope: Scope
    permissions: frozenset[Permission]
    seen_at: datetime
    asked_behalf: int | None = None  # the distributor for whom the session was opened, whatever holds now
    on_behalf_of: int | None = None  # the same while it holds
    on_behalf_name: str = ""
    stood_for_ids: frozenset[int] = frozenset()  # who is away today and whose work this person does

    def actor(self, origin: str) -> Actor:
        who = (self.person_id, self.distributor_id, self.scope, self.permissions, self.on_behalf_of)
        return Actor(origin, *who, self.stood_for_ids)


@dataclass(frozen=True)
class Account:
    """What signing in has to know about the person whom a name means."""

    person_id: int
    password_hash: str | None
    is_active: bool
    name: str = ""  # one name of the account, whichever of the three was typed


def token_hash(token: str) -> str:
    """The only form in which a session token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Who is signed in with this token; nobody once it is revoked, over or idle, or person or membership is off.

    One statement; the team is a list of ids in one text.
    """
    row = session.execute(*_standing(token_hash(token), now)).one_or_none()
    if row is None or is_idle(row.seen_at, row.idle_hours, row.face, now):
        return None
    return SignedIn(
        session_id=row.session_id,
        person_id=row.person_id,
        person_name=row.person_name,
        locale=row.locale,
        membership_id=row.membership_id,
        distributor_id=row.distributor_id,
        role_name=row.role_name,
        face=Face(row.face),
        scope=_scope(Reach(row.reach), _ids(row.whom), row.distributor_id, _ids(row.team)),
        permissions=_permissions(set(row.permissions.split(",")) if row.permissions else set()),
        seen_at=row.seen_at,
        asked_behalf=row.on_behalf_of,
        stood_for_ids=_ids(row.whom) - {row.person_id} if row.face == Face.ADMIN else frozenset(),
    )


@kept
def _standing(hashed: str, now: datetime) -> Select[*tuple[Any, ...]]:
    """Who holds a token: every request asks it."""
    is_held = LoginSession.token_hash == hashed
    whom = stood_for(select(LoginSession.person_id.label("id")).where(is_held))
    team = _team(select(whom.c.id))
    granted = select(func.aggregate_strings(RolePermission.permission, ","))
    return (
        select(
            LoginSession.id.label("session_id"),
            LoginSession.seen_at,
            idle_hours().label("idle_hours"),
            LoginSession.on_behalf_of,
            Person.id.label("person_id"),
            Person.name.label("person_name"),
            Person.locale,
            Membership.id.label("membership_id"),
            Membership.distributor_id,
            Role.name.label("role_name"),
            Role.face,
            Role.reach,
            select(func.aggregate_strings(cast(team.c.id, String), ",")).scalar_subquery().label("team"),
            select(func.aggregate_strings(cast(whom.c.id, String), ",")).scalar_subquery().label("whom"),
            granted.where(RolePermission.role_id == Role.id).scalar_subquery().label("permissions"),
        )
        .join(Person, Person.id == LoginSession.person_id)
        .join(Membership, Membership.id == LoginSession.membership_id)
        .join(Role, Role.id == Membership.role_id)
        .where(
            is_held,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
            Person.is_active,
            Membership.is_active,
            ~Role.is_archived,
        )
    )


def team_of(session: Session, person_id: int) -> frozenset[int]:
    """Everyone whose chain of managers leads to this person, and the person; ends also on a circle."""
    return frozenset(session.scalars(select(_team(select(Person.id).where(Person.id == person_id)).c.id)))


def managers_of(session: Session, person_id: int) -> frozenset[int]:
    """Everyone to whom a person reports, directly or not, without the person."""
    return frozenset(session.scalars(chain_of(select(Person.id).where(Person.id == person_id)))) - {person_id}


def chain_of(people: Select[int]) -> Select[int]:
    """These people and everyone to whom they report, directly or not; ends also on a circle."""
    chain = people.cte("chain", recursive=True)
    upwards = select(Person.manager_id).join(chain, Person.id == chain.c[0])
    return select(chain.union(upwards.where(Person.manager_id.is_not(None))).c[0])


def idle_hours() -> ScalarSelect[Any]:
    """What the house has set for the role beside it: how long a browser may rest; nothing where it set nothing."""
    by_face = case((Role.face == Face.ADMIN, IDLE[Face.ADMIN]), else_=IDLE[Face.PORTAL])
    return select(Setting.value).where(Setting.key == by_face).correlate(Role).scalar_subquery()


def is_idle(seen_at: datetime, hours: int | None, face: str, now: datetime) -> bool:
    """Whether a browser has rested too long to be let on."""
    allowed = DEFAULTS[IDLE[Face(face)]] if hours is None else hours
    return now - seen_at > timedelta(hours=int(allowed))


def find_account(session: Session, name: str) -> Account | None:
    """The account that a phone number, an e-mail address or a user name means."""
    plain = name.strip().lower()
    wanted = or_(Person.phone == plain, Person.email == plain, Person.user_name == plain)
    names = Person.phone, Person.email, Person.user_name
    row = session.execute(
        select(Person.id, Person.password_hash, Person.is_active, *names)
        .where(wanted)
        .order_by(Person.id)
        .limit(1)
    ).first()
    return row and Account(*row[:3], row[3] or row[4] or row[5] or "")


def memberships_of(session: Session, person_id: int) -> list[tuple[Membership, Role]]:
    """Where a person may work, longest-held first."""
    rows = session.execute(
        select(Membership, Role)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.person_id == person_id, Membership.is_active, ~Role.is_archived)
        .order_by(Membership.id)
    )
    return [(membership, role) for membership, role in rows]


def names_of(session: Session, person_ids: Collection[int | None]) -> dict[int, str]:
    """Names by id; one statement, none for nobody."""
    wanted = {person_id for person_id in person_ids if person_id is not None}
    if not wanted:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {person_id: name for person_id, name in rows}


def views_of(session: Session, person_id: int | None, page: str) -> list[SavedView]:
    """The filters of a list that a person has given names, in the order in which they were made."""
    own = select(SavedView).where(SavedView.person_id == person_id, SavedView.page == page)
    return list(session.scalars(own.order_by(SavedView.id)))


def roles_on_offer(session: Session) -> list[Role]:
    """The roles that can be given, in the order in which they were made."""
    return list(session.scalars(select(Role).where(~Role.is_archived).order_by(Role.id)))


def rights_of(session: Session, person_id: int) -> frozenset[str]:
    """Every permission at the brand that a person holds in any role."""
    rows = session.scalars(
        select(RolePermission.permission)
        .join(Role, Role.id == RolePermission.role_id)
        .join(Membership, Membership.role_id == Role.id)
        .where(Membership.person_id == person_id, Membership.is_active, Role.face == Face.ADMIN)
    )
    return frozenset(rows)


def _team(leader: Select[int]) -> CTE:
    team = leader.cte("team", recursive=True)
    return team.union(select(Person.id).join(team, Person.manager_id == team.c.id))


def _ids(listed: str) -> frozenset[int]:
    return frozenset(int(each) for each in listed.split(","))


def _scope(
    reach: Reach, own_ids: frozenset[int], distributor_id: int | None, team_ids: frozenset[int]
) -> Scope:
    """Whose rows are within reach; whoever does the work of somebody who is away reaches what is theirs too."""
    if reach == Reach.EVERYONE:
        return EVERYONE
    if reach in {Reach.TEAM, Reach.OWN}:
        return Scope(rep_ids=team_ids if reach == Reach.TEAM else own_ids)
    return Scope() if distributor_id is None else Scope(distributor_ids=frozenset({distributor_id}))


def _permissions(names: set[str | None]) -> frozenset[Permission]:
    known = {permission.value: permission for permission in Permission}
    return frozenset(known[name] for name in names if name in known)


def at_work(session: Session) -> list[tuple[int, str]]:
    """Everybody at the brand who can sign in and work: who may be away, and who may decide meanwhile."""
    able = (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(*CAN_WORK, Role.face == Face.ADMIN)
    )
    wanted = select(Person.id, Person.name, Person.user_name).where(Person.id.in_(able))
    return told_apart(session.execute(wanted.order_by(Person.name, Person.id)))
