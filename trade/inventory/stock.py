"""Goods move by one guarded statement, all or nothing, plus movement rows with a unique source."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CTE, ColumnElement, Integer, column, func, or_, select, true, update, values
from sqlalchemy.orm import Session

from trade import clock
from trade.db import insert_into, insert_many
from trade.errors import Refused
from trade.inventory.models import Stock, StockMovement

Place = tuple[int, int]  # warehouse and SKU ids, the order of the stock lock
Quantities = Mapping[Place, int]  # base units, each > 0
Guard = Callable[[CTE], ColumnElement[bool]]
CHUNK = 2000


@dataclass(frozen=True)
class Deed:
    """For what document, and under which source, stock moves; `at` is now unless a count says since when."""

    source: str
    order_id: int | None = None
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Issue:
    """Base units of one SKU and lot that leave a warehouse."""

    warehouse_id: int
    sku_id: int
    quantity: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True)
class Moved:
    """What a place gains or loses, in base units."""

    on_hand: int = 0
    reserved: int = 0
    quarantine: int = 0
    lot: str = ""
    expires_on: date | None = None

    def __add__(self, more: "Moved") -> "Moved":
        return Moved(
            self.on_hand + more.on_hand, self.reserved + more.reserved, self.quarantine + more.quarantine
        )

    def __bool__(self) -> bool:
        return bool(self.on_hand or self.reserved or self.quarantine)


Moves = Sequence[tuple[Place, Moved]]
Back = tuple[int, int, int, int, str]  # warehouse, SKU, good, quarantined, lot


def reserve(session: Session, deed: Deed, quantities: Quantities) -> set[Place]:
    """Promise goods; answers the places that are short, of which nothing was taken."""
    wanted = [(place, Moved(reserved=quantity)) for place, quantity in quantities.items()]
    moved = _move(session, wanted, is_free)
    _note(session, deed, "reserve", [each for each in wanted if each[0] in moved])
    return quantities.keys() - moved


def release(session: Session, deed: Deed, quantities: Quantities) -> None:
    """Take a promise back."""
    wanted = [(place, Moved(reserved=-quantity)) for place, quantity in quantities.items()]
    _whole(session, wanted, is_promised, "stock.not_reserved")
    _note(session, deed, "release", wanted)


def issue(session: Session, deed: Deed, issues: Sequence[Issue]) -> None:
    """Let promised goods leave the house; what a count has taken away cannot leave."""
    wanted = [
        (
            (each.warehouse_id, each.sku_id),
            Moved(-each.quantity, -each.quantity, lot=each.lot, expires_on=each.expires_on),
        )
        for each in issues
    ]
    _whole(session, wanted, lambda given: is_promised(given) & is_there(given), "stock.not_on_hand")
    _note(session, deed, "issue", wanted)


def send(session: Session, deed: Deed, quantities: Quantities) -> None:
    """Let goods that nobody was promised leave for another warehouse."""
    wanted = [(place, Moved(on_hand=-quantity)) for place, quantity in quantities.items()]
    _whole(session, wanted, is_free, "stock.not_free")
    _note(session, deed, "transfer_out", wanted)


def arrive(session: Session, deed: Deed, quantities: Quantities) -> None:
    """Put goods that came from another warehouse on the shelf."""
    wanted = [(place, Moved(on_hand=quantity)) for place, quantity in quantities.items()]
    _open(session, quantities)
    _move(session, wanted, anything)
    _note(session, deed, "transfer_in", wanted)


def take_back(session: Session, deed: Deed, goods: Sequence[Back]) -> None:
    """Put returned goods on the shelf where they are good, and apart where somebody must look at them."""
    wanted = [
        ((warehouse_id, sku_id), Moved(on_hand=good, quarantine=quarantined, lot=lot))
        for warehouse_id, sku_id, good, quarantined, lot in goods
        if good or quarantined
    ]
    _open(session, [place for place, _moved in wanted])
    _move(session, wanted, anything)
    _note(session, deed, "return", wanted)


def correct(session: Session, deed: Deed, differences: Quantities) -> None:
    """Book what a count found to differ, up or down; promises stay, so what is free may fall below nothing."""
    wanted = [(place, Moved(on_hand=difference)) for place, difference in differences.items() if difference]
    _open(session, [place for place, _moved in wanted])
    _move(session, wanted, anything)
    _note(session, deed, "count", wanted)


def shift(session: Session, deed: Deed, given_up: Quantities, wanted: Quantities) -> None:
    """Let other warehouses keep what these kept, in one statement; nothing moves unless all of it can."""
    back = [(place, Moved(reserved=-quantity)) for place, quantity in given_up.items()]
    there = [(place, Moved(reserved=quantity)) for place, quantity in wanted.items()]

    def both(given: CTE) -> ColumnElement[bool]:
        return or_(given.c.add_reserved < 0, is_free(given)) & is_promised(given)

    _whole(session, [*back, *there], both, "stock.not_free")
    _note(session, deed, "release", back)
    _note(session, deed, "reserve", there)


def hold(session: Session, places: Collection[Place]) -> None:
    """Keep everybody else from moving these goods until the transaction ends, because they are being counted."""
    _open(session, places)
    ordered = sorted(places)
    for begin in range(0, len(ordered), CHUNK):
        skus = [sku_id for _warehouse, sku_id in ordered[begin : begin + CHUNK]]
        houses = {warehouse_id for warehouse_id, _sku in ordered[begin : begin + CHUNK]}
        wanted = select(Stock.id).where(Stock.warehouse_id.in_(houses), Stock.sku_id.in_(skus))
        session.execute(wanted.order_by(Stock.warehouse_id, Stock.sku_id).with_for_update()).all()


def on_hand_at(
    session: Session, warehouse_id: int, sku_ids: Collection[int], moment: datetime
) -> dict[int, int]:
    """By SKU, what the movements say lay in a warehouse at a moment; 0 where nothing had moved."""
    found = dict.fromkeys(sku_ids, 0)
    ordered = sorted(sku_ids)
    for begin in range(0, len(ordered), CHUNK):
        sums = select(StockMovement.sku_id, func.sum(StockMovement.on_hand)).where(
            StockMovement.warehouse_id == warehouse_id,
            StockMovement.sku_id.in_(ordered[begin : begin + CHUNK]),
            StockMovement.at <= moment,
        )
        rows = session.execute(sums.group_by(StockMovement.sku_id))
        found |= {sku_id: int(total or 0) for sku_id, total in rows}
    return found


def restock(session: Session, deed: Deed, quantities: Quantities) -> None:
    """Put goods from quarantine back on the shelf."""
    wanted = [(place, Moved(quantity, quarantine=-quantity)) for place, quantity in quantities.items()]
    _whole(session, wanted, is_quarantined, "stock.not_in_quarantine")
    _note(session, deed, "restock", wanted)


def scrap(session: Session, deed: Deed, quantities: Quantities) -> None:
    """Throw goods from quarantine away."""
    wanted = [(place, Moved(quarantine=-quantity)) for place, quantity in quantities.items()]
    _whole(session, wanted, is_quarantined, "stock.not_in_quarantine")
    _note(session, deed, "scrap", wanted)


def is_free(given: CTE) -> ColumnElement[bool]:
    """The guard of a reservation and of a transfer: not more than is there and unpromised."""
    return Stock.on_hand - Stock.reserved >= given.c.add_reserved - given.c.add_on_hand


def is_promised(given: CTE) -> ColumnElement[bool]:
    """The guard of giving back and of issuing: not more than was promised."""
    return Stock.reserved >= -given.c.add_reserved


def is_there(given: CTE) -> ColumnElement[bool]:
    """The second guard of issuing: not more than lies there."""
    return Stock.on_hand >= -given.c.add_on_hand


def is_quarantined(given: CTE) -> ColumnElement[bool]:
    """The guard of restocking and scrapping: not more than lies apart."""
    return Stock.quarantine >= -given.c.add_quarantine


def anything(given: CTE) -> ColumnElement[bool]:
    """Goods that come in, and what a count says, ask nobody."""
    return true()


def _whole(session: Session, wanted: Moves, guard: Guard, refusal: str) -> None:
    """Move all of it or nothing."""
    short = {place for place, _moved in wanted} - _move(session, wanted, guard)
    if short:
        raise Refused(refusal, sku_ids=sorted({sku_id for _warehouse, sku_id in short}))


def _move(session: Session, wanted: Moves, guard: Guard) -> set[Place]:
    """Move what the guard lets move, in one statement that locks its rows by warehouse and SKU; answers what moved."""
    sums: dict[Place, Moved] = {}
    for place, moved in wanted:
        sums[place] = sums.get(place, Moved()) + moved
    done: set[Place] = set()
    places = sorted(place for place, moved in sums.items() if moved)
    for begin in range(0, len(places), CHUNK):
        done |= _step(session, {place: sums[place] for place in places[begin : begin + CHUNK]}, guard)
    return done


def _step(session: Session, sums: Mapping[Place, Moved], guard: Guard) -> set[Place]:
    names = ("warehouse_id", "sku_id", "add_on_hand", "add_reserved", "add_quarantine")
    rows = [(*place, moved.on_hand, moved.reserved, moved.quarantine) for place, moved in sums.items()]
    given = values(*(column(name, Integer) for name in names), name="given").data(rows).cte("given")
    here = (Stock.warehouse_id == given.c.warehouse_id) & (Stock.sku_id == given.c.sku_id)
    amounts = [given.c[name] for name in names[2:]]
    locked = (
        select(Stock.id, *amounts)
        .join(given, here)
        .order_by(Stock.warehouse_id, Stock.sku_id)
        .with_for_update(of=Stock)
        .cte("locked")
    )
    moved = session.execute(
        update(Stock)
        .where(Stock.id == locked.c.id, guard(locked))
        .values(
            on_hand=Stock.on_hand + locked.c.add_on_hand,
            reserved=Stock.reserved + locked.c.add_reserved,
            quarantine=Stock.quarantine + locked.c.add_quarantine,
        )
        .returning(Stock.warehouse_id, Stock.sku_id)
        .execution_options(synchronize_session=False)
    )
    return {(warehouse_id, sku_id) for warehouse_id, sku_id in moved}


def _open(session: Session, places: Collection[Place]) -> None:
    """Make sure that a place has a row to move."""
    if not places:
        return
    rows = [{"warehouse_id": warehouse_id, "sku_id": sku_id} for warehouse_id, sku_id in sorted(set(places))]
    for begin in range(0, len(rows), CHUNK):
        adding = insert_into(session, Stock).values(
            [{"on_hand": 0, "reserved": 0, "quarantine": 0, **row} for row in rows[begin : begin + CHUNK]]
        )
        session.execute(adding.on_conflict_do_nothing())


def _note(session: Session, deed: Deed, kind: str, moves: Iterable[tuple[Place, Moved]]) -> None:
    """Write down what moved, one row for each place and lot."""
    by_lot: dict[tuple[Place, str], Moved] = {}
    expires: dict[tuple[Place, str], date | None] = {}
    for place, moved in moves:
        key = (place, moved.lot)
        by_lot[key] = by_lot.get(key, Moved()) + moved
        expires[key] = moved.expires_on
    rows = [
        {
            "warehouse_id": place[0],
            "sku_id": place[1],
            "kind": kind,
            "on_hand": moved.on_hand,
            "reserved": moved.reserved,
            "quarantine": moved.quarantine,
            "lot": lot,
            "expires_on": expires[place, lot],
            "source": deed.source,
            "order_id": deed.order_id,
            "note": deed.note,
            "at": deed.at or clock.now(),
        }
        for (place, lot), moved in sorted(by_lot.items(), key=lambda each: each[0])
        if moved
    ]
    insert_many(session, StockMovement, rows)
