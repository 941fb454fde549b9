"""Four rushes about approved orders: changed while shipped, promised while moved, decided and given back twice."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.races import crowd
from tests.races.crowd import PRICE, Buyer, Company, Goods, Staff
from tests.races.rush import (
    AMOUNT,
    PLENTY,
    QUANTITY,
    Outcome,
    Place,
    Rush,
    Size,
    afterwards,
    expect,
    hired,
    let_them_wait,
    open_carts,
    send,
    shuffled,
    untold,
)
from tests.races.visitor import Answer, Visitor
from tests.world import OPERATOR, actor_of
from trade import db
from trade.actor import Actor, Permission
from trade.amendments.models import Amendment
from trade.approvals.models import ApprovalDecision, ApprovalRequest
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.escalate_approval import escalate_approval
from trade.flows.request_return import NewReturn, request_return
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.submit_order import Submission, submit_order
from trade.inventory.models import Stock, Warehouse
from trade.orders.models import Order, OrderLine
from trade.returns.models import ReturnLine, ReturnReason, ReturnRequest

MORE = 2 * QUANTITY  # what a change makes of a line
PART = QUANTITY // 2  # what comes back of it
Tap = Callable[[], Answer]


def rush_of_changes(place: Place, size: Size) -> Outcome:
    """An order is changed, at once or by a decision, in the moment in which the warehouse ships all of it."""
    sku_id, company, orders = _placed("RUSH-CHANGED", size.orders)
    rep, warehouse = db.run(crowd.sign_in, OPERATOR, Staff(["rep", "warehouse"]))
    two: list[tuple[Tap, Tap]] = []
    for at, order in enumerate(orders):
        wanted = {sku_id: MORE}
        change = _change(place, rep, order, wanted)
        if at % 2:
            path = f"/admin/amendments/{_ask(order, wanted)}"
            change = _fill(place, rep, path, "/decision", decision="approve")
        parcel = _fill(place, warehouse, f"/admin/orders/{order.order_id}", "/shipments", carrier="顺丰")
        two.append((change, parcel))
    answers, pairs = _each_at_once(two)
    with db.read() as session:
        rows = select(OrderLine.quantity, OrderLine.shipped).join(Order, Order.id == OrderLine.order_id)
        ends = Counter(
            f"{quantity} ordered, {shipped} shipped"
            for quantity, shipped in session.execute(rows.where(Order.distributor_id == company))
        )
    return afterwards(answers, [company], [sku_id], of=company, details={"pairs": pairs, "ends": ends})


def check_changes(outcome: Outcome, size: Size) -> None:
    """Each order is changed and not shipped, or shipped as it was; the other of the two was told."""
    expect("pairs", outcome.details["pairs"], {"303 422": size.orders})
    ends = outcome.details["ends"]
    assert isinstance(ends, Counter)
    changed = ends[f"{MORE} ordered, 0 shipped"]
    expect("ends", changed + ends[f"{QUANTITY} ordered, {QUANTITY} shipped"], size.orders)
    expect("used", outcome.used, {"RUSH-CHANGED": AMOUNT * (size.orders + changed)})
    expect("reserved", list(outcome.reserved), [MORE * changed])
    expect("told", untold(outcome), 0)
    expect("breaches", list(outcome.breaches), [])


def rush_for_moves(place: Place, size: Size) -> Outcome:
    """Orders and transfers to another warehouse want the same goods, twice what there is."""
    (sku_id,) = db.run(crowd.make_goods, OPERATOR, Goods(["RUSH-M"], QUANTITY * size.orders))
    company = db.run(crowd.make_company, OPERATOR, Company("RUSH-MOVED", PLENTY))
    far = db.run(_open_house, OPERATOR, "FAR")
    buyers = [crowd.with_cart(each, {sku_id: QUANTITY}) for each in hired("RUSH-MOVED", company, size.orders)]
    (token,) = db.run(crowd.sign_in, OPERATOR, Staff(["warehouse"]))
    sent = {"from_id": "1", "to_id": str(far), "goods": f"RUSH-M {QUANTITY}"}
    moves = [
        _fill(place, token, "/admin/stock/transfers/new", "/stock/transfers", **sent)
        for _ in range(size.orders)
    ]
    answers = crowd.at_once(shuffled([*open_carts(place, buyers), *moves]))
    with db.read() as session:
        here = select(Stock.on_hand, Stock.reserved).where(Stock.sku_id == sku_id, Stock.warehouse_id == 1)
        on_hand, reserved = session.execute(here).one()
    details = {"on hand": on_hand, "free": on_hand - reserved}
    return afterwards(answers, [company], [sku_id], of=company, details=details)


def check_moves(outcome: Outcome, size: Size) -> None:
    """Every piece is promised or gone, none of them twice; who got nothing was told, and keeps the cart."""
    expect("free", outcome.details["free"], 0)
    approved = outcome.states.get("approved", 0)
    expect("on hand", outcome.details["on hand"], QUANTITY * approved)
    expect("statuses", outcome.statuses, {303: size.orders, 422: size.orders})
    expect("carts", outcome.states.get("draft", 0), size.orders - approved)
    expect("used", outcome.used, {"RUSH-MOVED": AMOUNT * approved} if approved else {})
    expect("told", untold(outcome), 0)
    expect("breaches", list(outcome.breaches), [])


def rush_in_the_inbox(place: Place, size: Size) -> Outcome:
    """A rep says yes and the manager says no to the same changes and returns in the same moment."""
    sku_id, company, orders = _placed("RUSH-INBOX", size.orders)
    paths = []
    for at, order in enumerate(orders):
        if at % 2:
            paths.append(f"/admin/amendments/{_ask(order, {sku_id: MORE})}")
        else:
            paths.append(f"/admin/returns/{_give_back(_receive(order))}")
    for request_id in db.run(let_them_wait, OPERATOR, company):
        db.run(escalate_approval, OPERATOR, request_id)
    rep, manager = db.run(crowd.sign_in, OPERATOR, Staff(["rep", "manager"]))
    two = [
        (
            _fill(place, rep, path, "/decision", decision="approve"),
            _fill(place, manager, path, "/decision", decision="reject", comment="两个人同时"),
        )
        for path in paths
    ]
    answers, pairs = _each_at_once(two)
    with db.read() as session:
        asked = select(ApprovalRequest.id).where(ApprovalRequest.distributor_id == company)
        decided = select(func.count(ApprovalDecision.id)).where(ApprovalDecision.request_id.in_(asked))
        made = select(func.count(Amendment.id)).join(Order, Order.id == Amendment.order_id)
        applied = made.where(Order.distributor_id == company, Amendment.state == "applied")
        details = {"pairs": pairs, "decisions": session.scalar(decided), "applied": session.scalar(applied)}
    return afterwards(answers, [company], [sku_id], of=company, details=details)


def check_inbox(outcome: Outcome, size: Size) -> None:
    """One of the two decided each, the other was told; only what was agreed to changed an order."""
    expect("pairs", outcome.details["pairs"], {"303 422": size.orders})
    expect("decisions", outcome.details["decisions"], size.orders)
    applied = int(str(outcome.details["applied"]))
    expect("used", outcome.used, {"RUSH-INBOX": AMOUNT * (size.orders + applied)})
    expect("told", untold(outcome), 0)
    expect("breaches", list(outcome.breaches), [])


def rush_of_returns(place: Place, size: Size) -> Outcome:
    """A return is asked for from two tabs at once, another is taken in by two people at once."""
    sku_id, company, orders = _placed("RUSH-BACK", size.orders)
    warehouse, other = db.run(crowd.sign_in, OPERATOR, Staff(["warehouse", "administrator"]))
    two: list[tuple[Tap, Tap]] = []
    for at, order in enumerate(_receive(each) for each in orders):
        if at % 2:
            return_id = _give_back(order)
            db.run(decide_return, _actor("rep"), ReturnDecision(return_id, 1, "approve"))
            path = f"/admin/returns/{return_id}"
            came = {"warehouse": "1", f"good_{_asked(return_id)}": str(PART)}
            taps = [_fill(place, who, path, "/intake", **came) for who in (warehouse, other)]
            two.append((taps[0], taps[1]))
        else:
            tap = _tap_to_return(place, order)
            two.append((tap, tap))
    answers, pairs = _each_at_once(two)
    with db.read() as session:
        stated = select(ReturnRequest.state, func.count()).where(ReturnRequest.distributor_id == company)
        states = {state: count for state, count in session.execute(stated.group_by(ReturnRequest.state))}
    return afterwards(answers, [company], [sku_id], of=company, details={"pairs": pairs, "returns": states})


def check_returns(outcome: Outcome, size: Size) -> None:
    """One request for both taps, on whose page both ended; what came was taken in and credited once."""
    half = size.orders // 2
    expect("returns", outcome.details["returns"], {"requested": half, "credited": half})
    expect("used", outcome.used, {"RUSH-BACK": AMOUNT * size.orders - PRICE * PART * half})
    expect("pairs", outcome.details["pairs"], {"303 303": half, "303 422": half})
    expect("told", untold(outcome), 0)
    expect("breaches", list(outcome.breaches), [])


RUSHES_OF_CARE = {
    "change": Rush(rush_of_changes, check_changes),
    "move": Rush(rush_for_moves, check_moves),
    "inbox": Rush(rush_in_the_inbox, check_inbox),
    "return": Rush(rush_of_returns, check_returns),
}


def _placed(code: str, count: int) -> tuple[int, int, list[Buyer]]:
    """Approved orders of one SKU, each of a buyer of its own; answers the SKU, the distributor, and who ordered."""
    (sku_id,) = db.run(crowd.make_goods, OPERATOR, Goods([code], 10**6))
    company = db.run(crowd.make_company, OPERATOR, Company(code, PLENTY))
    orders = []
    for buyer in hired(code, company, count):
        cart = crowd.with_cart(buyer, {sku_id: QUANTITY})
        db.run(submit_order, cart.actor, Submission(cart.order_id, cart.version))
        orders.append(replace(cart, version=cart.version + 1))
    return sku_id, company, orders


def _ask(order: Buyer, wanted: dict[int, int]) -> int:
    """The distributor asks for a change, which somebody has to decide; answers its id."""
    asking = replace(order.actor, permissions=order.actor.permissions - {Permission.ORDER_AMEND})
    return db.run(amend_order, asking, NewAmendment(order.order_id, order.version, wanted, "客户改单"))


def _receive(order: Buyer) -> Buyer:
    """The whole of an order is shipped and arrives."""
    sent = Dispatch(order.order_id, order.version, "顺丰", "SF1", [Packed(_line(order), QUANTITY)])
    shipment_id = db.run(ship_order, OPERATOR, sent)
    db.run(confirm_receipt, order.actor, Receipt(order.order_id, order.version + 1, shipment_id, {}))
    return replace(order, version=order.version + 2)


def _give_back(order: Buyer) -> int:
    """A part of an order is to go back; answers the request."""
    return db.run(request_return, order.actor, NewReturn(order.order_id, _reason(), {_line(order): PART}))


def _asked(return_id: int) -> int:
    with db.read() as session:
        return session.scalars(select(ReturnLine.id).where(ReturnLine.request_id == return_id)).one()


def _line(order: Buyer) -> int:
    with db.read() as session:
        return session.scalars(select(OrderLine.id).where(OrderLine.order_id == order.order_id)).one()


def _reason() -> int:
    with db.read() as session:
        return session.scalars(select(ReturnReason.id).where(ReturnReason.code == "unsold")).one()


def _actor(name: str) -> Actor:
    with db.read() as session:
        return actor_of(session, name)


def _open_house(session: Session, actor: Actor, code: str) -> int:
    house = Warehouse(code=code, name=code)
    session.add(house)
    session.flush()
    return house.id


def _change(place: Place, token: str, order: Buyer, wanted: dict[int, int]) -> Tap:
    """The rep changes the order at once."""
    typed = {f"q-{sku_id}": str(quantity) for sku_id, quantity in wanted.items()} | {"reason": "客户改单"}
    visitor = Visitor(place.base_url, token)
    form = visitor.form(f"/admin/orders/{order.order_id}/amendment", "/amendment/preview")
    visitor.close()
    return partial(send, visitor, form.action.removesuffix("/preview"), form.fields | typed)


def _tap_to_return(place: Place, order: Buyer) -> Tap:
    """The buyer fills the form in once, and taps whenever called, each time in a tab of its own."""
    visitor = Visitor(place.base_url, order.token)
    form = visitor.form(f"/portal/orders/{order.order_id}/returns", "/returns")
    visitor.close()
    fields = form.fields | {"reason": str(_reason()), f"loose_{_line(order)}": str(PART)}

    def tap() -> Answer:
        tab = Visitor(place.base_url, order.token)
        tab.cookies |= visitor.cookies
        return send(tab, form.action, fields)

    return tap


def _fill(place: Place, token: str, path: str, action: str, **typed: str) -> Tap:
    """Somebody opens a page and fills its form in; the tap comes when called."""
    visitor = Visitor(place.base_url, token)
    form = visitor.form(path, action)
    visitor.close()
    return partial(send, visitor, form.action, form.fields | typed)


def _each_at_once(two: Sequence[tuple[Tap, Tap]]) -> tuple[list[Answer], Counter[str]]:
    """Both taps of each pair next to each other, in either order; what was answered to each pair, how often."""
    dice = random.Random(13)
    answers = crowd.at_once([tap for pair in two for tap in dice.sample(pair, 2)])
    couples = zip(answers[::2], answers[1::2], strict=True)
    return answers, Counter(" ".join(sorted(str(each.status) for each in couple)) for couple in couples)
