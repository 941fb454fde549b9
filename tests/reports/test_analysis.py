"""The sales report: every figure equals the orders behind it, a year before beside it, nothing beyond one's reach."""

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import load_workbook
from sqlalchemy import event, select, update

from tests.admin.site import Site, open_site
from tests.world import OPERATOR
from trade import db
from trade.actor import EVERYONE, Actor, Permission
from trade.audit import AuditEntry
from trade.errors import Refused
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.money import ZERO, rounded
from trade.orders.models import Order
from trade.reports import analysis
from trade.reports.analysis import BY, Question, analyse, earlier, parts


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    yield from open_site(database_url)


def sold(site: Site) -> dict[int, date]:
    """Five approved orders on days of two years, one of them cut; by id the day."""
    made = {
        site.approved(CP0515=10, SQ5524=20): date(2026, 3, 31),
        site.approved(CP0515=3): date(2026, 4, 1),
        site.approved("stranger", QP3324=10): date(2026, 4, 30),
        site.approved(QP3324=5, SQ5524=10): date(2025, 4, 1),
        site.approved("stranger", CP0515=1, SQ5524=10): date(2024, 2, 29),
    }
    cut = next(iter(made))
    first = site.lines(cut)[0]
    parcel = Dispatch(cut, site.order(cut).version, "顺丰", "SF1", [Packed(first.id, 37)])
    db.run(ship_order, site.actors["warehouse"], parcel)
    db.run(cancel_rest, site.actors["administrator"], Cancellation(cut, site.order(cut).version, "卖完了"))
    site.pending(CP0515=5)

    def dated(session, actor, given):
        for order_id, day in made.items():
            session.execute(update(Order).where(Order.id == order_id).values(order_date=day))

    db.run(dated, OPERATOR, None)
    return made


def asked(by="month", since=date(2026, 1, 1), until=date(2027, 1, 1), **limits):
    return Question(by, since, until, **limits)


def answer(site, question, who="administrator"):
    with db.read() as session:
        return analyse(session, site.actors[who], question)


def plainly(rows):
    """Gross, net, quantity of lines, added up one by one."""
    gross = net = ZERO
    quantity = 0
    for line in rows:
        gone = line.cancelled_gross + line.returned_gross
        gross += line.gross - gone
        net += line.net - (line.net if gone == line.gross else rounded(gone / (1 + line.tax_rate)))
        quantity += line.base_quantity - line.cancelled - line.returned - line.lost
    return gross, net, quantity


@pytest.mark.parametrize("by", BY)
def test_every_figure_equals_its_lines(site, by):
    days = sold(site)
    found = answer(site, asked(by))
    lines = {order_id: site.lines(order_id) for order_id in days}
    this_year = [line for order_id, day in days.items() if day.year == 2026 for line in lines[order_id]]
    last_year = [line for order_id, day in days.items() if day.year == 2025 for line in lines[order_id]]
    for figures, expected in ((found.total.now, this_year), (found.total.before, last_year)):
        assert (figures.gross, figures.net, figures.quantity) == plainly(expected)
    assert (found.total.now.orders, found.total.now.distributors) == (3, 2)
    assert (found.total.before.orders, found.total.before.distributors) == (1, 1)
    for which in ("now", "before"):
        assert sum(getattr(line, which).gross for line in found.lines) == getattr(found.total, which).gross


def test_products_are_told_apart_to_the_cent(site):
    days = sold(site)
    by_sku = defaultdict(list)
    for order_id, day in days.items():
        for line in site.lines(order_id) if day.year == 2026 else []:
            by_sku[line.sku_code].append(line)
    found = {line.key: line.now for line in answer(site, asked("product")).lines}
    assert {key: (each.gross, each.net, each.quantity) for key, each in found.items() if each.orders} == {
        code: plainly(rows) for code, rows in by_sku.items()
    }


def test_months_without_sales_are_shown_and_a_year_before_stands_beside(site):
    sold(site)
    found = answer(site, asked(since=date(2026, 1, 1), until=date(2026, 7, 1)))
    assert [line.key for line in found.lines] == [f"2026{month:02d}" for month in range(1, 7)]
    april = found.lines[3]
    assert april.now.orders == 2 and april.before.orders == 1 and april.growth("orders") == 100
    assert found.lines[0].growth("gross") is None


def test_the_orders_behind_a_figure_add_up_to_it(site):
    sold(site)
    for line in answer(site, asked("product")).lines:
        with db.read() as session:
            behind, count = parts(session, site.actors["administrator"], asked("product", product=line.key))
        assert count == line.now.orders == len(behind)
        for name in ("gross", "net", "quantity"):
            assert sum(getattr(each.figures, name) for each in behind) == getattr(line.now, name)


def test_a_tree_is_asked_with_everything_below(site):
    sold(site)
    with db.read() as session:
        drinks = session.scalar(select(analysis.Category.id).where(analysis.Category.code == "drinks"))
        snacks = session.scalar(select(analysis.Category.id).where(analysis.Category.code == "snacks"))
    everything = answer(site, asked()).total.now.gross
    assert answer(site, asked(category_id=drinks)).total.now.gross == everything > 0
    assert answer(site, asked(category_id=snacks)).total.now.gross == 0


def test_nobody_sees_beyond_their_reach(site):
    sold(site)
    whole = answer(site, asked("distributor"))
    own = answer(site, asked("distributor"), "manager")
    assert {line.key for line in whole.lines} == {"D1", "D2"} and {line.key for line in own.lines} == {"D1"}
    with db.read() as session, pytest.raises(Refused, match="access.denied"):
        analyse(session, Actor("t", scope=EVERYONE, permissions=frozenset({Permission.DESK_READ})), asked())


def test_another_currency_is_never_added(site):
    days = sold(site)

    def dollars(session, actor, given):
        session.execute(update(Order).where(Order.id == next(iter(days))).values(currency="USD"))

    db.run(dollars, OPERATOR, None)
    found = answer(site, asked())
    assert found.currencies == ["CNY", "USD"] and found.total.now.orders == 2
    assert answer(site, asked(currency="USD")).total.now.orders == 1


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2024, 2, 29), date(2023, 3, 1)), (date(2026, 11, 21), date(2025, 11, 21))]
)
def test_a_year_before(day, expected):
    assert earlier(day) == expected


def test_the_page_opens_its_orders_and_the_sheet_has_the_same_sums(site):
    sold(site)
    browser = site.browser("administrator")
    page = browser.get("/admin/reports?by=distributor&since=2026-01-01&until=2026-12-31")
    assert page.status_code == 200 and "漳州市鑫禾源食品商贸有限公司" in page.text
    total = answer(site, asked()).total.now
    assert f"¥{total.gross:,.2f}" in page.text
    link = re.search(r'href="(/admin/reports/orders\?[^"]*distributor=D1[^"]*)"', page.text)
    assert link
    orders = browser.get(link[1].replace("&amp;", "&"))
    assert orders.status_code == 200 and orders.text.count("/admin/orders/") >= 2
    backwards = browser.get("/admin/reports?by=category&since=2026-12-01&until=2026-01-01").text
    assert "现显示最近 12 个月" in backwards and "一张订单可含多个品类" in backwards
    assert "现显示最近" not in page.text and "一张订单可含" not in page.text
    sheet = browser.post("/admin/reports/export?by=distributor&since=2026-01-01&until=2026-12-31")
    rows = load_workbook(io.BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    assert Decimal(str(rows[-1][2])) == total.gross and len(rows) == 4
    with db.read() as session:
        events = list(session.scalars(select(AuditEntry.event)))
    assert events.count("list.exported") == 1


@pytest.mark.parametrize(
    "query",
    [
        "by=<script>&measure=x&since=9999-99-99&until=0",
        "since=2026-12-31&until=2026-01-01&rep=٣&territory_id=99999999999999999999",
        "product=%00&category=" + "x" * 3000,
        "period=quarter&currency=%F0%9F%98%80&by=rep&rep=-&distributor=-",
    ],
)
def test_a_nonsensical_address_is_a_report_too(site, query):
    for path in ("/admin/reports", "/admin/reports/orders"):
        assert site.browser("finance").get(f"{path}?{query}").status_code == 200


def test_a_page_costs_the_same_however_many_rows_it_has(site):
    sold(site)
    browser = site.browser("administrator")
    counts = []
    for query in ("since=2026-03-01&until=2026-03-31", "since=2024-01-01&until=2026-12-31"):
        statements = []
        count = lambda *given: statements.append(given[2])  # noqa: B023
        engine = db._read.kw["bind"]
        event.listen(engine, "before_cursor_execute", count)
        browser.get(f"/admin/reports?by=product&{query}")
        event.remove(engine, "before_cursor_execute", count)
        counts.append(
            len([each for each in statements if each.lstrip().upper().startswith(("SELECT", "WITH"))])
        )
    assert counts[0] == counts[1] <= 12
