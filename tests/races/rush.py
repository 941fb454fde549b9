"""The four rushes on one server, and what each must leave behind; a rush answers, a check judges."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.races import crowd
from tests.races.crowd import PRICE, Buyer, Company, Goods, Staff
from tests.races.visitor import Answer, Visitor
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.approvals.models import ApprovalDecision, ApprovalRequest
from trade.credit.models import CreditAccount
from trade.flows.escalate_approval import escalate_approval
from trade.inventory.models import Stock
from trade.orders.models import Order, OrderEvent
from trade.settings import Setting

QUANTITY = 10  # of each SKU in each order
AMOUNT = PRICE * QUANTITY
PLENTY = Decimal(10_000_000)
OPENERS = 16
REFUSAL = 'is-danger" role="alert"'  # of the notice that says what was refused


@dataclass(frozen=True)
class Place:
    base_url: str
    dialect: str


@dataclass(frozen=True)
class Size:
    """So many orders come, and so many of them fit."""

    orders: int
    fit: int


@dataclass(frozen=True)
class Outcome:
    """What the people were told, and what stands in the database afterwards."""

    answers: Sequence[Answer]
    states: Mapping[str, int]  # approval state of the orders in the rush → how many
    used: Mapping[str, Decimal]  # by distributor code
    reserved: Sequence[int] = ()  # of each SKU in the rush
    details: Mapping[str, object] = field(default_factory=dict)
    breaches: Sequence[str] = ()

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        return Counter(answer.status for answer in self.answers)


def rush_for_credit(place: Place, size: Size) -> Outcome:
    """Equal orders of one distributor against a limit that a part of them fills, beside another's orders."""
    code, other = "RUSH-CREDIT", "RUSH-CALM"
    sku_ids = db.run(crowd.make_goods, OPERATOR, Goods(["RUSH-C"], 10**6))
    limits = {code: AMOUNT * size.fit, other: AMOUNT * size.orders}
    companies = {each: db.run(crowd.make_company, OPERATOR, Company(each, limits[each])) for each in limits}
    buyers = hired(code, companies[code], size.orders) + hired(other, companies[other], size.orders // 8)
    ready = [crowd.with_cart(buyer, {sku_ids[0]: QUANTITY}) for buyer in buyers]
    answers = crowd.at_once(shuffled(open_carts(place, ready)))
    return afterwards(answers, list(companies.values()), sku_ids, of=companies[code])


def check_credit(outcome: Outcome, size: Size) -> None:
    """As many as fit are approved, the rest is held, the account is full to the cent, the neighbour is untouched."""
    calm = size.orders // 8
    expect("states", outcome.states, {"approved": size.fit, "held": size.orders - size.fit})
    expect("used", outcome.used, {"RUSH-CREDIT": AMOUNT * size.fit, "RUSH-CALM": AMOUNT * calm})
    expect("statuses", outcome.statuses, {303: size.orders + calm})
    expect("breaches", list(outcome.breaches), [])


def rush_for_stock(place: Place, size: Size) -> Outcome:
    """Orders of five SKUs, lines in every order, of which the goods serve a part."""
    codes = [f"RUSH-S{at}" for at in range(5)]
    sku_ids = db.run(crowd.make_goods, OPERATOR, Goods(codes, QUANTITY * size.fit))
    company = db.run(crowd.make_company, OPERATOR, Company("RUSH-STOCK", PLENTY))
    dice = random.Random(5)
    ready = []
    for buyer in hired("RUSH-STOCK", company, size.orders):
        order = dice.sample(sku_ids, len(sku_ids))
        ready.append(crowd.with_cart(buyer, dict.fromkeys(order, QUANTITY)))
    return afterwards(crowd.at_once(open_carts(place, ready)), [company], sku_ids, of=company)


def check_stock(outcome: Outcome, size: Size) -> None:
    """As many as fit are approved, the rest keep their carts and are told why, every piece is promised once."""
    expect("states", outcome.states, {"approved": size.fit, "draft": size.orders - size.fit})
    expect("reserved", list(outcome.reserved), [QUANTITY * size.fit] * 5)
    expect("used", outcome.used, {"RUSH-STOCK": 5 * AMOUNT * size.fit})
    expect("statuses", outcome.statuses, {303: size.fit, 422: size.orders - size.fit})
    expect("told", untold(outcome), 0)
    expect("breaches", list(outcome.breaches), [])


def rush_of_repeats(place: Place, size: Size) -> Outcome:
    """Every submit twice at the same time, from two tabs of one browser, on the same version."""
    sku_ids = db.run(crowd.make_goods, OPERATOR, Goods(["RUSH-R"], 10**6))
    company = db.run(crowd.make_company, OPERATOR, Company("RUSH-TWICE", PLENTY))
    buyers = hired("RUSH-TWICE", company, size.orders // 2)
    ready = [crowd.with_cart(buyer, {sku_ids[0]: QUANTITY}) for buyer in buyers]
    answers = crowd.at_once([tap for tap in open_carts(place, ready, remark="尽快") for _ in range(2)])
    ends = [answer.location for answer in answers]
    same = sum(one == two for one, two in zip(ends[::2], ends[1::2], strict=True))
    details = {"same": same, "pages": len(set(ends))}
    return afterwards(answers, [company], sku_ids, of=company, details=details)


def check_repeats(outcome: Outcome, size: Size) -> None:
    """One order for each pair, on whose page both ended; credit and goods were taken once."""
    orders = size.orders // 2
    expect("states", outcome.states, {"approved": orders})
    expect("used", outcome.used, {"RUSH-TWICE": AMOUNT * orders})
    expect("reserved", list(outcome.reserved), [QUANTITY * orders])
    expect("statuses", outcome.statuses, {303: 2 * orders})
    expect("details", outcome.details, {"same": orders, "pages": orders})
    expect("breaches", list(outcome.breaches), [])


def rush_of_approvers(place: Place, size: Size) -> Outcome:
    """A rep says yes and the manager says no to the same orders in the same moment."""
    _ask_about_everything()
    sku_ids = db.run(crowd.make_goods, OPERATOR, Goods(["RUSH-A"], 10**6))
    company = db.run(crowd.make_company, OPERATOR, Company("RUSH-ASKED", PLENTY))
    ready = [
        crowd.with_cart(buyer, {sku_ids[0]: QUANTITY})
        for buyer in hired("RUSH-ASKED", company, size.orders // 4)
    ]
    placed = crowd.at_once(open_carts(place, ready))
    assert Counter(answer.status for answer in placed) == {303: len(ready)}
    for request_id in db.run(let_them_wait, OPERATOR, company):
        db.run(escalate_approval, OPERATOR, request_id)
    tokens = db.run(crowd.sign_in, OPERATOR, Staff(["rep", "manager"]))
    answers = crowd.at_once(_shuffled_pairs(place, ready, tokens))
    with db.read() as session:
        events = select(OrderEvent.order_id, func.count()).where(OrderEvent.action.in_(("approve", "reject")))
        moved = _pairs(session.execute(events.group_by(OrderEvent.order_id)))
        decided = session.scalar(select(func.count(ApprovalDecision.id)))
    winners = [
        sum(answer.status == 303 for answer in pair) for pair in zip(answers[::2], answers[1::2], strict=True)
    ]
    details = {"moves": sorted(moved.values()), "decisions": decided, "winners": sorted(winners)}
    return afterwards(answers, [company], sku_ids, of=company, details=details)


def check_approvers(outcome: Outcome, size: Size) -> None:
    """One of the two decided each order, the other was told; what was rejected holds nothing."""
    orders = size.orders // 4
    expect("details", outcome.details, {"moves": [1] * orders, "decisions": orders, "winners": [1] * orders})
    expect("statuses", outcome.statuses, {303: orders, 422: orders})
    approved = outcome.states.get("approved", 0)
    expect("decided", approved + outcome.states.get("rejected", 0), orders)
    expect("used", outcome.used, {"RUSH-ASKED": AMOUNT * approved})
    expect("reserved", list(outcome.reserved), [QUANTITY * approved])
    expect("told", untold(outcome), 0)
    expect("breaches", list(outcome.breaches), [])


@dataclass(frozen=True)
class Rush:
    """A rush with its judge, by the name of the guard that it tries."""

    run: Callable[[Place, Size], Outcome]
    check: Callable[[Outcome, Size], None]


RUSHES = {
    "credit": Rush(rush_for_credit, check_credit),
    "stock": Rush(rush_for_stock, check_stock),
    "repeat": Rush(rush_of_repeats, check_repeats),
    "decision": Rush(rush_of_approvers, check_approvers),
}


def hired(code: str, distributor_id: int, count: int) -> list[Buyer]:
    names = [f"{code.lower()}-{at}" for at in range(count)]
    return db.run(crowd.hire, OPERATOR, Staff(names, distributor_id))


def open_carts(place: Place, buyers: Sequence[Buyer], *, remark: str = "") -> list[Callable[[], Answer]]:
    """Each buyer opens the cart now, types a remark, and taps when called, as often as called."""
    opened = crowd.at_once([partial(_at_the_cart, place, buyer) for buyer in buyers], threads=OPENERS)
    return [
        partial(_tap, place, buyer, cookies, fields | ({"remark": remark} if at % 2 else {}))
        for at, (buyer, (cookies, fields)) in enumerate(zip(buyers, opened, strict=True))
    ]


def _at_the_cart(place: Place, buyer: Buyer) -> tuple[dict[str, str], dict[str, str]]:
    """The cookies and the fields of the open page."""
    visitor = Visitor(place.base_url, buyer.token)
    form = visitor.form("/portal/cart", "/portal/cart/submission")
    assert form.fields["version"] == str(buyer.version)
    visitor.close()
    return visitor.cookies, form.fields


def _tap(place: Place, buyer: Buyer, cookies: Mapping[str, str], fields: Mapping[str, str]) -> Answer:
    """One tap in one tab, on a line of its own."""
    visitor = Visitor(place.base_url, buyer.token)
    visitor.cookies |= cookies
    answer = visitor.post("/portal/cart/submission", fields)
    visitor.close()
    return answer


def shuffled(taps: list[Callable[[], Answer]]) -> list[Callable[[], Answer]]:
    random.Random(7).shuffle(taps)
    return taps


def _shuffled_pairs(
    place: Place, orders: Sequence[Buyer], tokens: Sequence[str]
) -> list[Callable[[], Answer]]:
    """For each order a yes and a no next to each other, in either order."""
    dice = random.Random(11)
    deeds: list[Callable[[], Answer]] = []
    for order in orders:
        pair = list(zip(tokens, ("approve", "reject"), strict=True))
        for token, decision in dice.sample(pair, 2):
            visitor = Visitor(place.base_url, token)
            form = visitor.form(f"/admin/orders/{order.order_id}/approval", "/decision")
            visitor.close()
            fields = form.fields | {"decision": decision, "comment": "两个人同时"}
            deeds.append(partial(send, visitor, form.action, fields))
    return deeds


def send(visitor: Visitor, action: str, fields: Mapping[str, str]) -> Answer:
    answer = visitor.post(action, fields)
    visitor.close()
    return answer


def _ask_about_everything() -> None:
    def change(session: Session, actor: Actor, given: None) -> None:
        session.add(Setting(key="order.approve_above", value="1.00"))

    db.run(change, OPERATOR, None)


def let_them_wait(session: Session, actor: Actor, distributor_id: int) -> list[int]:
    """Bring the hour in which the manager is asked too; answers the open requests."""
    about = ApprovalRequest.distributor_id == distributor_id
    session.execute(update(ApprovalRequest).where(about).values(escalate_at=clock.now()))
    return list(session.scalars(select(ApprovalRequest.id).where(about)))


def afterwards(
    answers: Sequence[Answer],
    companies: Sequence[int],
    sku_ids: Sequence[int],
    *,
    of: int,
    details: Mapping[str, object] | None = None,
) -> Outcome:
    with db.read() as session:
        states = select(Order.approval_state, func.count()).where(Order.distributor_id == of)
        used = select(Order.distributor_code, CreditAccount.used).join(
            CreditAccount, CreditAccount.distributor_id == Order.distributor_id
        )
        named = used.where(Order.distributor_id.in_(companies), Order.distributor_code.is_not(None))
        reserved = select(Stock.reserved).where(Stock.sku_id.in_(sku_ids)).order_by(Stock.sku_id)
        return Outcome(
            answers=answers,
            states=_pairs(session.execute(states.group_by(Order.approval_state))),
            used=_pairs(session.execute(named.distinct())),
            reserved=session.scalars(reserved).all(),
            details=details or {},
            breaches=(),
        )


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: found {found}, wanted {wanted}")


def untold(outcome: Outcome) -> int:
    """How many were refused without a word."""
    refused = [answer.body for answer in outcome.answers if answer.status == 422]
    return sum(REFUSAL not in body for body in refused)


def _pairs(rows: Iterable[Any]) -> dict[Any, Any]:
    return {key: value for key, value in rows}
