"""Statements on both faces: the answer first, what is disputed, and nothing for a stranger."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.admin.site import Site, open_site
from tests.portal.visitor import hidden
from tests.statements.past import OCTOBER, SEPTEMBER, Past, look
from trade.statements.models import StatementDispute


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    yield from open_site(database_url)


@pytest.fixture
def told(site: Site) -> Past:
    past = Past()
    past.tell()
    past.make("11-02", OCTOBER)
    return past


def test_the_distributor_reads_disputes_and_confirms_the_rest(site, told):
    clerk, finance = site.browser("clerk"), site.browser("finance")
    september, _october = told.statements()
    assert "2026 年 09 月" in clerk.get("/portal/statements").text
    text = clerk.get(f"/portal/statements/{september.id}").text
    for said in (
        "期末应付",
        "1,188.10",
        "壹仟壹佰捌拾捌元壹角整",
        "+¥1,988.10",
        "−¥800.00",
        "确认 ¥1,188.10",
    ):
        assert said in text, said
    assert re.search(r'href="/portal/orders/\d+">DN260910', text)
    form = re.search(r"/portal/statements/\d+/lines/\d+/dispute", text)[0]
    refused = clerk.post(form, {"version": "1", "reason": "quantity", "text": "", "amount": "99999"})
    assert refused.status_code == 422 and look(select(StatementDispute)) == []
    sent = {"version": "1", "reason": "quantity", "text": "少 2 箱", "amount": "84.60"}
    assert clerk.post(form, sent).status_code == 303
    text = clerk.get(f"/portal/statements/{september.id}").text
    assert "1 笔有异议" in text and "¥84.60" in text and "确认其余 1 笔" in text
    (dispute,) = look(select(StatementDispute))
    assert "少 2 箱" in finance.get(f"/admin/disputes/{dispute.id}").text
    assert finance.post(f"/admin/disputes/{dispute.id}/remarks", {"text": "仓库在查"}).status_code == 303
    confirmed = {"version": hidden(text, "version")}
    assert clerk.post(f"/portal/statements/{september.id}/confirmation", confirmed).status_code == 303
    page = finance.get(f"/admin/disputes/{dispute.id}").text
    settled = {"version": hidden(page, "version"), "outcome": "下月冲减 84.60"}
    assert finance.post(f"/admin/disputes/{dispute.id}/settlement", settled).status_code == 303
    foot = finance.get("/admin/statements").text.split("<tfoot>")[1].split("</tfoot>")[0]
    assert "2 份对账单" in foot and "¥" not in foot, "balances of several months are not added up"
    page = finance.get(f"/admin/statements/{september.id}").text
    assert "完结这份对账单" in page and "下月冲减 84.60" in page
    closing = {"version": hidden(page, "version")}
    assert finance.post(f"/admin/statements/{september.id}/closing", closing).status_code == 303
    assert told.statements()[0].state == "closed" and told.statements()[1].state == "issued"


def test_papers_and_sheets_are_handed_out(site, told):
    clerk, finance = site.browser("clerk"), site.browser("finance")
    (first, _second), whose = told.statements(), told.world.distributors["D1"]
    span = "since=2026-09-01&until=2026-10-31"
    for browser, path in (
        (clerk, f"/portal/statements/{first.id}/paper"),
        (clerk, f"/portal/statements/span/paper?{span}"),
        (finance, f"/admin/distributors/{whose}/balance/paper?day=2026-10-31"),
    ):
        answer = browser.get(path)
        assert answer.status_code == 200 and answer.data.startswith(b"%PDF"), path
    sheet = clerk.post(f"/portal/statements/{first.id}/sheet")
    assert sheet.status_code == 200 and sheet.data.startswith(b"PK")
    text = finance.get(f"/admin/distributors/{whose}/statement?{span}").text
    assert "1,668.10" in text and "余额证明" in text


def test_a_stranger_finds_nothing(site, told):
    stranger = site.browser("stranger")
    first = told.statements()[0]
    told.dispute(first)
    (dispute,) = look(select(StatementDispute))
    for path in (f"statements/{first.id}", f"statements/{first.id}/paper", f"disputes/{dispute.id}"):
        assert stranger.get(f"/portal/{path}").status_code == 404, path
    assert site.browser("other-rep").get(f"/admin/statements/{first.id}").status_code == 404
    assert "1,988.10" not in stranger.get("/portal/statements/span?since=2026-09-01").text


def test_months_are_closed_on_a_page(site, told):
    finance = site.browser("finance")
    text = finance.get("/admin/periods").text
    assert "2026-09 关账" in text and "2026-10 关账" not in text and "1 笔发货未开票" in text
    late = {"version": "1", "entity": "1", "month": OCTOBER.isoformat()}
    refused = finance.post("/admin/periods/closing", late)
    assert refused.status_code == 422 and "2026-09 还没有关账" in refused.text
    first = late | {"month": SEPTEMBER.isoformat()}
    assert finance.post("/admin/periods/closing", first).status_code == 303
    assert "反关账" in finance.get("/admin/periods").text
