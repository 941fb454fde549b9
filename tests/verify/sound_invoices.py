"""The invoices of the small world: one for its shipment, which was paid in part before, and a red one for the return."""

from typing import Any

from tests.verify.sound_books import DAY, NOW, money
from trade.books.models import LedgerEntry
from trade.invoices.models import Invoice, InvoiceLine, TaxInvoice
from trade.numbers import NumberSeries

GOODS = {"sku_code": "LJ-2", "sku_name": "茶", "unit": "瓶", "factor": 1, "base_unit": "瓶"}


def invoices() -> list[Any]:
    common: dict[str, Any] = {"distributor_id": 1, "legal_entity_id": 1, "account_id": 1, "currency": "CNY"}
    common |= {"tax_mode": "special", "issued_on": DAY, "title": "鑫禾源"}
    line: dict[str, Any] = {
        "line_no": 1,
        "shipment_id": 1,
        "order_line_id": 2,
        "tax_rate": money("0.13"),
        **GOODS,
    }
    return [
        NumberSeries(id=101, prefix="SI", day=DAY, last=2),
        Invoice(id=1, number="SI-1", kind="blue", **_amounts("40.00", "35.40", "4.60"), **common),
        InvoiceLine(
            id=1, invoice_id=1, is_living=True, quantity=4, **_amounts("40.00", "35.40", "4.60"), **line
        ),
        Invoice(
            id=2, number="SI-2", kind="red", return_id=1, **_amounts("-10.00", "-8.85", "-1.15"), **common
        ),
        InvoiceLine(
            id=2,
            invoice_id=2,
            corrects_id=1,
            return_line_id=1,
            quantity=-1,
            **_amounts("-10.00", "-8.85", "-1.15"),
            **line,
        ),
        LedgerEntry(
            id=102,
            account_id=1,
            kind="invoice",
            debit="billed",
            credit="unbilled",
            amount=money("10.00"),
            source="invoice-1-v1",
            line_no=1,
            subject="invoice",
            subject_id=1,
            day=DAY,
            booked_on=DAY,
            at=NOW,
        ),
        TaxInvoice(id=1, invoice_id=1, legal_entity_id=1, number="24952000000012345678", day=DAY),
    ]


def _amounts(gross: str, net: str, tax: str) -> dict[str, Any]:
    return {"gross": money(gross), "net": money(net), "tax": money(tax)}
