"""A small world in which every invariant has something to look at, and none is broken."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from tests.databases import begin_with
from tests.tables import migrated
from tests.verify.sound_books import DAY, NOW, PENDING, SHIPPED, credit, money, statements
from tests.verify.sound_broadcasts import broadcasts
from tests.verify.sound_incoming import incoming
from tests.verify.sound_invoices import invoices
from tests.verify.sound_opportunities import opportunities
from tests.verify.sound_registrations import registrations
from trade import db
from trade.approvals.models import (
    ApprovalCandidate,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
)
from trade.approvals.policy import chain, dump
from trade.attachments.models import Attachment
from trade.audit import AuditEntry
from trade.books import seals
from trade.catalog.models import BarcodeClaim, Category, SearchGram, Sku, SkuPack
from trade.distributors.models import CreditGroup, Distributor, LegalEntity, Standing, Tier
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.inventory.models import (
    Stock,
    StockCount,
    StockCountLine,
    StockMovement,
    StockTransfer,
    StockTransferLine,
    Warehouse,
)
from trade.notices.models import Notice, OutboxMessage
from trade.orders.models import Allocation, Order, OrderCharge, OrderEvent, OrderLine
from trade.people.models import Membership, Person, Role
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList, PriceRow, PriceRowEnd
from trade.pricing.rules import Row, Wanted, freeze
from trade.returns.models import ReturnEvent, ReturnLine, ReturnReason, ReturnRequest
from trade.text import grams

BUYER, REP, MANAGER = 1, 2, 3
CART, IMPORTED = 3, 4
CONTENT, STORED_AS = b"%PDF-1.4 a receipt", "0" * 32


def build(url: str) -> None:
    """Fill an empty database by migration and with the small world."""
    begin_with(migrated, url)
    engine = db.connect(url)
    with Session(engine) as session:
        for row in _everything():
            session.add(row)
            session.flush()  # one by one: in the order in which they refer to each other
        seals.seal(session)
        session.commit()
    engine.dispose()


def _everything() -> Iterator[Any]:
    yield from (*_masters(), *_prices(), *_orders(), *_lines(), *_shipments())
    yield from (*credit(), *_stock(), *_approvals(), *_told(), *_returns(), *invoices(), *statements())
    yield from (*incoming(), *broadcasts(), *registrations(), *opportunities())


def keep_file(uploads: Path) -> None:
    """Put the one attachment's file where its row says that it lies."""
    shelf = uploads / STORED_AS[:2]
    shelf.mkdir(parents=True)
    (shelf / STORED_AS).write_bytes(CONTENT)


def _masters() -> list[Any]:
    skus = [
        Sku(id=number, code=f"LJ-{number}", name=name, sort_key=name, search_text=f"{name}\nlj-{number}")
        for number, name in ((1, "明前龙井"), (2, "铁观音"))
    ]
    for sku in skus:
        sku.category_id, sku.base_unit, sku.order_unit, sku.tax_rate = 1, "瓶", "箱", money("0.13")
    return [
        LegalEntity(id=1, code="E1", name="开票主体"),
        CreditGroup(id=1, code="G1", name="同一股东"),
        Tier(id=1, code="A", name="一级"),
        Person(id=BUYER, name="买家", phone="13800000001", password_hash="x"),
        Person(id=REP, name="业务", phone="13800000002", password_hash="x"),
        Person(id=MANAGER, name="经理", phone="13800000003", password_hash="x"),
        Role(id=1, code="owner", name="Owner", face="portal", reach="distributor"),
        Distributor(
            id=1,
            code="D1",
            name="杭州茶行",
            sort_key="hang",
            search_text="杭州茶行",
            invoice_title="杭州茶行",
            credit_group_id=1,
        ),
        Standing(id=1, distributor_id=1, valid_from=date(2020, 1, 1), tier_id=1, rep_id=REP),
        Membership(id=1, person_id=BUYER, distributor_id=1, role_id=1),
        Category(id=1, code="tea", name="茶", path="/1/", sort_key="cha"),
        *skus,
        SkuPack(id=1, sku_id=1, unit="箱", factor=24, barcode="69001"),
        SkuPack(id=2, sku_id=2, unit="箱", factor=24, barcode="69002"),
        BarcodeClaim(id=1, barcode="69001", sku_id=1),
        BarcodeClaim(id=2, barcode="69002", sku_id=2),
        *(SearchGram(gram=gram, sku_id=sku.id) for sku in skus for gram in sorted(grams(sku.search_text))),
        Warehouse(id=1, code="HZ", name="杭州仓"),
        AuditEntry(id=1, origin="test", event="login.succeeded", facts={}),
    ]


def _prices() -> list[Any]:
    return [
        PriceList(id=1, code="base", name="Base", kind="base", valid_from=date(2020, 1, 1)),
        PriceRow(
            id=1,
            price_list_id=1,
            sku_id=1,
            unit="箱",
            factor=24,
            price=money("41.50"),
            valid_from=date(2020, 1, 1),
        ),
        PriceRow(
            id=2,
            price_list_id=1,
            sku_id=2,
            unit="瓶",
            factor=1,
            price=money("10.00"),
            valid_from=date(2020, 1, 1),
        ),
        *_publication(),
    ]


def _publication() -> list[Any]:
    """A list whose one price was replaced on a day and whose other price ended on it."""
    day = date(2025, 1, 1)
    common = {"unit": "瓶", "min_quantity": 1, "price_list_id": 2}
    told = {"person_id": MANAGER, "draft_id": 1, "unit": "瓶"}
    return [
        PriceList(id=2, code="gold", name="Gold", kind="tier", tier_id=1, valid_from=date(2020, 1, 1)),
        PriceDraft(
            id=1,
            price_list_id=2,
            state="published",
            valid_from=day,
            published_at=NOW,
            published_by_id=MANAGER,
            changes=2,
        ),
        PriceDraftRow(id=1, target="sku-1", sku_id=1, price=money("39.00"), **told),
        PriceDraftRow(id=2, target="sku-2", sku_id=2, is_removed=True, **told),
        PriceRow(id=3, sku_id=1, price=money("40.00"), valid_from=date(2020, 1, 1), valid_to=day, **common),
        PriceRow(id=4, sku_id=2, price=money("9.00"), valid_from=date(2020, 1, 1), valid_to=day, **common),
        PriceRow(id=5, sku_id=1, price=money("39.00"), valid_from=day, draft_id=1, **common),
        PriceRowEnd(id=1, draft_id=1, price_row_id=3),
        PriceRowEnd(id=2, draft_id=1, price_row_id=4),
    ]


def _orders() -> list[Any]:
    frozen: dict[str, Any] = {
        "distributor_id": 1,
        "legal_entity_id": 1,
        "buyer_id": BUYER,
        "currency": "CNY",
        "order_date": DAY,
        "submitted_at": NOW,
        "distributor_code": "D1",
        "distributor_name": "杭州茶行",
        "tier_code": "A",
        "tier_name": "一级",
        "rep_id": REP,
        "rep_name": "业务",
        "terms": "monthly",
        "terms_days": 30,
        "invoice_title": "杭州茶行",
    }
    pending = Order(id=PENDING, number="SO-1", approval_state="pending", version=3, is_taken=True, **frozen)
    pending.decide_by = NOW + timedelta(days=3)
    pending.gross, pending.net, pending.tax = money("88.00"), money("73.45"), money("9.55")
    shipped = Order(id=SHIPPED, number="SO-2", approval_state="approved", version=5, is_taken=True, **frozen)
    shipped.gross, shipped.net, shipped.tax = money("100.00"), money("88.50"), money("11.50")
    shipped.fulfilment = shipped.receipt = "partial"
    cart = Order(id=CART, distributor_id=1, legal_entity_id=1, buyer_id=BUYER, currency="CNY")
    imported = Order(
        id=IMPORTED, number="AW-1", approval_state="approved", source="import", external_code="1", **frozen
    )
    imported.gross, imported.net, imported.tax = money("1.2345"), money("1.1345"), money("0.1")
    events = [
        (PENDING, 2, "edit", "draft"),
        (PENDING, 3, "ask", "pending"),
        (SHIPPED, 2, "accept", "approved"),
        (SHIPPED, 3, "ship", "approved"),
        (SHIPPED, 4, "receive", "approved"),
        (SHIPPED, 5, "cancel_rest", "approved"),
    ]
    return [
        pending,
        shipped,
        cart,
        imported,
        *(
            OrderEvent(id=number, order_id=order, version=version, action=action, state=state, origin="test")
            for number, (order, version, action, state) in enumerate(events, start=1)
        ),
    ]


def _inputs(sku: int, unit: str, factor: int, quantity: int, price: str) -> dict[str, Any]:
    wanted = Wanted(f"LJ-{sku}", unit, factor, quantity, money("0.13"), "CNY", "2026-11-21")
    row: dict[str, Any] = {
        "list_id": 1,
        "list_code": "base",
        "list_name": "Base",
        "kind": "base",
        "priority": 0,
        "basis": "gross",
        "valid_from": "2020-01-01",
        "valid_to": None,
        "row_id": sku,
        "row_from": "2020-01-01",
        "target": "sku",
        "depth": 0,
        "unit": unit,
        "factor": factor,
        "min_quantity": 1,
        "price": money(price),
        "percent": None,
    }
    return freeze(wanted, [Row(**row)])


def _lines() -> list[Any]:
    first = OrderLine(id=1, order_id=PENDING, line_no=1, sku_id=1, unit="箱", factor=24, quantity=2)
    first.base_quantity, first.reserved = 48, 48
    first.gross, first.net, first.tax = money("83.00"), money("73.45"), money("9.55")
    first.price, first.price_inputs = money("41.50"), _inputs(1, "箱", 24, 2, "41.50")
    second = OrderLine(id=2, order_id=SHIPPED, line_no=1, sku_id=2, unit="瓶", factor=1, quantity=10)
    second.base_quantity, second.reserved = 10, 5
    second.shipped, second.received, second.cancelled = 4, 3, 1
    second.gross, second.net, second.tax = money("100.00"), money("88.50"), money("11.50")
    second.shipped_gross, second.cancelled_gross = money("40.00"), money("10.00")
    second.returned, second.returned_gross = 1, money("10.00")
    second.price, second.price_inputs = money("10.00"), _inputs(2, "瓶", 1, 10, "10.00")
    for line in first, second:
        line.sku_code, line.sku_name, line.category_code = f"LJ-{line.sku_id}", "茶", "tea"
        line.tax_rate = money("0.13")
    wanted = OrderLine(
        id=3, order_id=CART, line_no=1, sku_id=1, unit="箱", factor=24, quantity=1, base_quantity=24
    )
    old = OrderLine(
        id=4, order_id=IMPORTED, line_no=1, sku_id=1, unit="瓶", factor=1, quantity=1, base_quantity=1
    )
    old.shipped, old.gross, old.net, old.tax = 1, money("1.2345"), money("1.1345"), money("0.1")
    return [
        first,
        second,
        wanted,
        old,
        Allocation(id=1, line_id=1, warehouse_id=1, reserved=48),
        Allocation(id=2, line_id=2, warehouse_id=1, reserved=5),
        OrderCharge(id=1, order_id=PENDING, kind="freight", amount=money("5.00")),
    ]


def _shipments() -> list[Any]:
    common: dict[str, Any] = {"carrier": "顺丰", "tracking_number": "SF1", "ship_date": DAY}
    return [
        Shipment(id=1, order_id=SHIPPED, warehouse_id=1, number="SH-1", gross=money("40.00"), **common),
        ShipmentLine(
            id=1,
            shipment_id=1,
            order_line_id=2,
            sku_id=2,
            quantity=4,
            received=3,
            lot="L1",
            gross=money("40.00"),
        ),
        Shipment(
            id=2,
            order_id=IMPORTED,
            number="AW-S1",
            source="import",
            external_code="1",
            gross=money("1"),
            **common,
        ),
        ShipmentLine(id=2, shipment_id=2, order_line_id=4, sku_id=1, quantity=1, gross=money("1.2345")),
    ]


def _stock() -> list[Any]:
    movements = [
        (1, "count", 100, 0, "count-1", None),
        (2, "count", 50, 0, "count-1", None),
        (1, "reserve", 0, 48, "order-1-v3", PENDING),
        (2, "reserve", 0, 10, "order-2-v2", SHIPPED),
        (2, "issue", -4, -4, "order-2-v3", SHIPPED),
        (2, "release", 0, -1, "order-2-v5", SHIPPED),
        (2, "transfer_out", -2, 0, "transfer-1-out", None),
    ]
    return [
        Stock(id=1, warehouse_id=1, sku_id=1, on_hand=100, reserved=48),
        Stock(id=2, warehouse_id=1, sku_id=2, on_hand=44, reserved=5, quarantine=1),
        Warehouse(id=2, code="EAST", name="东仓"),
        StockTransfer(id=1, number="TF-1", key="t1", from_id=1, to_id=2),
        StockTransferLine(id=1, transfer_id=1, sku_id=2, quantity=2),
        StockCount(id=1, number="CT-1", key="c1", warehouse_id=1, as_of=NOW),
        StockCountLine(id=1, count_id=1, sku_id=2, counted=50, difference=50),
        *(
            StockMovement(
                id=number,
                warehouse_id=1,
                sku_id=sku,
                kind=kind,
                on_hand=on_hand,
                reserved=reserved,
                source=source,
                order_id=order,
            )
            for number, (sku, kind, on_hand, reserved, source, order) in enumerate(movements, start=1)
        ),
    ]


def _approvals() -> list[Any]:
    common: dict[str, Any] = {
        "subject": "order",
        "policy_id": 1,
        "distributor_id": 1,
        "applicant_id": BUYER,
        "amount": money("88.00"),
        "reasons": [],
        "due_at": NOW + timedelta(days=3),
    }
    return [
        ApprovalPolicy(id=1, subject="order", version=1, published_at=NOW, content=dump(chain(["rep"]))),
        ApprovalRequest(id=1, subject_id=PENDING, subject_version=3, **common),
        ApprovalRequest(id=2, subject_id=SHIPPED, subject_version=2, state="approved", **common),
        ApprovalCandidate(id=1, request_id=1, person_id=REP, level=1),
        ApprovalCandidate(id=2, request_id=1, person_id=MANAGER, level=2),
        ApprovalCandidate(
            id=3, request_id=2, person_id=REP, level=1, state="approved", taken_by_id=REP, taken_at_level=1
        ),
        ApprovalDecision(id=1, request_id=2, person_id=REP, decision="approve", comment="", origin="test"),
    ]


def _told() -> list[Any]:
    return [
        OutboxMessage(id=1, topic="order.pending", payload={"order_id": PENDING}),
        OutboxMessage(id=2, topic="credit.limit_changed", payload={"account_id": 1}),
        Notice(id=1, outbox_id=1, person_id=REP, distributor_id=1, topic="order.pending", facts={}),
        Attachment(
            id=1,
            subject="order",
            subject_id=SHIPPED,
            name="回单.pdf",
            media_type="application/pdf",
            size=len(CONTENT),
            sha256=hashlib.sha256(CONTENT).hexdigest(),
            stored_as=STORED_AS,
        ),
    ]


def _returns() -> list[Any]:
    """One bottle that came back and was credited, and one that somebody asks to give back."""
    common: dict[str, Any] = {"distributor_id": 1, "order_id": SHIPPED, "reason_id": 1, "currency": "CNY"}
    events = [(1, 1, "request", "requested"), (1, 2, "approve", "approved"), (1, 3, "receive", "credited")]
    events += [(2, 1, "request", "requested")]
    return [
        ReturnReason(id=1, code="unsold", name="Unsold"),
        ReturnRequest(id=1, number="RT-1", state="credited", version=3, gross=money("10.00"), **common),
        ReturnLine(
            id=1,
            request_id=1,
            order_line_id=2,
            sku_id=2,
            requested=2,
            accepted=1,
            quarantined=1,
            gross=money("10.00"),
        ),
        ReturnRequest(id=2, number="RT-2", **common),
        ReturnLine(id=2, request_id=2, order_line_id=2, sku_id=2, requested=1),
        *(
            ReturnEvent(
                id=number, request_id=request, version=version, action=action, state=state, origin="t"
            )
            for number, (request, version, action, state) in enumerate(events, start=1)
        ),
        StockMovement(
            id=101,
            warehouse_id=1,
            sku_id=2,
            kind="return",
            quarantine=1,
            source="return-1-v3",
            order_id=SHIPPED,
        ),
        ApprovalRequest(
            id=101,
            subject="return",
            subject_id=2,
            subject_version=1,
            policy_id=1,
            distributor_id=1,
            applicant_id=BUYER,
            amount=money("10.00"),
            reasons=[],
            due_at=NOW + timedelta(days=3),
        ),
        ApprovalCandidate(id=101, request_id=101, person_id=REP, level=1),
    ]
