"""Days that no account can be shown for: said beside the field, with what was typed kept, by every way to them."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from ops import statements as errand
from tests.admin.site import Site, open_site
from tests.statements.past import OCTOBER, SEPTEMBER, Past, look, on
from tests.world import OPERATOR
from trade.papers.models import PaperRun
from trade.statements.models import StatementRun


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    yield from open_site(database_url)


@pytest.fixture
def told(site: Site) -> Past:
    past = Past()
    past.tell()
    return past


WRONG = {
    "since=2026-10-31&until=2026-10-01": ("until", "截止日期早于开始日期"),
    "since=2026-10-01&until=2199-01-01": ("until", "这一天还没到"),
    "since=2020-01-01&until=2026-10-31": ("since", "一次最多查三年"),
    "since=2026-02-30&until=2026-10-31": ("since", "的样子填日期"),
    "since=2026-13&until=2026-10-31": ("since", "的样子填日期"),
    "since=&until=2026-10-31": ("since", "的样子填日期"),
}


def test_impossible_days_are_told_beside_their_field(site, told):
    clerk, finance = site.browser("clerk"), site.browser("finance")
    own, theirs = "/portal/statements/span", f"/admin/distributors/{told.world.distributors['D1']}/statement"
    for browser, base in ((clerk, own), (finance, theirs)):
        for asked, (field, words) in WRONG.items():
            answers = [browser.get(f"{base}?{asked}"), browser.get(f"{base}/paper?{asked}")]
            answers.append(browser.post(f"{base}/sheet?{asked}"))
            for answer in answers:
                assert answer.status_code == 422 and words in answer.text, (base, asked)
                assert f'aria-describedby="{field}-error"' in answer.text, (base, asked)
                typed = dict(each.split("=") for each in asked.split("&"))
                assert all(f'value="{each}"' in answer.text for each in typed.values()), (base, asked)
                assert "1,988.10" not in answer.text
        assert "1,988.10" in browser.get(f"{base}?since=2026-09-01").text
        assert browser.get(base).status_code == 200


def test_a_certificate_of_an_impossible_day_is_told_beside_it(site, told):
    finance, whose = site.browser("finance"), told.world.distributors["D1"]
    path = f"/admin/distributors/{whose}/balance/paper"
    for day, words in (
        ("2199-01-01", "这一天还没到"),
        ("2026-13-01", "的样子填日期"),
        ("2026-13", "的样子填日期"),
    ):
        answer = finance.get(f"{path}?since=2026-09-01&until=2026-10-31&day={day}")
        assert answer.status_code == 422 and words in answer.text and f'value="{day}"' in answer.text
        assert 'aria-describedby="day-error"' in answer.text
        assert "1,988.10" in answer.text  # the span that was looked at stands there still
    assert site.browser("other-rep").get(f"{path}?day=2199-01-01").status_code == 403
    assert finance.get("/admin/distributors/999999/statement?since=x").status_code == 404


def test_any_month_since_the_books_began_can_be_made(site, told):
    finance = site.browser("finance")
    with on("11-22"):
        text = finance.get("/admin/statements").text
        assert re.findall(r'<option value="(\d{4}-\d\d-\d\d)"[^>]*>', text)[:2] == [
            "2026-10-01",
            "2026-09-01",
        ]
        assert "2026 年 10 月 · 还没有" in text
        for month, words in (
            ("2026-08-01", "账从 2026-09 开始"),
            ("2026-11-01", "这个月还没有结束"),
            ("2199-01-01", "这个月还没有结束"),
            ("2026-13", "的样子填日期"),
        ):
            refused = finance.post("/admin/statements/runs", {"month": month})
            assert refused.status_code == 422 and words in refused.text, month
            assert 'id="make-month-error"' in refused.text
        none = finance.post("/admin/statements/bundles", {"month": "2026-09-01"})
        assert none.status_code == 422 and 'id="make-month-error"' in none.text
        assert look(select(StatementRun)) == [] and look(select(PaperRun)) == []
        for month in ("2026-09-01", "2026-10-01"):
            assert finance.post("/admin/statements/runs", {"month": month}).status_code == 303
        september, october = look(select(StatementRun).order_by(StatementRun.id))
        errand.make_month(OPERATOR, october.id, lambda done, total: None)
        assert [each.first_day for each in told.statements()] == [SEPTEMBER, OCTOBER]
        errand.make_month(OPERATOR, september.id, lambda done, total: None)
        assert len(told.statements()) == 2
        assert "2026 年 09 月 · 已有 1 份" in finance.get("/admin/statements").text
