"""Imports on their pages: from the file to the message that it is written, as an administrator does it."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from ops.worker import Worker
from tests.admin.site import open_site
from tests.databases import Templates
from tests.imports.uploading import comma, found, workbook
from tests.world import OPERATOR, build_template
from trade import db
from trade.audit import AuditEntry
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows import write_import
from trade.flows.write_import import Wish, ask_to_write
from trade.imports.models import Upload
from trade.imports.uploads import Seen
from trade.imports.uploads_fields import KINDS, guess
from trade.jobs.models import Job

ROWS = [
    ["客户编码", "客户名称", "等级", "电话"],
    ["D1", "改名的公司", "银牌", "+86 139 0595 0000"],
    ["N1", "新公司", "金牌", ""],
    ["N2", "坏等级公司", "钻石", "<script>alert(1)</script>"],
]


@pytest.fixture
def site(tmp_path, monkeypatch, templates: Templates):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    yield from open_site(templates.copy_sqlite(build_template, Path(tmp_path / "site.db")))


def send(chief, content: bytes, kind: str = "distributors", name: str = "经销商.xlsx"):
    return chief.post("/admin/imports", {"kind": kind, "file": (io.BytesIO(content), name)})


def names() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(Distributor.name).order_by(Distributor.id)))


def fields_of(page: str) -> dict[str, str]:
    """What the form that names the columns would send."""
    form = page[page.index('id="import-columns"') :]
    given = {"version": re.search(r'name="version" value="(\d+)"', form)[1]}
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        given[name] = chosen[1] if chosen else ""
    return given


def test_a_file_is_uploaded_named_checked_corrected_and_written(site):
    chief = site.browser("administrator")
    content = workbook(ROWS)
    answer = send(chief, content)
    assert answer.status_code == 303, answer.text
    page = answer.location
    given = fields_of(chief.get(page).text)
    assert given["field_tier"] == "等级" and given["field_phone"] == "电话", "the headings were understood"
    assert chief.post(f"{page}/mapping", given).status_code == 303
    assert 'hx-trigger="every 2s"' in chief.get(page).text
    Worker().once()
    text = chief.get(page).text
    assert "钻石" in text and "等级" in text and "改名的公司" in text and "<script>alert(1)" not in text
    sheet = chief.get(f"{page}/problems")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.data)).get_sheet_by_index(0).to_python()
    assert rows[0][-1] == "哪里不对" and rows[1][0] == "N2" and "钻石" in rows[1][-1]
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    assert chief.post(f"{page}/writing", {"version": version, "mode": "all"}).status_code == 422
    assert chief.post(f"{page}/writing", {"version": version, "mode": "valid"}).status_code == 303
    stale = chief.post(f"{page}/writing", {"version": version, "mode": "valid"})
    assert stale.status_code == 422
    Worker().once()
    assert names()[0] == "改名的公司" and "新公司" in names() and len(names()) == 3
    text = chief.get(page).text
    assert "已写入" in text and "/admin/distributors/" in text
    assert "新增或更改 2 行" in chief.get("/admin/notices").text
    again = send(chief, sheet.data, name="问题行.xlsx")
    given = fields_of(chief.get(again.location).text)
    assert "沿用上次的设置" in chief.get(again.location).text, "the same shape is known"
    assert given["field_tier"] == "等级"
    assert "经销商.xlsx" in chief.get("/admin/imports").text
    assert chief.get(f"{page}/file").data == content
    with db.read() as session:
        events = set(session.scalars(select(AuditEntry.event)))
    assert {
        "import.uploaded",
        "import.asked",
        "import.written",
        "distributor.created",
        "distributor.edited",
    } <= events


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_template_is_understood_as_it_is_handed_out(site, kind, locale):
    chief = site.browser("administrator")
    chief.post("/language", {"locale": locale, "next": "/"})
    answer = chief.get(f"/admin/imports/template?kind={kind}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    first, second = (book.get_sheet_by_index(at).to_python() for at in (0, 1))
    fields = KINDS[kind].fields
    missed = {each.key for each in fields} - guess(KINDS[kind], first[0]).keys()
    assert not missed, (missed, first[0])
    assert len(second) == len(fields) and len(first) == 1  # no example that would have to be deleted


def test_nobody_else_comes_near(site):
    chief = site.browser("administrator")
    page = send(chief, workbook(ROWS)).location
    for who in ("rep", "finance", "marketing"):
        browser = site.browser(who)
        assert browser.get("/admin/imports").status_code == 403
        assert browser.get(page).status_code == 403
        assert send(browser, workbook(ROWS)).status_code == 403
        assert browser.get(f"{page}/file").status_code == 403
    assert chief.get("/admin/imports/999999").status_code == 404
    assert send(chief, workbook(ROWS), kind="nothing").status_code == 404


def test_the_columns_are_said_in_a_form_that_refuses_nonsense(site):
    chief = site.browser("administrator")
    page = send(chief, comma(ROWS, "gb18030"), name="经销商.csv").location
    given = fields_of(chief.get(page).text)
    for wrong in (
        {"field_code": ""},
        {"field_code": "没有的列"},
        {"field_name": "客户编码"},
        {"version": "99"},
        {"version": ""},
        {"field_code": "x" * 5000},
        {"field_code": "\u202e🍵"},
    ):
        assert chief.post(f"{page}/mapping", given | wrong).status_code == 422, wrong
    with db.read() as session:
        upload = session.scalars(select(Upload)).one()
        assert (upload.state, upload.version) == ("uploaded", 1)
        assert session.scalar(select(func.count(Job.id)).where(Job.kind == "imports.check")) == 0
    assert chief.post(f"{page}/removal", {"version": "1"}).status_code == 303
    assert chief.post(f"{page}/mapping", given).status_code == 422
    assert found(upload.id).state == "dropped" and len(names()) == 2


def test_another_sheet_and_a_count_with_its_day(site):
    chief = site.browser("administrator")
    content = workbook([["产品编码", "数量"], ["CP0515", 1]], 二号=[["货号", "实盘数量"], ["CP0515", "12"]])
    page = send(chief, content, "stock", "盘点.xlsx").location
    assert chief.post(f"{page}/sheet", {"version": "1", "sheet": "没有"}).status_code == 422
    assert chief.post(f"{page}/sheet", {"version": "1", "sheet": "二号"}).status_code == 303
    given = fields_of(chief.get(page).text)
    assert given["field_quantity"] == "实盘数量"
    for wrong in (
        {"day": ""},
        {"day": "2199-01-01"},
        {"day": "2026-02-30"},
        {"warehouse_id": ""},
        {"at": "25:61"},
    ):
        sent = given | {"warehouse_id": "1", "day": "2026-11-20"} | wrong
        assert chief.post(f"{page}/mapping", sent).status_code == 422, wrong
    assert (
        chief.post(f"{page}/mapping", given | {"warehouse_id": "1", "day": "2026-11-20"}).status_code == 303
    )


def test_two_taps_write_once_and_the_twin_without_the_guard_would_not(site, monkeypatch):
    chief = site.browser("administrator")
    page = send(chief, workbook(ROWS[:2])).location
    chief.post(f"{page}/mapping", fields_of(chief.get(page).text))
    Worker().once()
    seen = Seen(int(page.rsplit("/", 1)[1]), 3)

    def tap(_) -> str:
        try:
            db.run(ask_to_write, OPERATOR, Wish(seen, "all"))
            return "asked"
        except Refused as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(tap, range(8)))
    assert sorted(told) == ["asked", *["upload.changed_meanwhile"] * 7]
    with db.read() as session:
        assert session.scalar(select(func.count(Job.id)).where(Job.kind == "imports.write")) == 1
    with monkeypatch.context() as patched:
        patched.setattr(write_import.uploads, "move", lambda *given, **values: 4)
        assert tap(0) == "asked", "the guard is what says no"
    Worker().once()
    with db.read() as session:
        written = select(func.count(AuditEntry.id)).where(AuditEntry.event == "import.written")
        assert session.scalar(written) == 1


WRITTEN_ROWS = {  # one row of every kind that is written, with what its form asks besides
    "distributors": (ROWS[:2], {}),
    "products": ([["产品编码", "安全库存"], ["CP0515", 7]], {}),
    "prices": ([["价目表", "货号", "价格"], ["BASE", "CP0515", "45.50"]], {}),
    "stock": ([["产品编码", "实盘数量"], ["CP0515", 3]], {"warehouse_id": "1", "day": "2026-01-05"}),
    "credit-limits": ([["经销商编码", "额度", "原因"], ["D1", 60_000, "年审"]], {}),
    "registrations": (
        [
            ["经销商编码", "名称", "产品线", "客户电话"],
            ["D1", "漳州新客户食品有限公司", "饮料", "13900000001"],
        ],
        {},
    ),
    "direct-customers": ([["名称"], ["厦门大客户有限公司"]], {}),
    "orders": (
        [
            ["单号", "经销商编码", "下单日期", "产品编码", "数量", "单价"],
            ["H1", "D1", "2026-01-05", "CP0515", 1, 40],
        ],
        {},
    ),
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_was_written_leads_to_its_pages(site, kind):
    chief, (rows, more) = site.browser("administrator"), WRITTEN_ROWS[kind]
    page = send(chief, workbook(rows), kind).location
    given = fields_of(chief.get(page).text)
    assert {given[name] for name in given if name.startswith("field_")} >= set(rows[0]), (
        "every heading is known"
    )
    assert chief.post(f"{page}/mapping", given | more).status_code == 303
    Worker().once()
    version = re.search(r'name="version" value="(\d+)"', chief.get(page).text)[1]
    assert chief.post(f"{page}/writing", {"version": version, "mode": "all"}).status_code == 303, kind
    Worker().once()
    seen = chief.get(page)
    assert seen.status_code == 200, kind
    links = re.search(r'class="import-links">(.*?)</p>', seen.text, re.DOTALL)
    for url in re.findall(r'href="([^"]+)"', links[1]):
        answer = chief.get(url.replace("&amp;", "&"))
        assert answer.status_code == 200 and (kind != "direct-customers" or rows[1][0] in answer.text)
