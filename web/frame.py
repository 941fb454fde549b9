"""What stands around every page: brand, company, how much waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select, type_coerce
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from trade import clock, settings
from trade.actor import Actor, Permission
from trade.approvals import inbox
from trade.broadcasts import queries as broadcasts
from trade.db import BigId
from trade.distributors.models import Distributor
from trade.jobs.heartbeats import SILENCE
from trade.kept import kept
from trade.notices.queries import unread
from trade.orders.queries import cart_lines
from trade.people.models import Membership, Role
from trade.people.queries import SignedIn
from trade.settings import Setting
from trade.watch.queries import stuck

Count = Callable[[Actor, datetime], ColumnElement[int]]


# Field of Frame → what it takes to see it, and the part of the one statement that counts it.
COUNTS: dict[str, tuple[Permission, Count]] = {
    "unread": (Permission.NOTICE_READ, lambda actor, _since: unread(actor)),
    "untold": (Permission.BROADCAST_READ, lambda actor, _since: broadcasts.unread(actor)),
    "cart_lines": (Permission.CART_EDIT, lambda actor, _since: cart_lines(actor)),
    "waiting": (Permission.DESK_READ, lambda actor, _since: inbox.waiting(actor)),
    "troubles": (Permission.SYSTEM_OPERATE, lambda _actor, since: stuck(since)),
}
LOOK = ("brand.name", "brand.accent", "brand.logo")


@dataclass(frozen=True)
class Workplace:
    """One of the roles in which a person may go on working."""

    membership_id: int
    role_name: str
    distributor_name: str | None
    is_current: bool


@dataclass(frozen=True)
class Frame:
    brand: str
    accent: str = ""
    logo_id: int | None = None
    person_name: str | None = None
    role_name: str | None = None
    face: str | None = None
    workplaces: tuple[Workplace, ...] = ()
    unread: int = 0
    untold: int = 0  # broadcasts that this person has not opened
    cart_lines: int = 0
    waiting: int = 0
    troubles: int = 0

    @property
    def workplace(self) -> Workplace | None:
        return next((place for place in self.workplaces if place.is_current), None)


EMPTY = Frame(brand=str(settings.DEFAULTS["brand.name"]))


def load_frame(session: Session, actor: Actor, signed_in: SignedIn | None) -> Frame:
    """Load what every page shows, in one statement: a row per workplace, with the counts beside each."""
    names = tuple(name for name, (needed, _count) in COUNTS.items() if actor.may(needed))
    person_id = signed_in.person_id if signed_in else 0
    rows = session.execute(*_framed(actor, person_id, clock.now() - SILENCE, counts=names)).all()
    facts = rows[0]._mapping
    look = (str(facts["brand.name"] or EMPTY.brand), str(facts["brand.accent"] or ""), facts["brand.logo"])
    if signed_in is None:
        return Frame(*look)
    places = [(row[0], row[1], row[2]) for row in rows if row[0] is not None]
    return Frame(
        *look,
        person_name=signed_in.person_name,
        role_name=signed_in.role_name,
        face=signed_in.face,
        workplaces=tuple(Workplace(*place, place[0] == signed_in.membership_id) for place in places),
        **{key: int(facts[key] or 0) for key in names},
    )


@kept
def _framed(
    actor: Actor, person_id: int, since: datetime, *, counts: tuple[str, ...]
) -> Select[*tuple[Any, ...]]:
    columns: list[Any] = [COUNTS[name][1](actor, since).label(name) for name in counts]
    return _places(person_id).add_columns(*columns, *(_setting(key).label(key) for key in LOOK))


def _setting(key: str) -> Any:
    return select(Setting.value).where(Setting.key == key).scalar_subquery()


def _places(person_id: int) -> Select[*tuple[Any, ...]]:
    """Where somebody may work; a row of nothing for nobody. Aliases, so that the counts beside it see none of it."""
    member, role, company = aliased(Membership), aliased(Role), aliased(Distributor)
    anyone = select(type_coerce(person_id, BigId).label("id")).subquery("anyone")
    open_roles = select(Role.id).where(~Role.is_archived)
    is_open = and_(member.person_id == anyone.c.id, member.is_active, member.role_id.in_(open_roles))
    return (
        select(member.id, role.name, company.name)
        .select_from(anyone)
        .outerjoin(member, is_open)
        .outerjoin(role, role.id == member.role_id)
        .outerjoin(company, company.id == member.distributor_id)
        .order_by(member.id)
    )
