"""People, settings, audit, messages and the page for oneself over HTTP."""

import re
from typing import Any

from sqlalchemy import select

from tests.admin.site import Site, field_error
from trade import db
from trade.audit import AuditEntry, record
from trade.flows.change_settings import RULES
from trade.people.models import LoginSession, Person
from trade.settings import DEFAULTS, Setting

PASSWORD = re.compile(r"<code>([a-z0-9-]{19})</code>")


def person(**changes: str) -> dict[str, str]:
    return {"name": "林晓燕", "role": "sales_rep", "user_name": "lin.xiaoyan", **changes}


def entries(event: str) -> list[AuditEntry]:
    with db.read() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.event == event)))


def settings(**changes: Any) -> dict[str, Any]:
    """The whole form with the defaults, a box that is not ticked left out."""
    typed = {
        key.replace(".", "_"): value for key, value in (DEFAULTS | {"order.approve_first": "yes"}).items()
    }
    return {**typed, **changes}


def test_who_is_shut_out_is_out_at_once(site: Site):
    administrator, rep = site.browser("administrator"), site.browser("rep")
    assert rep.get("/admin").status_code == 200
    address = f"/admin/people/{site.world.people['rep']}/activity"
    assert administrator.post(address, {"state": "inactive"}).status_code == 422
    assert rep.get("/admin").status_code == 200
    successor = str(site.world.people["other-rep"])
    assert administrator.post(address, {"state": "inactive", "successor": successor}).status_code == 303
    assert rep.get("/admin").status_code == 401
    with db.read() as session:
        alive = select(LoginSession).where(
            LoginSession.person_id == site.world.people["rep"], LoginSession.revoked_at.is_(None)
        )
        assert not session.scalars(alive).all()
    assert [entry.facts for entry in entries("person.deactivated")] == [{"before": True, "after": False}]
    assert administrator.post(address, {"state": "active"}).status_code == 303
    assert site.browser("rep").get("/admin").status_code == 200
    before = site.everything()
    own = f"/admin/people/{site.world.people['administrator']}/activity"
    assert administrator.post(own, {"state": "inactive"}).status_code == 422
    assert administrator.post(address, {"state": "gone"}).status_code == 422
    assert administrator.post("/admin/people/9999/activity", {"state": "inactive"}).status_code == 404
    for who in ("manager", "finance", "owner"):
        assert site.browser(who).post(address, {"state": "inactive"}).status_code == 403
    assert site.everything() == before


def test_nobody_shuts_out_or_makes_their_betters(site: Site):
    def weaken(session: Any, actor: Any, given: None) -> None:
        from trade.people.models import Role, RolePermission

        role = session.scalars(select(Role).where(Role.code == "finance")).one()
        session.add(RolePermission(role_id=role.id, permission="person.manage"))

    db.run(weaken, site.actors["administrator"], None)
    finance = site.browser("finance")
    before = site.everything()
    address = f"/admin/people/{site.world.people['administrator']}/activity"
    assert finance.post(address, {"state": "inactive"}).status_code == 422
    password = f"/admin/people/{site.world.people['administrator']}/password"
    assert finance.post(password).status_code == 422
    answer = finance.post("/admin/people", person(role="administrator"))
    assert answer.status_code == 422 and field_error(answer, "role")
    assert site.everything() == before


def import_rep(session: Any, actor: Any, given: None) -> int:
    person = Person(name="导入的代表", source="erp", external_code="R9")
    session.add(person)
    session.flush()
    return person.id


def test_every_setting_has_a_rule():
    assert RULES.keys() == DEFAULTS.keys()


def test_settings_are_changed_with_before_and_after(site: Site):
    administrator = site.browser("administrator")
    assert "审批时限" in administrator.get("/admin/settings").text
    given = settings(brand_name="云岫", order_approve_above="１５００００.5", order_decision_hours="48")
    assert administrator.post("/admin/settings", given).status_code == 303
    with db.read() as session:
        kept = {row.key: row.value for row in session.scalars(select(Setting))}
    assert kept["brand.name"] == "云岫" and kept["order.decision_hours"] == 48
    assert kept["order.approve_above"] == "150000.50" and kept["order.approve_first"] is True
    changed = {entry.facts["key"]: entry.facts for entry in entries("setting.changed")}
    assert changed.keys() == {
        "brand.name",
        "order.approve_above",
        "order.decision_hours",
        "order.approve_first",
        "price.needs_approval",
        "statement.automatic",
    }
    assert changed["order.decision_hours"]["before"] == 72 and changed["order.decision_hours"]["after"] == 48
    assert "云岫" in administrator.get("/admin/settings").text
    before = site.everything()
    for change in (
        {"session_hours": "0"},
        {"session_hours": "1e3"},
        {"login_attempts": "2"},
        {"login_attempts": ""},
        {"order_approve_above": "NaN"},
        {"order_approve_above": "-1"},
        {"brand_name": "长" * 31},
        {"brand_name": "a\0b"},
        {"login_attempts": "101"},
        {"order_escalation_hours": ["1", "2"]},
    ):
        answer = administrator.post("/admin/settings", {**given, **change})
        assert answer.status_code == 422 and field_error(answer, next(iter(change))), change
    for who in ("finance", "manager", "owner"):
        assert site.browser(who).post("/admin/settings", given).status_code == 403
    assert site.everything() == before


def test_who_may_not_is_told_where_it_can_be_changed(site: Site):
    answer = site.browser("rep").get("/admin/people")
    assert answer.status_code == 403 and "请联系管理员" in answer.text


def test_the_audit_tells_who_and_can_be_searched(site: Site):
    administrator = site.browser("administrator")
    site.browser("rep").get("/admin/settings")
    administrator.post("/admin/settings", settings(session_hours="8"))
    text = administrator.get("/admin/audit").text
    assert "访问被拒绝" in text and "修改设置" in text and "登录保持的小时数" in text and "12</span>" in text
    only = administrator.get("/admin/audit?event=setting").text
    assert "修改设置" in only and "访问被拒绝" not in only.split("<tbody>")[1]
    mine = administrator.get(f"/admin/audit?person={site.world.people['rep']}").text
    assert "访问被拒绝" in mine and "登录保持的小时数" not in mine
    assert "需要的权限: 修改设置" in mine
    assert "没有符合条件" in administrator.get("/admin/audit?until=2020-01-01").text
    for query in ("since=0001-01-01", "until=9999-12-31", "person=" + "9" * 30, "after=x", "event=%00"):
        assert administrator.get(f"/admin/audit?{query}").status_code == 200, query
    assert site.browser("manager").get("/admin/audit").status_code == 403


def test_the_audit_speaks_in_words(site: Site):
    administrator, finance = site.browser("administrator"), site.browser("finance")
    rep = site.world.people["rep"]
    administrator.post(f"/admin/people/{rep}/activity", {"state": "inactive", "successor": "later"})
    finance.post("/admin/distributors/1/limits", {"amount": "60000", "reason": "旺季", "until": ""})
    finance.post("/admin/distributors/1/block", {"change": "block", "reason": "争议"})
    finance.post(f"/admin/people/{rep}/activity", {"state": "inactive"})
    administrator.post("/admin/people", person(user_name="x1"))

    def further(session: Any, actor: Any, given: None) -> None:
        counts = {"read": 701, "inserted": 1, "updated": 0, "unchanged": 700, "absent": 0}
        record(session, actor, "import.done", {"source": "erp", "distributor": counts}, subject="import_run")
        record(session, actor, "login.too_many", {"name": "r**"})
        record(session, actor, "shelf.moved", {"strange": {"deep": [1]}, "person_id": rep})

    db.run(further, site.actors["administrator"], None)
    text = administrator.get("/admin/audit").text
    for words in (
        "可登录</span>",
        "人员 rep",
        "¥60,000.00</span>",
        "原因: 旺季",
        "人工冻结</span>",
        "角色: 销售代表",
        "导入完成",
        "读取 701 · 新增 1 · 更新 0",
        "密码错误次数过多，暂停登录",
        "strange: deep 1",
    ):
        assert words in text, words
    assert "{&#39;" not in text and "True" not in text


def test_messages_are_read_and_the_page_for_oneself_opens(site: Site):
    rep = site.browser("rep")
    assert "还没有消息" in rep.get("/admin/notices").text
    assert rep.post("/admin/notices/reading", {"up_to_id": "9" * 30}).status_code == 303
    assert "密码" in rep.get("/admin/me").text
    assert site.browser("buyer").get("/admin/me").status_code == 403


def test_stock_is_told_in_figures_and_words(site: Site):
    order_id = site.approved(CP0515=10)
    rep = site.browser("rep")
    text = rep.get("/admin/stock").text
    for words in ("CP0515", "990 箱", "缺货", "紧张", "充足"):
        assert words in text
    assert "DJ4815" in rep.get("/admin/stock?word=out").text
    assert "CP0515" not in rep.get("/admin/stock?word=out").text
    assert "CP0515" in rep.get("/admin/stock?q=LPMLW").text
    page = rep.get(f"/admin/stock/{site.world.skus['CP0515']}").text
    assert "订单预留" in page and f"/admin/orders/{order_id}" in page and "+150" in page
    assert rep.get("/admin/stock/9999").status_code == 404
    assert site.browser("finance").get("/admin/stock").status_code == 403


def test_a_person_list_hides_phones(site: Site):
    def call(session: Any, actor: Any, given: None) -> None:
        session.scalars(select(Person).where(Person.user_name == "rep")).one().phone = "13912345678"

    db.run(call, site.actors["administrator"], None)
    text = site.browser("administrator").get("/admin/people").text
    assert "139****5678" in text and "13912345678" not in text
