"""What the demo brand's distributors hope to sell to customers whom they registered: one quoted, one just begun."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from ops.demo.floor import Floor
from trade import clock
from trade.distributors.queries import terms_of
from trade.flows.change_opportunity import Step, move_opportunity
from trade.flows.issue_quotation import Line, NewQuotation, issue_quotation
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.opportunities import quoting
from trade.opportunities.models import Opportunity
from trade.registrations.models import Registration

WHO = "D1001"
HOTEL, MARKET = "厦门海湾国际酒店管理有限公司", "泉州市鲜多多生鲜超市有限公司"


def hope(floor: Floor, kept: Mapping[str, int]) -> None:
    """Open both; the hotel has its quotation, at what the list says, and talks about it."""
    buyer = floor.buyer(WHO)
    with floor.at(8, 11):
        hotel = floor.do(open_opportunity, buyer, _chance(kept[HOTEL], "早餐饮品年度供应", 86_000, "送样", 5))
    with floor.at(6, 14):
        registration = floor.session.get_one(Registration, kept[HOTEL])
        today = clock.today()
        terms = terms_of(floor.session, registration.distributor_id, today)
        goods = [each.id for each in quoting.found(floor.session, terms, registration, "", today)[:3]]
        known = quoting.priced(floor.session, terms, registration, dict.fromkeys(goods, 40), today)
        lines = [
            Line(key, 40, price)
            for key, each in known.items()
            if (price := quoting.list_price(each)) is not None
        ]
        if lines:
            until = today + timedelta(days=20)
            offer = NewQuotation(hotel, "demo-quotation", lines, until, "陈经理", "含配送到店，月结。")
            floor.do(issue_quotation, buyer, offer)
            version = floor.session.get_one(Opportunity, hotel).version
            floor.do(move_opportunity, buyer, Step(hotel, version, "negotiation"))
    with floor.at(5, 10):
        floor.do(
            open_opportunity, buyer, _chance(kept[MARKET], "三家新店首批铺货", 32_000, "约店长看陈列", 7)
        )


def _chance(registration_id: int, subject: str, amount: int, step: str, days: int) -> NewOpportunity:
    later = clock.today() + timedelta(days=days)
    return NewOpportunity(
        registration_id,
        f"demo-{registration_id}",
        subject,
        Decimal(amount),
        later + timedelta(days=21),
        step,
        later,
    )
