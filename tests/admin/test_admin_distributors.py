"""Pages about distributors over HTTP: what may be typed, what is refused, who sees what."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from tests.admin.site import Browser, Site, field_error, open_site
from tests.world import OPERATOR
from trade import clock, db
from trade.distributors import regions
from trade.distributors.models import (
    Address,
    Contact,
    Distributor,
    Standing,
    Territory,
    TerritoryRegion,
    Tier,
)
from trade.distributors.regions import Entry
from trade.notices import delivery, outbox
from web.store import store

MOST = 12
TABS = ("", "/profile", "/contacts", "/standing", "/authorisations", "/timeline")
ODD = ("", "x" * 400, "\x00", "a\u202eb")


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def one(model: Any, **facts: Any) -> Any:
    with db.read() as session:
        return session.scalars(select(model).filter_by(**facts)).one()


def typed(answer_text: str) -> dict[str, str]:
    """What a browser would send of a profile form as it stands."""
    found = dict(re.findall(r'name="([a-z_]+)"[^>]*? value="([^"]*)"', answer_text))
    return {name: value for name, value in found.items() if name not in {"csrf_token", "q"}}


def profile(site: Site, **changes: str) -> dict[str, str]:
    company = one(Distributor, code="D1")
    known = {"code": "D1", "name": company.name, "version": str(company.version), "phone": "13800000000"}
    return {**known, "tax_mode": "special", "back_order_policy": "refuse", "currency": "CNY", **changes}


def new(**changes: str) -> dict[str, str]:
    tier = one(Tier, code="gold").id
    known = {"code": "D9", "name": "厦门鹭岛食品有限公司", "back_order_policy": "wait", "currency": "CNY"}
    known["tax_mode"] = "normal"
    known |= {"valid_from": clock.today().isoformat(), "tier_id": str(tier), "terms": "monthly"}
    return {**known, "terms_days": "30", "advance_percent": "100", **changes}


def refused(site: Site, browser: Browser, path: str, data: dict[str, str], field: str = "") -> str:
    before = (site.everything(), everybody())
    answer = browser.post(path, data)
    assert answer.status_code == 422, (path, data, answer.status_code)
    assert not field or field_error(answer, field), (path, data)
    assert (site.everything(), everybody()) == before
    return answer.text


def everybody() -> list[Any]:
    with db.read() as session:
        models: tuple[Any, ...] = (Distributor, Standing, Address, Contact)
        return [
            tuple(row)
            for model in models
            for row in session.execute(select(*model.__table__.c).order_by(model.id))
        ]


def test_every_page_opens_within_its_budget_and_for_whom_it_is_meant(site: Site):
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with site.app.app_context():
        event.listen(store.engine, "before_cursor_execute", note)
    administrator, rep, other = (site.browser(who) for who in ("administrator", "rep", "other-rep"))
    site.approved()
    own = f"/admin/distributors/{site.world.distributors['D1']}"
    costs = {}
    for tab in (*TABS, "/addresses/new"):
        seen.clear()
        answer = administrator.get(own + tab)
        assert answer.status_code == 200, tab
        costs[tab] = len(seen)
        if tab != "/addresses/new":
            assert rep.get(own + tab).status_code == 200, tab
            assert other.get(own + tab).status_code == 404, tab
    assert max(costs.values()) <= MOST, costs
    for path in ("", "/territories", "/company", "/channels", "/credit-groups", "/return-reasons"):
        seen.clear()
        assert administrator.get(f"/admin/masters{path}").status_code == 200, path
        assert len(seen) <= MOST and rep.get(f"/admin/masters{path}").status_code == 403, path
    assert rep.get("/admin/distributors/new").status_code == 403
    assert "订单 SO" in administrator.get(f"{own}/timeline?kind=orders").text
    for odd in ("kind=x", "after=|||", "after=2026-01-01|x|1", "after=2026-01-01T00:00:00%2B00:00|audit|9"):
        assert administrator.get(f"{own}/timeline?{odd}").status_code == 200


def test_a_new_distributor_by_page(site: Site):
    administrator = site.browser("administrator")
    assert "建立档案" in administrator.get("/admin/distributors/new").text
    for change, field in (
        ({"code": ""}, "code"),
        ({"code": "D1"}, "code"),
        ({"code": "🙂"}, "code"),
        ({"name": ""}, "name"),
        ({"name": "x" * 400}, "name"),
        ({"name": "a\x00"}, "name"),
        ({"credit_code": "91110000600037341M"}, "credit_code"),
        ({"licence_expires_on": "2027-02-30"}, "licence_expires_on"),
        ({"phone": "abc"}, "phone"),
        ({"phone": "7654321"}, "phone"),
        ({"phone": "12345678901"}, "phone"),
        ({"licence_expires_on": "1900-01-01"}, "licence_expires_on"),
        ({"code": "d1"}, "code"),
        ({"currency": "XXX"}, "currency"),
        ({"tier_id": "999"}, "tier_id"),
        ({"tier_id": ""}, "tier_id"),
        ({"rep_id": "1e5"}, "rep_id"),
        ({"terms_days": "366"}, "terms_days"),
        ({"terms_days": "٣"}, "terms_days"),
        ({"valid_from": "2020-01-01"}, "valid_from"),
        ({"credit_group_id": "7"}, "credit_group_id"),
    ):
        refused(site, administrator, "/admin/distributors", new(**change), field)
    at_once = refused(
        site, administrator, "/admin/distributors", new(code="🙂", phone="abc", credit_code="1"), "code"
    )
    assert at_once.count("invalid-feedback") == 3
    refused(site, administrator, "/admin/distributors", new(name=one(Distributor, code="D1").name), "name")
    given = new(
        name="<script>alert(1)</script> 食品", credit_code="９１110000600037341l", internal_note="赖账风险"
    )
    answer = administrator.post("/admin/distributors", given)
    assert answer.status_code == 303
    page = administrator.get(answer.headers["Location"] + "/profile").text
    assert "<script>alert" not in page and "赖账风险" in page and "91110000600037341L" in page


def test_terms_that_only_come_and_what_is_missing_are_told(site: Site):
    administrator = site.browser("administrator")
    given = new(code="eye-9", phone="0596 2345678", licence_expires_on="2020-01-01", valid_from="2030-01-01")
    answer = administrator.post("/admin/distributors", given)
    assert answer.status_code == 303
    kept = one(Distributor, name="厦门鹭岛食品有限公司")
    assert (kept.code, kept.phone) == ("EYE-9", "05962345678")
    page = administrator.get(answer.headers["Location"]).text
    for words in ("自 2030-01-01 起", "在此之前不能下单", "尚未指定销售代表或区域", "已于 2020-01-01 到期"):
        assert words in page


def test_the_second_editor_sees_the_first_ones_change_and_loses_nothing(site: Site):
    administrator = site.browser("administrator")
    path = f"/admin/distributors/{site.world.distributors['D1']}/profile"
    stale = profile(site, contact_name="陈小姐")
    assert administrator.post(path, profile(site, contact_name="林先生")).status_code == 303
    text = refused(site, administrator, path, stale)
    assert "林先生" in text and 'value="陈小姐"' in text and "期间有人修改" in text
    version = re.search(r'name="version" value="([0-9]+)"', text)
    assert version
    assert administrator.post(path, {**stale, "version": version[1]}).status_code == 303
    assert one(Distributor, code="D1").contact_name == "陈小姐"
    for odd in ODD[1:]:
        refused(site, administrator, path, profile(site, bank_account=odd), "bank_account")
    refused(site, administrator, path, profile(site, version="1e5"))
    assert site.browser("rep").post(path, profile(site)).status_code == 403


def test_contacts_addresses_and_the_region_picker_without_javascript(site: Site):
    rows = [Entry("35", "福建省", None), Entry("3506", "漳州市", "35"), Entry("350602", "芗城区", "3506")]
    db.run(regions.fill, site.actors["administrator"], [*rows, Entry("350603", "龙文区", "3506")])
    administrator = site.browser("administrator")
    own = f"/admin/distributors/{site.world.distributors['D1']}"
    contact = {"name": "黄会计", "phone": "13700000000", "position": "财务"}
    assert administrator.post(f"{own}/contacts", contact).status_code == 303
    key = one(Contact, name="黄会计").id
    assert administrator.get(f"{own}/contacts/{key}").status_code == 200
    edited = {**contact, "position": "总账", "version": "1"}
    assert administrator.post(f"{own}/contacts/{key}", edited).status_code == 303
    text = refused(site, administrator, f"{own}/contacts/{key}", {**contact, "version": "1"})
    assert "总账" in text
    refused(site, administrator, f"{own}/contacts", {"name": ""}, "name")
    foreign = f"/admin/distributors/{site.world.distributors['D2']}/contacts/{key}"
    assert administrator.post(foreign, edited).status_code == 404
    assert "137****0000" in site.browser("finance").get(f"{own}/contacts").text
    assert administrator.post(f"{own}/contacts/{key}/archiving", {"version": "2"}).status_code == 303

    address = {"contact_name": "林先生", "line": "南坑仓", "province": "35"}
    before = everybody()
    picked = administrator.post(f"{own}/addresses", {**address, "pick": "city"})
    assert picked.status_code == 200 and "芗城区" in picked.text and everybody() == before
    refused(site, administrator, f"{own}/addresses", {**address, "city": "3506"}, "region")
    refused(site, administrator, f"{own}/addresses", {**address, "province": "99"}, "province")
    whole = {**address, "city": "3506", "region": "350602"}
    assert administrator.post(f"{own}/addresses", whole).status_code == 303
    assert "福建省漳州市芗城区" in administrator.get(f"{own}/contacts").text
    key = one(Address, region_code="350602").id
    assert "selected>芗城区" in administrator.get(f"{own}/addresses/{key}").text
    assert administrator.post(f"{own}/addresses/{key}/archiving", {"version": "1"}).status_code == 303


def lives_in_zhangzhou(session, actor, distributor_id) -> None:
    """Goods go to Zhangzhou, which 闽南 covers, and nobody has said which territory that is."""
    minnan = session.scalars(select(Territory).where(Territory.code == "minnan")).one()
    session.add(TerritoryRegion(territory_id=minnan.id, region_code="3506"))
    session.execute(
        update(Address).where(Address.distributor_id == distributor_id).values(region_code="350602")
    )
    session.execute(
        update(Standing).where(Standing.distributor_id == distributor_id).values(territory_id=None)
    )


def test_standing_authorisation_and_status_by_page(site: Site):
    administrator = site.browser("administrator")
    key = site.world.distributors["D1"]
    own, silver = f"/admin/distributors/{key}", str(one(Tier, code="silver").id)
    soon = (clock.today() + timedelta(days=7)).isoformat()

    def standing(**changes: str) -> dict[str, str]:
        company = one(Distributor, id=key)
        known = {"version": str(company.version), "valid_from": soon, "tier_id": silver, "terms": "monthly"}
        known |= {"rep_id": str(site.world.people["rep"]), "terms_days": "30", "advance_percent": "100"}
        return {**known, **changes}

    for change, field in (
        ({"valid_from": "2020-01-01"}, "valid_from"),
        ({"valid_from": "9999-12-31"}, "valid_from"),
        ({"parent_id": "D1"}, "parent_id"),
        ({"parent_id": "nobody"}, "parent_id"),
        ({"tier_id": ""}, "tier_id"),
        ({"territory_id": "999"}, "territory_id"),
    ):
        refused(site, administrator, f"{own}/standing", standing(**change), field)
    db.run(lives_in_zhangzhou, site.actors["administrator"], key)
    proposed = re.search(r'<option value="(\d+)" selected>\s*闽南', administrator.get(f"{own}/standing").text)
    assert proposed, "without a territory the one that covers its address is proposed"
    assert administrator.post(f"{own}/standing", standing(reason="升降级")).status_code == 303
    page = administrator.get(f"{own}/standing").text
    assert "待生效" in page and "升降级" in page and "撤回" in page
    planned = next(row for row in _standings(key) if row.valid_to is None)
    version = str(one(Distributor, id=key).version)
    withdrawal = f"{own}/standing/{planned.id}/withdrawal"
    refused(site, administrator, withdrawal, {"version": "1"})
    assert administrator.post(withdrawal, {"version": version}).status_code == 303
    assert administrator.post(withdrawal, {"version": str(int(version) + 1)}).status_code == 404

    today = clock.today().isoformat()
    assert administrator.post(f"{own}/authorisations", {"valid_from": today}).status_code == 303
    refused(site, administrator, f"{own}/authorisations", {"valid_from": today}, "category_id")
    assert "生效中" in administrator.get(f"{own}/authorisations").text

    version = str(one(Distributor, id=key).version)
    refused(site, administrator, f"{own}/status", {"version": version, "status": "suspended", "reason": ""})
    end = {"version": version, "status": "ended", "reason": "合同到期", "code": "D1"}
    refused(site, administrator, f"{own}/status", end)  # only where what is given up is shown
    refused(site, administrator, f"{own}/ending", end | {"code": ""}, "end-code")
    refused(site, administrator, f"{own}/ending", end | {"code": "D2"}, "end-code")
    pause = {"version": version, "status": "suspended", "reason": "对账不符"}
    assert administrator.post(f"{own}/status", pause).status_code == 303
    resumed = {"version": str(int(version) + 1), "status": "active", "reason": "对账已清"}
    assert administrator.post(f"{own}/status", resumed).status_code == 303
    while letter := db.run(lambda session, actor, _: outbox.claim(session, actor), OPERATOR, None):
        db.run(lambda session, actor, each: delivery.deliver(session, each), OPERATOR, letter)
    buyer, brand = site.browser("buyer"), site.browser("rep").get("/admin/notices").text
    text = buyer.get("/portal").text + buyer.get("/portal/notices").text
    assert "品牌方已暂停与贵司的合作" in text and "与贵司的合作已恢复" in text
    assert "对账" not in text and "对账不符" in brand and "对账已清" in brand
    assert "经销商看不到" in administrator.get(f"{own}/profile").text


def _standings(key: int) -> list[Standing]:
    with db.read() as session:
        return list(session.scalars(select(Standing).where(Standing.distributor_id == key)))


def test_many_change_hands_after_a_preview_and_each_row_says_what_became_of_it(site: Site):
    administrator = site.browser("administrator")
    picks = [f"{key}-1" for key in site.world.distributors.values()]
    silver = str(one(Tier, code="silver").id)
    day = (clock.today() + timedelta(days=1)).isoformat()
    before = everybody()
    preview = "/admin/distributors/reassignment/preview"
    assert administrator.post(preview, {"pick": picks}).status_code == 200
    wanted = {"pick": picks, "valid_from": day, "tier_id": silver}
    shown = administrator.post(preview, wanted)
    assert shown.status_code == 200 and "→" in shown.text and "不变" in shown.text
    assert everybody() == before
    assert (
        administrator.post("/admin/distributors/reassignment", {"pick": picks, "valid_from": day}).status_code
        == 422
    )
    assert administrator.post("/admin/distributors/reassignment", {**wanted, "pick": "x"}).status_code == 422
    assert everybody() == before
    answer = administrator.post("/admin/distributors/reassignment", wanted)
    assert answer.status_code == 422 and "已变更 1 家，1 家未变更" in answer.text  # D2 is silver already
    assert [row.tier_id for row in _standings(site.world.distributors["D1"])][-1] == int(silver)
    stale = administrator.post(
        "/admin/distributors/reassignment", {**wanted, "tier_id": str(one(Tier, code="gold").id)}
    )
    assert stale.status_code == 422 and "期间有同事" in stale.text
    assert site.browser("rep").post("/admin/distributors/reassignment", wanted).status_code == 403
