"""One breach per invariant."""

from tests.verify.planted_approvals import APPROVALS
from tests.verify.planted_broadcasts import BROADCASTS
from tests.verify.planted_families import FAMILIES
from tests.verify.planted_incoming import INCOMING
from tests.verify.planted_invoices import INVOICES
from tests.verify.planted_opportunities import OPPORTUNITIES
from tests.verify.planted_registrations import REGISTRATIONS
from tests.verify.planted_statements import STATEMENTS
from tests.verify.planting import Plant, plant

__all__ = ["CREDIT", "PLANTED", "Plant", "plant"]
TABLES = (
    Plant("table.append_only", "ledger_entry ledger_entry_refuses_update", "SELECT 1", ("ledger_entry",)),
    Plant(
        "table.unique",
        "payment 1: one of 2 with the same legal_entity_id, reference, voided_as",
        "INSERT INTO payment SELECT * FROM payment",
        ("payment",),
    ),
    Plant("table.references", "membership 1: role_id 99", "UPDATE membership SET role_id = 99"),
)
CREDIT = (
    Plant(
        "credit.used",
        "credit_account 1: found 139.0000, expected 138.0000",
        "UPDATE credit_account SET used = used + 10000",
        ("credit_account",),
    ),
    Plant(
        "credit.parts",
        "credit_account 1: found 139.0000, expected 138.0000",
        "UPDATE credit_account SET hold = hold + 10000, used = used + 10000 WHERE id = 1",
    ),
    Plant(
        "credit.group",
        "credit_account 2: found 139.0000, expected 138.0000",
        "UPDATE credit_account SET hold = hold + 10000, used = used + 10000 WHERE id = 2",
    ),
    Plant(
        "credit.group_member",
        "credit_account 1: found None, expected 2",
        "UPDATE credit_account SET group_account_id = NULL WHERE id = 1",
    ),
    Plant(
        "credit.block",
        "credit_account 1: found open, expected on",
        "UPDATE credit_account SET block_mode = 'on' WHERE id = 1",
    ),
    Plant(
        "credit.order_part",
        "sales_order 2: found 50.0000, expected 49.0000",
        "UPDATE order_line SET shipped_gross = shipped_gross + 10000 WHERE id = 2",
    ),
    Plant(
        "credit.shipped_part",
        "sales_order 2: found 40.0000, expected 41.0000",
        "UPDATE shipment SET gross = gross + 10000 WHERE id = 1",
    ),
    Plant(
        "credit.payment_part",
        "credit_account 1: found 30.0000, expected 31.0000",
        "UPDATE payment SET amount = amount + 10000",
    ),
    Plant(
        "credit.refund_part",
        "credit_account 1: found 0.0000, expected 5.0000",
        "INSERT INTO refund (id, number, distributor_id, legal_entity_id, money_id, refunded_on, amount, currency, reference, note, created_at)"
        " VALUES (1, 'RF-1', 1, 1, 2, '2026-11-21', 50000, 'CNY', 'back-1', '', '2026-11-21 04:00:00+00:00')",
        ("refund",),
    ),
    Plant(
        "credit.payment_booked", "payment 1: found CNY, expected USD", "UPDATE payment SET currency = 'USD'"
    ),
    Plant(
        "credit.own_account",
        "ledger_entry 1: found 1",
        "UPDATE sales_order SET currency = 'USD' WHERE id = 1",
    ),
    Plant(
        "credit.effective_limit",
        "credit_account 1: found 5000.0000, expected 1200.0000",
        "UPDATE credit_account SET effective_limit = 50000000 WHERE id = 1",
    ),
    Plant(
        "credit.earmarked",
        "credit_account 1: found 0.0000, expected 1.0000",
        "UPDATE sales_order SET earmarked = 10000 WHERE id = 1",
    ),
    Plant(
        "credit.in_advance",
        "sales_order 1: found 1.0000, expected 0.0000",
        "UPDATE sales_order SET earmarked = 10000 WHERE id = 1",
    ),
    Plant("credit.one_base_limit", "credit_limit 2", "UPDATE credit_limit SET kind = 'base' WHERE id = 2"),
    Plant(
        "credit.within_limit",
        "credit_decision 2: found 188.0000, expected 150.0000",
        "UPDATE credit_decision SET effective_limit = 1500000",
        ("credit_decision",),
    ),
    Plant(
        "credit.decided",
        "ledger_entry 1",
        "DELETE FROM credit_decision WHERE order_id = 1",
        ("credit_decision",),
    ),
)
BOOKS = (
    Plant(
        "item.parts",
        "credit_account 1: found 0.0000, expected 1.0000",
        "UPDATE open_item SET amount = amount + 10000 WHERE id = 1",
    ),
    Plant(
        "item.applied",
        "open_item 1: found 29.0000, expected 30.0000",
        "UPDATE open_item SET applied = applied - 10000 WHERE id = 1",
    ),
    Plant(
        "item.application",
        "application 1: found",
        "UPDATE open_item SET is_debt = FALSE, due_on = NULL WHERE id = 1",
    ),
    Plant(
        "item.shipment",
        "shipment 1: found 40.0000, expected 41.0000",
        "UPDATE shipment SET gross = gross + 10000 WHERE id = 1",
    ),
    Plant(
        "item.payment",
        "payment 1: found 30.0000, expected 31.0000",
        "UPDATE payment SET amount = amount + 10000",
    ),
    Plant(
        "item.refund",
        "refund 1: found 0.0000, expected 5.0000",
        "INSERT INTO refund (id, number, distributor_id, legal_entity_id, money_id, refunded_on, amount, currency, reference, note, created_at)"
        " VALUES (1, 'RF-1', 1, 1, 2, '2026-11-21', 50000, 'CNY', 'back-1', '', '2026-11-21 04:00:00+00:00')",
        ("refund",),
    ),
    Plant(
        "item.return",
        "return_request 1: found 10.0000, expected 11.0000",
        "UPDATE return_request SET gross = gross + 10000 WHERE id = 1",
    ),
    Plant(
        "ledger.reversal",
        "ledger_entry 2: found",
        "UPDATE ledger_entry SET reverses_id = 1 WHERE id = 2",
        ("ledger_entry",),
    ),
    Plant(
        "ledger.day",
        "ledger_entry 1: found",
        "UPDATE ledger_entry SET booked_on = '2020-01-01' WHERE id = 1",
        ("ledger_entry",),
    ),
    Plant(
        "ledger.sealed",
        "ledger_entry 1: was changed after seal 1",
        "UPDATE ledger_entry SET subject_id = 99 WHERE id = 1",
        ("ledger_entry",),
    ),
)
STOCK = (
    Plant("stock.on_hand", "stock 1: found 101, expected 100", "UPDATE stock SET on_hand = 101 WHERE id = 1"),
    Plant("stock.reserved", "stock 1: found 47, expected 48", "UPDATE stock SET reserved = 47 WHERE id = 1"),
    Plant("stock.quarantine", "stock 1: found 1, expected 0", "UPDATE stock SET quarantine = 1 WHERE id = 1"),
    Plant(
        "stock.promised",
        "stock 2: found 5, expected 4",
        "UPDATE order_allocation SET reserved = 4 WHERE id = 2",
    ),
    Plant(
        "stock.allocated",
        "order_line 2: found 5, expected 0",
        "DELETE FROM order_allocation WHERE line_id = 2",
    ),
    Plant(
        "stock.transferred",
        "stock_transfer_line 1: found sent 2, came 0, expected sent 2, came 1",
        "UPDATE stock_transfer_line SET arrived = 1 WHERE id = 1",
    ),
    Plant(
        "stock.counted",
        "stock_count_line 1: found 50, expected 49",
        "UPDATE stock_count_line SET difference = 49 WHERE id = 1",
    ),
    Plant(
        "stock.held_by_order",
        "order_line 1: found 48, expected 0",
        "UPDATE stock_movement SET order_id = 2 WHERE id = 3;"
        "UPDATE sales_order SET approval_state = 'rejected', is_taken = FALSE WHERE id = 1;"
        "UPDATE stock_movement SET order_id = 1 WHERE id = 3",
        ("stock_movement",),
    ),
    Plant(
        "stock.issued",
        "order_line 2: found 4, expected 5",
        "UPDATE order_line SET shipped = 5, reserved = 4 WHERE id = 2",
    ),
)
LINES = (
    Plant(
        "line.quantities",
        "order_line 1: found reserved 49",
        "UPDATE order_line SET reserved = 49 WHERE id = 1",
        ("order_line",),
    ),
    Plant(
        "line.one_place",
        "order_line 1: found 2, expected 1",
        "UPDATE order_line SET delivery_no = 2 WHERE id = 1",
    ),
    Plant(
        "line.tax",
        "order_line 4: found 1.2345, expected 1.1345",
        "UPDATE order_line SET tax = 0 WHERE id = 4",
        ("order_line",),
    ),
    Plant(
        "line.parts",
        "order_line 2: found 110.0000, expected 100.0000",
        "UPDATE order_line SET cancelled_gross = 700000 WHERE id = 2",
    ),
    Plant(
        "line.shipped",
        "order_line 2: found 4, expected 3",
        "UPDATE shipment_line SET quantity = 3 WHERE id = 1",
    ),
    Plant(
        "line.shipped_gross",
        "order_line 2: found 40.0000, expected 41.0000",
        "UPDATE shipment_line SET gross = 410000 WHERE id = 1",
    ),
    Plant(
        "line.received",
        "order_line 2: found 3, expected 2",
        "UPDATE shipment_line SET received = 2 WHERE id = 1",
    ),
    Plant(
        "shipment.gross",
        "shipment 1: found 40.0000, expected 41.0000",
        "UPDATE shipment_line SET gross = 410000 WHERE id = 1",
    ),
    Plant(
        "shipment.own_lines",
        "shipment_line 1: found order 2, sku 1",
        "UPDATE shipment_line SET sku_id = 1 WHERE id = 1",
    ),
    Plant(
        "price.replay",
        "order_line 1: found 83.0100, the frozen inputs give 83.0000",
        "UPDATE order_line SET gross = gross + 100, tax = tax + 100 WHERE id = 1",
    ),
)
ORDERS = (
    Plant(
        "order.gross",
        "sales_order 1: found 88.0100, expected 88.0000",
        "UPDATE sales_order SET gross = gross + 100 WHERE id = 1",
    ),
    Plant(
        "order.net",
        "sales_order 1: found 73.4600, expected 73.4500",
        "UPDATE sales_order SET net = net + 100 WHERE id = 1",
    ),
    Plant(
        "order.tax",
        "sales_order 1: found 9.5600, expected 9.5500",
        "UPDATE sales_order SET tax = tax + 100 WHERE id = 1",
    ),
    Plant(
        "order.state",
        "sales_order 1: found approved, expected pending",
        "UPDATE sales_order SET approval_state = 'approved' WHERE id = 1",
    ),
    Plant(
        "order.version",
        "sales_order 3: found 2, expected 1",
        "UPDATE sales_order SET version = 2 WHERE id = 3",
    ),
    Plant(
        "order.history",
        "sales_order 2: found events 3",
        "DELETE FROM order_event WHERE id = 4",
        ("order_event",),
    ),
    Plant("order.frozen", "sales_order 2", "UPDATE sales_order SET distributor_name = NULL WHERE id = 2"),
    Plant("order.frozen_lines", "order_line 2", "UPDATE order_line SET tax_rate = NULL WHERE id = 2"),
    Plant(
        "order.fulfilment",
        "sales_order 2: found complete, expected partial",
        "UPDATE sales_order SET fulfilment = 'complete' WHERE id = 2",
    ),
    Plant(
        "order.receipt",
        "sales_order 2: found open, expected partial",
        "UPDATE sales_order SET receipt = 'open' WHERE id = 2",
    ),
    Plant(
        "order.holds",
        "sales_order 2: found holds nothing",
        "UPDATE sales_order SET is_taken = FALSE WHERE id = 2",
    ),
    Plant(
        "order.whole_cents",
        "sales_order 1: found 88.0001",
        "UPDATE sales_order SET gross = gross + 1 WHERE id = 1",
        ("sales_order",),
    ),
    Plant(
        "cart.one",
        "sales_order 3: found 2, expected 1",
        "UPDATE sales_order SET approval_state = 'draft' WHERE id = 2",
        ("sales_order",),
    ),
)
MASTERS = (
    Plant(
        "standing.no_overlap",
        "distributor_standing 2",
        "INSERT INTO distributor_standing (id, distributor_id, valid_from, tier_id, terms, terms_days, reason)"
        " VALUES (2, 1, '2024-01-01', 1, 'monthly', 30, '')",
    ),
    Plant(
        "standing.today",
        "distributor 1: found 0 standings",
        "UPDATE distributor_standing SET valid_to = '2021-01-01' WHERE id = 1",
    ),
    Plant(
        "price.one_target", "price_row 1", "UPDATE price_row SET category_id = 1 WHERE id = 1", ("price_row",)
    ),
    Plant(
        "price.list_target",
        "price_list 1",
        "UPDATE price_list SET kind = 'tier' WHERE id = 1",
        ("price_list",),
    ),
    Plant("barcode.once", "sku 1: found 2 times 69001", "UPDATE sku SET barcode = '69001' WHERE id = 1"),
    Plant(
        "barcode.once",
        "sku 2: found claims 69003, expected claimed by sku 1",
        "INSERT INTO barcode_claim (id, barcode, sku_id) VALUES (9, '69003', 2);"
        "UPDATE sku SET barcode = '69003' WHERE id = 1",
    ),
    Plant(
        "price.published",
        "price_draft 1: found 1 rows, 1 otherwise, 2 changes, expected 1 rows, 2 changes",
        "UPDATE price_row SET price = price + 100 WHERE draft_id = 1",
    ),
    Plant(
        "price.published",
        "price_draft 1: found 1 rows, 0 otherwise, 3 changes, expected 1 rows, 2 changes",
        "UPDATE price_draft SET changes = 3 WHERE id = 1",
    ),
    Plant(
        "price.ended",
        "price_row 3: found until ever, expected until 2025-01-01",
        "UPDATE price_row SET valid_to = NULL WHERE id = 3",
    ),
    Plant("search.complete", "sku 1: misses 1", "DELETE FROM search_gram WHERE sku_id = 1 AND gram = '龙井'"),
    Plant(
        "search.complete", "sku 77: is found", "INSERT INTO search_gram (gram, sku_id) VALUES ('龙井', 77)"
    ),
    Plant("notice.person", "notice 1: found person 99", "UPDATE notice SET person_id = 99"),
    Plant(
        "notice.once",
        "notice 1: found 2, expected 1",
        "INSERT INTO notice SELECT * FROM notice",
        ("notice",),
    ),
)
REST = (
    Plant(
        "history.no_effects",
        "outbox_message 1: tells of imported order 4",
        "UPDATE outbox_message SET payload = '{\"order_id\": 4}' WHERE id = 1",
    ),
    Plant("attachment.file", "attachment 1: its file", "UPDATE attachment SET sha256 = 'other'"),
)
RETURNS = (
    Plant(
        "return.within_received",
        "order_line 2: found returned 1 and 3 asked for",
        "UPDATE return_line SET requested = 3 WHERE id = 2",
    ),
    Plant(
        "return.quantities",
        "order_line 2: found returned 2, lost 0, expected returned 1, lost 0",
        "UPDATE order_line SET returned = 2 WHERE id = 2",
    ),
    Plant(
        "return.stock",
        "return_request 1: found 0 good, 1 in quarantine, expected 1 good, 0 in quarantine",
        "UPDATE return_line SET restocked = 1, quarantined = 0 WHERE id = 1",
    ),
    Plant(
        "return.gross",
        "return_request 1: found 11.0000, expected 10.0000",
        "UPDATE return_request SET gross = gross + 10000 WHERE id = 1",
    ),
    Plant(
        "return.line_gross",
        "order_line 2: found 11.0000, expected 10.0000",
        "UPDATE order_line SET returned_gross = returned_gross + 10000 WHERE id = 2",
    ),
    Plant(
        "return.parts",
        "order_line 2: found 41.0000, expected 40.0000",
        "UPDATE order_line SET returned_gross = 410000 WHERE id = 2",
    ),
    Plant(
        "credit.note_part",
        "sales_order 2: found -10.0000, expected -10.0000",
        "UPDATE return_request SET id = 3 WHERE id = 1",
    ),
    Plant(
        "return.state",
        "return_request 1: found approved v3 with 3 events, expected credited v3",
        "UPDATE return_request SET state = 'approved' WHERE id = 1",
    ),
    Plant(
        "return.asked",
        "return_request 2: found requested, 0 open",
        "UPDATE approval_request SET state = 'withdrawn' WHERE subject = 'return'",
    ),
    Plant(
        "return.own_lines",
        "return_line 2: found order 2, sku 1",
        "UPDATE return_line SET sku_id = 1 WHERE id = 2",
    ),
)
CARE = (
    Plant(
        "amendment.asked",
        "order_amendment 1: found pending with 0 open, 1 wait",
        "INSERT INTO order_amendment (id, order_id, state, version, reason, gross_before, gross_after, reasons,"
        " created_at) VALUES (1, 1, 'pending', 1, 'x', 0, 0, '[]', '2026-11-21')",
    ),
    Plant(
        "amendment.lines",
        "order_amendment 1: found 1.0000, expected 0",
        "INSERT INTO order_amendment (id, order_id, state, version, reason, gross_before, gross_after, reasons,"
        " created_at) VALUES (1, 1, 'applied', 1, 'x', 0, 10000, '[]', '2026-11-21')",
    ),
    Plant(
        "amendment.told",
        "sales_order 2: found 1 told, expected 0 made",
        "UPDATE order_event SET action = 'amend' WHERE order_id = 2 AND version = 2",
        ("order_event",),
    ),
    Plant(
        "remark.urged",
        "order_remark 1: found note of portal",
        "INSERT INTO order_remark (id, order_id, kind, side, text, at)"
        " VALUES (1, 1, 'note', 'portal', 'x', '2026-11-21')",
    ),
)
SINCE = (*INCOMING, *INVOICES, *STATEMENTS, *BROADCASTS)
PLANTED = (
    *TABLES,
    *CREDIT,
    *BOOKS,
    *SINCE,
    *FAMILIES,
    *STOCK,
    *LINES,
    *ORDERS,
    *RETURNS,
    *APPROVALS,
    *REGISTRATIONS,
    *OPPORTUNITIES,
    *CARE,
    *MASTERS,
    *REST,
)
