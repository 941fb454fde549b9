"""What a deed that was cut in two would leave behind, and what was promised and is not there: two plain searches."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import String, bindparam, cast, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from trade.amendments.models import Amendment
from trade.attachments import store
from trade.attachments.models import Attachment
from trade.books.models import OpenItem
from trade.catalog.models import Sku
from trade.fulfilment.models import Shipment
from trade.inventory.models import StockCount, StockTransfer
from trade.invoices.models import InvoiceLine
from trade.orders.models import Order, OrderEvent
from trade.receivables.models import Payment
from trade.returns.models import ReturnRequest

# Each names the documents to which something is missing that was to be written with them.
HALVES = {
    "order without number, day or total": """SELECT id FROM sales_order WHERE approval_state <> 'draft'
        AND (number IS NULL OR order_date IS NULL OR submitted_at IS NULL OR gross <= 0)""",
    "order without lines": """SELECT o.id FROM sales_order o WHERE o.approval_state <> 'draft'
        AND NOT EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id)""",
    "order line that was never frozen": """SELECT o.id FROM sales_order o JOIN order_line l ON l.order_id = o.id
        WHERE o.approval_state <> 'draft' AND (l.price IS NULL OR l.sku_code IS NULL OR l.price_steps IS NULL)""",
    "order whose history lacks a step": """SELECT o.id FROM sales_order o WHERE o.approval_state <> 'draft'
        AND o.version <> 1 + (SELECT count(*) FROM order_event e WHERE e.order_id = o.id)""",
    "order that nobody is told of": """SELECT o.id FROM sales_order o WHERE o.approval_state <> 'draft'
        AND CAST(o.id AS TEXT) NOT IN (SELECT CAST(m.payload ->> 'order_id' AS TEXT) FROM outbox_message m
            WHERE m.topic LIKE 'order.%')""",
    "order that holds without an entry of credit": """SELECT o.id FROM sales_order o WHERE o.is_taken
        AND NOT EXISTS (SELECT 1 FROM ledger_entry c WHERE c.order_id = o.id AND c.debit = 'hold')""",
    "order that holds without a movement of stock": """SELECT o.id FROM sales_order o WHERE o.is_taken
        AND o.id NOT IN (SELECT m.order_id FROM stock_movement m WHERE m.kind = 'reserve')""",
    "shipment without lines": """SELECT s.id FROM shipment s
        WHERE NOT EXISTS (SELECT 1 FROM shipment_line l WHERE l.shipment_id = s.id)""",
    "shipment without its step of the order": """SELECT s.id FROM shipment s WHERE (SELECT count(*) FROM shipment x
        WHERE x.order_id = s.order_id) <> (SELECT count(*) FROM order_event e
        WHERE e.order_id = s.order_id AND e.action = 'ship')""",
    "shipment without goods issued or exposure moved": """SELECT s.id FROM shipment s
        WHERE s.order_id NOT IN (SELECT m.order_id FROM stock_movement m WHERE m.kind = 'issue')
        OR NOT EXISTS (SELECT 1 FROM ledger_entry c WHERE c.subject = 'shipment' AND c.subject_id = s.id)
        OR NOT EXISTS (SELECT 1 FROM open_item i WHERE i.kind = 'shipment' AND i.subject_id = s.id)""",
    "payment without an entry of credit": """SELECT p.id FROM payment p WHERE NOT EXISTS (SELECT 1 FROM ledger_entry c
        WHERE c.kind = 'payment' AND c.subject = 'payment' AND c.subject_id = p.id)
        OR NOT EXISTS (SELECT 1 FROM open_item i WHERE i.kind = 'payment' AND i.subject_id = p.id)""",
    "entry of credit without its payment": """SELECT c.id FROM ledger_entry c WHERE c.kind = 'payment'
        AND NOT EXISTS (SELECT 1 FROM payment p WHERE c.subject = 'payment' AND c.subject_id = p.id)""",
    "payment that the audit or the outbox does not know": """SELECT p.id FROM payment p
        WHERE NOT EXISTS (SELECT 1 FROM audit_entry a WHERE a.subject = 'payment' AND a.subject_id = p.id)
        OR CAST(p.id AS TEXT) NOT IN (SELECT CAST(m.payload ->> 'payment_id' AS TEXT) FROM outbox_message m
            WHERE m.topic = 'payment.recorded')""",
    "change without lines or without its step": """SELECT a.id FROM order_amendment a WHERE a.state = 'applied'
        AND (NOT EXISTS (SELECT 1 FROM order_amendment_line l WHERE l.amendment_id = a.id)
        OR NOT EXISTS (SELECT 1 FROM order_event e WHERE e.order_id = a.order_id AND e.action = 'amend'))""",
    "decision without its step": """SELECT r.id FROM approval_request r WHERE r.subject = 'order' AND r.state = 'approved'
        AND NOT EXISTS (SELECT 1 FROM order_event e WHERE e.order_id = r.subject_id AND e.action = 'approve')""",
    "return without lines or history": """SELECT r.id FROM return_request r
        WHERE NOT EXISTS (SELECT 1 FROM return_line l WHERE l.request_id = r.id)
        OR r.version <> (SELECT count(*) FROM return_event e WHERE e.request_id = r.id)""",
    "credited return without a credit or without goods": """SELECT r.id FROM return_request r WHERE r.state = 'credited'
        AND (NOT EXISTS (SELECT 1 FROM ledger_entry c WHERE c.kind = 'credit_note'
            AND c.source = 'return-' || r.id || '-v' || r.version)
        OR NOT EXISTS (SELECT 1 FROM stock_movement m WHERE m.source = 'return-' || r.id || '-v' || r.version))""",
    "transfer without lines or movements": """SELECT t.id FROM stock_transfer t
        WHERE NOT EXISTS (SELECT 1 FROM stock_transfer_line l WHERE l.transfer_id = t.id)
        OR NOT EXISTS (SELECT 1 FROM stock_movement m WHERE m.source = 'transfer-' || t.id || '-out')
        OR (t.state = 'arrived' AND NOT EXISTS
            (SELECT 1 FROM stock_movement m WHERE m.source = 'transfer-' || t.id || '-in'))""",
    "count without lines or movements": """SELECT k.id FROM stock_count k
        WHERE NOT EXISTS (SELECT 1 FROM stock_count_line l WHERE l.count_id = k.id)
        OR NOT EXISTS (SELECT 1 FROM stock_movement m WHERE m.source = 'count-' || k.id)""",
    "imported product that search or audit does not know": """SELECT s.id FROM sku s WHERE s.code LIKE 'IMP-%'
        AND (s.id NOT IN (SELECT g.sku_id FROM search_gram g)
        OR NOT EXISTS (SELECT 1 FROM audit_entry a WHERE a.subject = 'sku' AND a.subject_id = s.id))""",
    "import of which a part is written and which is over": """SELECT u.id FROM import_upload u
        WHERE u.state IN ('done', 'failed') AND u.done <> u.rows""",
    "booked line of a bank without its payment": """SELECT l.id FROM bank_line l WHERE l.state = 'booked'
        AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = l.payment_id AND p.amount = l.amount AND p.voided_at IS NULL)""",
    "payment of a bank without its line": """SELECT p.id FROM payment p WHERE p.origin = 'bank' AND p.voided_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM bank_line l WHERE l.payment_id = p.id AND l.state = 'booked')""",
    "bank file that is taken in without a count or a word of it": """SELECT f.id FROM bank_file f WHERE f.state = 'taken'
        AND (CAST(f.counts ->> 'new' AS INTEGER) <> (SELECT count(*) FROM bank_line l WHERE l.file_id = f.id)
        OR NOT EXISTS (SELECT 1 FROM audit_entry a WHERE a.event = 'bank.taken' AND a.subject_id = f.id))""",
    "invoice without lines, or whose sums are not theirs": """SELECT i.id FROM invoice i WHERE i.gross <> COALESCE(
        (SELECT sum(l.gross) FROM invoice_line l WHERE l.invoice_id = i.id), 0)""",
    "invoice that the audit or the outbox does not know": """SELECT i.id FROM invoice i WHERE NOT EXISTS (SELECT 1
        FROM audit_entry a WHERE a.event = 'invoice.issued' AND a.subject = 'invoice' AND a.subject_id = i.id)
        OR CAST(i.id AS TEXT) NOT IN (SELECT CAST(m.payload ->> 'invoice_id' AS TEXT) FROM outbox_message m
            WHERE m.topic LIKE 'invoice.%' AND m.payload ->> 'invoice_id' IS NOT NULL)""",
    "statement without its lines or its history": """SELECT s.id FROM statement s
        WHERE s.lines <> (SELECT count(*) FROM statement_line l WHERE l.statement_id = s.id AND NOT l.is_memo)
        OR s.version <> (SELECT count(*) FROM statement_event e WHERE e.statement_id = s.id)""",
    "statement that nobody is told of": """SELECT s.id FROM statement s WHERE NOT EXISTS (SELECT 1 FROM statement later
        WHERE later.account_id = s.account_id AND later.first_day > s.first_day)
        AND CAST(s.id AS TEXT) NOT IN (SELECT CAST(m.payload ->> 'statement_id' AS TEXT) FROM outbox_message m
            WHERE m.topic = 'statement.issued')""",
    "message that was sent without reaching anybody's list": """SELECT m.id FROM outbox_message m
        WHERE m.topic = 'order.shipped' AND m.sent_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.outbox_id = m.id)""",
}
Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | InstrumentedAttribute[int]
Finder = Callable[[Session, Sequence[str]], Iterator[tuple[str, int]]]  # how often each name is there
Promised = dict[str, Sequence[str]]  # by deed, the names that were acknowledged


def half_written(session: Session) -> list[str]:
    """Every document that stands there in part, by what it lacks."""
    return [
        f"{lack}: {', '.join(map(str, ids[:5]))}"
        for lack, query in HALVES.items()
        if (ids := session.scalars(text(query)).all())
    ]


def lost(session: Session, promised: Promised) -> list[str]:
    """Every acknowledged deed that is not there exactly once."""
    return [
        f"{deed} {name}: {count} times"
        for deed, names in promised.items()
        for name, count in _FINDERS[deed](session, names)
        if count != 1
    ]


def _rows(column: Column, *only: object) -> Finder:
    """How often each name stands in a column."""

    def find(session: Session, names: Sequence[str]) -> Iterator[tuple[str, int]]:
        named = cast(column, String)
        for some in _stretches(names):
            wanted = select(named, func.count()).where(named.in_(bindparam("names", expanding=True)), *only)
            found = {
                name: count for name, count in session.execute(wanted.group_by(named), {"names": list(some)})
            }
            yield from ((name, found.get(name, 0)) for name in some)

    return find


def _invoiced(session: Session, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """On how many standing invoices the shipment of an open item is; of a red one a shipment is not."""
    for some in _stretches(names):
        wanted = (
            select(cast(OpenItem.id, String), func.count(InvoiceLine.invoice_id.distinct()))
            .join(InvoiceLine, InvoiceLine.shipment_id == OpenItem.subject_id)
            .where(OpenItem.id.in_([int(each) for each in some]), InvoiceLine.is_living)
        )
        found = {name: count for name, count in session.execute(wanted.group_by(OpenItem.id))}
        yield from ((name, found.get(name, 0)) for name in some)


def _moves(session: Session, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    kinds = {
        "transfer": _rows(StockTransfer.id),
        "arrival": _rows(StockTransfer.id, StockTransfer.state == "arrived"),
        "count": _rows(StockCount.id),
    }
    for kind, find in kinds.items():
        ids = [name.partition("-")[2] for name in names if name.startswith(kind)]
        yield from ((f"{kind}-{name}", count) for name, count in find(session, ids))


def _files(session: Session, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """A file that was sent twice after a break stands there twice; each of them must be whole."""
    for some in _stretches(names):
        found: dict[str, list[bool]] = {name: [] for name in some}
        for row in session.scalars(select(Attachment).where(Attachment.name.in_(some))):
            found[row.name].append(len(store.load(row.stored_as)) == row.size)
        yield from ((name, int(bool(whole) and all(whole))) for name, whole in found.items())


def _imports(session: Session, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """One for an import of which every row is there; the code of a product is unique."""
    from_file = func.substr(Sku.code, 1, 4) == "IMP-"
    codes = set(session.scalars(select(Sku.code).where(from_file)))
    for name in names:
        yield name, int(all(f"IMP-{name}-{at}" in codes for at in range(40)))


def _stretches(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[at : at + 500] for at in range(0, len(names), 500))


_FINDERS: dict[str, Finder] = {
    "submit": _rows(Order.id, Order.number.is_not(None)),
    "approve": _rows(OrderEvent.order_id, OrderEvent.action == "approve"),
    "change": _rows(Amendment.order_id, Amendment.state == "applied"),
    "ship": _rows(Shipment.tracking_number),
    "pay": _rows(Payment.reference),
    "match": _rows(Payment.reference),
    "invoice": _invoiced,
    "return": _rows(ReturnRequest.id, ReturnRequest.state == "credited"),
    "move": _moves,
    "attach": _files,
    "import": _imports,
}
