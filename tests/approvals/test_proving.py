"""A policy is published only when every path ends at somebody who can decide and is not the applicant."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from tests.approvals.drafting import draft, every, give_up, in_force, policy, publish, rule, step
from tests.flows.cast import Cast
from tests.verify.after import verified
from tests.world import OPERATOR
from trade import db
from trade.approvals.policy import Policy
from trade.distributors.models import Channel, Territory, Tier
from trade.errors import Refused
from trade.flows.edit_policy import PolicyEdit, edit_policy
from trade.flows.publish_policy import PolicyPublication, publish_policy
from trade.people.models import Person, Role

__all__ = ["verified"]
REP, LEADER, ADMIN = "rep", "rep_manager", "role:administrator"
Made = Callable[[Cast], Policy]


def person(cast: Cast, name: str) -> str:
    return f"person:{cast.world.people[name]}"


# name: subject, policy, the problem and the path (rule, step) by which it is named
BAD: dict[str, tuple[str, Made, tuple[str, int, int]]] = {
    "nobody is asked": ("order", lambda cast: policy(), ("no_rules", 0, 0)),
    "a step without approvers": ("order", lambda cast: policy(rule(step())), ("no_approvers", 1, 1)),
    "a rule without steps": ("order", lambda cast: policy(rule(step(REP)), rule()), ("no_steps", 2, 0)),
    "large orders alone": (
        "order",
        lambda cast: policy(rule(step(ADMIN), at_least="5000")),
        ("no_rule", 0, 0),
    ),
    "one tier alone": (
        "order",
        lambda cast: policy(
            rule(step(ADMIN), tiers=frozenset({tier("gold")})),
            rule(step(ADMIN), reasons=frozenset({"order.first"})),
        ),
        ("no_rule", 0, 0),
    ),
    "a hole between two amounts": (
        "order",
        lambda cast: policy(rule(step(ADMIN), below="100"), rule(step(ADMIN), at_least="100.01")),
        ("no_rule", 0, 0),
    ),
    "a rule behind one that takes all": (
        "order",
        lambda cast: policy(rule(step(REP, then=(ADMIN,))), rule(step(ADMIN), at_least="9")),
        ("never", 2, 0),
    ),
    "from more than up to": (
        "order",
        lambda cast: policy(rule(step(ADMIN), at_least="9", below="9"), rule(step(ADMIN))),
        ("amounts_crossed", 1, 0),
    ),
    "who may not decide": (
        "order",
        lambda cast: policy(rule(step(REP, then=(ADMIN,)), step("role:warehouse"))),
        ("nobody", 1, 2),
    ),
    "a colleague of another team": (
        "order",
        lambda cast: policy(rule(every(REP, person(cast, "other-manager")))),
        ("nobody", 1, 1),
    ),
    "a rep who orders for the distributor": ("order", lambda cast: policy(rule(step(REP))), ("own", 1, 1)),
    "all of two, one of them the applicant": (
        "order",
        lambda cast: policy(rule(every(REP, LEADER))),
        ("own", 1, 1),
    ),
    "the only administrator": (
        "order",
        lambda cast: policy(rule(step(REP, then=(LEADER,)), step(ADMIN))),
        ("own", 1, 2),
    ),
    "who cannot sign in": (
        "order",
        lambda cast: policy(rule(step(ADMIN, person(cast, "buyer")))),
        ("unknown_approver", 1, 1),
    ),
    "a role that is not there": (
        "order",
        lambda cast: policy(rule(step(ADMIN, "role:night-watch"))),
        ("unknown_approver", 1, 1),
    ),
    "a rep of some, by name": (
        "order",
        lambda cast: policy(rule(step(person(cast, "rep"), LEADER))),
        ("own", 1, 1),
    ),
    "named twice": ("order", lambda cast: policy(rule(step(REP, then=(ADMIN, REP)))), ("named_twice", 1, 1)),
    "no hours": (
        "order",
        lambda cast: policy(rule(step(REP, then=(ADMIN,), escalate_hours=0))),
        ("hours", 1, 1),
    ),
    "reminded after the deadline": (
        "order",
        lambda cast: policy(rule(step(REP, then=(ADMIN,), escalate_hours=4, remind_hours=5))),
        ("reminded_late", 1, 1),
    ),
    "a tier that is gone": (
        "order",
        lambda cast: policy(rule(step(ADMIN), tiers=frozenset({99_999})), rule(step(ADMIN))),
        ("unknown_terms", 1, 0),
    ),
    "each tier that somebody holds, and no other": (
        "order",
        lambda cast: policy(rule(step(ADMIN, LEADER), tiers=frozenset({tier("gold"), tier("silver")}))),
        ("no_rule", 0, 0),
    ),
    "each channel, and none": (
        "application",
        lambda cast: policy(rule(step(ADMIN), channels=ids(Channel))),
        ("no_rule", 0, 0),
    ),
    "nobody where no rep sells yet": (
        "application",
        lambda cast: policy(rule(step(ADMIN), step(LEADER))),
        ("nobody", 1, 2),
    ),
    "nobody for whom no rep looks after": (
        "order",
        lambda cast: policy(rule(step(REP, LEADER))),
        ("nobody", 1, 1),
    ),
    "a rep who registers for the distributor": (
        "registration",
        lambda cast: policy(
            rule(step(REP), reasons=frozenset({"registration.name"})), rule(step(ADMIN, REP))
        ),
        ("own", 1, 1),
    ),
    "finance lacks the right": (
        "return",
        lambda cast: policy(rule(step("role:finance"))),
        ("nobody", 1, 1),
    ),
}
GOOD: dict[str, tuple[str, Made]] = {
    "the rep, then the rest": ("order", lambda cast: policy(rule(step(REP, then=(LEADER, ADMIN))))),
    "by amount": (
        "order",
        lambda cast: policy(
            rule(step(REP, then=(LEADER, ADMIN)), below="50000"),
            rule(step(REP, then=(LEADER, ADMIN)), step(LEADER, then=(ADMIN,)), at_least="50000"),
        ),
    ),
    "one of three": ("order", lambda cast: policy(rule(step(REP, LEADER, ADMIN)))),
    "two, each with a deputy": (
        "order",
        lambda cast: policy(rule(every(REP, LEADER, then=(ADMIN,)))),
    ),
    "a tier and the others": (
        "order",
        lambda cast: policy(
            rule(step(LEADER, then=(ADMIN,)), tiers=frozenset({tier("gold")})),
            rule(step(REP, LEADER, ADMIN)),
        ),
    ),
    "a reason and the others": (
        "order",
        lambda cast: policy(
            rule(step(LEADER, ADMIN), reasons=frozenset({"order.first"})), rule(step(REP, then=(ADMIN,)))
        ),
    ),
    "somebody by name": ("order", lambda cast: policy(rule(step(person(cast, "administrator"), LEADER)))),
    "with deadlines": (
        "return",
        lambda cast: policy(rule(step(REP, then=(LEADER, ADMIN), remind_hours=4, escalate_hours=8))),
    ),
    "finance for limits": (
        "limit_request",
        lambda cast: policy(rule(step("role:finance", then=(ADMIN,)))),
    ),
    "a change, small and large": (
        "amendment",
        lambda cast: policy(
            rule(step(REP, LEADER, ADMIN), below="1000"), rule(step(LEADER, ADMIN), at_least="1000")
        ),
    ),
    "the manager of a region, or else the administrator": (
        "application",
        lambda cast: policy(rule(step(LEADER, then=(ADMIN,)), step(REP, ADMIN))),
    ),
    "one province with what lies below, and the others": (
        "application",
        lambda cast: policy(rule(step(ADMIN), territories=ids(Territory)), rule(step(ADMIN))),
    ),
    "a tier that nobody holds yet": (
        "order",
        lambda cast: policy(
            rule(step(LEADER, ADMIN), tiers=frozenset({tier("standard")})), rule(step(REP, ADMIN, LEADER))
        ),
    ),
    "everybody again": (
        "order",
        lambda cast: policy(rule(step(REP, then=(ADMIN,)), step(LEADER, ADMIN)), skips_repeats=False),
    ),
}


def tier(code: str) -> int:
    with db.read() as session:
        return session.scalars(select(Tier.id).where(Tier.code == code)).one()


def ids(kind: type[Channel] | type[Territory]) -> frozenset[int]:
    with db.read() as session:
        return frozenset(session.scalars(select(kind.id)))


def test_what_nobody_could_approve_is_not_published(cast: Cast) -> None:
    assert len(BAD) >= 10
    for name, (subject, make, (code, number, at)) in BAD.items():
        before = in_force(subject)
        made = draft(cast, subject, make(cast))
        with pytest.raises(Refused, match="policy.unfit") as refused:
            db.run(publish_policy, cast["administrator"], PolicyPublication(made.id, made.turn))
        paths = {(each["code"], each["rule"], each["step"]) for each in refused.value.facts["problems"]}
        assert (code, number, at) in paths, (name, paths)
        assert in_force(subject).id == before.id, name
        give_up(cast, made)


def test_what_always_finds_somebody_is_published(cast: Cast) -> None:
    assert len(GOOD) >= 10
    for name, (subject, make) in GOOD.items():
        version = in_force(subject).version
        key = publish(cast, subject, make(cast))
        assert (in_force(subject).id, in_force(subject).version) == (key, version + 1), name


def test_the_proof_looks_at_who_is_there_now(cast: Cast) -> None:
    """The same policy is fit with the manager and unfit without; the planted change is taken back by nobody."""
    made = draft(cast, "order", policy(rule(step("rep", then=("rep_manager",)))))
    leave = update(Person).where(Person.id == cast.world.people["manager"]).values(is_active=False)
    db.run(lambda session, actor, given: session.execute(leave) and None, OPERATOR, None)
    with pytest.raises(Refused, match="policy.unfit") as refused:
        db.run(publish_policy, cast["administrator"], PolicyPublication(made.id, made.turn))
    assert {each["code"] for each in refused.value.facts["problems"]} == {"own", "nobody"}


def test_a_draft_is_edited_by_one_at_a_time_and_by_who_may(cast: Cast) -> None:
    made = draft(cast, "order", policy(rule(step("role:administrator"))))
    stale = PolicyEdit(made.id, made.turn - 1, policy())
    with pytest.raises(Refused, match="policy.changed_meanwhile"):
        db.run(edit_policy, cast["administrator"], stale)
    with pytest.raises(Refused, match="access.denied"):
        db.run(publish_policy, cast["rep"], PolicyPublication(made.id, made.turn))
    published = publish(cast, "order", policy(rule(step("rep", "rep_manager", ADMIN))))
    with pytest.raises(Refused, match="policy.changed_meanwhile"):
        db.run(edit_policy, cast["administrator"], PolicyEdit(published, 2, policy()))
    with db.read() as session:
        assert session.scalars(select(Role.id)).all()
    assert in_force("order").id == published
