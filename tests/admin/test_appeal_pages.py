"""An appeal, from where it is decided: what both sides have, who decided on which facts, and what the loser reads."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from admin.inbox import reasons_of
from tests.admin.site import Site, open_site
from tests.admin.test_inbox_customers import asked_about
from tests.flows.cast import Cast
from tests.registrations.reports import Reports, everything, picture, row
from tests.world import OPERATOR
from trade import clock, db
from trade.approvals.models import ApprovalRequest
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.follow_up_registration import follow_up_registration
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.release_registration import Release, release_registration
from trade.notices import delivery, outbox
from trade.registrations.following import FollowUp

REASON = "乙方三月的意向书在先"


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def deliver() -> None:
    """Bring what was posted to its readers, as the worker does."""
    while letter := db.run(lambda session, actor, _: outbox.claim(session, actor), OPERATOR, None):
        db.run(lambda session, actor, each: delivery.deliver(session, each), OPERATOR, letter)


def test_who_decided_when_why_and_on_which_facts_stays_on_record(site: Site) -> None:
    reports, boss = Reports(Cast()), site.browser("administrator")
    held = reports.report("owner", name="龙海泰丰源食品商贸有限公司").registration_id
    soon = clock.today() + timedelta(days=20)
    chance = NewOpportunity(held, "chance-1", "一号店冷饮", Decimal(32_000), soon)
    db.run(open_opportunity, reports["owner"], chance)
    taken = reports.report("stranger", name="龙海泰丰源食品商贸有限公司").registration_id
    db.run(appeal_registration, reports["stranger"], Appeal(taken, row(taken).version, "三月已签意向书"))
    asked = asked_about("registration")
    for path in (f"/admin/registrations/{taken}", f"/admin/approvals/{asked}"):
        page = boss.get(path).text
        assert "¥32,000.00" in page and "当前持有客户" in page, path
    until = row(held).protected_until
    reports.decide(taken, "approve", comment=REASON)
    for path in (
        f"/admin/registrations/{taken}",
        f"/admin/approvals/{asked}",
        f"/admin/registrations/{held}",
    ):
        page = boss.get(path).text
        both = page[page.index("双方对照") :]
        both = both[: both.index("</table>")]
        assert "裁定时的情况" in both and "当时持有客户" in both and "保护中" in both, path
        assert "¥32,000.00" in both and str(until) in both and "因申诉转出" not in both, path
    page = boss.get(f"/admin/registrations/{taken}").text
    for title, words in (
        ("判定与依据", f"other-manager · {clock.today()}"),
        ("判定与依据", REASON),
        ("经过", "other-manager"),
    ):
        part = page[page.index(f">{title}<") :]
        assert words in part[: part.index("</section>")], title
    for key, words in (
        (taken, ("客户申诉已裁定", "审批: 已通过", REASON)),
        (held, ("客户因申诉转出", row(taken).number)),
    ):
        told = boss.get(f"/admin/audit?subject=registration&subject_id={key}").text
        assert [each for each in words if each not in told] == [], key
    portal = site.browser("stranger").get(f"/portal/registrations/{taken}").text
    assert "other-manager" not in portal and "32,000" not in portal
    lost = site.browser("owner").get(f"/portal/registrations/{held}").text
    assert "other-manager" not in lost and REASON not in lost and "sides" not in lost


def test_an_appeal_is_decided_with_its_evidence_and_a_reason_either_way(site: Site) -> None:
    reports, boss, manager = Reports(Cast()), site.browser("administrator"), site.browser("other-manager")
    held = reports.report("owner", name="龙海泰丰源食品商贸有限公司").registration_id
    told = FollowUp(held, "visit", clock.today(), "店长确认下周上架")
    db.run(follow_up_registration, reports["owner"], told)
    taken = reports.report("stranger", name="龙海泰丰源食品商贸有限公司").registration_id
    given = Appeal(taken, row(taken).version, "三月已签意向书", [picture()])
    db.run(appeal_registration, reports["stranger"], given)
    deliver()
    news = site.browser("owner").get("/portal/notices").text
    assert "品牌方正在核查 龙海泰丰源食品商贸有限公司 的归属" in news and "福州" not in news
    asked = asked_about("registration")
    for browser in (boss, manager):
        page = browser.get(f"/admin/approvals/{asked}").text
        file = re.search(rf'<img src="(/admin/registrations/{taken}/attachments/\d+)"', page)
        assert file and "店长确认下周上架" in page
    assert manager.get(file[1]).status_code == 200
    before = everything()
    for decision in ("approve", "reject"):
        sent = {"version": str(row(taken).version), "decision": decision, "step": "1", "comment": " "}
        for place in ("approval", "document"):
            answer = manager.post(f"/admin/registrations/{taken}/decision", sent | {"place": place})
            assert answer.status_code == 422 and "请写明原因" in answer.text, (decision, place)
    assert everything() == before


def test_what_an_appeal_took_is_told_as_that_and_counts_as_no_loss(site: Site) -> None:
    reports, boss, owner = Reports(Cast()), site.browser("administrator"), site.browser("owner")
    keys = [reports.report("owner", name=f"龙海泰丰源{at}食品商贸有限公司").registration_id for at in "甲乙"]
    soon = clock.today() + timedelta(days=20)
    for key in keys:
        given = NewOpportunity(key, f"chance-{key}", "冷饮", Decimal(1000 * key), soon)
        db.run(open_opportunity, reports["owner"], given)
    taken = reports.report("stranger", name=row(keys[0]).name).registration_id
    db.run(appeal_registration, reports["stranger"], Appeal(taken, row(taken).version, "三月已签意向书"))
    reports.decide(taken, "approve", comment=REASON)
    db.run(release_registration, reports["owner"], Release(keys[1], row(keys[1]).version, "客户倒闭"))
    deliver()
    for browser, face in ((boss, "admin"), (owner, "portal")):
        page = browser.get(f"/{face}/registrations").text
        assert "因申诉转出" in page and "已释放" in page, face
        lost = browser.get(f"/{face}/opportunities?stage=lost").text
        assert row(keys[1]).name in lost and row(keys[0]).name not in lost, face
        whole = browser.get(f"/{face}/opportunities").text
        assert "因申诉转出" in whole and row(keys[0]).name in whole, face
        board = browser.get(f"/{face}/opportunities/board").text
        assert f"¥{1000 * keys[1]:,}.00" in board and f"¥{1000 * keys[0]:,}.00" not in board, face
    news = owner.get("/portal/notices").text
    assert f"{row(keys[1]).name} 的商机" in news and f"{row(keys[0]).name} 的商机" not in news
    assert "另一方的申诉成立" in news


def test_a_doubt_says_what_differs_each_reason_once_and_when_it_is_out_of_date(site: Site) -> None:
    reports, manager = Reports(Cast()), site.browser("other-manager")
    held = reports.report("owner", phone="13900000001").registration_id
    reports.report("stranger", name="龙岩第五海鲜餐饮有限公司", phone="13900000001")
    path = f"/admin/approvals/{asked_about('registration')}"
    page = manager.get(path).text
    code_row = re.search(r'<td[^>]*class="code">' + str(row(held).credit_code) + r".*?</td>", page)
    assert code_row and "不同" in code_row[0] and "与之相近的报备已失效" not in page
    db.run(release_registration, reports["owner"], Release(held, row(held).version, "客户倒闭"))
    assert "与之相近的报备已失效" in manager.get(path).text
    twice = [{"code": "registration.name", "percent": 90, "against": at} for at in (1, 2)]
    with site.app.test_request_context():
        assert len(reasons_of(ApprovalRequest(subject="registration", reasons=twice), "CNY")) == 1
