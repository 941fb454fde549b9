"""A brand at work for the stories: the cast of tests/world.py with two hundred products more, and orders on their way."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import world
from tests.databases import begin_with
from tests.world import LONG_AGO, OPERATOR, PASSWORD, actor_of
from trade import db, text
from trade.actor import Actor
from trade.catalog.models import Category, SearchGram, Sku
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.decide_order import Decision, decide_order
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.submit_order import Submission, submit_order
from trade.inventory.models import Stock, StockMovement
from trade.orders.models import Order, OrderLine
from trade.pricing.models import PriceList, PriceRow

__all__ = ["PASSWORD", "build", "code"]
MORE = 200
FLAVOURS = ["蜜桃", "青柠", "西柚", "荔枝", "海盐", "葡萄", "乌梅", "桂花", "陈皮", "茉莉"]
KINDS = ["气泡水", "乌龙茶", "电解质水", "果汁茶"]


def code(at: int) -> str:
    """The code of one of the products added here."""
    return f"YX{1000 + at * 7}"


def build(url: str) -> None:
    """The cast, 207 products, and D1 with one order of 50 lines received and one of two lines that waits to be shipped."""
    begin_with(world.build_template, url)
    engine = db.connect(url)
    db.run(_stock_up, OPERATOR, None)
    with db.read() as session:
        people = {who: actor_of(session, who) for who in ("buyer", "rep", "finance", "warehouse")}
        skus = {sku.code: sku.id for sku in session.scalars(select(Sku))}
        home = world.world(session).distributors["D1"]
    db.run(set_limit, people["finance"], NewLimit(home, Decimal("900000.00"), "旺季"))
    past = _placed(people["buyer"], {skus[code(at)]: 2 for at in range(50)})
    _pass(people, past)
    with db.read() as session:
        packed = [Packed(line.id, line.base_quantity) for line in _lines(session, past)]
    parcel = db.run(ship_order, people["warehouse"], Dispatch(past, _version(past), "顺丰", "SF1", packed))
    db.run(confirm_receipt, people["buyer"], Receipt(past, _version(past), parcel, {}))
    _pass(people, _placed(people["buyer"], {skus["CP0515"]: 20, skus["SQ5524"]: 30}))
    engine.dispose()


def _stock_up(session: Session, actor: Actor, given: None) -> None:
    category = session.scalars(select(Category.id).where(Category.code == "soda")).one()
    base = session.scalars(select(PriceList).where(PriceList.code == "BASE")).one()
    for at in range(MORE):
        name = f"云岫 {FLAVOURS[at % 10]}{KINDS[at // 10 % 4]} {300 + at} ml"
        sku = Sku(
            code=code(at),
            name=name,
            sort_key=text.sort_key(name),
            search_text=text.search_text(code(at), name, ""),
            category_id=category,
            brand="云岫",
            base_unit="bottle",
            order_unit="case",
            order_factor=24,
            moq=1,
            multiple=1,
            tax_rate=Decimal("0.13"),
            safety_stock=0,
        )
        session.add(sku)
        session.flush()
        session.add_all(SearchGram(gram=gram, sku_id=sku.id) for gram in text.grams(sku.search_text))
        session.add(Stock(warehouse_id=1, sku_id=sku.id, on_hand=24_000))
        session.add(
            StockMovement(warehouse_id=1, sku_id=sku.id, kind="count", on_hand=24_000, source="opening")
        )
        session.add(
            PriceRow(
                price_list_id=base.id,
                sku_id=sku.id,
                unit="case",
                factor=24,
                min_quantity=1,
                price=Decimal(40 + at % 30),
                valid_from=LONG_AGO,
            )
        )


def _placed(buyer: Actor, quantities: dict[int, int]) -> int:
    order_id = db.run(fill_cart, buyer, Wishes(quantities))
    db.run(submit_order, buyer, Submission(order_id, _version(order_id)))
    return order_id


def _pass(people: dict[str, Actor], order_id: int) -> None:
    with db.read() as session:
        state = session.scalars(select(Order.approval_state).where(Order.id == order_id)).one()
    if state == "pending":
        db.run(decide_order, people["rep"], Decision(order_id, _version(order_id), "approve", ""))


def _version(order_id: int) -> int:
    with db.read() as session:
        return session.scalars(select(Order.version).where(Order.id == order_id)).one()


def _lines(session: Session, order_id: int) -> list[OrderLine]:
    wanted = select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.line_no)
    return list(session.scalars(wanted))
