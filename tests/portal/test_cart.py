"""The cart says what submitting would answer, and submitting answers just that; what is refused leaves nothing behind."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from tests.portal.visitor import Visitor, change_setting, hidden, ids, lines, look, open_portal, orders, plain
from tests.world import standing
from trade import clock, db
from trade.catalog.models import Sku
from trade.credit.models import CreditAccount
from trade.distributors.models import Address, Distributor
from trade.inventory.models import Stock
from trade.notices.models import OutboxMessage
from trade.orders.models import OrderEvent
from trade.pricing.models import PriceRow


@pytest.fixture
def portal(database_url: str) -> Iterator[object]:
    yield open_portal(database_url)


@pytest.fixture
def buyer(portal) -> Visitor:
    return Visitor(portal, "buyer")


def fill(visitor: Visitor, **quantities: int) -> str:
    """Put quantities into the cart; answers the cart's page."""
    skus = ids().skus
    for code, quantity in quantities.items():
        visitor.post(f"/portal/cart/lines/{skus[code]}", quantity=str(quantity))
    return visitor.page("/portal/cart")


def form_of(text: str, **changes: str) -> dict[str, str]:
    """What a browser would send with the button that submits."""
    names = ("version", "order", "seen_gross")
    address = look(lambda session: session.scalar(select(Address.id).order_by(Address.id)))
    return {name: hidden(text, name) for name in names} | {"address": str(address)} | changes


def everything() -> tuple[object, ...]:
    """What a refusal must leave as it was."""
    facts = [(order.version, order.approval_state, order.number, order.gross) for order in orders()]
    held = [(line.quantity, line.reserved, line.price_steps) for line in lines()]
    letters = look(lambda session: len(session.scalars(select(OutboxMessage.id)).all()))
    events = look(lambda session: len(session.scalars(select(OrderEvent.id)).all()))
    return facts, held, letters, events, look(standing)


def alter(statement) -> None:
    db.run(lambda session, actor, given: session.execute(statement) and None, None, None)


def test_the_empty_cart_says_what_to_do(buyer):
    text = buyer.page("/portal/cart")
    assert "购物车是空的" in text and "/portal/catalog" in text and 'id="submission"' not in text


def test_a_cart_passes_at_once_and_says_so_before(buyer):
    text = fill(buyer, CP0515=47)
    assert (
        "提交后自动通过" in text
        and "¥1,988.10" in text
        and "再加 3 箱" in text
        and "比目录价省 ¥173.90" in text
    )
    answer = buyer.post("/portal/cart/submission", **form_of(text))
    order = orders()[0]
    assert answer.status_code == 303 and answer.location == f"/portal/orders/{order.id}"
    assert order.approval_state == "approved" and order.gross == Decimal("1988.10")
    page = buyer.page(answer.location)
    assert f"已提交，单号 {order.number}" in page and "自动通过" in page
    assert look(standing)[0] == order.gross


def test_a_double_tap_makes_one_order_and_says_so(buyer):
    form = form_of(fill(buyer, CP0515=3))
    first, second = (buyer.post("/portal/cart/submission", **form) for _ in range(2))
    assert first.location == second.location and len(orders()) == 1
    assert "已经提交过了" in buyer.page(second.location)


def test_a_double_tap_with_a_remark_makes_one_order_too(buyer):
    wanted = clock.today() + timedelta(days=30)
    form = form_of(fill(buyer, CP0515=3), remark="周二上午送", wanted_date=wanted.isoformat())
    first, second = (buyer.post("/portal/cart/submission", **form) for _ in range(2))
    assert first.location == second.location and len(orders()) == 1
    order = orders()[0]
    assert order.remark == "周二上午送" and order.wanted_date == wanted
    assert "已经提交过了" in buyer.page(second.location)


@pytest.mark.parametrize(
    "code, quantity, words",
    [
        ("NOPRICE", 1, "今天没有您的价格"),
        ("QP3324", 4, "5 箱起订"),
        ("QP3324", 7, "请填 5 或 10"),
        ("JG3025", 97, "只剩 96 箱"),
        ("DJ4815", 1, "缺货"),
    ],
)
def test_what_cannot_be_ordered_stands_beside_its_line_and_nothing_is_taken(buyer, code, quantity, words):
    text = fill(buyer, CP0515=1, **{code: quantity})
    assert words in text and "1 行要改" in text
    before = everything()
    answer = buyer.post("/portal/cart/submission", **form_of(text))
    assert answer.status_code == 422 and words in answer.text
    assert everything() == before and len(lines()) == 2


def test_over_the_limit_is_told_before_and_held_after(buyer):
    text = fill(buyer, CP0515=990, SQ5524=400)
    over = Decimal("41.50") * 990 + Decimal(24) * 400 - 50000
    assert over > 0 and "这一单会先留着" in text and f"¥{over:,.2f}" in text and "改少数量" in text
    page = buyer.page(buyer.post("/portal/cart/submission", **form_of(text)).location)
    order = orders()[0]
    assert order.approval_state == "held" and "超出可用额度" in page and look(standing)[0] == 0
    assert "撤回订单" in page


def test_a_block_by_hand_promises_nothing_and_names_whom_to_ask(buyer):
    alter(update(CreditAccount).values(blocked_reason="manual"))
    text = fill(buyer, CP0515=2)
    page = buyer.page(buyer.post("/portal/cart/submission", **form_of(text)).location)
    assert orders()[0].approval_state == "held"
    for told in text, page:
        assert "品牌方暂停了" in told and "请联系销售代表" in told
        for promise in ("自动", "改少数量", "额度够了"):
            assert promise not in told.split("<main")[1], promise


def test_held_with_a_reason_for_a_person_does_not_promise_to_go_on_by_itself(buyer):
    change_setting("order.approve_above", "100.00")
    text = fill(buyer, CP0515=990, SQ5524=400)
    page = buyer.page(buyer.post("/portal/cart/submission", **form_of(text)).location)
    assert orders()[0].approval_state == "held"
    for told in text, page:
        assert "额度够了还要人工审批" in told and "自动继续" not in told


def test_a_date_is_picked_and_the_hint_is_the_day_in_china(portal, monkeypatch):
    late = clock.now().replace(hour=17)  # tomorrow in China
    monkeypatch.setattr(clock, "now", lambda: late)
    text = fill(Visitor(portal, "buyer"), CP0515=1)
    tomorrow = (late.date() + timedelta(days=1)).isoformat()
    field = next(each for each in text.split("<input") if 'name="wanted_date"' in each).split(">")[0]
    assert 'type="date"' in field and f'placeholder="{tomorrow}"' in field


def test_a_person_decides_is_told_before_and_so_it_is(buyer):
    change_setting("order.approve_above", "100.00")
    text = fill(buyer, CP0515=10)
    assert "这一单要人工审批" in text and "超过 ¥100.00" in text and "提交审批" in text
    page = buyer.page(buyer.post("/portal/cart/submission", **form_of(text)).location)
    assert (
        orders()[0].approval_state == "pending"
        and "等待审批" in page
        and look(standing)[0] == orders()[0].gross
    )


def test_a_price_that_changed_meanwhile_is_told_and_not_charged(buyer):
    text = fill(buyer, CP0515=1)
    alter(update(PriceRow).where(PriceRow.price == Decimal("43.20")).values(price=Decimal("44.00")))
    before = everything()
    answer = buyer.post("/portal/cart/submission", **form_of(text))
    assert answer.status_code == 422 and "¥43.20" in answer.text and "¥44.00" in answer.text
    assert everything() == before
    assert buyer.post("/portal/cart/submission", **form_of(answer.text)).status_code == 303


def test_a_cart_that_changed_meanwhile_is_not_submitted(buyer):
    stale = form_of(fill(buyer, CP0515=1))
    fill(buyer, CP0515=2)
    before = everything()
    answer = buyer.post("/portal/cart/submission", **stale)
    assert answer.status_code == 422 and everything() == before


def test_stock_that_went_meanwhile_refuses_the_line(buyer):
    text = fill(buyer, CP0515=10)
    sku_id = ids().skus["CP0515"]
    alter(update(Stock).where(Stock.sku_id == sku_id).values(reserved=Stock.on_hand - 15))
    answer = buyer.post("/portal/cart/submission", **form_of(text))
    assert answer.status_code == 422 and "只剩 1 箱" in answer.text
    assert [order.approval_state for order in orders()] == ["draft"]


def test_nothing_of_price_or_owner_comes_from_the_form(buyer):
    text = fill(buyer, CP0515=1)
    extra = {"price": "0.01", "gross": "0.01", "distributor_id": "2", "buyer_id": "2", "tier_id": "1"}
    assert buyer.post("/portal/cart/submission", **form_of(text), **extra).status_code == 303
    assert orders()[0].gross == Decimal("43.20")
    text = fill(buyer, CP0515=1)
    before = everything()
    assert buyer.post("/portal/cart/submission", **form_of(text, seen_gross="0.01")).status_code == 422
    assert everything() == before


def test_bad_delivery_facts_are_told_beside_their_fields_and_kept(buyer):
    text = fill(buyer, CP0515=1)
    before = everything()
    for wrong, words in (("2026-13-45", clock.today().isoformat()), ("2001-01-01", "")):
        answer = buyer.post("/portal/cart/submission", **form_of(text, wanted_date=wrong, remark="靠北门"))
        assert (
            answer.status_code == 422
            and wrong in answer.text
            and words in answer.text
            and "靠北门" in answer.text
        )
        assert everything() == before
    strange = look(lambda session: session.scalar(select(Address.id).order_by(Address.id.desc())))
    assert buyer.post("/portal/cart/submission", **form_of(text, address=str(strange))).status_code == 404
    assert buyer.post("/portal/cart/submission", **form_of(text, remark="a\x00b")).status_code == 422
    assert everything() == before


def test_delivery_is_saved_without_submitting(buyer):
    text = fill(buyer, CP0515=1)
    answer = buyer.post("/portal/cart/delivery", **form_of(text, remark="周二上午送"))
    assert answer.status_code == 303 and "周二上午送" in buyer.page("/portal/cart")
    assert orders()[0].approval_state == "draft"


def test_a_strangers_cart_does_not_exist(portal, buyer):
    form = form_of(fill(buyer, CP0515=1))
    before = everything()
    for name in ("stranger", "owner"):
        other = Visitor(portal, name)
        for deed in ("submission", "delivery", "clearance"):
            assert other.post(f"/portal/cart/{deed}", **form).status_code == 404, (name, deed)
        assert other.get(f"/portal/orders/{form['order']}").status_code == 404
    assert everything() == before


def test_a_suspended_company_keeps_its_cart_and_cannot_submit(buyer):
    text = fill(buyer, CP0515=1)
    alter(update(Distributor).where(Distributor.code == "D1").values(status="suspended"))
    page = buyer.page("/portal/cart")
    assert page.count("新订单已暂停") == 1 and 'aria-describedby="outcome" disabled' in page
    assert "新订单已暂停" in buyer.page("/portal") and "销售代表" in buyer.page("/portal")
    before = everything()
    assert buyer.post("/portal/cart/submission", **form_of(text)).status_code == 422
    assert everything() == before


def test_the_cart_is_emptied_on_the_version_that_was_seen(buyer):
    text = fill(buyer, CP0515=1)
    stale = form_of(text) | {"version": "1"}
    assert buyer.post("/portal/cart/clearance", **stale).status_code == 422 and len(lines()) == 1
    assert buyer.post("/portal/cart/clearance", **form_of(text)).status_code == 303 and lines() == []


def test_the_fragment_is_the_block_of_the_page(buyer):
    sku_id = ids().skus["CP0515"]
    answer = buyer.post(f"/portal/cart/lines/{sku_id}", partial=True, quantity="46", more="1")
    assert answer.status_code == 200 and "¥1,988.10" in answer.text and "<html" not in answer.text
    counts = answer.text.index('<span class="cart-count"')
    same = plain(answer.text[:counts])
    assert same and same in plain(buyer.page("/portal/cart"))


def test_a_wrong_quantity_keeps_what_was_typed_beside_its_line(buyer):
    fill(buyer, CP0515=5)
    sku_id = ids().skus["CP0515"]
    for partial in (True, False):
        answer = buyer.post(f"/portal/cart/lines/{sku_id}", partial=partial, quantity="1e5")
        assert (
            answer.status_code == 422
            and 'value="1e5"' in answer.text
            and f"line-{sku_id}-quantity-error" in answer.text
        )
    assert lines()[0].quantity == 5


def test_what_can_no_longer_be_seen_is_only_taken_out(buyer):
    fill(buyer, VIP001=1, CP0515=1)
    alter(update(Sku).where(Sku.code == "VIP001").values(is_sellable=False))
    text = buyer.page("/portal/cart")
    assert "已不能订购" in text
    buyer.post(f"/portal/cart/lines/{ids().skus['VIP001']}", quantity="0")
    assert [line.sku_id for line in lines()] == [ids().skus["CP0515"]]


def test_signed_out_asks_to_sign_in_and_comes_back(portal):
    client = portal.test_client()
    assert client.get("/portal/cart").status_code == 401
    assert client.post("/portal/cart/submission", data={"version": "1"}).status_code == 401
