"""Orders of the past by upload: rows of one number are one closed document, taken in whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import Category
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor, Standing, Territory
from trade.distributors.queries import on_day
from trade.imports.orders import IMPORTED, import_orders
from trade.imports.rows import OrderLineRow, OrderRow
from trade.imports.uploads_goods import Goods, goods_of
from trade.imports.uploads_rows import (
    CHANGED,
    NEW,
    SAME,
    Choices,
    Line,
    companies_by,
    difference,
    named,
    rows_by,
)
from trade.money import rounded
from trade.orders.models import Order, OrderLine

SOURCE = "page"
HEADER = ("order_date", "distributor", "ship_date", "tracking_number")


@dataclass
class World:
    """What the rows refer to."""

    goods: Goods
    companies: Mapping[str, Any]
    near: Any
    territories: Mapping[int, str]
    categories: Mapping[int, str]
    known: Mapping[str, Any]  # orders by number
    known_lines: Mapping[int, Mapping[int, Any]]


def group(line: Line) -> object:
    """Rows of one order stay together."""
    return line.values.get("number") or line.number


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each row what it would do; a document with one bad row is bad as a whole."""
    world = _world(session, lines)
    orders: dict[Any, list[Line]] = {}
    for line in lines:
        orders.setdefault(group(line), []).append(line)
    for rows in orders.values():
        _judge(rows, world)
        if any(row.flaws for row in rows):
            for row in rows:
                if not row.flaws:
                    row.blame("number", "row.order_is_bad", row.name)


def write(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Bring the documents in; no stock, credit or message moves. Answers the orders that were touched."""
    rows = {line.name: line.payload for line in lines if line.deed in (NEW, CHANGED)}
    if not rows:
        return []
    entity_id = distributors.default_legal_entity(session)
    import_orders(session, SOURCE, tuple(rows.values()), legal_entity_id=entity_id)
    found = rows_by(session, (Order.id, Order.number), Order.number, rows)
    return [("order", row.id, str(row.number)) for row in found]


def _world(session: Session, lines: Sequence[Line]) -> World:
    goods = goods_of(session, (line.values.get("sku") for line in lines))
    columns = (Distributor.id, Distributor.code, Distributor.name, Distributor.currency)
    companies = companies_by(session, columns, lines)
    every = session.execute(select(Distributor.id, Distributor.code, Distributor.name).limit(20_000))
    today = session.execute(
        select(Standing.distributor_id, Territory.code)
        .join(Territory, Territory.id == Standing.territory_id)
        .where(on_day(clock.today()))
    )
    categories = session.execute(select(Category.id, Category.code))
    names = (
        Order.id,
        Order.number,
        Order.source,
        Order.external_code,
        Order.order_date,
        Order.distributor_id,
    )
    known = {
        row.number: row
        for row in rows_by(session, names, Order.number, {line.values.get("number") for line in lines})
    }
    cells = (
        OrderLine.order_id,
        OrderLine.line_no,
        OrderLine.sku_id,
        OrderLine.base_quantity,
        OrderLine.gross,
    )
    known_lines: dict[int, dict[int, Any]] = {}
    for row in rows_by(session, cells, OrderLine.order_id, [row.id for row in known.values()]):
        known_lines.setdefault(row.order_id, {})[row.line_no] = row
    return World(
        goods,
        companies,
        named((key, code, name) for key, code, name in every),
        {key: code for key, code in today},
        {key: code for key, code in categories},
        known,
        known_lines,
    )


def _judge(rows: Sequence[Line], world: World) -> None:
    first = rows[0]
    number = first.values.get("number") or ""
    for row in rows:
        row.name = number
        for name in HEADER:
            if row.values.get(name) is not None and row.values[name] != first.values.get(name):
                row.blame(name, "row.order_differs", row.values[name], str(first.number))
    company = _company(first, world)
    ordered_on = first.values.get("order_date")
    if ordered_on is not None and ordered_on > clock.today():
        first.blame("order_date", "cell.in_future", ordered_on)
    shipped_on = first.values.get("ship_date") or ordered_on
    if ordered_on is not None and shipped_on is not None and shipped_on < ordered_on:
        first.blame("ship_date", "cell.crossed", shipped_on)
    lines = [_line(row, at, world) for at, row in enumerate(rows, 1)]
    seen: dict[int, int] = {}
    for row, line in zip(rows, lines, strict=True):
        if line is not None and seen.setdefault(line.line_no, row.number) != row.number:
            row.blame("line_no", "cell.duplicate", line.line_no, str(seen[line.line_no]))
    known = world.known.get(number)
    if known is not None and (known.source != IMPORTED or known.external_code != f"{SOURCE}/{number}"):
        first.blame("number", "cell.taken", number)
    whole = [line for line in lines if line is not None]
    if company is None or ordered_on is None or len(whole) < len(lines) or any(row.flaws for row in rows):
        return
    order = _order(number, ordered_on, shipped_on or ordered_on, company, first, whole, world)
    for row in rows:
        row.payload = order
    _compare(rows, order, company, known, world)


def _company(line: Line, world: World) -> Any:
    code = line.values.get("distributor")
    found = world.companies.get(code or "")
    if code and found is None:
        line.blame("distributor", "cell.unknown", code, world.near.near(code))
    return found


def _line(row: Line, at: int, world: World) -> OrderLineRow | None:
    """A line with amounts of the whole of it; prices include the tax."""
    sku = world.goods.resolve(row, may_be_archived=True)
    if sku is None or row.flaws or row.values.get("price") is None or row.values.get("quantity") is None:
        return None
    unit, factor = world.goods.factor(row, sku, sku.order_unit)
    quantity, price = row.values["quantity"], row.values["price"]
    discount = row.values.get("discount") or Decimal(0)
    gross = rounded(price * quantity - discount, 2)
    amount = row.values.get("amount")
    if amount is not None and abs(amount - gross) > Decimal("0.01") * quantity:
        row.blame("amount", "row.amounts_disagree", amount, str(gross))
    gross = rounded(amount, 2) if amount is not None else gross
    if gross < 0:
        row.blame("discount", "row.amounts_disagree", discount, str(gross))
    given = row.values.get("tax_rate")
    rate = sku.tax_rate if given is None else given
    net = rounded(gross / (1 + rate), 2)
    if row.flaws:
        return None
    return OrderLineRow(
        line_no=row.values.get("line_no") or at,
        external_code=sku.code,
        sku=sku.code,
        sku_name=sku.name,
        category=world.categories[sku.category_id],
        unit=sku.base_unit,
        quantity=quantity * factor,
        tax_rate=rate,
        list_price=None,
        price=rounded(price / factor, 4),
        discount=discount,
        net=net,
        tax=gross - net,
        unit_cost=None,
        promotion=None,
        facts={"unit": unit, "quantity": str(quantity), "price": str(price)} if factor > 1 else {},
    )


def _order(
    number: str,
    ordered_on: date,
    shipped_on: date,
    company: Any,
    first: Line,
    lines: Sequence[OrderLineRow],
    world: World,
) -> OrderRow:
    return OrderRow(
        external_code=number,
        number=number,
        order_date=ordered_on,
        distributor=company.code,
        territory=world.territories.get(company.id),
        rep=None,
        currency=company.currency,
        ship_date=shipped_on,
        tracking_number=first.values.get("tracking_number") or "",
        charges={},
        lines=tuple(lines),
        facts={},
    )


def _compare(rows: Sequence[Line], order: OrderRow, company: Any, known: Any, world: World) -> None:
    """Whether a document that came in earlier says the same now; one with lines fewer than then is refused."""
    if known is None:
        for row, line in zip(rows, order.lines, strict=True):
            row.become(NEW, [difference("amount", None, line.net + line.tax)])
        return
    earlier = world.known_lines.get(known.id, {})
    if earlier.keys() - {line.line_no for line in order.lines}:
        rows[0].blame("number", "row.lines_missing", order.number)
        return
    head = (known.order_date, known.distributor_id) == (order.order_date, company.id)
    is_any = False
    for row, line in zip(rows, order.lines, strict=True):
        before = earlier.get(line.line_no)
        is_same = before is not None and (before.base_quantity, before.gross) == (
            line.quantity,
            line.net + line.tax,
        )
        sku = world.goods.by_word[row.values["sku"].casefold()]
        is_same = is_same and before is not None and sku.id == before.sku_id
        told = (
            [] if is_same else [difference("amount", before.gross if before else None, line.net + line.tax)]
        )
        row.become(SAME if is_same and head else CHANGED, told)
        is_any |= row.deed == CHANGED
    for row in rows if is_any else ():
        row.deed = CHANGED
