"""What which warehouse keeps for which line; the order is locked by whoever changes it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from trade.db import insert_many
from trade.errors import LostRace, Refused
from trade.inventory import stock
from trade.inventory.models import Warehouse
from trade.inventory.queries import Free, look, warehouses
from trade.inventory.rules import Shares, Want, allocate
from trade.inventory.stock import Deed, Place
from trade.orders import parts
from trade.orders.models import Allocation, OrderLine
from trade.orders.parts import Part


@dataclass(frozen=True)
class Plan:
    """Which warehouse could keep what, and what is free."""

    wants: Sequence[Want]
    shares: Shares
    free: Free

    @property
    def short(self) -> list[Want]:
        """The lines that do not get all they want."""
        return [want for want in self.wants if total(self.shares, want.line_id) < want.quantity]


@dataclass(frozen=True)
class Load:
    """What goes into one parcel, and from which warehouse, if that was said."""

    parts: Sequence[Part]
    warehouse_id: int | None


def plan(
    session: Session,
    wants: Sequence[Want],
    territory_ids: Collection[int],
    *,
    is_partial: bool = False,
    seen: Free | None = None,
) -> Plan:
    """Say who could keep what, by what was seen to be free or, after a lost race or none, by a look under a lock."""
    free = seen
    if free is None or session.info.get("attempt", 0):
        free = look(session, {want.sku_id for want in wants}, territory_ids, is_locked=True)
    return Plan(wants, allocate(wants, free.units, free.houses, is_partial=is_partial), free)


def keep(session: Session, deed: Deed, found: Plan) -> None:
    """Reserve what the plan says, for lines that have nothing there yet."""
    skus = {want.line_id: want.sku_id for want in found.wants}
    if stock.reserve(session, deed, by_place(found.shares, skus)):
        raise LostRace
    insert_many(session, Allocation, _rows(found.shares))


def add(session: Session, deed: Deed, found: Plan) -> None:
    """Reserve what the plan says on top of what the lines of the order have already."""
    skus = {want.line_id: want.sku_id for want in found.wants}
    if stock.reserve(session, deed, by_place(found.shares, skus)):
        raise LostRace
    kept = of_order(session, deed.order_id or 0)
    store(session, {line_id: _merged(kept.get(line_id, {}), more) for line_id, more in found.shares.items()})


@dataclass(frozen=True)
class Step:
    """Base units of a line that another warehouse is to keep."""

    line_id: int
    from_id: int
    to_id: int
    quantity: int


def shift(session: Session, deed: Deed, lines: Mapping[int, OrderLine], steps: Sequence[Step]) -> None:
    """Let other warehouses keep parts of an order's lines; refuses more than is kept where it comes from."""
    kept = of_order(session, deed.order_id or 0)
    changed: Shares = {}
    given_up: dict[Place, int] = {}
    wanted: dict[Place, int] = {}
    for step in steps:
        line = lines.get(step.line_id)
        if line is None or step.from_id == step.to_id or step.quantity <= 0:
            raise Refused("allocation.nothing_to_move")
        mine = changed.setdefault(line.id, dict(kept.get(line.id, {})))
        if mine.get(step.from_id, 0) < step.quantity:
            raise Refused("allocation.less_is_kept", sku=line.sku_code, kept=mine.get(step.from_id, 0))
        mine[step.from_id] -= step.quantity
        mine[step.to_id] = mine.get(step.to_id, 0) + step.quantity
        for places, house in (given_up, step.from_id), (wanted, step.to_id):
            places[house, line.sku_id] = places.get((house, line.sku_id), 0) + step.quantity
    stock.shift(session, deed, given_up, wanted)
    store(session, changed)


def _merged(kept: Mapping[int, int], more: Mapping[int, int]) -> dict[int, int]:
    return {house: kept.get(house, 0) + more.get(house, 0) for house in {*kept, *more}}


def total(shares: Mapping[int, Mapping[int, int]], line_id: int) -> int:
    """Base units that a line has over all warehouses."""
    return sum(shares.get(line_id, {}).values())


def houses_of(session: Session, order_id: int) -> tuple[Shares, Sequence[Warehouse]]:
    """What `of_order` says, with every warehouse as it is preferred, archived ones too; one statement."""
    own = select(OrderLine.id).where(OrderLine.order_id == order_id)
    rows = session.execute(
        select(Warehouse, Allocation.line_id, Allocation.reserved)
        .outerjoin(Allocation, and_(Allocation.warehouse_id == Warehouse.id, Allocation.line_id.in_(own)))
        .order_by(Warehouse.priority, Warehouse.id)
    )
    shares: Shares = {}
    houses: dict[int, Warehouse] = {}
    for house, line_id, reserved in rows:
        houses[house.id] = house
        if line_id is not None:
            shares.setdefault(line_id, {})[house.id] = reserved
    return shares, list(houses.values())


def of_order(session: Session, order_id: int) -> Shares:
    """By line and warehouse, the base units that an order's lines have reserved."""
    rows = session.execute(
        select(Allocation.line_id, Allocation.warehouse_id, Allocation.reserved)
        .join(OrderLine, OrderLine.id == Allocation.line_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.line_no, Allocation.warehouse_id)
    )
    shares: Shares = {}
    for line_id, warehouse_id, reserved in rows:
        shares.setdefault(line_id, {})[warehouse_id] = reserved
    return shares


def store(session: Session, shares: Mapping[int, Mapping[int, int]]) -> None:
    """Write what these lines have from now on, and their sums; a line without shares has nothing."""
    if not shares:
        return
    session.execute(
        delete(Allocation)
        .where(Allocation.line_id.in_(list(shares)))
        .execution_options(synchronize_session=False)
    )
    insert_many(session, Allocation, _rows(shares))
    session.execute(
        update(OrderLine), [{"id": line_id, "reserved": total(shares, line_id)} for line_id in sorted(shares)]
    )


def release(session: Session, deed: Deed, lines: Iterable[OrderLine]) -> None:
    """Give back all that these lines of one order have reserved, wherever it lies."""
    skus = {line.id: line.sku_id for line in lines if line.reserved}
    if not skus or deed.order_id is None:
        return
    held = {line_id: kept for line_id, kept in of_order(session, deed.order_id).items() if line_id in skus}
    stock.release(session, deed, by_place(held, skus))
    store(session, {line_id: {} for line_id in skus})


def lower(session: Session, deed: Deed, wanted: Mapping[int, tuple[int, int]]) -> None:
    """Give back base units, by line id its SKU and how many; the warehouses that came last give first."""
    if not wanted:
        return
    kept = of_order(session, deed.order_id or 0)
    changed: Shares = {}
    places: dict[Place, int] = {}
    for line_id, (sku_id, units) in sorted(wanted.items()):
        mine = changed[line_id] = dict(kept.get(line_id, {}))
        for house in reversed(list(mine)):
            part = min(units, mine[house])
            if part:
                mine[house] -= part
                units -= part
                places[house, sku_id] = places.get((house, sku_id), 0) + part
    stock.release(session, deed, places)
    store(session, changed)


def unload(session: Session, deed: Deed, load: Load) -> int:
    """Let a parcel take what its warehouse keeps for the lines, and goods they wait for if free; answers the warehouse.

    The order's lines no longer have reserved what leaves; the stock itself is issued by the caller.
    """
    kept = of_order(session, deed.order_id or 0)
    house = load.warehouse_id or _only_house(session, kept, load.parts)
    late: dict[Place, int] = {}
    after: Shares = {}
    for part in load.parts:
        line, here = part.line, kept.get(part.line.id, {}).get(house, 0)
        missing = part.quantity - here
        if missing > parts.open_quantity(line) - line.reserved:
            raise Refused("shipment.kept_elsewhere", sku=line.sku_code)
        if missing > 0:
            late[house, line.sku_id] = late.get((house, line.sku_id), 0) + missing
        after[line.id] = kept.get(line.id, {}) | {house: max(-missing, 0)}
    if late and (short := stock.reserve(session, Deed(f"{deed.source}-late", deed.order_id), late)):
        raise Refused("stock.not_on_hand", sku_ids=sorted(sku_id for _house, sku_id in short))
    store(session, after)
    return house


def _only_house(session: Session, kept: Shares, wanted: Sequence[Part]) -> int:
    """The warehouse that is meant when nobody says: the one that keeps these lines, or the only one there is."""
    houses = {house for part in wanted for house in kept.get(part.line.id, {})}
    houses = houses or {house.id for house in warehouses(session)}
    if len(houses) != 1:
        raise Refused("shipment.one_warehouse")
    return houses.pop()


def by_place(shares: Mapping[int, Mapping[int, int]], skus: Mapping[int, int]) -> dict[Place, int]:
    """The same goods as the stock sees them."""
    places: dict[Place, int] = {}
    for line_id, kept in shares.items():
        for warehouse_id, units in kept.items():
            place = (warehouse_id, skus[line_id])
            places[place] = places.get(place, 0) + units
    return places


def _rows(shares: Mapping[int, Mapping[int, int]]) -> list[dict[str, object]]:
    return [
        {"line_id": line_id, "warehouse_id": warehouse_id, "reserved": units}
        for line_id, kept in sorted(shares.items())
        for warehouse_id, units in sorted(kept.items())
        if units
    ]
