"""A page costs the same number of statements with 3 rows and with 300."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.admin.site import Site
from trade import audit, clock, db, text
from trade.approvals.models import ApprovalCandidate, ApprovalPolicy, ApprovalRequest
from trade.catalog.models import Sku
from trade.distributors.models import Distributor, Standing
from trade.inventory.models import Stock
from trade.notices.models import Notice, OutboxMessage
from trade.orders.models import Order, OrderLine
from trade.people.models import Membership, Person, Role
from trade.receivables.models import Payment
from web.store import store

MOST = 12
MARK = re.compile(r"(?:经销商|商品|人员|订单|mark:) row-mark-([0-9]{3})")
LISTS = (
    ("manager", "/admin"),
    ("manager", "/admin?tab=held"),
    ("warehouse", "/admin?tab=shipping"),
    ("manager", "/admin/orders"),
    ("manager", "/admin/orders?q=经销&state=pending"),
    ("manager", "/admin/distributors"),
    ("manager", "/admin/payments"),
    ("manager", "/admin/credit"),
    ("manager", "/admin/credit/ageing"),
    ("manager", "/admin/stock"),
    ("administrator", "/admin/people"),
    ("administrator", "/admin/audit"),
    ("administrator", "/admin/notices"),
)


@pytest.fixture
def counted(site: Site):
    """Statements that reach the database, apart from those that begin a transaction."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with site.app.app_context():
        engine = store.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.proof  # each time tests/house/test_pages_budget.py asks every page with few rows and with many
def test_lists_cost_the_same_with_3_and_with_300_rows(site: Site, counted: list[str]):
    browsers = {who: site.browser(who) for who in ("manager", "warehouse", "administrator")}
    db.run(fill, site.actors["manager"], range(3))
    costs = {}
    for who, path in LISTS:
        counted.clear()
        assert browsers[who].get(path).status_code == 200
        costs[path] = len(counted)
    assert max(costs.values()) <= MOST, costs
    db.run(fill, site.actors["manager"], range(3, 300))
    for who, path in LISTS:
        counted.clear()
        answer = browsers[who].get(path)
        assert answer.status_code == 200 and len(counted) == costs[path], (path, len(counted), costs[path])
        assert answer.text.count("<tr") <= 55, path


PAGED = (
    ("manager", "/admin", 3),
    ("manager", "/admin?tab=held", 3),
    ("manager", "/admin/orders?state=pending", 3),
    ("manager", "/admin/distributors", 3),
    ("manager", "/admin/payments", 3),
    ("manager", "/admin/stock", 3),
    ("administrator", "/admin/people", 3),
    ("administrator", "/admin/audit?event=test", 3),
    ("administrator", "/admin/notices", 3),
)


def test_pages_lead_through_every_row_once(site: Site):
    db.run(fill, site.actors["manager"], range(120))
    browsers = {who: site.browser(who) for who in ("manager", "administrator")}
    for who, path, most in PAGED:
        shown: set[str] = set()
        address, pages = path, 0
        while address:
            page = browsers[who].get(address).text
            marks = set(MARK.findall(page))
            assert not marks & shown, (path, marks & shown)
            shown |= marks
            address, pages = _next(page), pages + 1
            assert pages <= most, f"{path} leads in a circle"
        assert len(shown) == 120, path


def _next(page: str) -> str:
    """Where the link to the next page leads."""
    found = [part for part in page.split("<a ") if 'rel="next"' in part.split(">")[0]]
    return found[0].split('href="')[1].split('"')[0].replace("&amp;", "&") if found else ""


def fill(session: Any, actor: Any, numbers: range) -> None:
    """One distributor, order to decide, held order, order to ship, payment, SKU, person, audit line and notice each."""
    rep = session.scalars(select(Person.id).where(Person.user_name == "rep")).one()
    administrator = session.scalars(select(Person.id).where(Person.user_name == "administrator")).one()
    role = session.scalars(select(Role.id).where(Role.code == "marketing")).one()
    model = session.scalars(select(Sku).where(Sku.code == "CP0515")).one()
    policy = session.scalars(select(ApprovalPolicy.id)).first()
    for number in numbers:
        name = f"经销商 row-mark-{number:03}"
        company = Distributor(
            code=f"X{number}",
            name=name,
            sort_key=text.sort_key(name),
            search_text=text.search_text(name),
            invoice_title=name,
        )
        sku = Sku(
            code=f"K{number}",
            name=f"商品 row-mark-{number:03}",
            sort_key=text.sort_key(name),
            search_text=text.search_text(name),
            category_id=model.category_id,
            base_unit="bottle",
            order_unit="case",
            tax_rate=Decimal("0.13"),
        )
        person = Person(name=f"人员 row-mark-{number:03}", user_name=f"p{number}")
        letter = OutboxMessage(topic="order.approved", payload={}, sent_at=clock.now())
        session.add_all([company, sku, person, letter])
        session.flush()
        session.add_all(
            [
                Standing(distributor_id=company.id, valid_from=clock.today(), tier_id=1, rep_id=rep),
                Membership(person_id=person.id, role_id=role),
                Stock(warehouse_id=1, sku_id=sku.id, on_hand=0),
                Payment(
                    number=f"RC{number}",
                    distributor_id=company.id,
                    legal_entity_id=1,
                    paid_on=clock.today(),
                    amount=Decimal(10),
                    currency="CNY",
                    reference=f"ref {number}",
                    person_id=administrator,
                ),
                Notice(
                    outbox_id=letter.id,
                    person_id=administrator,
                    topic="order.approved",
                    facts={"number": f"row-mark-{number:03}", "amount": "1"},
                ),
            ]
        )
        audit.record(session, actor, "test.done", {"mark": f"row-mark-{number:03}"})
        for state in ("pending", "held", "approved"):
            _order(session, company, sku, state, rep, policy, number)


def _order(
    session: Any, company: Distributor, sku: Sku, state: str, rep: int, policy: int, number: int
) -> None:
    order = Order(
        distributor_id=company.id,
        legal_entity_id=1,
        approval_state=state,
        number=f"T{state}{number}",
        order_date=clock.today(),
        distributor_name=company.name,
        rep_id=rep,
        currency="CNY",
        gross=Decimal(10),
    )
    session.add(order)
    session.flush()
    session.add(
        OrderLine(
            order_id=order.id,
            line_no=1,
            sku_id=sku.id,
            unit="case",
            factor=1,
            quantity=1,
            base_quantity=1,
            price=Decimal(10),
        )
    )
    if state != "pending":
        return
    request = ApprovalRequest(
        subject="order",
        subject_id=order.id,
        subject_version=1,
        policy_id=policy,
        distributor_id=company.id,
        amount=Decimal(10),
        reasons=[{"code": "order.first"}],
        due_at=clock.now() + timedelta(hours=number),
    )
    session.add(request)
    session.flush()
    manager = session.scalars(select(Person.id).where(Person.user_name == "manager")).one()
    named = ["rep_manager"]
    session.add(ApprovalCandidate(request_id=request.id, person_id=manager, level=1, approvers=named))
