"""A rep clears an inbox of twenty on a phone: one thumb, the next one follows."""

import re

import pytest
from playwright.sync_api import Page
from sqlalchemy import func, select

from tests.databases import Prepare
from tests.stories import line
from tests.stories.hands import Cost, Hands, asked, breaches, note
from trade.approvals.models import ApprovalDecision, ApprovalRequest

APART = """() => [...document.querySelectorAll("#toasts .toast-line")].every((line) =>
    line.getBoundingClientRect().bottom <= document.querySelector(".footbar").getBoundingClientRect().top)"""


@pytest.fixture
def prepare() -> Prepare:
    return line.build


def states(session):
    rows = session.execute(select(ApprovalRequest.state, func.count()).group_by(ApprovalRequest.state))
    return {state: count for state, count in rows}


def spot(page: Page) -> tuple[int, int]:
    """Where in the line the item stands, as the page says it."""
    told = re.search(r"(\d+) / (\d+)", page.locator("#approval .topbar").inner_text())
    assert told, page.locator("#approval .topbar").inner_text()
    return int(told[1]), int(told[2])


@pytest.mark.browser
def test_a_rep_clears_an_inbox_of_twenty_on_a_phone(served, sqlite_url, open_context):
    cost = Cost()
    rep = Hands(open_context("phone"), cost)
    rep.sign_in("rep", line.PASSWORD)
    rep.page.goto("/admin")
    rep.sees(f"{line.WHOLE} 件等您决定")
    for word in ("订单", "退货", "改单", "临时额度"):
        rep.sees(word)
    rep.follow_like("/admin/approvals/")
    for left in range(line.WHOLE, 0, -1):
        assert spot(rep.page) == (1, left)
        assert rep.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), rep.page.url
        assert rep.page.evaluate(APART), "what was said covers the buttons"
        if left == 7:  # one of them goes back, with words
            field = rep.page.locator("textarea[name=comment]")
            cost.fields, cost.letters = cost.fields + 1, cost.letters + 7
            field.fill("请改成 5 箱")
            back = rep.page.locator("button[value=return]:visible, button[value=reject]:visible")
            rep.send(back.first)
        else:
            rep.send("button[name=decision][value=approve]")
    note("A rep clears an inbox of 20 on a phone", cost)
    rep.sees("没有等您决定的事")
    assert cost.taps == line.WHOLE + 1, "one to begin, and one for each"
    found = asked(sqlite_url, states)
    assert "open" not in found and found["approved"] == line.WHOLE - 1
    assert asked(sqlite_url, lambda session: session.scalar(select(func.count(ApprovalDecision.id)))) >= 20
    assert breaches(sqlite_url) == []


@pytest.mark.browser
def test_small_ones_are_ticked_and_approved_together_on_a_phone(served, sqlite_url, open_context):
    cost = Cost()
    rep = Hands(open_context("phone"), cost)
    rep.sign_in("rep", line.PASSWORD)
    rep.page.goto("/admin?subject=order")
    boxes = rep.page.locator("input[name=pick]:visible")
    assert boxes.count() == line.ORDERS
    for at in range(line.ORDERS):
        rep.tap(boxes.nth(at))
    rep.send("button[form=ticked]")
    note("Nine small orders approved together on a phone", cost)
    assert cost.taps == line.ORDERS + 1
    assert asked(sqlite_url, states)["approved"] >= line.ORDERS
    assert breaches(sqlite_url) == []
