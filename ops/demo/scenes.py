"""What the weeks leave open: every kind of work that waits for somebody, each set up by the real flows."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from ops.demo import money, people, yard
from ops.demo.floor import Floor
from ops.demo.history import Trade
from trade.approvals.models import ApprovalRequest
from trade.attachments.filing import Stored
from trade.catalog.models import Category
from trade.distributors.models import Distributor, Tier
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.authorise_distributor import NewAuthorisation, authorise_distributor
from trade.flows.cancel_order import cancel_order
from trade.flows.change_standing import StandingChange, change_standing
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.escalate_approval import escalate_approval
from trade.flows.nudge_order import nudge_order
from trade.flows.receive_return import Back, Intake, receive_return
from trade.flows.remark_order import NewRemark, remark_order
from trade.flows.request_return import NewReturn, request_return
from trade.flows.save_template import NewTemplate, save_template
from trade.flows.set_credit import Block, NewLimit, set_block, set_limit
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from trade.flows.star_sku import Star, star_sku
from trade.flows.withdraw_order import withdraw_order
from trade.orders.queries import Seen
from trade.returns import queries as returns
from trade.returns.models import ReturnReason, ReturnRequest

USUAL = {"YX-LC101": 40, "YX-LC102": 30, "YX-QP101": 25, "YX-SQ201": 60, "YX-SP101": 12, "YX-GC101": 18}
MORE = {"YX-QP102": 30, "YX-GC102": 24, "YX-KF101": 16, "YX-NN101": 20}
LARGE = {"YX-LC101": 900, "YX-LC102": 700, "YX-QP101": 600, "YX-GC101": 640, "YX-JG102": 260}
STARS = ("YX-LC101", "YX-LC102", "YX-QP101", "YX-QP102", "YX-SQ201", "YX-GC102", "YX-SP104", "YX-JG101")


def play(floor: Floor, trade: Trade, photo: Stored, slip: Stored) -> None:
    """Set everything up, from what lies furthest back to this morning."""
    _rules(floor)
    _receipts(floor, photo)
    _returns(floor)
    _to_ship(floor)
    _given_up(floor)
    _approvals(floor)
    _held(floor)
    yard.play(floor, trade)
    money.play(floor, slip)
    _shelf(floor)
    with floor.at(1, 10):
        people.invite(floor.session, floor.stage.actor("admin"))


def _rules(floor: Floor) -> None:
    """Authorisations, a planned promotion, a pause, a temporary limit."""
    session = floor.session
    lines = {code: key for code, key in session.execute(select(Category.code, Category.id))}
    with floor.at(18, 10):
        day = floor.today - timedelta(days=18)
        for partner in "D1003", "D1006":
            given = NewAuthorisation(floor.homes[partner], lines["drinks"], None, None, day)
            floor.do(authorise_distributor, "admin", given)
        until = floor.today + timedelta(days=160)
        given = NewAuthorisation(floor.homes["D1030"], lines["snacks"], None, None, day, until)
        floor.do(authorise_distributor, "admin", given)
        paused = session.get_one(Distributor, floor.homes["D1050"])
        reason = "证照过期，补齐后恢复"
        floor.do(
            set_distributor_status, "admin", StatusChange(paused.id, paused.version, "suspended", reason)
        )
        gold = session.scalars(select(Tier.id).where(Tier.code == "gold")).one()
        rising = session.get_one(Distributor, floor.homes["D1011"])
        first = (floor.today.replace(day=1) + timedelta(days=32)).replace(day=1)
        change = StandingChange(rising.id, rising.version, first, {"tier_id": gold}, "年度销售达标，升金牌")
        floor.do(change_standing, "admin", change)
    with floor.at(12, 9):
        until = floor.today + timedelta(days=30)
        limit = NewLimit(floor.homes["D1001"], Decimal(100_000), "节前备货临时额度", until)
        floor.do(set_limit, "finance", limit)


def _shipped(floor: Floor, partner: str, days: int, cases: dict[str, int]) -> list[int]:
    """An order of some days ago whose goods left the day after."""
    with floor.at(days, 10, 12):
        order_id = floor.order(partner, cases)
    with floor.at(days, 15):
        if order_id and floor.get(order_id).approval_state == "pending":
            floor.decide(order_id, "approve", "库存充足，放行")
    with floor.at(days - 1, 14, 30):
        return floor.ship(order_id) if order_id else []


def _receipts(floor: Floor, photo: Stored) -> None:
    """Parcels to sign for, one that came short, one that came damaged."""
    short = _shipped(floor, "D1001", 6, USUAL)
    damaged = _shipped(floor, "D1005", 6, MORE)
    with floor.at(2, 16, 5):
        for parcel in short[:1]:
            floor.sign(parcel, missing=15, remark="少一箱，司机已签字确认")
        for parcel in damaged[:1]:
            floor.sign(parcel, damaged=12, remark="外箱压扁，漏液", photos=(photo,))
    for partner, cases in (("D1001", MORE), ("D1002", USUAL), ("D1007", MORE), ("D1009", USUAL)):
        _shipped(floor, partner, 3, cases)


def _returns(floor: Floor) -> None:
    """Goods that may come back, and goods that did, part of them into quarantine."""
    unsold = floor.session.scalars(select(ReturnReason.id).where(ReturnReason.code == "unsold")).one()
    for partner, quantity, is_back in (("D1006", 45, False), ("D1009", 60, True)):
        parcels = _shipped(floor, partner, 10, MORE)
        if not parcels:
            continue
        with floor.at(7, 11):
            for parcel in parcels:
                floor.sign(parcel)
        line = floor.first_line(parcels[0])
        with floor.at(5, 10):
            given = NewReturn(line.order_id, unsold, {line.id: quantity}, "换季调货，按约定退回")
            return_id = floor.do(request_return, floor.buyer(partner), given)
        with floor.at(4, 15):
            request = floor.session.get_one(ReturnRequest, return_id)
            rep = floor.stage.names[floor.get(line.order_id).rep_id or 0]
            floor.do(decide_return, rep, ReturnDecision(return_id, request.version, "approve", "同意退回"))
        if is_back:
            _come_back(floor, return_id, quantity)
    late = _shipped(floor, "D1002", 9, USUAL)
    with floor.at(6, 11):
        for parcel in late:
            floor.sign(parcel)
    if not late:
        return
    with floor.at(1, 15):
        line = floor.first_line(late[0])
        reason = floor.session.scalars(select(ReturnReason.id).where(ReturnReason.code == "expiring")).one()
        given = NewReturn(line.order_id, reason, {line.id: line.factor * 2}, "剩余保质期不足三分之一")
        floor.do(request_return, floor.buyer("D1002"), given)


def _come_back(floor: Floor, return_id: int, quantity: int) -> None:
    with floor.at(2, 10):
        request = floor.session.get_one(ReturnRequest, return_id)
        asked = returns.lines_of(floor.session, return_id)[0].asked
        back = {asked.id: Back(quantity - 15, 15, "B20260803")}
        intake = Intake(return_id, request.version, floor.houses["CD"], back, "15 瓶外观待检")
        floor.do(receive_return, "warehouse2", intake)


def _to_ship(floor: Floor) -> None:
    """Approved orders: to pack, waiting for goods, urged, talked about, being changed."""
    with floor.at(1, 9, 20):
        urged = floor.order("D1001", {"YX-QP101": 35, "YX-LC103": 26, "YX-GC103": 20})
        waiting = floor.order("D1001", {"YX-LC104": 24, "YX-YM102": 20, "YX-DJ102": 30})
        talked = floor.order("D1005", {"YX-SQ201": 80, "YX-CJ101": 60, "YX-XT102": 18})
        changed = floor.order("D1002", {"YX-LC101": 48, "YX-SP102": 16, "YX-GN101": 20})
    for partner, cases in (
        ("D1007", USUAL),
        ("D1011", MORE),
        ("D1013", MORE),
        ("D1009", {"YX-KF104": 20, "YX-DJ104": 40}),
    ):
        with floor.at(1, 11, 40):
            floor.order(partner, cases)
    buyer = "buyer"
    with floor.at(1, 16, 20):
        if urged:
            floor.do(nudge_order, buyer, urged)
        if waiting:
            floor.do(remark_order, buyer, NewRemark(waiting, "燕麦奶什么时候到货？周末门店要用。"))
        if talked:
            floor.do(remark_order, floor.buyer("D1005"), NewRemark(talked, "请送到后门卸货，上午 10 点前。"))
            floor.do(remark_order, "rep3", NewRemark(talked, "好的，已和仓库确认。"))
            floor.do(remark_order, "rep3", NewRemark(talked, "客户后门限高 2.8 米，安排小车。", is_note=True))
    with floor.at(0, 9, 5):
        if changed:
            wanted = {floor.skus["YX-LC101"]: 72, floor.skus["YX-SP102"]: 0}
            given = NewAmendment(changed, floor.get(changed).version, wanted, "薯片库存还多，换成茶")
            floor.do(amend_order, floor.buyer("D1002"), given)
    with floor.at(2, 15):
        applied = floor.order("D1001", {"YX-SQ101": 30, "YX-NN102": 24})
        if applied:
            given = NewAmendment(
                applied, floor.get(applied).version, {floor.skus["YX-NN102"]: 30}, "电话确认加 6 箱"
            )
            floor.do(amend_order, "rep", given)


def _given_up(floor: Floor) -> None:
    """What came to nothing: one taken back by its buyer, one refused."""
    with floor.at(8, 10):
        order_id = floor.order("D1007", LARGE)
        if order_id and floor.get(order_id).approval_state == "pending":
            floor.decide(order_id, "reject", "本月额度留给年货节，请拆单")
    with floor.at(5, 9):
        order_id = floor.order("D1003", {"YX-NR102": 20, "YX-LC101": 10})
        if order_id and floor.get(order_id).approval_state == "pending":
            who = floor.buyer("D1003")
            floor.do(withdraw_order, who, Seen(order_id, floor.get(order_id).version))
            floor.do(cancel_order, who, Seen(order_id, floor.get(order_id).version))


def _approvals(floor: Floor) -> None:
    """Pending for each kind of reason and of approver, and one that went back to its buyer."""
    for partner in "D1009", "D1007":
        with floor.at(2, 9, 30):
            lying = floor.order(partner, LARGE)
        if partner == "D1009" and lying:
            with floor.at(1, 9, 45):
                asked = select(ApprovalRequest.id).where(ApprovalRequest.subject == "order")
                asked = asked.where(ApprovalRequest.subject_id == lying, ApprovalRequest.state == "open")
                floor.do(escalate_approval, "admin", floor.session.scalar(asked))
    with floor.at(1, 14, 10):
        returned = floor.order("D1001", {**LARGE, "YX-JG102": 290})
        if returned and floor.get(returned).approval_state == "pending":
            floor.decide(returned, "return", "开心果请改到下月到货，先按 100 箱报")
    with floor.at(1, 16, 45):
        floor.order("D1003", {"YX-LC101": 30, "YX-NR102": 16, "YX-RP101": 12}, floor.owner("D1003"))
        floor.order("D1012", {"YX-LC101": 20, "YX-QP101": 10, "YX-SQ201": 40})
    with floor.at(0, 8, 40):
        floor.order("D1002", LARGE, floor.owner("D1002"))
        floor.order("D1006", {"YX-QP103": 10, "YX-JG101": 10, "YX-SP103": 12})


def _held(floor: Floor) -> None:
    """Orders that cannot be taken: over the limit, and blocked for an overdue amount."""
    with floor.at(3, 9):
        floor.do(set_block, "finance", Block(floor.homes["D1010"], True, "逾期 30 天未回款"))
    with floor.at(1, 15, 30):
        floor.order("D1010", {"YX-LC101": 40, "YX-QP101": 30})
        tight = NewLimit(floor.homes["D1004"], Decimal(20_000), "回款放慢，下调额度")
        floor.do(set_limit, "finance", tight)
        floor.order("D1004", {"YX-GZ101": 120, "YX-YM101": 100, "YX-CJ101": 200})


def _shelf(floor: Floor) -> None:
    """What makes the buyer fast: stars, templates, a cart that is half full."""
    with floor.at(9, 9):
        for code in STARS:
            floor.do(star_sku, "buyer", Star(floor.skus[code], is_on=True))
    with floor.at(4, 9):
        for name, cases in (("周一常规补货", USUAL), ("门店冷柜", MORE)):
            floor.fill("D1001", cases)
            floor.do(save_template, "buyer", NewTemplate(name))
            floor.empty(cases)
    with floor.at(0, 9, 30):
        floor.fill("D1001", {"YX-LC101": 36, "YX-QP103": 10, "YX-SP101": 8, "YX-JG101": 6})
        floor.fill("D1002", {"YX-SQ201": 100, "YX-GC101": 20})
        floor.fill("D1001", {"YX-LC102": 20}, "owner")
