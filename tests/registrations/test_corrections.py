"""A registration that was sent back keeps its place for some days: sent again in time it stands where it stood."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from sqlalchemy import select

from tests.flows.cast import change_setting
from tests.races import crowd
from tests.registrations.reports import NAME, Reports, actions, code, everything, keys, row, used
from tests.registrations.rolling import looked, roll, shanghai, told
from tests.world import OPERATOR
from trade import clock, db
from trade.applications import releasing
from trade.errors import Refused
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.register_customer import NewRegistration, register_customer
from trade.flows.release_registration import SeenRegistration, withdraw_registration
from trade.registrations.models import Registration, RegistrationKey

RIGHT = "厦门鑫禾源食品贸易有限公司"
DIALLED = "13911112222"
pytestmark = pytest.mark.usefixtures("verified")


def _doubtful(reports: Reports, name: str = NAME, at: int = 7) -> NewRegistration:
    """A customer that is near to another's, which waits for a person; answers the form with its id."""
    with db.read() as session:
        known = session.scalar(select(Registration.id).where(Registration.phone == DIALLED))
    if known is None:
        reports.report("stranger", name="漳州海之味酒楼有限公司", phone=DIALLED)
    given = reports.given(name=name, credit_code=code(at), phone=DIALLED)
    sent = db.run(register_customer, reports["owner"], given)
    assert sent.outcome == "queued"
    return replace(given, registration_id=sent.registration_id)


def _key(given: NewRegistration) -> int:
    assert given.registration_id is not None
    return given.registration_id


def _again(reports: Reports, given: NewRegistration, *, is_draft: bool = False, **facts: object) -> str:
    """Send it again as it stands by now, with what is corrected."""
    customer = replace(given.customer, **facts)  # type: ignore[arg-type]
    sent = replace(given, customer=customer, version=row(_key(given)).version, is_draft=is_draft)
    return db.run(register_customer, reports["owner"], sent).outcome


def _stranger(reports: Reports) -> str:
    return reports.report("stranger", name=NAME, credit_code=code(7)).outcome


def test_sent_again_in_time_it_stands_where_it_stood(reports: Reports) -> None:
    with time_machine.travel(shanghai("2027-02-22", "09:00"), tick=False) as now:
        given = _doubtful(reports)
        key, held = _key(given), keys()
        first = row(key).submitted_at
        now.move_to(shanghai("2027-02-23", "09:00"))
        assert reports.decide(key, "return", comment="请核对电话") == "returned"
        assert (row(key).state, row(key).returned_until) == ("draft", date(2027, 3, 2))
        assert (keys(), used()[row(key).distributor_id]) == (held, 1) and told("registration.returned") == [
            key
        ]
        now.move_to(shanghai("2027-03-02", "23:59"))
        assert roll() == [] and looked(reports) == ("taken", None) and _stranger(reports) == "taken"
        change_setting("registration.most_live", 0)  # it counted before, and goes on counting
        before = everything()
        with pytest.raises(Refused, match="registration.place_moved"):
            _again(reports, given, is_draft=True, name=RIGHT)
        assert everything() == before
        assert _again(reports, given, is_draft=True, note="问过客户") == "draft" and keys() == held
        assert _again(reports, given, name=RIGHT) == "queued"  # judged anew, under its right name
        stands = row(key)
        assert (stands.submitted_at, stands.returned_until, stands.name) == (first, None, RIGHT)
        assert used()[stands.distributor_id] == 1
        change_setting("registration.most_live", 100)
        assert _stranger(reports) == "taken"  # by its code
        reports.decide(key, "return", comment="请再核对电话")
        assert _again(reports, given, name=RIGHT, phone="13911113333") == "accepted"
        assert row(key).submitted_at == first and used()[stands.distributor_id] == 1
        assert actions(key)[-3:] == ["return", "save", "accept"]


@pytest.mark.parametrize("is_looked_at", [True, False])
def test_not_sent_in_time_it_loses_its_place_whether_or_not_a_round_ran(
    reports: Reports, is_looked_at: bool
) -> None:
    with time_machine.travel(shanghai("2027-02-23", "09:00"), tick=False) as now:
        given = _doubtful(reports)
        key = _key(given)
        reports.decide(key, "return", comment="请核对电话")
        taken = reports.report("stranger", name=NAME, credit_code=code(7)).registration_id
        now.move_to(shanghai("2027-03-03", "00:01"))
        if is_looked_at:
            assert roll() == ["lose_place"]
        assert looked(reports)[0] in {"free", "near"}
        late = replace(given, version=row(key).version)
        won = reports.report("stranger", name=NAME, credit_code=code(7))
        assert won.outcome == "accepted" and told("registration.lose_place") == [key] and roll() == []
        lost = row(key)
        assert (lost.state, lost.returned_until, lost.submitted_at) == ("draft", None, None)
        assert used() == {row(taken).distributor_id: 2} and "lose_place" in actions(key)
        if not is_looked_at:
            before = everything()
            with pytest.raises(Refused, match="registration.changed_meanwhile"):
                db.run(register_customer, reports["owner"], late)  # typed before midnight, sent after it
            assert everything() == before
        assert _again(reports, given) == "taken"


def test_sent_too_late_with_nobody_in_between_it_begins_anew(reports: Reports) -> None:
    with time_machine.travel(shanghai("2027-02-23", "09:00"), tick=False) as now:
        given = _doubtful(reports)
        key, first = _key(given), row(_key(given)).submitted_at
        reports.decide(key, "return", comment="请核对电话")
        now.move_to(shanghai("2027-03-10", "09:00"))
        assert _again(reports, given) == "queued" and first != row(key).submitted_at == clock.now()
        assert told("registration.lose_place") == [key] and "lose_place" in actions(key)


def test_nobody_has_a_customer_for_ever_by_sending_it_again_and_again(reports: Reports) -> None:
    with time_machine.travel(shanghai("2027-02-23", "09:00"), tick=False) as now:
        given = _doubtful(reports)
        key = _key(given)
        for turn in range(2):
            reports.decide(key, "return", comment="请核对电话")
            now.shift(timedelta(days=7))
            assert _again(reports, given, note=f"第{turn}次") == "queued" and roll() == []
        reports.decide(key, "return", comment="请核对电话")
        assert row(key).returned_until is None and row(key).submitted_at is None
        assert used().get(row(key).distributor_id) is None and told("registration.returned_free") == [key]
        assert _stranger(reports) == "accepted"
        change_setting("registration.return_days", 0)
        other = _key(_doubtful(reports, "泉州大丰收粮油贸易有限公司", 8))
        reports.decide(other, "return", comment="请核对电话")
        assert row(other).returned_until is None


def test_what_is_given_up_while_it_is_corrected_is_free(reports: Reports) -> None:
    given = _doubtful(reports)
    key = _key(given)
    reports.decide(key, "return", comment="请核对电话")
    db.run(withdraw_registration, reports["owner"], SeenRegistration(key, row(key).version))
    assert row(key).state == "withdrawn" and used().get(row(key).distributor_id) is None
    again = _key(_doubtful(reports))
    taken = reports.report("stranger", name=NAME, credit_code=code(7)).registration_id
    reports.decide(again, "return", comment="请核对电话")
    db.run(appeal_registration, reports["stranger"], Appeal(taken, row(taken).version, "一直由我司供货"))
    assert reports.decide(taken, "approve") == "approved" and row(taken).state == "live"
    assert (row(again).state, row(again).returned_until) == ("draft", None)
    assert told("registration.handed_over") == [again]
    third = _key(_doubtful(reports, "泉州大丰收粮油贸易有限公司", 8))
    reports.decide(third, "return", comment="请核对电话")
    home = row(third).distributor_id
    db.run(lambda s, a, g: releasing.release(s, a, home, "合作结束"), OPERATOR, None)
    assert row(third).state == "withdrawn" and used().get(home) is None


def test_who_sends_it_again_and_who_comes_in_the_same_moment_after_its_days(reports: Reports) -> None:
    with time_machine.travel(shanghai("2027-02-23", "09:00"), tick=False) as now:
        for turn in range(3):
            given = _doubtful(reports, f"漳州{turn}号食品有限公司", 20 + turn)
            version = row(_key(given)).version + 1
            reports.decide(_key(given), "return", comment="请核对电话")
            now.shift(timedelta(days=7 if turn == 0 else 8))
            theirs = reports.given(name=given.customer.name, credit_code=given.customer.credit_code)
            sent = replace(given, version=version)
            deeds = [partial(_sent, reports, "owner", sent), partial(_sent, reports, "stranger", theirs)]
            answers = crowd.at_once(deeds, threads=2)
            assert sum(each in {"queued", "accepted"} for each in answers) == 1, answers
            assert turn or answers == ["queued", "taken"], "on the last day it is nobody else's"
            with db.read() as session:
                assert len(set(session.scalars(select(RegistrationKey.registration_id)))) == 2 + turn, turn


def _sent(reports: Reports, who: str, given: NewRegistration) -> str:
    try:
        return db.run(register_customer, reports[who], given).outcome
    except Refused as refusal:
        return refusal.code
