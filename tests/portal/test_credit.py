"""The credit page adds up, every figure opens what it is made of, and messages lead to their documents."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from tests.flows.cast import Cast
from tests.portal.visitor import Visitor, change_setting, look, open_portal, plain
from tests.world import OPERATOR
from trade import clock, db
from trade.credit.models import CreditAccount
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.notices import delivery, outbox
from trade.notices.models import Notice
from trade.orders.models import Order, OrderLine


@pytest.fixture
def portal(database_url: str) -> Iterator[object]:
    yield open_portal(database_url)


@pytest.fixture
def buyer(portal) -> Visitor:
    return Visitor(portal, "buyer")


@pytest.fixture
def story(portal) -> Cast:
    """An order of ¥2,468.10, of which ¥1,988.10 is shipped and ¥800.00 paid."""
    cast = Cast()
    order_id = cast.fill(CP0515=47, SQ5524=20)
    order = cast.submit(order_id)
    line = look(lambda session: session.scalars(select(OrderLine).order_by(OrderLine.line_no)).first())
    parcel = Dispatch(order_id, order.version, "顺丰", "SF1", [Packed(line.id, line.base_quantity)])
    db.run(ship_order, cast["warehouse"], parcel)
    money = Receipt(cast.world.distributors["D1"], clock.today(), Decimal(800), "BANK-7")
    db.run(record_payment, cast["finance"], money)
    return cast


def tell_everybody() -> None:
    """Do what the worker does with the outbox."""
    while letter := db.run(lambda session, actor, _: outbox.claim(session, actor), OPERATOR, None):
        db.run(lambda session, actor, each: delivery.deliver(session, each), OPERATOR, letter)


def test_only_orders_that_nobody_decided_about_can_be_taken_back(story, buyer):
    assert "撤回还没有审批的订单" not in buyer.page("/portal/credit")
    change_setting("order.approve_above", "100.00")
    story.submit(story.fill(SQ5524=10))
    text = buyer.page("/portal/credit")
    row = text.split("撤回还没有审批的订单")[0].rsplit("<a ", 1)[1] + text.split("撤回还没有审批的订单")[1]
    assert "state=pending" in row and "1 单待审批，占用 ¥240.00" in row
    assert "需要临时额度，请联系销售代表" in text


def test_the_parts_stand_beside_their_documents(story, buyer):
    text = buyer.page("/portal/credit")
    for figure in (
        "¥50,000.00",
        "<dd>¥1,668.10</dd>",
        "¥48,331.90",
        "¥480.00",
        "¥1,188.10",
        "BANK-7",
    ):
        assert figure in text, figure
    number = look(lambda session: session.scalars(select(Order.number)).one())
    for part, amount in (("hold", "¥480.00"), ("unbilled", "¥1,188.10")):
        documents = buyer.page(f"/portal/credit/{part}")
        assert amount in documents and (number in documents or "DN" in documents)
    assert "BANK-7" in buyer.page("/portal/credit/payments")
    assert plain(buyer.get("/portal/credit", partial=True).text)[-400:] in plain(text)
    assert buyer.get("/portal/credit/secret").status_code == 404


def test_home_shows_what_is_left(story, buyer):
    text = buyer.page("/portal")
    assert "48,331.90" in text and "已占用 ¥1,668.10" in text and "总额度 ¥50,000.00" in text


def test_a_block_is_told_with_its_meaning(story, buyer):
    change = update(CreditAccount).values(blocked_reason="overdue")
    db.run(lambda session, actor, given: session.execute(change) and None, None, None)
    assert "有逾期款未付" in buyer.page("/portal/credit") and "有逾期款未付" in buyer.page("/portal")


def test_nothing_yet_says_so(buyer):
    assert "还没有回款" in buyer.page("/portal/credit") and "这里没有" in buyer.page("/portal/credit/hold")
    assert "还没有消息" in buyer.page("/portal/notices")


def test_a_stranger_sees_only_its_own_credit(story, portal):
    stranger = Visitor(portal, "stranger")
    text = stranger.page("/portal/credit")
    assert "¥20,000.00" in text and "1,988.10" not in text and "BANK-7" not in text
    assert "BANK-7" not in stranger.page("/portal/credit/payments")
    assert "这里没有" in stranger.page("/portal/credit/unbilled")


def test_messages_are_told_opened_and_read(story, buyer):
    tell_everybody()
    text = buyer.page("/portal/notices")
    assert "回款 ¥800.00 已到账" in text and "有包裹已发出" in text and "/portal/orders/" in text
    first = look(lambda session: session.scalars(select(Notice.id).order_by(Notice.id)).first())
    unread = text.count("is-unread")
    one = buyer.post("/portal/notices/reading", partial=True, notice=str(first))
    assert one.status_code == 200 and one.text.count("is-unread") in {unread, unread - 1}
    newest = max(int(each) for each in re.findall(r'id="notice-(\d+)"', text))
    assert buyer.post("/portal/notices/reading", up_to=str(newest)).status_code == 303
    assert "is-unread" not in buyer.page("/portal/notices")
    assert buyer.post("/portal/notices/reading", notice="abc").status_code == 422


def test_reading_marks_nobody_elses(story, portal, buyer):
    tell_everybody()
    stranger = Visitor(portal, "stranger")
    assert stranger.post("/portal/notices/reading", up_to="999999").status_code == 303
    left = look(lambda session: session.scalars(select(Notice).where(Notice.read_at.is_not(None))).all())
    assert left == []


def test_everybody_has_a_page_of_their_own(portal):
    for name, words in (("buyer", "采购"), ("clerk", "财务")):
        text = Visitor(portal, name).page("/portal/me")
        assert words in text and "漳州市鑫禾源食品商贸有限公司" in text


def test_english_has_no_chinese_of_ours(story, buyer):
    buyer.client.set_cookie("locale", "en")
    text = buyer.page("/portal/credit")
    assert "Available credit" in text and "可用额度" not in text
    assert "passes at once" in buyer.page("/portal/catalog") or "The cart is empty" in buyer.page(
        "/portal/catalog"
    )
