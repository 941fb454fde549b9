"""The brand's own tree of territories, and which regions each covers."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, cast, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from trade.distributors.models import Region, Standing, Territory, TerritoryRegion
from trade.distributors.queries import on_day
from trade.errors import Refused


@dataclass
class Branch:
    """A territory with its depth, how many distributors it has today, itself and with those below, and its regions."""

    territory: Territory
    depth: int
    own: int = 0
    whole: int = 0
    regions: list[tuple[str, str]] = field(default_factory=list)
    children: int = 0


def tree(session: Session, day: date) -> list[Branch]:
    """The whole tree, each below its parent, siblings by code; three statements."""
    rows = list(session.scalars(select(Territory).order_by(Territory.code)))
    below: dict[int | None, list[Territory]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    branches: dict[int, Branch] = {}

    def walk(parent_id: int | None, depth: int) -> None:
        for row in below.get(parent_id, ()):
            branches[row.id] = Branch(row, depth, children=len(below.get(row.id, ())))
            walk(row.id, depth + 1)

    walk(None, 0)
    counts = session.execute(
        select(Standing.territory_id, func.count())
        .where(on_day(day), Standing.territory_id.is_not(None))
        .group_by(Standing.territory_id)
    )
    for territory_id, count in counts:
        if territory_id is None:
            continue
        branch = branches[territory_id]
        branch.own = count
        for above in ids_of(branch.territory.path):
            branches[above].whole += count
    regions = session.execute(
        select(TerritoryRegion.territory_id, TerritoryRegion.region_code, Region.full_name)
        .outerjoin(Region, Region.code == TerritoryRegion.region_code)
        .order_by(TerritoryRegion.region_code)
    )
    for territory_id, code, name in regions:
        branches[territory_id].regions.append((code, name or code))
    return list(branches.values())


def ids_of(path: str) -> list[int]:
    """The ids from the root to the territory itself."""
    return [int(each) for each in path.split("/") if each]


def lock(session: Session) -> None:
    """Let nobody else change the tree until this is done: paths of a subtree are rewritten together."""
    session.execute(select(Territory.id).order_by(Territory.id).with_for_update())


def move(session: Session, territory: Territory, parent_id: int | None) -> None:
    """Hang a territory with all below it under another one; the caller holds the tree. Raises Refused on a circle."""
    parent = None
    if parent_id is not None:
        parent = session.scalar(select(Territory).where(Territory.id == parent_id))
        if parent is None or parent.archived_at is not None:
            raise Refused("standing.choice_gone", field="parent_id")
        if territory.id in ids_of(parent.path):
            raise Refused("territory.circle", field="parent_id")
    old, new = territory.path, f"{parent.path if parent else '/'}{territory.id}/"
    territory.parent_id = parent_id
    session.flush()
    tail = func.substr(Territory.path, len(old) + 1)
    session.execute(
        update(Territory)
        .where(Territory.path.startswith(old, autoescape=True))
        .values(path=cast(new, String).concat(tail))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def cover(session: Session, territory_id: int, codes: list[str]) -> tuple[list[str], list[str]]:
    """Set the regions that a territory covers, and return them before and after.

    Raises Refused for an unknown code and for one that another territory covers; a wider or narrower code may be
    another's, since the longest one decides.
    """
    known = set(session.scalars(select(Region.code).where(Region.code.in_(codes))))
    if unknown := [code for code in codes if code not in known]:
        raise Refused("region.unknown", codes=unknown, field="regions")
    taken = session.execute(
        select(TerritoryRegion.region_code, Territory.name)
        .join(Territory, Territory.id == TerritoryRegion.territory_id)
        .where(TerritoryRegion.region_code.in_(codes), TerritoryRegion.territory_id != territory_id)
    ).first()
    if taken:
        raise Refused("region.taken", region=taken[0], territory=taken[1], field="regions")
    rows = session.scalars(select(TerritoryRegion).where(TerritoryRegion.territory_id == territory_id)).all()
    before = sorted(row.region_code for row in rows)
    for row in rows:
        if row.region_code not in codes:
            session.delete(row)
    session.add_all(
        TerritoryRegion(territory_id=territory_id, region_code=code) for code in codes if code not in before
    )
    session.flush()
    return before, sorted(codes)


def of_region(session: Session, code: str | None) -> Territory | None:
    """The territory that covers a region, if one does."""
    return (
        session.scalar(select(Territory).where(Territory.id == covering(literal(code, String))))
        if code
        else None
    )


def covering(code: ColumnElement[str] | InstrumentedAttribute[str | None]) -> ScalarSelect[int]:
    """The territory that covers a region, as a part of a statement.

    The longest prefix that is mapped decides, and a code is mapped once.
    """
    area = aliased(Territory)
    query = (
        select(TerritoryRegion.territory_id)
        .join(area, area.id == TerritoryRegion.territory_id)
        .where(
            TerritoryRegion.region_code.in_([func.substr(code, 1, length) for length in (2, 4, 6)]),
            area.archived_at.is_(None),
        )
        .order_by(func.length(TerritoryRegion.region_code).desc())
        .limit(1)
    )
    return query.scalar_subquery()


def spelled(branches: list[Branch]) -> list[tuple[int, str]]:
    """Choices for a select: id, and the name set in by its depth."""
    return [(each.territory.id, "　" * each.depth + each.territory.name) for each in branches]


def on_offer(session: Session, *, with_archived: bool = False) -> list[tuple[int, str]]:
    """The territories that may be chosen, or looked back at, each under its parent; one statement."""
    wanted = select(Territory)
    rows: Any = session.scalars(
        wanted if with_archived else wanted.where(Territory.archived_at.is_(None))
    ).all()
    codes = {row.id: row.code for row in rows}
    rows = sorted(rows, key=lambda row: [codes.get(each, "") for each in ids_of(row.path)])
    return [(row.id, "　" * (len(ids_of(row.path)) - 1) + row.name) for row in rows]
