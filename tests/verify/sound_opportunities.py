"""An opportunity on the customer of the small world, quoted once, with an order begun from it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.verify.sound_books import DAY, NOW
from tests.verify.sound_registrations import NAME
from trade.opportunities.models import (
    Opportunity,
    OpportunityEvent,
    Quotation,
    QuotationLine,
    QuotationOrder,
)


def opportunities() -> list[Any]:
    """Opened and quoted, with the history that says so."""
    event: dict[str, Any] = {"opportunity_id": 1, "origin": "test", "at": NOW, "facts": {}}
    later = DAY + timedelta(days=15)
    price = Decimal("58.00")
    return [
        Opportunity(
            id=1,
            number="SJ-1",
            registration_id=1,
            distributor_id=1,
            subject="首批铺货",
            currency="CNY",
            amount=Decimal("5000.00"),
            expected_on=later,
            stage="quote",
            version=2,
            reached=2,
            opened_on=DAY,
            stage_on=DAY,
            followed_on=DAY,
            form_key="a",
            created_at=NOW,
        ),
        OpportunityEvent(id=1, version=1, action="enter", stage="contact", **event),
        OpportunityEvent(id=2, version=2, action="issue", stage="quote", **event),
        Quotation(
            id=1,
            opportunity_id=1,
            number="BJ-1",
            revision=1,
            issued_on=DAY,
            valid_until=later,
            customer=NAME,
            currency="CNY",
            gross=10 * price,
            form_key="a",
            at=NOW,
        ),
        QuotationLine(
            id=1,
            quotation_id=1,
            line_no=1,
            sku_id=1,
            sku_code="S",
            sku_name="茶",
            unit="case",
            quantity=10,
            price=price,
            gross=10 * price,
        ),
        QuotationOrder(id=1, quotation_id=1, order_id=1, at=NOW),
    ]
