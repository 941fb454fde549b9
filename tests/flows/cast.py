"""The people of the flow tests, short words for what they do, and what stands afterwards."""

from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.world import OPERATOR, actor_of, standing, world
from trade import clock, db
from trade.actor import Actor
from trade.flows.decide_order import Decision, decide_order
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.submit_order import Submission, submit_order
from trade.inventory.models import Stock, StockMovement
from trade.orders.models import Order, OrderLine
from trade.settings import Setting


class Cast:
    """The people, and short words for what they do."""

    def __init__(self) -> None:
        with db.read() as session:
            self.world = world(session)
            self.actors = {name: actor_of(session, name) for name in self.world.people}

    def __getitem__(self, name: str) -> Actor:
        return self.actors[name]

    def fill(self, who: str = "buyer", **quantities: int) -> int:
        wanted = {self.world.skus[code]: quantity for code, quantity in quantities.items()}
        return db.run(fill_cart, self[who], Wishes(wanted))

    def submit(self, order_id: int, who: str = "buyer", version: int | None = None) -> Order:
        version = version or order(order_id).version
        db.run(submit_order, self[who], Submission(order_id, version))
        return order(order_id)

    def decide(self, order_id: int, decision: str, who: str = "rep", comment: str = "") -> Order:
        db.run(decide_order, self[who], Decision(order_id, order(order_id).version, decision, comment))
        return order(order_id)


def order(order_id: int) -> Order:
    with db.read() as session:
        return session.scalars(select(Order).where(Order.id == order_id)).one()


def lines(order_id: int) -> list[OrderLine]:
    with db.read() as session:
        return list(
            session.scalars(
                select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.line_no)
            )
        )


def now_standing() -> tuple[Decimal, dict[str, tuple[int, int]]]:
    with db.read() as session:
        return standing(session)


def change_stock(sku_id: int, quantity: int) -> None:
    """Count goods in or out, as a stock count books it."""

    def count(session: Session, actor: Actor, given: None) -> None:
        session.execute(update(Stock).where(Stock.sku_id == sku_id).values(on_hand=Stock.on_hand + quantity))
        movement = {"kind": "count", "on_hand": quantity, "source": f"count-{clock.now().timestamp()}"}
        session.add(StockMovement(warehouse_id=1, sku_id=sku_id, **movement))

    db.run(count, OPERATOR, None)


def change_setting(key: str, value: object) -> None:
    def change(session: Session, actor: Actor, given: None) -> None:
        session.merge(
            Setting(id=session.scalar(select(Setting.id).where(Setting.key == key)), key=key, value=value)
        )

    db.run(change, OPERATOR, None)
