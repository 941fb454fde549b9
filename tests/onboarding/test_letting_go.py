"""What a distributor holds against others goes on the day of its end; what one that is paused may still do about it."""

import threading
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from sqlalchemy import select

from tests.credit.test_release import pay, set_base, ship
from tests.flows.cast import Cast, order
from tests.flows.test_amendments import amend
from tests.onboarding.test_life import become, left
from tests.opportunities.test_opportunities import chance, opened, quoted, story
from tests.races import crowd
from tests.registrations.reports import NAME, Reports, actions, everything, keys, picture, row, rule_of, used
from tests.registrations.test_registration_days import extend, follow
from tests.reused import connected
from tests.world import OPERATOR
from trade import clock, db
from trade.applications import releasing
from trade.approvals.models import ApprovalRequest
from trade.distributors.behalf import stand_in
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows import register_customer as registering
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.begin_behalf import Beginning, begin_behalf
from trade.flows.claim_from_pool import Claim, claim_from_pool
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.invite_person import Guest, invite_person
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.retest_order import retest_order
from trade.fulfilment.models import Shipment
from trade.notices.models import OutboxMessage
from trade.people.models import Membership
from trade.people.queries import find_signed_in
from trade.registrations import intake, queries

pytestmark = pytest.mark.usefixtures("verified")


def test_an_ended_distributor_lets_every_customer_go_and_a_paused_one_gets_none(cast: Cast):
    reports, home = Reports(cast), cast.world.distributors["D1"]
    live = reports.report(name=NAME).registration_id
    with time_machine.travel(clock.now() - timedelta(days=2)):
        won = _won(reports)
    chances = {"live": opened(reports, live, key="a")}
    chances["won"] = opened(reports, won, key="b")
    reports.report("stranger", name="泉州大丰收粮油贸易有限公司")
    asked = reports.report(name="泉州大丰收粮油贸易公司").registration_id
    taken = reports.report(name="泉州大丰收粮油贸易有限公司").registration_id
    db.run(
        appeal_registration, reports["owner"], Appeal(taken, row(taken).version, "一直供货", (picture(9),))
    )
    draft = db.run(registering.register_customer, reports["owner"], _draft(reports)).registration_id
    assert {row(each).state for each in (asked, taken)} == {"submitted", "appealed"} and left(home) == []
    become(home, "suspended")
    before = everything()
    claim = Claim("c", live, "陈", "13900000009")
    for deed in (
        lambda: extend(reports, live, 30),
        lambda: reports.report(name="漳州新来食品有限公司"),
        lambda: db.run(claim_from_pool, reports["owner"], claim),
        lambda: quoted(reports, chances["live"]),
    ):
        with pytest.raises(Refused, match="distributor.suspended"):
            deed()
    assert everything() == before
    follow(reports, live, clock.today())  # what it has it may work at
    assert gives_up(home) == releasing.Kept(protected=1, won=1, asked=2, opportunities=2)
    become(home, "ended")
    assert gives_up(home) == releasing.Kept(0, 0, 0, 0)
    assert {row(each).state for each in (live, won, asked, taken, draft)} == {
        "released",
        "won",
        "withdrawn",
        "rejected",
        "draft",
    }
    assert row(live).pooled_on == clock.today() and actions(won)[-1] == "finish"
    assert not queries.holds_on(row(won), clock.today())
    assert [rule_of(each) for each in (live, won)] == ["distributor.ended"] * 2
    assert used().get(home) is None and {row(key).distributor_id for key, *_ in keys()} == {2}
    for each in chances.values():
        assert (chance(each).stage, chance(each).lost_reason, story(each)[-1]) == (
            "lost",
            "registration",
            "close",
        )
    with db.read() as session:
        waits = select(ApprovalRequest.id).where(ApprovalRequest.state == "open")
        assert session.scalars(waits.where(ApprovalRequest.distributor_id == home)).all() == []
        topics = list(session.scalars(select(OutboxMessage.topic)))
    assert (topics.count("registration.released"), topics.count("opportunity.lost")) == (1, 2)
    assert reports.report("stranger", name=NAME).outcome == "accepted"
    assert (
        reports.report("stranger", name=row(won).name, credit_code=row(won).credit_code).outcome == "accepted"
    )
    become(home, "active")  # back, without them
    assert not any(row(key).distributor_id == home for key, *_ in keys())


def gives_up(distributor_id: int) -> releasing.Kept:
    with db.read() as session:
        return releasing.kept_by(session, distributor_id)


def test_nobody_works_for_a_paused_company_as_if_it_were_not_and_nobody_comes_into_an_ended_one(cast: Cast):
    home, rep = cast.world.distributors["D1"], cast["rep"]
    approved = cast.submit(cast.fill(CP0515=10)).id
    held = cast.fill(CP0515=600)
    set_base(cast, "1000")
    assert cast.submit(held).approval_state == "held"
    set_base(cast, "900000")
    place = Membership.person_id == rep.person_id, Membership.distributor_id.is_(None)
    with db.read() as session:
        own = session.scalars(select(Membership.id).where(*place)).one()
    given = Beginning(home, own, "", "203.0.113.1", "Firefox")
    token = db.run(begin_behalf, rep, given)

    def works_for() -> int | None:
        with db.read() as session:
            found = find_signed_in(session, token, clock.now())
            assert found is not None
            return stand_in(session, found).on_behalf_of

    assert works_for() == home
    become(home, "suspended")
    assert works_for() is None
    with pytest.raises(Refused, match="distributor.suspended"):
        amend(cast, approved, "buyer", CP0515=20)
    db.run(retest_order, OPERATOR, held)
    assert order(held).approval_state == "held"
    amend(cast, approved, "buyer", CP0515=5)  # less may be asked for
    become(home, "active")
    db.run(retest_order, OPERATOR, held)
    assert order(held).approval_state != "held" and works_for() == home
    gone = cast.world.distributors["D2"]
    become(gone, "ended")
    with pytest.raises(Refused, match="person.company_ended"):
        db.run(
            invite_person, cast["administrator"], Guest("新人", "buyer", "13812340000", distributor_id=gone)
        )


@pytest.mark.parametrize("is_guarded", [True, False])
def test_who_registers_while_the_business_ends_holds_nothing_afterwards(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
):
    """The twin looks at the status without holding it: then a customer stays with who is gone."""
    connected(postgresql_url)
    reports = Reports(Cast())
    home, begun, over = reports.cast.world.distributors["D1"], threading.Event(), threading.Event()
    real = intake.answer

    def slow(*given, **more):
        begun.set()
        over.wait(0.7)
        return real(*given, **more)

    monkeypatch.setattr(intake, "answer", slow)
    if not is_guarded:
        monkeypatch.setattr(registering, "hold_active", lambda session, key: session.get(Distributor, key))

    def end() -> None:
        begun.wait(5)
        become(home, "ended")
        over.set()

    crowd.at_once([partial(reports.report, name=NAME), end], threads=2)
    assert (keys() == []) == is_guarded


def _draft(reports: Reports) -> registering.NewRegistration:
    given = reports.given(name="漳州再想想食品有限公司")
    return registering.NewRegistration(given.key, given.customer, (), is_draft=True)


def _won(reports: Reports) -> int:
    """A customer whom an order won, shipped, signed for and paid."""
    cast, key = reports.cast, reports.report(name="厦门甲乙丙茶业有限公司").registration_id
    order_id = db.run(order_for_registration, reports["owner"], ForWhom(key))
    cast.submit(cast.fill("owner", CP0515=10), "owner")
    reports.look(key)
    ship(cast, order_id)
    with db.read() as session:
        parcel = session.scalars(select(Shipment.id).where(Shipment.order_id == order_id)).one()
    db.run(confirm_receipt, cast["buyer"], Receipt(order_id, order(order_id).version, parcel, {}))
    pay(cast, "423.00", "R-1")
    assert row(key).state == "won"
    return key
