from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock, editing
from trade.actor import Actor
from trade.db import insert_many
from trade.distributors.models import Territory
from trade.errors import Refused
from trade.inventory.models import Stock, StockTransfer, Warehouse, WarehouseTerritory


@dataclass(frozen=True)
class WarehouseGiven:
    """A warehouse as it is to be; without an id it is opened."""

    warehouse_id: int | None
    version: int
    code: str
    name: str
    address: str | None
    contact_name: str | None
    phone: str | None
    priority: int
    transit_days: int
    territory_ids: Sequence[int]


@dataclass(frozen=True)
class WarehouseGone:
    warehouse_id: int
    version: int
    is_archived: bool = True


FIELDS = ("code", "name", "address", "contact_name", "phone", "priority", "transit_days")


def keep_warehouse(session: Session, actor: Actor, given: WarehouseGiven) -> int:
    """Open a warehouse or change one, with the territories that it serves first; answers its id."""
    after = {name: getattr(given, name) for name in FIELDS}
    taken = select(Warehouse.id).where(
        Warehouse.code == given.code, Warehouse.id != (given.warehouse_id or 0)
    )
    if session.scalar(taken) is not None:
        raise Refused("warehouse.code_taken", field="code")
    if given.warehouse_id is None:
        house = Warehouse(**after)
        session.add(house)
        session.flush()
        _serve(session, house.id, given.territory_ids)
        changes = {name: (None, value) for name, value in after.items() if value is not None}
        editing.record(session, actor, "warehouse.opened", Warehouse, house.id, changes, version=1)
        return house.id
    found = session.scalar(select(Warehouse).where(Warehouse.id == given.warehouse_id).with_for_update())
    if found is None:
        raise Refused("warehouse.not_found")
    before = {name: getattr(found, name) for name in FIELDS} | {"territories": _names(session, found.id)}
    now = after | {"territories": _named(session, given.territory_ids)}
    changes = editing.differing(before, now)
    if changes:
        version = editing.take_turn(session, Warehouse, found.id, given.version, changes)
        session.execute(update(Warehouse).where(Warehouse.id == given.warehouse_id).values(after))
        _serve(session, given.warehouse_id, given.territory_ids)
        editing.record(
            session, actor, "warehouse.changed", Warehouse, given.warehouse_id, changes, version=version
        )
    return given.warehouse_id


def archive_warehouse(session: Session, actor: Actor, given: WarehouseGone) -> None:
    """Close a warehouse in which nothing lies and to which nothing is on its way, or open it again."""
    found = session.scalar(select(Warehouse).where(Warehouse.id == given.warehouse_id).with_for_update())
    if found is None:
        raise Refused("warehouse.not_found")
    if (found.archived_at is not None) == given.is_archived:
        return
    if given.is_archived:
        _refuse_in_use(session, found.id)
    change = {"archived": (not given.is_archived, given.is_archived)}
    version = editing.take_turn(session, Warehouse, found.id, given.version, change)
    when = clock.now() if given.is_archived else None
    session.execute(update(Warehouse).where(Warehouse.id == given.warehouse_id).values(archived_at=when))
    event = "warehouse.closed" if given.is_archived else "warehouse.reopened"
    editing.record(session, actor, event, Warehouse, given.warehouse_id, change, version=version)


def _refuse_in_use(session: Session, warehouse_id: int) -> None:
    holds = or_(Stock.on_hand != 0, Stock.reserved != 0, Stock.quarantine != 0)
    lies = exists().where(Stock.warehouse_id == warehouse_id, holds)
    comes = exists().where(
        StockTransfer.state == "dispatched",
        or_(StockTransfer.from_id == warehouse_id, StockTransfer.to_id == warehouse_id),
    )
    if session.scalar(select(or_(lies, comes))):
        raise Refused("warehouse.in_use")
    others = select(func.count()).where(Warehouse.archived_at.is_(None), Warehouse.id != warehouse_id)
    if not session.scalar(others):
        raise Refused("warehouse.last")


def _serve(session: Session, warehouse_id: int, territory_ids: Sequence[int]) -> None:
    session.execute(delete(WarehouseTerritory).where(WarehouseTerritory.warehouse_id == warehouse_id))
    known = session.scalars(
        select(Territory.id).where(Territory.id.in_(territory_ids)).order_by(Territory.id)
    )
    rows = [{"warehouse_id": warehouse_id, "territory_id": each} for each in known]
    insert_many(session, WarehouseTerritory, rows)


def _names(session: Session, warehouse_id: int) -> str:
    query = select(WarehouseTerritory.territory_id).where(WarehouseTerritory.warehouse_id == warehouse_id)
    return _named(session, session.scalars(query).all())


def _named(session: Session, territory_ids: Sequence[int]) -> str:
    query = select(Territory.name).where(Territory.id.in_(territory_ids)).order_by(Territory.code)
    return "、".join(session.scalars(query))
