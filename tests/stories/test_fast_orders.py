"""The fast ways to order: fifty lines again on a phone, two hundred lines pasted with five that are wrong."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.databases import Prepare
from tests.stories import shop
from tests.stories.hands import Cost, Hands, asked, breaches, note
from trade.catalog.models import Sku
from trade.orders.models import Order, OrderLine

WRONG = {"YX1O00": "YX1000", "YX1007x": "YX1007", "XY1014": "YX1014", "GONE77": "", "NOPRICE": ""}


@pytest.fixture
def prepare() -> Prepare:
    return shop.build


def newest(url: str) -> tuple[Order, dict[str, int]]:
    """The last order, with its quantities by code."""

    def ask(session):
        order = session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()
        lines = select(Sku.code, OrderLine.quantity).join(OrderLine, OrderLine.sku_id == Sku.id)
        return order, dict(session.execute(lines.where(OrderLine.order_id == order.id)).all())

    return asked(url, ask)


@pytest.mark.proof
@pytest.mark.browser
def test_fifty_lines_are_ordered_again_on_a_phone(served, sqlite_url, open_context):
    cost = Cost()
    buyer = Hands(open_context("phone"), cost)
    buyer.sign_in("buyer", shop.PASSWORD)
    before, _lines = newest(sqlite_url)
    buyer.follow("/portal/orders")
    buyer.follow("/portal/orders/1")
    buyer.follow("/portal/orders/1/reorder")
    buyer.sees("50 种商品")
    buyer.send("button[name=mode][value=add]")
    if "/portal/cart" not in buyer.page.url:
        buyer.follow("/portal/cart")
    buyer.send("form#submission button[type=submit]")
    buyer.page.wait_for_url("**/portal/orders/*")
    note("Reorder of 50 lines on a phone", cost)
    assert cost.taps <= 12 and cost.seconds <= 60, cost
    order, lines = newest(sqlite_url)
    assert order.id != before.id and order.approval_state in {"pending", "approved"}
    assert lines == {shop.code(at): 2 for at in range(50)}
    assert breaches(sqlite_url) == []


@pytest.mark.browser
def test_two_hundred_rows_with_five_wrong_become_an_order(served, sqlite_url, open_context):
    cost = Cost()
    buyer = Hands(open_context("phone"), cost)
    buyer.sign_in("buyer", shop.PASSWORD)
    rows = [f"{shop.code(at)}\t{at % 5 + 1}" for at in range(3, 198)] + [f"{code}\t4" for code in WRONG]
    assert len(rows) == 200
    buyer.follow("/portal/quick")
    buyer.paste("#text", "\n".join(rows))
    buyer.send(buyer.page.locator("form:has(#text) button[type=submit]"))
    buyer.sees("5 行")
    for meant in filter(None, WRONG.values()):
        pick = buyer.page.locator("button[name=pick]", has_text=meant)
        assert pick.count(), f"{meant} is not offered: {buyer.page.locator('.fix').all_inner_texts()}"
        buyer.send(pick)
    kept = buyer.page.locator(".fix input[name=row]")
    assert [kept.nth(at).input_value().split()[0] for at in range(kept.count())] == ["GONE77", "NOPRICE"]
    buyer.send("button[formaction$='/portal/quick/cart']")
    kept = buyer.page.locator(".fix input[name=row]")
    assert kept.count() == 2, "what could not be taken stays to be mended"
    buyer.follow("/portal/cart")
    buyer.send("form#submission button[type=submit]")
    buyer.page.wait_for_url("**/portal/orders/*")
    note("Quick order of 200 lines, 5 of them wrong", cost)
    order, lines = newest(sqlite_url)
    wanted = {shop.code(at): at % 5 + 1 for at in range(3, 198)} | dict.fromkeys(
        filter(None, WRONG.values()), 4
    )
    assert lines == wanted and order.gross > Decimal(1000)
    assert asked(sqlite_url, lambda session: session.scalar(select(func.count(Order.id)))) == 3
    assert breaches(sqlite_url) == []
