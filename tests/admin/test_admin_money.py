"""Limits, blocks and payments over HTTP; numbers that are none; what a refusal leaves behind."""

from datetime import timedelta
from decimal import Decimal

import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops.worker import Worker
from tests.admin.site import PARTIAL, field_error
from tests.world import OPERATOR, standing
from trade import clock, db
from trade.actor import Actor
from trade.audit import AuditEntry
from trade.credit.models import CreditAccount, CreditLimit, LimitRequest
from trade.distributors.models import CreditGroup, Distributor
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.roll_credit import roll_credit
from trade.flows.set_credit import Block, set_block
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.fulfilment.models import ShipmentLine
from trade.receivables.models import Payment

NONSENSE = [
    *("", " ", "0", "-1", "−1", "1e5", "NaN", "Infinity", "1_000", "1.005", "abc", "１２，００", "٣"),
    *("9" * 10, "1" * 10_000, "10\0", "0x10", "1 000", "+5", "１e５"),
]


def account() -> CreditAccount:
    with db.read() as session:
        return session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == 1)).one()


def money(**changes: object) -> dict[str, object]:
    day = clock.today().isoformat()
    return {"paid_on": day, "amount": "1234.50", "reference": "ICBC-1", "note": "货款", **changes}


def limit(**changes: object) -> dict[str, object]:
    return {"amount": "60000", "reason": "旺季", "until": "", **changes}


def test_an_amount_that_is_none_is_refused_beside_the_field(site):
    before = site.everything()
    finance = site.browser("finance")
    for amount in NONSENSE:
        answer = finance.post("/admin/distributors/1/payments", money(amount=amount))
        assert answer.status_code == 422 and field_error(answer, "payment-amount"), amount
        assert 'value="ICBC-1"' in answer.text and "货款" in answer.text
        if amount == "0":
            continue  # no credit is a limit
        answer = finance.post("/admin/distributors/1/limits", limit(amount=amount))
        assert answer.status_code == 422 and field_error(answer, "limit-amount"), amount
        assert "旺季" in answer.text
    assert site.everything() == before


def test_two_amounts_are_one_too_many(site):
    before = site.everything()
    finance = site.browser("finance")
    answer = finance.post("/admin/distributors/1/payments", money(amount=["1", "2"]))
    assert answer.status_code == 422 and field_error(answer, "payment-amount")
    answer = finance.post("/admin/distributors/1/limits", limit(amount=["1", "2"]))
    assert answer.status_code == 422 and field_error(answer, "limit-amount")
    assert site.everything() == before


def test_full_width_digits_are_money_too(site):
    order_id = site.approved(CP0515=10)
    finance = site.browser("finance")
    answer = finance.post("/admin/distributors/1/payments", money(amount="１２３．４５"))
    assert answer.status_code == 303 and answer.location == "/admin/distributors/1"
    assert account().used == site.order(order_id).gross - Decimal("123.45")
    page = finance.get("/admin/distributors/1").text
    assert "已记录回款 ¥123.45" in page and "ICBC-1" in page
    assert "¥123.45" in finance.get("/admin/payments").text
    with db.read() as session:
        standing(session)


def test_an_amount_is_taken_as_the_bank_writes_it(site):
    finance = site.browser("finance")
    before = site.everything()
    for amount in ("1,00.00", "10,00", "1,0000", ",100", "1,000.005"):
        answer = finance.post("/admin/distributors/1/payments", money(amount=amount))
        assert answer.status_code == 422 and field_error(answer, "payment-amount"), amount
    for path, field in (("payments", "payment-amount"), ("limits", "limit-amount")):
        given = (money if path == "payments" else limit)(amount="10000000000")
        answer = finance.post(f"/admin/distributors/1/{path}", given)
        assert "最多可填 999,999,999" in field_error(answer, field)
    assert site.everything() == before
    assert finance.post("/admin/distributors/1/payments", money(amount="１，０００.00")).status_code == 303
    assert finance.post("/admin/distributors/1/limits", limit(amount="350,000")).status_code == 303
    page = finance.get("/admin/distributors/1").text
    assert "已记录回款 ¥1,000.00" in page and account().effective_limit == Decimal(350000)
    given = limit(amount="50,000", until=clock.today().isoformat())
    assert finance.post("/admin/distributors/1/limits", given).status_code == 303
    assert "临时额度 ¥50,000.00 已生效，总额度 ¥400,000.00" in finance.get("/admin/distributors/1").text


def test_credit_is_told_in_words(site):
    finance = site.browser("finance")
    assert "暂停新订单（提交后会留单）" in finance.get("/admin/distributors/1").text
    finance.post("/admin/distributors/1/limits", limit())
    finance.post("/admin/distributors/1/block", {"change": "block", "reason": "争议"})
    assert "已暂停新订单，提交后会留单" in finance.get("/admin/distributors/1").text
    finance.post("/admin/distributors/1/block", {"change": "unblock", "reason": "解决"})
    Worker().once()
    page = site.browser("owner").get("/portal/notices").text
    for words in ("额度调整为 ¥60,000.00", "品牌暂停了您的新订单：争议", "新订单已恢复"):
        assert words in page


def test_a_short_receipt_is_told_with_what_is_missing(site):
    order_id = site.approved(CP0515=10)
    packed = [Packed(site.lines(order_id)[0].id, 150)]
    sent = Dispatch(order_id, site.order(order_id).version, "顺丰", "SF1", packed)
    shipment_id = db.run(ship_order, site.actors["warehouse"], sent)
    with db.read() as session:
        line = session.scalars(select(ShipmentLine.id)).one()
    given = Receipt(order_id, site.order(order_id).version, shipment_id, {line: 147})
    db.run(confirm_receipt, site.actors["buyer"], given)
    Worker().once()
    assert "，少 3" in site.browser("rep").get("/admin/notices").text


def test_a_reference_counts_once(site):
    finance = site.browser("finance")
    assert finance.post("/admin/distributors/1/payments", money()).status_code == 303
    before = site.everything()
    for headers in ({}, PARTIAL):
        answer = finance.post("/admin/distributors/2/payments", money(amount="9.00"), headers=headers)
        assert answer.status_code == 422 and "ICBC-1" in answer.text and 'value="9.00"' in answer.text
    assert site.everything() == before


def test_far_more_than_is_owed_is_asked_about_once_more(site):
    before = site.everything()
    finance = site.browser("finance")
    assert "payment-prepayment" not in finance.get("/admin/distributors/1").text
    typed = money(amount="99999999", reference="ICBC-9")
    answer = finance.post("/admin/distributors/1/payments", typed)
    assert answer.status_code == 422 and field_error(answer, "payment-prepayment")
    assert "¥99,999,999.00" in answer.text and "是预付款，金额无误" in answer.text
    assert site.everything() == before
    answer = finance.post("/admin/distributors/1/payments", {**typed, "is_prepayment": "yes"})
    assert answer.status_code == 303
    with db.read() as session:
        assert session.scalars(select(Payment.amount)).one() == Decimal(99999999)


def test_the_rest_of_a_payment_is_checked_too(site):
    before = site.everything()
    finance = site.browser("finance")
    for change, field in (
        ({"paid_on": "2999-01-01"}, ""),
        ({"paid_on": "21.11.2026"}, "payment-day"),
        ({"reference": ""}, "payment-reference"),
        ({"reference": "a\0b"}, "payment-reference"),
        ({"reference": "长" * 10_000}, "payment-reference"),
        ({"note": "\x07"}, "payment-note"),
    ):
        answer = finance.post("/admin/distributors/1/payments", money(**change))
        assert answer.status_code == 422 and 'value="1234.50"' in answer.text, change
        assert not field or field_error(answer, field), change
    assert site.everything() == before


def test_limits_keep_their_history(site):
    finance = site.browser("finance")
    assert finance.post("/admin/distributors/1/limits", limit()).status_code == 303
    assert account().effective_limit == Decimal(60000)
    until = clock.today().isoformat()
    given = limit(amount="5000.00", until=until, reason="双十二")
    assert finance.post("/admin/distributors/1/limits", given).status_code == 303
    assert account().effective_limit == Decimal(65000)
    again = finance.post("/admin/distributors/1/limits", given)
    assert again.status_code == 422 and "完全相同的临时额度" in again.text
    page = finance.get("/admin/distributors/1").text
    for words in ("¥65,000.00", "旺季", "双十二", "临时额度", "基本额度", "opening"):
        assert words in page
    assert "当日被替换" not in page
    account_id = account().id
    with db.read() as session:
        limits = session.scalars(select(CreditLimit.id).where(CreditLimit.account_id == account_id)).all()
        entries = session.scalars(select(AuditEntry).where(AuditEntry.event == "credit.limit_changed")).all()
    assert len(limits) == 3
    assert [Decimal(entry.facts["before"]) for entry in entries] == [50000, 60000]
    before = site.everything()
    for day in ("2020-01-01", "9999-12-31", "0001-01-01", "2026-02-30", "20261121"):
        assert finance.post("/admin/distributors/1/limits", limit(until=day)).status_code == 422, day
    assert site.everything() == before
    assert finance.post("/admin/distributors/1/limits", limit(amount="70000")).status_code == 303
    today = clock.today().isoformat()
    page = finance.get("/admin/distributors/1").text
    assert page.count(f"{today} 当日被替换，未生效") == 1 and f"{today} – 至今" in page


def test_new_orders_are_stopped_and_allowed_again(site):
    finance = site.browser("finance")
    before = site.everything()
    answer = finance.post("/admin/distributors/1/block", {"change": "block", "reason": ""})
    assert answer.status_code == 422 and field_error(answer, "block-reason")
    assert finance.post("/admin/distributors/1/block", {"change": "maybe", "reason": "x"}).status_code == 422
    assert site.everything() == before
    assert (
        finance.post("/admin/distributors/1/block", {"change": "block", "reason": "争议"}).status_code == 303
    )
    assert account().blocked_reason == "manual"
    assert "人工冻结" in finance.get("/admin/distributors/1").text
    order_id = site.submit(CP0515=1)
    assert site.order(order_id).approval_state == "held"
    assert "信用已人工冻结" in site.browser("rep").get("/admin?tab=held").text
    assert (
        finance.post("/admin/distributors/1/block", {"change": "unblock", "reason": "解决"}).status_code
        == 303
    )
    assert account().blocked_reason is None


def test_some_are_never_paused_and_the_page_says_since_when_and_why(site):
    finance, page = site.browser("finance"), "/admin/distributors/1"
    finance.post(f"{page}/block", {"change": "block", "reason": "争议"})
    order_id = site.submit(CP0515=1)
    before = site.everything()
    assert finance.post(f"{page}/block", {"change": "exempt", "reason": " "}).status_code == 422
    assert site.browser("rep").post(f"{page}/block", {"change": "exempt", "reason": "x"}).status_code == 403
    assert site.everything() == before
    given = {"change": "exempt", "reason": "大客户，账期另议"}
    assert finance.post(f"{page}/block", given).status_code == 303
    assert (account().block_mode, account().blocked_reason) == ("off", None)
    shown = finance.get(page).text
    assert "从不冻结" in shown and shown.index("大客户，账期另议") < shown.index("争议")
    assert 'value="exempt" selected' in shown
    assert "从不冻结" in finance.get("/admin/credit?state=exempt").text
    Worker().once()
    assert site.order(order_id).approval_state == "approved"
    packed = [Packed(line.id, line.base_quantity) for line in site.lines(order_id)]
    given = Dispatch(order_id, site.order(order_id).version, "顺丰", "SF1", packed)
    db.run(ship_order, site.actors["warehouse"], given)
    with time_machine.travel(clock.now() + timedelta(days=90), tick=False):
        db.run(roll_credit, site.actors["finance"], 1)
        assert account().blocked_reason is None
        db.run(set_block, site.actors["finance"], Block(1, False, "照常"))
        assert account().blocked_reason == "overdue"


def test_money_is_for_finance_alone(site):
    before = site.everything()
    for who in ("rep", "manager", "warehouse", "marketing", "owner"):
        browser = site.browser(who)
        for path, given in (
            ("limits", limit()),
            ("payments", money()),
            ("block", {"change": "block", "reason": "x"}),
        ):
            assert browser.post(f"/admin/distributors/1/{path}", given).status_code == 403, (who, path)
    assert site.everything() == before


def test_distributors_and_payments_are_seen_within_reach(site):
    finance = site.browser("finance")
    for distributor, reference in ((1, "A-1"), (2, "B-1")):
        finance.post(f"/admin/distributors/{distributor}/payments", money(reference=reference))
    manager = site.browser("manager")
    text = manager.get("/admin/payments").text
    assert "A-1" in text and "B-1" not in text
    assert (
        "B-1" in finance.get("/admin/payments?q=B-").text
        and "A-1" not in finance.get("/admin/payments?q=B-").text
    )
    for who in ("rep", "manager"):
        assert site.browser(who).get("/admin/distributors/1").status_code == 200
        assert site.browser(who).get("/admin/distributors/2").status_code == 404
        assert "榕江" not in site.browser(who).get("/admin/distributors").text
    assert site.browser("rep").get("/admin/payments").status_code == 403
    assert "¥50,000.00" not in site.browser("marketing").get("/admin/distributors/1").text
    with db.read() as session:
        assert len(session.scalars(select(Payment)).all()) == 2


def join(session: Session, _actor: Actor, group_id: int | None) -> None:
    session.execute(update(Distributor).values(credit_group_id=group_id))


def test_a_group_says_what_keeps_it_open_and_closed_gets_no_limit(site):
    admin, place = site.browser("administrator"), "/admin/masters/credit-groups"
    admin.post(place, {"version": "0", "code": "G1", "name": "同一股东"})
    with db.read() as session:
        group_id = session.scalars(select(CreditGroup.id).where(CreditGroup.code == "G1")).one()
    db.run(join, OPERATOR, group_id)
    archived = {"version": "1", "state": "archived"}
    answer = admin.post(f"{place}/{group_id}/state", archived)
    assert answer.status_code == 422 and "家经销商" in answer.text
    db.run(join, OPERATOR, None)
    assert admin.post(f"{place}/{group_id}/state", archived).status_code == 303
    page, before = f"/admin/credit/groups/{group_id}", site.everything()
    assert "已停用" in admin.get(page).text and f"{page}/limits" not in admin.get(page).text
    answer = admin.post(f"{page}/limits", {"currency": "CNY", "amount": "5", "reason": "x"})
    assert answer.status_code == 422 and "不能设额度" in answer.text and site.everything() == before


def test_a_wish_is_decided_once_and_both_see_what_was_given(site):
    owner, finance = site.browser("owner"), site.browser("finance")
    until = (clock.today() + timedelta(days=9)).isoformat()
    owner.post(
        "/portal/credit/limit-requests", {"amount": "8000", "until": until, "reason": "备货", "key": "a"}
    )
    with db.read() as session:
        wish = session.scalars(select(LimitRequest)).one()
    here = f"/admin/credit/requests/{wish.id}"
    given = {"version": wish.version, "amount": "6000", "until": until, "decision": "approve"}
    assert finance.post(f"{here}/decision", given).status_code == 303
    before = site.everything()
    for decision in ("approve", "reject"):
        late = finance.post(f"{here}/decision", given | {"decision": decision, "comment": "晚了"})
        assert late.status_code == 422 and "已先同意，本次未做更改" in late.text
    assert site.everything() == before
    for page in (finance.get(here).text, owner.get("/portal/credit/limit-requests").text):
        assert f"实际批准 ¥6,000.00，有效期至 {until}" in page
