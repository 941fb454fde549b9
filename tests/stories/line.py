"""Twenty things that wait for one rep: orders, returns, changes of orders and a temporary limit."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tests import world
from tests.databases import begin_with
from tests.returns.conftest import Returning
from tests.world import OPERATOR, PASSWORD
from trade import clock, db
from trade.actor import Actor, Permission
from trade.approvals.models import ApprovalPolicy
from trade.approvals.policy import chain, dump
from trade.distributors.models import Distributor
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.request_limit import LimitWish, request_limit
from trade.flows.set_credit import NewLimit, set_limit
from trade.orders.models import Order
from trade.people.models import Role, RolePermission
from trade.settings import Setting

__all__ = ["PASSWORD", "build"]
ORDERS, RETURNS, CHANGES, LIMITS = 9, 6, 4, 1
WHOLE = ORDERS + RETURNS + CHANGES + LIMITS
NAME = "漳州市鑫禾源食品商贸有限公司第二分公司"


def build(url: str) -> None:
    """The cast of tests/world.py, and all of it asked of the rep; the brand lets reps give small limits."""
    begin_with(world.build_template, url)
    engine = db.connect(url)
    db.run(_allow, OPERATOR, None)
    cast = Returning()
    home = cast.world.distributors["D1"]
    db.run(set_limit, cast["finance"], NewLimit(home, Decimal("900000.00"), "旺季"))
    past = [cast.received(CP0515=3) for _each in range(RETURNS)]
    unshipped = [cast.submit(cast.fill(CP0515=10)).id for _each in range(CHANGES)]
    for order_id in past:
        cast.ask(order_id, 5)
    for order_id in unshipped:
        wanted = {cast.world.skus["CP0515"]: 12}
        given = NewAmendment(order_id, _version(order_id), wanted, "门店加了两箱")
        db.run(amend_order, cast["buyer"], given)
    until = clock.today() + timedelta(days=20)
    db.run(request_limit, cast["owner"], LimitWish(Decimal(3000), until, "国庆备货"))
    db.run(_ask_always, OPERATOR, None)
    for at in range(ORDERS):
        cast.submit(cast.fill(CP0515=2 + at))
    engine.dispose()


def _version(order_id: int) -> int:
    with db.read() as session:
        return session.scalars(select(Order.version).where(Order.id == order_id)).one()


def _allow(session: Session, actor: Actor, given: None) -> None:
    role_id = session.scalars(select(Role.id).where(Role.code == "sales_rep")).one()
    session.execute(insert(RolePermission).values(role_id=role_id, permission=Permission.CREDIT_LIMIT.value))
    session.add(
        ApprovalPolicy(
            subject="limit_request",
            version=2,
            published_at=clock.now(),
            content=dump(chain(["rep", "role:finance"])),
        )
    )
    session.execute(update(Distributor).where(Distributor.code == "D1").values(name=NAME))


def _ask_always(session: Session, actor: Actor, given: None) -> None:
    session.add(Setting(key="order.approve_above", value="10.00"))
