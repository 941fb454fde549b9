"""Changing an order on its pages: tried out, made, asked for, decided, taken back; what is wrong is told and kept."""

import pytest

from ops.worker import Worker
from tests.admin.site import PARTIAL
from tests.care.conftest import amendments, change


@pytest.fixture
def database_url(sqlite_url):
    """Pages are the same on both databases."""
    return sqlite_url


def test_the_rep_tries_a_change_out_and_makes_it(site):
    order_id = site.approved()
    rep, before = site.browser("rep"), site.everything()
    page = rep.get(f"/admin/orders/{order_id}").text
    assert f"/admin/orders/{order_id}/amendment" in page
    given = change(site, order_id, CP0515=50)
    tried = rep.post(f"/admin/orders/{order_id}/amendment/preview", given, headers=PARTIAL)
    assert tried.status_code == 200 and "41.50" in tried.text and "<html" not in tried.text
    assert "2,075.00" in tried.text and "额度内、有货：立即生效" in tried.text
    assert site.everything() == before
    done = rep.post(f"/admin/orders/{order_id}/amendment", given | {"seen_gross": "2555.00"})
    assert done.status_code == 303, done.text
    assert site.lines(order_id)[0].quantity == 50
    for who, path in (("rep", "admin"), ("buyer", "portal")):
        story = site.browser(who).get(f"/{path}/orders/{order_id}").text
        assert "10 → 50 箱" in story and "客户改单" in story


def test_a_product_is_found_added_and_stepped(site):
    order_id = site.approved()
    rep, sku = site.browser("rep"), site.world.skus["QP3324"]
    path = f"/admin/orders/{order_id}/amendment/preview"
    given = change(site, order_id, CP0515=12)
    found = rep.post(path, given | {"find": "气泡"}).text
    assert f'name="add" value="{sku}"' in found and 'value="12"' in found
    assert f'name="q-{sku}"' in rep.post(path, given | {"add": str(sku)}).text
    more = rep.post(path, given | {f"q-{sku}": "5", "more": str(sku)}).text
    assert f'id="q-{sku}" value="10"' in more
    less = rep.post(path, given | {f"q-{sku}": "5", "less": str(sku)}).text
    assert f'id="q-{sku}" value="0"' in less


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"CP0515": "1e3"}, "请输入 0 到 99,999 的整数"),
        ({"CP0515": "１２.5"}, "请输入 0 到 99,999 的整数"),
        ({"CP0515": "-3"}, "请输入 0 到 99,999 的整数"),
        ({"CP0515": "9" * 40}, "请输入 0 到 99,999 的整数"),
        ({"QP3324": "7"}, "按 5 箱"),
        ({"NOPRICE": "24"}, "该经销商今天没有价格"),
        ({"CP0515": "0", "SQ5524": "0"}, "请改为取消订单"),
    ],
)
def test_what_cannot_be_is_told_at_its_line_and_changes_nothing(site, typed, words):
    order_id = site.approved()
    before = site.everything()
    given = change(site, order_id) | {f"q-{site.world.skus[code]}": said for code, said in typed.items()}
    for end, status in (("/preview", 200), ("", 422)):
        answer = site.browser("rep").post(f"/admin/orders/{order_id}/amendment{end}", given)
        assert answer.status_code == status and words in answer.text
    assert site.everything() == before and amendments() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": ""}, "请填写"),
        ({"reason": "长" * 201}, "200"),
        ({"seen_gross": "1.00"}, "总金额从"),
        ({"version": "1"}, "刚才有人改过"),
    ],
)
def test_an_incomplete_or_old_form_keeps_what_was_typed(site, fields, words):
    order_id = site.approved()
    before = site.everything()
    given = change(site, order_id, CP0515=33) | fields
    answer = site.browser("rep").post(f"/admin/orders/{order_id}/amendment", given)
    assert answer.status_code == 422 and words in answer.text and 'value="33"' in answer.text
    assert site.everything() == before


def test_the_buyer_asks_waits_and_the_brand_decides(site):
    order_id = site.approved()
    buyer, rep = site.browser("buyer"), site.browser("rep")
    page = buyer.get(f"/portal/orders/{order_id}/amendment").text
    assert "由品牌方审批" in page
    given = change(site, order_id, CP0515=20) | {"reason": "<script>alert(1)</script> 加 👍"}
    assert buyer.post(f"/portal/orders/{order_id}/amendment", given).status_code == 303
    waiting = buyer.get(f"/portal/orders/{order_id}").text
    assert "您申请的改单等待品牌方审批" in waiting and "<script>alert" not in waiting
    assert "改单待审批" in rep.get(f"/admin/orders/{order_id}").text
    assert (
        "本订单有一项改单待审批：现在发出的货不能再改"
        in site.browser("warehouse").get(f"/admin/orders/{order_id}").text
    )
    amendment_id = amendments()[0].id
    desk = rep.get("/admin?subject=amendment").text
    assert f"/admin/amendments/{amendment_id}" in desk and "改单" in desk
    detail = rep.get(f"/admin/amendments/{amendment_id}").text
    assert "10 → <b>20 箱" in detail and "批准改单" in detail
    assert "批准改单" not in site.browser("finance").get(f"/admin/amendments/{amendment_id}").text
    path = f"/admin/amendments/{amendment_id}/decision"
    assert site.browser("other-rep").post(path, {"version": "1", "decision": "approve"}).status_code == 404
    silent = rep.post(path, {"version": "1", "decision": "reject"})
    assert silent.status_code == 422 and amendments()[0].state == "pending"
    done = rep.post(path, {"version": "1", "decision": "approve"})
    assert done.status_code == 303 and amendments()[0].state == "applied"
    late = rep.post(path, {"version": "1", "decision": "approve"})
    assert late.status_code == 422 and "已先同意" in late.text
    assert site.lines(order_id)[0].quantity == 20


def test_a_change_is_taken_back_by_its_side_alone(site):
    order_id = site.approved()
    site.browser("buyer").post(f"/portal/orders/{order_id}/amendment", change(site, order_id, CP0515=20))
    amendment_id = amendments()[0].id
    path = f"/portal/amendments/{amendment_id}/withdrawal"
    assert site.browser("stranger").post(path, {"version": "1"}).status_code == 404
    own = f"/admin/amendments/{amendment_id}/withdrawal"
    assert site.browser("rep").post(own, {"version": "1"}).status_code == 422
    assert amendments()[0].state == "pending"
    assert site.browser("buyer").post(path, {"version": "1"}).status_code == 303
    assert amendments()[0].state == "withdrawn"
    assert site.browser("buyer").post(path, {"version": "1"}).status_code == 422


def test_what_is_left_of_a_cut_order_is_said_alike_everywhere(site):
    order_id = site.approved()
    buyer, rep = site.browser("buyer"), site.browser("rep")
    asked = change(site, order_id, SQ5524=0)
    assert buyer.post(f"/portal/orders/{order_id}/amendment", asked).status_code == 303
    path = f"/admin/amendments/{amendments()[0].id}/decision"
    assert rep.post(path, {"version": "1", "decision": "approve"}).status_code == 303
    Worker().drain()
    order, (kept, gone) = site.order(order_id), site.lines(order_id)
    due, whole = f"¥{kept.gross:,.2f}", f"¥{order.gross:,.2f}"
    assert order.gross == kept.gross + gone.gross and gone.cancelled_gross == gone.gross
    assert f"已改单，现金额 {due}" in buyer.get("/portal/notices").text
    urged = buyer.post(f"/portal/orders/{order_id}/nudge", {"version": str(order.version)})
    assert urged.status_code == 303
    pages = (
        (buyer, "/portal"),
        (buyer, "/portal/orders"),
        (buyer, "/portal/credit/hold"),
        (site.browser("warehouse"), "/admin?tab=shipping"),
        (rep, "/admin?tab=urged"),
    )
    for browser, path in pages:
        page = browser.get(path).text
        assert due in page and whole not in page, path
    brand, company = (
        each.get(f"/{side}/orders/{order_id}").text for each, side in ((rep, "admin"), (buyer, "portal"))
    )
    assert f"1 种 {kept.quantity} 箱" in brand and "2 种" not in brand
    for page in (brand, company):
        assert f">¥{kept.net:,.2f}<" in page and f">¥{kept.tax:,.2f}<" in page
        assert f"¥{order.net:,.2f}" not in page and f"¥{order.tax:,.2f}" not in page
        assert f'<td class="num strong">¥0.00<del class="meta d-block">¥{gone.gross:,.2f}</del></td>' in page
