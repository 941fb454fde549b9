"""Lists as people use them: ordered, paged, taken out, kept as views, and several rows at once."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from admin import order_list
from tests.admin.site import PARTIAL, Browser, Site
from tests.lists.book import formulas, opened
from trade import audit, clock, db
from trade.actor import Permission
from trade.audit import AuditEntry
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.flows import export_list, save_view
from trade.inventory import listing
from trade.orders.models import Order
from trade.people.models import SavedView
from trade.receivables import queries as receivables
from trade.windows import Window
from web import lists

NEXT = re.compile(r'href="([^"]+)" rel="next"')
PREVIOUS = re.compile(r'href="([^"]+)" rel="prev"')
NUMBER = re.compile(r">(P[0-9]{3})<")


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten rows, so that few rows make several."""
    real = lists.Window
    monkeypatch.setattr(lists, "Window", lambda sort, after, before: real(sort, after, before, 10))


def plant(session, actor, count: int) -> None:
    """Orders of which many are alike: same day, same amount."""
    for number in range(count):
        order = Order(
            distributor_id=1 if number % 3 else 2,
            legal_entity_id=1,
            approval_state="approved",
            number=f"P{number:03}",
            distributor_name="鑫禾源" if number % 3 else "榕江",
            order_date=clock.today() - timedelta(days=number % 2),
            currency="USD" if number % 7 == 0 else "CNY",
            gross=Decimal(number % 4) + Decimal("0.10"),
        )
        session.add(order)


def linked(text: str, pattern: re.Pattern[str]) -> str:
    found = pattern.search(text)
    return found[1].replace("&amp;", "&") if found else ""


def events(event: str) -> list[AuditEntry]:
    with db.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.event == event)))


def test_who_has_no_tier_comes_last_whichever_the_direction(site: Site):
    facts = {"name": "x", "sort_key": "x", "search_text": "x", "invoice_title": "x"}
    finance = site.actors["finance"]
    db.run(lambda session, actor, given: session.add(Distributor(code="D0", **facts)), finance, None)
    with db.read() as session:
        for sort in ("tier", "-tier"):
            shown = distributors.listing(session, finance, distributors.ListFilter(), Window(sort)).rows
            assert [row.tier is None for row in shown] == [False] * (len(shown) - 1) + [True]


SORTS = ("", "due", "-due", "day", "-day", "distributor", "-distributor")


def test_every_order_shows_each_row_once_forth_and_back(site: Site):
    db.run(plant, site.actors["finance"], 23)
    browser = site.browser("finance")
    with db.read() as session:
        known = {order.number: order for order in session.scalars(select(Order))}
    for sort in SORTS:
        seen = walked(browser, sort)
        assert len(seen) == 23 == len(set(seen)), sort
        if "day" in sort:
            days = [known[number].order_date for number in seen]
            assert days == sorted(days, reverse=sort == "-day")
        if "due" in sort:
            amounts = [known[number].gross for number in seen]
            assert amounts == sorted(amounts, reverse=sort == "-due")


def walked(browser: Browser, sort: str) -> list[str]:
    """The numbers of all pages, forth; back again they must be the same."""
    address, pages, text = f"/admin/orders?sort={sort}", [], ""
    while address:
        text = shown(browser, address)
        pages.append(NUMBER.findall(text))
        address = linked(text, NEXT)
    assert [len(page) for page in pages] == [10, 10, 3]
    back = []
    while address := linked(text, PREVIOUS):
        text = shown(browser, address)
        back.insert(0, NUMBER.findall(text))
    assert back == pages[:-1] and "1–10 / 23" in text, sort
    return [number for page in pages for number in page]


def shown(browser: Browser, address: str) -> str:
    """The list alone, as htmx asks for it."""
    answer = browser.get(address, headers=PARTIAL)
    assert answer.status_code == 200, address
    return answer.text


def test_a_row_that_comes_meanwhile_shifts_nothing(site: Site):
    db.run(plant, site.actors["finance"], 8)
    browser = site.browser("finance")
    text = browser.get("/admin/orders?sort=-due").text
    first = NUMBER.findall(text)
    db.run(lambda session, actor, given: session.add(_largest()), site.actors["finance"], None)
    rest = NUMBER.findall(browser.get(linked(text, NEXT)).text)
    assert not set(first) & set(rest) and len({*first, *rest}) == 8


def _largest() -> Order:
    facts = {"distributor_id": 1, "legal_entity_id": 1, "approval_state": "approved", "number": "P999"}
    return Order(**facts, order_date=clock.today(), distributor_name="x", currency="CNY", gross=Decimal(99))


NONSENSE = (
    *("sort=cost", "sort=-%00", "sort=due&after=1.2.=NaN", "sort=due&after=1.2.=1e9", "after=x"),
    *("sort=day&after=1.1.=2026-99-99", "sort=day&after=1.1.=0000", "after=999999999999.1.=1"),
    *("after=1.99999999999999999999.=1", "sort=distributor&after=1.1.=%00", "before=1.1.", "after=1.1."),
    *("sort=day&before=1.1.", "sort=due&before=..=", "since=9999-99-99", "after=" + "9" * 999),
    *("sort=due&after=1.1.=999999999999999", "distributor=99999999999999999999", "rep=%F0%9F%98%80"),
)


def test_nonsense_in_the_address_is_no_error(site: Site):
    browser = site.browser("finance")
    for query in NONSENSE:
        shown(browser, f"/admin/orders?{query}")


def test_a_sheet_has_all_that_match_in_the_order_of_the_page(site: Site):
    db.run(plant, site.actors["finance"], 23)
    before, browser = site.everything(), site.browser("finance")
    answer = browser.post("/admin/orders/export?q=鑫禾源&sort=-due")
    head, *rows = opened(answer)
    assert head[:2] == ["订单号", "经销商"] and formulas(answer.data) == []
    numbers = [row[0] for row in rows if str(row[0]).startswith("P")]
    amounts = [row[head.index("金额")] for row in rows[: len(numbers)]]
    assert len(numbers) == 15 and amounts == sorted(amounts, reverse=True)
    totals = {
        row[0]: row[head.index("计入合计的金额（不含拒绝、取消、退回）")] for row in rows[len(numbers) :]
    }
    assert set(totals) == {"合计 CNY", "合计 USD"} and abs(sum(totals.values()) - sum(amounts)) < 0.001
    (entry,) = events("list.exported")
    assert entry.person_id == site.world.people["finance"] and entry.facts["rows"] == 15
    assert entry.facts["page"] == "admin.orders.index" and "sort=-due" in entry.facts["filters"]
    assert site.everything() == before
    told = site.browser("administrator").get("/admin/audit?event=list").text
    assert "导出列表" in told and "15" in told


def test_a_sheet_reaches_as_far_as_the_person(lite: Site):
    db.run(plant, lite.actors["finance"], 12)
    for who, names in (("rep", {"鑫禾源"}), ("other-rep", {"榕江"}), ("finance", {"鑫禾源", "榕江"})):
        _head, *rows = opened(lite.browser(who).post("/admin/orders/export"))
        assert {row[1] for row in rows if str(row[0]).startswith("P")} == names, who
    head, *rows = opened(lite.browser("stranger").post("/portal/orders/export"))
    assert {row[0] for row in rows if row[0].startswith("P")} == {
        f"P{number:03}" for number in range(0, 12, 3)
    }
    assert head == ["订单号", "状态", "下单日期", "行数", "数量", "金额"]
    assert lite.browser("rep").post("/admin/audit/export").status_code == 403
    assert lite.browser("buyer").post("/admin/orders/export").status_code == 403


def test_a_column_without_its_permission_is_nowhere(lite: Site, monkeypatch: pytest.MonkeyPatch):
    db.run(plant, lite.actors["finance"], 3)
    secret = lists.Column(
        key="secret",
        words="CANARY",
        value=lambda row: "CANARY-VALUE",
        sort="due",
        permission=Permission.COST_READ,
    )
    others = [column for column in order_list.ORDERS.columns if column.key != "due"]
    monkeypatch.setitem(order_list.ORDERS.__dict__, "columns", [*others, secret])
    for who, sees in (("rep", False), ("administrator", True)):
        browser = lite.browser(who)
        page, sheet = browser.get("/admin/orders").text, opened(browser.post("/admin/orders/export"))
        assert ("CANARY" in page) == sees == ("CANARY" in str(sheet)), who
        ordered = browser.get("/admin/orders?sort=due").text
        assert ('aria-sort="ascending"' in ordered) == sees


def test_exports_end_after_too_many(lite: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(export_list, "MOST_AN_HOUR", 2)
    browser = lite.browser("finance")
    assert [browser.post("/admin/stock/export").status_code for _ in range(2)] == [403, 403]
    assert [browser.post("/admin/orders/export").status_code for _ in range(3)] == [200, 200, 429]
    assert len(events("list.exported")) == 2
    assert lite.browser("rep").post("/admin/orders/export").status_code == 200


def test_a_sheet_says_when_it_has_not_all(lite: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "MOST_EXPORTED", 5)
    db.run(plant, lite.actors["finance"], 9)
    _head, *rows = opened(lite.browser("finance").post("/admin/orders/export"))
    assert sum(str(row[0]).startswith("P") for row in rows) == 5 and "共 9 行" in rows[-1][0]


def views() -> list[tuple[str, ...]]:
    with db.read() as session:
        rows = session.execute(select(SavedView.page, SavedView.name, SavedView.query))
        return [tuple(row) for row in rows]


def test_filters_get_a_name_and_are_found_again_by_their_person_alone(site: Site):
    browser = site.browser("finance")
    form = {"page": "admin.orders.index", "name": "卡住的", "query": "state=held&sort=-due&after=9&x=1"}
    answer = browser.post("/views", form)
    assert answer.status_code == 303 and answer.location == "/admin/orders?state=held&sort=-due"
    page = browser.get("/admin/orders").text
    assert "卡住的" in page and 'href="/admin/orders?state=held&amp;sort=-due"' in page
    assert "卡住的" not in site.browser("manager").get("/admin/orders").text
    browser.post("/views", {**form, "query": "state=pending"})
    assert views() == [("admin.orders.index", "卡住的", "state=pending")]
    with db.read() as session:
        view_id = session.scalars(select(SavedView.id)).one()
    assert site.browser("manager").post(f"/views/{view_id}/removal").status_code == 404 and len(views()) == 1
    assert browser.post(f"/views/{view_id}/removal").location == "/admin/orders?state=pending" and not views()


WRONG = (
    ({"name": ""}, 422),
    ({"name": "长" * 31}, 422),
    ({"name": "a\x00b"}, 422),
    ({"page": "portal.orders.index"}, 404),
    ({"page": "session.start"}, 404),
    ({"page": "admin.people.index"}, 404),
    ({"query": "q=" + "x" * 5000 + "&" * 5000}, 303),
    ({"name": "<script>", "query": "q=%00%ff\u202e"}, 303),
)


def test_a_view_that_cannot_be_kept_says_so(lite: Site):
    browser = lite.browser("rep")
    for wrong, status in WRONG:
        before, form = len(views()), {"page": "admin.orders.index", "name": "我的", "query": "state=held"}
        answer = browser.post("/views", form | wrong)
        assert answer.status_code == status and len(views()) - before == (status == 303), wrong
        assert status != 422 or 'name="query" value="state=held"' in answer.text
    assert "<script>" not in shown(browser, "/admin/orders")


def test_views_have_an_end(lite: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(save_view, "MOST", 1)
    browser, form = lite.browser("rep"), {"page": "admin.orders.index", "query": "state=held"}
    assert [browser.post("/views", {**form, "name": name}).status_code for name in "aab"] == [303, 303, 422]


def test_ticked_orders_are_approved_one_by_one_and_a_refused_one_says_why(site: Site):
    small, other = site.pending(CP0515=3), site.pending(CP0515=4)
    stale, foreign = site.pending(CP0515=5), site.pending("stranger", CP0515=6)
    large = site.pending(CP0515=10)
    db.run(_enlarge, site.actors["administrator"], large)
    rep = site.browser("rep")
    page = rep.get("/admin/orders?state=pending").text
    picks = re.findall(r'name="pick" value="([0-9-]+)"', page)
    assert {int(pick.partition("-")[0]) for pick in picks} == {small, other, stale, large}
    own = site.order(stale).version
    chosen = [f"{small}-{site.order(small).version}", f"{other}-{site.order(other).version}"]
    chosen += [f"{stale}-{own + 1}", f"{foreign}-{site.order(foreign).version}", "x-1", "7" * 30]
    answer = rep.post(
        "/admin/orders/approvals?state=pending", {"pick": [*chosen, f"{large}-{site.order(large).version}"]}
    )
    assert answer.status_code == 422
    states = [site.order(each).approval_state for each in (small, other, stale, foreign, large)]
    assert states == ["approved", "approved", "pending", "pending", "pending"]
    told = answer.text.partition('role="alert"')[2].partition("</div></div>")[0]
    assert "已批准 2 个订单" in told and "3 行" in told
    assert site.order(stale).number in told and site.order(large).number in told
    assert site.order(foreign).number not in answer.text
    assert "单独审批" in told and 'name="state"' in answer.text
    done = rep.post("/admin/orders/approvals?state=pending", {"pick": f"{stale}-{own}"})
    assert done.status_code == 303 and done.location == "/admin/orders?state=pending"
    assert site.order(stale).approval_state == "approved"


def test_nothing_ticked_is_told(lite: Site):
    lite.pending()
    before = lite.everything()
    answer = lite.browser("rep").post("/admin/orders/approvals")
    assert answer.status_code == 422 and "请先勾选" in answer.text and lite.everything() == before
    assert lite.browser("finance").post("/admin/orders/approvals").status_code == 403


def _enlarge(session, actor, order_id: int) -> None:
    session.scalars(select(Order).where(Order.id == order_id)).one().gross = Decimal("50000.01")


def test_all_are_counted_also_without_a_filter(lite: Site):
    with db.read() as session:
        count = session.scalar(select(func.count(AuditEntry.id)))
        assert audit.totals(session, audit.ListFilter()).count == count
        assert receivables.totals(session, lite.actors["finance"], receivables.ListFilter()).count == 0
        everyone = distributors.totals(session, lite.actors["finance"], distributors.ListFilter())
        assert everyone.count == 2 and listing.totals(session, listing.ListFilter()).count == 7
