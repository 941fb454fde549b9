"""Whose an application is before it is a distributor's: the ground on which the company stands, and who sells there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.applications.models import Application
from trade.distributors import territories
from trade.distributors.models import Distributor, Standing, Territory
from trade.distributors.queries import on_day, within
from trade.people.models import Person

Sold = tuple[
    str, int, int | None, int
]  # path of the territory, rep, to whom the rep reports, distributors there


def rep_of(session: Session, territory: Territory | None, day: date) -> int | None:
    """The rep to whom new ground belongs, with everybody to whom the rep reports; none: it is the whole brand's.

    A region leads to one territory at most: a region is mapped once, and the longest prefix decides. Territories have
    no people of their own, so whoever looks after most living distributors there or below has it; the first, where
    two have as many. Where nobody sells yet, the territories above are asked, each as far as one person leads all who
    sell in it: the manager of a province has its empty counties, and nobody the empty provinces of a country.
    It is found when the application is sent, and stays so until it is sent again, or the rep hands over.
    """
    if territory is None:
        return None
    ids = territories.ids_of(territory.path)
    sold = _sold(session, f"/{ids[0]}/", day)
    for above in range(len(ids), 0, -1):
        path = "".join(f"/{each}" for each in ids[:above]) + "/"
        here = [each for each in sold if each[0].startswith(path)]
        if here and (above == len(ids) or _is_led(here)):
            return _most(here)
    return None


def open_to(session: Session, actor: Actor, application: Application) -> frozenset[int] | None:
    """The territories in which this person may place a new distributor; none: in any, or in no territory.

    Where the company stands, and where distributors within reach do, each with what lies below; or where an earlier
    step placed it.
    """
    if actor.scope.is_everyone:
        return None
    own = select(Territory.path).join(
        Standing, and_(Standing.territory_id == Territory.id, on_day(clock.today()))
    )
    roots = set(session.scalars(own.where(within(actor, Standing.distributor_id)).distinct()))
    if (stands := territories.of_region(session, application.region_code)) is not None:
        roots.add(stands.path)
    places = session.execute(select(Territory.id, Territory.path).where(Territory.archived_at.is_(None)))
    found = {key for key, path in places if path.startswith(tuple(roots))}
    return frozenset(found | ({placed} if (placed := application.plan.get("territory_id")) else set()))


def _sold(session: Session, root: str, day: date) -> list[Sold]:
    """Who sells where in a tree; one statement."""
    rows = session.execute(
        select(Territory.path, Person.id, Person.manager_id, func.count())
        .join(Standing, and_(Standing.territory_id == Territory.id, on_day(day)))
        .join(Distributor, Distributor.id == Standing.distributor_id)
        .join(Person, Person.id == Standing.rep_id)
        .where(Territory.path.startswith(root), Distributor.status != "ended", Person.is_active)
        .group_by(Territory.path, Person.id, Person.manager_id)
    )
    return [(path, rep_id, manager_id, count) for path, rep_id, manager_id, count in rows]


def _is_led(here: Iterable[Sold]) -> bool:
    """Whether one person leads all of them; a manager who sells too leads, and who reports to nobody."""
    managers: Mapping[int, int | None] = {rep_id: manager_id for _path, rep_id, manager_id, _count in here}
    leaders = set(managers.values())
    return len({rep if rep in leaders else manager or rep for rep, manager in managers.items()}) == 1


def _most(here: Iterable[Sold]) -> int:
    counted: Counter[int] = Counter()
    for _path, rep_id, _manager, count in here:
        counted[rep_id] += count
    return min(counted, key=lambda rep_id: (-counted[rep_id], rep_id))
