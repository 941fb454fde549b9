"""Stock: what lies there and what is promised are the movements, and the promises are the orders'."""

from trade.verify.invariant import by_sql


def _balance(column: str) -> str:
    """Compare a column of stock with its movements, also where there is only one of the two."""
    return f"""
        SELECT COALESCE(CAST(s.id AS VARCHAR), 'warehouse ' || m.warehouse_id || ', sku ' || m.sku_id),
            COALESCE(s.{column}, 0), COALESCE(m.total, 0)
        FROM (SELECT warehouse_id, sku_id FROM stock UNION SELECT warehouse_id, sku_id FROM stock_movement) k
        LEFT JOIN stock s ON s.warehouse_id = k.warehouse_id AND s.sku_id = k.sku_id
        LEFT JOIN (SELECT warehouse_id, sku_id, SUM({column}) AS total FROM stock_movement
            GROUP BY warehouse_id, sku_id) m ON m.warehouse_id = k.warehouse_id AND m.sku_id = k.sku_id
        WHERE COALESCE(s.{column}, 0) <> COALESCE(m.total, 0)
        ORDER BY k.warehouse_id, k.sku_id
    """


INVARIANTS = (
    by_sql("stock.on_hand", "stock.on_hand is the sum of its movements", "stock", _balance("on_hand")),
    by_sql("stock.reserved", "stock.reserved is the sum of its movements", "stock", _balance("reserved")),
    by_sql(
        "stock.quarantine", "stock.quarantine is the sum of its movements", "stock", _balance("quarantine")
    ),
    by_sql(
        "stock.promised",
        "stock.reserved is what the warehouse keeps for the lines of orders that hold stock, and nothing else",
        "stock",
        """
        SELECT COALESCE(CAST(s.id AS VARCHAR), 'warehouse ' || k.warehouse_id || ', sku ' || k.sku_id),
            COALESCE(s.reserved, 0), COALESCE(a.total, 0)
        FROM (SELECT warehouse_id, sku_id FROM stock UNION
            SELECT a.warehouse_id, l.sku_id FROM order_allocation a JOIN order_line l ON l.id = a.line_id) k
        LEFT JOIN stock s ON s.warehouse_id = k.warehouse_id AND s.sku_id = k.sku_id
        LEFT JOIN (SELECT a.warehouse_id, l.sku_id, SUM(a.reserved) AS total
            FROM order_allocation a JOIN order_line l ON l.id = a.line_id JOIN sales_order o ON o.id = l.order_id
            WHERE o.is_taken GROUP BY a.warehouse_id, l.sku_id) a
            ON a.warehouse_id = k.warehouse_id AND a.sku_id = k.sku_id
        WHERE COALESCE(s.reserved, 0) <> COALESCE(a.total, 0)
        ORDER BY k.warehouse_id, k.sku_id
        """,
    ),
    by_sql(
        "stock.allocated",
        "what a line has reserved is what the warehouses keep for it",
        "order_line",
        """
        SELECT l.id, l.reserved, COALESCE(a.total, 0)
        FROM order_line l
        LEFT JOIN (SELECT line_id, SUM(reserved) AS total FROM order_allocation GROUP BY line_id) a ON a.line_id = l.id
        WHERE l.reserved <> COALESCE(a.total, 0) ORDER BY l.id
        """,
    ),
    by_sql(
        "stock.transferred",
        "what left for another warehouse and what arrived there is what the transfer says, line by line",
        "stock_transfer_line",
        """
        SELECT l.id, 'sent ' || COALESCE(g.total, 0) || ', came ' || COALESCE(c.total, 0),
            'sent ' || l.quantity || ', came ' || COALESCE(l.arrived, 0)
        FROM stock_transfer_line l
        JOIN stock_transfer t ON t.id = l.transfer_id
        LEFT JOIN (SELECT source, warehouse_id, sku_id, SUM(-on_hand) AS total FROM stock_movement
            WHERE kind = 'transfer_out' GROUP BY source, warehouse_id, sku_id) g
            ON g.source = 'transfer-' || t.id || '-out' AND g.warehouse_id = t.from_id AND g.sku_id = l.sku_id
        LEFT JOIN (SELECT source, warehouse_id, sku_id, SUM(on_hand) AS total FROM stock_movement
            WHERE kind = 'transfer_in' GROUP BY source, warehouse_id, sku_id) c
            ON c.source = 'transfer-' || t.id || '-in' AND c.warehouse_id = t.to_id AND c.sku_id = l.sku_id
        WHERE COALESCE(g.total, 0) <> l.quantity OR COALESCE(c.total, 0) <> COALESCE(l.arrived, 0)
            OR (t.state = 'arrived') <> (l.arrived IS NOT NULL)
        ORDER BY l.id
        """,
    ),
    by_sql(
        "stock.counted",
        "what a count found to differ is what was booked under it",
        "stock_count_line",
        """
        SELECT l.id, COALESCE(m.total, 0), l.difference
        FROM stock_count_line l
        JOIN stock_count c ON c.id = l.count_id
        LEFT JOIN (SELECT source, warehouse_id, sku_id, SUM(on_hand) AS total FROM stock_movement
            WHERE kind = 'count' GROUP BY source, warehouse_id, sku_id) m
            ON m.source = 'count-' || c.id AND m.warehouse_id = c.warehouse_id AND m.sku_id = l.sku_id
        WHERE COALESCE(m.total, 0) <> l.difference ORDER BY l.id
        """,
    ),
    by_sql(
        "stock.held_by_order",
        "the movements of an order reserve what its lines say, and nothing once it holds no stock",
        "order_line",
        """
        SELECT l.id, COALESCE(m.total, 0), CASE WHEN o.is_taken THEN l.reserved ELSE 0 END
        FROM order_line l
        JOIN sales_order o ON o.id = l.order_id
        LEFT JOIN (SELECT order_id, sku_id, SUM(reserved) AS total FROM stock_movement
            WHERE order_id IS NOT NULL GROUP BY order_id, sku_id) m
            ON m.order_id = l.order_id AND m.sku_id = l.sku_id
        WHERE o.source = 'portal' AND (COALESCE(m.total, 0) <> CASE WHEN o.is_taken THEN l.reserved ELSE 0 END
            OR (NOT o.is_taken AND l.reserved <> 0))
        ORDER BY l.id
        """,
    ),
    by_sql(
        "stock.issued",
        "what left the warehouses for a line is what the line says was shipped",
        "order_line",
        """
        SELECT l.id, COALESCE(m.total, 0), l.shipped
        FROM order_line l
        JOIN sales_order o ON o.id = l.order_id
        LEFT JOIN (SELECT order_id, sku_id, SUM(-on_hand) AS total FROM stock_movement
            WHERE kind = 'issue' GROUP BY order_id, sku_id) m
            ON m.order_id = l.order_id AND m.sku_id = l.sku_id
        WHERE o.source = 'portal' AND COALESCE(m.total, 0) <> l.shipped ORDER BY l.id
        """,
    ),
)
