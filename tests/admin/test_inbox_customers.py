"""Doubtful customers and applicants in the inbox: the figures stand there, and the answer leads on."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.admin.site import PARTIAL, Site
from tests.flows.cast import Cast, change_setting
from tests.onboarding import applicants
from tests.registrations.reports import Reports, free, row
from tests.world import OPERATOR
from trade import clock, db
from trade.approvals.models import ApprovalRequest
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.give_project_price import NewPrice, give_project_price
from trade.flows.order_for_registration import ForWhom, order_for_registration


def asked_about(subject: str) -> int:
    with db.read() as session:
        wanted = select(ApprovalRequest.id).where(
            ApprovalRequest.subject == subject, ApprovalRequest.state == "open"
        )
        return session.scalars(wanted).one()


def test_a_doubtful_customer_is_decided_in_the_inbox(site: Site) -> None:
    reports = Reports(Cast())
    reports.report("owner", name="龙海泰丰源食品商贸有限公司", phone="13900000001")
    doubtful = reports.report("stranger", name="龙海泰丰源食品商贸公司", phone="13900000002")
    manager = site.browser("other-manager")
    request_id = asked_about("registration")
    both = [
        site.browser(who).get(f"/admin/registrations/{doubtful.registration_id}").text
        for who in ("other-rep", "other-manager")
    ]
    for page, is_named in zip(
        both, (False, True), strict=True
    ):  # another's distributor and its customer's phone
        assert "双方对照" in page and ("漳州市鑫禾源" in page) is is_named, page
        assert ("13900000001" in page) is is_named
    for path in ("/admin", f"/admin?item={request_id}", f"/admin/approvals/{request_id}"):
        page = manager.get(path)
        assert page.status_code == 200 and "龙海泰丰源食品商贸公司" in page.text, path
        assert "registration." not in page.text.replace("/registration", ""), path
    assert (
        "龙海泰丰源食品商贸公司"
        in re.search(r'class="what">.*?</td>', manager.get("/admin").text, re.DOTALL)[0]
    )
    page = manager.get(f"/admin?item={request_id}", headers=PARTIAL).text
    assert "双方对照" in page and "是不同客户，予以保护" in page
    found = row(doubtful.registration_id)
    answer = {"version": str(found.version), "place": "approval", "step": "1", "comment": ""}
    path = f"/admin/registrations/{found.id}/decision"
    assert manager.post(path, {**answer, "decision": "reject"}).status_code == 422
    assert row(found.id).state == "submitted"
    assert manager.post(path, {**answer, "decision": "approve"}).status_code == 303
    assert row(found.id).state == "live"


@pytest.mark.parametrize("place", ["approval", "desk"])
def test_an_applicant_is_examined_and_taken_in_from_the_inbox(site: Site, place: str) -> None:
    applicants.know_regions()
    first, _found = applicants.sent(wishes="做商超")
    _second, other = applicants.sent("13800002222", credit_code=applicants.OTHER_CODE)
    boss = site.browser("administrator")
    asked, left = (each.id for each in applicants.asked())
    here = f"/admin/approvals/{asked}" if place == "approval" else f"/admin?item={asked}"
    onward = f"/admin/approvals/{left}" if place == "approval" else f"/admin?item={left}"
    key, start = applicants.one(first).id, f"/admin/applications/{applicants.one(first).id}"
    page = boss.get(here).text
    figures = (
        "¥600,000.00",
        "福建省漳州市芗城区 北环路 8 号",
        "执照.png",
        "13800001111",
        "未核实",
        "企业名称相同",
        "做商超",
    )
    assert [each for each in figures if each not in page] == [] and f"{start}/approval" not in page
    answer = boss.post(
        f"{start}/call", {"version": applicants.one(first).version, "place": place, "only": ""}
    )
    assert (answer.status_code, answer.location) == (303, here)
    way = re.search(rf'href="({start}/approval[^"]*)"', boss.get(here).text)
    assert way
    form = boss.get(way[1].replace("&amp;", "&")).text
    assert f'href="{here}"' in form and re.search(
        r'name="tier_id".*?<option value="\d+" selected', form, re.DOTALL
    )
    sent = {"version": applicants.one(first).version, "code": "D9001", "place": place, "terms": "monthly"}
    sent |= {"terms_days": "30", "status": "prospect", "is_namesake": "y"}
    assert (
        boss.post(f"{start}/approval", sent).status_code == 422 and applicants.one(first).state == "submitted"
    )
    sent |= {"tier_id": applicants.plan(Cast()).tier_id, "rep_id": site.world.people["rep"]}
    taken = boss.post(f"{start}/approval", sent)
    assert taken.status_code == 200 and f'href="{onward}"' in taken.text and "/invitation?key=" in taken.text
    assert boss.get(f"{start}/approval").location == start  # whoever comes later sees how it ended
    no = {
        "version": other.version,
        "step": "1",
        "place": place,
        "decision": "reject",
        "comment": "区域已有经销商",
    }
    assert boss.post(f"/admin/applications/{other.id}/answer", no).location == "/admin"
    assert key != other.id


def test_an_appeal_is_read_where_it_is_decided_and_a_won_customer_tells_its_own_end(site: Site) -> None:
    reports = Reports(Cast())
    held = reports.report("owner", name="龙海泰丰源食品商贸有限公司", phone="13900000001")
    taken = reports.report("stranger", name="龙海泰丰源食品商贸有限责任公司", phone="13900000002")
    db.run(
        appeal_registration,
        reports["stranger"],
        Appeal(taken.registration_id, row(taken.registration_id).version, "三月已签意向书"),
    )
    boss = site.browser("administrator")
    asked = asked_about("registration")
    for path in (f"/admin/registrations/{taken.registration_id}", f"/admin/approvals/{asked}"):
        page = boss.get(path).text
        assert page.index("申诉理由") < page.index("双方对照") and "三月已签意向书" in page, path
        assert "13900000001" in page and "13900000002" in page, "both phones, for who may read them"
    cart = db.run(order_for_registration, reports["owner"], ForWhom(held.registration_id))
    reports.cast.fill("owner", CP0515=1)
    reports.cast.submit(cart, "owner")
    assert reports.look(held.registration_id) == "win"
    listed = boss.get("/admin/registrations?state=won").text
    won = row(held.registration_id)
    assert str(won.maintained_until) in listed and str(won.protected_until) not in listed
    other = row(taken.registration_id)
    for asked_for, here in (
        (f"distributor={won.distributor_id}", (True, False)),
        (f"distributor={other.distributor_id}", (False, True)),
        (f"rep={reports.cast.world.people['rep']}", (True, False)),
        (f"rep={reports.cast.world.people['other-rep']}", (False, True)),
        ("rep=999999", (True, True)),  # nobody on offer: no filter
    ):
        page = boss.get(f"/admin/registrations?{asked_for}").text
        assert tuple(f"/admin/registrations/{each.id}" in page for each in (won, other)) == here, asked_for
    soon = won.protected_until + timedelta(days=1)
    assert won.name not in boss.get(f"/admin/registrations?state=won&until={soon}").text
    assert won.maintained_until > soon > clock.today()


def test_an_order_that_keeps_the_customer_stands_where_the_appeal_is_decided(site: Site) -> None:
    reports, boss, manager = Reports(Cast()), site.browser("administrator"), site.browser("other-manager")
    held = reports.report("owner", name="龙海泰丰源食品商贸有限公司").registration_id
    taken = reports.report("stranger", name="龙海泰丰源食品商贸有限公司").registration_id
    db.run(give_project_price, reports["administrator"], NewPrice(held, "CP0515", Decimal("39.90")))
    db.run(appeal_registration, reports["stranger"], Appeal(taken, row(taken).version, "我方在先"))
    asked = asked_about("registration")
    paths = f"/admin/registrations/{taken}", f"/admin/approvals/{asked}", f"/admin?item={asked}"
    for page in (manager.get(path).text for path in paths):
        assert 'value="approve"' in page and "当前持有客户" in page and "失去客户的一方只看到" in page
    site.set("order.approve_above", "10.00")
    made = db.run(order_for_registration, reports["owner"], ForWhom(held))
    reports.cast.fill("owner", CP0515=2)
    reports.cast.submit(made, "owner")
    number = site.order(made).number
    for page in (manager.get(path).text for path in paths):
        assert 'value="approve"' not in page and 'value="reject"' in page
        assert f"的订单 {number}（¥79.80）还在等品牌方审批" in page
        assert f'href="/admin/orders/{made}"' not in page  # another's, whom they do not look after
    for page in (boss.get(path).text for path in paths[:2]):
        assert f"的订单 {number}（¥79.80）还在等品牌方审批" in page and f'href="/admin/orders/{made}"' in page
    rep = site.browser("rep")
    whole, panel = f"/admin/orders/{made}", f"/admin/approvals/{asked_about('order')}"
    for page in (rep.get(whole).text, rep.get(panel).text):
        assert f'href="/admin/registrations/{held}"' in page and "1 行用项目价" in page
        assert "常规价 ¥43.20" in page and 'value="approve"' in page
    db.run(free, OPERATOR, held)
    for page in (rep.get(whole).text, rep.get(panel).text):
        assert "该客户的报备已失效" in page and 'value="approve"' not in page and 'value="return"' in page
    yes = {"version": str(site.order(made).version), "decision": "approve", "step": "1", "comment": ""}
    refused = rep.post(f"{whole}/decision", yes)
    assert refused.status_code == 422 and "客户已不归此经销商" in refused.text
    assert site.order(made).approval_state == "pending"


def test_a_second_appeal_names_who_has_the_customer_by_now(site: Site) -> None:
    reports, boss = Reports(Cast()), site.browser("administrator")
    first = reports.report("owner").registration_id
    won, late = (reports.report("stranger", name=row(first).name).registration_id for _ in range(2))
    for each in (won, late):
        db.run(appeal_registration, reports["stranger"], Appeal(each, row(each).version, "我方在先"))
    reports.decide(won, "approve")
    page = boss.get(f"/admin/registrations/{late}").text
    assert (
        page.count("当前持有客户") == 1
        and (row(won).number or "") in page
        and (row(first).number or "") in page
    )
    assert page.index(f">{row(won).number}<") < page.index(f">{row(first).number}<")


def test_what_was_sent_back_says_so_on_both_sides_and_before(site: Site) -> None:
    reports = Reports(Cast())
    reports.report("owner", phone="13900000001")
    doubtful = reports.report(
        "stranger", name="龙岩第五海鲜餐饮有限公司", phone="13900000001"
    ).registration_id
    boss = site.browser("other-manager")
    last = clock.today() + timedelta(days=7)
    assert f"先报资格保留至 {last}" in boss.get(f"/admin/registrations/{doubtful}").text
    reports.decide(doubtful, "return", comment="请补充门头照片")
    assert "已退回修改" in boss.get(f"/admin/registrations/{doubtful}").text
    owner = site.browser("stranger")
    for path in ("", "/correction"):
        page = owner.get(f"/portal/registrations/{doubtful}{path}").text
        assert (
            "已退回，请修改后重新提交" in page
            and "退回原因：请补充门头照片" in page
            and "尚未提交" not in page
            and f"先报资格保留至 {last}" in page
        )
    assert "已退回修改" in owner.get("/portal/registrations").text
    free = reports.report("stranger", name="泉州大丰收粮油贸易有限公司", phone="13900000001").registration_id
    change_setting("registration.return_days", 0)
    assert "退回修改后，该客户立即对所有经销商开放" in boss.get(f"/admin/registrations/{free}").text
    reports.decide(free, "return", comment="请补充门头照片")
    assert "先报资格保留至" not in owner.get(f"/portal/registrations/{free}").text
