"""The least code that could do the same work on the same data: what ours is held against."""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from trade import db
from trade.catalog.models import Sku
from trade.inventory.models import Stock
from trade.orders.models import Order
from trade.pricing.models import PriceRow

PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Products</title><table>
{% for sku, price, left in rows %}<tr id="sku-{{ sku.id }}"><td>{{ sku.name }}</td><td>{{ sku.code }}</td><td>{{ price }}</td>
<td>{{ left // sku.order_factor }}</td><td><form method="post" action="/lines/{{ sku.id }}"><input name="quantity" value="0">
<button>+</button></form></td></tr>
{% endfor %}</table></html>"""
ORDERS = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Orders</title><table>
{% for order in orders %}<tr id="order-{{ order.id }}"><td>{{ order.number }}</td><td>{{ order.distributor_name }}</td>
<td>{{ order.order_date }}</td><td>{{ order.approval_state }}</td><td>{{ order.gross }}</td></tr>
{% endfor %}</table></html>"""
THREADS = 4
PREFIX = "LB"
STATEMENTS = 11  # of one order


def create_app(url: str = "") -> Flask:
    """Pages of 50 rows by Flask, the ORM and Jinja: no person, no search, no breaks, no sums."""
    app = Flask("limit")
    url = url or os.environ["TONGQU_DATABASE_URL"]
    engine = create_engine(db.psycopg_url(url), **db.engine_options(url))
    template, listed = app.jinja_env.from_string(PAGE), app.jinja_env.from_string(ORDERS)
    shown = select(Sku.id).order_by(Sku.sort_key, Sku.id).limit(50).subquery()
    wanted = (
        select(Sku, PriceRow.price, Stock.on_hand - Stock.reserved)
        .join(shown, shown.c.id == Sku.id)
        .join(PriceRow, PriceRow.sku_id == Sku.id)
        .join(Stock, Stock.sku_id == Sku.id)
        .where(PriceRow.price_list_id == 2, PriceRow.min_quantity == 1, Stock.warehouse_id == 1)
        .order_by(Sku.sort_key, Sku.id)
    )

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.get("/")
    def page() -> str:
        with Session(engine) as session:
            return template.render(rows=session.execute(wanted).all())

    @app.get("/orders")
    def orders() -> str:
        with Session(engine) as session:
            newest = select(Order).order_by(Order.id.desc()).limit(50)
            return listed.render(orders=session.scalars(newest).all())

    return app


STOCK = {
    "sqlite": """UPDATE stock SET reserved = stock.reserved + l.base_quantity FROM order_line l
        WHERE l.order_id = %s AND stock.sku_id = l.sku_id AND stock.warehouse_id = 1
        AND stock.on_hand - stock.reserved >= l.base_quantity RETURNING stock.sku_id""",
    "postgresql": """WITH locked AS (SELECT s.id, l.base_quantity FROM stock s JOIN order_line l ON l.sku_id = s.sku_id
        WHERE l.order_id = %s AND s.warehouse_id = 1 ORDER BY s.sku_id FOR UPDATE OF s)
        UPDATE stock SET reserved = stock.reserved + locked.base_quantity FROM locked
        WHERE stock.id = locked.id AND stock.on_hand - stock.reserved >= locked.base_quantity RETURNING stock.sku_id""",
}
LINES = """UPDATE order_line SET reserved = base_quantity, price = p.price, list_price = p.price,
    gross = p.price * quantity, net = p.price * quantity, sku_code = s.code, sku_name = s.name, tax_rate = s.tax_rate
    FROM price_row p, sku s WHERE p.price_list_id = 1 AND p.sku_id = order_line.sku_id AND s.id = order_line.sku_id
    AND order_line.order_id = %s RETURNING order_line.gross"""
KEPT = """INSERT INTO order_allocation (line_id, warehouse_id, reserved)
    SELECT id, 1, base_quantity FROM order_line WHERE order_id = %s"""
MOVEMENTS = """INSERT INTO stock_movement (warehouse_id, sku_id, kind, on_hand, reserved, quarantine, lot, note, source, order_id, at)
    SELECT 1, sku_id, 'reserve', 0, base_quantity, 0, '', '', %s, order_id, %s FROM order_line WHERE order_id = %s"""


def place_order(execute: Callable[..., Any], dialect: str, order_id: int, distributor_id: int) -> None:
    """Prices, credit, stock, ledger, history and outbox of one cart, each in one statement."""
    now, source = datetime.now(UTC), f"limit-{order_id}"
    day = date.today()
    execute("INSERT INTO idempotency_key (key) VALUES (%s)", source)
    lines = execute(LINES, order_id)
    gross = sum(row[0] for row in lines)
    credit = """UPDATE credit_account SET used = used + %s, hold = hold + %s
        WHERE distributor_id = %s AND legal_entity_id = 1
        AND blocked_reason IS NULL AND used + %s <= effective_limit RETURNING id"""
    account = execute(credit, gross, gross, distributor_id, gross)[0][0]
    reserved = len(execute(STOCK[dialect], order_id))
    execute(
        """INSERT INTO ledger_entry (account_id, source, line_no, kind, debit, credit, amount, subject, subject_id,
        order_id, day, booked_on, at) VALUES (%s, %s, 1, 'hold', 'hold', 'commitment', %s, 'order', %s, %s, %s, %s, %s)""",
        *(account, source, gross, order_id, order_id, day, day, now),
    )
    execute(MOVEMENTS, source, now, order_id)
    execute(KEPT, order_id)
    execute(
        """INSERT INTO order_event (order_id, version, action, state, facts, origin, at)
        VALUES (%s, 3, 'accept', 'approved', '{}', 'limit', %s)""",
        *(order_id, now),
    )
    execute(
        "INSERT INTO outbox_message (topic, payload, at, due_at, attempts) VALUES ('order.approved', '{}', %s, %s, 0)",
        *(now, now),
    )
    drawn = execute(
        """INSERT INTO number_series (prefix, day, last) VALUES (%s, %s, 1)
        ON CONFLICT (prefix, day) DO UPDATE SET last = number_series.last + 1 RETURNING last""",
        *(PREFIX, day),
    )
    header = """UPDATE sales_order SET approval_state = 'approved', version = 3, number = %s, gross = %s, net = %s,
        order_date = %s, submitted_at = %s WHERE id = %s AND approval_state = 'draft' AND version = 2 RETURNING id"""
    number = f"{PREFIX}-{drawn[0][0]:06d}"
    moved = execute(header, number, gross, gross, day, now, order_id)
    if len(moved) != 1 or reserved != len(lines):
        raise RuntimeError("the limit must succeed")


def place_orders(url: str, orders: Sequence[tuple[int, int]], threads: int) -> list[float]:
    """Place these (order, distributor) by so many threads; milliseconds of each transaction."""
    with ThreadPoolExecutor(threads) as pool:
        parts = [pool.submit(_work, url, orders[each::threads]) for each in range(threads)]
        return [taken for part in parts for taken in part.result()]


def _work(url: str, orders: Sequence[tuple[int, int]]) -> list[float]:
    taken = []
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as file:
            for pragma in db.PRAGMAS:
                file.execute(f"PRAGMA {pragma}")
            for order in orders:
                began = time.perf_counter()
                file.execute("BEGIN IMMEDIATE")
                place_order(lambda sql, *values: _on_sqlite(file, sql, values), "sqlite", *order)
                file.execute("COMMIT")
                taken.append(1000 * (time.perf_counter() - began))
        return taken
    with psycopg.connect(url.replace("+psycopg", "")) as server:
        for order in orders:
            began = time.perf_counter()
            place_order(lambda sql, *values: _on_postgresql(server, sql, values), "postgresql", *order)
            server.commit()
            taken.append(1000 * (time.perf_counter() - began))
    return taken


def _on_sqlite(file: sqlite3.Connection, sql: str, values: Sequence[Any]) -> list[Any]:
    plain = [
        value
        if isinstance(value, int | str)
        else value.isoformat(" ")
        if isinstance(value, datetime)
        else value.isoformat()
        for value in values
    ]
    return file.execute(sql.replace("%s", "?"), plain).fetchall()


def _on_postgresql(server: psycopg.Connection, sql: str, values: Sequence[Any]) -> list[Any]:
    cursor = server.execute(sql, values)
    return cursor.fetchall() if cursor.description else []


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[3].split(",")]
    print("ready", flush=True)
    sys.stdin.readline()
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    print(json.dumps(place_orders(sys.argv[1], pairs, int(sys.argv[2]))), flush=True)
    sys.stdin.readline()
