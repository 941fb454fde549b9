"""Whoever loses a customer by the brand's own deed appeals as whoever was refused; somebody else decides about it."""

from dataclasses import replace
from datetime import date

import pytest
import time_machine
from sqlalchemy import select, update

from tests.registrations.reports import NAME, Reports, actions, everything, keys, picture, row, used
from tests.registrations.rolling import roll, shanghai, told
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor, Permission
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.errors import Refused
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.claim_from_pool import Claim, claim_from_pool
from trade.flows.decide_registration import Decision, decide_registration
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.release_registration import (
    Release,
    SeenRegistration,
    release_registration,
    revoke_registration,
    withdraw_registration,
)
from trade.people.models import Membership

pytestmark = pytest.mark.usefixtures("verified")


def _revoke(reports: Reports, key: int, by: Actor | None = None, *, is_pooled: bool = True) -> None:
    given = Release(key, row(key).version, "凭证不实", is_pooled=is_pooled)
    db.run(revoke_registration, by or reports["administrator"], given)


def _appeal(reports: Reports, key: int) -> None:
    given = Appeal(key, row(key).version, "凭证属实，附原件", (picture(),))
    db.run(appeal_registration, reports["owner"], given)


def _manager(reports: Reports) -> Actor:
    """The manager of whose distributor it is, who may end registrations too."""
    manager = reports["manager"]
    return replace(manager, permissions=manager.permissions | {Permission.REGISTRATION_MANAGE})


def _asked() -> set[int]:
    with db.read() as session:
        wanted = select(ApprovalCandidate.person_id).join(
            ApprovalRequest, ApprovalRequest.id == ApprovalCandidate.request_id
        )
        return set(session.scalars(wanted.where(ApprovalRequest.state == "open")))


@pytest.mark.parametrize("is_won", [False, True])
def test_who_lost_a_customer_by_the_brand_appeals_within_15_days_and_has_it_anew(
    reports: Reports, is_won: bool
) -> None:
    with time_machine.travel(shanghai("2027-03-01", "12:00"), tick=False) as now:
        key = reports.report(name=NAME).registration_id
        if is_won:
            cart = reports.cast.fill("owner", CP0515=2)
            db.run(order_for_registration, reports["owner"], ForWhom(key))
            reports.cast.submit(cart, "owner")
            assert roll() == ["win"]
        _revoke(reports, key)
        now.move_to(shanghai("2027-03-17", "00:01"))
        before = everything()
        with pytest.raises(Refused, match="registration.appeal_late"):
            _appeal(reports, key)
        assert everything() == before
        now.move_to(shanghai("2027-03-16", "23:59"))
        _appeal(reports, key)
        assert (row(key).state, row(key).pooled_on) == ("appealed", None)
        claim = Claim("c-1", key, "陈经理", "13900000009")
        with pytest.raises(Refused, match="registration.pool_gone"):
            db.run(claim_from_pool, reports["stranger"], claim)
        rival = reports.report("stranger", name=NAME).registration_id
        assert reports.decide(key, "approve") == "approved"
        again = row(key)
        assert (again.state, again.live_on, again.protected_until) == (
            "live",
            date(2027, 3, 16),
            date(2027, 6, 14),
        )
        assert (again.won_on, again.rests_until, again.end_reason, again.appeals) == (None, None, "", 0)
        assert {holder for holder, *_key in keys()} == {key} and used() == {again.distributor_id: 1}
        assert row(rival).state == "released" and told("registration.handed_over") == [rival]
        assert roll() == []


def test_an_appeal_that_is_not_right_or_taken_back_leaves_it_ended_and_in_the_pool(reports: Reports) -> None:
    ends = []
    for name, way in (
        (NAME, "reject"),
        ("泉州大丰收粮油贸易有限公司", "withdraw"),
        ("龙岩第五海鲜餐饮有限公司", "taken"),
    ):
        key = reports.report(name=name).registration_id
        _revoke(reports, key)
        ended = row(key)
        _appeal(reports, key)
        if way == "withdraw":
            seen = SeenRegistration(key, row(key).version)
            db.run(withdraw_registration, reports["owner"], seen)
        else:
            if way == "taken":
                reports.report("stranger", name=name)
            reports.decide(key, "reject")
        after = row(key)
        assert (after.state, after.ended_on, after.end_reason) == ("released", ended.ended_on, "凭证不实")
        assert after.pooled_on == (None if way == "taken" else ended.pooled_on)
        assert after.rests_until == ended.rests_until
        before = everything()
        with pytest.raises(Refused, match="registration.appealed_already"):
            _appeal(reports, key)
        assert everything() == before
        ends.append(actions(key)[-1])
    assert ends == ["uphold_end", "withdraw_end", "uphold_end"]
    own = reports.report(name="漳州海之味酒楼有限公司").registration_id
    db.run(release_registration, reports["owner"], Release(own, row(own).version, "不要了"))
    before = everything()
    with pytest.raises(Refused, match="registration.not_allowed"):  # let go by itself
        _appeal(reports, own)
    assert everything() == before


def test_somebody_else_decides_than_who_ended_it_where_there_is_one(reports: Reports) -> None:
    manager, boss = _manager(reports), reports["administrator"]
    key = reports.report(name=NAME).registration_id
    _revoke(reports, key, manager)
    _appeal(reports, key)
    assert manager.person_id not in _asked() and boss.person_id in _asked()
    before = everything()
    with pytest.raises(Refused, match="approval.not_yours"):
        db.run(decide_registration, manager, Decision(key, row(key).version, "reject", "维持"))
    assert everything() == before
    assert reports.decide(key, "approve", "administrator") == "approved"
    _revoke(reports, key, manager)

    def leave(session, actor, given):
        gone = update(Membership).where(
            Membership.distributor_id.is_(None), Membership.person_id != manager.person_id
        )
        session.execute(gone.values(is_active=False))

    db.run(leave, OPERATOR, None)
    _appeal(reports, key)
    assert _asked() == {manager.person_id}  # nobody else is there
    assert (
        db.run(decide_registration, manager, Decision(key, row(key).version, "approve", "属实")) == "approved"
    )
    assert row(key).live_on == clock.today()
