"""A proof from the phone of the distributor to the desk of finance."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from tests.admin.site import Site, field_error
from tests.flows.cast import lines
from trade import clock, db
from trade.books.models import OpenItem
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.receivables.models import Payment, PaymentProof


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))


def picture() -> tuple[io.BytesIO, str]:
    kept = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(kept, "PNG")
    kept.seek(0)
    return kept, "转账.png"


def only(model):
    with db.read() as session:
        return session.scalars(select(model).order_by(model.id.desc())).first()


def owed(site: Site) -> OpenItem:
    order_id = site.approved(CP0515=1)
    packed = [Packed(line.id, line.base_quantity) for line in lines(order_id)]
    given = Dispatch(order_id, site.order(order_id).version, "顺丰", "SF1", packed)
    db.run(ship_order, site.actors["warehouse"], given)
    return only(OpenItem)


def test_from_the_phone_to_the_desk(site: Site) -> None:
    owner, finance, debt = site.browser("owner"), site.browser("finance"), owed(site)
    assert "上传付款凭证" in owner.get("/portal/credit").text
    shown = owner.get("/portal/credit/proofs/new").text
    sent = {"key": "k1", "amount": "100", "paid_on": clock.today().isoformat(), "payer": "<建行>"}
    assert 'name="key"' in shown
    bare = owner.post("/portal/credit/proofs", sent)
    assert bare.status_code == 422 and field_error(bare, "photos") and 'value="100"' in bare.text
    for strange in ([debt.id, debt.id + 1], "x"):
        refused = owner.post("/portal/credit/proofs", {**sent, "debt": strange, "photos": picture()})
        assert refused.status_code == 422 and "请重新勾选" in field_error(refused, "debts")
    assert only(PaymentProof) is None
    sent["debt"] = str(debt.id)
    page = owner.post("/portal/credit/proofs", {**sent, "photos": picture()}).headers["Location"]
    assert "待财务确认" in owner.get(page).text and "&lt;建行&gt;" in owner.get("/portal/credit/proofs").text
    known = owner.post("/portal/credit/proofs", {**sent, "key": "k2", "photos": picture()})
    assert known.status_code == 422 and "没有重复提交" in field_error(known, "photos")
    assert site.browser("stranger").get(page).status_code in {403, 404}
    assert site.browser("buyer").get(page).status_code == 403
    key = only(PaymentProof).id
    assert "待财务确认" in finance.get("/admin/proofs").text
    assert "/admin/proofs?state=submitted" in finance.get("/admin").text
    desk = f"/admin/proofs/{key}"
    assert "款已到账" in finance.get(desk).text
    for text in (finance.get(desk).text, owner.get(page).text):
        assert debt.number in text and "¥43.20" in text and "入账金额" not in text
    arrived = {"version": "1", "amount": "90", "paid_on": clock.today().isoformat(), "reference": ""}
    wrong = finance.post(f"{desk}/confirmation", arrived)
    assert wrong.status_code == 422 and field_error(wrong, "reference") and only(Payment) is None
    assert finance.post(f"{desk}/confirmation", {**arrived, "reference": "S-1"}).status_code == 303
    assert finance.post(f"{desk}/refusal", {"version": "1", "reason": "晚了"}).status_code == 422
    assert only(Payment).origin == "proof" and "已确认到账" in owner.get(page).text
    for text in (finance.get(desk).text, owner.get(page).text):
        assert "入账金额与凭证不同" in text and "凭证 ¥100.00，入账 ¥90.00" in text and debt.number in text
    late = owner.post(f"{page}/withdrawal", {"version": "1"})
    assert late.status_code == 422 and only(PaymentProof).state == "confirmed"
