"""One payment's page: what it settled, what is left, and every refusal beside its field."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.admin.site import Site, field_error
from tests.flows.cast import lines
from trade import clock, db
from trade.books.models import OpenItem
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.ship_order import Dispatch, Packed, ship_order


@pytest.fixture
def paid(site: Site) -> tuple[int, int]:
    """A payment that waits, and a debt of 43.20."""
    order_id = site.approved(CP0515=1)
    packed = [Packed(line.id, line.base_quantity) for line in lines(order_id)]
    given = Dispatch(order_id, site.order(order_id).version, "顺丰", "SF1", packed)
    shipment_id = db.run(ship_order, site.actors["warehouse"], given)
    money = Receipt(
        site.world.distributors["D1"], clock.today(), Decimal(100), "B-1", "<预付>", is_applied=False
    )
    payment_id = db.run(record_payment, site.actors["finance"], money)
    with db.read() as session:
        wanted = select(OpenItem.id).where(OpenItem.kind == "shipment", OpenItem.subject_id == shipment_id)
        return payment_id, session.scalars(wanted).one()


def test_apply_take_back_refund_and_void(site: Site, paid: tuple[int, int]) -> None:
    payment_id, debt_id = paid
    finance, page = site.browser("finance"), f"/admin/payments/{payment_id}"
    shown = finance.get(page).text
    assert f'name="amount_{debt_id}" value="43.20"' in shown and "&lt;预付&gt;" in shown
    before = site.everything()
    answer = finance.post(f"{page}/applications", {"left": "100.00", f"amount_{debt_id}": "43.21"})
    assert answer.status_code == 422 and field_error(answer, f"amount_{debt_id}")
    assert finance.post(f"{page}/applications", {"left": "99.00", "oldest": "yes"}).status_code == 422
    assert finance.post(f"{page}/voiding", {"reason": ""}).status_code == 422
    assert site.everything() == before
    assert finance.post(f"{page}/applications", {"left": "100.00", "oldest": "yes"}).status_code == 303
    shown = finance.get(page).text
    assert "¥56.80" in shown and "<dt>已核销</dt>" in shown and ">反核销</button>" in shown
    assert "已生效" not in shown and "撤回" not in shown
    back = {"left": "56.80", "refunded_on": clock.today().isoformat(), "amount": "60", "reference": "OUT-1"}
    answer = finance.post(f"{page}/refunds", back)
    assert (
        answer.status_code == 422 and field_error(answer, "refund-amount") and 'value="OUT-1"' in answer.text
    )
    ahead = {**back, "amount": "56.80", "refunded_on": (clock.today() + timedelta(days=1)).isoformat()}
    assert "退款日期还没到" in field_error(finance.post(f"{page}/refunds", ahead), "refund-day")
    assert finance.post(f"{page}/refunds", {**back, "amount": "56.80"}).status_code == 303
    assert finance.post(f"{page}/voiding", {"reason": "记错了"}).status_code == 422
    assert site.browser("rep").get(page).status_code == 403
    assert site.browser("other-manager").get(page).status_code == 404
    assert "/voiding" not in site.browser("manager").get(page).text
