"""Whatever is done to the people, each open request keeps somebody who can open and decide it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import delete, select, update

from ops.worker import Worker
from press.notice_words import SENTENCES
from tests.flows.cast import Cast, change_setting
from tests.flows.test_people import candidates, edit_of, profile, unchanged
from tests.world import OPERATOR
from trade import clock, db
from trade.approvals import kernel
from trade.approvals.deciders import able
from trade.approvals.kernel import Ask
from trade.approvals.models import ApprovalCandidate, ApprovalPolicy, ApprovalRequest, Whose
from trade.approvals.policy import Policy, Rule, Step, When, dump
from trade.approvals.subjects import SUBJECTS
from trade.audit import AuditEntry
from trade.distributors.models import Distributor
from trade.flows.change_memberships import Departure, Place, add_membership, change_membership, end_membership
from trade.flows.change_standing import StandingChange, change_standing
from trade.flows.edit_person import edit_person
from trade.flows.edit_role import edit_role
from trade.flows.escalate_approval import escalate_approval
from trade.flows.remind_approval import remind_approval
from trade.flows.set_person_active import Activity, Handover, hand_over, set_person_active
from trade.imports.uploads_distributors import _change
from trade.notices.models import Notice, OutboxMessage
from trade.orders.models import Order
from trade.people.models import Person, RolePermission

CURRENT = update(ApprovalPolicy).where(ApprovalPolicy.subject == "order")
OTHERS = sorted(set(SUBJECTS) - {"order"})
AGAIN = [
    *(("remind", each) for each in OTHERS),
    *(
        ("escalate", each) for each in OTHERS if SUBJECTS[each].is_of_distributor
    ),  # else all are asked at once
]


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
        people = able(session, "order", Whose(order.distributor_id))
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


def test_a_role_that_loses_the_right_to_any_kind_of_yes_leaves_nothing_to_nobody(cast: Cast) -> None:
    ask = Ask("registration", 1, 1, cast.world.distributors["D1"], Decimal(0), [], clock.now(), 72, 24)
    db.run(kernel.open_request, cast["owner"], ask)
    level = select(ApprovalRequest.level)
    with db.read() as session:
        first = session.scalars(level).one()
    db.run(edit_role, cast["administrator"], edit_of("sales_manager", drop={"registration.decide"}))
    with db.read() as session:
        assert session.scalars(level).one() > first, "the next one is asked"


def apply_oneself(session, actor, given: int) -> None:
    """The one who keeps the roles is the applicant of all that is open."""
    session.execute(update(ApprovalRequest).values(applicant_id=given))
    session.execute(delete(ApprovalCandidate).where(ApprovalCandidate.person_id == given))


def test_what_only_its_applicant_could_decide_stops_the_change(cast: Cast):
    order, people, administrator = pending(cast), cast.world.people, cast["administrator"]
    db.run(apply_oneself, OPERATOR, people["administrator"])
    unchanged(hand_over, administrator, handover(cast, "finance"), "approval.nobody_then")
    unchanged(hand_over, administrator, handover(cast, "administrator"), "approval.nobody_then")
    db.run(add_membership, administrator, Place(people["finance"], "administrator"))
    db.run(change_standing, administrator, rep_becomes(cast, "other-rep"))
    assert asked(cast, order) == {"finance"}


def test_for_want_of_those_who_keep_the_roles_whoever_could_decide_is_asked(cast: Cast):
    order, people = pending(cast), cast.world.people
    db.run(apply_oneself, OPERATOR, people["administrator"])
    db.run(change_standing, cast["administrator"], rep_becomes(cast, "other-rep"))
    assert asked(cast, order) == {"other-rep", "other-manager"}


def test_an_order_is_never_refused_because_a_policy_names_nobody(cast: Cast) -> None:
    """No rule means it, its approvers left, the keepers may not decide: those who keep the roles are asked at last."""
    people, gone = cast.world.people, [cast.world.people[each] for each in ("rep", "manager")]

    def holds(*rules: Rule) -> None:
        content = {"content": dump(Policy(rules))}
        db.run(
            lambda session, actor, given: session.execute(CURRENT.values(content)) and None, OPERATOR, None
        )

    holds(Rule((Step(("role:finance",)),), When(reasons=frozenset({"order.huge"}))))
    order = pending(cast)
    assert candidates(order.id) == {people["administrator"]}
    assert cast.decide(order.id, "approve", "administrator").approval_state == "approved"
    holds(Rule((Step(("rep",)), Step(("rep_manager",)))))
    leave = update(Person).where(Person.id.in_(gone)).values(is_active=False)
    db.run(lambda session, actor, given: session.execute(leave) and None, OPERATOR, None)
    order = pending(cast)
    assert candidates(order.id) == {people["administrator"]}
    assert cast.decide(order.id, "approve", "administrator").approval_state == "approved"
    drop = delete(RolePermission).where(RolePermission.permission == "order.approve")
    db.run(lambda session, actor, given: session.execute(drop) and None, OPERATOR, None)
    assert candidates(pending(cast).id) == {people["administrator"]}, "who can give the right to somebody"
    with db.read() as session:
        told = session.scalars(select(AuditEntry.event).where(AuditEntry.event == "approval.kept")).all()
    assert len(told) >= 3


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


@pytest.mark.parametrize(("word", "subject"), AGAIN)
def test_whoever_is_asked_hears_of_it_again_whatever_it_is_about(cast: Cast, word: str, subject: str) -> None:
    known = SUBJECTS[subject]
    home = cast.world.distributors["D1"] if known.is_of_distributor else None
    applicant = cast["buyer"] if known.is_of_distributor else cast["marketing"]
    ask = Ask(subject, 4711, 1, home, Decimal("100.00"), [], clock.now(), 72, 24, title="AP1 厦门鑫禾源")
    db.run(kernel.open_request, applicant, ask)
    with db.read() as session:
        request_id = session.scalars(select(ApprovalRequest.id)).one()

    def waited(session, actor, given) -> None:
        late = clock.now() - timedelta(hours=1)
        request = session.scalars(select(ApprovalRequest).where(ApprovalRequest.id == request_id)).one()
        request.remind_at = request.escalate_at = late
        session.execute(delete(OutboxMessage))

    db.run(waited, OPERATOR, None)
    db.run(remind_approval if word == "remind" else escalate_approval, OPERATOR, request_id)
    Worker().drain()
    with db.read() as session:
        (message,) = session.scalars(select(OutboxMessage)).all()
        told = set(session.scalars(select(Notice.person_id).where(Notice.outbox_id == message.id)))
        wanted = select(ApprovalCandidate.person_id).where(ApprovalCandidate.request_id == request_id)
        reached = set(
            session.scalars(wanted.where(ApprovalCandidate.level <= request_level(session, request_id)))
        )
        facts = session.scalars(select(Notice.facts).where(Notice.outbox_id == message.id)).first() or {}
    assert message.topic == f"{subject}.pending" and message.topic in SENTENCES and told == reached != set()
    if subject == "application":
        assert (facts["number"], facts["company"]) == ("AP1", "厦门鑫禾源")


def test_when_nobody_further_is_left_it_is_said_and_again_when_it_is_overdue(cast: Cast) -> None:
    """Whatever it is about: to those who are asked, to who asked for it, and to those who keep the roles."""
    people, far = cast.world.people, 40
    for number, (subject, known) in enumerate(((each, SUBJECTS[each]) for each in OTHERS), start=1):
        home = cast.world.distributors["D1"] if known.is_of_distributor else None
        who = "buyer" if home else "marketing"
        ask = Ask(subject, number, 1, home, Decimal("1.00"), [], clock.now(), far, 24, title=f"T{number}")
        due_at = db.run(kernel.open_request, cast[who], ask)
        with db.read() as session:
            key = session.scalars(select(ApprovalRequest.id).where(ApprovalRequest.subject == subject)).one()

        def last_level(session, actor, given, key=key) -> None:
            top = update(ApprovalCandidate).where(ApprovalCandidate.request_id == key).values(level=1)
            session.execute(top)

        db.run(last_level, OPERATOR, None)
        db.run(escalate_approval, OPERATOR, key)
        assert told_of(key) == {}, "not before its time"
        for hours, again in ((24, due_at), (far, due_at + timedelta(hours=24))):
            with time_machine.travel(clock.now() + timedelta(hours=hours, seconds=1), tick=False):
                db.run(escalate_approval, OPERATOR, key)
                Worker().drain()
                with db.read() as session:
                    request = session.scalars(select(ApprovalRequest).where(ApprovalRequest.id == key)).one()
                assert abs(request.escalate_at - again) < timedelta(minutes=1), subject
        told = told_of(key)
        assert set(told) == {"approval.unanswered"} and told["approval.unanswered"] == {
            people[who],
            people["administrator"],
        }, subject


def told_of(request_id: int) -> dict[str, set[int]]:
    """Who was told what about a request by its own id."""
    told: dict[str, set[int]] = {}
    with db.read() as session:
        for topic, facts, person_id in session.execute(select(Notice.topic, Notice.facts, Notice.person_id)):
            if facts.get("request_id") == request_id:
                told.setdefault(topic, set()).add(person_id)
    return told


def request_level(session, request_id: int) -> int:
    return session.scalars(select(ApprovalRequest.level).where(ApprovalRequest.id == request_id)).one()


def test_a_rep_changed_by_a_file_leaves_no_request_behind(cast: Cast) -> None:
    order = pending(cast)
    home = cast.world.distributors["D1"]
    with db.read() as session:
        found = session.scalars(select(Distributor).where(Distributor.id == home)).one()
        before = {each.name: getattr(found, each.name) for each in Distributor.__table__.columns}
    moved = {"rep_id": cast.world.people["other-rep"]}
    payload = {"before": before, "profile": {}, "standing": moved, "address": None, "place": None}
    line = SimpleNamespace(name=before["code"], changes=[], payload=payload)
    db.run(lambda session, actor, given: _change(session, actor, [line]), cast["administrator"], None)
    with db.read() as session:
        can = able(session, "order", Whose(home))
        topics = set(session.scalars(select(OutboxMessage.topic)))
    assert {cast.world.people[name] for name in asked(cast, order)} & can
    assert {"distributor.assigned", "distributor.handed_over", "order.pending"} <= topics
