"""Who works for the invented brand and for its distributors; a few of them are told how to sign in."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops.demo.masters import REPS
from ops.demo.partners import Partner, person_name
from trade.actor import EVERYONE, Actor, Scope
from trade.distributors.models import Distributor
from trade.flows.create_person import NewPerson, create_person
from trade.flows.give_login import Login as GivenLogin
from trade.flows.give_login import give_login
from trade.flows.invite_person import Guest, invite_person
from trade.people import passwords
from trade.people.models import Membership, Person, Role
from trade.people.roles import SHIPPED


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in to the demo."""

    name: str
    role: str
    user_name: str
    distributor: str | None
    password: str


@dataclass(frozen=True)
class Cast:
    """The people with the hashes of their passwords, made before the transaction.

    All who are not told share `nobody`: the hash of a word that was thrown away, so they work here and cannot enter.
    """

    logins: tuple[Login, ...]
    hashes: Mapping[str, str]
    nobody: str


LEAD = "D1001"
TOLD = (
    ("王采购", "buyer", "buyer", LEAD),
    ("黄老板", "owner", "owner", LEAD),
    ("郑会计", "distributor_finance", "clerk", LEAD),
    ("陈闽生", "sales_rep", "rep", None),
    ("吴海燕", "sales_manager", "manager", None),
    ("赵敏", "finance", "finance", None),
    ("钱强", "warehouse", "warehouse", None),
    ("孙悦", "marketing", "marketing", None),
    ("李若溪", "administrator", "admin", None),
)
UNTOLD = (("周建国", "sales_manager", "manager2"), ("马丽", "warehouse", "warehouse2"))
TEAMS = {"rep-1": "manager", "rep-2": "manager", "rep-5": "manager", "rep-3": "manager2", "rep-4": "manager2", "rep-6": "manager2"}  # fmt: skip
PERMISSIONS = {role.code: frozenset(role.permissions) for role in SHIPPED}


def cast() -> Cast:
    """Passwords that nobody can guess, hashed outside the transaction since that is slow."""
    logins = tuple(
        Login(name, role, user_name, home, secrets.token_urlsafe(9)) for name, role, user_name, home in TOLD
    )
    hashes = {login.user_name: passwords.hashed(login.password) for login in logins}
    return Cast(logins, hashes, passwords.hashed(secrets.token_urlsafe(32)))


def hire(session: Session, actor: Actor, crew: Cast) -> None:
    """Let the brand's people work: managers first, then their reps."""
    for login in crew.logins:
        if login.distributor is None and login.role != "sales_rep":
            given = NewPerson(login.name, login.role, crew.hashes[login.user_name], user_name=login.user_name)
            create_person(session, actor, given)
    for name, role, user_name in UNTOLD:
        create_person(session, actor, NewPerson(name, role, crew.nobody, user_name=user_name))
    session.flush()
    ids = {name or "": key for name, key in session.execute(select(Person.user_name, Person.id))}
    codes = select(Person.external_code, Person.id).where(Person.external_code.in_(REPS))
    for external_code, person_id in session.execute(codes.order_by(Person.external_code)).all():
        code = external_code or ""
        user_name = "rep" if code == "rep-1" else code.replace("-", "")
        password_hash = crew.hashes.get(user_name, crew.nobody)
        given_login = GivenLogin(person_id, "sales_rep", password_hash, user_name, ids[TEAMS[code]])
        give_login(session, actor, given_login)
        number = f"1380030000{code[-1]}"  # distributors read under Me whom they call
        session.execute(update(Person).where(Person.id == person_id).values(phone=number))
    session.flush()


def settle(session: Session, actor: Actor, crew: Cast, partners: Sequence[Partner]) -> None:
    """Let owners, buyers and clerks of the distributors on stage in, and invite two more."""
    rng = Random(5)
    homes = {code: row_id for code, row_id in session.execute(select(Distributor.code, Distributor.id))}
    for login in crew.logins:
        if login.distributor is not None:
            password_hash = crew.hashes[login.user_name]
            home = homes[login.distributor]
            given = NewPerson(
                login.name, login.role, password_hash, user_name=login.user_name, distributor_id=home
            )
            create_person(session, actor, given)
    for partner in partners:
        if not partner.is_lead or partner.code == LEAD:
            continue
        roles = [("owner", partner.contact), ("buyer", person_name(rng))]
        if partner.at % 3 == 2:
            roles.append(("distributor_finance", person_name(rng)))
        for place, (role, name) in enumerate(roles):
            user_name = f"{role.removeprefix('distributor_')}-{partner.code.lower()}"
            phone = f"1380010{partner.at:02d}{place:02d}"
            given = NewPerson(
                name, role, crew.nobody, phone, user_name=user_name, distributor_id=homes[partner.code]
            )
            create_person(session, actor, given)
    session.flush()


def invite(session: Session, actor: Actor) -> None:
    """Two links that wait to be used: one at the brand, one at a distributor."""
    home = session.scalars(select(Distributor.id).where(Distributor.code == LEAD)).one()
    invite_person(session, actor, Guest("杨春晖", "buyer", phone="13800200001", distributor_id=home))
    invite_person(session, actor, Guest("徐佳怡", "finance", email="xu.jiayi@yunxiu.example"))


class Stage:
    """Finds the actor behind a user name, with the rights of the role and the reach that a role's people have."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(
            select(Person.user_name, Person.id, Membership.distributor_id, Role.code)
            .join(Membership, Membership.person_id == Person.id)
            .join(Role, Role.id == Membership.role_id)
            .where(Person.user_name.is_not(None))
            .order_by(Membership.id)
        )
        self._known = {name or "": (person_id, home, role) for name, person_id, home, role in rows}
        self.names = {person_id: name for name, (person_id, _home, _role) in self._known.items()}

    def actor(self, user_name: str) -> Actor:
        person_id, home, role = self._known[user_name]
        scope = Scope(distributor_ids=frozenset({home})) if home else EVERYONE
        return Actor("demo", person_id, home, scope, PERMISSIONS[role])

    def by_id(self, person_id: int) -> Actor:
        return self.actor(self.names[person_id])
