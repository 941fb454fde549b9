"""Returns over HTTP: asked for on a phone, decided in the inbox, taken in at the warehouse; bad input stays."""

import io

import pytest
from sqlalchemy import select

from tests.admin.site import Site, field_error
from tests.flows.cast import lines, order
from tests.returns.conftest import PICTURE, Returning, asked, reason_id, request
from tests.reused import application
from trade import db
from trade.attachments.models import Attachment
from trade.books.models import OpenItem
from trade.fulfilment.models import ShipmentLine
from trade.returns.models import ReturnEvent, ReturnRequest


@pytest.fixture
def database_url(sqlite_url):
    """Pages are the same on both databases."""
    return sqlite_url


@pytest.fixture
def site(sqlite_url):
    return Site(application(sqlite_url))


@pytest.fixture
def cast(site):
    return Returning()


def photo(name="破损.png"):
    return (io.BytesIO(PICTURE), name)


def send(site, who, path, **fields):
    return site.browser(who).post(path, fields, content_type="multipart/form-data")


def everything():
    with db.read() as session:
        return [
            [tuple(row) for row in session.execute(select(model.__table__).order_by(model.id))]
            for model in (ReturnRequest, ReturnEvent, Attachment, ShipmentLine)
        ]


def only_request():
    with db.read() as session:
        return session.scalars(select(ReturnRequest)).one()


def test_from_the_phone_to_the_credit(site, cast):
    order_id = cast.received(CP0515=10, SQ5524=10)
    tea, _water = lines(order_id)
    page = site.browser("buyer").get(f"/portal/orders/{order_id}").text
    assert f"/portal/orders/{order_id}/returns" in page and "申请退货" in page
    form = site.browser("buyer").get(f"/portal/orders/{order_id}/returns").text
    assert "可退 10 箱" in form and "签收后 30 天内可申请" in form
    fields = {
        "reason": str(reason_id("quality")),
        f"cases_{tea.id}": "1",
        f"loose_{tea.id}": "5",
        "remark": "漏液 👍",
    }
    answer = send(site, "buyer", f"/portal/orders/{order_id}/returns", photos=photo(), **fields)
    assert answer.status_code == 303, answer.text
    found = only_request()
    assert [line.requested for line in asked(found.id)] == [20]
    mine = site.browser("buyer").get(answer.location).text
    assert "质量问题" in mine and "1 箱 5 瓶" in mine and "漏液" in mine and "等待销售代表审批" in mine
    desk = site.browser("rep").get("/admin?subject=return").text
    assert found.number in desk and "待我审批" in desk and "质量问题" in desk
    seen = site.browser("rep").get(f"/admin/returns/{found.id}").text
    assert "近 12 个月退货" in seen and "同意退货" in seen and "¥56.40" in seen
    decided = site.browser("rep").post(
        f"/admin/returns/{found.id}/decision",
        {
            "version": found.version,
            "decision": "approve",
            f"accepted_cases_{asked(found.id)[0].id}": "1",
            f"accepted_{asked(found.id)[0].id}": "5",
        },
    )
    assert decided.status_code == 303 and request(found.id).state == "approved"
    house = site.browser("warehouse")
    assert found.number in house.get("/admin?tab=coming-back").text
    line = asked(found.id)[0].id
    taken = house.post(
        f"/admin/returns/{found.id}/intake",
        {
            "version": request(found.id).version,
            "warehouse": "1",
            f"good_cases_{line}": "1",
            f"doubtful_{line}": "5",
            f"lot_{line}": "L1",
        },
    )
    assert taken.status_code == 303, taken.text
    done = request(found.id)
    assert done.state == "credited" and str(done.gross) == "56.4000"
    assert "已入账" in site.browser("buyer").get(f"/portal/returns/{found.id}").text
    with db.read() as session:
        note = session.scalars(select(OpenItem).where(OpenItem.kind == "return")).one()
    assert (note.amount, note.applied, note.order_id) == (done.gross, done.gross, order_id)
    listed_everywhere(site, found.number, order_id)


def listed_everywhere(site, number, order_id):
    for who, path in {
        "buyer": "/portal/returns",
        "rep": "/admin/returns",
        "finance": f"/admin/returns?state=credited&reason={reason_id('quality')}",
        "manager": f"/admin/orders/{order_id}",
    }.items():
        assert number in site.browser(who).get(path).text, path
    assert site.browser("rep").post("/admin/returns/export").status_code == 200
    assert "日期无效" in site.browser("rep").get("/admin/returns?since=2026-13-45").text


def test_one_tap_confirms_all_and_bad_receipts_keep_what_was_typed(site, cast):
    order_id, shipment_id = cast.shipped(CP0515=10)
    with db.read() as session:
        packed = session.scalars(select(ShipmentLine)).one().id
    url = f"/portal/orders/{order_id}/shipments/{shipment_id}/receipt"
    before, version = everything(), order(order_id).version
    for damaged in ("151", "-1", "1e2", "NaN", "1.5", "x" * 50, "９９９"):
        answer = send(
            site, "buyer", url, version=version, **{f"line-{packed}": "148", f"damaged-{packed}": damaged}
        )
        assert answer.status_code == 422 and f"damaged-{packed}-error" in answer.text, damaged
        assert 'value="148"' in answer.text
    answer = send(site, "buyer", url, version=version, **{f"damaged-{packed}": "4", "remark": "外箱湿"})
    assert (
        answer.status_code == 422 and f"photos-{shipment_id}-error" in answer.text and "外箱湿" in answer.text
    )
    not_one = (io.BytesIO(b"%PDF- no"), "x.png")
    answer = send(site, "buyer", url, version=version, photos=not_one, **{f"damaged-{packed}": "4"})
    assert answer.status_code == 422 and f"photos-{shipment_id}-error" in answer.text
    assert everything() == before and order(order_id).version == version
    good = send(
        site,
        "buyer",
        url,
        version=version,
        photos=photo(),
        **{f"line-{packed}": "148", f"damaged-{packed}": "4"},
    )
    assert good.status_code == 303
    page = site.browser("buyer").get(f"/portal/orders/{order_id}").text
    assert "签收少货" in page and "到货破损" in page
    other, parcel = cast.shipped(SQ5524=10)
    tap = send(
        site, "buyer", f"/portal/orders/{other}/shipments/{parcel}/receipt", version=order(other).version
    )
    assert tap.status_code == 303 and order(other).receipt == "complete"


def test_bad_requests_are_told_beside_their_field_and_write_nothing(site, cast):
    order_id = cast.received(CP0515=1)
    line = lines(order_id)[0].id
    url, unsold = f"/portal/orders/{order_id}/returns", str(reason_id("unsold"))
    before = everything()
    for typed in ("16", "-1", "1e2", "NaN", "1.5", "9" * 30, "<script>", "\u202e1"):
        answer = send(site, "buyer", url, reason=unsold, **{f"loose_{line}": typed})
        assert answer.status_code == 422 and field_error(answer, f"loose_{line}"), typed
        assert "<script>1" not in answer.text
    for fields, place in (
        ({"reason": unsold}, "哪种产品"),
        ({f"loose_{line}": "1"}, "reason-error"),
        ({"reason": "99", f"loose_{line}": "1"}, "reason-error"),
        ({"reason": str(reason_id("quality")), f"loose_{line}": "1"}, "photos-error"),
        ({"reason": unsold, f"loose_{line}": "1", "remark": "长" * 501}, "remark-error"),
        ({"reason": unsold, f"loose_{line}": "1", "remark": "a\x00b"}, "remark-error"),
    ):
        answer = send(site, "buyer", url, **fields)
        assert answer.status_code == 422 and place in answer.text, fields
    many = [photo(f"{at}.png") for at in range(7)]
    answer = send(site, "buyer", url, reason=unsold, photos=many, **{f"loose_{line}": "1"})
    assert answer.status_code == 422 and "photos-error" in answer.text
    assert everything() == before
    assert send(site, "stranger", url, reason=unsold, **{f"loose_{line}": "1"}).status_code == 404
    assert send(site, "clerk", url, reason=unsold, **{f"loose_{line}": "1"}).status_code == 403
    assert everything() == before


def test_the_slower_of_two_hears_who_decided_and_keeps_the_words(site, cast):
    request_id = cast.ask(cast.received(CP0515=1), 5)
    line = asked(request_id)[0].id
    url, version = f"/admin/returns/{request_id}/decision", request(request_id).version
    rep = site.browser("rep")
    bad = rep.post(url, {"version": version, "decision": "approve", f"accepted_{line}": "6"})
    assert bad.status_code == 422 and field_error(bad, f"accepted_{line}")
    bad = rep.post(url, {"version": version, "decision": "reject"})
    assert bad.status_code == 422 and field_error(bad, f"return-{request_id}-comment")
    assert (
        rep.post(url, {"version": version, "decision": "approve", f"accepted_{line}": "5"}).status_code == 303
    )
    late = rep.post(url, {"version": version, "decision": "reject", "comment": "晚了一步"})
    assert late.status_code == 422 and "rep 已先同意" in late.text and "晚了一步" in late.text
    house, seen = site.browser("warehouse"), request(request_id).version
    for fields, place in (
        ({"warehouse": "1", f"good_{line}": "6"}, f"good_{line}-error"),
        ({"warehouse": "1", f"good_{line}": "4"}, "comment-error"),
        ({"warehouse": "9", f"good_{line}": "5"}, "warehouse-error"),
        ({"warehouse": "1", f"good_{line}": "x"}, f"good_{line}-error"),
    ):
        answer = house.post(f"/admin/returns/{request_id}/intake", {"version": seen, **fields})
        assert answer.status_code == 422 and place in answer.text, fields
    assert request(request_id).version == seen


def test_corrected_withdrawn_photographed_and_asked_by_the_rep(site, cast):
    order_id = cast.received(CP0515=1)
    line = lines(order_id)[0].id
    by_rep = send(
        site, "rep", f"/admin/orders/{order_id}/returns", reason=reason_id("unsold"), **{f"loose_{line}": "5"}
    )
    assert by_rep.status_code == 303
    found = only_request()
    assert found.on_behalf_of == cast.world.distributors["D1"]
    added = send(site, "rep", f"/admin/returns/{found.id}/attachments", photos=photo())
    assert added.status_code == 303, added.text[added.text.find("is-danger") :][:400]
    back = {"version": found.version, "decision": "return", "comment": "拍清批号"}
    assert site.browser("rep").post(f"/admin/returns/{found.id}/decision", back).status_code == 422
    for hours in (found.id,):
        with db.read() as session:
            assert session.get(ReturnRequest, hours).state == "requested"
    mine = send(site, "buyer", f"/portal/returns/{found.id}/attachments", photos=[photo(), photo("二.png")])
    assert mine.status_code == 303
    page = site.browser("buyer").get(f"/portal/returns/{found.id}").text
    assert page.count('loading="lazy"') >= 3 and "代经销商" in page
    picture = site.browser("buyer").get(f"/portal/returns/{found.id}/attachments/1")
    assert picture.status_code == 200 and picture.mimetype == "image/png"
    for path in (f"/portal/returns/{found.id}", f"/portal/returns/{found.id}/attachments/1"):
        assert site.browser("stranger").get(path).status_code == 404
    stale = send(site, "buyer", f"/portal/returns/{found.id}/withdrawal", version="99")
    assert stale.status_code == 422 and request(found.id).state == "requested"
    done = send(site, "buyer", f"/portal/returns/{found.id}/withdrawal", version=str(found.version))
    assert done.status_code == 303 and request(found.id).state == "withdrawn"
    closed = send(site, "buyer", f"/portal/returns/{found.id}/attachments", photos=photo())
    assert closed.status_code == 422
