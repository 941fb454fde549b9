"""Warehouses, counts, transfers, quarantine, levels and waiting orders, as the people of the brand use them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.admin.site import open_site
from tests.databases import Templates
from tests.world import OPERATOR, build_template
from trade import clock, db
from trade.distributors.models import Distributor
from trade.inventory import listing, stock
from trade.inventory.models import Stock, StockCount, StockTransfer, StockTransferLine, Warehouse
from trade.inventory.stock import Deed
from trade.orders import allocation

TORTURE = (
    "",
    "x" * 300,
    "🍵",
    "\u202eabc",
    "<script>alert(1)</script>",
    "1e5",
    "-1",
    "٣",
    "NaN",
    "99999999999",
)


def held(house: int, sku_id: int) -> tuple[int, int, int]:
    with db.read() as session:
        wanted = select(Stock.on_hand, Stock.reserved, Stock.quarantine)
        found = session.execute(
            wanted.where(Stock.warehouse_id == house, Stock.sku_id == sku_id)
        ).one_or_none()
    return tuple(found) if found else (0, 0, 0)


def open_house(site, **changes: str) -> int:
    given = {"code": "EAST", "name": "华东仓", "priority": "2", "transit_days": "2", "version": "1"}
    answer = site.browser("administrator").post("/admin/warehouses", given | changes)
    assert answer.status_code == 303, answer.text
    with db.read() as session:
        return session.scalars(select(Warehouse.id).where(Warehouse.code == "EAST")).one()


def key_of(text: str) -> str:
    return re.search(r'name="key" value="([^"]+)"', text)[1]


def confirmed(shown, typed: dict[str, str], note: str = "") -> dict[str, str]:
    """What the second step of a count sends."""
    kept = {name: re.search(rf'name="{name}" value="([^"]+)"', shown.text)[1] for name in ("moment", "seen")}
    return typed | kept | {"step": "book", "note": note}


def one(model):
    with db.read() as session:
        return session.scalars(select(model)).all()


def test_a_warehouse_is_opened_changed_by_two_and_closed_when_it_is_empty(site):
    house = open_house(site)
    chief = site.browser("administrator")
    page = f"/admin/warehouses/{house}"
    shown = chief.get(page).text
    assert "华东仓" in shown and "仓库名称" in shown and "branch depth-1" in shown
    edit = {"code": "EAST", "priority": "2", "transit_days": "2", "version": "1"}
    assert chief.post(page, edit | {"name": "上海仓"}).status_code == 303
    second = chief.post(page, edit | {"name": "杭州仓"})
    assert second.status_code == 422 and "上海仓" in second.text and 'value="杭州仓"' in second.text
    assert [each.name for each in one(Warehouse)] == ["总仓", "上海仓"]
    for code in TORTURE:
        answer = chief.post("/admin/warehouses", edit | {"name": "甲", "priority": code})
        assert answer.status_code == 422, code
    assert chief.post("/admin/warehouses", edit | {"name": "乙"}).status_code == 422, "the code is taken"
    last = chief.post("/admin/warehouses/1/archiving", {"version": "1"})
    assert last.status_code == 422 and len(one(Warehouse)) == 2
    assert chief.post(f"{page}/archiving", {"version": "2"}).status_code == 303
    assert one(Warehouse)[1].archived_at is not None
    assert chief.post(f"{page}/archiving", {"version": "3", "change": "open"}).status_code == 303
    assert site.browser("warehouse").post("/admin/warehouses", edit).status_code == 403


def test_a_count_is_pasted_booked_once_and_its_bad_rows_are_named(site):
    keeper = site.browser("warehouse")
    sku = site.world.skus["JG3025"]
    form = keeper.get("/admin/stock/counts/new").text
    given = {
        "key": key_of(form),
        "warehouse": "1",
        "day": clock.today().isoformat(),
        "at": "",
        "goods": "JG3025\t90 箱\nDJ4815, 7\nNOSUCH 3\nCP0515 viel",
    }
    bad = keeper.post("/admin/stock/counts", given)
    assert bad.status_code == 422 and "NOSUCH" in bad.text and "viel" in bad.text
    assert one(StockCount) == [] and held(1, sku) == (576, 0, 0)
    assert "NOSUCH" in bad.text and "第 4 行" in bad.text, "every bad row is named"
    assert "DJ4815 的 7 是箱还是瓶" in bad.text, "seven of what?"
    good = given | {"goods": "JG3025\t90 箱\nDJ4815, 7", "bare": "base"}
    good = confirmed(keeper.post("/admin/stock/counts", good), good)
    assert one(StockCount) == [] and held(1, sku) == (576, 0, 0), "looking books nothing"
    places = {keeper.post("/admin/stock/counts", good).location for _ in range(2)}
    assert len(places) == 1 and held(1, sku) == (540, 0, 0)
    assert "−6 箱" in keeper.get(places.pop()).text
    assert keeper.get("/admin/stock/counts").text.count("CT") >= 1
    for goods in TORTURE:
        answer = keeper.post(
            "/admin/stock/counts", given | {"goods": f"JG3025 {goods}", "key": "another", "bare": "base"}
        )
        assert answer.status_code == 422, goods
    late = keeper.post("/admin/stock/counts", given | {"key": "k3", "day": "2199-01-01", "goods": "JG3025 1"})
    assert late.status_code == 422 and len(one(StockCount)) == 1


def test_a_count_that_takes_promised_goods_is_looked_at_and_needs_a_reason(site):
    site.submit(CP0515=100)
    house = open_house(site)
    keeper, sku = site.browser("warehouse"), site.world.skus["CP0515"]
    db.run(lambda s, a, g: stock.correct(s, Deed("found"), {(house, sku): 30}), OPERATOR, None)
    typed = {"key": "zero", "warehouse": "1", "day": clock.today().isoformat(), "goods": "CP0515 0"}
    shown = keeper.post("/admin/stock/counts", typed)
    assert shown.status_code == 200 and "差异较大" in shown.text and "不够已留数量" in shown.text
    assert "−1,000 箱" in shown.text and "−100 箱" in shown.text
    book = confirmed(shown, typed)
    assert keeper.post("/admin/stock/counts", book).status_code == 422, "no reason"
    stale = keeper.post("/admin/stock/counts", book | {"note": "清点", "seen": "other"})
    assert stale.status_code == 422 and "请重新核对" in stale.text
    back = keeper.post("/admin/stock/counts", book | {"step": "change"})
    assert back.status_code == 200 and "CP0515 0</textarea>" in back.text
    assert one(StockCount) == [] and held(1, sku) == (15000, 1500, 0)
    assert keeper.post("/admin/stock/counts", book | {"note": "仓库进水"}).status_code == 303
    assert held(1, sku) == (0, 1500, 0)
    listed, own = keeper.get("/admin/stock?q=CP0515").text, keeper.get(f"/admin/stock/{sku}").text
    assert "2 箱" in listed and "有仓库缺 100 箱" in listed
    assert "可用 2 箱" in own and "已留的货比在库多 100 箱" in own


def test_movements_stand_in_the_order_of_time(site):
    sku = site.world.skus["CP0515"]
    for name, day in ("late", 1), ("early", 9), ("middle", 5):
        deed = Deed(name, at=clock.now() - timedelta(days=day), note=name)
        db.run(lambda s, a, g: stock.correct(s, g, {(1, sku): 1}), OPERATOR, deed)
    with db.read() as session:
        rows, _after = listing.movements(session, sku)
        mark = next(row for row in rows if row.movement.note == "late")
        older, _none = listing.movements(session, sku, None, mark.movement.id)
    moments = [row.movement.at for row in rows]
    assert moments == sorted(moments, reverse=True) and rows[-1].balance == rows[-1].movement.on_hand
    assert [(row.movement.id, row.balance) for row in older] == [
        (row.movement.id, row.balance) for row in rows[rows.index(mark) + 1 :]
    ]


def test_a_transfer_goes_and_arrives_and_what_is_short_is_said(site):
    house = open_house(site)
    keeper, sku = site.browser("warehouse"), site.world.skus["JG3025"]
    given = {
        "key": key_of(keeper.get("/admin/stock/transfers/new").text),
        "from_id": "1",
        "to_id": str(house),
        "goods": "JG3025 577",
        "bare": "base",
    }
    short = keeper.post("/admin/stock/transfers", given)
    assert short.status_code == 422 and "只有 96 箱" in short.text and "JG3025 577" in short.text
    assert keeper.post("/admin/stock/transfers", given | {"to_id": "1"}).status_code == 422
    assert held(1, sku) == (576, 0, 0) and one(StockTransfer) == []
    sent = keeper.post("/admin/stock/transfers", given | {"goods": "JG3025 10 箱"})
    assert sent.status_code == 303 and held(1, sku) == (516, 0, 0)
    (line,) = one(StockTransferLine)
    assert f'name="arrived_{line.id}"' in keeper.get(sent.location).text
    way = f"{sent.location}/arrival"
    assert keeper.post(way, {"version": "1", f"arrived_{line.id}": "61"}).status_code == 422
    assert keeper.post(way, {"version": "1", f"cases_{line.id}": "11"}).status_code == 422
    counted = {"version": "1", f"cases_{line.id}": "9", f"arrived_{line.id}": "5"}
    assert keeper.post(way, counted).status_code == 303
    assert keeper.post(way, {"version": "1"}).status_code == 422
    assert held(house, sku) == (59, 0, 0)
    assert "TF" in keeper.get("/admin/stock/transfers?state=arrived").text
    assert site.browser("rep").post(way, {"version": "2"}).status_code == 403


def test_quarantine_levels_and_movements_stand_on_the_products_page(site):
    keeper, sku = site.browser("warehouse"), site.world.skus["CP0515"]
    theirs = site.submit("stranger", CP0515=2)
    db.run(lambda s, a, g: stock.take_back(s, Deed("return-9"), g), OPERATOR, [(1, sku, 0, 12, "")])
    page = f"/admin/stock/{sku}"
    text = keeper.get(page).text
    assert site.order(theirs).number in text
    assert site.order(theirs).number not in site.browser("rep").get(page).text, "another's order has no name"
    given = {"key": key_of(text), "warehouse": "1", "quantity": "12", "verdict": "scrap", "reason": ""}
    assert keeper.post(f"{page}/quarantine", given).status_code == 422 and held(1, sku)[2] == 12
    assert keeper.post(f"{page}/quarantine", given | {"reason": "破损"}).status_code == 303
    assert keeper.post(f"{page}/quarantine", given | {"reason": "破损"}).status_code == 303
    assert held(1, sku)[2] == 0 and "破损" in keeper.get(page).text
    rule = {"warehouse": "1", "seen": "", "low_at": "20000"}
    assert keeper.post(f"{page}/level", rule).status_code == 303
    assert keeper.post(f"{page}/level", rule | {"low_at": "5"}).status_code == 422, "somebody was faster"
    assert "CP0515" in keeper.get("/admin/stock/low").text
    many = keeper.post(
        "/admin/stock/low-levels", {"warehouse": "1", "goods": "CP0515 0\nJG3025 9", "bare": "base"}
    )
    assert many.status_code == 303 and "CP0515" not in keeper.get("/admin/stock/low").text
    assert keeper.get("/admin/stock?house=1").status_code == 200


def test_waiting_orders_are_listed_by_age_and_get_what_is_free(site):
    db.run(lambda s, a, g: s.execute(update(Distributor).values(back_order_policy="partial")), OPERATOR, None)
    first, second = site.submit(DJ4815=10), site.submit("stranger", DJ4815=10)
    rep, keeper = site.browser("rep"), site.browser("warehouse")
    text = rep.get("/admin/stock/waiting").text
    assert site.order(first).number in text and site.order(second).number not in text
    sku = site.world.skus["DJ4815"]
    db.run(lambda s, a, g: stock.correct(s, Deed("found"), {(1, sku): 160}), OPERATOR, None)
    assert keeper.get("/admin/stock/waiting?free=yes&q=DJ48").status_code == 200
    assert rep.post("/admin/stock/waiting/allocations", {"order": str(second)}).status_code == 404
    assert held(1, sku) == (160, 0, 0)
    assert keeper.post("/admin/stock/waiting/allocations", {"all": "yes"}).status_code == 303
    with db.read() as session:
        kept = [list(allocation.of_order(session, order).values()) for order in (first, second)]
    assert kept == [[{1: 150}], [{1: 10}]], "the oldest first"
    assert keeper.get(f"/admin/orders/{first}").status_code == 200


def test_an_order_is_split_and_shipped_by_warehouse(site):
    house = open_house(site)
    order_id = site.submit(CP0515=10)
    (line,) = site.lines(order_id)
    db.run(lambda s, a, g: stock.correct(s, Deed("found"), {(house, line.sku_id): 40}), OPERATOR, None)
    keeper, page = site.browser("warehouse"), f"/admin/orders/{order_id}"
    shown = keeper.get(page).text
    assert f'name="share_{line.id}_1"' in shown and f'name="cases_{line.id}_1"' in shown
    assert f'<option value="{house}">华东仓</option>' in shown and '<option value="1">总仓' not in shown
    own = {"version": str(site.order(order_id).version), "to": "1", f"cases_{line.id}_1": "1"}
    assert keeper.post(f"{page}/goods", own).status_code == 422
    move = {"version": str(site.order(order_id).version), "to": str(house), f"share_{line.id}_1": "41"}
    assert keeper.post(f"{page}/goods", move).status_code == 422
    for typed in TORTURE[1:]:
        answer = keeper.post(f"{page}/goods", move | {f"share_{line.id}_1": typed})
        assert answer.status_code == 422, typed
    assert (
        keeper.post(
            f"{page}/goods", move | {f"cases_{line.id}_1": "2", f"share_{line.id}_1": "10"}
        ).status_code
        == 303
    )
    assert "华东仓" in keeper.get(page).text
    parcel = {
        "version": str(site.order(order_id).version),
        "carrier": "顺丰",
        "warehouse": str(house),
        f"quantity_{line.id}": "40",
    }
    assert keeper.post(f"{page}/shipments", parcel | {f"quantity_{line.id}": "41"}).status_code == 422
    assert keeper.post(f"{page}/shipments", parcel).status_code == 303
    assert held(house, line.sku_id) == (0, 0, 0) and held(1, line.sku_id) == (15000, 110, 0)
    again = {"version": str(site.order(order_id).version)}
    assert keeper.post(f"{page}/allocation", again).status_code == 303


@pytest.fixture
def site(templates: Templates, tmp_path):
    yield from open_site(templates.copy_sqlite(build_template, tmp_path / "stock.db"))
