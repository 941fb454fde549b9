"""Months of asking, deciding, leaving, coming back and changing the rules, at random, beside what must always hold."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import time_machine
from sqlalchemy import func, select

from ops.rounds import lying_approvals, unanswered_approvals
from tests.approvals import house
from tests.approvals.drafting import every, policy, rule, step
from tests.flows.cast import Cast
from tests.flows.test_people import edit_of
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import EVERYONE, Actor, Permission
from trade.approvals import kernel
from trade.approvals import policy as rules_of
from trade.approvals.kernel import Ask, Verdict
from trade.approvals.models import (
    ApprovalCandidate,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalRequest,
)
from trade.approvals.policy import Policy
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.change_memberships import Place, add_membership
from trade.flows.change_standing import StandingChange, change_standing
from trade.flows.edit_person import Profile, edit_person
from trade.flows.edit_policy import PolicyEdit, draft_policy, edit_policy
from trade.flows.edit_role import edit_role
from trade.flows.escalate_approval import escalate_approval
from trade.flows.publish_policy import PolicyPublication, publish_policy
from trade.flows.remind_approval import remind_approval
from trade.flows.set_absence import Away, end_absence, set_absence
from trade.flows.set_person_active import Activity, Handover, hand_over, set_person_active
from trade.people.models import Absence, Person

SUBJECT = "amendment"
STAFF = ("rep", "other-rep", "manager", "other-manager", "finance", "marketing", "administrator")
REP, LEADER, ADMIN = "rep", "rep_manager", "role:administrator"
OVER = {"approved", "rejected", "returned", "withdrawn"}


class Walk:
    """One house of seven people and two distributors; every step is a real flow, or the kernel as flows call it."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.random, self.number = cast, Random(seed), 0
        self.asked: dict[int, int] = {}  # by request the policy under which it was opened
        self.over: set[int] = set()  # requests that ended and were looked at
        self.ended = 0  # of them before the rest was brought to an end
        self.found: Counter[str] = Counter()  # what must never be, by kind
        self.looked: Counter[str] = Counter()  # at how many it was looked for
        self.could: dict[int, set[int]] = {}  # by open request who could decide it when it was last looked at
        self.short = 0  # looks at requests that wait until there are as many people as they demand
        self.told = ""  # how it came to the first
        self.done: dict[str, int] = {}
        self.trace: deque[object] = deque(maxlen=12)  # told when something does not hold
        self.travel = time_machine.travel(clock.now(), tick=False)
        self.clock = self.travel.start()
        self.people = {name: cast.world.people[name] for name in STAFF}
        self.keeper = cast["administrator"]
        db.run(add_membership, self.keeper, Place(self.people["marketing"], "administrator"))
        self.moves: Sequence[tuple[int, Callable[[], None]]] = (
            (30, self.ask),
            (60, self.decide),
            (5, self.add),
            (3, self.withdraw),
            (6, self.publish),
            (6, self.go_or_come),
            (3, self.pass_on),
            (4, self.report_to),
            (6, self.be_away),
            (3, self.be_back),
            (4, self.edit_rights),
            (4, self.change_hands),
            (8, self.wait),
        )

    def go(self, steps: int, stop: frozenset[str] = frozenset()) -> None:
        """Take steps, and bring to an end what is open then; sooner where something is seen that is looked for."""
        try:
            for _ in range(steps):
                weights = [weight for weight, _move in self.moves]
                _weight, move = self.random.choices(self.moves, weights)[0]
                self.trace.append(move.__name__)
                move()
                self.done[move.__name__] = self.done.get(move.__name__, 0) + 1
                self.check()
                if stop & set(+self.found):
                    return
            self.ended = len(self.over)
            self.drain()
            self.check()
        finally:
            self.travel.stop()

    # what people do

    def ask(self) -> None:
        self.number += 1
        applicant = self.random.choice((*STAFF, "buyer", "buyer", "buyer"))
        ask = Ask(
            SUBJECT,
            self.number,
            1,
            self.random.choice((1, 2)),
            Decimal(self.random.choice(("50.00", "5000.00", "90000.00"))),
            [{"code": self.random.choice(("order.first", "order.large"))}],
            clock.now(),
            72,
            24,
        )
        self.try_(kernel.open_request, self.actor(applicant), ask)

    def decide(self) -> None:
        request = self.some_request()
        if request is None:
            return
        asked = [each for each in STAFF if self.can_open(each, request)]
        who = self.random.choice(asked or STAFF)
        word = self.random.choice(("approve",) * 8 + ("reject", "return"))
        self.decide_as(request, who, word)

    def decide_as(self, request: ApprovalRequest, who: str, word: str) -> bool:
        """As a page does it: somebody who signed in, holds the right and reaches the distributor."""
        if not self.can_open(who, request):
            return False
        before = self.state_of(request.id)

        def flow(session: Any, actor: Actor, given: None) -> str:
            found = kernel.get_open(session, actor, SUBJECT, request.subject_id)
            return kernel.decide(session, actor, found, Verdict(found.id, found.version, word, "because"))

        if self.try_(flow, self.actor(who), None) is None:
            assert self.state_of(request.id) == before
            return False
        return True

    def add(self) -> None:
        request = self.some_request()
        who, other = self.random.choice(STAFF), self.random.choice(STAFF)
        if request is None or not self.can_open(who, request):
            return

        def flow(session: Any, actor: Actor, given: None) -> None:
            found = kernel.get_open(session, actor, SUBJECT, request.subject_id)
            kernel.add_turn(session, actor, found, self.people[other], "please look too")

        self.try_(flow, self.actor(who), None)

    def withdraw(self) -> None:
        if request := self.some_request():
            self.try_(
                lambda session, actor, given: kernel.close(
                    session,
                    kernel.find_open(session, SUBJECT, request.subject_id),
                    "withdrawn",
                    request.version,
                ),
                OPERATOR,
                None,
            )

    def publish(self) -> None:
        content = self.random.choice(self.policies())
        key = self.try_(draft_policy, self.keeper, SUBJECT)
        with db.read() as session:
            turn = session.scalar(select(ApprovalPolicy.turn).where(ApprovalPolicy.id == key))
        self.try_(edit_policy, self.keeper, PolicyEdit(key, turn, content))
        self.try_(publish_policy, self.keeper, PolicyPublication(key, turn + 1))

    def policies(self) -> list[Policy]:
        named = f"person:{self.people['administrator']}"
        return [
            policy(rule(step(REP, then=(LEADER, ADMIN)))),
            policy(rule(step(REP, LEADER, ADMIN), step(LEADER, ADMIN, remind_hours=5))),
            policy(rule(every(REP, LEADER, then=(ADMIN,))), skips_repeats=False),
            policy(rule(every(LEADER, ADMIN, then=(named, REP))), skips_repeats=False),
            policy(
                rule(step(REP, then=(ADMIN,)), below="100"),
                rule(step(ADMIN), step(LEADER, ADMIN), at_least="100"),
            ),
            policy(rule(step(LEADER, ADMIN), reasons=frozenset({"order.first"})), rule(step(ADMIN, REP))),
            policy(rule(step(REP))),
        ]

    def go_or_come(self) -> None:
        who = self.random.choice(STAFF)
        with db.read() as session:
            is_active = session.scalar(select(Person.is_active).where(Person.id == self.people[who]))
        given = Activity(self.people[who], not is_active, is_later=True)
        self.try_(
            set_person_active, self.keeper if who != "administrator" else self.actor("marketing"), given
        )

    def pass_on(self) -> None:
        one, other = self.random.sample(STAFF, 2)
        self.try_(hand_over, self.keeper, Handover(self.people[one], self.people[other]))

    def report_to(self) -> None:
        who = self.random.choice(("rep", "other-rep"))
        with db.read() as session:
            person = session.scalars(select(Person).where(Person.id == self.people[who])).one()
        leader = self.people[self.random.choice(("manager", "other-manager"))]
        names = person.name, person.phone, person.email, person.user_name
        self.try_(edit_person, self.keeper, Profile(person.id, person.version, *names, leader))

    def be_away(self) -> None:
        one, other = self.random.sample(STAFF, 2)
        first = clock.today() + timedelta(days=self.random.randint(0, 2))
        until = first + timedelta(days=self.random.randint(1, 6))
        self.try_(set_absence, self.keeper, Away(self.people[one], self.people[other], first, until))

    def be_back(self) -> None:
        with db.read() as session:
            keys = session.scalars(select(Absence.id).where(Absence.until > clock.today())).all()
        if keys:
            self.try_(end_absence, self.keeper, self.random.choice(keys))

    def edit_rights(self) -> None:
        code = self.random.choice(("sales_rep", "sales_manager", "finance"))
        change: dict[str, Any] = {self.random.choice(("add", "drop")): {Permission.ORDER_APPROVE.value}}
        self.try_(edit_role, self.keeper, edit_of(code, **change))

    def change_hands(self) -> None:
        with db.read() as session:
            company = session.scalars(
                select(Distributor).where(Distributor.id == self.random.choice((1, 2)))
            ).one()
        rep = self.people[self.random.choice(("rep", "other-rep"))]
        given = StandingChange(company.id, company.version, clock.today(), {"rep_id": rep})
        self.try_(change_standing, self.keeper, given)

    def wait(self) -> None:
        """Hours pass, and the worker looks for what is due."""
        hours = self.random.choice((1, 6, 25, 50))
        self.clock.shift(timedelta(hours=hours))
        with db.read() as session:
            late = {each.payload["request_id"] for each in unanswered_approvals(session, clock.now())}
            lying = [each.payload["request_id"] for each in lying_approvals(session, clock.now())]
        for key in sorted(late):
            db.run(escalate_approval, OPERATOR, key)
        for key in lying:
            db.run(remind_approval, OPERATOR, key)
        if hours > 24:
            self.could.clear()

    # what must always hold

    def check(self) -> None:
        with db.read() as session:
            today = house.of_today(session)
            self.own_hands(session)
            self.one_yes_each(session)
            self.nothing_lost(session, today)
            self.as_published(session)

    def see(self, kind: str, looked: int, found: int) -> None:
        """Count what was looked at, and what must never be; how it came to the first is kept."""
        self.looked[kind] += looked
        self.found[kind] += found
        if found and not self.told:
            self.told = f"{kind}: {list(self.trace)}"

    def own_hands(self, session: Any) -> None:
        """Nobody said yes, no or anything about their own request; all decisions since are looked at."""
        rows = session.execute(
            select(ApprovalDecision.person_id, ApprovalDecision.for_person_id, ApprovalRequest.applicant_id)
            .join(ApprovalRequest, ApprovalRequest.id == ApprovalDecision.request_id)
            .where(self.mine())
        ).all()
        own = [each for each in rows if each.applicant_id in (each.person_id, each.for_person_id)]
        self.looked["own"] = self.found["own"] = 0  # all of them each time
        self.see("own", len(rows), len(own))

    def one_yes_each(self, session: Any) -> None:
        """Of a step nobody took two turns."""
        taken = select(
            ApprovalCandidate.request_id,
            ApprovalCandidate.step,
            ApprovalCandidate.taken_by_id,
            func.count(ApprovalCandidate.place.distinct()),
        ).where(ApprovalCandidate.taken_by_id.is_not(None))
        keys = (ApprovalCandidate.request_id, ApprovalCandidate.step, ApprovalCandidate.taken_by_id)
        counts = [count for *_, count in session.execute(taken.group_by(*keys))]
        self.looked["twice"] = self.found["twice"] = 0
        self.see("twice", len(counts), sum(1 for count in counts if count > 1))

    def nothing_lost(self, session: Any, today: house.House) -> None:
        """Each open request can be brought to an end by people who are there, as the model has it."""
        states = session.execute(select(ApprovalRequest.id, ApprovalRequest.state).where(self.mine())).all()
        assert len(states) == len(self.asked) and {state for _, state in states} <= OVER | {"open"}
        waiting = list(self.open(session))
        lost = 0
        for each in waiting:
            could = house.could(today, each)
            is_known = bool(could & self.could.setdefault(each.id, could))  # not since a moment ago alone
            lost += is_known and house.unanswered(session, today, each)
        self.see("lost", len(waiting), lost)
        self.short += sum(1 for each in waiting if house.waits(session, today, each))
        if waiting:
            request = self.random.choice(waiting)
            for who in STAFF:
                wanted = house.may_decide(session, today, self.people[who], request)
                is_so = kernel.may_decide(session, self.actor_of(who, today), request)
                self.see("unlike", 1, int(wanted != is_so))

    def asked_at_once(self, session: Any, request: ApprovalRequest) -> None:
        """A new request asks for each yes those who are there and come first in its policy, as the model has it."""
        today = house.of_today(session)
        content = session.scalar(select(ApprovalPolicy.content).where(ApprovalPolicy.id == request.policy_id))
        step = rules_of.load(content).rules[request.rule].steps[0]
        turns = house.open_turns(session, request)
        for at, words in enumerate(step.turns, start=1):
            wanted = today.nearest(words, step, request.distributor_id, request.applicant_id)
            allowed = set().union(
                *(today.named(each, request.distributor_id) for each in (*words, *step.then))
            ) | today.holding(house.KEEPS)
            keepers = today.there(today.holding(house.KEEPS), request.distributor_id, {request.applicant_id})
            if not keepers or len(step.turns) > 1:
                allowed |= today.able(request.distributor_id)  # for want of keepers whoever could decide
            asked = turns.get(at, set())
            self.see("wrongly asked", 1, int(not wanted <= asked or not asked <= allowed))

    def as_published(self, session: Any) -> None:
        """A request asks for what the version said under which it was opened, whatever was published since."""
        for key, policy_id in self.asked.items():
            if key in self.over:
                continue
            request = session.get(ApprovalRequest, key)
            assert request.policy_id == policy_id
            content = session.scalar(select(ApprovalPolicy.content).where(ApprovalPolicy.id == policy_id))
            steps = rules_of.load(content).rules[request.rule].steps
            wanted = [list(each) for one in steps[: request.step] for each in one.turns]
            turns = [first for first, *_ in self.turns(session, key) if first.added_by_id is None]
            assert [each.approvers for each in turns][: len(wanted)] == wanted
            said = [each for each in turns if each.step < request.step or request.state == "approved"]
            assert all(each.state in {"approved", "skipped"} for each in said)
            if request.state == "approved":
                assert max(each.step for each in turns) == len(steps), "approved before the last step"
            if request.state in OVER:
                self.over.add(key)

    def drain(self) -> None:
        """Whatever is open at the end is brought to an end by those who are asked."""
        idle, before = 0, -1
        while idle < 6:
            with db.read() as session:
                waiting = list(self.open(session))
            if not waiting:
                return
            idle = idle + 1 if len(waiting) == before else 0
            if idle == 2:
                self.let_in()
            before = len(waiting)
            for request in waiting:
                any(self.decide_as(request, who, "approve") for who in STAFF)
            self.clock.shift(timedelta(hours=25))
            self.wait()
        raise AssertionError(f"requests {[each.id for each in waiting]} never came to an end")

    def let_in(self) -> None:
        """Those who keep the roles make good what the house lacks: one more who decides and keeps."""
        self.try_(set_person_active, self.keeper, Activity(self.people["finance"], True))
        self.try_(add_membership, self.keeper, Place(self.people["finance"], "administrator"))

    # hands

    def try_(self, flow: Any, actor: Actor, given: Any) -> Any:
        """Run a flow; what is refused counts, and must have changed nothing that check() looks at."""
        try:
            self.trace.append((getattr(flow, "__name__", ""), actor.person_id, given))
            answer = db.run(flow, actor, given)
        except Refused as refusal:
            self.trace.append(refusal.code)
            self.done[refusal.code] = self.done.get(refusal.code, 0) + 1
            return None
        if flow is kernel.open_request:
            with db.read() as session:
                request = kernel.find_open(session, SUBJECT, self.number)
                assert request is not None
                self.asked[request.id] = request.policy_id
                self.asked_at_once(session, request)
        return answer

    def actor(self, who: str) -> Actor:
        """Whoever it is, with everything that a page would have tested; the kernel does not ask for it."""
        with db.read() as session:
            return self.actor_of(who, house.of_today(session))

    def actor_of(self, who: str, today: house.House) -> Actor:
        key = self.cast.world.people[who]
        whom = frozenset(today.works_for(key)) - {key}
        return Actor(f"test {who}", key, None, EVERYONE, frozenset(Permission), None, whom)

    def can_open(self, who: str, request: ApprovalRequest) -> bool:
        """Signed in, with the right, and within reach, be it of somebody who is away."""
        with db.read() as session:
            today = house.of_today(session)
        if who not in self.people or self.people[who] not in today.holding(house.RIGHT):
            return False
        return bool(today.able(request.distributor_id) & today.works_for(self.people[who]))

    def some_request(self) -> ApprovalRequest | None:
        with db.read() as session:
            found = list(self.open(session))
        return self.random.choice(found) if found else None

    def open(self, session: Any) -> Sequence[ApprovalRequest]:
        is_open = select(ApprovalRequest).where(self.mine(), ApprovalRequest.state == "open")
        return session.scalars(is_open.order_by(ApprovalRequest.id)).all()

    def turns(self, session: Any, key: int) -> list[list[ApprovalCandidate]]:
        """Whoever may take each turn of a request, by place; they agree in how it stands."""
        mine = select(ApprovalCandidate).where(ApprovalCandidate.request_id == key)
        by_place: dict[int, list[ApprovalCandidate]] = {}
        for each in session.scalars(mine.order_by(ApprovalCandidate.place, ApprovalCandidate.id)):
            by_place.setdefault(each.place, []).append(each)
        for each in by_place.values():
            assert len({(one.step, one.state, one.taken_by_id, *one.approvers) for one in each}) == 1
        return list(by_place.values())

    def mine(self) -> Any:
        return ApprovalRequest.subject == SUBJECT

    def state_of(self, key: int) -> tuple[Any, ...]:
        """Everything of a request, so that a refusal can be seen to have changed nothing."""
        with db.read() as session:
            request = session.get(ApprovalRequest, key)
            turns = session.execute(
                select(ApprovalCandidate.place, ApprovalCandidate.person_id, ApprovalCandidate.state).where(
                    ApprovalCandidate.request_id == key
                )
            ).all()
            said = session.scalar(
                select(func.count()).select_from(ApprovalDecision).where(ApprovalDecision.request_id == key)
            )
        return request.state, request.version, request.step, sorted(map(tuple, turns)), said
