"""Whatever is done to the people, each open request keeps somebody who can open and decide it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select, update

from tests.flows.cast import Cast, change_setting
from tests.flows.test_people import candidates, edit_of, profile, unchanged
from tests.world import OPERATOR
from trade import clock, db
from trade.approvals.deciders import able
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.distributors.models import Distributor
from trade.flows.change_memberships import Departure, Place, add_membership, change_membership, end_membership
from trade.flows.change_standing import StandingChange, change_standing
from trade.flows.edit_person import edit_person
from trade.flows.edit_role import edit_role
from trade.flows.escalate_approval import escalate_approval
from trade.flows.set_person_active import Activity, Handover, hand_over, set_person_active
from trade.orders.models import Order


def pending(cast: Cast) -> Order:
    change_setting("order.approve_above", "10.00")
    order = cast.submit(cast.fill(CP0515=10))
    assert order.approval_state == "pending"
    return order


def asked(cast: Cast, order: Order) -> set[str]:
    """Who is asked about an order by now and could decide it."""
    names = {key: name for name, key in cast.world.people.items()}
    reached = (
        select(ApprovalCandidate.person_id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalCandidate.request_id)
        .where(ApprovalRequest.subject_id == order.id, ApprovalCandidate.level <= ApprovalRequest.level)
    )
    with db.read() as session:
        people = able(session, "order", order.distributor_id)
        return {names[key] for key in session.scalars(reached) if key in people}


def rep_becomes(cast: Cast, who: str, days: int = 0) -> StandingChange:
    key = cast.world.distributors["D1"]
    with db.read() as session:
        version = session.scalars(select(Distributor.version).where(Distributor.id == key)).one()
    day = clock.today() + timedelta(days=days)
    return StandingChange(key, version, day, {"rep_id": cast.world.people[who]})


PASSED: dict[str, tuple[Callable[[Cast], object], set[str]]] = {
    "handed to who comes later": (
        lambda cast: db.run(hand_over, cast["administrator"], handover(cast, "administrator")),
        {"administrator"},
    ),
    "left to who comes later": (
        lambda cast: db.run(set_person_active, cast["administrator"], leaving(cast, "administrator")),
        {"administrator"},
    ),
    "handed to who may not decide": (
        lambda cast: db.run(hand_over, cast["administrator"], handover(cast, "finance")),
        {"administrator"},
    ),
    "left to who may not decide": (
        lambda cast: db.run(set_person_active, cast["administrator"], leaving(cast, "finance")),
        {"administrator"},
    ),
    "left for later": (
        lambda cast: db.run(set_person_active, cast["administrator"], leaving(cast, None)),
        {"manager"},
    ),
    "another team's distributor": (
        lambda cast: db.run(change_standing, cast["administrator"], rep_becomes(cast, "other-rep")),
        {"administrator"},
    ),
    "no place any more": (
        lambda cast: db.run(end_membership, cast["administrator"], Departure(cast.world.people["rep"])),
        {"manager"},
    ),
    "another role": (
        lambda cast: db.run(
            change_membership, cast["administrator"], Place(cast.world.people["rep"], "warehouse")
        ),
        {"manager"},
    ),
}


def handover(cast: Cast, successor: str) -> Handover:
    return Handover(cast.world.people["rep"], cast.world.people[successor])


def leaving(cast: Cast, successor: str | None) -> Activity:
    people = cast.world.people
    return Activity(people["rep"], False, successor and people[successor], is_later=successor is None)


@pytest.mark.parametrize("how", PASSED)
def test_a_request_goes_to_somebody_who_can_decide_it(cast: Cast, how: str):
    order, (deed, wanted) = pending(cast), PASSED[how]
    assert asked(cast, order) == {"rep"}
    deed(cast)
    assert asked(cast, order) == wanted
    assert cast.decide(order.id, "approve", *wanted).approval_state == "approved"


def test_lost_rights_reaches_and_managers_are_made_up_for(cast: Cast):
    order, administrator = pending(cast), cast["administrator"]
    db.run(edit_role, administrator, edit_of("sales_rep", drop={"order.approve"}))
    assert asked(cast, order) == {"manager"}
    later = cast.submit(cast.fill(CP0515=20))  # a rep without the right is not asked in the first place
    assert asked(cast, later) == {"manager"} and cast.world.people["rep"] not in candidates(later.id)
    db.run(edit_person, administrator, profile("rep", manager_id=cast.world.people["other-manager"]))
    assert asked(cast, order) == asked(cast, later) == {"administrator"}
    newest = cast.submit(cast.fill(CP0515=30))
    assert asked(cast, newest) == {"other-manager"}
    db.run(edit_role, administrator, edit_of("sales_manager", reach="own"))
    assert asked(cast, newest) == {"administrator"}


def test_what_only_its_applicant_could_decide_stops_the_change(cast: Cast):
    order, people, administrator = pending(cast), cast.world.people, cast["administrator"]

    def apply_oneself(session, actor, given) -> None:
        session.execute(update(ApprovalRequest).values(applicant_id=people["administrator"]))
        session.execute(
            delete(ApprovalCandidate).where(ApprovalCandidate.person_id == people["administrator"])
        )

    db.run(apply_oneself, OPERATOR, None)
    away = rep_becomes(cast, "other-rep")
    unchanged(change_standing, administrator, away, "approval.nobody_then")
    unchanged(hand_over, administrator, handover(cast, "finance"), "approval.nobody_then")
    unchanged(hand_over, administrator, handover(cast, "administrator"), "approval.nobody_then")
    db.run(add_membership, administrator, Place(people["finance"], "administrator"))
    db.run(change_standing, administrator, away)
    assert asked(cast, order) == {"finance"}


def test_a_change_of_hands_that_was_planned_leaves_no_request_behind(cast: Cast):
    order = pending(cast)
    db.run(change_standing, cast["administrator"], rep_becomes(cast, "other-rep", days=1))
    assert asked(cast, order) == {"rep"}
    with db.read() as session:
        request_id = session.scalars(select(ApprovalRequest.id)).one()
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert asked(cast, order) == set()
        db.run(escalate_approval, OPERATOR, request_id)
        assert asked(cast, order) == {"administrator"}
