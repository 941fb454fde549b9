"""What is written about an order reaches the other side alone; urging runs until it is answered, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.care.conftest import remarks
from tests.flows.cast import change_setting, lines, order
from tests.world import OPERATOR
from trade import clock, db
from trade.errors import Refused
from trade.flows.nudge_order import nudge_order
from trade.flows.remark_order import NewRemark, remark_order
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.withdraw_order import withdraw_order
from trade.orders.models import OrderRemark
from trade.orders.queries import Seen


def approved(cast):
    return cast.submit(cast.fill(CP0515=10)).id


def older(hours):
    def age(session, actor, given):
        session.execute(update(OrderRemark).values(at=clock.now() - timedelta(hours=hours)))

    db.run(age, OPERATOR, None)


def answered():
    return [each.answered_at is not None for each in remarks() if each.kind == "nudge"]


def test_one_urging_at_a_time_answered_by_word_and_deed_and_not_too_often(cast):
    order_id = approved(cast)
    db.run(nudge_order, cast["buyer"], order_id)
    with pytest.raises(Refused, match="nudge.open_already"):
        db.run(nudge_order, cast["owner"], order_id)
    db.run(remark_order, cast["rep"], NewRemark(order_id, "记一笔", is_note=True))
    assert answered() == [False]
    db.run(remark_order, cast["rep"], NewRemark(order_id, "明天发"))
    assert answered() == [True]
    with pytest.raises(Refused, match="nudge.too_soon"):
        db.run(nudge_order, cast["buyer"], order_id)
    older(5)
    db.run(nudge_order, cast["buyer"], order_id)
    (line,) = lines(order_id)
    parcel = Dispatch(order_id, order(order_id).version, "顺丰", "SF1", [Packed(line.id, 150)])
    db.run(ship_order, cast["warehouse"], parcel)
    assert answered() == [True, True]
    older(5)
    with pytest.raises(Refused, match="nudge.nothing_waits"):
        db.run(nudge_order, cast["buyer"], order_id)


def test_a_decision_and_taking_back_answer_it_too(cast):
    change_setting("order.approve_above", "10.00")
    first, second = (cast.fill("buyer", CP0515=10), cast.fill("owner", CP0515=10))
    for cart, who in ((first, "buyer"), (second, "owner")):
        cast.submit(cart, who)
        db.run(nudge_order, cast[who], cart)
    cast.decide(first, "approve")
    db.run(withdraw_order, cast["owner"], Seen(second, order(second).version))
    assert answered() == [True, True]
    assert remarks()[0].answered_by == cast["rep"].person_id


@pytest.mark.parametrize("text", ["", "  \n", "长" * 501])
def test_nothing_and_too_much_are_refused(cast, text):
    order_id = approved(cast)
    with pytest.raises(Refused, match="remark.empty"):
        db.run(remark_order, cast["buyer"], NewRemark(order_id, text))
    for who in "stranger", "other-rep":
        with pytest.raises(Refused, match="order.not_found"):
            db.run(remark_order, cast[who], NewRemark(order_id, "您好"))
    with pytest.raises(Refused, match="access.denied"):
        db.run(remark_order, cast["buyer"], NewRemark(order_id, "您好", is_note=True))
    assert remarks() == []


class TestPages:
    @pytest.fixture
    def database_url(self, sqlite_url):
        """Pages are the same on both databases."""
        return sqlite_url

    def test_a_note_of_the_brand_stays_there_and_words_are_shown_as_typed(self, site):
        order_id = site.approved()
        rep, buyer = site.browser("rep"), site.browser("buyer")
        for kind, text in (("note", "内部：先压一压"), ("remark", "<b>明天</b>发 👍")):
            path = f"/admin/orders/{order_id}/remarks"
            assert rep.post(path, {"text": text, "kind": kind}).status_code == 303
        page = buyer.get(f"/portal/orders/{order_id}").text
        assert (
            "内部" not in page
            and "&lt;b&gt;明天" in page
            and "品牌方有新留言" in buyer.get("/portal/orders").text
        )
        assert (
            buyer.post(f"/portal/orders/{order_id}/remarks", {"text": "好", "kind": "note"}).status_code
            == 303
        )
        assert [(each.kind, each.side) for each in remarks()][-1] == ("remark", "portal")
        assert (
            "内部：先压一压" in rep.get(f"/admin/orders/{order_id}").text
            and "新留言" in rep.get("/admin/orders").text
        )
        kept = buyer.post(f"/portal/orders/{order_id}/remarks", {"text": "长" * 501})
        assert kept.status_code == 422 and "长" * 501 in kept.text and len(remarks()) == 3

    def test_the_brand_sees_how_long_a_distributor_waits(self, site):
        order_id = site.approved()
        assert site.browser("buyer").post(f"/portal/orders/{order_id}/nudge").status_code == 303
        older(3)
        for path in "/admin?tab=urged", "/admin/orders":
            assert "等待 3 小时 0 分" in site.browser("rep").get(path).text
        assert site.browser("buyer").post(f"/portal/orders/{order_id}/nudge").status_code == 422
        shown = site.browser("buyer").get(f"/portal/orders/{order_id}").text
        assert "您于" in shown and "尚未回应" in shown
        assert site.browser("other-rep").get("/admin?tab=urged").text.count("等待 3") == 0
