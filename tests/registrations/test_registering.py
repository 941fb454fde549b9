"""Who was first has the customer, however the name is written; what a person decides, and what each leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.flows.cast import Cast, change_setting
from tests.registrations.reports import (
    NAME,
    Reports,
    actions,
    code,
    everything,
    keys,
    picture,
    row,
    rule_of,
    used,
)
from tests.registrations.rolling import planned
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.approvals.models import ApprovalRequest
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.authorise_distributor import NewAuthorisation, authorise_distributor
from trade.flows.claim_from_pool import Claim, claim_from_pool
from trade.flows.keep_direct_customer import (
    OwnCustomer,
    SeenCustomer,
    add_direct_customer,
    archive_direct_customer,
)
from trade.flows.register_customer import register_customer
from trade.flows.release_registration import (
    Release,
    SeenRegistration,
    release_registration,
    revoke_registration,
    withdraw_registration,
)
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from trade.registrations.checking import look
from trade.registrations.models import Registration

pytestmark = pytest.mark.usefixtures("verified")
SPELLINGS = [
    "廈門鑫禾源食品有限公司",
    "厦门市鑫禾源食品有限责任公司",
    "厦门 鑫禾源 食品 有限公司",
    "厦门鑫禾源食品（有限公司）",
    "福建省厦门市鑫禾源食品有限責任公司",
]


def test_the_first_has_it_however_it_is_written(reports: Reports) -> None:
    given = reports.given(name=NAME)
    first = db.run(register_customer, reports["owner"], given)
    assert (first.outcome, first.rule) == ("accepted", "first.valid")
    assert first.until == clock.today() + timedelta(days=90)
    assert db.run(register_customer, reports["owner"], given) == first  # a second tap
    held = keys()
    for spelling in SPELLINGS:
        other = reports.report("stranger", name=spelling)
        assert (other.outcome, other.until, other.rule) == ("taken", first.until, "hard.name"), spelling
        refused = row(other.registration_id)
        assert refused.state == "rejected" and refused.number and refused.protected_until is None
    assert keys() == held and list(used().values()) == [1]
    same_code = reports.report(
        "stranger", name="完全另一个名字的公司", credit_code=given.customer.credit_code
    )
    assert (same_code.outcome, same_code.rule) == ("taken", "hard.code")
    before = everything()
    with pytest.raises(Refused, match="registration.yours"):
        reports.report("owner", name=SPELLINGS[0])
    assert everything() == before
    other_line = reports.report("stranger", name=NAME, product_line_id=reports.lines["snacks"])
    assert other_line.outcome == "accepted"


def test_a_draft_may_wait_for_code_and_phone_and_protects_nobody(reports: Reports) -> None:
    given = replace(reports.given(credit_code="", phone=""), is_draft=True)
    kept = db.run(register_customer, reports["owner"], given)
    assert kept.outcome == "draft" and row(kept.registration_id).state == "draft"
    before = everything()
    sent = replace(given, is_draft=False, registration_id=kept.registration_id, version=1)
    with pytest.raises(Refused, match="registration.code_needed"):
        db.run(register_customer, reports["owner"], sent)
    assert everything() == before
    assert reports.report("stranger").outcome == "accepted"


def test_codes_papers_and_phones(reports: Reports) -> None:
    before = everything()
    for facts, field in (
        ({"credit_code": ""}, "registration.code_needed"),
        ({"credit_code": "91350100M000100Y4Z"}, "registration.code_odd"),
        ({"kind": "person", "credit_code": "", "name": "张三"}, "registration.proof_needed"),
        ({"kind": "person", "credit_code": "", "files": (picture(),)}, "registration.kind_company"),
        ({"kind": "person", "credit_code": "", "name": "ＡＢＣ Co., Ltd."}, "registration.kind_company"),
        ({"kind": "abroad", "credit_code": "", "phone": "123"}, "registration.proof_needed"),
        ({"phone": "12345"}, "registration.phone_odd"),
        ({"phone": ""}, "registration.phone_needed"),
        ({"name": "(　)"}, "registration.name_short"),
        ({"product_line_id": 999}, "registration.line_closed"),
        ({"expected_on": clock.today() - timedelta(days=1)}, "registration.expected_past"),
        ({"region_code": "999999"}, "registration.region_unknown"),
    ):
        with pytest.raises(Refused, match=field):
            reports.report(**facts)
    assert everything() == before
    person = reports.report(kind="person", name="张三", credit_code="", files=(picture(),))
    abroad = {"kind": "abroad", "name": "Wing Lee Trading Co., Ltd.", "phone": "+852 2345 6789"}
    assert person.outcome == "accepted"
    assert reports.report(credit_code="", files=(picture(1),), **abroad).outcome == "accepted"
    assert reports.report("stranger", credit_code="", files=(picture(2),), **abroad).outcome == "taken"
    shop = {"kind": "person", "name": "芗城区南坑烟酒商行", "credit_code": ""}
    assert reports.report(files=(picture(3),), **shop).outcome == "accepted"
    told = {"kind": "person", "credit_code": code(9)}  # with its code it does not matter
    assert reports.report(name="厦门第五食品有限公司", **told).outcome == "accepted"
    for name, outcome in (("漳州绿源食品有限公司", "queued"), ("香港永利食品有限公司", "accepted")):
        paper = {"kind": "abroad", "name": name, "phone": "+852 2345 1111", "credit_code": ""}
        sent = reports.report(files=(picture(4),), **paper)
        assert (sent.outcome, sent.rule == "soft.kind") == (outcome, outcome == "queued"), name
    full_width = "９１３５０１００Ｍ０００１００Ｙ４３"
    accepted = reports.report(
        name="福州全角数字商贸有限公司", credit_code=full_width, phone="+86 138-0013-8000"
    )
    assert row(accepted.registration_id).credit_code == "91350100M000100Y43"
    assert row(accepted.registration_id).phone == "13800138000"


def test_a_similar_name_or_the_same_phone_goes_to_a_person(reports: Reports) -> None:
    first = reports.report(name=NAME, phone="13911112222")
    near = reports.report("stranger", name="厦门鑫禾园食品有限公司")
    called = reports.report("stranger", name="泉州大丰收粮油贸易有限公司", phone="139 1111 2222")
    assert (near.outcome, near.rule) == ("queued", "soft.name")
    assert (called.outcome, called.rule) == ("queued", "soft.phone")
    assert row(near.registration_id).state == "submitted" and near.until is None
    third = reports.report("owner", name="厦门鑫禾园食品有限公司")
    assert third.outcome == "taken" and third.until is None  # while a person decides there is no day to tell
    with pytest.raises(Refused, match="approval.not_yours"):
        reports.decide(near.registration_id, "approve", "other-rep")
    with pytest.raises(Refused, match="approval.comment_needed"):
        reports.decide(near.registration_id, "reject", comment=" ")
    with pytest.raises(Refused, match="registration.not_found"):
        reports.decide(near.registration_id, "approve", "manager")
    assert reports.decide(near.registration_id, "approve") == "approved"
    assert row(near.registration_id).state == "live" and rule_of(near.registration_id) == "person.approved"
    assert reports.decide(called.registration_id, "reject") == "rejected"
    assert row(called.registration_id).state == "rejected"
    assert {holder for holder, _kind, _value in keys()} == {first.registration_id, near.registration_id}
    with pytest.raises(Refused, match="approval.not_open"):
        reports.decide(called.registration_id, "approve")


def test_returned_corrected_and_withdrawn(reports: Reports) -> None:
    reports.report(name=NAME, phone="13911112222")
    given = reports.given(name="厦门大丰收粮油贸易有限公司", phone="13911112222")
    sent = db.run(register_customer, reports["stranger"], given)
    reports.decide(sent.registration_id, "return", comment="请核对电话")
    assert row(sent.registration_id).state == "draft" and len(keys()) == 4
    better = replace(
        given,
        registration_id=sent.registration_id,
        version=row(sent.registration_id).version,
        customer=replace(given.customer, phone="13911113333"),
    )
    with pytest.raises(Refused, match="registration.not_found"):
        db.run(register_customer, reports["owner"], better)
    again = db.run(register_customer, reports["stranger"], better)
    assert again.outcome == "accepted" and again.number == sent.number
    doubtful = reports.report("stranger", name="厦门大丰年粮油贸易有限公司", phone="13911112222")
    held = keys()
    seen = SeenRegistration(doubtful.registration_id, row(doubtful.registration_id).version)
    db.run(withdraw_registration, reports["stranger"], seen)
    assert row(doubtful.registration_id).state == "withdrawn" and len(keys()) == len(held) - 2
    with pytest.raises(Refused, match="approval.not_open"):
        reports.decide(doubtful.registration_id, "approve")
    assert actions(again.registration_id) == ["enter", "queue", "return", "save", "accept"]


def test_an_appeal_that_is_right_takes_the_customer_over(reports: Reports) -> None:
    first = reports.report(name=NAME)
    taken = reports.report("stranger", name=NAME)
    given = Appeal(
        taken.registration_id, row(taken.registration_id).version, "一月起一直由我司供货", (picture(),)
    )
    with pytest.raises(Refused, match="registration.not_found"):
        db.run(appeal_registration, reports["owner"], given)
    db.run(appeal_registration, reports["stranger"], given)
    assert row(taken.registration_id).state == "appealed"
    assert reports.decide(taken.registration_id, "approve") == "approved"
    before, after = row(first.registration_id), row(taken.registration_id)
    assert (before.state, before.pooled_on, after.state) == ("released", None, "live")
    assert {holder for holder, _kind, _value in keys()} == {taken.registration_id}
    assert rule_of(first.registration_id) == "appeal.lost" and rule_of(after.id) == "appeal.granted"
    assert sorted(used().values()) == [1]
    lost = reports.report(name=SPELLINGS[1])
    assert lost.outcome == "taken" or lost.rule == "hard.name"
    once = Appeal(lost.registration_id, row(lost.registration_id).version, "不服")
    db.run(appeal_registration, reports["owner"], once)
    reports.decide(lost.registration_id, "reject")
    again = replace(once, version=row(lost.registration_id).version)
    with pytest.raises(Refused, match="registration.appealed_already"):
        db.run(appeal_registration, reports["owner"], again)
    assert row(taken.registration_id).state == "live"


def test_pool_claims_and_the_days_of_rest(reports: Reports) -> None:
    first = reports.report(name=NAME, credit_code=code(7))
    gone = Release(first.registration_id, row(first.registration_id).version, "客户已停业")
    with pytest.raises(Refused, match="registration.not_found"):
        db.run(release_registration, reports["stranger"], gone)
    db.run(release_registration, reports["owner"], gone)
    assert keys() == [] and used() == {} and row(first.registration_id).pooled_on == clock.today()
    before = everything()
    with pytest.raises(Refused, match="registration.rests"):
        reports.report(name=SPELLINGS[2])
    with pytest.raises(Refused, match="registration.rests"):
        db.run(claim_from_pool, reports["owner"], Claim("c-0", first.registration_id, "陈", "13900000009"))
    assert everything() == before
    claim = Claim("c-1", first.registration_id, "陈经理", "13900000009")
    claimed = db.run(claim_from_pool, reports["stranger"], claim)
    assert (claimed.outcome, claimed.rule) == ("accepted", "pool.valid")
    assert row(first.registration_id).claimed_id == claimed.registration_id
    assert row(claimed.registration_id).credit_code == code(7)
    with pytest.raises(Refused, match="registration.pool_gone"):
        db.run(claim_from_pool, reports["stranger"], replace(claim, key="c-2"))
    end = Release(claimed.registration_id, row(claimed.registration_id).version, "资料不实", is_pooled=False)
    with pytest.raises(Refused, match="access.denied"):
        db.run(revoke_registration, reports["rep"], end)
    db.run(revoke_registration, reports["administrator"], end)
    assert row(claimed.registration_id).state == "released" and row(claimed.registration_id).pooled_on is None


def test_what_is_near_to_the_brands_own_or_to_what_was_let_go_is_judged_by_a_person(reports: Reports) -> None:
    own = OwnCustomer(NAME, code(77), reports.lines["drinks"])
    own_id = db.run(add_direct_customer, reports["administrator"], own)
    assert reports.report(name="完全不同的公司", credit_code=code(77)).rule == "direct.code"
    assert reports.report(name="廈門鑫禾源食品有限責任公司").rule == "direct.name"
    near = reports.report(name="厦门鑫禾园食品有限公司")
    assert (near.outcome, near.rule) == ("queued", "soft.direct")
    with db.read() as session:
        asked = session.scalars(select(ApprovalRequest.reasons)).one()
        assert [(each["code"], each["customer"]) for each in asked] == [("registration.direct", NAME)]
    reports.decide(near.registration_id, "reject")
    snacks = reports.lines["snacks"]  # the brand's own in drinks alone
    other_line = reports.report(name=NAME, product_line_id=snacks)
    assert other_line.outcome == "accepted"
    seen = SeenCustomer(own_id, 1)
    db.run(archive_direct_customer, reports["administrator"], seen)
    first = reports.report(name="厦门鑫禾园食品有限公司", phone="13911112222")
    assert first.outcome == "accepted"
    gone = Release(first.registration_id, row(first.registration_id).version)
    db.run(release_registration, reports["owner"], gone)
    spelled = reports.report(name="厦门鑫和园食品有限公司")
    called = reports.report(name="泉州大丰收粮油贸易有限公司", phone="139 1111 2222")
    assert {(each.outcome, each.rule) for each in (spelled, called)} == {("queued", "soft.rest")}
    assert (
        reports.report("stranger", name="龙岩第五海鲜餐饮有限公司", phone="13911112222").rule == "soft.phone"
    )
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        later = reports.report(name="厦门鑫禾苑食品有限公司", phone="13911112223")
    assert later.outcome == "accepted"


def test_a_distributor_is_no_customer_of_itself_and_of_another_only_by_a_persons_word(
    reports: Reports,
) -> None:
    homes = reports.cast.world.distributors

    def name_codes(session: Session, actor: Actor, given: None) -> None:
        for number, each in ((71, "D1"), (72, "D2")):
            named = update(Distributor).where(Distributor.id == homes[each])
            session.execute(named.values(credit_code=code(number)))

    db.run(name_codes, OPERATOR, None)
    before = everything()
    for facts in (
        {"name": "漳州市鑫禾源食品商贸有限责任公司"},
        {"name": "泉州别的名字贸易有限公司", "credit_code": code(71)},
    ):
        with pytest.raises(Refused, match="registration.own_company"):
            reports.report(**facts)
    assert everything() == before
    by_code = reports.report(name="泉州别的名字贸易有限公司", credit_code=code(72))
    by_name = reports.report(name="福州榕江冷链配送有限责任公司厦门分公司")
    assert {(each.outcome, each.rule) for each in (by_code, by_name)} == {("queued", "soft.distributor")}
    with db.read() as session:
        asked = session.scalars(select(ApprovalRequest.reasons).order_by(ApprovalRequest.id)).all()
        assert [[(each["code"], each["customer"]) for each in one] for one in asked] == [
            [("registration.distributor", "福州榕江冷链配送有限公司")]
        ] * 2
        told = [
            look(session, homes["D1"], reports.lines["drinks"], name, "", "").outcome
            for name in ("福州榕江冷链配送有限公司", "漳州市鑫禾源食品商贸有限公司")
        ]
    assert told == ["person", "self"]
    gone = StatusChange(homes["D2"], _seen(homes["D2"]), "ended", "停止合作")
    db.run(set_distributor_status, reports["administrator"], gone)
    assert reports.report(name="福州榕江冷链配送公司").outcome == "accepted", (
        "it deals with the brand no more"
    )


def test_a_name_that_names_nobody_is_taken_in_nowhere(reports: Reports) -> None:
    first = reports.report(name=NAME).registration_id
    db.run(release_registration, reports["owner"], Release(first, row(first).version))

    def unname(
        session: Session, actor: Actor, given: None
    ) -> None:  # as one of before such names were refused
        named = update(Registration).where(Registration.id == first)
        session.execute(named.values(name="贸易有限公司", name_key="贸易有限公司"))

    db.run(unname, OPERATOR, None)
    before = everything()
    for name in (
        "有限公司",
        "😀😀有限责任公司",
        "贸易有限公司",
        "福建省有限公司",
        "Co., Ltd.",
        "股份有限公司★",
    ):
        with pytest.raises(Refused, match="registration.name_nothing"):
            reports.report(name=name)
        with pytest.raises(Refused, match="registration.name_nothing"):
            db.run(add_direct_customer, reports["administrator"], OwnCustomer(name))
        assert planned(reports, {"distributor": "D1", "name": name}) == ["cell.customer_nameless"]
    with pytest.raises(Refused, match="registration.name_short"):
        reports.report(name="😀★😀")
    with pytest.raises(Refused, match="registration.name_nothing"):
        db.run(claim_from_pool, reports["stranger"], Claim("c-1", first, "陈经理", "13900000009"))
    assert everything() == before and row(first).claimed_id is None
    assert reports.report(name="北京科技有限公司").outcome == "accepted"


def test_a_branch_or_a_short_name_of_what_another_holds_goes_to_a_person(reports: Reports) -> None:
    whole = "福州闽江大酒店管理有限公司"
    first = reports.report(name=whole).registration_id
    assert reports.report(name=f"{whole}泉州分公司").outcome == "accepted", "its own"
    for name in (f"{whole}厦门分公司", "福州闽江大酒店", "闽江大酒店", f"{whole}晋安办事处"):
        found = reports.report("stranger", name=name)
        assert (found.outcome, found.rule) == ("queued", "soft.branch"), name
        with db.read() as session:
            asked = select(ApprovalRequest.reasons).order_by(ApprovalRequest.id.desc()).limit(1)
            reasons = session.scalars(asked).one()
        assert ("registration.branch", first) in {(each["code"], each.get("against")) for each in reasons}
        reports.decide(found.registration_id, "reject")
    for name in ("福州闽江茶叶有限公司", "厦门闽江大酒店管理有限公司集美分公司"):
        assert reports.report("stranger", name=name).outcome == "accepted", name


def test_a_shop_of_a_company_is_no_way_round_who_holds_it_or_its_rest(reports: Reports) -> None:
    whole = "福州香樟里餐饮有限公司"
    held = reports.report(name=whole).registration_id
    shops = (
        "晋安店",
        "店",
        "二店",
        "1号店",
        "门店",
        "（台江旗舰店）",
        "福州市晋安区五四北路世纪金源购物中心店",
    )
    named = [f"{whole}{each}" for each in shops]
    named += [
        "香樟里餐饮有限公司仓山分店",
        "福建省福州市香樟裏餐飲有限責任公司晋安店",
        "福州香樟里餐饮公司晋安店",
    ]
    for name in named:
        found = reports.report("stranger", name=name)
        assert (found.outcome, found.rule) == ("queued", "soft.branch"), name
        reports.decide(found.registration_id, "reject")
    assert reports.report("stranger", name="厦门香樟里餐饮有限公司晋安店").outcome == "accepted"
    db.run(release_registration, reports["owner"], Release(held, row(held).version))
    assert reports.report(name=f"{whole}二店").rule == "soft.rest"
    assert reports.report("stranger", name="福州芒果树茶饮有限公司鼓楼店").outcome == "accepted"
    for name in ("福州芒果树茶饮有限公司", "芒果树茶饮有限公司"):
        found = reports.report(name=name)
        assert (found.outcome, found.rule) == ("queued", "soft.branch"), name
        reports.decide(found.registration_id, "reject")


def test_only_who_may_sell_there_today_claims_from_the_pool(reports: Reports) -> None:
    homes, snacks = reports.cast.world.distributors, reports.lines["snacks"]
    first = reports.report(name=NAME).registration_id
    db.run(release_registration, reports["owner"], Release(first, row(first).version))
    claim = Claim("c-1", first, "陈经理", "13900000009")
    only = NewAuthorisation(homes["D2"], snacks, None, None, clock.today())
    db.run(authorise_distributor, reports["administrator"], only)
    before = everything()
    with pytest.raises(Refused, match="registration.line_closed"):
        db.run(claim_from_pool, reports["stranger"], claim)
    with pytest.raises(Refused, match="registration.line_closed"):
        reports.report("stranger", name="泉州大丰收粮油贸易有限公司")
    wider = replace(only, category_id=reports.lines["drinks"])
    db.run(authorise_distributor, reports["administrator"], wider)
    _set_status(homes["D2"], "suspended")
    for deed in (
        lambda: db.run(claim_from_pool, reports["stranger"], claim),
        lambda: reports.report("stranger", name="泉州大丰收粮油贸易有限公司"),
    ):
        with pytest.raises(Refused, match="distributor.suspended"):
            deed()
    assert everything() == before
    _set_status(homes["D2"], "active")
    typed = reports.report("stranger", name=SPELLINGS[0])  # whoever registers it takes it out of the pool too
    assert typed.outcome == "accepted" and row(first).claimed_id == typed.registration_id
    assert actions(first)[-1] == "leave_pool"


def _seen(distributor_id: int) -> int:
    with db.read() as session:
        return session.scalars(select(Distributor.version).where(Distributor.id == distributor_id)).one()


def _set_status(distributor_id: int, status: str) -> None:
    given = StatusChange(distributor_id, _seen(distributor_id), status, "对账")
    db.run(set_distributor_status, Cast()["administrator"], given)


def test_caps_and_closed_companies(reports: Reports) -> None:
    change_setting("registration.most_live", 2)
    for name in ("厦门甲乙丙食品有限公司", "漳州丁戊己茶业有限公司"):
        assert reports.report(name=name).outcome == "accepted"
    before = everything()
    with pytest.raises(Refused, match="registration.too_many"):
        reports.report(name="泉州庚辛壬酒业有限公司")
    assert everything() == before
    assert reports.report("stranger", name="厦门甲乙丙食品有限公司").outcome == "taken"
