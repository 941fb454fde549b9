"""B9: orders among a million: the list and one order of a distributor, and the brand's list with filters.

Asked one by one within this process. The limit is the least page: the fifty newest orders by the ORM and Jinja.
"""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from benchmarks.data import DISTRIBUTORS, OPERATOR, Wanted
from benchmarks.figures import CPU, Figure, Goal, Growth, Workload
from benchmarks.pages import Asked, visit
from benchmarks.places import Place
from benchmarks.search import named
from trade import clock, db
from trade.actor import Actor
from trade.orders.models import Order, OrderEvent, OrderLine
from trade.people.models import LoginSession, Membership, Person, Role
from trade.people.queries import token_hash

SKUS = 1_000
TOKEN = "token of the brand, for measuring"
ONE = "SO-H0000500"
BRANDS = "the brand's list"


def measured(place: Place, size: int) -> list[Figure]:
    """Every page on so many orders."""
    url, carts = place.own(Wanted(SKUS))
    engine = db.connect(url)
    db.run(named, OPERATOR, SKUS)
    order_id = db.run(_build, OPERATOR, size)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if place.name == "sqlite" else "VACUUM ANALYZE")
    engine.dispose()
    buyer = carts[0].token
    since = (clock.today() - timedelta(days=30)).isoformat()
    pages = [
        Asked("a distributor's list", buyer, "/portal/orders", "SO-H"),
        Asked("its list, search by number", buyer, "/portal/orders?q=SO-H0000", "SO-H0000"),
        Asked("its list, search by product", buyer, "/portal/orders?q=SKU000001", "SO-H"),
        Asked("its order", buyer, f"/portal/orders/{order_id}", ONE),
        Asked(BRANDS, TOKEN, "/admin/orders", "SO-H"),
        Asked("the brand's list, one state", TOKEN, "/admin/orders?state=held", "SO-H"),
        Asked("the brand's list, a distributor", TOKEN, "/admin/orders?distributor=1", "SO-H"),
        Asked("the brand's list, since a day", TOKEN, f"/admin/orders?since={since}", "SO-H"),
        Asked("the brand's list, by name", TOKEN, "/admin/orders?q=经销商 7", "SO-H"),
        Asked("the brand's list, tail of a number", TOKEN, "/admin/orders?q=0500", "0500"),
        Asked("the brand's list, by product", TOKEN, "/admin/orders?q=琥珀", "SO-H"),
        Asked("the brand's list, a word of all names", TOKEN, "/admin/orders?q=经销商", "SO-H"),
        Asked("the brand's order", TOKEN, f"/admin/orders/{order_id}", ONE),
    ]
    seen = zip(pages, visit(place, url, pages, ("/orders", "SO-H")), strict=True)
    return [
        figure
        for page, (ours, limit) in seen
        for figure in (ours.cpu(page.what, size, limit, Goal("times", 5)), ours.p95(page.what, size, limit))
    ]


def _build(session: Session, actor: Actor, size: int) -> int:
    """One order, copied by the database: set-based, spread over distributors, days and states; a line each."""
    first = Order(
        distributor_id=1,
        legal_entity_id=1,
        approval_state="approved",
        number="SO-H",
        order_date=clock.today(),
        submitted_at=clock.now(),
        distributor_name="经销商 1",
        currency="CNY",
        gross=Decimal(100),
        net=Decimal(88),
        tax=Decimal(12),
        fulfilment="complete",
    )
    session.add(first)
    session.flush()
    names = [each.name for each in Order.__table__.columns if each.name != "id" and not each.computed]
    is_file = session.get_bind().dialect.name == "sqlite"
    day = "date(:today, '-' || ((:size - n) * 730 / :size) || ' days')" if is_file else ""
    day = day or "CAST(:today AS date) - CAST((:size - n) * 730 / :size AS integer)"
    made = {
        "distributor_id": f"n % {DISTRIBUTORS} + 1",
        "distributor_name": f"'经销商 ' || (n % {DISTRIBUTORS} + 1)",
        "number": "printf('SO-H%07d', n)" if is_file else "'SO-H' || lpad(CAST(n AS text), 7, '0')",
        "order_date": day,
        "approval_state": "CASE WHEN n % 1000 = 3 THEN 'held' ELSE 'approved' END",
    }
    columns = ", ".join(made.get(name, f"o.{name}") for name in names)
    series = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :size)"
    given = {"size": size, "today": clock.today().isoformat(), "first": first.id}
    session.execute(
        text(
            f"INSERT INTO sales_order ({', '.join(names)}) {series}"
            f" SELECT {columns} FROM s CROSS JOIN sales_order o WHERE o.id = :first ORDER BY n"
        ),
        given,
    )
    session.add(_line(first.id))
    session.flush()
    lines = [each.name for each in OrderLine.__table__.columns if each.name != "id"]
    spread = {"order_id": "o.id", "sku_id": "k.id", "sku_code": "k.code", "sku_name": "k.name"}
    copied = ", ".join(spread.get(name, f"l.{name}") for name in lines)
    session.execute(
        text(
            f"INSERT INTO order_line ({', '.join(lines)}) SELECT {copied} FROM sales_order o CROSS JOIN order_line l"
            f" JOIN sku k ON k.id = o.id % {SKUS} + 1 WHERE l.order_id = :first AND o.id <> :first"
        ),
        given,
    )
    found = session.scalars(select(Order.id).where(Order.number == ONE)).one()
    owner = session.scalars(select(Order).where(Order.id == found)).one()
    owner.distributor_id = 1
    session.add(
        OrderEvent(order_id=found, version=1, action="accept", state="approved", facts={}, origin="bench")
    )
    staff(session)
    return found


def _line(order_id: int) -> OrderLine:
    facts = {"unit": "case", "factor": 12, "quantity": 1, "base_quantity": 12, "shipped": 12}
    money = {"price": Decimal(100), "gross": Decimal(100), "net": Decimal(88), "tax": Decimal(12)}
    return OrderLine(
        order_id=order_id, line_no=1, sku_id=1, sku_code="SKU000001", sku_name="云岫", **facts, **money
    )


def staff(session: Session) -> None:
    """An administrator who is signed in by TOKEN."""
    role_id = session.scalars(select(Role.id).where(Role.code == "administrator")).one()
    person = Person(name="管理员", user_name="bench-administrator")
    session.add(person)
    session.flush()
    member = Membership(person_id=person.id, role_id=role_id)
    session.add(member)
    session.flush()
    life = {"expires_at": clock.now() + timedelta(days=1), "address": "127.0.0.1", "user_agent": "bench"}
    session.execute(
        insert(LoginSession),
        [{"token_hash": token_hash(TOKEN), "person_id": person.id, "membership_id": member.id, **life}],
    )


WORKLOAD = Workload(
    "B9",
    "Orders among many: the list and one order of a distributor who has a fiftieth of them, the brand's list with filters and"
    " searches, asked one by one within one process. The limit: the fifty newest orders by Flask, the ORM and Jinja.",
    "CPU ≤ 5 × the limit's page; flat",
    measured,
    of="orders",
    sizes=(10_000, 100_000),
    full=(1_000_000,),
    growth=(Growth(CPU, "flat"),),
    plotted=(BRANDS, CPU),
)
