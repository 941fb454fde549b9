"""Provinces, cities and counties of GB/T 2260."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.db import insert_many
from trade.distributors.models import Region
from trade.errors import Refused

CHUNK = 500
NO_NAME = (
    "市辖区",
    "县",
    "省直辖县级行政区划",
    "自治区直辖县级行政区划",
)  # stand in the standard, on no envelope


@dataclass(frozen=True)
class Entry:
    code: str
    name: str
    parent_code: str | None


def fill(session: Session, actor: Actor, entries: Iterable[Entry]) -> int:
    """Add the regions that are missing, correct those renamed, and say how many; nothing is ever taken away."""
    given = {entry.code: entry for entry in entries}
    known = {row.code: (row.name, row.full_name) for row in session.scalars(select(Region))}
    wanted = {code: (entry.name, _full_name(given, entry)) for code, entry in given.items()}
    fresh = [
        {"code": code, "name": name, "full_name": full, "parent_code": given[code].parent_code}
        for code, (name, full) in wanted.items()
        if code not in known
    ]
    for start in range(0, len(fresh), CHUNK):
        insert_many(session, Region, fresh[start : start + CHUNK])
    renamed = [code for code, names in wanted.items() if code in known and known[code] != names]
    for code in renamed:
        name, full = wanted[code]
        session.execute(update(Region).where(Region.code == code).values(name=name, full_name=full))
    return len(fresh) + len(renamed)


def below(session: Session, parent_code: str | None) -> list[tuple[str, str]]:
    """Code and name of what lies directly below a region, or of the provinces."""
    query = select(Region.code, Region.name).where(Region.parent_code == parent_code)
    if parent_code is None:
        query = select(Region.code, Region.name).where(Region.parent_code.is_(None))
    return [(code, name) for code, name in session.execute(query.order_by(Region.code))]


def full_names(session: Session, codes: Collection[str | None]) -> dict[str, str]:
    """What stands on an envelope before the street, by code; one statement, none for nothing."""
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    rows = session.execute(select(Region.code, Region.full_name).where(Region.code.in_(wanted)))
    return {code: name for code, name in rows}


def refuse_vague(session: Session, code: str | None) -> None:
    """An address names its county, or the smallest region there is; asked only where the regions are loaded."""
    if code is None:
        if session.scalar(select(exists().select_from(Region))):
            raise Refused("region.needed", field="region")
        return
    known = session.scalar(select(Region.id).where(Region.code == code))
    if known is None or session.scalar(select(Region.id).where(Region.parent_code == code).limit(1)):
        raise Refused("region.too_vague", field="region")


def _full_name(given: dict[str, Entry], entry: Entry) -> str:
    above = given.get(entry.parent_code or "")
    own = "" if entry.name in NO_NAME or (above and above.name == entry.name) else entry.name
    return (_full_name(given, above) if above else "") + own
