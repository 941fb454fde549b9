"""Prices for one customer, ordering for it, and customers by file."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.flows.cast import change_setting, lines, order
from tests.flows.test_amendments import amend
from tests.imports.uploading import check, flaws, through, upload, workbook, write
from tests.registrations.reports import NAME, Reports, code, everything, free, keys, noon, row
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor, Permission
from trade.distributors.models import LegalEntity
from trade.errors import Refused
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.decide_amendment import AmendmentDecision, decide_amendment
from trade.flows.give_project_price import GivenPrice, NewPrice, end_project_price, give_project_price
from trade.flows.keep_direct_customer import (
    OwnCustomer,
    SeenCustomer,
    add_direct_customer,
    archive_direct_customer,
)
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.release_registration import Release, release_registration, revoke_registration
from trade.flows.set_registration_cap import Cap, set_registration_cap
from trade.imports import uploads_registrations
from trade.imports.uploads_rows import Choices, Line
from trade.notices.models import OutboxMessage
from trade.orders import pricing
from trade.pricing.models import ProjectPrice
from trade.registrations import queries
from trade.registrations.models import DirectCustomer, Registration
from web import amending

pytestmark = pytest.mark.usefixtures("verified")


def priced(order_id: int) -> list[Decimal | None]:
    return [line.price for line in lines(order_id)]


def test_a_price_for_one_customer_holds_for_its_orders_alone(reports: Reports) -> None:
    sent = reports.report(name=NAME)
    boss = reports["administrator"]
    given = NewPrice(sent.registration_id, "CP0515", Decimal("39.90"))
    with pytest.raises(Refused, match="access.denied"):
        db.run(give_project_price, reports["rep"], given)
    with pytest.raises(Refused, match="project_price.sku_unknown"):
        db.run(give_project_price, boss, replace(given, sku_code="JG3025"))  # of another line
    for low in ("0.50", "30.00"):  # usual 43.20
        with pytest.raises(Refused, match="project_price.low_without_reason") as found:
            db.run(give_project_price, boss, replace(given, price=Decimal(low)))
        assert (found.value.facts["usual"], found.value.facts["field"]) == ("43.20", "reason")
    with db.read() as session:
        assert session.scalars(select(ProjectPrice)).first() is None
    price_id = db.run(give_project_price, boss, replace(given, price=Decimal("0.50"), reason="样品支持"))
    assert db.run(give_project_price, boss, given) == price_id
    plain = reports.cast.fill("owner", CP0515=1)
    reports.cast.submit(plain, "owner")
    assert priced(plain) == [Decimal("43.20")]
    with pytest.raises(Refused, match="registration.not_found"):
        db.run(order_for_registration, reports["stranger"], ForWhom(sent.registration_id))
    cart = db.run(order_for_registration, reports["owner"], ForWhom(sent.registration_id))
    reports.cast.fill("owner", CP0515=50)
    reports.cast.submit(cart, "owner")
    assert priced(cart) == [Decimal("39.90")] and order(cart).registration_id == sent.registration_id
    assert lines(cart)[0].price_steps[0]["kind"] == "project"
    assert reports.look(sent.registration_id) == "win"
    db.run(end_project_price, boss, GivenPrice(sent.registration_id, price_id))
    after = db.run(order_for_registration, reports["owner"], ForWhom(sent.registration_id))
    reports.cast.fill("owner", CP0515=1)
    reports.cast.submit(after, "owner")
    assert priced(after) == [Decimal("43.20")] and priced(cart) == [Decimal("39.90")]


def test_a_change_of_an_order_keeps_to_what_was_agreed_while_it_holds(reports: Reports) -> None:
    sent, boss = reports.report(name=NAME), reports["administrator"]
    given = NewPrice(sent.registration_id, "CP0515", Decimal("39.90"))
    price_id = db.run(give_project_price, boss, given)
    made = db.run(order_for_registration, reports["owner"], ForWhom(sent.registration_id))
    reports.cast.fill("owner", CP0515=5)
    reports.cast.submit(made, "owner")
    sku = reports.cast.world.skus["CP0515"]
    for who, quantity in (("rep", 6), ("owner", 7)):
        before = order(made)
        with db.read() as session:
            change = amending.sheet_of(session, reports[who], before, {f"q-{sku}": str(quantity)}).change
        found = amend(reports.cast, made, who, change.gross_after, CP0515=quantity)
        if who == "owner":
            decided = AmendmentDecision(found, 1, "approve", "同意", change.gross_after)
            db.run(decide_amendment, reports["rep"], decided)
        assert (order(made).gross, priced(made)) == (change.gross_after, [Decimal("39.90")])
    db.run(end_project_price, boss, GivenPrice(sent.registration_id, price_id))
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        amend(reports.cast, made, "rep", CP0515=8)
    assert priced(made) == [Decimal("43.20")]


def test_an_order_that_waits_keeps_its_customer_and_none_goes_through_at_prices_whose_ground_is_gone(
    reports: Reports,
) -> None:
    key, boss = reports.report(name=NAME).registration_id, reports["administrator"]
    db.run(give_project_price, boss, NewPrice(key, "CP0515", Decimal("39.90")))
    taken = reports.report("stranger", name=NAME).registration_id
    db.run(appeal_registration, reports["stranger"], Appeal(taken, row(taken).version, "我方在先"))
    change_setting("order.approve_above", "10.00")
    made = db.run(order_for_registration, reports["owner"], ForWhom(key))
    reports.cast.fill("owner", CP0515=5)
    reports.cast.submit(made, "owner")
    assert (order(made).approval_state, priced(made)) == ("pending", [Decimal("39.90")])
    before, gone = everything(), Release(key, row(key).version, "不要了")
    with pytest.raises(Refused, match="registration.order_waits") as found:
        reports.decide(taken, "approve")
    assert found.value.facts["number"] == order(made).number
    with pytest.raises(Refused, match="registration.order_waits"):
        db.run(release_registration, reports["owner"], gone)
    with pytest.raises(Refused, match="registration.order_waits"):
        db.run(revoke_registration, boss, gone)
    assert everything() == before

    assert [pricing.usual_price(line) for line in lines(made)] == [
        Decimal("43.20")
    ]  # by the lists as they stood
    db.run(free, OPERATOR, key)  # as by an order that came in while it was taken
    seen = everything(), order(made).version
    with pytest.raises(Refused, match="order.customer_gone"):
        reports.cast.decide(made, "approve", "rep")
    assert (everything(), order(made).version) == seen and order(made).approval_state == "pending"
    reports.cast.decide(made, "return", "rep", "客户已不在名下")
    assert order(made).approval_state == "returned"


def test_an_order_that_is_sent_back_lets_the_appeal_be_granted(reports: Reports) -> None:
    key = reports.report(name=NAME).registration_id
    taken = reports.report("stranger", name=NAME).registration_id
    db.run(appeal_registration, reports["stranger"], Appeal(taken, row(taken).version, "我方在先"))
    change_setting("order.approve_above", "10.00")
    made = db.run(order_for_registration, reports["owner"], ForWhom(key))
    reports.cast.fill("owner", CP0515=5)
    reports.cast.submit(made, "owner")
    reports.cast.decide(made, "return", "rep", "申诉期间的订单")
    assert reports.decide(taken, "approve") == "approved" and row(key).state == "released"


def test_goods_that_were_all_cancelled_win_no_customer(reports: Reports) -> None:
    sent = reports.report(name=NAME)
    made = db.run(order_for_registration, reports["owner"], ForWhom(sent.registration_id))
    reports.cast.submit(reports.cast.fill("owner", CP0515=5, JG3025=1), "owner")
    amend(reports.cast, made, "rep", CP0515=0)
    assert order(made).approval_state == "approved"
    assert reports.look(sent.registration_id) == "" and row(sent.registration_id).state == "live"
    amend(reports.cast, made, "rep", CP0515=1)
    assert reports.look(sent.registration_id) == "win"


def test_nothing_is_ordered_for_a_customer_that_is_gone(reports: Reports) -> None:
    sent = reports.report(name=NAME)
    db.run(
        give_project_price, reports["administrator"], NewPrice(sent.registration_id, "CP0515", Decimal(40))
    )
    cart = db.run(order_for_registration, reports["owner"], ForWhom(sent.registration_id))
    reports.cast.fill("owner", CP0515=1)
    with time_machine.travel(clock.now() + timedelta(days=46), tick=False):
        assert reports.look(sent.registration_id) == "lapse"
        with pytest.raises(Refused, match="registration.order_foreign"):
            reports.cast.submit(cart, "owner")
        assert order(cart).approval_state == "draft"
        db.run(order_for_registration, reports["owner"], ForWhom(None))
        reports.cast.submit(cart, "owner")
    assert priced(cart) == [Decimal("43.20")]
    with db.read() as session:
        (price,) = session.scalars(select(ProjectPrice))
    assert price.valid_to == row(sent.registration_id).ended_on


def _name_house(session: Session, actor: Actor, given: tuple[str, str]) -> None:
    entity = session.scalars(select(LegalEntity)).first()
    entity.name, entity.credit_code = given


def test_own_customers_and_caps(reports: Reports) -> None:
    boss = reports["administrator"]
    own = db.run(add_direct_customer, boss, OwnCustomer(NAME, code(9)))
    with pytest.raises(Refused, match="direct_customer.known"):
        db.run(add_direct_customer, boss, OwnCustomer("廈門市鑫禾源食品有限責任公司"))
    with pytest.raises(Refused, match="access.denied"):
        db.run(add_direct_customer, reports["manager"], OwnCustomer("别的客户有限公司"))
    found = reports.report(name="厦门市鑫禾源食品有限责任公司")
    assert (found.outcome, found.rule, found.until) == ("direct", "direct.name", None) and keys() == []
    assert reports.report("stranger", name="另一个名字有限公司", credit_code=code(9)).rule == "direct.code"
    db.run(archive_direct_customer, boss, SeenCustomer(own, 1))
    db.run(_name_house, boss, ("福建云岫食品有限公司", code(8)))
    before = keys()
    house = reports.report(name="福建雲岫食品有限责任公司")
    assert (house.outcome, house.rule, house.until) == ("direct", "house.name", None)
    assert reports.report("stranger", name="又一个名字有限公司", credit_code=code(8)).rule == "house.code"
    assert keys() == before
    assert reports.report(name=NAME).outcome == "accepted"
    with db.read() as session:
        tiers = {tier.code: tier.id for tier, _cap in queries.caps(session)}
    db.run(set_registration_cap, boss, Cap(tiers["gold"], 1))
    with pytest.raises(Refused, match="registration.changed_meanwhile"):
        db.run(set_registration_cap, boss, Cap(tiers["gold"], 5))
    before = everything()
    with pytest.raises(Refused, match="registration.too_many"):
        reports.report(name="泉州第二个客户有限公司")
    assert everything() == before
    assert reports.report("stranger", name="泉州第二个客户有限公司").outcome == "accepted"  # another tier
    db.run(set_registration_cap, boss, Cap(tiers["gold"], None, 1))
    assert reports.report(name="漳州第三个客户有限公司").outcome == "accepted"


def test_existing_customers_by_file_tell_conflicts_first(reports: Reports) -> None:
    reports.report("stranger", name=NAME, phone="13911110000")
    db.run(add_direct_customer, reports["administrator"], OwnCustomer("福州直营商场有限公司"))
    names = [
        "厦门市鑫禾源食品有限责任公司",  # another has it
        "福州直营商场有限公司",
        "厦门鑫禾园食品有限公司",  # near
        "漳州新客户食品有限公司",
        "漳州新客户食品有限责任公司",  # the same again
        "泉州别的客户有限公司",
        "晋江另一家连锁酒店有限公司",  # unlike, but with the phone of the first
    ]
    wanted = [
        Line(at, (), {"distributor": "D1", "name": name, "product_line": "饮料"})
        for at, name in enumerate(names, 2)
    ]
    wanted[5].values["distributor"] = "NOBODY"
    wanted[6].values["phone"] = "13911110000"
    wanted[3].values["credit_code"] = code(6)

    def judge(session, actor, given):
        uploads_registrations.plan(session, actor, wanted, Choices())

    boss = reports["administrator"]
    before = everything()
    db.run(judge, boss, None)
    assert everything() == before
    codes = [[flaw.code for flaw in line.flaws] for line in wanted]
    assert codes == [
        ["cell.customer_taken"],
        ["cell.customer_direct"],
        [],
        [],
        ["cell.duplicate"],
        ["cell.unknown"],
        [],
    ]
    told = ["name", "distributor", "credit_code", "product_line"]
    assert [change.field for change in wanted[2].changes] == [*told, "near", "no_code"]
    home = "D1 漳州市鑫禾源食品商贸有限公司"
    assert [change.after for change in wanted[3].changes] == [wanted[3].name, home, code(6), "饮料"]
    assert [change[::2] for change in wanted[6].changes][4:] == [("same_phone", "yes"), ("no_code", "yes")]
    until = clock.today() + timedelta(days=90)
    assert wanted[0].flaws[0].hint == f"{until} 福州榕江冷链配送有限公司"
    good = [line for line in wanted if line.is_good]
    touched = db.run(
        lambda session, actor, given: uploads_registrations.write(session, actor, good, Choices()), boss, None
    )
    states = [row(key).state for _noun, key, _name in touched]
    assert states == ["submitted", "live", "submitted"] and row(touched[1][1]).source == "import"


def test_own_customers_by_file_are_those_that_are_not_there_yet(reports: Reports) -> None:
    boss = reports["administrator"]
    db.run(add_direct_customer, boss, OwnCustomer("福州直营商场有限公司"))
    again = [Line(2, (), {"name": "厦门大客户有限公司"}), Line(3, (), {"name": "福州直营商场有限责任公司"})]

    def own(session, actor, given):
        uploads_registrations.plan_direct(session, actor, again, Choices())
        return uploads_registrations.write_direct(session, actor, again, Choices())

    assert [name for _noun, _key, name in db.run(own, boss, None)] == ["厦门大客户有限公司"]
    with db.read() as session:
        assert len(list(session.scalars(select(DirectCustomer)))) == 2
    assert Permission.REGISTRATION_MANAGE in boss.permissions


def test_an_own_customer_that_distributors_hold_is_added_only_with_open_eyes(reports: Reports) -> None:
    boss = reports["administrator"]
    first = reports.report(name=NAME, credit_code=code(5))
    reports.report("stranger", name=NAME, product_line_id=reports.lines["snacks"])
    told = f"漳州市鑫禾源食品商贸有限公司 {first.until}"
    both = f"{told}; 福州榕江冷链配送有限公司 {first.until}"
    for given, holders in (
        (OwnCustomer("廈門鑫禾源食品有限公司"), both),
        (OwnCustomer("别的名字有限公司", code(5), reports.lines["drinks"]), told),
    ):
        with pytest.raises(Refused, match="direct_customer.held") as found:
            db.run(add_direct_customer, boss, given)
        assert found.value.facts["holders"] == holders
    with db.read() as session:
        assert session.scalars(select(DirectCustomer)).first() is None
    line = Line(2, (), {"name": NAME})

    def judge(session, actor, given):
        uploads_registrations.plan_direct(session, actor, [line], Choices())

    db.run(judge, boss, None)
    assert [change[::2] for change in line.changes] == [("name", NAME), ("held_by", both)]
    db.run(add_direct_customer, boss, OwnCustomer(NAME, is_confirmed=True))
    assert row(first.registration_id).state == "live" and len(keys()) == 4, "who has it keeps it"
    with time_machine.travel(clock.now() + timedelta(days=200), tick=False):  # nobody holds it any more
        db.run(add_direct_customer, boss, OwnCustomer("别的名字有限公司", code(5)))


def test_rows_of_one_file_are_compared_with_each_other(reports: Reports) -> None:
    """What is written as a question is told before: of two distributors' near rows the later goes to a person."""
    rows = [
        ["D1", "武夷山茶苑酒店有限公司", code(1), "饮料", "13911110001"],
        ["D1", "武夷山茶源酒店有限公司", code(4), "饮料", "13911110004"],  # its own
        ["D2", "武夷山茶园酒店有限公司", code(2), "饮料", "13911110002"],
        ["D2", "武夷山茶苑酒店有限公司邵武分公司", code(3), "饮料", "13911110003"],
        ["D2", "邵武和平古镇餐饮有限公司", code(5), "饮料", "13911110001"],  # the phone of the first
        ["D2", "武夷山茶苑酒店有限公司", code(6), "零食", "13911110006"],  # another line
        ["D2", "漳州九曲溪漂流有限公司", "", "饮料", "13911110007"],
        ["D2", "香港九曲贸易有限公司", "", "饮料", "13911110008"],
    ]
    boss = reports["administrator"]
    fields = ("distributor", "name", "credit_code", "product_line", "phone")
    wanted = [Line(at, (), dict(zip(fields, each, strict=True))) for at, each in enumerate(rows, 2)]
    before = everything()
    db.run(lambda s, a, g: uploads_registrations.plan(s, a, wanted, Choices()), boss, None)
    assert everything() == before and all(line.is_good for line in wanted)
    told = [[change[::2] for change in line.changes if change[0] in MARKS] for line in wanted]
    first = "2 武夷山茶苑酒店有限公司"
    assert told == [
        [],
        [("like_row", first)],
        [("near_row", first)],
        [("near_row", first)],
        [("near_row", first)],
        [],
        [("no_code", "yes")],
        [],
    ]
    wrote = db.run(lambda s, a, g: uploads_registrations.write(s, a, wanted, Choices()), boss, None)
    made = [row(key).state for _noun, key, _name in wrote]
    asked = [any(mark in ("near_row", "no_code") for mark, _value in each) for each in told]
    assert made == ["submitted" if each else "live" for each in asked], "as it was told"


MARKS = {"near_row", "like_row", "no_code", "near", "same_phone"}
HEADINGS = ["经销商编码", "客户名称", "统一社会信用代码", "产品线"]
FRESH, OTHER = "漳州新客户食品有限公司", "龙岩大发贸易有限公司"


def test_what_a_file_cannot_have_is_told_before_and_the_rest_goes_in(reports: Reports) -> None:
    """A code that is held under another name or stands twice, the cap, and a customer just let go: each beside its row."""
    boss = reports["administrator"]
    reports.report("stranger", name=NAME, credit_code=code(5))
    gone = reports.report(name="宁德旧客户商贸有限公司").registration_id
    db.run(release_registration, reports["owner"], Release(gone, row(gone).version, "x"))
    change_setting("registration.most_live", 2)
    rows = [
        ["D1", "莆田另一名食品有限公司", code(5), "饮料"],
        ["D1", "宁德旧客户商贸有限公司", "", "饮料"],
        ["D1", FRESH, code(6), "饮料"],
        ["D1", "南平同码贸易有限公司", code(6), "饮料"],
        ["D1", "厦门鑫禾园食品有限公司", "", "饮料"],  # near to the first
        ["D1", OTHER, "", "饮料"],
    ]
    upload_id = upload(boss, "registrations", workbook([HEADINGS, *rows]))
    checked = check(boss, upload_id)
    assert flaws(checked) == {
        (2, "name", "cell.customer_taken"),
        (3, "name", "cell.customer_rests"),
        (5, "credit_code", "cell.duplicate"),
        (7, "distributor", "cell.customer_over_cap"),
    }
    assert (checked.state, checked.good, checked.bad) == ("checked", 2, 4)
    before = topics("registration.queued")
    done = write(boss, upload_id, "valid")
    assert (
        done.state == "done" and done.counts["written"]["new"] == 2 and done.counts["written"]["skipped"] == 4
    )
    with db.read() as session:
        made = {each.name: each.state for each in session.scalars(select(Registration).where(IMPORTED))}
    assert made == {FRESH: "live", "厦门鑫禾园食品有限公司": "submitted"}
    assert topics("registration.queued") == before + 1


def test_a_customer_whose_days_are_over_is_free_for_a_file(reports: Reports) -> None:
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        reports.report("stranger", name=NAME, credit_code=code(5))
        now.move_to(begun + timedelta(days=200))
        boss = reports["administrator"]
        done = through(boss, "registrations", [HEADINGS, ["D1", NAME, code(5), "饮料"]])
    assert done.state == "done" and done.counts["written"]["new"] == 1


@pytest.mark.parametrize("mode", ["all", "valid"])
def test_what_is_taken_while_a_file_is_written_stays_out(reports: Reports, monkeypatch, mode: str) -> None:
    """Judged free and taken a moment later: of all nothing is written, of the valid rows the others; the job ends."""
    boss = reports["administrator"]
    reports.report("stranger", name=NAME, credit_code=code(5))
    monkeypatch.setattr(uploads_registrations, "_held", lambda *_given: {})
    before = everything()
    done = through(
        boss, "registrations", [HEADINGS, ["D1", FRESH, code(5), "饮料"], ["D1", OTHER, "", "饮料"]], mode
    )
    if mode == "all":
        assert (done.state, done.counts["refused"]) == ("failed", "upload.changed_since_check")
        assert everything() == before
    else:
        assert (done.state, done.counts["written"]["new"], done.counts["written"]["skipped"]) == (
            "done",
            1,
            1,
        )


IMPORTED = Registration.source == "import"


def topics(topic: str) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(OutboxMessage.id)).where(OutboxMessage.topic == topic)) or 0
