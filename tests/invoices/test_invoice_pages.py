"""Invoices over HTTP: what waits, issuing, the page, refusals that keep what was typed, the tax platform's sheet, the portal."""

import io
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from ops.worker import Worker
from press import papers
from tests.admin.site import Site
from tests.invoices.conftest import Invoicing, invoice, item
from tests.lists.book import formulas, rows_of
from tests.press.test_papers import words
from tests.returns.conftest import PICTURE
from tests.reused import application
from tests.world import OPERATOR
from trade import clock, db
from trade.db import Base
from trade.distributors.models import Distributor
from trade.invoices.models import Invoice, TaxInvoice
from trade.papers import facts

TABLES = (
    "invoice",
    "invoice_line",
    "tax_invoice",
    "open_item",
    "ledger_entry",
    "number_series",
    "attachment",
)
TAX_NUMBER = "24952000000012345678"


@pytest.fixture
def database_url(sqlite_url):
    """Pages are the same on both databases."""
    return sqlite_url


@pytest.fixture
def site(sqlite_url):
    return Site(application(sqlite_url))


@pytest.fixture
def cast(site):
    return Invoicing()


def everything():
    tables = Base.metadata.tables
    with db.read() as session:
        return [
            [tuple(row) for row in session.execute(select(tables[name]).order_by(tables[name].c.id))]
            for name in TABLES
        ]


def only_invoice():
    with db.read() as session:
        return session.scalars(select(Invoice)).one()


def test_what_waits_is_ticked_and_stands_on_one_invoice_for_each_company(site, cast):
    order_id = cast.received(CP0515=10)
    shipment = cast.ship(cast.ordered(SQ5524=10), 24)
    other = cast.ship(cast.ordered("stranger", CP0515=1), 15)
    return_id = cast.credited(order_id, 20)
    finance = site.browser("finance")
    page = finance.get("/admin/invoices/waiting").text
    assert "待开票" in page and "相关发货还没有开票" in page and "退货冲减" in page
    own = cast.world.distributors["D1"]
    assert "福州榕江冷链" not in finance.get(f"/admin/invoices/waiting?distributor={own}").text
    picks = [str(item("shipment", key).id) for key in (shipment, other)]
    answer = finance.post("/admin/invoices?wanted=normal", {"pick": picks})
    assert answer.status_code == 303
    with db.read() as session:
        found = session.scalars(select(Invoice)).all()
    assert [each.tax_mode for each in found] == ["normal", "normal"]
    before = everything()
    refused = finance.post("/admin/invoices", {"pick": picks})
    assert refused.status_code == 422 and "没有重复开票" in refused.text and everything() == before
    early = finance.post("/admin/invoices", {"pick": [str(item("return", return_id).id)]})
    assert early.status_code == 422 and "请先给发货单开票" in early.text and everything() == before
    tomorrow = finance.post("/admin/invoices/due", {"until": "2199-01-01"})
    assert tomorrow.status_code == 422 and "日期还没到" in tomorrow.text and everything() == before
    assert finance.post("/admin/invoices/due", {"until": f"{clock.today()}"}).status_code == 303
    Worker().once()
    answer = finance.post("/admin/invoices", {"pick": [str(item("return", return_id).id)]})
    assert answer.status_code == 303
    assert "没有待开票的单据" in finance.get("/admin/invoices/waiting").text
    assert "红字发票" in finance.get("/admin/invoices?kind=red").text


def test_the_page_of_an_invoice_its_real_number_and_its_end(site, cast):
    order_id = cast.ordered(CP0515=10, SQ5524=10)
    one = cast.invoice(cast.ship(order_id, 46, 24))
    finance, path = site.browser("finance"), f"/admin/invoices/{one.id}"
    page = finance.get(path).text
    assert one.number in page and "46 瓶" in page and "待登记" in page and "13%" in page
    before = everything()
    fields = {"version": "1", "number": "x", "day": "2026-02-30"}
    wrong = finance.post(f"{path}/tax-invoices", fields, content_type="multipart/form-data")
    assert wrong.status_code == 422 and 'value="2026-02-30"' in wrong.text and everything() == before
    fields = {"version": "1", "number": TAX_NUMBER, "day": f"{clock.today()}"}
    sent = {**fields, "file": (io.BytesIO(b"MZ"), "票.exe")}
    bad = finance.post(f"{path}/tax-invoices", sent, content_type="multipart/form-data")
    assert bad.status_code == 422 and TAX_NUMBER in bad.text and everything() == before
    sent = {**fields, "file": (io.BytesIO(PICTURE), "票.png")}
    assert finance.post(f"{path}/tax-invoices", sent, content_type="multipart/form-data").status_code == 303
    with db.read() as session:
        real = session.scalars(select(TaxInvoice)).one()
    assert TAX_NUMBER in finance.get("/admin/invoices?noted=yes").text
    file = f"attachments/{real.attachment_id}"
    assert (
        finance.get(f"{path}/{file}").data
        == site.browser("buyer").get(f"/portal/invoices/{one.id}/{file}").data
    )
    stale = finance.post(f"{path}/reversal", {"version": "1", "reason": "抬头错"})
    assert stale.status_code == 422 and "刚被别人改过" in stale.text and "抬头错" in stale.text
    removed = finance.post(f"{path}/tax-invoices/{real.id}/removal", {"version": "2"})
    assert removed.status_code == 303 and finance.get(f"{path}/{file}").status_code == 404
    done = finance.post(f"{path}/reversal", {"version": "3", "reason": "抬头错"})
    assert done.status_code == 303 and invoice(one.id).state == "reversed"
    red = finance.get(done.location).text
    assert "红字发票" in red and "抬头错" in red and one.number in red
    assert "已红冲" in finance.get(path).text


def test_staff_who_may_only_read_cannot_issue(site, cast):
    one = cast.invoice(cast.ship(cast.ordered(CP0515=1), 15))
    manager, before = site.browser("manager"), everything()
    page = manager.get(f"/admin/invoices/{one.id}").text
    assert one.number in page and "整张红冲" not in page
    denied = manager.post(f"/admin/invoices/{one.id}/reversal", {"version": "1", "reason": "x"})
    assert denied.status_code == 403 and everything() == before
    assert site.browser("other-manager").get(f"/admin/invoices/{one.id}").status_code == 404


def test_the_sheet_of_the_tax_platform_has_a_row_for_each_line_and_no_formula(site, cast):
    with_formula = update(Distributor).where(Distributor.code == "D1")
    bank = with_formula.values(bank_name='=HYPERLINK("http://x")', credit_code="91350100M000100Y43")
    db.run(lambda session, actor, given: session.execute(bank), OPERATOR, None)
    one = cast.invoice(cast.ship(cast.ordered(CP0515=10, SQ5524=10), 46, 24), remark="合同 7")
    cast.invoice(cast.ship(cast.ordered(CP0515=1), 15), tax_mode="none")
    answer = site.browser("finance").post("/admin/invoices/tax-sheet")
    assert answer.status_code == 200
    rows = rows_of(answer.data)
    assert rows[0][:4] == ["发票类型", "购方名称", "购方税号", "购方地址电话"] and not formulas(answer.data)
    first, second = rows[1:3]
    assert first[0] == "增值税专用发票" and first[2] == "91350100M000100Y43"
    assert not str(first[4]).startswith("=") and first[14] == f"{one.number} 合同 7"
    assert [(row[7], row[8]) for row in (first, second)] == [("瓶", 46), ("箱", 1)]
    for row in first, second:
        assert abs(row[8] * row[9] - row[10]) < 0.005 and row[10] == pytest.approx(row[12] + row[13])
    assert Decimal(str(rows[3][10])) == one.gross and len(rows) == 4


def test_the_distributor_sees_its_own_and_a_stranger_none(site, cast):
    one = cast.invoice(cast.ship(cast.ordered(CP0515=10), 46))
    buyer, stranger = site.browser("clerk"), site.browser("stranger")
    assert one.number in buyer.get("/portal/invoices").text
    page = buyer.get(f"/portal/invoices/{one.id}").text
    assert "46 瓶" in page and "税务平台开出后会出现在这里" in page
    assert "portal/invoices" in buyer.get("/portal/credit").text
    assert buyer.get("/portal/credit/billed").status_code == 200
    for path in (f"/portal/invoices/{one.id}", f"/portal/invoices/{one.id}/paper"):
        assert stranger.get(path).status_code == 404
    assert one.number not in stranger.get("/portal/invoices").text


def test_the_paper_has_both_companies_the_tax_and_the_sum_in_capitals(cast):
    one = cast.invoice(cast.ship(cast.ordered(CP0515=10), 150))
    with db.read() as session:
        paper = facts.invoice_paper(session, cast["finance"], one.id)
    text = words(papers.printed(paper, "zh_CN", clock.now()))
    for each in (
        one.number,
        "形式发票",
        "漳州市鑫禾源食品商贸有限公司",
        "肆佰贰拾叁元整",
        "13%",
        "374.34",
        "48.66",
    ):
        assert each in text, each
    red = cast.reverse(one.id)
    with db.read() as session:
        paper = facts.invoice_paper(session, cast["finance"], red.id)
    text = words(papers.printed(paper, "zh_CN", clock.now()))
    assert "（红字）" in text and "肆佰贰拾叁元整" in text and one.number in text
