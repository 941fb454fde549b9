"""B4: eight clients order on one credit account that allows exactly so many, beside orders on accounts of their own."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from benchmarks.catalogue import root
from benchmarks.data import OPERATOR, Cart, Wanted
from benchmarks.figures import Figure, Goal, Workload
from benchmarks.measure import Sample, Turns, load, memory
from benchmarks.orders import TURNS, WARM, submitter
from benchmarks.places import Place
from tests.races.crowd import breaches
from tests.served import Server
from trade import clock, db
from trade.actor import Actor
from trade.credit.models import CreditAccount, CreditLimit
from trade.db import insert_many
from trade.orders.models import Order, OrderLine
from trade.people.models import Membership

HOT = 1  # the distributor
COUNT, FIT = 64, 48  # orders of a turn, and how many of the hot ones fit
LINES, EVERY = 10, 5  # of an order; each fifth cart is of the hot one's tier
LEAST = 0.6  # of the pace of orders spread over accounts


def measured(place: Place, lines: int) -> list[Figure]:
    """On one account and spread over ten in turn, the same lines in each order; as many as fit are approved, to the order."""
    count = TURNS * COUNT
    url, carts = place.own(Wanted(10_000, WARM + 1 + 2 * count * EVERY, lines))
    engine = db.connect(url)
    alike = [cart for cart in carts[WARM + 1 :] if (cart.address_id - HOT) % EVERY == 0]
    spread = [cart for cart in alike if cart.address_id != HOT][:count]
    hot = [cart for cart in alike if cart not in spread][:count]
    gross = db.run(_heat, OPERATOR, (spread, hot))
    spread = [replace(each, gross=gross) for each in spread]
    hot = [replace(each, gross=gross, address_id=HOT) for each in hot]
    server = Server(url, place.folder / "hot")
    server.start()
    ours: list[Sample] = []
    others: list[Sample] = []
    try:
        submit = submitter(server, carts[0])
        load([partial(submit, cart) for cart in carts[1 : WARM + 1]], [root(server)], place.roots)
        for turn in range(TURNS):
            db.run(_allow, OPERATOR, gross * FIT)
            part = slice(turn * COUNT, (turn + 1) * COUNT)
            for samples, chosen in (others, spread), (ours, hot):
                sent = [partial(submit, each) for each in chosen[part]]
                samples.append(load(sent, [root(server)], place.roots))
        rss = memory([root(server)])
    finally:
        server.stop()
    _check(spread, hot)
    engine.dispose()
    facts = f"{TURNS * FIT} of {count} accepted, as many as fit; the others' all accepted, {rss:.0f} MB, 0 failures"
    known, beside, what = Turns(ours, facts), Turns(others), "order on one account, beside one on its own"
    return [
        known.cpu(what, lines, beside),
        known.rate(what, lines, beside, Goal("part", 1 / LEAST)),
        known.p95(what, lines, beside),
    ]


def _heat(session: Session, actor: Actor, given: tuple[list[Cart], list[Cart]]) -> Decimal:
    """Let all carts have the lines of the first, and the second half belong to one distributor; answers their gross."""
    spread, hot = given
    model, ids = spread[0], [cart.order_id for cart in spread[1:] + hot]
    session.execute(delete(OrderLine).where(OrderLine.order_id.in_(ids)))
    columns = [
        getattr(OrderLine, name)
        for name in ("line_no", "sku_id", "unit", "factor", "quantity", "base_quantity")
    ]
    lines = session.execute(select(*columns).where(OrderLine.order_id == model.order_id)).mappings().all()
    insert_many(session, OrderLine, [{**line, "order_id": each} for each in ids for line in lines])
    moved = [cart.order_id for cart in hot]
    session.execute(update(Order).where(Order.id.in_(moved)).values(distributor_id=HOT, address_id=HOT))
    session.execute(update(Membership).where(Membership.person_id.in_(moved)).values(distributor_id=HOT))
    return model.gross


def _allow(session: Session, actor: Actor, more: Decimal) -> None:
    """Let the hot account have room for exactly so much more than it uses."""
    account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == HOT)).one()
    limit = account.used + more
    session.execute(update(CreditLimit).where(CreditLimit.account_id == account.id).values(amount=limit))
    account.effective_limit, account.as_of = limit, clock.today()


def _check(spread: list[Cart], hot: list[Cart]) -> None:
    """As many of the hot orders as fit are approved, all others of them held; verify finds nothing."""
    with db.read() as session:
        found = {name: _states(session, carts) for name, carts in (("spread", spread), ("hot", hot))}
    fit = TURNS * FIT
    wanted = {"spread": {"approved": len(spread)}, "hot": {"approved": fit, "held": len(hot) - fit}}
    wrong = breaches()
    if found != wanted or wrong:
        raise RuntimeError(f"orders {found}, wanted {wanted}; breaches {wrong[:3]}")


def _states(session: Session, carts: list[Cart]) -> dict[str, int]:
    ids = [cart.order_id for cart in carts]
    rows = select(Order.approval_state, func.count()).where(Order.id.in_(ids)).group_by(Order.approval_state)
    return {state: count for state, count in session.execute(rows)}


WORKLOAD = Workload(
    "B4",
    "As B3, all on one credit account that allows exactly so many; beside them, in turn, the same lines on accounts of their own.",
    "accepted = k; ≥ 60 % of B3; others unaffected",
    measured,
    of="lines",
    sizes=(LINES,),
)
