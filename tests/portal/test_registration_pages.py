"""Customers on the phone: what is typed stays, what is taken is said while typing, and nobody learns by whom."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select, update

from tests.flows.cast import Cast, change_setting, lines, order
from tests.portal.visitor import Visitor, open_portal
from tests.registrations.reports import Reports, code, noon, row
from tests.world import OPERATOR
from trade import clock, db
from trade.catalog.models import Category
from trade.distributors.models import Distributor
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.give_project_price import NewPrice, give_project_price
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.release_registration import Release, release_registration, revoke_registration
from trade.notices import delivery, outbox
from trade.registrations import ending
from trade.registrations.models import Registration

NAME = "厦门鑫禾源食品有限公司"


@pytest.fixture
def portal(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    return open_portal(sqlite_url)


def line() -> str:
    with db.read() as session:
        return str(session.scalars(select(Category.id).where(Category.code == "drinks")).one())


def typed(**more: str) -> dict[str, str]:
    form = {"key": "k-1", "name": NAME, "credit_code": code(1), "phone": "13900000001", "kind": "company"}
    return {**form, "product_line": line(), **more}


def count() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Registration.id))) or 0


def test_the_answer_comes_at_once_and_what_was_typed_stays(portal) -> None:
    owner, stranger = Visitor(portal, "owner"), Visitor(portal, "stranger")
    for wrong, words in (
        ({"credit_code": "91350100M000100Y4Z"}, "统一社会信用代码有误"),
        ({"credit_code": ""}, "企业须填写统一社会信用代码"),
        ({"phone": "12"}, "手机号为 11 位"),
        ({"kind": "person", "credit_code": "", "name": "林阿水"}, "请上传证明"),
        ({"kind": "person", "credit_code": ""}, "该名称为企业名称"),
        ({"expected_amount": "1e5"}, "is-invalid"),
        ({"name": "坏\x00名"}, "is-invalid"),
        *(
            ({"product_line": odd}, "product_line-error")
            for odd in ("abc", "1e5", "9999-12-31", "😀", "-1", "٣")
        ),
        ({"product_line": "abc", "send": "draft"}, "product_line-error"),
    ):
        answer = owner.post("/portal/registrations", **typed(**wrong))
        assert answer.status_code == 422 and words in answer.text, wrong
        assert 'value="13900000001"' in answer.text or "phone" in wrong
    assert count() == 0
    done = owner.post("/portal/registrations", **typed())
    assert done.status_code == 303
    page = owner.page(done.location)
    assert "已受理" in page and "剩 90 天" in page
    assert owner.post("/portal/registrations", **typed()).location == done.location and count() == 1
    near = {"key": "k-3", "name": "厦门鑫禾园食品有限公司", "credit_code": code(2), "phone": "13900000003"}
    assert f"贵司已报备相近客户：{NAME}" in owner.page(
        owner.post("/portal/registrations", **typed(**near)).location
    )
    taken = stranger.post("/portal/registrations", **typed(key="k-2", name="廈門市鑫禾源食品有限責任公司"))
    refused = stranger.page(taken.location)
    until = clock.today().toordinal() + 90
    assert f"已被报备至 {type(clock.today()).fromordinal(until)}" in refused and "提出申诉" in refused
    assert "漳州市鑫禾源" not in refused  # the company that has it
    waits = {"key": "k-5", "name": "厦门鑫禾原食品有限公司", "credit_code": code(3), "phone": "13900000005"}
    assert "人工判定" in stranger.page(stranger.post("/portal/registrations", **typed(**waits)).location)
    late = owner.post("/portal/registrations", **typed(**waits | {"key": "k-6"}))
    said = owner.page(late.location)
    assert "此前已有报备，由人工判定" in said and "已被报备至" not in said, (
        "the first of the two waits itself"
    )
    assert stranger.get(done.location).status_code == 404
    opens = str(clock.today() + timedelta(days=60))
    assert "延长天数" not in page and f"{opens} 起可申请延长保护" in page
    early = owner.post(f"{done.location}/extensions", version="2", days="30", words="快了")
    assert early.status_code == 422 and f"{opens} 起可申请延长保护" in early.text and "快了" in early.text
    with time_machine.travel(clock.now() + timedelta(days=40), tick=False):
        said = {"kind": "visit", "day": str(clock.today()), "words": "拜访"}
        assert Visitor(portal, "owner").post(f"{done.location}/follow-ups", **said).status_code == 303
    with time_machine.travel(clock.now() + timedelta(days=60), tick=False):
        _ask_for_days(Visitor(portal, "owner"), done.location)


def _ask_for_days(owner: Visitor, location: str) -> None:
    assert "延长天数" in owner.page(location)
    for days in ("10", "46", "三十", ""):
        late = owner.post(f"{location}/extensions", version="3", days=days, words="快了")
        assert late.status_code == 422 and "快了" in late.text, days
        assert "请填 30 至 45 天" in late.text and "365" not in late.text, days


def test_whether_a_customer_is_free_is_said_while_typing(portal) -> None:
    owner, stranger = Visitor(portal, "owner"), Visitor(portal, "stranger")
    owner.post("/portal/registrations", **typed())

    def look(who: Visitor, **asked: str) -> str:
        query = {"product_line": line(), "name": "", "credit_code": "", "phone": "", **asked}
        answer = who.client.get(
            "/portal/registrations/lookup",
            query_string=query,
            headers={"HX-Request": "true", "HX-Request-Type": "partial"},
        )
        assert answer.status_code == 200
        return answer.text

    before = count()
    assert "已被报备至" in look(stranger, name="厦门市鑫禾源食品有限责任公司")
    assert "已被报备至" in look(stranger, credit_code=code(1))
    assert "需人工判定" in look(stranger, name="厦门鑫禾园食品有限公司")
    assert "可以报备" in look(stranger, name="泉州完全不同贸易有限公司")
    assert "贵司已报备" in look(owner, name=NAME)
    assert "贵司已报备相近客户" in look(owner, name="厦门鑫禾园食品有限公司")
    assert "有误" in look(stranger, name="泉州完全不同贸易有限公司", credit_code="913501")
    assert "漳州市鑫禾源" not in look(stranger, name=NAME) and count() == before
    assert look(stranger, name="厦").count("<p") == 0


def test_who_may_not_register_is_told_so_at_the_top_without_a_form(portal) -> None:
    Visitor(portal, "owner").post("/portal/registrations", **typed())
    stranger, home = Visitor(portal, "stranger"), Cast().world.distributors["D2"]
    pooled = stranger.post(
        "/portal/registrations",
        **typed(key="k-7", name="泉州别的客户有限公司", credit_code=code(7), phone="13900000077"),
    )
    assert stranger.post(f"{pooled.location}/release", version="2").status_code == 303
    claim = f"/portal/registrations/pool/{pooled.location.rsplit('/', 1)[1]}"
    pages = ("/portal/registrations", "/portal/registrations/new", "/portal/registrations/pool", claim)
    asked = {"name": NAME, "credit_code": "", "phone": "", "product_line": line()}
    before = count()
    for status, words in (
        ("suspended", "贵司已被品牌方暂停"),
        ("prospect", "贵司尚未成为正式经销商"),
    ):
        db.run(_become, OPERATOR, (home, status))
        for page in pages:
            text = stranger.page(page)
            assert words in text and 'name="key"' not in text and "暂停下单" not in text, page
            assert "泉州别的客户有限公司" not in text or page in (claim, pages[0])
        looked = stranger.client.get("/portal/registrations/lookup", query_string=asked)
        assert "已被报备" not in looked.text
        sent = stranger.post("/portal/registrations", **typed(key="k-8"))
        assert sent.status_code == 422 and words in sent.text and "暂停下单" not in sent.text
        assert stranger.post(f"{claim}/claim", key="c-9", phone="13900000009").status_code == 422
    assert count() == before
    db.run(_become, OPERATOR, (home, "active"))
    assert 'name="key"' in stranger.page(pages[1]) and "贵司" not in stranger.page(pages[2])


def _become(session, actor, given: tuple[int, str]) -> None:
    changed = update(Distributor).where(Distributor.id == given[0])
    session.execute(changed.values(status=given[1]))


def test_another_customer_in_a_form_that_was_sent_is_not_lost(portal) -> None:
    owner = Visitor(portal, "owner")
    first = owner.post("/portal/registrations", **typed()).location
    other = typed(name="泉州完全不同贸易有限公司", credit_code=code(2), note="二期")
    refused = owner.post("/portal/registrations", **other)
    assert refused.status_code == 422 and "此表单已提交为 KB" in refused.text and count() == 1
    assert "泉州完全不同贸易有限公司" in refused.text and "二期" in refused.text
    (key,) = re.findall(r'name="key" value="([^"]+)"', refused.text)
    assert key != "k-1"
    again = owner.post("/portal/registrations", **{**other, "key": key})
    assert again.status_code == 303 and again.location != first and count() == 2
    draft = typed(key="k-5", name="龙岩第五海鲜餐饮有限公司", credit_code=code(5), phone="13900000055")
    kept = owner.post("/portal/registrations", **draft, send="draft")
    assert owner.post("/portal/registrations", **draft, send="draft").location == kept.location
    assert owner.post("/portal/registrations", **draft).status_code == 422, "it was kept, not sent"
    assert count() == 3


def test_the_brand_is_told_who_holds_a_customer_before_it_keeps_it_to_itself(portal) -> None:
    Visitor(portal, "owner").post("/portal/registrations", **typed())
    boss, until = Visitor(portal, "administrator"), clock.today() + timedelta(days=90)
    asked = boss.post("/admin/registrations/setup/customers", name=NAME, note="总部直供")
    assert asked.status_code == 422 and f"漳州市鑫禾源食品商贸有限公司 {until}" in asked.text
    assert "总部直供" in asked.text and 'name="is_confirmed"' in asked.text
    given = {"name": NAME, "note": "总部直供", "is_confirmed": "yes"}
    assert boss.post("/admin/registrations/setup/customers", **given).status_code == 303


def test_all_that_is_wrong_is_said_at_once_and_a_draft_says_what_it_needs(portal) -> None:
    owner = Visitor(portal, "owner")
    yesterday = str(clock.today() - timedelta(days=1))
    bad = {"phone": "12", "credit_code": "913501", "expected_amount": "1e5", "expected_on": yesterday}
    page = owner.post("/portal/registrations", **typed(**bad, product_line=""))
    assert page.status_code == 422
    wrong = set(re.findall(r'id="(\w+)-error"', page.text))
    assert wrong == {"phone", "credit_code", "expected_amount", "expected_on", "product_line"}
    kept = owner.post("/portal/registrations", **typed(send="draft", phone="", credit_code=""))
    assert kept.status_code == 303 and "存草稿也须填写公司名称和产品线" in owner.page(
        "/portal/registrations/new"
    )
    refused = owner.post("/portal/registrations", **typed(key="k-9", send="draft", name="", phone="1"))
    assert set(re.findall(r'id="(\w+)-error"', refused.text)) == {"name", "phone"} and count() == 1


def test_a_customer_that_came_without_a_code_is_claimed_without_one(portal) -> None:
    owner, stranger = Visitor(portal, "owner"), Visitor(portal, "stranger")
    gone = stranger.post("/portal/registrations", **typed()).location

    def forget(session, actor, given) -> None:  # as one that a file brought
        session.execute(update(Registration).values(credit_code=None, source="import"))

    db.run(forget, OPERATOR, None)
    assert stranger.post(f"{gone}/release", version="2").status_code == 303
    pooled = f"/portal/registrations/pool/{gone.rsplit('/', 1)[1]}"
    odd = owner.post(f"{pooled}/claim", key="c-1", phone="12")
    assert odd.status_code == 422 and "手机号为 11 位" in odd.text and count() == 1
    mine = owner.post(f"{pooled}/claim", key="c-1", phone="13900000009")
    assert mine.status_code == 303 and "已受理" in owner.page(mine.location) and count() == 2


def test_a_second_tab_at_the_pool_is_told_who_may_know(portal) -> None:
    owner, stranger = Visitor(portal, "owner"), Visitor(portal, "stranger")
    gone = stranger.post("/portal/registrations", **typed()).location
    assert stranger.post(f"{gone}/release", version="2").status_code == 303
    pooled = f"/portal/registrations/pool/{gone.rsplit('/', 1)[1]}"
    assert owner.get(pooled).status_code == 200
    mine = owner.post(f"{pooled}/claim", key="c-1", phone="13900000009")
    assert mine.status_code == 303
    for again in (owner.get(pooled), owner.post(f"{pooled}/claim", key="c-2", phone="13900000009")):
        assert again.status_code == 410 and "贵司已领取该客户" in again.text and mine.location in again.text
    other = stranger.get(pooled)
    assert other.status_code == 410 and "已被其他公司领取" in other.text
    assert mine.location not in other.text and "漳州市鑫禾源" not in other.text
    own = mine.location.rsplit("/", 1)[1]
    assert stranger.get(f"/portal/registrations/pool/{own}").status_code == 404, "it never lay in the pool"


def test_while_an_order_waits_for_the_brand_both_faces_say_that_it_keeps_the_customer(portal) -> None:
    reports = Reports(Cast())
    with time_machine.travel(noon("2027-03-01"), tick=False) as now:
        key = reports.report(name=NAME).registration_id
        change_setting("order.approve_above", "10.00")
        order_id = db.run(order_for_registration, reports["owner"], ForWhom(key))
        reports.cast.fill("owner", CP0515=2)
        reports.cast.submit(order_id, "owner")
        now.move_to(noon("2027-06-15"))
        owner, stranger = Visitor(portal, "owner"), Visitor(portal, "stranger")
        page, kept = owner.page(f"/portal/registrations/{key}"), "订单待品牌方处理期间继续保留"
        assert "等待品牌方处理，客户仍归您" in page and "保护期已过</h2>" not in page
        assert kept in owner.page("/portal/registrations")
        assert kept in Visitor(portal, "administrator").page(f"/admin/registrations/{key}")
        taken = stranger.post("/portal/registrations", **typed(key="k-3"))
        assert "已被报备至" not in stranger.page(taken.location)
        reports.cast.decide(order_id, "reject", "rep", "不同意")
        page = owner.page(f"/portal/registrations/{key}")
        assert "等待品牌方处理" not in page and "起，任何经销商均可报备该客户" in page
        assert kept not in owner.page("/portal/registrations")


def test_by_when_a_customer_is_followed_up_stands_on_the_page_and_in_the_lists(portal) -> None:
    reports, said = Reports(Cast()), "最迟 2027-04-14 跟进"
    with time_machine.travel(noon("2027-03-01"), tick=False) as now:
        key = reports.report(name=NAME).registration_id
        owner, brand = Visitor(portal, "owner"), Visitor(portal, "administrator")
        for page in (owner.page(f"/portal/registrations/{key}"), owner.page("/portal/registrations")):
            assert said in page
        assert said in brand.page(f"/admin/registrations/{key}")
        for visitor, lists in ((owner, "/portal/registrations"), (brand, "/admin/registrations")):
            assert NAME not in visitor.page(f"{lists}?near=yes")
        now.move_to(noon("2027-03-31"))
        owner, brand = Visitor(portal, "owner"), Visitor(portal, "administrator")
        for visitor, lists in ((owner, "/portal/registrations"), (brand, "/admin/registrations")):
            page = visitor.page(f"{lists}?near=yes")
            assert NAME in page and "2027-04-14" in page
        now.move_to(noon("2027-04-15"))
        owner, brand = Visitor(portal, "owner"), Visitor(portal, "administrator")
        assert "未在 2027-04-14 前跟进" in owner.page("/portal/registrations")
        assert "未在 2027-04-14 前跟进" in brand.page(f"/admin/registrations/{key}")


def test_until_which_day_a_refusal_can_be_appealed_stands_on_its_page(portal) -> None:
    reports = Reports(Cast())
    with time_machine.travel(noon("2027-03-01"), tick=False) as now:
        reports.report(name=NAME)
        taken = reports.report("stranger", name=NAME).registration_id
        for day, said in (
            ("2027-03-16", "最迟 2027-03-16（含当日）"),
            ("2027-03-17", "申诉期限为 2027-03-16"),
        ):
            now.move_to(noon(day))
            page = Visitor(portal, "stranger").page(f"/portal/registrations/{taken}")
            assert said in page and ("提交申诉</button>" in page) == (day == "2027-03-16")


def test_an_order_that_came_back_after_the_protection_goes_on_without_the_customer(portal) -> None:
    reports = Reports(Cast())
    with time_machine.travel(noon("2027-03-01"), tick=False) as now:
        key = reports.report(name=NAME).registration_id
        agreed = NewPrice(key, "CP0515", Decimal("39.90"))
        db.run(give_project_price, reports["administrator"], agreed)
        change_setting("order.approve_above", "10.00")
        order_id = db.run(order_for_registration, reports["owner"], ForWhom(key))
        reports.cast.fill("owner", CP0515=2)
        reports.cast.submit(order_id, "owner")
        now.move_to(noon("2027-06-15"))
        reports.cast.decide(order_id, "return", "rep", "请改数量")
        assert reports.look(key) == "lapse"
        owner, revision = Visitor(portal, "owner"), f"/portal/orders/{order_id}/revision"
        page = owner.page(revision)
        assert "该客户已不在贵司报备保护内" in page and "取下客户" in page
        assert "请先取下客户" in page and "这一单要人工审批" not in page, (
            "it promises nothing that submitting refuses"
        )
        seen = {"order": str(order_id), "version": str(order(order_id).version)}
        refused = owner.post(f"{revision}/submission", **seen)
        assert refused.status_code == 422 and "请从订单上取下该客户" in refused.text
        assert order(order_id).registration_id == key
        assert owner.post(f"{revision}/customer-release").location.startswith(revision)
        page = owner.page(revision)
        assert "取下客户" not in page and "86.40" in page  # at the usual price: 43.20
        again = seen | {"version": str(order(order_id).version), "seen_gross": "86.40"}
        assert owner.post(f"{revision}/submission", **again).status_code == 303
        sent = order(order_id)
        assert (sent.approval_state, sent.registration_id) == ("pending", None)
        assert [line.price for line in lines(order_id)] == [Decimal("43.20")]
        change_setting("order.approve_above", "10000.00")
        db.run(order_for_registration, reports["owner"], ForWhom(reports.report(name=NAME).registration_id))
        reports.cast.fill("owner", CP0515=1)
        assert "提交后自动通过" in owner.page("/portal/cart") and "自动通过" in owner.page("/portal/catalog")
        now.move_to(noon("2027-12-15"))
        owner = Visitor(portal, "owner")
        page = owner.page("/portal/cart")
        assert "自动通过" not in page and "请先取下客户" in page
        assert "自动通过" not in owner.page("/portal/catalog")


def test_what_the_brand_writes_with_its_yes_reaches_the_applicant(portal) -> None:
    reports, written = Reports(Cast()), "请于两周内完成首次拜访"
    reports.report("stranger", name=NAME)
    key = reports.report(name="厦门鑫禾园食品有限公司").registration_id
    reports.decide(key, "approve", comment=written)
    other = reports.report(name="厦门鑫禾苑食品有限公司").registration_id
    reports.decide(other, "approve", comment="")
    while letter := db.run(lambda session, actor, _: outbox.claim(session, actor), OPERATOR, None):
        db.run(lambda session, actor, each: delivery.deliver(session, each), OPERATOR, letter)
    owner = Visitor(portal, "owner")
    page, notices = owner.page(f"/portal/registrations/{key}"), owner.page("/portal/notices")
    assert f"品牌方留言：{written}" in page and page.count(written) == 2, "and in its story"
    assert f"：{written}</span>" in notices and f" · {written}" not in notices
    assert re.search("厦门鑫禾苑食品有限公司 报备已通过，保护至 [-0-9]{10}<", notices)
    assert "品牌方留言" not in owner.page(f"/portal/registrations/{other}")


@pytest.mark.parametrize("is_planted", [False, True])
def test_who_loses_a_customer_by_an_appeal_reads_the_rule_and_never_the_comment(
    portal, monkeypatch, is_planted: bool
) -> None:
    reports, secret = Reports(Cast()), "合同在先，经销商鹭岛供应链证明"
    key = reports.report(name=NAME).registration_id
    taken = reports.report("stranger", name=NAME).registration_id
    given = NewOpportunity(key, "o-1", "食堂供货", Decimal(12000), clock.today() + timedelta(days=20))
    chance = db.run(open_opportunity, reports["owner"], given)
    db.run(appeal_registration, reports["stranger"], Appeal(taken, row(taken).version, "我方在先"))
    if is_planted:
        end = ending.end
        monkeypatch.setattr(ending, "end", lambda *args, **facts: end(*args, **(facts | {"reason": secret})))
    assert reports.decide(taken, "approve", comment=secret) == "approved"
    while letter := db.run(lambda session, actor, _: outbox.claim(session, actor), OPERATOR, None):
        db.run(lambda session, actor, each: delivery.deliver(session, each), OPERATOR, letter)
    owner = Visitor(portal, "owner")
    pages = [
        owner.page(path)
        for path in (f"/portal/registrations/{key}", f"/portal/opportunities/{chance}", "/portal/notices")
    ]
    assert any("鹭岛" in page for page in pages) is is_planted
    words = "经品牌方复核，另一方的申诉成立"
    assert "该客户不再归贵司报备" in pages[0] and words in pages[0] and words in pages[2]
    assert "因申诉转出" in pages[1] and "丢单" not in pages[1]
    assert "因申诉转出" in pages[0] and "已释放" not in pages[0]
    assert "客户已转归其他经销商" + ("（" if is_planted else "<") in pages[1]
    assert secret in Visitor(portal, "stranger").page("/portal/notices")
    assert secret in Visitor(portal, "administrator").page(f"/admin/registrations/{taken}")


def test_what_the_brand_ended_can_be_appealed_and_what_one_let_go_cannot(portal) -> None:
    owner, reports = Visitor(portal, "owner"), Reports(Cast())
    ended = reports.report(name=NAME).registration_id
    db.run(revoke_registration, reports["administrator"], Release(ended, row(ended).version, "跟进凭证不实"))
    let_go = reports.report(name="泉州大丰收粮油贸易有限公司").registration_id
    db.run(release_registration, reports["owner"], Release(let_go, row(let_go).version))
    page = owner.get(f"/portal/registrations/{ended}").text
    assert "品牌方已终止该报备" in page and "跟进凭证不实" in page and 'id="appeal"' in page
    assert 'id="appeal"' not in owner.get(f"/portal/registrations/{let_go}").text
    version = str(row(ended).version)
    sent = owner.post(f"/portal/registrations/{ended}/appeal", version=version, reason="凭证属实")
    assert sent.status_code == 303 and row(ended).state == "appealed"
