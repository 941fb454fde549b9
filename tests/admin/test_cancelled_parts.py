"""A part of an order is cancelled: tried out, refused beside its line, done; what becomes free lets another order go."""

from decimal import Decimal

from sqlalchemy import select

from ops.worker import Worker
from tests.admin.site import Site, field_error
from trade import db
from trade.credit.models import CreditAccount
from trade.flows.set_credit import NewLimit, set_limit
from trade.inventory.models import Stock
from trade.invoices.rules import Amounts
from trade.money import rounded
from trade.notices.models import OutboxMessage


def account() -> CreditAccount:
    with db.read() as session:
        return session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == 1)).one()


def reserved(site: Site, code: str) -> int:
    with db.read() as session:
        wanted = select(Stock.reserved).where(Stock.sku_id == site.world.skus[code])
        return sum(session.scalars(wanted))


def test_a_part_is_tried_out_cancelled_and_lets_a_held_order_go(site: Site) -> None:
    order_id = site.approved(CP0515=10, SQ5524=20)
    first, second = site.lines(order_id)
    used, goods = account().used, (reserved(site, "CP0515"), reserved(site, "SQ5524"))
    db.run(set_limit, site.actors["finance"], NewLimit(1, used + 1, "收紧"))
    waiting = site.submit(CP0515=1)
    assert site.order(waiting).approval_state == "held"
    rep, page = site.browser("rep"), f"/admin/orders/{order_id}/cancelled-parts"
    version = {"version": str(site.order(order_id).version)}
    part = {f"cases_{first.id}": "4", f"quantity_{first.id}": "1"}
    assert f'name="cases_{first.id}"' in rep.get(page).text
    before = site.everything()
    tried = rep.post(f"{page}/preview", version | part)
    gone = (first.gross * 61 / first.base_quantity).quantize(Decimal("0.01"))
    assert tried.status_code == 200 and f"¥{gone:,.2f}" in tried.text and "4 箱 1 " in tried.text
    wrong = rep.post(page, version | {"reason": "停产", f"cases_{first.id}": "11"})
    assert wrong.status_code == 422 and "10 箱" in field_error(wrong, f"cases_{first.id}")
    for form in (
        version | part,
        version | {"reason": "停产"},
        {"version": "1", "reason": "停产"} | part,
        version | part | {"reason": "停产", f"quantity_{second.id}": "-1"},
    ):
        assert rep.post(page, form).status_code == 422
    assert site.browser("finance").post(page, version | part | {"reason": "x"}).status_code == 403
    assert site.browser("other-rep").post(page, version | part | {"reason": "x"}).status_code == 404
    assert site.everything() == before
    assert rep.post(page, version | part | {"reason": "停产"}).status_code == 303
    (cut, whole), order = site.lines(order_id), site.order(order_id)
    assert (cut.cancelled, cut.cancelled_gross, whole.cancelled) == (61, gone, 0)
    assert (order.approval_state, order.is_taken) == ("approved", True)
    assert account().used == used - gone
    assert (reserved(site, "CP0515"), reserved(site, "SQ5524")) == (goods[0] - 61, goods[1])
    left = Amounts(cut.gross - gone, rounded(cut.net * (cut.gross - gone) / cut.gross)) + Amounts(
        whole.gross, whole.net
    )
    seen = rep.get(f"/admin/orders/{order_id}").text
    assert "取消一部分" in seen and "2 种 25 箱 14 " in seen
    for amount in (left.gross, left.net, left.tax):
        assert f"¥{amount:,.2f}<" in seen
    assert "取消了一部分" in site.browser("buyer").get(f"/portal/orders/{order_id}").text
    with db.read() as session:
        assert session.scalar(select(OutboxMessage.id).where(OutboxMessage.topic == "order.reduced"))
    Worker().once()
    assert site.order(waiting).approval_state == "approved"
    rest = {"version": str(site.order(order_id).version), "reason": "不要了"}
    rest |= {f"quantity_{line.id}": str(line.base_quantity - line.cancelled) for line in site.lines(order_id)}
    assert "订单将取消" in rep.post(f"{page}/preview", rest).text
    assert rep.post(page, rest).status_code == 303
    assert (
        site.order(order_id).approval_state == "cancelled" and reserved(site, "CP0515") == goods[0] - 150 + 15
    )
    assert "已没有待发的货" in rep.get(page).text
    site.everything()
