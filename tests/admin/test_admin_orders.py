"""The order list and document: filters, scope, shipping in parts, cancelling the rest, files."""

import io
import shutil

from PIL import Image

from tests.admin.site import PARTIAL, field_error
from trade import clock
from trade.orders.parts import open_quantity


def parcel(site, order_id: int, **quantities: str) -> dict[str, str]:
    """The form of one parcel; quantities by SKU code, nothing for the others."""
    given = {
        "version": str(site.order(order_id).version),
        "carrier": "顺丰",
        "tracking_number": "SF1234567890",
    }
    for line in site.lines(order_id):
        given[f"quantity_{line.id}"] = quantities.get(line.sku_code or "", "")
        given[f"lot_{line.id}"] = "L1"
        given[f"expires_{line.id}"] = "2027-11-21"
    return given


def test_the_list_filters_by_what_the_address_says(site):
    approved = site.order(site.approved())
    waiting = site.order(site.pending("owner", CP0515=30))
    far = site.order(site.submit("stranger", SQ5524=10))
    finance = site.browser("finance")
    today = clock.today().isoformat()
    cases = {
        "": {approved, waiting, far},
        "?state=approved": {approved},
        "?state=pending": {waiting, far},
        "?fulfilment=open&state=approved": {approved},
        f"?distributor={approved.distributor_id}": {approved, waiting},
        f"?rep={site.world.people['other-rep']}": {far},
        "?q=榕江": {far},
        f"?q=榕江 sq55 {(far.number or '')[-4:]}": {far},
        f"?q={waiting.number}": {waiting},
        f"?since={today}&until={today}": {approved, waiting, far},
        "?until=2020-01-01": set(),
        "?state=nonsense": {approved, waiting, far},
        "?rep=x&since=yesterday&after=-1&q=%00": {approved, waiting, far},
    }
    for query, expected in cases.items():
        text = finance.get(f"/admin/orders{query}").text
        shown = {order for order in (approved, waiting, far) if f'/admin/orders/{order.id}"' in text}
        assert shown == expected, query
    assert f"¥{approved.gross + waiting.gross + far.gross:,.2f}" in finance.get("/admin/orders").text


def test_a_rep_sees_their_own_a_manager_the_teams(site):
    mine, theirs = site.approved(), site.submit("stranger", CP0515=3)
    for who, own, other in (("rep", mine, theirs), ("manager", mine, theirs), ("other-rep", theirs, mine)):
        browser = site.browser(who)
        assert browser.get(f"/admin/orders/{own}").status_code == 200
        text = browser.get("/admin/orders").text
        assert site.order(own).number in text and site.order(other).number not in text
        for path in ("", "/approval", "/attachments/1"):
            assert browser.get(f"/admin/orders/{other}{path}").status_code == 404
        before = site.everything()
        for path in ("cancellation", "decision", "attachments"):
            assert browser.post(
                f"/admin/orders/{other}/{path}", {"version": "2", "reason": "x"}
            ).status_code in {
                404,
                422,
            }
        assert site.everything() == before
    assert site.browser("buyer").get("/admin/orders").status_code == 403
    assert site.app.test_client().get(f"/admin/orders/{mine}").status_code == 401


def test_shipping_in_two_parts(site):
    order_id = site.approved(CP0515=10, SQ5524=20)
    warehouse = site.browser("warehouse")
    page = warehouse.get(f"/admin/orders/{order_id}").text
    first, _ = site.lines(order_id)
    assert f'name="quantity_{first.id}"' in page and 'value="10"' in page
    assert "1 箱 = 15 瓶；待发 10 箱 = 150 瓶" in page and "散 瓶" in page
    answer = warehouse.post(f"/admin/orders/{order_id}/shipments", parcel(site, order_id, CP0515="１００"))
    assert answer.status_code == 303
    assert [line.shipped for line in site.lines(order_id)] == [100, 0]
    page = warehouse.get(f"/admin/orders/{order_id}").text
    assert "批号 L1" in page and "SF1234567890" in page and "部分发货" in page
    rest = parcel(site, order_id, CP0515="50", SQ5524="480")
    answer = warehouse.post(f"/admin/orders/{order_id}/shipments", rest, headers=PARTIAL)
    assert answer.headers["HX-Redirect"] == f"/admin/orders/{order_id}"
    assert site.order(order_id).fulfilment == "complete"
    assert not any(open_quantity(line) for line in site.lines(order_id))
    assert f'/admin/orders/{order_id}/shipments"' not in warehouse.get(f"/admin/orders/{order_id}").text


NONSENSE = ("151", "1e5", "NaN", "-1", "−1", "1_000", "1.5", "9" * 50, "10,000", "a" * 10_000, "1\0")


def test_a_parcel_of_nonsense_ships_nothing_and_keeps_what_was_typed(site):
    order_id = site.approved(CP0515=10)
    before = site.everything()
    warehouse, line = site.browser("warehouse"), site.lines(order_id)[0]
    for quantity in NONSENSE:
        given = parcel(site, order_id, CP0515=quantity)
        answer = warehouse.post(f"/admin/orders/{order_id}/shipments", given)
        assert answer.status_code == 422 and field_error(answer, f"quantity_{line.id}"), quantity
        assert 'value="SF1234567890"' in answer.text and 'value="L1"' in answer.text
    assert site.everything() == before


def test_a_parcel_needs_goods_a_carrier_and_the_version_that_was_seen(site):
    order_id = site.approved(CP0515=10)
    before = site.everything()
    warehouse = site.browser("warehouse")
    address = f"/admin/orders/{order_id}/shipments"
    good = parcel(site, order_id, CP0515="10")
    line = site.lines(order_id)[0]
    for change, words in (
        ({f"quantity_{line.id}": ""}, "请填写"),
        ({"carrier": ""}, "请填写"),
        ({"version": str(site.order(order_id).version - 1)}, "改过"),
        ({f"quantity_{line.id}": ["5", "6"]}, "只填一个"),
        ({f"expires_{line.id}": "2027-13-01"}, "2026-11-21"),
    ):
        answer = warehouse.post(address, good | change)
        assert answer.status_code == 422, change
        assert words in answer.text or "请" in answer.text, change
    assert site.everything() == before
    for who, status in (("rep", 403), ("finance", 403), ("administrator", 303)):
        assert site.browser(who).post(address, good).status_code == status


def test_cases_and_loose_units_add_up(site):
    order_id = site.approved(CP0515=13)
    warehouse, line = site.browser("warehouse"), site.lines(order_id)[0]
    address = f"/admin/orders/{order_id}/shipments"
    given = parcel(site, order_id, CP0515="7") | {f"cases_{line.id}": "5"}
    assert warehouse.post(address, given).status_code == 303
    assert site.lines(order_id)[0].shipped == 5 * 15 + 7
    page = warehouse.get(f"/admin/orders/{order_id}").text
    assert "待发 7 箱 8 瓶 = 113 瓶" in page and "5 箱 7 瓶" in page
    before = site.everything()
    answer = warehouse.post(address, parcel(site, order_id) | {f"cases_{line.id}": "8"})
    assert answer.status_code == 422 and field_error(answer, f"cases_{line.id}")
    assert site.everything() == before


def test_a_unit_that_holds_nothing_else_has_one_field(site):
    order_id = site.approved(VIP001=3)
    line = site.lines(order_id)[0]
    page = site.browser("warehouse").get(f"/admin/orders/{order_id}").text
    assert f'name="quantity_{line.id}"' in page and f'name="cases_{line.id}"' not in page
    assert "数量，盒" in page and 'value="3"' in page


def test_goods_past_their_date_stay_and_a_van_needs_no_number(site):
    order_id = site.approved(CP0515=10)
    warehouse, line = site.browser("warehouse"), site.lines(order_id)[0]
    address = f"/admin/orders/{order_id}/shipments"
    assert "自送可不填" in warehouse.get(f"/admin/orders/{order_id}").text
    before = site.everything()
    given = parcel(site, order_id, CP0515="150") | {"tracking_number": "", "carrier": "自送"}
    answer = warehouse.post(address, given | {f"expires_{line.id}": "2020-01-31"})
    assert answer.status_code == 422 and field_error(answer, f"expires_{line.id}")
    assert 'value="2020-01-31"' in answer.text and 'value="L1"' in answer.text
    assert site.everything() == before
    assert warehouse.post(address, given).status_code == 303
    assert site.lines(order_id)[0].shipped == 150


def test_a_parcel_holds_two_lots_of_one_product(site):
    order_id = site.approved(CP0515=10)
    warehouse, line = site.browser("warehouse"), site.lines(order_id)[0]
    address = f"/admin/orders/{order_id}/shipments"
    assert "＋ 再加一个批号" in warehouse.get(f"/admin/orders/{order_id}").text
    given = parcel(site, order_id, CP0515="100") | {
        f"more_cases_{line.id}": "3",
        f"more_quantity_{line.id}": "5",
        f"more_lot_{line.id}": "L1",
        f"more_expires_{line.id}": "2027-12-31",
    }
    before = site.everything()
    answer = warehouse.post(address, given)
    assert answer.status_code == 422 and field_error(answer, f"more_lot_{line.id}")
    assert site.everything() == before
    assert warehouse.post(address, given | {f"more_lot_{line.id}": "L2"}).status_code == 303
    assert site.lines(order_id)[0].shipped == 150
    page = warehouse.get(f"/admin/orders/{order_id}").text
    assert "批号 L1" in page and "批号 L2" in page and "至 2027-12-31" in page


def test_cancelling_the_rest_gives_credit_and_goods_back(site):
    order_id = site.approved(CP0515=10, SQ5524=20)
    warehouse, rep = site.browser("warehouse"), site.browser("rep")
    warehouse.post(f"/admin/orders/{order_id}/shipments", parcel(site, order_id, CP0515="100"))
    address = f"/admin/orders/{order_id}/cancellation"
    version = str(site.order(order_id).version)
    before = site.everything()
    for given in ({"version": version, "reason": " "}, {"version": "1", "reason": "卖完了"}):
        answer = rep.post(address, given)
        assert answer.status_code == 422
    assert warehouse.post(address, {"version": version, "reason": "x"}).status_code == 403
    assert site.everything() == before
    assert rep.post(address, {"version": version, "reason": "卖完了"}).status_code == 303
    assert [line.cancelled for line in site.lines(order_id)] == [50, 480]
    assert site.order(order_id).fulfilment == "complete"
    page = rep.get(f"/admin/orders/{order_id}").text
    assert "卖完了" in page and 'name="reason"' not in page
    gone = sum(line.cancelled_gross for line in site.lines(order_id))
    gross = site.order(order_id).gross
    assert gone and f"−¥{gone:,.2f}" in page and "部分取消" in page
    assert f'<dd class="total">¥{gross - gone:,.2f}</dd>' in page
    other = site.order(site.submit("owner", CP0515=10)).gross
    listed = rep.get("/admin/orders").text
    assert f"¥{gross - gone:,.2f}" in listed and "部分取消" in listed
    assert f">¥{gross - gone + other:,.2f}</span></td>" in listed
    assert f"¥{gross - gone:,.2f}" in rep.get("/admin/distributors/1").text
    assert (
        rep.post(address, {"version": str(site.order(order_id).version), "reason": "再来"}).status_code == 422
    )


def test_costs_and_phones_reach_only_who_may_see_them(site):
    order_id = site.approved(CP0515=10)
    rep, finance = site.browser("rep"), site.browser("finance")
    assert "13800000000" in rep.get(f"/admin/orders/{order_id}").text
    page = finance.get(f"/admin/orders/{order_id}").text
    assert "138****0000" in page and "13800000000" not in page
    assert "13800000000" not in finance.get("/admin/distributors/1").text
    assert "成本" not in rep.get(f"/admin/orders/{order_id}").text
    assert "成本" in site.browser("administrator").get(f"/admin/orders/{order_id}").text


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG")
    return made.getvalue()


def test_files_are_kept_shown_and_refused(site, tmp_path, monkeypatch):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    order_id = site.approved(CP0515=10)
    rep = site.browser("rep")
    address = f"/admin/orders/{order_id}/attachments"
    before = site.everything()
    for given in ({}, {"file": (io.BytesIO(b""), "leer.png")}, {"file": (io.BytesIO(b"<script>"), "a.png")}):
        answer = rep.post(address, given, content_type="multipart/form-data")
        assert answer.status_code == 422 and field_error(answer, f"order-{order_id}-file")
    assert site.everything() == before
    sent = {"file": (io.BytesIO(picture()), "../门头 照片.PNG")}
    assert rep.post(address, sent, content_type="multipart/form-data").status_code == 303
    assert "门头 照片.png" in rep.get(f"/admin/orders/{order_id}").text
    answer = rep.get(f"{address}/1")
    assert answer.content_type == "image/png" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert rep.get(f"{address}/2").status_code == 404
    shutil.rmtree(tmp_path / "uploads")
    lost = rep.get(f"{address}/1")
    assert lost.status_code == 410 and "可以从备份找回" in lost.text
    assert site.browser("other-rep").get(f"{address}/1").status_code == 404
