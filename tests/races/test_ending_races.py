"""Something is opened in the moment in which the business with a distributor ends: one of the two comes first, and the other knows."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from tests.credit.test_release import pay
from tests.flows.cast import lines, order
from tests.flows.test_proofs import proof
from tests.onboarding.test_life import become, left, version_of
from tests.races import crowd
from tests.registrations.reports import NAME, Reports, code, row
from tests.returns.conftest import Returning, reason_id
from tests.reused import connected
from tests.world import OPERATOR
from trade import clock, db
from trade.applications import parting
from trade.approvals.models import ApprovalRequest
from trade.errors import Refused
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.change_standing import StandingChange, change_standing
from trade.flows.dispute_statement import NewDispute, dispute_line
from trade.flows.invite_person import Guest, invite_person
from trade.flows.request_limit import LimitWish, request_limit
from trade.flows.request_return import NewReturn, request_return
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from trade.flows.submit_order import Submission, submit_order
from trade.flows.submit_proof import submit_proof
from trade.people.models import Membership
from trade.statements.models import Statement, StatementLine

HOME = 1
Deed = tuple[Any, Any, Any]  # flow, actor, what it is given


def deeds(cast: Returning) -> dict[str, Deed]:
    """What opens something that would have to be settled before the end; nothing is open at first."""
    received = cast.received(CP0515=10)
    pay(cast, "423.00", "R-1")
    reports = Reports(cast)
    reports.report("stranger", name=NAME, credit_code=code(7))
    late = reports.report(name=NAME, credit_code=code(7)).registration_id
    statement_id, line_id = db.run(_statement, OPERATOR, None)
    cart = cast.fill(CP0515=10)
    week = clock.today() + timedelta(days=7)
    guest = Guest("新人", "buyer", "13812340000", distributor_id=HOME)
    below = StandingChange(2, version_of(2), clock.today(), {"parent_id": HOME})
    back = NewReturn(received, reason_id("unsold"), {lines(received)[0].id: 15})
    return {
        "order": (submit_order, cast["buyer"], Submission(cart, order(cart).version)),
        "return": (request_return, cast["buyer"], back),
        "proof": (submit_proof, cast["owner"], proof()),
        "limit": (request_limit, cast["owner"], LimitWish(Decimal(1000), week, "备货")),
        "dispute": (dispute_line, cast["owner"], NewDispute(statement_id, 1, line_id, "price", "价格不对")),
        "appeal": (appeal_registration, cast["owner"], Appeal(late, row(late).version, "一直供货")),
        "guest": (invite_person, cast["administrator"], guest),
        "child": (change_standing, cast["administrator"], below),
    }


def _statement(session, _actor, _given) -> tuple[int, int]:
    nothing = dict.fromkeys(("opening", "increase", "decrease", "closing"), Decimal(0))
    day = clock.today().replace(day=1)
    days = {"first_day": day, "last_day": day, "confirm_by": day}
    whose = {"account_id": 1, "distributor_id": HOME, "legal_entity_id": 1, "currency": "CNY"}
    made = {"sums": {}, "parts": {}, "ageing": {}, "lines": 0, "through_id": 0}
    statement = Statement(number="ST-1", **whose, **days, **nothing, **made)
    session.add(statement)
    session.flush()
    about = {"kind": "invoice", "subject": "invoice", "subject_id": 1, "number": "1", "words": ""}
    figures = dict.fromkeys(("increase", "decrease", "running"), Decimal(0)) | {"memo": Decimal(1)}
    line = StatementLine(
        statement_id=statement.id, line_no=1, is_memo=True, day=day, booked_on=day, **about, **figures
    )
    session.add(line)
    session.flush()
    return statement.id, line.id


def race(first: Deed, second: Deed, seconds: float) -> list[str]:
    """The second begins when the first has done all but commit; what both came to."""
    done, over = threading.Event(), threading.Event()

    def slow(session, actor, given):
        answer = first[0](session, actor, given)
        done.set()
        over.wait(seconds)
        return answer

    def after() -> str:
        done.wait(5)
        try:
            return told(partial(db.run, *second))
        finally:
            over.set()

    return crowd.at_once([partial(told, partial(db.run, slow, *first[1:])), after], threads=2)


def told(deed: Callable[[], Any]) -> str:
    try:
        deed()
    except Refused as refusal:
        return refusal.code
    return "done"


def end() -> Deed:
    return set_distributor_status, OPERATOR, StatusChange(HOME, version_of(HOME), "ended", "因故")


@pytest.mark.parametrize("is_guarded", [True, False])
def test_nothing_is_opened_with_a_distributor_whose_business_ends_in_that_moment(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
):
    """The twin looks at the status without holding it: then each of them stays open at who is gone."""
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    engine, found = connected(postgresql_url), deeds(Returning())
    flow, actor, guest = found["guest"]
    if not is_guarded:
        event.listen(engine, "before_cursor_execute", _unheld, retval=True)
        monkeypatch.setattr(parting, "open_at", lambda _session, _key: [])
    try:
        codes = race((flow, actor, replace(guest, phone="13812349999")), end(), 0.2)
        assert codes == ["done", "done"] and (places() == 0) == is_guarded
        for name, deed in found.items():
            become(HOME, "active")
            ended, opened = race(end(), deed, 0.2 if is_guarded else 3)
            assert ended == "done" and (opened != "done") == is_guarded, (name, opened)
            assert not is_guarded or (left(HOME) == [] and asked() == places() == 0), name
        if is_guarded:
            become(HOME, "active")
            assert race(found["order"], end(), 0.2) == ["done", "distributor.has_open_orders"]
    finally:
        if not is_guarded:
            event.remove(engine, "before_cursor_execute", _unheld)


def places() -> int:
    with db.read() as session:
        wanted = select(func.count(Membership.id)).where(Membership.distributor_id == HOME)
        return session.scalar(wanted.where(Membership.is_active)) or 0


def asked() -> int:
    with db.read() as session:
        wanted = select(func.count(ApprovalRequest.id)).where(ApprovalRequest.distributor_id == HOME)
        return session.scalar(wanted.where(ApprovalRequest.state == "open")) or 0


def _unheld(_connection, _cursor, statement, parameters, _context, _many):
    return statement.replace("FOR SHARE OF distributor", "").replace("FOR SHARE", ""), parameters
