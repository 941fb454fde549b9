"""What nobody has looked at for a week is decided as if every round had run on its day: a lapsed customer is gone."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from tests.flows.cast import order
from tests.registrations.reports import NAME, Reports, everything, noon, picture, row
from tests.registrations.rolling import follow, looked, roll, told
from trade import clock, db
from trade.errors import Refused
from trade.flows.change_opportunity import Step, move_opportunity
from trade.flows.extend_registration import Extension, extend_registration
from trade.flows.give_project_price import NewPrice, give_project_price
from trade.flows.issue_quotation import Line, NewQuotation, issue_quotation
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.order_quotation import Ordering, order_quotation
from trade.flows.release_registration import Release, release_registration
from trade.opportunities.models import Opportunity
from trade.registrations import ending
from trade.registrations.models import Registration

OTHER, THIRD = "泉州大丰收粮油贸易有限公司", "龙岩第五海鲜餐饮有限公司"
BEGUN = noon("2027-03-01")
pytestmark = pytest.mark.usefixtures("verified")


def _deal(reports: Reports, registration_id: int, key: str) -> NewOpportunity:
    return NewOpportunity(registration_id, key, "年度供货", Decimal(100), clock.today())


def _quotation(reports: Reports, opportunity_id: int, key: str) -> NewQuotation:
    line = Line(reports.cast.world.skus["CP0515"], 2, Decimal("99.90"))
    return NewQuotation(opportunity_id, key, [line], clock.today() + timedelta(days=30))


def _deeds(
    reports: Reports, key: int, bare: int, chance: int, offer: int
) -> list[tuple[str, Callable[[], Any]]]:
    """All that can be done about a customer who is one's own, each with how it is refused once that is over."""
    who, seen = reports["owner"], row(key).version
    proof = Extension(key, seen, 30, "样品已送", (picture(seen),))
    price = NewPrice(key, "CP0515", Decimal("90.00"), reason="大客户")
    with db.read() as session:
        version = session.get_one(Opportunity, chance).version
    return [
        ("registration.order_foreign", lambda: db.run(order_for_registration, who, ForWhom(key))),
        (
            "opportunity.registration_over",
            lambda: db.run(open_opportunity, who, _deal(reports, bare, "late")),
        ),
        (
            "opportunity.registration_over",
            lambda: db.run(issue_quotation, who, _quotation(reports, chance, "q2")),
        ),
        (
            "opportunity.registration_over",
            lambda: db.run(move_opportunity, who, Step(chance, version, "need")),
        ),
        ("opportunity.registration_over", lambda: db.run(order_quotation, who, Ordering(chance, offer))),
        ("registration.protection_over", lambda: db.run(extend_registration, who, proof)),
        ("registration.protection_over", lambda: follow(reports, key, clock.today())),
        ("registration.not_allowed", lambda: db.run(release_registration, who, Release(key, seen, "不要了"))),
        ("project_price.over", lambda: db.run(give_project_price, reports["administrator"], price)),
    ]


@pytest.mark.parametrize("unseen", [0, 7])
def test_on_day_46_without_a_follow_up_nothing_is_done_for_it_though_no_round_has_run(
    reports: Reports, unseen: int
) -> None:
    with time_machine.travel(BEGUN, tick=False) as now:
        key = reports.report(name=NAME).registration_id
        bare = reports.report(name=OTHER).registration_id
        chance = db.run(open_opportunity, reports["owner"], _deal(reports, key, "first"))
        offer = db.run(issue_quotation, reports["owner"], _quotation(reports, chance, "q1"))
        cart = reports.cast.fill("owner", CP0515=2)
        db.run(order_for_registration, reports["owner"], ForWhom(key))
        now.move_to(BEGUN + timedelta(days=45 + unseen))
        before, stood = everything(), order(cart).version
        with pytest.raises(Refused, match="registration.order_foreign"):
            reports.cast.submit(cart, "owner")
        for code, deed in _deeds(reports, key, bare, chance, offer):
            with pytest.raises(Refused) as found:
                deed()
            assert found.value.code == code
        with db.read() as session:
            assert not ending.is_held(session, session.get_one(Registration, key), clock.today())
        assert (everything(), order(cart).version) == (before, stood) and looked(reports) == ("free", None)
        assert roll() == ["lapse", "lapse"] and told("registration.lapse") == [key, bare]
        assert row(key).ended_on == (BEGUN + timedelta(days=45)).date()
        with db.read() as session:
            closed = session.scalars(select(Opportunity.lost_reason).where(Opportunity.id == chance)).one()
        assert closed == "registration"


def test_on_day_45_it_is_its_distributors_and_an_order_of_that_day_wins_whenever_a_round_runs(
    reports: Reports,
) -> None:
    with time_machine.travel(BEGUN, tick=False) as now:
        key = reports.report(name=NAME).registration_id
        bare = reports.report(name=OTHER).registration_id
        third = reports.report(name=THIRD, phone="13900000099").registration_id
        now.move_to(BEGUN + timedelta(days=44))
        cart = reports.cast.fill("owner", CP0515=2)
        db.run(order_for_registration, reports["owner"], ForWhom(key))
        assert reports.cast.submit(cart, "owner").approval_state == "approved"
        db.run(open_opportunity, reports["owner"], _deal(reports, bare, "last-day"))
        near = {"name": "漳州海之味酒楼有限公司", "phone": row(third).phone}
        assert reports.report("stranger", **near).outcome == "queued"
        now.move_to(BEGUN + timedelta(days=52))  # no round has run
        again = reports.cast.fill("owner", CP0515=1)
        db.run(
            order_for_registration, reports["owner"], ForWhom(key)
        )  # won by then, though nobody has looked
        assert reports.cast.submit(again, "owner").approval_state == "approved"
        assert row(key).state == "won" and told("registration.won") == [key]
        near |= {"name": "漳州山之味酒楼有限公司"}
        assert reports.report("stranger", **near).outcome == "accepted"
        assert row(third).state == "released" and told("registration.lapse") == [third]
        assert roll() == ["lapse", "renew"] and told("registration.lapse") == [third, bare]


def test_whoever_is_near_to_a_customer_that_lapsed_unseen_is_accepted(reports: Reports) -> None:
    with time_machine.travel(BEGUN, tick=False) as now:
        lost = reports.report(name=NAME).registration_id
        near = {"name": "漳州海之味酒楼有限公司", "phone": row(lost).phone}
        now.move_to(BEGUN + timedelta(days=45))
        assert reports.report("stranger", **near).outcome == "accepted"
        assert told("registration.lapse") == [lost] and roll() == []
