"""Pasting down a column, giving a draft up, and the reason of a publication: no price lands on another product."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.admin.site import Site, open_site
from tests.pricing.test_pages import cell, drafted, gold
from trade import clock, db
from trade.pricing import grid
from trade.pricing.models import PriceDraft, PriceList, PriceRow


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def shown(of_list: str = "GOLD") -> list[grid.GridRow]:
    with db.read() as session:
        found = session.scalars(select(PriceList).where(PriceList.code == of_list)).one()
        return grid.everything(session, found, None, grid.GridFilter(), clock.today())


def paste(site: Site, text: str, start: str = "", query: str = ""):
    return site.browser("marketing").post(f"{gold(site)}/pasted{query}", {"text": text, "start": start})


def boxed(page: str) -> list[str]:
    box = page.split("data-price-paste>")[1].split("<")[0].replace("\r", "")
    return box.removeprefix("\n").split("\n")


@pytest.mark.parametrize("bad", ["¥82,00", "待 定", "999999999999", "", '"待\n定"'])
def test_a_line_that_cannot_be_read_keeps_its_place(site: Site, bad: str):
    end = "\r\n"
    rows = shown()
    answer = paste(site, end.join(["7.01", bad.replace("\n", end), "7.03", "7.04"]), rows[0].name_of_key)
    at = {(row.sku.id if row.sku else 0, row.min_quantity): row for row in rows}
    kept = {at[key].key: value for key, value in drafted(site).items()}
    assert kept == {rows[0].key: "7.01", rows[2].key: "7.03", rows[3].key: "7.04"}
    if not bad.strip():
        assert answer.status_code == 303
        return
    assert answer.status_code == 422 and f"{rows[1].code} {rows[1].name}" in answer.text
    assert boxed(answer.text)[0].startswith(f"{rows[1].code}\t{rows[1].min_quantity}\t")


def test_blank_lines_at_the_head_keep_their_place_too(site: Site):
    rows = shown()
    assert paste(site, "\n\n7.03\n\n", rows[0].name_of_key).status_code == 303
    assert list(drafted(site).values()) == ["7.03"]
    assert (rows[2].sku.id, rows[2].min_quantity) in drafted(site)


def test_a_mended_line_goes_to_its_own_row(site: Site):
    rows = shown()
    answer = paste(site, "7.01\nx\n7.03", rows[0].name_of_key)
    mended = boxed(answer.text)[0].replace("\tx", "\t7.02")
    assert paste(site, mended).status_code == 303
    assert drafted(site)[(rows[1].sku.id, rows[1].min_quantity)] == "7.02" and len(drafted(site)) == 3


def test_lines_beyond_the_last_row_are_counted_and_wait_in_no_box(site: Site):
    rows = shown()
    answer = paste(site, "7.01\n7.02\n7.03", rows[-1].name_of_key)
    assert answer.status_code == 422 and "2 行超出了表格末尾" in answer.text
    assert list(drafted(site).values()) == ["7.01"] and boxed(answer.text) == [""]


def test_a_first_row_that_is_shown_no_more_takes_nothing(site: Site):
    rows = shown()
    answer = paste(site, "7.01\n7.02", rows[0].name_of_key, "?q=JG3025")
    again = paste(site, "7.01\n7.02", "sku-99999.1.case")
    assert answer.status_code == again.status_code == 422 and drafted(site) == {}
    assert boxed(again.text) == ["7.01", "7.02"] and 'value="sku-99999.1.case"' in again.text


def test_a_code_beside_an_empty_cell_is_no_price(site: Site):
    assert paste(site, "1001\t\n7.02").status_code == 422
    rows = shown()
    assert drafted(site) == {(rows[1].sku.id, rows[1].min_quantity): "7.02"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("-5", "价格不能为负"),
        ("999999999999", "最多 999,999,999"),
        ("12.34567", "最多 4 位小数"),
        ("abc", "如 41.50"),
    ],
)
def test_a_cell_says_which_rule_it_breaks(site: Site, typed: str, words: str):
    answer = site.browser("marketing").post(f"{gold(site)}/rows", cell(site, typed))
    assert answer.status_code == 422 and words in answer.text and drafted(site) == {}


def test_giving_a_draft_up_names_how_much_of_whom(site: Site):
    site.browser("marketing").post(f"{gold(site)}/rows", cell(site, "43.00"))
    browser = site.browser("administrator")
    browser.post(f"{gold(site)}/rows", cell(site, "42.00", quantity=10))
    asked = browser.get(gold(site)).text.split('class="asked"')[1].split("</details>")[0]
    people = site.world.people
    assert "2 处改动" in asked and len(people) > 1 and asked.count(" 1") >= 2 and "全部放弃" in asked
    assert len(drafted(site)) == 2


def test_warnings_are_accepted_with_a_reason(site: Site):
    browser, page = site.browser("administrator"), gold(site)
    browser.post(f"{page}/rows", cell(site, "83.00"))
    with db.read() as session:
        draft = session.scalars(select(PriceDraft)).one()
        before = session.scalars(select(PriceRow.id).order_by(PriceRow.id)).all()
    seen = browser.get(f"{page}/check").text.split('name="accepted" value="')[1].split('"')[0]
    assert "leap" in seen
    form = {
        "version": str(draft.version),
        "day": clock.today().isoformat(),
        "accepted": seen,
        "agreed": "yes",
    }
    refused = browser.post(f"{page}/publication", {**form, "note": "  "})
    assert refused.status_code == 422 and "请写明原因" in refused.text
    with db.read() as session:
        assert session.scalars(select(PriceRow.id).order_by(PriceRow.id)).all() == before
    assert browser.post(f"{page}/publication", {**form, "note": "原料涨价"}).status_code == 303


def test_price_lists_stand_once_in_the_navigation(site: Site):
    page = site.browser("administrator").get("/admin/catalog").text
    assert 'href="/admin/prices"' in page.split("<main")[0]
    assert 'href="/admin/prices"' not in page.split("<main")[1]
