"""Who stands in for whom, day by day: no chain of substitutes ever comes back to where it began."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops.rounds import unanswered_approvals
from tests.flows.cast import Cast
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import EVERYONE, Actor, Permission
from trade.approvals import kernel
from trade.approvals.kernel import Ask, Verdict
from trade.approvals.models import ApprovalCandidate, ApprovalPolicy, ApprovalRequest
from trade.approvals.policy import Policy, Rule, Step, dump
from trade.errors import Refused
from trade.flows.change_memberships import Place, add_membership
from trade.flows.escalate_approval import escalate_approval
from trade.flows.set_absence import Away, Kept, set_absence
from trade.flows.set_person_active import Activity, Handover, hand_over, set_person_active
from trade.people.absences import standing_in, stood_for
from trade.people.models import Absence, Person

PEOPLE = ("rep", "other-rep", "manager", "finance", "marketing")
DAYS, TRIES = 14, 160


SUBJECT, RIGHTS = "amendment", frozenset(Permission)
DAY = timedelta(days=1)


def staff(cast: Cast, who: str) -> Actor:
    """Somebody with everything that a page would have tested."""
    key = cast.world.people[who]
    with db.read() as session:
        whom = session.scalars(select(stood_for(select(Person.id).where(Person.id == key)).c[0])).all()
    return Actor(f"test {who}", key, None, EVERYONE, RIGHTS, None, frozenset(whom) - {key})


def ask(cast: Cast, who: str, number: int = 1) -> int:
    home = cast.world.distributors["D1"]
    asked = Ask(SUBJECT, number, 1, home, Decimal("100.00"), [], clock.now(), 72, 24)
    db.run(kernel.open_request, cast["buyer"] if who == "buyer" else staff(cast, who), asked)
    with db.read() as session:
        return session.scalars(select(ApprovalRequest.id).where(ApprovalRequest.subject_id == number)).one()


def answer(cast: Cast, who: str, number: int = 1) -> str:
    def flow(session: Session, actor: Actor, given: None) -> str:
        found = kernel.get_open(session, actor, SUBJECT, number)
        return kernel.decide(session, actor, found, Verdict(found.id, found.version, "approve", ""))

    try:
        return db.run(flow, staff(cast, who), None)
    except Refused as refusal:
        return refusal.code


def away(cast: Cast, who: str, deputy: str, days: int = 0, last: int = 3) -> Kept:
    first, people = clock.today() + timedelta(days=days), cast.world.people
    return db.run(
        set_absence, cast["administrator"], Away(people[who], people[deputy], first, first + last * DAY)
    )


def holds(cast: Cast, *steps: Step, **more: bool) -> None:
    """In force without proof, as it may have become since it was published."""
    content = {"content": dump(Policy((Rule(steps),), **more))}
    current = update(ApprovalPolicy).where(ApprovalPolicy.subject == SUBJECT).values(content)
    db.run(lambda session, actor, given: session.execute(current) and None, OPERATOR, None)


def test_nobody_waits_for_who_is_away_while_the_applicant_does_their_work(cast: Cast) -> None:
    """The applicant stands in at the end of a chain: at once, from today on, and from a day that was planned."""
    holds(cast, Step(("rep",)))
    ask(cast, "manager", 1)
    assert away(cast, "rep", "other-rep", days=2).unanswered == []
    assert away(cast, "other-rep", "manager", days=2).unanswered == []
    assert answer(cast, "administrator", 1) == "approval.not_yours"
    with time_machine.travel(clock.now() + 2 * DAY, tick=False), db.read() as session:
        (late,) = [
            each for each in unanswered_approvals(session, clock.now()) if str(clock.today()) in each.key
        ]
    with time_machine.travel(clock.now() + 2 * DAY, tick=False):
        db.run(escalate_approval, OPERATOR, late.payload["request_id"])
        assert answer(cast, "manager", 1) == "approval.not_yours", "never the applicant"
        assert answer(cast, "administrator", 1) == "approved"
        ask(cast, "manager", 2)
        assert answer(cast, "administrator", 2) == "approved"
        ask(cast, "buyer", 3)
        assert (
            answer(cast, "administrator", 3) == "approval.not_yours"
            and answer(cast, "manager", 3) == "approved"
        )
    holds(cast, Step(("rep",), then=("rep_manager", "role:administrator")))
    ask(cast, "manager", 4)
    kept = away(cast, "rep", "manager", last=1)
    assert kept.unanswered == [] and answer(cast, "administrator", 4) == "approved", (
        "the next one is asked now"
    )
    holds(cast, Step(("rep", "rep_manager")))
    told = ["amendment", "order", "registration", "return"]
    assert away(cast, "manager", "administrator", last=1).unanswered == told, (
        "the administrator may ask as well"
    )


def test_what_is_handed_to_somebody_who_is_away_waits_for_somebody_else_too(cast: Cast) -> None:
    people = cast.world.people
    holds(cast, Step(("rep",)))
    ask(cast, "manager", 1)
    away(cast, "other-rep", "manager")
    db.run(hand_over, cast["administrator"], Handover(people["rep"], people["other-rep"]))
    assert answer(cast, "manager", 1) == "approval.not_yours", "never the applicant"
    assert answer(cast, "administrator", 1) == "approved"


def test_who_led_the_rep_before_is_not_waited_for(cast: Cast) -> None:
    """The request waits for the manager; the rep who comes has another one, and that one does not reach it either."""
    people = cast.world.people
    holds(cast, Step(("rep_manager",)))
    ask(cast, "buyer", 1)
    led = update(Person).where(Person.id == people["other-rep"]).values(manager_id=None)
    db.run(lambda session, actor, given: session.execute(led) and None, OPERATOR, None)
    db.run(hand_over, cast["administrator"], Handover(people["rep"], people["other-rep"]))
    assert answer(cast, "administrator", 1) == "approved"


def test_two_yeses_are_those_of_two_people_also_when_one_does_the_work_of_both(cast: Cast) -> None:
    people = cast.world.people
    db.run(add_membership, cast["administrator"], Place(people["marketing"], "administrator"))
    holds(cast, Step(("rep", "rep_manager"), "all"), Step(("role:administrator",)))
    ask(cast, "buyer", 1)
    for who in ("rep", "manager"):
        away(cast, who, "administrator")
    assert answer(cast, "administrator", 1) == "open"
    assert answer(cast, "administrator", 1) == "approval.not_yours", "one tap, one yes"
    assert answer(cast, "marketing", 1) == "approved", "they said yes before, and are not asked again"
    holds(cast, Step(("rep", "rep_manager"), "all"), Step(("role:administrator",)), skips_repeats=False)
    ask(cast, "buyer", 2)
    told = [answer(cast, who, 2) for who in ("marketing", "marketing", "administrator", "administrator")]
    assert told == ["open", "approval.not_yours", "next", "approved"]
    with db.read() as session:
        turns = session.execute(
            select(ApprovalCandidate.place, ApprovalCandidate.taken_by_id)
            .join(ApprovalRequest, ApprovalRequest.id == ApprovalCandidate.request_id)
            .where(ApprovalRequest.subject_id == 2, ApprovalCandidate.step == 1)
            .distinct()
        ).all()
    assert {who for _, who in turns} == {people["marketing"], people["administrator"]} and len(turns) == 2


def test_who_leaves_decides_for_nobody_and_nobody_for_them(cast: Cast) -> None:
    """What has not begun never was; what has begun ends today; that of others stays."""
    away(cast, "rep", "other-rep")
    away(cast, "manager", "other-manager", days=1)
    away(cast, "other-rep", "other-manager", days=2)
    away(cast, "finance", "administrator")
    before = {(each.person_id, each.substitute_id): each.until for each in kept_absences()}
    leave = Activity(cast.world.people["other-rep"], False, cast.world.people["rep"])
    db.run(set_person_active, cast["administrator"], leave)
    after = {(each.person_id, each.substitute_id): each.until for each in kept_absences()}
    names = cast.world.people
    assert (names["other-rep"], names["other-manager"]) not in after
    assert (names["rep"], names["other-rep"]) not in after, "begun today: it never held a day"
    gone = {(names["rep"], names["other-rep"]), (names["other-rep"], names["other-manager"])}
    assert after == {key: until for key, until in before.items() if key not in gone}
    with time_machine.travel(clock.now() + 2 * DAY, tick=False):
        db.run(
            set_person_active, cast["administrator"], Activity(names["other-manager"], False, is_later=True)
        )
        left = {(each.person_id, each.substitute_id): each.until for each in kept_absences()}
        assert left[names["manager"], names["other-manager"]] == clock.today(), (
            "begun yesterday: it ends today"
        )
        assert standing(names["manager"]) == {names["manager"]}


def kept_absences() -> list[Absence]:
    with db.read() as session:
        return list(session.scalars(select(Absence)))


def test_no_chain_of_substitutes_comes_back_on_any_day(cast: Cast) -> None:
    """Each answer is held against a model that follows every chain on every single day."""
    chance, today = Random(7), clock.today()
    people = [cast.world.people[name] for name in PEOPLE]
    for each in people:
        db.run(add_membership, cast["administrator"], Place(each, "administrator"))
    set_so_far: list[Away] = []
    told: dict[str, int] = {}
    for _ in range(TRIES):
        away, deputy = chance.sample(people, 2)
        begin = chance.randrange(DAYS)
        days = (today + timedelta(days=begin), today + timedelta(days=begin + chance.randint(1, 4)))
        given = Away(away, deputy, *days)
        answer = "set"
        try:
            db.run(set_absence, cast["administrator"], given)
        except Refused as refusal:
            answer = refusal.code
        assert answer == expected(set_so_far, given), (given, set_so_far)
        told[answer] = told.get(answer, 0) + 1
        if answer == "set":
            set_so_far.append(given)
    assert min(told[each] for each in ("set", "absence.overlaps", "absence.circle")) >= 8, told
    with time_machine.travel(clock.now(), tick=False) as moment:
        for day in range(0, DAYS, 3):
            moment.move_to(clock.now() + timedelta(days=3 if day else 0))
            for each in people:
                assert standing(each) == {each, *chain(set_so_far, each, today + timedelta(days=day))}


def expected(before: list[Away], given: Away) -> str:
    days = [given.from_day + timedelta(days=n) for n in range((given.until - given.from_day).days)]
    if any(deputy_of(before, given.person_id, day) for day in days):
        return "absence.overlaps"
    is_circle = any(
        given.person_id in (given.substitute_id, *chain(before, given.substitute_id, day)) for day in days
    )
    return "absence.circle" if is_circle else "set"


def deputy_of(absences: list[Away], person_id: int, day: date) -> int | None:
    for each in absences:
        if each.person_id == person_id and each.from_day <= day < each.until:
            return each.substitute_id
    return None


def chain(absences: list[Away], person_id: int, day: date) -> list[int]:
    """Everybody who decides for the person on a day, one after the other."""
    found: list[int] = []
    deputy = deputy_of(absences, person_id, day)
    while deputy is not None:
        assert deputy not in found, "a circle"
        found.append(deputy)
        deputy = deputy_of(absences, deputy, day)
    return found


def standing(person_id: int) -> set[int]:
    with db.read() as session:
        return set(session.scalars(standing_in(select(Person.id).where(Person.id == person_id))))
