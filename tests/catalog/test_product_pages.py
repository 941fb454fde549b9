"""The brand's product pages over HTTP: filled in, refused, edited by two, found, changed together."""

import re
from typing import Any

from sqlalchemy import event, func, select

from tests.admin.site import Site, field_error
from tests.catalog.test_pictures import drawn, send
from trade import db
from trade.catalog.models import Category, Sku, SkuPack
from web.store import store

MOST = 12
FIELDS = {
    "code": "GX-01",
    "name": "云岫 桂花乌龙 500ml",
    "base_unit": "瓶",
    "order_unit": "箱",
    "order_factor": "15",
    "moq": "2",
    "multiple": "2",
    "tax_rate": "0.13",
    "safety_stock": "30",
    "is_sellable": "yes",
    "pack_unit_0": "托",
    "pack_factor_0": "900",
    "pack_barcode_0": "16901234567899",
    "barcode": "６９０１２３４５６７８９２",
}


def fields(**more: str) -> dict[str, Any]:
    with db.read() as session:
        tea = session.scalars(select(Category.id).where(Category.code == "tea")).one()
    return FIELDS | {"category": str(tea)} | more


def sku(code: str) -> Sku:
    with db.read() as session:
        return session.scalars(select(Sku).where(Sku.code == code)).one()


def rows(model: Any) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(model.id))) or 0


def test_a_product_is_made_copied_edited_and_found_on_both_faces(site: Site):
    browser = site.browser("marketing")
    made = browser.post("/admin/products", fields(name="云岫 桂花乌龙 <script>alert(1)</script> 🍵"))
    assert made.status_code == 303
    known = sku("GX-01")
    assert (known.order_unit, known.base_unit, known.barcode) == ("case", "bottle", "6901234567892")
    page = browser.get(made.headers["Location"]).text
    assert "<script>alert" not in page and "托" in page and 'value="箱"' in page
    for word in ("16901234567899", "6901234567892"):
        assert "桂花乌龙" in browser.get(f"/admin/catalog?q={word}").text
        assert "桂花乌龙" in site.browser("buyer").get(f"/portal/catalog?q={word}").text
    copy = browser.get(f"/admin/products/new?copy={known.id}").text
    assert "桂花乌龙" in copy and "6901234567892" not in copy and "GX-01" not in copy
    assert "No price" not in page and "没有价格" in browser.get("/admin/catalog?lacks=price").text
    assert browser.get("/admin/products/new?copy=99999").status_code == 404


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(site: Site):
    browser, before = site.browser("marketing"), (rows(Sku), rows(SkuPack))
    wrong = {
        "code": ("", "CP0515", "x" * 61, "a\x00b", "\u202eevil"),
        "order_factor": ("0", "-1", "1e5", "1_000", "NaN", "٣", "99999999999", ""),
        "tax_rate": ("", "0.99", "abc"),
        "barcode": ("6901234567890", "12345", "<script>"),
        "category": ("", "99999"),
        "sale_from": ("2026-02-30", "yesterday"),
        "floor_price": ("-5", "1e3", "0"),
        "pack_factor_0": ("", "0", "x"),
    }
    for name, values in wrong.items():
        for value in values:
            answer = browser.post("/admin/products", fields(**{name: value}))
            assert answer.status_code == 422 and field_error(answer, name), (name, value)
    assert browser.post("/admin/products", {}).status_code == 422
    assert (rows(Sku), rows(SkuPack)) == before
    assert site.browser("rep").post("/admin/products", fields()).status_code == 403


def test_two_people_edit_one_product(site: Site):
    first, second = site.browser("marketing"), site.browser("administrator")
    first.post("/admin/products", fields())
    known = sku("GX-01")
    address = f"/admin/products/{known.id}"
    assert first.post(address, fields(version="1", brand="云岫", size="500ml")).status_code == 303
    answer = second.post(address, fields(version="1", brand="山岫", size="500ml"))
    assert answer.status_code == 422 and "山岫" in answer.text and "对方改为" in answer.text
    assert sku("GX-01").brand == "云岫"
    version = re.findall(r'name="version" value="(\d+)"', answer.text)[0]
    assert version == "2"
    assert second.post(address, fields(version=version, brand="山岫", size="500ml")).status_code == 303
    assert sku("GX-01").brand == "山岫" and sku("GX-01").version == 3


def test_floor_prices_are_not_shown_to_who_may_not_see_them(site: Site):
    browser = site.browser("marketing")
    browser.post("/admin/products", fields(floor_price="37.77"))
    address = f"/admin/products/{sku('GX-01').id}"
    assert "37.77" in browser.get(address).text
    assert "37.77" not in site.browser("rep").get(address).text
    assert "37.77" not in site.browser("warehouse").get(address).text
    assert site.browser("buyer").get(address).status_code == 403


def test_many_are_changed_together_after_a_look(site: Site):
    browser = site.browser("marketing")
    picks = [f"{sku(code).id}-1" for code in ("CP0515", "QP3324")]
    asked = {"pick": picks, "set_multiple": "yes", "multiple": "2"}
    assert browser.post("/admin/catalog/changes", {"pick": picks}).status_code == 200
    shown = browser.post("/admin/catalog/changes", asked | {"step": "preview"})
    assert shown.status_code == 200 and "起订量须是" in shown.text and sku("CP0515").multiple == 1
    assert browser.post("/admin/catalog/changes", asked | {"step": "write"}).status_code == 422
    assert sku("CP0515").multiple == 1 and sku("QP3324").multiple == 5
    both = asked | {"set_moq": "yes", "moq": "4", "step": "write"}
    assert browser.post("/admin/catalog/changes", both).status_code == 303
    assert (sku("CP0515").moq, sku("QP3324").multiple, sku("QP3324").version) == (4, 2, 2)
    assert browser.post("/admin/catalog/changes", both).status_code == 422  # stale
    for bad in (
        {"pick": [each.replace("-1", "-2") for each in picks], "set_multiple": "yes", "step": "write"},
        {"step": "preview"},
        asked | {"multiple": "", "step": "write"},
        {"pick": picks, "step": "write"},
    ):
        assert browser.post("/admin/catalog/changes", bad).status_code == 422
    sheet = browser.post("/admin/catalog/export")
    assert sheet.status_code == 200 and sheet.data[:2] == b"PK"


def test_categories_and_families_have_their_pages(site: Site):
    browser = site.browser("marketing")
    assert browser.post("/admin/categories", {"code": "new", "name": "新品"}).status_code == 303
    assert browser.post("/admin/categories", {"code": "new", "name": "又一"}).status_code == 422
    with db.read() as session:
        known = {each.code: each for each in session.scalars(select(Category))}
    tea, new = known["tea"], known["new"]
    moved = {"code": "tea", "name": "茶", "parent": str(new.id), "version": str(tea.version)}
    assert browser.post(f"/admin/categories/{tea.id}", moved).status_code == 303
    stale = browser.post(f"/admin/categories/{tea.id}", moved | {"name": "茶饮", "version": str(tea.version)})
    assert stale.status_code == 422 and "茶饮" in stale.text
    gone = {"version": str(tea.version + 1)}
    assert browser.post(f"/admin/categories/{tea.id}/removal", gone).status_code == 422
    assert browser.post(f"/admin/categories/{new.id}/order", {"by": "up"}).status_code == 303
    assert browser.post("/admin/families", {"code": "F1", "name": "冷泡"}).status_code == 303
    assert "冷泡" in browser.get("/admin/families?q=冷").text
    assert (
        browser.post("/admin/families/1", {"code": "", "name": "x" * 200, "version": "1"}).status_code == 422
    )
    assert browser.post("/admin/families/1/removal", {"version": "1"}).status_code == 303
    assert browser.post("/admin/families/99/removal", {"version": "1"}).status_code == 404
    assert site.browser("rep").post("/admin/families", {"code": "F2", "name": "x"}).status_code == 403


def test_a_product_that_is_referred_to_is_archived_after_a_question_and_comes_back_as_it_was(site: Site):
    browser = site.browser("marketing")
    sku_id = site.world.skus["CP0515"]
    page = browser.get(f"/admin/products/{sku_id}").text
    assert "确认归档此商品" in page and "以上引用" in page and "<details" in page

    def now() -> Sku:
        with db.read() as session:
            return session.get_one(Sku, sku_id)

    def off_sale(session: Any, _actor: Any, given: int) -> None:
        session.get_one(Sku, given).is_sellable = False

    for was in (True, False):
        if not was:
            db.run(off_sale, site.actors["marketing"], sku_id)
        seen = {"version": str(now().version)}
        assert browser.post(f"/admin/products/{sku_id}/removal", seen).status_code == 303
        assert now().archived_at is not None and not now().is_sellable
        seen = {"version": str(now().version)}
        assert browser.post(f"/admin/products/{sku_id}/restoration", seen).status_code == 303
        assert now().archived_at is None and now().is_sellable is was


def test_pages_stay_within_their_budget_with_pictures(site: Site):
    browser, buyer = site.browser("marketing"), site.browser("buyer")
    costs: dict[str, list[int]] = {}
    for _round in range(2):
        for who, path in (
            (buyer, "/portal/catalog"),
            (buyer, f"/portal/catalog/{site.world.skus['CP0515']}"),
            (browser, "/admin/catalog"),
            (browser, "/admin/catalog?lacks=price&sees=D1"),
            (browser, f"/admin/products/{site.world.skus['CP0515']}"),
            (browser, "/admin/products/new"),
            (browser, "/admin/categories"),
            (browser, "/admin/families"),
        ):
            costs.setdefault(path, []).append(_cost(site, who, path))
        for code in ("CP0515", "SQ5524", "QP3324"):
            send(browser, site.world.skus[code], ("a.png", drawn("PNG")), ("b.png", drawn("PNG")))
    assert max(max(each) for each in costs.values()) <= MOST, str(costs)
    assert all(before == after for before, after in costs.values()), costs


def _cost(site: Site, who: Any, path: str) -> int:
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with site.app.app_context():
        engine = store.engine
    event.listen(engine, "before_cursor_execute", note)
    assert who.get(path).status_code == 200, path
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
