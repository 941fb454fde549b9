"""Policies in the editor and absences, over HTTP: what is published decides, who stands in sees and decides."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select

from tests.admin.site import PARTIAL, Site, field_error, open_site
from tests.served import Server
from trade import clock, db
from trade.approvals import policies, policy
from trade.approvals.models import ApprovalCandidate, ApprovalDecision, ApprovalPolicy
from trade.distributors.models import Channel, Territory
from trade.people.models import Absence
from web import choosing
from web.access import COOKIE

TWO = {
    "rules": "1",
    "r0.steps": "2",
    "r0.s0.approvers": ["rep"],
    "r0.s0.then": ["rep_manager", "role:administrator"],
    "r0.s1.mode": "any",
    "r0.s1.approvers": ["rep_manager", "role:administrator"],
    "skips_repeats": "yes",
}


def draft(subject: str = "order") -> ApprovalPolicy | None:
    with db.read() as session:
        return policies.drafts(session).get(subject)


def in_force(subject: str = "order") -> int:
    with db.read() as session:
        return policies.in_force(session)[subject].version


def test_a_manager_adds_a_step_publishes_and_it_decides(site: Site) -> None:
    manager = site.browser("manager")
    page = manager.get("/admin/policies").text
    assert "所有情况：负责该经销商的销售代表 同意；无人处理时再请该销售代表的主管，再请任一管理员。" in page
    answer = manager.post("/admin/policies", {"subject": "order"})
    made = draft()
    assert answer.status_code == 303 and made and answer.location == f"/admin/policies/{made.id}"
    at = answer.location
    assert manager.post(at, {**TWO, "turn": "1", "r0.steps": "1", "action": "add-step-0"}).status_code == 303
    assert "第 2 步" in manager.get(at).text
    done = manager.post(f"{at}/publication", {**TWO, "turn": "2", "note": "大家都要经理点头"})
    assert done.location == "/admin/policies" and in_force() == 2 and draft() is None
    order_id = site.pending()
    version = site.order(order_id).version
    yes = {"decision": "approve", "comment": "", "place": "document", "version": str(version)}
    assert site.browser("rep").post(f"/admin/orders/{order_id}/decision", yes).status_code == 303
    assert (site.order(order_id).approval_state, site.order(order_id).version) == ("pending", version)
    again = site.browser("rep").post(f"/admin/orders/{order_id}/decision", yes)
    assert again.status_code == 422 and site.order(order_id).approval_state == "pending"
    assert manager.post(f"/admin/orders/{order_id}/decision", yes).status_code == 303
    assert site.order(order_id).approval_state == "approved"


def test_people_are_typed_into_a_step_where_they_are_many(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = site.browser("manager")
    at = manager.post("/admin/policies", {"subject": "order"}).location
    monkeypatch.setattr(choosing, "MOST_DRAWN", 1)
    page = manager.get(at).text
    assert "<select" not in page.split('id="policy"')[1] and f"{at}/people/lookup" in page
    asked = {
        "r0.s1.person": ["查无此人", "rep"],
        "r0.s1.then": ["任一管理员（角色）", "anager"],
        "turn": "1",
        "action": "keep",
    }
    wrong = manager.post(at, {**TWO, **asked})
    assert wrong.status_code == 422 and "没有编码或名称" in wrong.text and "有 2 个相符" in wrong.text
    for kept in ("查无此人", "anager", "rep", "任一管理员（角色）"):
        assert f'value="{kept}"' in wrong.text, kept
    right = {**TWO, **asked, "turn": "2", "r0.s1.person": "rep", "r0.s1.then": "任一管理员（角色）"}
    assert manager.post(at, right).status_code == 303
    made = draft()
    assert made
    step = made.content["rules"][0]["steps"][1]
    assert f"person:{site.world.people['rep']}" in step["approvers"] and step["then"] == [
        "role:administrator"
    ]
    for of, count in (("r0.s1.person", 2), ("r0.s1.then", 2)):
        found = manager.get(f"{at}/people/lookup", query_string={"of": of, of: "anager"}, headers=PARTIAL)
        assert found.text.count("<option") == count, of


def test_a_running_order_keeps_its_version(site: Site) -> None:
    order_id = site.pending()
    manager = site.browser("manager")
    at = manager.post("/admin/policies", {"subject": "order"}).location
    manager.post(f"{at}/publication", {**TWO, "turn": "1"})
    assert in_force() == 2
    site.decide(order_id, "approve", "rep")
    assert site.order(order_id).approval_state == "approved"


def test_a_draft_tells_what_it_changes_who_keeps_the_old_version_and_a_former_one_comes_back(
    site: Site,
) -> None:
    site.pending()
    manager = site.browser("manager")
    at = manager.post("/admin/policies", {"subject": "order"}).location
    page = manager.get(at).text
    assert "与版本 1（现行）相比的改动" in page and "暂无改动" in page and "目前进行中 1 件" in page
    look = manager.post(at, {**TWO, "turn": "1", "action": "look"}).text
    assert "<del>所有情况：" in look and "<ins>所有情况：" in look
    manager.post(f"{at}/publication", {**TWO, "turn": "1"})
    first = manager.get("/admin/policies").text
    with db.read() as session:
        old = policies.versions(session, "order")[-1]
    page = manager.get(f"/admin/policies/{old.id}").text
    assert "曾经生效；现行为版本 2" in page and "1 件进行中的审批仍按本版本" in page and first
    before = site.everything()
    for like in ("999999", "x", "-1"):
        assert manager.post("/admin/policies", {"subject": "order", "like": like}).status_code in (
            404,
            422,
        ), like
    assert site.everything() == before and draft() is None
    back = manager.post("/admin/policies", {"subject": "order", "like": str(old.id)}).location
    made = draft()
    assert made and back == f"/admin/policies/{made.id}" and made.content == old.content and in_force() == 2
    assert manager.post("/admin/policies", {"subject": "order", "like": str(old.id)}).location == back


def test_what_cannot_be_proven_is_told_with_its_path_and_stays_a_draft(site: Site) -> None:
    manager = site.browser("manager")
    at = manager.post("/admin/policies", {"subject": "order"}).location
    before = site.everything()
    alone = {"rules": "1", "r0.steps": "1", "r0.s0.approvers": ["rep"], "turn": "1"}
    answer = manager.post(f"{at}/publication", alone)
    assert answer.status_code == 422 and "规则 1 第 1 步：如果由" in answer.text
    assert "就没有别人能以「负责该经销商的销售代表」的身份审批" in answer.text
    assert in_force() == 1 and draft() is not None and site.everything() == before
    part = manager.post(f"{at}/publication", {**alone, "turn": "2"}, headers=PARTIAL)
    assert part.status_code == 422 and "规则 1 第 1 步：如果由" in part.text and "<html" not in part.text
    wrong = {**TWO, "turn": "3", "r0.at_least": "1e5", "r0.s0.escalate": "0"}
    answer = manager.post(at, {**wrong, "action": "keep"})
    assert answer.status_code == 422 and 'value="1e5"' in answer.text and "1 到 720" in answer.text
    stale = manager.post(at, {**TWO, "turn": "1", "action": "keep"})
    assert stale.status_code == 422 and "刚被别人修改或发布" in stale.text
    made = draft()
    mine = {**TWO, "turn": "4", "action": "keep", "note": "我改的"}
    colleague = site.browser("administrator")
    assert made and made.turn == 4 and colleague.post(at, {**mine, "note": "同事改的"}).status_code == 303
    theirs = {**mine, "r0.steps": "1"}
    for _press in range(2):  # however often: it asks before it overwrites
        stale = manager.post(at, theirs)
        assert (
            stale.status_code == 422
            and "我改的</textarea>" in stale.text
            and "同事的说明：同事改的" in stale.text
        )
        assert stale.text.count('name="turn" value="4"') == 2 and 'name="over" value="5"' in stale.text
        assert "<del>所有情况：" in stale.text and "<ins>所有情况：" in stale.text
        made = draft()
        assert made and (made.turn, made.note) == (5, "同事改的")
    gone = manager.post(f"{at}/removal", {"turn": "4"})  # nor does it give up what a colleague did, unseen
    assert (
        gone.status_code == 422
        and re.search(r"administrator 于 \S+ \d\d:\d\d 修改了此草稿", gone.text)
        and draft()
    )
    assert 'name="turn" value="5"' in gone.text, "seen now, it may be given up"
    assert manager.post(at, {**theirs, "over": "4"}).status_code == 422, (
        "a third colleague's is another question"
    )
    assert manager.post(at, {**theirs, "over": "5"}).status_code == 303
    made = draft()
    assert made and made.note == "我改的" and "我改的</textarea>" in manager.get(at).text
    assert manager.post(f"{at}/removal", {"turn": str(made.turn)}).location == "/admin/policies"
    assert draft() is None and in_force() == 1


def test_a_rule_more_stands_last_and_its_sentence_follows_what_is_ticked(site: Site) -> None:
    manager = site.browser("manager")
    at = manager.post("/admin/policies", {"subject": "order"}).location
    some = {**TWO, "r0.at_least": "100000", "turn": "1"}
    assert manager.post(at, {**some, "action": "add-rule"}).status_code == 303
    made = draft()
    assert made is not None
    rules = policy.load(made.content).rules
    assert [each.when.is_always for each in rules] == [False, True], "the new one takes all the others"
    two = {**some, "turn": "2", "rules": "2", "r1.steps": "1", "r1.s0.approvers": ["rep_manager"]}
    before = site.everything()
    seen = manager.post(at, {**two, "r1.s0.mode": "all", "action": "look"}, headers=PARTIAL)
    assert seen.status_code == 200 and "其余情况：该销售代表的主管 同意。" in seen.text
    assert site.everything() == before, "a look keeps nothing"
    three = {**two, "action": "add-rule"}
    assert manager.post(at, three).status_code == 303
    made = draft()
    assert made is not None and policy.load(made.content).rules[-1].when.is_always
    assert "（尚未选择适用条件）" in manager.get(at).text, (
        "before the one for all others it says that it lacks one"
    )
    crossed = {**some, "r0.below": "500", "turn": "3"}
    answer = manager.post(f"{at}/publication", crossed)
    assert answer.status_code == 422 and "请填写大于起始金额的数" in field_error(answer, "r0.below")
    assert "找不到能审批的人" not in answer.text and in_force() == 1


def test_an_application_goes_by_its_channel_and_its_region_with_what_lies_below(site: Site) -> None:
    """The editor offers both and no tier; the proof wants an answer for every other place."""
    boss = site.browser("administrator")
    at = boss.post("/admin/policies", {"subject": "application"}).location
    page = boss.get(at).text
    assert 'name="r0.channels"' in page and 'name="r0.territories"' in page and 'name="r0.tiers"' not in page
    with db.read() as session:
        root = session.scalars(select(Territory.id).where(Territory.parent_id.is_(None))).first()
        channel = session.scalars(select(Channel.id).order_by(Channel.id)).first()
    alone = {"rules": "1", "r0.steps": "1", "r0.s0.approvers": ["role:administrator"], "turn": "1"}
    alone |= {"r0.territories": [str(root)], "r0.channels": [str(channel)]}
    answer = boss.post(f"{at}/publication", alone)
    assert answer.status_code == 422 and in_force("application") == 1 and draft("application")
    both = {**alone, "turn": "2", "rules": "2", "r1.steps": "1", "r1.s0.approvers": ["role:administrator"]}
    assert boss.post(f"{at}/publication", both).location == "/admin/policies"
    with db.read() as session:
        rules = policy.load(policies.in_force(session)["application"].content)
        inner = session.scalars(select(Territory).where(Territory.parent_id == root)).first()
        path = frozenset(int(each) for each in inner.path.split("/") if each) if inner else frozenset({root})
    one, two = (policy.Facts(Decimal(0), None, each, path or frozenset()) for each in (channel, None))
    assert (rules.rule_for(one), rules.rule_for(two)) == (0, 1)


def test_who_stands_in_sees_and_decides_on_these_days_alone(site: Site) -> None:
    order_id = site.pending()
    rep, other = site.browser("rep"), site.browser("other-rep")
    page, yes = f"/admin/orders/{order_id}", {"decision": "approve", "comment": "", "place": "document"}
    yes["version"] = str(site.order(order_id).version)
    assert other.get(page).status_code == 404
    today = clock.today()
    away = {
        "person": str(site.world.people["rep"]),
        "substitute": str(site.world.people["other-rep"]),
        "from_day": today.isoformat(),
        "last_day": (today + timedelta(days=1)).isoformat(),
    }
    offered = rep.get("/admin/absences").text.partition('id="substitute"')[2].partition("</select>")[0]
    assert (
        f'value="{away["substitute"]}"' in offered
        and 'value="' + str(site.world.people["warehouse"]) not in offered
    )
    assert rep.post("/admin/absences", away).status_code == 303
    assert other.get(page).status_code == 200
    back = {**away, "person": away["substitute"], "substitute": away["person"]}
    refused = other.post("/admin/absences", back)
    assert refused.status_code == 422 and "最后会回到本人" in refused.text
    weak = rep.post("/admin/absences", {**away, "substitute": str(site.world.people["warehouse"])})
    assert weak.status_code == 422 and "无法代为审批" in weak.text
    with db.read() as session:
        assert len(session.scalars(select(Absence)).all()) == 1
    chief, boss = site.browser("administrator"), site.world.people["administrator"]
    junk = chief.get("/admin/absences?person=x&from_day=1e9", headers=PARTIAL)
    assert junk.status_code == 200 and f'value="{boss}"' not in junk.text.partition('id="substitute"')[2]
    whom = chief.get(
        f"/admin/absences?person={away['person']}&from_day={today}&reason=春节", headers=PARTIAL
    ).text
    assert f'value="{boss}"' in whom.partition('id="substitute"')[2] and 'value="春节"' in whom
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        fresh = site.browser("other-rep")
        assert fresh.get(page).status_code == 404
        assert fresh.post(f"{page}/decision", yes).status_code == 404
    assert site.order(order_id).approval_state == "pending"
    assert other.post(f"{page}/decision", yes).status_code == 303
    assert site.order(order_id).approval_state == "approved"
    with db.read() as session:
        said = session.scalars(select(ApprovalDecision)).one()
        turn = session.scalars(select(ApprovalCandidate).where(ApprovalCandidate.level == 1)).one()
    people = site.world.people
    assert (said.person_id, said.for_person_id) == (people["other-rep"], people["rep"])
    assert (turn.state, turn.taken_by_id) == ("approved", people["other-rep"])


@pytest.mark.browser
def test_the_editor_leads_to_its_answers_and_asks_only_who_would_lose_something(
    sqlite_url: str, served: Server, desk: BrowserContext
) -> None:
    manager = next(open_site(sqlite_url)).browser("manager")
    at = manager.post("/admin/policies", {"subject": "order"}).location
    token = manager.client.get_cookie(COOKIE)
    assert token
    desk.add_cookies([{"name": COOKIE, "value": token.value, "url": served.base_url}])
    page = desk.new_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    publish = page.get_by_role("button", name="检验并发布")
    page.goto(at)
    page.get_by_role("button", name="增加规则").click()  # it stands before the one that takes everything else
    expect(page.locator("#rule-0")).to_be_focused()
    expect(page.locator("#rule-0")).to_be_in_viewport()
    page.get_by_role("button", name="增加一步").last.click()
    expect(page.locator("#step-1-1")).to_be_focused()
    page.locator(".policy-when summary").first.click()
    page.fill("[id='r0.at_least']", "x")
    page.fill("#note", "同事也在改")
    publish.click()
    expect(page.locator("[id='r0.at_least']")).to_be_focused()
    page.fill("[id='r0.at_least']", "200,000")
    page.fill("#note", "同事也在改了")
    expect(page.locator("#note")).to_be_focused()
    publish.click()
    refused = page.locator("#policy > [role=alert]")
    expect(refused).to_be_focused()
    expect(refused).to_be_in_viewport()
    expect(refused).to_contain_text("规则 1 第 1 步")
    made = draft()
    assert made and not asked
    manager.post(at, {**TWO, "turn": str(made.turn), "action": "keep"})
    page.get_by_role("button", name="保存草稿").last.click()
    expect(refused).to_contain_text("刚被别人修改或发布")
    expect(refused).to_be_focused()
    page.goto("/admin/policies")  # what was refused is not kept
    assert asked == ["beforeunload"]
    page.goto(at)
    page.fill("#note", "都要点头")
    publish.click()
    page.wait_for_url("**/admin/policies")
    assert asked == ["beforeunload"] and in_force() == 2
