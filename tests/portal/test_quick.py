"""The fast ways to order, over HTTP: nothing that was pasted, sent or scanned is dropped."""

import io
import re
import time
import zipfile
from collections.abc import Iterator
from html import unescape

import pytest
import xlsxwriter
from sqlalchemy import select, update

from tests.portal.test_portal_budget import build_many
from tests.portal.visitor import Visitor, hidden, ids, lines, look, open_portal
from trade import db
from trade.catalog.models import Sku
from trade.orders.models import OrderTemplate

MIXED = "CP0515 10\nJG3025 3箱\nCP0551 3\nQP3324 7\nCP0515 2\nVIP0O1 1"


@pytest.fixture
def portal(sqlite_url: str) -> Iterator[object]:
    yield open_portal(sqlite_url)


@pytest.fixture
def buyer(portal) -> Visitor:
    return Visitor(portal, "buyer")


def state(text: str) -> dict[str, object]:
    """What a browser would send back of a checked list."""
    good = re.search(r'<textarea name="good"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL)
    rows = re.findall(r'name="row" value="([^"]*)"', text)
    return {
        "good": unescape(good[1]) if good else "",
        "row": [unescape(row) for row in rows],
        "once": hidden(text, "once"),
    }


def picks(text: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'name="pick" value="([^"]*)"', text)]


def cart() -> dict[str, int]:
    codes = {key: code for code, key in ids().skus.items()}
    return {codes[line.sku_id]: line.quantity for line in lines()}


def sheet(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
    return out.getvalue()


def send(buyer: Visitor, content: bytes, name: str = "订货.xlsx"):
    return buyer.post("/portal/quick/check", file=(io.BytesIO(content), name))


def test_bad_rows_are_mended_by_one_tap_each_and_good_ones_go_at_choice(buyer):
    text = buyer.post("/portal/quick/check", text=MIXED).text
    assert "3 行要改" in text and "¥753.09" not in text and "第 1 + 5 行合并" in text
    assert state(text)["row"] == ["CP0551 3", "QP3324 7", "VIP0O1 1"] and cart() == {}
    assert picks(text) == ["0|CP0515\t3", "1|QP3324\t5", "1|QP3324\t10", "2|VIP001\t1"]
    text = buyer.post("/portal/quick/check", **state(text), pick="1|QP3324\t10").text
    assert state(text)["row"] == ["CP0551 3", "VIP0O1 1"] and "2 行要改" in text
    answer = buyer.post("/portal/quick/cart", **state(text))
    assert answer.status_code == 200 and cart() == {"CP0515": 12, "JG3025": 3, "QP3324": 10}
    assert state(answer.text)["row"] == ["CP0551 3", "VIP0O1 1"] and state(answer.text)["good"] == ""
    again = buyer.post("/portal/quick/cart", **state(text))
    assert again.status_code == 200 and cart()["CP0515"] == 12, "a second tap adds nothing"
    text = buyer.post("/portal/quick/check", **state(answer.text), pick="0|CP0515\t3").text
    last = buyer.post("/portal/quick/cart", **state(text) | {"row": []})
    assert last.status_code == 303 and cart()["CP0515"] == 15


def test_bad_rows_are_downloaded_with_their_reasons_and_run_nothing(buyer):
    text = buyer.post("/portal/quick/check", text=f"{MIXED}\n=cmd|' /C calc'!A0\t2").text
    answer = buyer.post("/portal/quick/bad-rows", **state(text))
    told = answer.data.decode("utf-8-sig")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    assert "CP0551 3,没有 CP0551 这个商品,CP0515 3" in told and "\n=" not in told and ",=" not in told


def test_a_list_goes_back_to_text_whole(buyer):
    text = buyer.post("/portal/quick/check", text=MIXED).text
    back = buyer.post("/portal/quick/text", **state(text)).text
    typed = re.search(r'<textarea class="form-control paste"[^>]*>(.*?)</textarea>', back, re.DOTALL)
    assert len(unescape(typed[1]).split("\n")) == 5  # two were added up


def test_a_strangers_goods_are_neither_known_nor_suggested(portal):
    other = Visitor(portal, "stranger")
    for code in ("VIP001", "VIP01", "VIP0O1", "普洱"):
        text = other.post("/portal/quick/check", text=f"{code} 1").text
        assert "没有" in text and "古树" not in text and picks(text) == []
        scan = other.post("/portal/quick/scans", code=code, once=hidden(text, "once"))
        assert scan.status_code == 422 and "古树" not in scan.text
    assert cart() == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_are_read_with_headings_units_and_empty_quantities(buyer, encoding):
    rows = "名称,编码,数量,单位\n乌龙茶,CP0515,10,箱\n坚果,JG3025,,箱\n水,SQ5524,240,瓶\n"
    text = send(buyer, rows.encode(encoding), "订货.csv").text
    assert state(text)["good"] == "CP0515\t10\nSQ5524\t10" and "1 行没填数量" in text
    text = send(buyer, sheet([["编码", "数量"], ["CP0515", 10], [6901234500011, 3.0]])).text
    assert state(text)["good"] == "CP0515\t10\nJG3025\t3"


def test_a_formula_is_confirmed_by_hand(buyer):
    text = send(buyer, sheet([["编码", "数量"], ["CP0515", "=5+5"], ["JG3025", 3]])).text
    assert state(text)["good"] == "JG3025\t3" and "这一行有公式" in text and len(state(text)["row"]) == 1
    again = buyer.post("/portal/quick/check", **state(text)).text
    assert len(state(again)["row"]) == 1, "looking again is no confirmation"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (50 * 2**20))
    return out.getvalue()


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "文件是空的"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 99, "旧的 xls"),
        (b"PK\x03\x04 and then nothing", "不是可读的"),
        (b"a\x00b 3", "不是可读的"),
        (b"\xff\xfe\xff\xff\x81", "文字编码"),
        (b"CP0515,1\n" * 3001, "最多核对"),
        (b"CP0515,1\n" * 20_001, "最多核对"),
        (b'"CP0515,1\n' + b"x" * 140_000, "读不成表格"),
        (bomb(), "文件太大"),
    ],
)
def test_what_is_no_list_is_told_in_words(buyer, content, words):
    answer = send(buyer, content)
    assert answer.status_code == 422 and words in answer.text and cart() == {}


@pytest.mark.parametrize(
    "text",
    ["", "   \n\t", "\x00", "<script>alert(1)</script> 3", "🍵 3", "\u202eabc 3", "A" * 9000, "1e400 1e400"],
)
def test_torture_is_answered(buyer, text):
    answer = buyer.post("/portal/quick/check", text=text)
    assert answer.status_code in {200, 422} and "<script>alert" not in answer.text
    if answer.status_code == 200:
        assert len(state(answer.text)["row"]) == 1
    for form in ({"pick": "9|x"}, {"pick": "٣|x"}, {"row": ["x"] * 5, "pick": "-1|y"}, {"once": "x" * 40}):
        assert buyer.post("/portal/quick/cart", **form).status_code == 422
    assert cart() == {}


def test_scans_add_up_and_answer_with_what_lies_in_the_cart(buyer):
    once = hidden(buyer.page("/portal/quick"), "once")
    for _scan in range(2):  # the same page sent twice is one scan
        answer = buyer.post("/portal/quick/scans", code="6901234500001", once=once)
    page = buyer.page(answer.location)
    assert cart() == {"CP0515": 1} and "购物车里 1 箱" in page
    answer = buyer.post("/portal/quick/scans", partial=True, code="qp3324", once=hidden(page, "once"))
    assert answer.status_code == 200 and "购物车里 5 箱" in answer.text and cart()["QP3324"] == 5
    wrong = buyer.post("/portal/quick/scans", partial=True, code="QP3342", once=hidden(answer.text, "once"))
    assert wrong.status_code == 422 and "QP3324" in wrong.text and "code-error" in wrong.text


def test_an_order_again_says_what_changed_and_takes_what_is_ticked(buyer):
    skus = ids().skus
    for code, quantity in {"CP0515": 3, "QP3324": 5, "VIP001": 1}.items():
        buyer.post(f"/portal/cart/lines/{skus[code]}", quantity=str(quantity))
    page = buyer.page("/portal/cart")
    form = {name: hidden(page, name) for name in ("version", "order", "seen_gross")}
    placed = buyer.post("/portal/cart/submission", **form).location
    buyer.post(f"/portal/cart/lines/{skus['SQ5524']}", quantity="10")
    db.run(
        lambda s, a, g: s.execute(update(Sku).where(Sku.code == "VIP001").values(is_sellable=False)) and None,
        None,
        None,
    )
    page = buyer.page(f"{placed}/reorder")
    assert "1 种商品有变化" in page and "已不能订购" in page and "替换购物车" in page
    ticked = {
        f"take-{skus['CP0515']}": "1",
        f"quantity-{skus['CP0515']}": "1e5",
        f"take-{skus['VIP001']}": "1",
    }
    once = hidden(page, "once")
    wrong = buyer.post(f"{placed}/reorder", once=once, mode="add", **ticked)
    assert wrong.status_code == 422 and 'value="1e5"' in wrong.text and cart() == {"SQ5524": 10} | _ordered()
    ticked[f"quantity-{skus['CP0515']}"] = "4"
    assert buyer.post(f"{placed}/reorder", once=once, mode="replace", **ticked).status_code == 303
    assert [line.quantity for line in lines() if line.sku_id == skus["CP0515"]][-1] == 4
    assert not [line for line in lines() if line.sku_id == skus["SQ5524"]]
    for nothing in ({"once": once, "mode": "add"}, {"mode": "add"}, {"once": once, "mode": "steal"}):
        assert buyer.post(f"{placed}/reorder", **nothing).status_code == 422


def _ordered() -> dict[str, int]:
    return {"CP0515": 3, "QP3324": 5, "VIP001": 1}


def test_a_list_that_somebody_else_changed_keeps_what_was_typed_beside_theirs(buyer, portal):
    sku_id = ids().skus["CP0515"]
    buyer.post(f"/portal/cart/lines/{sku_id}", quantity="2")
    url = buyer.post("/portal/order-templates", name="周一补货").location
    owner = Visitor(portal, "owner")
    assert owner.post(url, version="1", name="周一", **{f"quantity-{sku_id}": "9"}).status_code == 303
    stale = buyer.post(url, version="1", name="周二", code="JG3025", **{f"quantity-{sku_id}": "7"})
    assert stale.status_code == 422 and 'value="7"' in stale.text and "现在保存的是 9 箱" in stale.text
    assert 'value="周二"' in stale.text and hidden(stale.text, "version") == "2"
    for field, value in {f"quantity-{sku_id}": "x", "name": "", "code": "nothing"}.items():
        given = {"version": "2", "name": "周二", f"quantity-{sku_id}": "7"} | {field: value}
        assert buyer.post(url, **given).status_code == 422
    kept = look(lambda session: session.scalars(select(OrderTemplate)).one())
    assert (kept.name, kept.version) == ("周一", 2)
    assert (
        buyer.post(url, version="2", name="周二", code="JG3025", **{f"quantity-{sku_id}": "7"}).status_code
        == 303
    )
    page = buyer.page(url)
    assert "每日坚果" in page and "都可以订，有现货" in buyer.page(f"{url}/reorder")
    for name in ("", "周二", "x" * 61, "a\x00b"):
        assert buyer.post("/portal/order-templates", name=name).status_code == 422


def test_stars_and_habits_filter_the_catalogue(buyer):
    sku_id = ids().skus["JG3025"]
    assert "还没有收藏" in buyer.page("/portal/catalog?starred=yes")
    answer = buyer.post(f"/portal/catalog/{sku_id}/star", partial=True, is_on="yes")
    assert answer.status_code == 200 and 'aria-pressed="true"' in answer.text and "<html" not in answer.text
    page = buyer.page("/portal/catalog?starred=yes")
    assert "每日坚果" in page and "茉莉" not in page.split("<main")[1]
    assert "每日坚果" in buyer.page("/portal") and "近 12 个月没有订过货" in buyer.page(
        "/portal/catalog?usual=yes"
    )


def test_two_thousand_rows_go_in_at_once_and_the_pages_stay_constant(templates, tmp_path):
    """Of 300 products, two thousand rows; measured on a shared machine, so the bound is generous."""
    url = templates.copy_sqlite(build_many, tmp_path / "many.db")
    buyer = Visitor(open_portal(url), "buyer")
    rows = "\n".join(f"T{at % 300:05d} {at % 7 + 1}" for at in range(1990)) + "\nT0000X 1" * 10
    buyer.csrf()
    begun = time.perf_counter()
    with buyer.counting() as seen:
        text = buyer.post("/portal/quick/check", text=rows).text
    took = time.perf_counter() - begun
    assert len(seen) <= 12 and took < 10 and len(state(text)["row"]) == 10
    with buyer.counting() as few:
        buyer.post("/portal/quick/check", text="T00001 1\nT0000X 1")
    assert len(few) == len(seen)
    with buyer.counting() as seen:
        assert buyer.post("/portal/quick/cart", **state(text) | {"row": []}).status_code == 303
    assert len(seen) <= 24 and len([line for line in lines() if line.line_no]) == 600
    for page in (
        "/portal/catalog?usual=yes",
        "/portal/catalog?category=2&usual=yes",
        "/portal",
        "/portal/cart",
        "/portal/quick",
    ):
        with buyer.counting() as seen:
            text = buyer.page(page)
        assert len(seen) <= 12, (page, len(seen))
    assert text and "下一页" in buyer.page("/portal/cart")
    first = re.search(r'href="([^"]*)" rel="next"', buyer.page("/portal/catalog?usual=yes"))
    assert "试饮茶" in buyer.page(unescape(first[1]))
