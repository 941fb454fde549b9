"""Statements chain to the cent, come once, and say the same before, during and after a dispute."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import select

from ops import statements as errand
from tests.statements.past import OCTOBER, SEPTEMBER, lines_of, look, on
from tests.world import OPERATOR
from trade import clock, db
from trade.audit import AuditEntry
from trade.books.models import LedgerEntry, Period
from trade.credit.models import CreditAccount
from trade.errors import Refused
from trade.flows.close_period import SeenPeriod, close_period, reopen_period
from trade.flows.confirm_statement import SeenStatement, close_statement, confirm_statement
from trade.flows.dispute_statement import (
    NewWord,
    SeenDispute,
    answer_dispute,
    settle_dispute,
    withdraw_dispute,
)
from trade.flows.make_statements import AccountMonth, make_statement, start_statements
from trade.statements import reckoning
from trade.statements.models import (
    DisputeRemark,
    StatementDispute,
    StatementEvent,
    StatementLine,
    StatementRun,
)

D = Decimal


def refused(code: str, flow, actor, given) -> None:
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code


def closing(first_day=OCTOBER, version=1) -> SeenPeriod:
    return SeenPeriod(1, first_day, version)


def states() -> list[str]:
    return [each.state for each in look(select(Period).order_by(Period.first_day))]


def test_two_months_chain_and_agree_with_the_account(past):
    past.tell()
    assert past.make("11-02", OCTOBER) == 2
    september, october = past.statements()
    assert (september.opening, september.increase, september.decrease) == (0, D("1988.10"), D("800.00"))
    assert september.closing == october.opening == D("1188.10") and october.closing == D("1668.10")
    assert september.sums == {"shipment": "1988.10", "payment": "-800.00"} and september.lines == 2
    assert october.parts == {
        "unbilled": "1668.10",
        "billed": "0.00",
        "prepayment": "0.00",
        "credit_note": "0.00",
    }
    account = look(select(CreditAccount).where(CreditAccount.id == past.account()))[0]
    assert account.used - account.hold == october.closing
    first, second = lines_of(september)
    assert first.number.startswith("DN260910") and first.words.startswith("SO260910")
    assert (second.words, second.running) == ("R-1", D("1188.10"))
    assert sum(map(D, september.ageing.values())) == september.closing
    assert past.make("11-03", OCTOBER) == 0 and len(past.statements()) == 2


def test_money_that_is_entered_late_and_counts_ages_nothing(past):
    past.ship("09-10", CP0515=47)
    past.pay("10-02", "800.00", paid_on=clock.today().replace(month=9, day=30))
    past.make("10-03", OCTOBER.replace(month=9))
    (september,) = past.statements()
    assert september.closing == D("1188.10") == sum(map(D, september.ageing.values()))


def test_what_comes_late_stands_on_the_next_one(past):
    past.tell()
    past.make("11-02", OCTOBER)
    past.pay("11-03", "100.00", paid_on=clock.today().replace(month=10, day=30))
    assert past.make("12-02", OCTOBER) == 0
    assert past.make("12-02", OCTOBER.replace(month=11)) == 1
    *_before, november = past.statements()
    assert (november.opening, november.closing) == (D("1668.10"), D("1568.10"))
    assert [str(each.day) for each in lines_of(november)] == ["2026-10-30"]


def test_a_month_that_runs_has_no_statement(past):
    past.tell()
    with on("10-31"):
        refused("statement.month_not_over", make_statement, OPERATOR, AccountMonth(past.account(), OCTOBER))
        refused("statement.month_not_over", start_statements, past["finance"], OCTOBER)
    assert past.statements() == [] and look(select(StatementRun)) == []


def test_the_making_goes_on_where_it_was_killed(past, monkeypatch):
    past.tell()
    with on("11-02"):
        run_id = db.run(start_statements, past["finance"], OCTOBER)
        refused("statement.under_way", start_statements, past["finance"], OCTOBER)

        def die(session, actor, given):
            if isinstance(given, AccountMonth):
                make_statement(session, actor, given)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            db.run(die, OPERATOR, AccountMonth(past.account(), OCTOBER))
        assert past.statements() == [] and look(select(StatementLine)) == []
        db.run(make_statement, OPERATOR, AccountMonth(past.account(), SEPTEMBER))
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(errand, "keep_run", die)
            errand.make_month(OPERATOR, run_id, lambda done, total: None)
        (run,) = look(select(StatementRun))
        assert (run.state, run.made) == ("waiting", 1)  # what was made is counted, however it ended
        for _again in range(2):
            errand.make_month(OPERATOR, run_id, lambda done, total: None)
    (run,) = look(select(StatementRun))
    assert (run.state, run.made, run.done, run.total) == ("done", 1, 2, 2)
    assert len(past.statements()) == 2


def test_two_who_make_the_same_make_one(past):
    past.tell()
    gate = threading.Barrier(2)
    made: list[int] = []

    def make() -> None:
        with on("11-02"):
            gate.wait()
            made.append(db.run(make_statement, OPERATOR, AccountMonth(past.account(), OCTOBER)))

    people = [threading.Thread(target=make) for _each in range(2)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert sorted(made) == [0, 2] and len(past.statements()) == 2


def test_a_dispute_is_answered_settled_and_the_statement_closed(past):
    past.tell()
    past.make("11-02", OCTOBER)
    seen = past.statements()[0]
    dispute_id = past.dispute(seen)
    disputed = past.statements()[0]
    with pytest.raises(Refused, match="dispute.there_already"):
        past.dispute(disputed)
    assert (disputed.state, disputed.closing) == ("disputed", seen.closing)
    refused("statement.disputed", close_statement, past["finance"], SeenStatement(seen.id, disputed.version))
    db.run(answer_dispute, past["finance"], NewWord(dispute_id, "仓库在查"))
    db.run(confirm_statement, past["owner"], SeenStatement(seen.id, disputed.version))
    rest = past.statements()[0]
    assert rest.state == "disputed" and rest.confirmed_at is not None
    refused("statement.confirmed_already", confirm_statement, past["owner"], SeenStatement(seen.id, 3))
    (dispute,) = look(select(StatementDispute))
    assert dispute.state == "answered"
    refused("dispute.words_needed", settle_dispute, past["finance"], SeenDispute(dispute_id, 3, " "))
    db.run(settle_dispute, past["finance"], SeenDispute(dispute_id, dispute.version, "下月调整 84.60"))
    agreed = past.statements()[0]
    assert (agreed.state, agreed.closing) == ("confirmed", seen.closing)
    db.run(close_statement, past["finance"], SeenStatement(seen.id, agreed.version))
    before = look(select(StatementEvent))
    closed = past.statements()[0]
    with pytest.raises(Refused) as told:
        past.dispute(closed, 2)
    assert told.value.code == "statement.closed" and len(look(select(StatementEvent))) == len(before)
    actions = [each.action for each in before if each.statement_id == seen.id]
    assert actions == ["issue", "dispute", "confirm_rest", "settle_agreed", "close"]


def test_a_dispute_that_is_withdrawn_leaves_the_statement_to_be_confirmed(past):
    past.tell()
    past.make("11-02", OCTOBER)
    seen = past.statements()[0]
    dispute_id = past.dispute(seen)
    db.run(withdraw_dispute, past["clerk"], SeenDispute(dispute_id, 2))
    back = past.statements()[0]
    assert back.state == "issued"
    db.run(confirm_statement, past["clerk"], SeenStatement(seen.id, back.version))
    assert past.statements()[0].state == "confirmed"
    refused("dispute.is_over", withdraw_dispute, past["clerk"], SeenDispute(dispute_id, 3))
    refused("dispute.is_over", answer_dispute, past["finance"], NewWord(dispute_id, "晚了"))


def test_only_its_own_people_confirm(past):
    past.tell()
    past.make("11-02", OCTOBER)
    seen = SeenStatement(past.statements()[0].id, 1)
    for who, code in (
        ("buyer", "access.denied"),
        ("finance", "access.denied"),
        ("stranger", "access.denied"),
    ):
        refused(code, confirm_statement, past[who], seen)
    refused(
        "statement.changed_meanwhile", confirm_statement, past["clerk"], SeenStatement(seen.statement_id, 9)
    )
    assert past.statements()[0].state == "issued"
    assert look(select(DisputeRemark)) == []


def test_periods_close_in_order_and_late_documents_go_on(past):
    past.tell()
    with on("11-05"):
        refused("period.earlier_open", close_period, past["finance"], closing())
        refused("access.denied", close_period, past["rep"], closing(SEPTEMBER))
        db.run(close_period, past["finance"], closing(SEPTEMBER))
        refused("period.is_closed", close_period, past["finance"], closing(SEPTEMBER, 2))
        refused("period.not_over", close_period, past["finance"], closing(OCTOBER.replace(month=11)))
        db.run(close_period, past["finance"], closing(OCTOBER))
        refused("period.later_closed", reopen_period, past["finance"], closing(SEPTEMBER, 2))
    past.pay("11-06", "50.00", paid_on=clock.today().replace(month=8, day=20))
    latest = look(select(LedgerEntry).order_by(LedgerEntry.id.desc()))
    paid = next(each for each in latest if each.kind == "payment")
    assert (str(paid.day), str(paid.booked_on)) == ("2026-08-20", "2026-11-01")
    assert states() == ["closed", "closed", "closed", "open"]


def test_a_period_is_opened_again_until_somebody_agreed(past):
    past.tell()
    past.make("11-02", OCTOBER)
    with on("11-05"):
        for month in (SEPTEMBER, OCTOBER):
            db.run(close_period, past["finance"], closing(month))
        db.run(reopen_period, past["finance"], closing(OCTOBER, 2))
        db.run(close_period, past["finance"], closing(OCTOBER, 3))
        october = past.statements()[1]
        db.run(confirm_statement, past["clerk"], SeenStatement(october.id, 1))
        refused("period.agreed", reopen_period, past["finance"], closing(OCTOBER, 4))
    assert states() == ["closed", "closed"]
    told = look(select(AuditEntry.event).where(AuditEntry.subject == "period").order_by(AuditEntry.id))
    assert told == ["period.closed", "period.closed", "period.reopened", "period.closed"]


def test_any_span_agrees_with_the_statements(past):
    past.tell()
    past.make("11-02", OCTOBER)
    account_id, (_september, october) = past.account(), past.statements()
    with db.read() as session:
        found = reckoning.of_span(session, account_id, SEPTEMBER, OCTOBER.replace(day=31))
    assert (found.opening, found.closing, found.moves) == (0, october.closing, 3)
