"""One breach per invariant of invoices."""

from tests.verify.planting import Plant

COLUMNS = (
    "line_no, shipment_id, order_line_id, return_line_id, corrects_id, sku_code, sku_name, spec, unit, factor,"
    " base_unit, quantity, price, tax_rate, gross, net, tax, is_living"
)
INVOICES = (
    Plant(
        "invoice.sums",
        "invoice 1: found 41.0000, expected 40.0000",
        "UPDATE invoice SET gross = gross + 10000, net = net + 10000 WHERE id = 1",
    ),
    Plant(
        "invoice.once",
        "shipment 1: found 800000, expected 400000",
        f"INSERT INTO invoice_line (id, invoice_id, {COLUMNS}) SELECT 3, 2, {COLUMNS} FROM invoice_line"
        " WHERE id = 1",
        ("invoice_line",),
    ),
    Plant("invoice.living", "invoice 1: found 0, expected 1", "UPDATE invoice_line SET is_living = (1 = 0)"),
    Plant(
        "invoice.reversed",
        "invoice 1: found 40.0000, expected 0.0000",
        "UPDATE invoice SET state = 'reversed' WHERE id = 1",
    ),
    Plant(
        "invoice.part",
        "order_line 2: found 90.0000, expected 88.5000",
        "UPDATE invoice_line SET net = 900000, tax = gross - 900000 WHERE id = 1",
    ),
    Plant(
        "invoice.corrected",
        "invoice_line 1: found 36.0000, expected 35.4000",
        "UPDATE invoice_line SET net = -360000, tax = gross + 360000 WHERE id = 2",
    ),
    Plant(
        "invoice.billed",
        "open_item 1: found 0.0000, expected 40.0000",
        "UPDATE open_item SET billed = 0 WHERE id = 1",
    ),
    Plant(
        "invoice.numbers",
        "number_series 101: found 2, expected 3",
        "UPDATE number_series SET last = 3 WHERE prefix = 'SI'",
    ),
    Plant("invoice.account", "invoice 1: found 1, expected None", "UPDATE invoice SET currency = 'USD'"),
)
