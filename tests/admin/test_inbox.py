"""The inbox over HTTP: all subjects in one line, one more who is asked, several at once, and prices that wait."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.admin.site import PARTIAL, Site
from tests.flows.cast import Cast
from tests.house import access_approvals
from tests.world import OPERATOR
from trade import clock, db
from trade.approvals.kernel import find_open
from trade.approvals.models import ApprovalPolicy, ApprovalRequest
from trade.approvals.policy import Policy, Rule, Step, dump
from trade.errors import Refused
from trade.flows.add_approver import OneMore, add_approver
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.publish_prices import Publication, publish_prices
from trade.flows.request_limit import LimitWish, request_limit
from trade.people.models import Absence
from trade.pricing.models import PriceDraft
from web.i18n import money

YES = {"decision": "approve", "comment": "", "place": "approval"}


def requests(subject: str = "") -> list[ApprovalRequest]:
    with db.read() as session:
        wanted = select(ApprovalRequest).order_by(ApprovalRequest.due_at, ApprovalRequest.id)
        return [each for each in session.scalars(wanted) if subject in ("", each.subject)]


def policy(subject: str, *steps: Step) -> None:
    """Publish another policy for a subject."""

    def write(session, actor, given):
        version = session.scalars(
            select(ApprovalPolicy.version).where(ApprovalPolicy.subject == subject)
        ).all()
        content = dump(Policy((Rule(tuple(steps)),)))
        session.add(
            ApprovalPolicy(
                subject=subject, version=max(version) + 1, published_at=clock.now(), content=content
            )
        )

    db.run(write, OPERATOR, None)


def mixed(site: Site) -> list[ApprovalRequest]:
    """A change of an order, two orders and a temporary limit, all of D1."""
    order_id = site.approved()
    wanted = NewAmendment(order_id, site.order(order_id).version, {site.world.skus["CP0515"]: 12}, "加两箱")
    db.run(amend_order, site.actors["buyer"], wanted)
    site.pending(CP0515=11)
    site.pending("owner", CP0515=12)
    until = clock.today() + timedelta(days=9)
    db.run(request_limit, site.actors["owner"], LimitWish(Decimal(800), until, "备货"))
    return requests()


def test_one_line_for_all_subjects_each_sees_their_own(site: Site):
    asked = mixed(site)
    assert [each.subject for each in asked] == ["amendment", "order", "order", "limit_request"]
    rep = site.browser("rep")
    page = rep.get("/admin").text
    assert "3 件等您决定" in page and 'class="count">3<' in page.replace("\n", "")
    for each in asked[:3]:
        assert f"/admin/approvals/{each.id}" in page
    assert f"/admin/approvals/{asked[3].id}" not in page  # finance decides limits
    only = rep.get("/admin?subject=amendment").text
    assert f"/admin/approvals/{asked[0].id}" in only and f"/admin/approvals/{asked[1].id}" not in only
    finance = site.browser("finance").get("/admin").text
    assert "1 件等您决定" in finance and "临时额度" in finance and "¥800.00" in finance
    for who, status in {"rep": 404, "other-rep": 404, "warehouse": 404, "buyer": 403}.items():
        assert site.browser(who).get(f"/admin/approvals/{asked[3].id}").status_code == status, who
    part = rep.get(f"/admin/approvals/{asked[1].id}", headers=PARTIAL).text
    assert part.lstrip().startswith('<div class="stack reading" id="approval">') and "2 / 3" in part


def test_the_next_one_follows_whatever_it_is_about(site: Site):
    change, first, second, _limit = mixed(site)
    rep = site.browser("rep")
    answer = rep.post(
        f"/admin/amendments/{change.subject_id}/decision", YES | {"version": str(change.subject_version)}
    )
    assert answer.status_code == 303 and answer.location == f"/admin/approvals/{first.id}"
    page = rep.get(answer.location).text
    assert "已改单" in page and "1 / 2" in page
    answer = rep.post(
        f"/admin/orders/{first.subject_id}/decision",
        YES | {"version": str(first.subject_version), "decision": "reject", "comment": "太多"},
    )
    assert answer.location == f"/admin/approvals/{second.id}"
    page = rep.get(answer.location).text
    assert "类似情况" in page and "太多" in page and "同一经销商" in page
    last = rep.post(
        f"/admin/orders/{second.subject_id}/decision", YES | {"version": str(second.subject_version)}
    )
    assert last.location == "/admin" and "您的待办已全部处理" in rep.get("/admin").text
    late = {"version": str(first.subject_version), "step": "1"}
    back = rep.get(f"/admin/approvals/{first.id}").text  # as by the browser's "back"
    assert back.index('<span class="badge is-calm">未通过</span>') < back.index('id="who-title"'), (
        "decided stands above the figures"
    )
    page = rep.post(f"/admin/orders/{first.subject_id}/decision", YES | late).text
    assert "没有其他待办，返回列表" in page and "没有重复处理" in page and "<textarea" not in page


def test_one_more_is_asked_and_both_have_to_say_yes(site: Site):
    site.pending()
    (asked,) = requests()
    rep, manager = site.browser("rep"), site.browser("manager")
    form = rep.get(f"/admin/approvals/{asked.id}/approvers").text
    assert "manager" in form and "administrator" in form and "other-rep" not in form
    path = f"/admin/approvals/{asked.id}/approvers"
    above = [
        each.get(f"/admin/approvals/{asked.id}").text.split('id="who-title"')[0] for each in (rep, manager)
    ]
    assert [path in each for each in above] == [True, False], "in the head, so that a phone need not scroll"
    boss = str(site.world.people["manager"])
    before = site.everything()
    stranger = str(site.world.people["other-rep"])
    for given in ({"person": stranger}, {"person": "x"}, {"person": boss, "version": "9"}):
        assert rep.post(path, {"version": str(asked.version)} | given).status_code == 422, given
    assert manager.post(path, {"version": str(asked.version), "person": boss}).status_code == 422
    assert site.everything() == before and requests()[0].version == asked.version
    given = {"version": str(asked.version), "person": boss, "comment": "您看额度"}
    assert rep.post(path, given).location == f"/admin/approvals/{asked.id}"
    assert "您看额度" in manager.get(f"/admin/approvals/{asked.id}").text
    assert "除您之外，还需 manager 同意。" in rep.get(f"/admin/approvals/{asked.id}").text
    yes = YES | {"version": str(asked.subject_version), "step": "1"}
    decision = f"/admin/orders/{asked.subject_id}/decision"
    assert rep.post(decision, yes).status_code == 303
    assert "还需其他人审批" in rep.get("/admin").text
    for path in (f"/admin/approvals/{asked.id}", f"/admin?item={asked.id}"):
        assert "还需 manager 同意。" in rep.get(path).text, "who is still missing"
    assert "除您之外" not in manager.get(f"/admin/approvals/{asked.id}").text
    assert site.order(asked.subject_id).approval_state == "pending"
    assert rep.post(decision, yes).status_code == 422  # said already
    assert manager.post(decision, yes).status_code == 303
    assert site.order(asked.subject_id).approval_state == "approved"


def test_a_second_tap_is_no_yes_to_the_next_step(site: Site):
    policy("order", Step(("rep",)), Step(("rep", "rep_manager")))
    site.pending()
    (asked,) = requests()
    yes = YES | {"version": str(asked.subject_version), "step": "1"}
    rep, path = site.browser("rep"), f"/admin/orders/{asked.subject_id}/decision"
    assert "第 1/2 步" in rep.get(f"/admin/approvals/{asked.id}").text
    assert rep.post(path, yes).status_code == 303
    (now,) = requests()
    assert now.state == "approved"  # said once is said for both
    loose = Policy((Rule((Step(("rep",)), Step(("rep",)))),), skips_repeats=False)

    def write(session, actor, given):
        session.add(ApprovalPolicy(subject="order", version=9, published_at=clock.now(), content=dump(loose)))

    db.run(write, OPERATOR, None)
    order_id = site.pending("owner")
    (asked,) = [each for each in requests() if each.state == "open"]
    yes = YES | {"version": str(asked.subject_version), "step": "1"}
    path = f"/admin/orders/{order_id}/decision"
    assert rep.post(path, yes).status_code == 303
    before = site.everything()
    assert rep.post(path, yes).status_code == 422 and site.everything() == before
    assert site.order(order_id).approval_state == "pending"
    assert rep.post(path, yes | {"step": "2"}).status_code == 303
    assert site.order(order_id).approval_state == "approved"


def test_whoever_stands_in_sees_for_whom(site: Site):
    site.pending()

    def away(session, actor, given):
        session.add(
            Absence(
                person_id=site.world.people["rep"],
                substitute_id=site.world.people["manager"],
                from_day=clock.today(),
                until=clock.today() + timedelta(days=3),
                reason="休假",
            )
        )

    db.run(away, OPERATOR, None)
    (asked,) = requests()
    manager = site.browser("manager")
    assert "代 rep（休假中）" in manager.get("/admin").text
    yes = YES | {"version": str(asked.subject_version)}
    assert manager.post(f"/admin/orders/{asked.subject_id}/decision", yes).status_code == 303
    assert "代 rep" in manager.get(f"/admin/approvals/{asked.id}").text


def test_small_ones_together_and_a_large_one_alone(site: Site):
    _change, first, second, limit = mixed(site)
    site.set("approval.bulk_most", str(first.amount))
    large = site.pending("buyer", CP0515=40)
    (big,) = [each for each in requests("order") if each.subject_id == large]
    rep = site.browser("rep")
    page = rep.get("/admin").text
    assert f"单笔超过 {money(first.amount)} 的请单独打开审批" in page and "单独审批</span>" in page
    boxes = re.findall(r'name="pick" form="ticked" value="(\d+)-\d+" data-amount="([\d.]+)"', page)
    assert (str(first.id), str(first.amount)) in boxes and str(big.id) not in dict(boxes)
    picks = [f"{each.id}-{each.version}" for each in (first, big, limit)] + [f"{second.id}-7", "x", "99999-1"]
    answer = rep.post("/admin/approvals", {"pick": picks})
    assert answer.status_code == 422
    for words in ("已批准 1 件", "请单独打开审批", "没有这件审批"):
        assert words in answer.text, words
    states = {each.id: each.state for each in requests()}
    assert states[first.id] == "approved"
    assert {states[each.id] for each in (second, big, limit)} == {"open"}
    site.set("approval.bulk_most", str(second.amount))
    more = {"version": str(second.version), "person": str(site.world.people["manager"]), "comment": ""}
    assert rep.post(f"/admin/approvals/{second.id}/approvers", more).status_code == 303
    (second,) = [each for each in requests("order") if each.id == second.id]
    done = rep.post("/admin/approvals?subject=order", {"pick": f"{second.id}-{second.version}"})
    assert done.status_code == 303 and done.location.endswith("subject=order")
    told = rep.get(done.location).text
    assert "1 件还需其他人同意" in told and "已批准" not in told
    (second,) = [each for each in requests("order") if each.id == second.id]
    assert second.state == "open"


def test_prices_need_somebody_else_when_the_brand_wants_it(site: Site):
    site.set("price.needs_approval", True)
    cast = Cast()
    access_approvals.plant(cast["marketing"], "GOLD")
    (asked,) = requests("price_list")
    with db.read() as session:
        draft = session.scalars(select(PriceDraft).where(PriceDraft.id == asked.subject_id)).one()
    admin, marketing = site.browser("administrator"), site.browser("marketing")
    here = f"/admin/prices/{draft.price_list_id}"
    row = {"row": f"sku-{site.world.skus['CP0515']}.1.case", "price": "1.00", "percent": "", "seen": "45.55"}
    assert marketing.post(f"{here}/rows", row).status_code == 422  # nobody edits it meanwhile
    assert marketing.post(f"{here}/disposal", {"version": str(draft.version)}).status_code == 422
    with pytest.raises(Refused, match="needs_approval"):
        given = Publication(draft.price_list_id, draft.version, draft.valid_from)
        db.run(publish_prices, cast["administrator"], given)
    page = admin.get(f"/admin/approvals/{asked.id}").text
    assert "45.55" in page and "CANARY-PRICES" in page and "最大变动" in page
    assert marketing.get(f"/admin/approvals/{asked.id}").status_code == 404
    path = f"/admin/prices/drafts/{draft.id}/decision"
    back = {"version": str(draft.version), "decision": "return", "comment": "涨太多", "place": "approval"}
    assert admin.post(path, back | {"version": "1"}).status_code == 422
    assert admin.post(path, back).status_code == 303
    with db.read() as session:
        found = session.scalars(select(PriceDraft).where(PriceDraft.id == draft.id)).one()
        assert (found.state, found.asked_at) == ("open", None)
    assert marketing.post(f"{here}/rows", row | {"price": "45.10"}).status_code in (200, 303)
    with db.read() as session:
        version = session.scalars(select(PriceDraft.version).where(PriceDraft.id == draft.id)).one()
    check = marketing.get(f"{here}/check?day={(clock.today() + timedelta(days=2)).isoformat()}").text
    assert "送审" in check and "publication-request" in check
    accepted = check.split('name="accepted" value="')[1].split('"')[0]
    wish = {"version": str(version), "day": draft.valid_from.isoformat(), "note": "改好了", "agreed": "yes"}
    assert marketing.post(f"{here}/publication-request", wish | {"accepted": accepted}).status_code == 303
    (again,) = [each for each in requests("price_list") if each.state == "open"]
    yes = {"version": str(again.subject_version), "decision": "approve", "place": "approval"}
    assert admin.post(path, yes).status_code == 303
    with db.read() as session:
        found = session.scalars(select(PriceDraft).where(PriceDraft.id == draft.id)).one()
        assert (found.state, found.valid_from) == ("published", draft.valid_from)
        assert find_open(session, "price_list", draft.id) is None


def test_one_alone_who_may_publish_cannot_ask_oneself(site: Site):
    site.set("price.needs_approval", True)
    with pytest.raises(Refused, match="nobody"):
        access_approvals.plant(site.actors["administrator"], "GOLD")
    assert requests("price_list") == []


def test_nobody_is_asked_who_could_not_decide(site: Site):
    order_id = site.pending()
    (asked,) = requests()
    for who in ("other-rep", "warehouse", "rep"):
        with pytest.raises(Refused):
            given = OneMore(asked.id, asked.version, site.world.people[who])
            db.run(add_approver, site.actors["rep"], given)
    with pytest.raises(Refused, match="not_found"):
        given = OneMore(asked.id, asked.version, site.world.people["manager"])
        db.run(add_approver, site.actors["other-rep"], given)
    assert requests()[0].version == asked.version and site.order(order_id).approval_state == "pending"
