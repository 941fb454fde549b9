"""Approving, returning and rejecting over HTTP, from the desk, the phone and the order."""

from sqlalchemy import select

from tests.admin.site import PARTIAL, field_error
from trade.approvals.models import ApprovalRequest
from trade.db import read, run
from trade.flows.fill_cart import Wishes, fill_cart


def item(order_id: int) -> int:
    """The request about an order, as the inbox names it."""
    with read() as session:
        about = select(ApprovalRequest.id).where(ApprovalRequest.subject == "order")
        return session.scalars(about.where(ApprovalRequest.subject_id == order_id)).one()


YES = {"decision": "approve", "comment": "", "place": "approval"}


def path(order_id: int) -> str:
    return f"/admin/orders/{order_id}/decision"


def seen(site, order_id: int, **more: str) -> dict[str, str]:
    return {**YES, "version": str(site.order(order_id).version), **more}


def test_the_desk_shows_what_waits_and_why(site):
    order_id = site.pending(CP0515=47)
    page = site.browser("rep").get("/admin")
    assert page.status_code == 200
    order = site.order(order_id)
    for words in (
        order.number,
        order.distributor_name,
        "大于 ¥10.00",
        "¥1,988.10",
        "1 / 1",
        "批准这一单 ¥1,988.10",
    ):
        assert words in page.text
    for who in ("manager", "other-rep", "administrator"):
        assert order.number not in site.browser(who).get("/admin").text
    page = site.browser("administrator").get("/admin").text
    assert "全公司待审批 1 单" in page and "/admin/orders?state=pending" in page
    assert "0 件等您决定 · 另有 1 单由同事审批" in page
    assert "全公司待审批" not in site.browser("rep").get("/admin").text


def test_an_empty_desk_tells_of_held_orders(site):
    site.held()
    page = site.browser("rep").get("/admin").text
    assert "有 1 张留单" in page and "tab=held" in page
    assert "tab=held" in site.browser("finance").get("/admin").text
    assert "tab=held" not in site.browser("marketing").get("/admin").text


def test_approving_on_the_phone_leads_to_the_next_one(site):
    first, second = site.pending(), site.pending("owner")
    rep = site.browser("rep")
    led = rep.get(f"/admin/orders/{first}/approval")
    assert led.status_code == 303 and led.location == f"/admin/approvals/{item(first)}"
    page = rep.get(led.location)
    assert "1 / 2" in page.text and f"/admin/approvals/{item(second)}" in page.text
    answer = rep.post(path(first), seen(site, first))
    assert answer.status_code == 303 and answer.location == f"/admin/approvals/{item(second)}"
    assert site.order(first).approval_state == "approved"
    assert "已批准" in rep.get(answer.location).text
    last = rep.post(path(second), seen(site, second, place="desk"))
    assert last.location == "/admin" and site.order(second).approval_state == "approved"


def test_htmx_is_led_on_too(site):
    order_id = site.pending()
    answer = site.browser("rep").post(path(order_id), seen(site, order_id, place="desk"), headers=PARTIAL)
    assert answer.status_code == 200 and answer.headers["HX-Redirect"] == "/admin"
    assert site.order(order_id).approval_state == "approved"


def test_a_no_needs_its_reason_beside_the_field(site):
    rep = site.browser("rep")
    cases = [
        (place, decision) for place in ("desk", "approval", "document") for decision in ("return", "reject")
    ]
    for place, decision in cases:
        order_id = site.pending()
        before = site.everything()
        answer = rep.post(path(order_id), seen(site, order_id, decision=decision, place=place))
        assert answer.status_code == 422
        assert field_error(answer, f"order-{order_id}-comment").startswith("请写明原因"), place
        assert site.everything() == before
        given = seen(site, order_id, decision=decision, place=place, comment="请改成 5 箱")
        assert rep.post(path(order_id), given).status_code == 303
        assert site.order(order_id).approval_state == {"return": "returned", "reject": "rejected"}[decision]


def test_the_second_person_sees_who_was_faster_and_keeps_the_comment(site):
    order_id = site.pending()
    given = seen(site, order_id, decision="return", comment="太多了")
    site.decide(order_id, "approve", "rep")
    before = site.everything()
    rep = site.browser("rep")
    for place in ("desk", "approval", "document"):
        answer = rep.post(path(order_id), {**given, "place": place})
        assert answer.status_code == 422
        assert "rep 已经批准了这一单" in answer.text and "太多了" in answer.text, place
    assert site.everything() == before


def test_approving_twice_counts_once(site):
    order_id = site.pending()
    rep = site.browser("rep")
    given = seen(site, order_id)
    assert rep.post(path(order_id), given).status_code == 303
    before = site.everything()
    assert rep.post(path(order_id), given).status_code == 422
    assert site.everything() == before


def test_a_version_that_is_old_decides_nothing(site):
    order_id = site.pending()
    before = site.everything()
    rep = site.browser("rep")
    for version in (str(site.order(order_id).version - 1), "", "１e5", "abc", "-1"):
        answer = rep.post(path(order_id), seen(site, order_id, version=version, comment="留着"))
        assert answer.status_code == 422 and "留着" in answer.text
    assert site.everything() == before


def test_whoever_was_not_asked_decides_nothing(site):
    order_id = site.pending()
    before = site.everything()
    strangers = dict.fromkeys(("other-rep", "other-manager"), 404)
    not_asked_yet = dict.fromkeys(("manager", "administrator"), 422)
    others = dict.fromkeys(("warehouse", "finance", "marketing", "buyer"), 403)
    for who, status in {**strangers, **not_asked_yet, **others}.items():
        assert site.browser(who).post(path(order_id), seen(site, order_id)).status_code == status, who
    assert site.everything() == before


def test_nobody_decides_without_signing_in_or_token(site):
    order_id = site.pending()
    before = site.everything()
    rep = site.browser("rep")
    assert site.app.test_client().post(path(order_id), data=seen(site, order_id)).status_code == 401
    assert rep.client.post(path(order_id), data=seen(site, order_id)).status_code == 400
    assert site.everything() == before


def test_nonsense_is_answered_beside_the_form(site):
    order_id = site.pending()
    before = site.everything()
    rep = site.browser("rep")
    for given in (
        {"decision": "ship"},
        {"decision": ""},
        {"decision": ["approve", "reject"]},
        {"comment": "长" * 10_000, "decision": "return"},
        {"comment": "a\0b", "decision": "return"},
        {"place": "https://evil.example"},
    ):
        answer = rep.post(path(order_id), seen(site, order_id) | given)
        assert answer.status_code == 422 and "已保留" in answer.text, given
    assert site.everything() == before


def test_a_held_order_is_sent_back_but_not_approved(site):
    order_id = site.held()
    rep = site.browser("rep")
    page = rep.get(f"/admin/orders/{order_id}/approval").text
    assert "退回修改" in page and 'value="approve"' not in page
    before = site.everything()
    assert rep.post(path(order_id), seen(site, order_id)).status_code == 422
    assert site.everything() == before
    assert (
        rep.post(path(order_id), seen(site, order_id, decision="return", comment="分两次")).status_code == 303
    )
    assert site.order(order_id).approval_state == "returned"
    assert "留单" in rep.get("/admin?tab=held").text
    run(fill_cart, site.actors["buyer"], Wishes({site.world.skus["JG3025"]: 1}, order_id))
    page = rep.get(f"/admin/orders/{order_id}").text
    assert (
        "JG3025" in page and ">None<" not in page
    )  # what the buyer corrects has a name before it is submitted


def test_the_desk_of_each_role_opens_on_what_that_role_does(site):
    order_id = site.approved()
    number = site.order(order_id).number
    assert number in site.browser("warehouse").get("/admin").text
    assert "待审批订单" not in site.browser("warehouse").get("/admin").text
    assert "没有留单" in site.browser("finance").get("/admin?tab=held").text
    assert "没有等您决定的事" in site.browser("rep").get("/admin").text


def test_the_picked_order_stands_beside_the_list(site):
    first, second = site.pending(), site.pending("owner", CP0515=20)
    rep = site.browser("rep")
    page = rep.get(f"/admin?item={item(second)}").text
    assert f"order-{second}-preview" in page and f"order-{first}-preview" not in page
    part = rep.get(f"/admin?item={item(second)}", headers=PARTIAL)
    assert part.text.lstrip().startswith('<div class="stack" id="desk">')
    keys = (
        "|",
        "x|1",
        "9999-12-31T23:59:59-14:00|1",
        "2026-11-21T10:00:00|1",
        "2026-11-21T10:00:00%2B00:00|" + "9" * 30,
    )
    for query in (
        *(f"item={item}" for item in ("0", "x", "99999", "9" * 30)),
        *(f"after={key}" for key in keys),
    ):
        assert rep.get(f"/admin?{query}").status_code == 200, query
