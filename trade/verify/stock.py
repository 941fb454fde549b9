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
        "stock.promised",
        "stock.reserved is what the lines of the orders that hold stock have reserved there",
        "stock",
        """
        SELECT COALESCE(CAST(s.id AS VARCHAR), 'warehouse ' || l.warehouse_id || ', sku ' || l.sku_id),
            COALESCE(s.reserved, 0), COALESCE(l.total, 0)
        FROM (SELECT warehouse_id, sku_id FROM stock UNION
            SELECT warehouse_id, sku_id FROM order_line WHERE reserved > 0 AND warehouse_id IS NOT NULL) k
        LEFT JOIN stock s ON s.warehouse_id = k.warehouse_id AND s.sku_id = k.sku_id
        LEFT JOIN (SELECT l.warehouse_id, l.sku_id, SUM(l.reserved) AS total
            FROM order_line l JOIN sales_order o ON o.id = l.order_id
            WHERE o.is_taken AND l.reserved > 0 GROUP BY l.warehouse_id, l.sku_id) l
            ON l.warehouse_id = k.warehouse_id AND l.sku_id = k.sku_id
        WHERE COALESCE(s.reserved, 0) <> COALESCE(l.total, 0)
        ORDER BY k.warehouse_id, k.sku_id
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
