"""A distributor finds what it may order, at its own prices, and fills the cart from there."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from tests.portal.visitor import HTMX, Visitor, ids, lines, look, open_portal, plain
from tests.world import World, standing
from trade import db
from trade.catalog import rules
from trade.distributors.models import Distributor
from trade.pricing.models import PriceList


@pytest.fixture
def portal(database_url: str) -> Iterator[object]:
    yield open_portal(database_url)


@pytest.fixture
def buyer(portal) -> Visitor:
    return Visitor(portal, "buyer")


@pytest.fixture
def skus(buyer) -> World:
    return ids().skus


def row_of(text: str, sku_id: int) -> str:
    found = re.search(rf'<article class="sku[^"]*" id="sku-{sku_id}".*?</article>', text, re.DOTALL)
    assert found, sku_id
    return found[0]


SEARCHES = {
    "茉莉": {"CP0515"},
    "CP05": {"CP0515"},
    "mlwl": {"CP0515"},
    "moli": {"CP0515"},
    "6901234500001": {"CP0515"},
    "ＣＰ０５": {"CP0515"},
    "冷泡茉莉烏龍": {"CP0515"},
    "榨菜丝": set(),
    "%%": set(),
    "__": set(),
    "0_糖": set(),
    "0糖": {"QP3324"},
    "０糖": {"QP3324"},
    "气泡水0糖": {"QP3324"},
    "坚果礼盒": {"JG3025"},
    "坚果气泡": set(),
}
NONSENSE = [
    "q=%00%00",
    "q=" + "x" * 500,
    "category=99999999999999999999",
    "category=٣",
    "category=-1",
    "after=x",
    "after=zz|9999999999999",
    "after=%00|1",
    "colour=%00",
    "stock=maybe&breaks=1",
    "q=%27;DROP TABLE sku;--",
]
NO_NUMBERS = ["1_000", "1e5", "NaN", "−1", "-1", "1.5", "abc", "100000", "9" * 30, "", "١"]


def test_search_by_name_code_barcode_and_pinyin(buyer, skus):
    for search, found in SEARCHES.items():
        text = buyer.client.get("/portal/catalog", query_string={"q": search}, headers=HTMX).text
        assert {code for code, key in skus.items() if f'id="sku-{key}"' in text} == found, search
        assert found or "没有找到" in text


def test_the_name_of_a_category_finds_all_below_it(buyer, skus):
    def shown(search: str) -> set[str]:
        text = buyer.client.get("/portal/catalog", query_string={"q": search}, headers=HTMX).text
        return {code for code, key in skus.items() if f'id="sku-{key}"' in text}

    assert shown("饮料") >= {"CP0515", "SQ5524", "QP3324", "DJ4815"} and "JG3025" not in shown("饮料")
    assert shown("饮料 330ml") == {"QP3324"}


def test_one_character_is_looked_for_and_what_is_in_no_name_finds_nothing(buyer, skus):
    text = buyer.page("/portal/catalog?q=茶")
    assert f'id="sku-{skus["CP0515"]}"' in text and f'id="sku-{skus["JG3025"]}"' not in text
    for nothing in "%25", "'", "😀":
        assert "没有找到" in buyer.page(f"/portal/catalog?q={nothing}")


def test_nonsense_in_the_address_is_no_error(buyer):
    for address in NONSENSE:
        assert buyer.get(f"/portal/catalog?{address}").status_code == 200, address


def test_facets_narrow_the_list(buyer, skus):
    def shown(address: str) -> set[str]:
        text = buyer.get(f"/portal/catalog?{address}", partial=True).text
        return {code for code, key in skus.items() if f'id="sku-{key}"' in text}

    assert "DJ4815" in shown("") and "DJ4815" not in shown("stock=yes")
    assert shown("breaks=yes") == {"CP0515"}
    drinks = re.search(r"category=(\d+)[^>]*><span>饮料", buyer.page("/portal/catalog"))
    assert (
        drinks
        and "JG3025" not in shown(f"category={drinks[1]}")
        and "SQ5524" in shown(f"category={drinks[1]}")
    )


def test_own_price_list_price_breaks_and_stock_in_words(buyer, skus):
    text = buyer.page("/portal/catalog")
    row = row_of(text, skus["CP0515"])
    assert "43.20" in row and "46.00" in row and "50 箱 ¥41.50" in row and "充足" in row
    assert "余 96 箱" in row_of(text, skus["JG3025"])
    assert "缺货" in row_of(text, skus["DJ4815"])
    assert "暂无价格" in row_of(text, skus["NOPRICE"]) and "stepper" not in row_of(text, skus["NOPRICE"])


def test_a_stranger_sees_neither_the_restricted_product_nor_the_tier_price(portal, skus):
    stranger = Visitor(portal, "stranger")
    text = stranger.page("/portal/catalog")
    assert f'id="sku-{skus["VIP001"]}"' not in text
    assert "46.00" in row_of(text, skus["CP0515"]) and "43.20" not in text
    assert stranger.get(f"/portal/catalog/{skus['VIP001']}").status_code == 404
    assert stranger.get(f"/portal/catalog/{skus['VIP001']}/price").status_code == 404
    assert stranger.post(f"/portal/catalog/{skus['VIP001']}/quantity", quantity="1").status_code == 404
    why = stranger.page(f"/portal/catalog/{skus['CP0515']}/price?quantity=50")
    assert "金牌" not in why and "41.50" not in why


def test_the_explanation_tells_list_break_tax_and_what_more_would_bring(buyer, skus):
    url = f"/portal/catalog/{skus['CP0515']}/price?quantity=47"
    text = buyer.page(url)
    for words in (
        "金牌经销商价目表",
        "满 10 箱",
        "42.30",
        "¥1,988.10",
        "¥228.72",
        "¥1,759.38",
        "再加 3 箱",
        "¥86.90",
    ):
        assert words in text, words
    sheet = buyer.get(url, partial=True).text
    assert "<html" not in sheet and "¥1,988.10" in sheet
    assert buyer.get(f"/portal/catalog/{skus['CP0515']}/price?quantity=abc").status_code == 200


def test_steps_respect_moq_and_multiple():
    assert rules.step_up(0, 5, 5) == 5 and rules.step_up(5, 5, 5) == 10 and rules.step_up(7, 5, 5) == 10
    assert rules.step_up(0, 7, 5) == 10 and rules.step_up(0, 10, 1) == 10 and rules.step_up(10, 10, 1) == 11
    assert rules.step_down(10, 5, 5) == 5 and rules.step_down(5, 5, 5) == 0 and rules.step_down(7, 5, 5) == 5
    assert rules.step_down(10, 10, 1) == 0 and rules.step_down(0, 1, 1) == 0


@pytest.mark.parametrize("partial", [True, False])
def test_the_stepper_fills_the_cart(buyer, skus, partial):
    url = f"/portal/catalog/{skus['QP3324']}/quantity"
    here = "/portal/catalog?category=1"
    answer = buyer.post(url, partial=partial, quantity="0", more="1", place="list", next=here)
    assert lines()[0].quantity == 5
    if partial:
        assert answer.status_code == 200 and "<html" not in answer.text
        assert (
            f'id="sku-{skus["QP3324"]}" hx-swap-oob="true"' in answer.text and 'id="cartbar"' in answer.text
        )
    else:
        assert answer.status_code == 303 and answer.location == f"{here}#sku-{skus['QP3324']}"
    buyer.post(url, partial=partial, quantity="5", less="1", place="list")
    assert lines() == []


def test_the_row_of_a_fragment_is_the_row_of_the_page(buyer, skus):
    key = skus["CP0515"]
    referrer = {"Referer": "http://localhost/portal/catalog"}
    answer = buyer.client.post(
        f"/portal/catalog/{key}/quantity",
        data={"csrf_token": buyer.csrf(), "quantity": "47", "place": "list"},
        headers={**HTMX, **referrer},
    )
    fragment = row_of(answer.text, key).replace(' hx-swap-oob="true"', "")
    whole = buyer.page("/portal/catalog")
    assert plain(fragment) == plain(row_of(whole, key))
    block = buyer.get("/portal/catalog", partial=True).text
    assert plain(block) in plain(whole)


def test_a_quantity_that_is_no_number_changes_nothing_and_is_told_beside_it(buyer, skus):
    url = f"/portal/catalog/{skus['CP0515']}/quantity"
    buyer.post(url, quantity="3", place="list")
    for typed in NO_NUMBERS:
        for partial in (True, False):
            answer = buyer.post(url, partial=partial, quantity=typed, place="list", next="/portal/catalog")
            assert answer.status_code == 422 and "invalid-feedback" in answer.text, typed
            assert "整数" in answer.text and (not typed or typed in answer.text), typed
    assert [line.quantity for line in lines()] == [3]


@pytest.mark.parametrize(
    "code, quantity, words",
    [("QP3324", 7, "请填 5 或 10"), ("QP3324", 12, "请填 10 或 15"), ("JG3025", 97, "只剩 96 箱")],
)
def test_a_quantity_that_is_not_sold_is_told_in_its_row_at_once_and_kept(buyer, skus, code, quantity, words):
    url = f"/portal/catalog/{skus[code]}/quantity"
    answer = buyer.post(url, partial=True, quantity=str(quantity), place="list")
    row = row_of(answer.text, skus[code])
    assert words in row and f'value="{quantity}"' in row and "sku-error" in row
    assert lines()[0].quantity == quantity
    assert words in row_of(buyer.page("/portal/catalog"), skus[code])
    assert words in buyer.page(f"/portal/catalog/{skus[code]}")


def test_a_list_of_quantities_is_refused(buyer, skus):
    answer = buyer.post(f"/portal/catalog/{skus['CP0515']}/quantity", quantity=["1", "2"])
    assert answer.status_code == 422 and lines() == []


def test_the_address_to_return_to_stays_on_this_site(buyer, skus):
    answer = buyer.post(
        f"/portal/catalog/{skus['CP0515']}/quantity", quantity="1", place="list", next="//evil.cn"
    )
    assert answer.location.startswith("/portal/catalog/")


def test_finance_sees_no_catalogue(portal, skus):
    clerk = Visitor(portal, "clerk")
    assert clerk.get("/portal/catalog").status_code == 403
    assert clerk.get("/portal/cart").status_code == 403
    assert clerk.post(f"/portal/catalog/{skus['CP0515']}/quantity", quantity="1").status_code == 403
    text = clerk.page("/portal")
    assert "/portal/catalog" not in text and "/portal/cart" not in text
    assert lines() == []


def test_reading_changes_nothing(buyer, skus):
    before = look(standing)
    for url in ("/portal/catalog", f"/portal/catalog/{skus['CP0515']}", "/portal/cart", "/portal"):
        buyer.page(url)
    assert look(standing) == before and lines() == []


def test_prices_before_tax_say_so_and_the_tax_comes_on_top(buyer, skus):
    change = update(PriceList).where(PriceList.code == "GOLD").values(basis="net")
    db.run(lambda session, actor, given: session.execute(change) and None, None, None)
    text = buyer.page("/portal/catalog")
    assert "未税" in row_of(text, skus["CP0515"]) and "未税" not in row_of(text, skus["SQ5524"])
    why = buyer.page(f"/portal/catalog/{skus['CP0515']}/price?quantity=10")
    for words in ("本行金额（未税）", "¥423.00", "另加税额（税率 13%）", "¥54.99", "¥477.99"):
        assert words in why, words
    buyer.post(f"/portal/cart/lines/{skus['CP0515']}", quantity="10")
    assert "¥477.99" in buyer.page("/portal/cart")


def test_another_currency_is_written_by_its_code(buyer, skus):
    for change in (update(PriceList).values(currency="USD"), update(Distributor).values(currency="USD")):
        db.run(lambda session, actor, given: session.execute(given) and None, None, change)
    text = buyer.page("/portal/catalog")
    assert "USD " in row_of(text, skus["CP0515"]) and "¥" not in row_of(text, skus["CP0515"])
