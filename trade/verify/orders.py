"""Orders: lines, shipments, headers and history tell the same story."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.orders.models import OWN, Order, OrderLine
from trade.pricing import rules
from trade.verify.invariant import Breach, Invariant, by_sql, by_sql_in_money


def _status(column: str, quantity: str) -> str:
    """The word that the line sums of an approved order give, as trade.orders.status writes it."""
    word = f"""CASE WHEN SUM({quantity}) = SUM(l.base_quantity - l.cancelled) THEN 'complete'
            WHEN SUM({quantity}) > 0 THEN 'partial' ELSE 'open' END"""
    return f"""
        SELECT o.id, o.{column}, {word}
        FROM sales_order o JOIN order_line l ON l.order_id = o.id
        WHERE o.source = 'portal' AND o.approval_state IN ('approved')
        GROUP BY o.id, o.{column} HAVING o.{column} <> {word} ORDER BY o.id
    """


def _of_shipments(column: str, part: str) -> str:
    """A column of a line against the sum of its shipment lines."""
    return f"""
        SELECT l.id, l.{column}, COALESCE(s.total, 0)
        FROM order_line l
        JOIN sales_order o ON o.id = l.order_id
        LEFT JOIN (SELECT order_line_id, SUM({part}) AS total FROM shipment_line GROUP BY order_line_id) s
            ON s.order_line_id = l.id
        WHERE o.source = 'portal' AND l.{column} <> COALESCE(s.total, 0) ORDER BY l.id
    """


def _total(column: str, charges: str) -> str:
    """A column of a header against its lines, while nobody may edit them."""
    return f"""
        SELECT o.id, o.{column}, COALESCE(l.total, 0) + {charges}
        FROM sales_order o
        LEFT JOIN (SELECT order_id, SUM({column}) AS total FROM order_line GROUP BY order_id) l
            ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, SUM(amount) AS total FROM order_charge GROUP BY order_id) c
            ON c.order_id = o.id
        WHERE o.source = 'portal' AND o.approval_state NOT IN ('draft', 'returned')
            AND o.{column} <> COALESCE(l.total, 0) + {charges} ORDER BY o.id
    """


def _replayed(session: Session) -> Iterator[Breach]:
    """Price every line made here again from its frozen inputs; the same cent, or it is told."""
    lines = session.execute(
        select(OrderLine.id, OrderLine.gross, OrderLine.discount, OrderLine.price_inputs)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.source == OWN, Order.approval_state.not_in(("draft", "returned")))
        .order_by(OrderLine.id)
        .execution_options(yield_per=1000)
    )
    for line_id, gross, discount, inputs in lines:
        try:
            again = rules.replay(inputs or {}) - discount
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            yield Breach("order_line", line_id, f"its inputs give no price: {error}")
            continue
        if again != gross:
            yield Breach("order_line", line_id, f"found {gross}, the frozen inputs give {again}")


LINES = (
    by_sql(
        "line.quantities",
        "0 ≤ reserved + shipped + cancelled ≤ ordered, received ≤ shipped, returned ≤ received",
        "order_line",
        """
        SELECT id, 'reserved ' || reserved || ', shipped ' || shipped || ', cancelled ' || cancelled
            || ', received ' || received || ', returned ' || returned, 'within ' || base_quantity
        FROM order_line
        WHERE reserved < 0 OR shipped < 0 OR cancelled < 0 OR reserved + shipped + cancelled > base_quantity
            OR received < 0 OR received > shipped OR returned < 0 OR returned > received
            OR base_quantity <> quantity * factor
        ORDER BY id
        """,
    ),
    by_sql(
        "line.one_place",
        "an order that was submitted goes to one place: only a cart has several",
        "order_line",
        """
        SELECT l.id, l.delivery_no, 1
        FROM order_line l JOIN sales_order o ON o.id = l.order_id
        WHERE o.approval_state <> 'draft' AND l.delivery_no <> 1 ORDER BY l.id
        """,
    ),
    by_sql_in_money(
        "line.tax",
        "a line's gross is its net plus its tax",
        "order_line",
        "SELECT id, gross, net + tax FROM order_line WHERE gross <> net + tax ORDER BY id",
    ),
    by_sql_in_money(
        "line.parts",
        "what was shipped and cancelled of a line's gross is not more than all, and all when nothing is open",
        "order_line",
        """
        SELECT l.id, l.shipped_gross + l.cancelled_gross, l.gross
        FROM order_line l JOIN sales_order o ON o.id = l.order_id
        WHERE o.source = 'portal' AND o.approval_state IN ('approved')
            AND (l.shipped_gross < 0 OR l.cancelled_gross < 0 OR l.shipped_gross + l.cancelled_gross > l.gross
            OR (l.shipped + l.cancelled = l.base_quantity AND l.shipped_gross + l.cancelled_gross <> l.gross))
        ORDER BY l.id
        """,
    ),
    by_sql(
        "line.shipped",
        "a line's shipped quantity is the sum of its shipment lines",
        "order_line",
        _of_shipments("shipped", "quantity"),
    ),
    by_sql_in_money(
        "line.shipped_gross",
        "a line's shipped gross is the sum of its shipment lines",
        "order_line",
        _of_shipments("shipped_gross", "gross"),
    ),
    by_sql(
        "line.received",
        "a line's received quantity is the sum of its shipment lines",
        "order_line",
        _of_shipments("received", "received"),
    ),
    by_sql_in_money(
        "shipment.gross",
        "a shipment's gross is the sum of its lines",
        "shipment",
        """
        SELECT s.id, s.gross, COALESCE(l.total, 0)
        FROM shipment s
        LEFT JOIN (SELECT shipment_id, SUM(gross) AS total FROM shipment_line GROUP BY shipment_id) l
            ON l.shipment_id = s.id
        WHERE s.source = 'portal' AND s.gross <> COALESCE(l.total, 0) ORDER BY s.id
        """,
    ),
    by_sql(
        "shipment.own_lines",
        "a shipment carries lines of its own order, each with its own SKU",
        "shipment_line",
        """
        SELECT sl.id, 'order ' || ol.order_id || ', sku ' || sl.sku_id, 'order ' || s.order_id || ', sku ' || ol.sku_id
        FROM shipment_line sl
        JOIN shipment s ON s.id = sl.shipment_id
        JOIN order_line ol ON ol.id = sl.order_line_id
        WHERE ol.order_id <> s.order_id OR ol.sku_id <> sl.sku_id ORDER BY sl.id
        """,
    ),
    Invariant(
        "price.replay", "every line made here costs, by its frozen inputs, the cent that it cost", _replayed
    ),
)
HEADERS = (
    by_sql_in_money(
        "order.gross",
        "an order's gross is the sum of its lines and charges",
        "sales_order",
        _total("gross", "COALESCE(c.total, 0)"),
    ),
    by_sql_in_money("order.net", "an order's net is the sum of its lines", "sales_order", _total("net", "0")),
    by_sql_in_money("order.tax", "an order's tax is the sum of its lines", "sales_order", _total("tax", "0")),
    by_sql(
        "order.state",
        "an order is in the state of its last event; without one it is a draft",
        "sales_order",
        """
        SELECT o.id, o.approval_state, COALESCE(e.state, 'draft')
        FROM sales_order o
        LEFT JOIN (SELECT order_id, MAX(version) AS last FROM order_event GROUP BY order_id) m ON m.order_id = o.id
        LEFT JOIN order_event e ON e.order_id = o.id AND e.version = m.last
        WHERE o.source = 'portal' AND o.approval_state <> COALESCE(e.state, 'draft') ORDER BY o.id
        """,
    ),
    by_sql(
        "order.version",
        "an order's version is that of its last event",
        "sales_order",
        """
        SELECT o.id, o.version, COALESCE(m.last, 1)
        FROM sales_order o
        LEFT JOIN (SELECT order_id, MAX(version) AS last FROM order_event GROUP BY order_id) m ON m.order_id = o.id
        WHERE o.source = 'portal' AND o.version <> COALESCE(m.last, 1) ORDER BY o.id
        """,
    ),
    by_sql(
        "order.history",
        "an order's history has no gap: one event for each version after the first",
        "sales_order",
        """
        SELECT m.order_id, 'events ' || m.events || ', first ' || m.first || ', last ' || m.last, 'from 2 without gap'
        FROM (SELECT e.order_id, COUNT(*) AS events, MIN(e.version) AS first, MAX(e.version) AS last
            FROM order_event e JOIN sales_order o ON o.id = e.order_id
            WHERE o.source = 'portal' GROUP BY e.order_id) m
        WHERE m.first <> 2 OR m.last <> m.events + 1 ORDER BY m.order_id
        """,
    ),
    by_sql(
        "order.frozen",
        "an order that was submitted has number, dates and the frozen facts of its distributor",
        "sales_order",
        """
        SELECT id, approval_state, 'number, dates and frozen facts' FROM sales_order
        WHERE source = 'portal' AND approval_state <> 'draft' AND (number IS NULL OR order_date IS NULL
            OR submitted_at IS NULL OR distributor_code IS NULL OR distributor_name IS NULL OR tier_code IS NULL
            OR terms IS NULL OR invoice_title IS NULL
            OR (approval_state IN ('pending') AND decide_by IS NULL))
        ORDER BY id
        """,
    ),
    by_sql(
        "order.frozen_lines",
        "a line that was submitted has the frozen facts of its SKU and its price",
        "order_line",
        """
        SELECT l.id, o.approval_state, 'code, name, category, tax rate and price'
        FROM order_line l JOIN sales_order o ON o.id = l.order_id
        WHERE o.source = 'portal' AND o.approval_state NOT IN ('draft', 'returned')
            AND (l.sku_code IS NULL OR l.sku_name IS NULL OR l.category_code IS NULL OR l.tax_rate IS NULL
            OR l.price IS NULL)
        ORDER BY l.id
        """,
    ),
    by_sql(
        "order.fulfilment",
        "an approved order is open, partial or complete as its lines are shipped",
        "sales_order",
        _status("fulfilment", "l.shipped"),
    ),
    by_sql(
        "order.receipt",
        "an approved order is open, partial or complete as its lines are received, or credited as lost",
        "sales_order",
        _status("receipt", "l.received + l.lost"),
    ),
    by_sql(
        "order.holds",
        "an order holds credit and stock while it is pending or approved, and none as draft, held, returned, rejected or cancelled",
        "sales_order",
        """
        SELECT id, CASE WHEN is_taken THEN 'holds' ELSE 'holds nothing' END, approval_state FROM sales_order
        WHERE source = 'portal' AND ((approval_state IN ('pending', 'approved') AND NOT is_taken)
            OR (approval_state IN ('draft', 'held', 'returned', 'rejected', 'cancelled') AND is_taken))
        ORDER BY id
        """,
    ),
    by_sql_in_money(
        "order.whole_cents",
        "amounts made here are whole 分",
        "sales_order",
        """
        SELECT o.id, o.gross, o.gross - o.gross % 100 FROM sales_order o
        WHERE o.source = 'portal' AND (o.gross % 100 <> 0 OR o.net % 100 <> 0 OR o.tax % 100 <> 0 OR EXISTS (
            SELECT 1 FROM order_line l WHERE l.order_id = o.id AND (l.gross % 100 <> 0 OR l.net % 100 <> 0
            OR l.shipped_gross % 100 <> 0 OR l.cancelled_gross % 100 <> 0)))
        ORDER BY o.id
        """,
    ),
    by_sql(
        "cart.one",
        "a person has one cart at a distributor",
        "sales_order",
        """
        SELECT MAX(id), COUNT(*), 1 FROM sales_order
        WHERE approval_state IN ('draft') AND buyer_id IS NOT NULL
        GROUP BY distributor_id, buyer_id HAVING COUNT(*) > 1
        """,
    ),
)
INVARIANTS = (*LINES, *HEADERS)
