"""By which transfer money came is read by who sees payments and by the company that paid; others see its end."""

import io
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from pypdf import PdfReader
from python_calamine import load_workbook
from sqlalchemy import select

from ops import papers as errand
from tests.admin.site import Site, open_site
from tests.statements.past import OCTOBER, Past, look, on
from tests.world import OPERATOR
from trade import clock, db
from trade.flows.order_papers import Bundle, Papers, order_bundle, order_papers
from trade.flows.record_payment import Receipt, record_payment
from trade.papers import runs
from trade.papers.models import PaperRun
from trade.receivables.rules import seen_reference

WHOLE, END = "622202240001008842", "****8842"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    yield from open_site(database_url)


@pytest.fixture
def told(site: Site) -> Past:
    past = Past()
    past.ship("09-10", CP0515=47)
    with on("09-15"):
        home = past.world.distributors["D1"]
        db.run(record_payment, past["finance"], Receipt(home, clock.today(), Decimal("800.00"), WHOLE))
    past.make("11-02", OCTOBER)
    return past


def in_pdf(content: bytes) -> str:
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def in_sheet(content: bytes) -> str:
    return str(load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python())


def test_a_representative_sees_the_end_of_a_reference_everywhere(site, told):
    home, statement = told.world.distributors["D1"], told.statements()[0]
    span = f"/admin/distributors/{home}/statement"
    for who, seen, hidden in (("rep", END, WHOLE), ("finance", WHOLE, "****")):
        browser = site.browser(who)
        texts = [
            browser.get(f"{path}?since=2026-09-01").text
            for path in (f"/admin/statements/{statement.id}", span)
        ]
        texts += [
            in_pdf(browser.get(f"{path}/paper?since=2026-09-01").data)
            for path in (f"/admin/statements/{statement.id}", span)
        ]
        texts += [
            in_sheet(browser.post(f"{path}/sheet?since=2026-09-01").data)
            for path in (f"/admin/statements/{statement.id}", span)
        ]
        for text in texts:
            assert seen in text and hidden not in text, who
        assert ("/admin/payments" in texts[0]) is (who == "finance")
    clerk = site.browser("clerk")
    assert WHOLE in clerk.get(f"/portal/statements/{statement.id}").text
    assert WHOLE in clerk.get("/portal/credit/payments").text


def test_who_stands_in_for_a_distributor_sees_no_more_there(site, told):
    rep, statement = site.browser("rep"), told.statements()[0]
    assert rep.post(f"/admin/distributors/{told.world.distributors['D1']}/behalf").status_code == 303
    for path in (f"/portal/statements/{statement.id}", "/portal/credit", "/portal/credit/payments"):
        text = rep.get(path).text
        assert END in text and WHOLE not in text, path


def test_what_is_drawn_later_shows_as_much_as_its_reader_may_see(told, monkeypatch):
    drawn: list[str] = []
    monkeypatch.setattr(errand.papers, "draw", lambda paper, *_: drawn.append(paper.lines[1].words) or b"")
    monkeypatch.setattr(errand.papers, "worded", lambda paper, *_: drawn.append(paper.lines[1].words) or "")
    monkeypatch.setattr(errand.pdf, "bound", lambda _drawn: b"%PDF")
    monkeypatch.setattr(errand.Easel, "draw", lambda _self, _words, place: place.write_bytes(b"%PDF"))
    wanted = [told.statements()[0].id]
    for who in ("rep", "finance"):
        db.run(order_papers, told[who], Papers("statement", wanted, "对账单"))
        db.run(order_bundle, told[who], Bundle(told.statements()[0].first_day, "对账单"))
    for run in look(select(PaperRun).order_by(PaperRun.id)):
        if run.kind == "statement":
            errand.make_papers(OPERATOR, run.id, lambda done, total: None)
        else:
            errand.make_bundle(OPERATOR, (run.id, 0, 100), lambda done, total: None)
    assert drawn == [END, END, WHOLE, WHOLE]
    assert {run.state for run in look(select(PaperRun))} == {"done"}
    assert not runs.reader(OPERATOR, {}).may("payment.read")  # of before: as little as possible


def test_a_short_reference_has_no_end_to_show(told):
    assert [seen_reference(told["rep"], each) for each in ("R-1", "1234567", "12345678", "")] == [
        *("****", "****", "****5678", "")
    ]
