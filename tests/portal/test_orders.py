"""An order is followed, taken back, corrected and signed for by those whose it is, and by nobody else."""

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from sqlalchemy import select

from tests.flows.cast import Cast
from tests.portal.visitor import Visitor, change_setting, hidden, ids, look, open_portal, plain
from tests.world import standing
from trade import db
from trade.attachments.models import Attachment
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.orders.models import Order, OrderEvent, OrderLine


@pytest.fixture
def portal(database_url: str, tmp_path, monkeypatch) -> Iterator[object]:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    yield open_portal(database_url)


@pytest.fixture
def cast(portal) -> Cast:
    return Cast()


@pytest.fixture
def buyer(portal) -> Visitor:
    return Visitor(portal, "buyer")


def order(order_id: int) -> Order:
    return look(lambda session: session.scalars(select(Order).where(Order.id == order_id)).one())


def lines(order_id: int) -> list[OrderLine]:
    wanted = select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.line_no)
    return look(lambda session: list(session.scalars(wanted)))


def placed(cast: Cast, **quantities: int) -> int:
    order_id = cast.fill(**quantities)
    cast.submit(order_id)
    return order_id


def shipped(cast: Cast, order_id: int, *quantities: int) -> int:
    """Send a parcel with so many base units of each line; answers the shipment."""
    packed = [
        Packed(line.id, number) for line, number in zip(lines(order_id), quantities, strict=True) if number
    ]
    parcel = Dispatch(order_id, order(order_id).version, "顺丰速运", "SF 8830", packed)
    return db.run(ship_order, cast["warehouse"], parcel)


def story(order_id: int) -> tuple[object, ...]:
    """What a refusal must leave as it was."""
    known = order(order_id)
    events = look(lambda session: len(session.scalars(select(OrderEvent.id)).all()))
    parcels = look(lambda session: [(each.state, each.version) for each in session.scalars(select(Shipment))])
    amounts = [(line.quantity, line.shipped, line.received) for line in lines(order_id)]
    return known.version, known.approval_state, known.receipt, events, parcels, amounts, look(standing)


def test_the_empty_list_says_what_to_do(buyer):
    assert "还没有订单" in buyer.page("/portal/orders") and "没有进行中的订单" in buyer.page("/portal")


def test_the_list_answers_first_filters_and_searches(cast, buyer):
    change_setting("order.approve_above", "500.00")
    small, large = placed(cast, CP0515=1), placed(cast, CP0515=40)
    text = buyer.page("/portal/orders")
    assert "待发货" in text and "待审批" in text
    held = buyer.page("/portal/orders?state=pending")
    assert order(large).number in held and order(small).number not in held
    found = buyer.page(f"/portal/orders?q={order(small).number}")
    assert order(small).number in found and order(large).number not in found
    assert "没有找到订单" in buyer.page("/portal/orders?q=SO99")
    for nonsense in ("state=x", "after=abc", "after=99999999999", "q=%00%25"):
        assert buyer.get(f"/portal/orders?{nonsense}").status_code == 200
    block = buyer.get("/portal/orders", partial=True).text
    assert plain(block) in plain(text)


def test_two_parcels_one_received_one_on_the_way(cast, buyer):
    order_id = placed(cast, CP0515=47, SQ5524=20)
    first = shipped(cast, order_id, 705, 0)
    shipped(cast, order_id, 0, 240)
    for word, is_found in {"sf 8830": True, "8830": True, "sq55": True, "DJ48": False, "8831": False}.items():
        assert (order(order_id).number in buyer.page(f"/portal/orders?q={word}")) is is_found, word
    page = f"/portal/orders/{order_id}"
    text = buyer.page(page)
    assert "2 个包裹在路上" in text and "顺丰速运" in text and "SF 8830" in text and "1,988.10" in text
    answer = buyer.post(f"{page}/shipments/{first}/receipt", version=str(order(order_id).version))
    assert answer.status_code == 303
    text = buyer.page(page)
    assert "2 个包裹，1 个已签收，1 个在路上" in text and all(
        f">{count} 箱<" in text for count in (20, 10, 0)
    )
    assert "2 个包裹，1 个已签收，1 个在路上" in buyer.page("/portal")
    assert order(order_id).receipt == "partial"
    again = buyer.post(f"{page}/shipments/{first}/receipt", version=str(order(order_id).version))
    assert again.status_code == 422 and "已经确认过收货" in again.text


def test_a_short_parcel_is_received_with_what_arrived(cast, buyer):
    order_id = placed(cast, CP0515=10)
    shipment = shipped(cast, order_id, 150)
    packed = look(lambda session: session.scalars(select(ShipmentLine)).one())
    url = f"/portal/orders/{order_id}/shipments/{shipment}/receipt"
    before = story(order_id)
    for typed in ("151", "-1", "1e2", "NaN", "1.5", "", "9" * 30):
        form = {"version": str(order(order_id).version), f"line-{packed.id}": typed}
        answer = buyer.post(url, **form)
        assert answer.status_code == 422 and f"line-{packed.id}-error" in answer.text, typed
        assert f'value="{typed}"' in answer.text
    assert story(order_id) == before
    fragment = buyer.post(
        url, partial=True, **{"version": str(order(order_id).version), f"line-{packed.id}": "148"}
    )
    assert fragment.status_code == 200 and "短少 2" in fragment.text and "<html" not in fragment.text
    assert lines(order_id)[0].received == 148 and "9 箱 13 瓶" in buyer.page(f"/portal/orders/{order_id}")


def test_a_parcel_is_counted_in_the_units_of_the_order(cast, buyer):
    order_id = placed(cast, CP0515=10)
    shipment = shipped(cast, order_id, 150)
    packed = look(lambda session: session.scalars(select(ShipmentLine)).one())
    text = buyer.page(f"/portal/orders/{order_id}")
    whole, loose = f"line-{packed.id}-whole", f"line-{packed.id}"
    assert (
        f'name="{whole}" value="10"' in text and f'name="{loose}" value="0"' in text and "每箱 15 瓶" in text
    )
    url, before = f"/portal/orders/{order_id}/shipments/{shipment}/receipt", story(order_id)
    for cases, bottles in (("11", "0"), ("10", "1"), ("1.5", ""), ("", "")):
        form = {"version": str(order(order_id).version), whole: cases, loose: bottles}
        answer = buyer.post(url, **form)
        assert answer.status_code == 422 and "10 箱" in answer.text and f'value="{cases}"' in answer.text
    assert story(order_id) == before
    signed(buyer, order_id, shipment, **{whole: "9", loose: ""})
    assert lines(order_id)[0].received == 135


def signed(buyer: Visitor, order_id: int, shipment: int, **arrived: str) -> str:
    """Sign for a parcel; answers the order's page."""
    form = {"version": str(order(order_id).version), **arrived}
    url = f"/portal/orders/{order_id}"
    assert buyer.post(f"{url}/shipments/{shipment}/receipt", **form).status_code == 303
    return buyer.page(url)


def cut(cast: Cast, order_id: int) -> None:
    db.run(cancel_rest, cast["rep"], Cancellation(order_id, order(order_id).version, "停产"))


def head(text: str) -> str:
    return text.split('class="hero"')[1].split("</section>")[0]


@pytest.mark.parametrize("is_signed_first", [True, False])
def test_what_was_cancelled_is_not_waited_for(cast, buyer, is_signed_first):
    order_id = placed(cast, CP0515=10)
    shipment = shipped(cast, order_id, 75)
    if is_signed_first:
        signed(buyer, order_id, shipment)
        cut(cast, order_id)
        text = buyer.page(f"/portal/orders/{order_id}")
    else:
        cut(cast, order_id)
        assert "1 个包裹在路上，其余已取消" in buyer.page("/portal")
        text = signed(buyer, order_id, shipment)
    assert "1 个包裹，全部签收，其余已取消" in head(text) and "运输中" not in head(text)
    assert "其余待发" not in text and "已签收" in head(text)
    assert "1 个包裹，全部签收，其余已取消" in buyer.page("/portal/orders")
    assert "没有进行中的订单" in buyer.page("/portal")


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_short_receipt_with_nothing_to_come_is_over(cast, buyer, is_cut):
    order_id = placed(cast, CP0515=10)
    shipment = shipped(cast, order_id, 75 if is_cut else 150)
    if is_cut:
        cut(cast, order_id)
    packed = look(lambda session: session.scalars(select(ShipmentLine)).one())
    text = signed(buyer, order_id, shipment, **{f"line-{packed.id}": str(packed.quantity - 1)})
    words = "已签收，少 1 瓶" + ("，其余已取消" if is_cut else "")
    assert words in head(text) and "运输中" not in head(text) and "待发" not in head(text)
    assert words in buyer.page("/portal/orders") and "没有进行中的订单" in buyer.page("/portal")


def test_the_list_asks_what_is_to_be_shipped_received_or_done(cast, buyer):
    waiting, partly, moving, short = (placed(cast, CP0515=10) for _each in range(4))
    shipped(cast, partly, 75)
    shipped(cast, moving, 150)
    signed(buyer, short, shipped(cast, short, 150))

    def shown(state: str) -> set[int]:
        text = buyer.page(f"/portal/orders?state={state}")
        assert 'aria-current="true"' in text
        return {each for each in (waiting, partly, moving, short) if f'/orders/{each}"' in text}

    assert shown("to_ship") == {waiting, partly} and shown("to_receive") == {partly, moving}
    assert shown("done") == {short} and shown("approved") == {waiting, partly, moving, short}


def test_a_stale_page_receives_nothing(cast, buyer):
    order_id = placed(cast, CP0515=10)
    shipment = shipped(cast, order_id, 75)
    stale = str(order(order_id).version)
    shipped(cast, order_id, 75)
    before = story(order_id)
    url = f"/portal/orders/{order_id}/shipments/{shipment}/receipt"
    assert buyer.post(url, version=stale).status_code == 422
    assert buyer.post(url).status_code == 422
    assert story(order_id) == before


def test_another_orders_parcel_does_not_exist(cast, buyer):
    one, two = placed(cast, CP0515=10), placed(cast, CP0515=10)
    shipment = shipped(cast, one, 150)
    url = f"/portal/orders/{two}/shipments/{shipment}/receipt"
    assert buyer.post(url, version=str(order(two).version)).status_code == 404
    assert order(one).receipt == "open"


def test_taken_back_corrected_and_submitted_again(cast, buyer):
    change_setting("order.approve_above", "100.00")
    order_id = placed(cast, CP0515=10)
    page = f"/portal/orders/{order_id}"
    version = str(order(order_id).version)
    assert buyer.get(f"{page}/revision").status_code == 404
    assert buyer.post(f"{page}/withdrawal", version=str(int(version) - 1)).status_code == 422
    assert buyer.post(f"{page}/withdrawal", version=version).status_code == 303
    assert order(order_id).approval_state == "returned" and look(standing)[0] == 0
    assert "修改后再提交" in buyer.page(page)
    sku_id = ids().skus["CP0515"]
    changed = buyer.post(f"{page}/revision/lines/{sku_id}", partial=True, quantity="10", more="1")
    assert changed.status_code == 200 and lines(order_id)[0].quantity == 11
    change_setting("order.approve_above", "200000.00")
    text = buyer.page(f"{page}/revision")
    form = {name: hidden(text, name) for name in ("version", "order", "seen_gross")}
    number = order(order_id).number
    answer = buyer.post(f"{page}/revision/submission", **form, remark="改好了")
    assert answer.status_code == 303 and answer.location == page
    assert (order(order_id).approval_state, order(order_id).number) == ("approved", number)
    assert order(order_id).remark == "改好了" and "自动通过" in buyer.page(page)


def test_a_returned_order_shows_why_who_and_when(cast, buyer):
    change_setting("order.approve_above", "100.00")
    order_id = placed(cast, CP0515=10)
    cast.decide(order_id, "return", comment="请改到 8 箱")
    for page in f"/portal/orders/{order_id}", f"/portal/orders/{order_id}/revision":
        told = buyer.page(page).split('id="came-back"')[1].split("</section>")[0]
        assert "已退回：请改到 8 箱" in told and " · " in told and "系统" not in told, page
    assert "已退回给您" in buyer.page("/portal")


def test_an_order_taken_back_says_so_and_can_be_given_up(cast, buyer):
    change_setting("order.approve_above", "100.00")
    order_id = placed(cast, CP0515=10)
    page = f"/portal/orders/{order_id}"
    assert "不要这一单了" not in buyer.page(page)
    buyer.post(f"{page}/withdrawal", version=str(order(order_id).version))
    for each in page, f"{page}/revision", "/portal", "/portal/orders":
        text = buyer.page(each)
        assert "您已撤回" in text and "已退回给您" not in text, each
    version = order(order_id).version
    before = story(order_id)
    assert buyer.post(f"{page}/cancellation", version=str(version - 1)).status_code == 422
    assert story(order_id) == before and "不要这一单了" in buyer.page(page)
    assert buyer.post(f"{page}/cancellation", version=str(version)).status_code == 303
    assert order(order_id).approval_state == "cancelled"
    assert "没有进行中的订单" in buyer.page("/portal") and "已放弃" in buyer.page(page)


def test_the_same_again_fills_the_cart_at_todays_prices(cast, buyer):
    order_id = placed(cast, CP0515=10, JG3025=2)
    page = buyer.page(f"/portal/orders/{order_id}/reorder")
    ticked = {
        f"{name}-{line.sku_id}": value
        for line in lines(order_id)
        for name, value in (("take", "1"), ("quantity", str(line.quantity)))
    }
    once = hidden(page, "once")
    answer = buyer.post(f"/portal/orders/{order_id}/reorder", once=once, mode="add", **ticked)
    assert answer.status_code == 303 and answer.location == "/portal/cart"
    text = buyer.page("/portal/cart")
    assert "¥588.00" in text and "2 种商品已加入购物车" in text


def test_why_a_line_cost_what_it_cost_is_frozen(cast, buyer):
    order_id = placed(cast, CP0515=47)
    line_id = lines(order_id)[0].id
    text = buyer.page(f"/portal/orders/{order_id}/lines/{line_id}/price")
    assert "金牌经销商价目表" in text and "满 10 箱" in text and "¥1,988.10" in text
    assert buyer.get(f"/portal/orders/{order_id}/lines/{line_id + 99}/price").status_code == 404


def test_a_stranger_finds_none_of_it_and_changes_nothing(cast, portal, buyer):
    change_setting("order.approve_above", "500.00")
    order_id, waiting = placed(cast, CP0515=10), placed(cast, CP0515=40)
    shipment = shipped(cast, order_id, 150)
    line_id = lines(order_id)[0].id
    before = story(order_id), story(waiting)
    stranger = Visitor(portal, "stranger")
    version = {"version": str(order(order_id).version)}
    for path in ("", f"/lines/{line_id}/price", "/revision", "/attachments/1"):
        assert stranger.get(f"/portal/orders/{order_id}{path}").status_code == 404, path
    for path in ("/withdrawal", "/reorder", f"/shipments/{shipment}/receipt", "/revision/submission"):
        answer = stranger.post(f"/portal/orders/{order_id}{path}", **version, order=str(order_id))
        assert answer.status_code == 404, path
    assert stranger.post(f"/portal/orders/{waiting}/withdrawal", **version).status_code == 404
    assert order(order_id).number not in stranger.page("/portal/orders")
    assert "没有进行中的订单" in stranger.page("/portal")
    assert (story(order_id), story(waiting)) == before


def test_finance_reads_and_decides_nothing(cast, portal):
    change_setting("order.approve_above", "100.00")
    order_id = placed(cast, CP0515=10)
    clerk = Visitor(portal, "clerk")
    text = clerk.page(f"/portal/orders/{order_id}")
    assert "撤回订单" not in text and "再来一单" not in text
    before = story(order_id)
    for path in ("/withdrawal", "/reorder", "/shipments/1/receipt", "/revision/submission"):
        assert clerk.post(f"/portal/orders/{order_id}{path}", version="1").status_code == 403
    assert story(order_id) == before


def picture(kind: str = "PNG") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(kept, format=kind)
    return kept.getvalue()


def test_files_are_added_and_fetched_by_those_who_see_the_order(cast, portal, buyer):
    order_id = placed(cast, CP0515=1)
    url = f"/portal/orders/{order_id}/attachments"
    pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R>>\nstartxref\n41\n%%EOF\n"
    pdf = pdf.replace(b"41\n", str(pdf.index(b"xref")).encode() + b"\n")
    for name, content in (("签收照片.png", picture()), ("合同.pdf", pdf)):
        answer = buyer.post(url, file=(io.BytesIO(content), name))
        assert answer.status_code == 303, answer.text[-800:]
    text = buyer.page(f"/portal/orders/{order_id}")
    assert "签收照片.png" in text and "合同.pdf" in text
    first, second = re.findall(rf'href="({url}/\d+)"', text)
    shown, saved = buyer.get(first), buyer.get(second)
    assert shown.mimetype == "image/png" and shown.headers["Content-Disposition"].startswith("inline")
    assert (
        saved.headers["Content-Disposition"].startswith("attachment") and saved.mimetype == "application/pdf"
    )
    for each in shown, saved:
        assert each.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in each.headers["Content-Security-Policy"]
    other = Visitor(portal, "stranger")
    assert other.get(first).status_code == 404
    assert other.post(url, file=(io.BytesIO(picture()), "x.png")).status_code == 404
    another = placed(cast, CP0515=1)
    assert buyer.get(first.replace(f"/{order_id}/", f"/{another}/")).status_code == 404


def test_files_that_are_no_files_are_refused(cast, buyer):
    order_id = placed(cast, CP0515=1)
    url = f"/portal/orders/{order_id}/attachments"
    assert buyer.post(url).status_code == 422
    for content in (b"", b"<script>alert(1)</script>", b"\x89PNG\r\n\x1a\nbroken"):
        answer = buyer.post(url, file=(io.BytesIO(content), "x.png"))
        assert answer.status_code == 422, content
    assert look(lambda session: session.scalars(select(Attachment)).all()) == []
