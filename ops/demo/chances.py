"""What the demo brand's distributors hope to sell to customers whom they registered: in every stage, one won, one lost."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from ops.demo.floor import Floor
from trade import clock
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.flows.change_opportunity import Loss, Step, lose_opportunity, move_opportunity
from trade.flows.fill_cart import empty_cart
from trade.flows.issue_quotation import Line, NewQuotation, issue_quotation
from trade.flows.mind_registration import mind_registration
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.order_quotation import Ordering, order_quotation
from trade.flows.submit_order import Submission, submit_order
from trade.opportunities import quoting
from trade.opportunities.models import Opportunity
from trade.orders import pricing
from trade.orders.queries import Seen
from trade.registrations.models import Registration

WHO = "D1001"
HOTEL, MARKET = "厦门海湾国际酒店管理有限公司", "泉州市鲜多多生鲜超市有限公司"
# whose, customer, subject, amount, next step, days ahead of the opening, opened days ago, how far it came
OTHERS = (
    ("D1001", "漳州古城文旅餐饮管理有限公司", "景区 12 个售卖点冷饮", 54_000, "送报价", 7, 30, "lost"),
    ("D1002", "厦门云顶便利连锁有限公司", "便利店首批铺货", 9_600, "送报价", 6, 19, "won"),
    ("D1003", "莆田妈祖文化园游客服务有限公司", "游客中心年度供应", 128_000, "等对方比价", 9, 18, "quote"),
    ("D1001", "厦门杏林湾软件园物业服务有限公司", "园区食堂饮品", 47_500, "谈账期", 10, 16, "negotiation"),
    ("D1002", "龙海角美职工餐饮后勤有限公司", "防暑饮品两个月用量", 36_000, "了解人数与配送点", 5, 8, "need"),
    ("D1003", "仙游度尾农家乐连锁有限公司", "旺季备货", 15_800, "约采购面谈", 6, 3, "contact"),
)


def hope(floor: Floor, kept: Mapping[str, int]) -> None:
    """Open them all; the hotel has its quotation, at what the list says, and talks about it."""
    buyer = floor.buyer(WHO)
    with floor.at(8, 11):
        hotel = floor.do(open_opportunity, buyer, _chance(kept[HOTEL], "早餐饮品年度供应", 86_000, "送样", 5))
    with floor.at(6, 14):
        if _offer(floor, buyer, hotel, kept[HOTEL], 40):
            _step(floor, buyer, hotel, "negotiation")
    with floor.at(5, 10):
        floor.do(
            open_opportunity, buyer, _chance(kept[MARKET], "三家新店首批铺货", 32_000, "约店长看陈列", 7)
        )
    for at, (partner, customer, subject, amount, step, days, ago, how_far) in enumerate(OTHERS):
        who, registration_id = floor.buyer(partner), kept[customer]
        with floor.at(ago, 9, 10 + at):
            chance = floor.do(
                open_opportunity, who, _chance(registration_id, subject, amount, step, days + ago)
            )
        with floor.at(ago - 2, 16, at):
            _go_on(floor, floor.owner(partner), chance, registration_id, how_far)


def _go_on(floor: Floor, who: str, chance: int, registration_id: int, how_far: str) -> None:
    """How far it came since: talked about, quoted, ordered, or lost to somebody cheaper."""
    if how_far == "contact":
        return
    if how_far in {"need", "negotiation"}:
        _step(floor, who, chance, how_far)
        return
    offer = _offer(floor, who, chance, registration_id, 4)
    if how_far == "lost":
        with floor.at(12, 17):
            version = floor.session.get_one(Opportunity, chance).version
            floor.do(lose_opportunity, who, Loss(chance, version, "price", "对方给到八折并送冰柜"))
    elif how_far == "won" and offer:
        with floor.at(0, 8):
            _order(floor, who, chance, offer, registration_id)


def _order(floor: Floor, who: str, chance: int, offer: int, registration_id: int) -> None:
    """Order what was quoted, if no rule says no; the order wins the customer and the opportunity."""
    try:
        filled = floor.do(order_quotation, who, Ordering(chance, offer))
    except Refused:
        return  # the cart holds something else
    try:
        floor.do(submit_order, who, Submission(filled.order_id, floor.get(filled.order_id).version))
    except Refused:
        floor.do(empty_cart, who, Seen(filled.order_id, floor.get(filled.order_id).version))
        return
    if floor.get(filled.order_id).approval_state == "pending":
        floor.decide(filled.order_id, "approve")
    floor.do(mind_registration, "admin", registration_id)


def _offer(floor: Floor, who: str, chance: int, registration_id: int, quantity: int) -> int:
    """A quotation over three products at what the list says; 0 where the line has none."""
    registration = floor.session.get_one(Registration, registration_id)
    today = clock.today()
    terms = terms_of(floor.session, registration.distributor_id, today)
    goods = [each.id for each in quoting.found(floor.session, terms, registration, "", today)[:3]]
    known = quoting.priced(floor.session, terms, registration, dict.fromkeys(goods, quantity), today)
    lines = [
        Line(key, quantity, price)
        for key, each in known.items()
        if not each.problems and (price := pricing.list_price(each)) is not None
    ]
    if not lines:
        return 0
    until = today + timedelta(days=30)
    offer = NewQuotation(chance, "demo-quotation", lines, until, "陈经理", "含配送到店，月结。")
    made: int = floor.do(issue_quotation, who, offer)
    return made


def _step(floor: Floor, who: str, chance: int, stage: str) -> None:
    version = floor.session.get_one(Opportunity, chance).version
    floor.do(move_opportunity, who, Step(chance, version, stage))


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
