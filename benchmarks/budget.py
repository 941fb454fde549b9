"""B2: SQL statements of a page and of submitting, sign-in, frame, cart bar and notices included."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from benchmarks import limits
from benchmarks.counting import counted, quiet_app, statements
from benchmarks.data import OPERATOR, Wanted
from benchmarks.figures import Figure, Goal, Growth, Workload
from benchmarks.history import TOKEN, staff
from benchmarks.orders import submission_statements
from benchmarks.places import Place
from trade import db
from trade.actor import Actor

UNIT = "statements"
PAGE, SUBMISSION = 12, 20  # at most
LISTED = 60  # orders, more than a page shows


def measured(place: Place, lines: int) -> list[Figure]:
    """Each is counted the second time it is asked; carts have so many lines, and as many orders are there, or a page of them."""
    orders = min(lines, LISTED)
    url, carts = place.own(Wanted(1_000, orders + 1, lines))
    db.connect(url)
    db.run(_staff, OPERATOR, None)
    submission = submission_statements(url, carts[:orders])
    app, client = quiet_app(url), limits.create_app(url).test_client()
    buyer, with_orders = carts[-1].token, carts[0].token
    pages = {
        "catalogue": (buyer, "/portal/catalog", "/"),
        "cart": (buyer, "/portal/cart", "/"),
        "list of orders, buyer's": (with_orders, "/portal/orders", "/orders"),
        "one order, buyer's": (with_orders, f"/portal/orders/{carts[0].order_id}", "/orders"),
        "list of orders, brand's": (TOKEN, "/admin/orders", "/orders"),
    }
    found = [
        Figure(
            what, lines, UNIT, [statements(app, token, path, {})], [_bare(client, bare)], Goal("most", PAGE)
        )
        for what, (token, path, bare) in pages.items()
    ]
    least = limits.STATEMENTS
    return [*found, Figure("submit an order", lines, UNIT, [submission], [least], Goal("most", SUBMISSION))]


def _bare(client: FlaskClient, path: str) -> int:
    """What the limit's page asks the database."""
    client.get(path)
    with counted() as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def _staff(session: Session, actor: Actor, given: None) -> None:
    staff(session)


WORKLOAD = Workload(
    "B2",
    "SQL statements of one request, sign-in, membership, cart bar, credit and notices included. The limit: what the least page"
    " and the set-based transaction ask. Every page of the route map is counted by a gate in ./test.",
    f"catalogue, cart and any list ≤ {PAGE}, submitting ≤ {SUBMISSION}; constant in rows and lines",
    measured,
    of="lines",
    sizes=(10, 200),
    growth=(Growth(UNIT, "flat", bound=1.0),),
)
