"""Who may give what to whom: nobody more than they hold, somebody always keeps the keys, no request waits for nobody."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.flows.cast import Cast, change_setting
from tests.world import OPERATOR, actor_of
from trade import clock, db
from trade.actor import Actor
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.distributors.models import Standing
from trade.errors import Refused
from trade.flows.accept_invitation import Acceptance, accept_invitation
from trade.flows.change_memberships import (
    Departure,
    Place,
    add_membership,
    change_membership,
    end_membership,
)
from trade.flows.edit_person import Profile, edit_person
from trade.flows.edit_role import RoleEdit, edit_role
from trade.flows.invite_person import Guest, invite_person
from trade.flows.reset_password import Reset, reset_password
from trade.flows.set_person_active import Activity, Handover, hand_over, set_person_active
from trade.people import invitations
from trade.people.entrance import Browser
from trade.people.models import Invitation, LoginGuess, Membership, Person, Role, RolePermission


def rows(model: type) -> list[tuple]:
    with db.read() as session:
        columns = model.__table__.columns
        return [tuple(row) for row in session.execute(select(*columns).order_by(columns.id))]


def unchanged(flow, actor: Actor, given, code: str) -> None:
    """The flow is refused with this code, and nobody's account, role or place has changed."""
    models = (Person, Role, RolePermission, Membership, Invitation, ApprovalCandidate, Standing)
    before = [rows(model) for model in models]
    with pytest.raises(Refused) as refused:
        db.run(flow, actor, given)
    assert refused.value.code == code
    assert [rows(model) for model in models] == before


def role(code: str) -> tuple[Role, frozenset[str]]:
    with db.read() as session:
        found = session.scalars(select(Role).where(Role.code == code)).one()
        held = session.scalars(select(RolePermission.permission).where(RolePermission.role_id == found.id))
        return found, frozenset(held)


def edit_of(
    code: str, *, add: set[str] = frozenset(), drop: set[str] = frozenset(), reach: str = ""
) -> RoleEdit:
    found, held = role(code)
    return RoleEdit(found.id, found.version, found.name, reach or found.reach, (held | add) - drop)


def grant(cast: Cast, code: str, *permissions: str) -> None:
    db.run(edit_role, cast["administrator"], edit_of(code, add=set(permissions)))
    with db.read() as session:
        cast.actors = {name: actor_of(session, name) for name in cast.actors}


def test_nobody_grants_what_they_lack_and_the_keys_stay_in_the_house(cast: Cast):
    administrator, people = cast["administrator"], cast.world.people
    grant(cast, "finance", "person.manage", "role.manage")
    finance = cast["finance"]
    unchanged(edit_role, finance, edit_of("finance", add={"cost.read"}), "role.beyond_own")
    unchanged(edit_role, finance, edit_of("administrator", drop={"cost.read"}), "role.beyond_own")
    unchanged(edit_role, administrator, edit_of("finance", add={"cart.edit"}), "role.wrong_side")
    unchanged(edit_role, cast["manager"], edit_of("warehouse"), "access.denied")
    unchanged(add_membership, finance, Place(people["rep"], "administrator"), "role.beyond_own")
    unchanged(add_membership, finance, Place(people["finance"], "warehouse"), "person.is_oneself")
    unchanged(reset_password, finance, Reset(people["administrator"], "x"), "role.beyond_own")
    unchanged(edit_person, finance, profile("administrator", name="x"), "role.beyond_own")
    db.run(edit_role, administrator, edit_of("finance", drop={"person.manage", "role.manage"}))
    for given in (edit_of("administrator", drop={"role.manage"}), edit_of("administrator", reach="team")):
        unchanged(edit_role, administrator, given, "role.last_administrator")
    unchanged(
        set_person_active, OPERATOR, Activity(people["administrator"], False), "role.last_administrator"
    )
    unchanged(
        end_membership, OPERATOR, Departure(people["administrator"], distributor_id=None),
        "role.last_administrator",
    )  # fmt: skip


def profile(who: str, **changes: object) -> Profile:
    with db.read() as session:
        found = session.scalars(select(Person).where(Person.user_name == who)).one()
    fields = ("version", "name", "phone", "email", "user_name", "manager_id", "locale")
    return Profile(found.id, **{field: getattr(found, field) for field in fields} | changes)


def test_two_administrators_cannot_shut_each_other_out(cast: Cast):
    db.run(add_membership, cast["administrator"], Place(cast.world.people["finance"], "administrator"))
    with db.read() as session:
        second = Actor("test", cast.world.people["finance"], None, *_rights(session))
    gate, answers = threading.Barrier(2), []

    def leave(actor: Actor, other: str) -> None:
        gate.wait()
        try:
            db.run(end_membership, actor, Departure(cast.world.people[other]))
            answers.append("done")
        except Refused as refusal:
            answers.append(refusal.code)

    at_once(lambda: leave(cast["administrator"], "finance"), lambda: leave(second, "administrator"))
    assert sorted(answers) == ["done", "role.last_administrator"]


def _rights(session):
    found = actor_of(session, "administrator")
    return found.scope, found.permissions


def at_once(*deeds) -> None:
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_a_company_keeps_an_owner_and_two_editors_keep_their_words(cast: Cast):
    people, owner = cast.world.people, cast["owner"]
    d1, d2 = cast.world.distributors["D1"], cast.world.distributors["D2"]
    unchanged(end_membership, owner, Departure(people["stranger"], distributor_id=d2), "person.not_found")
    unchanged(change_membership, owner, Place(people["buyer"], "administrator", d1), "role.not_found")
    db.run(change_membership, owner, Place(people["buyer"], "owner", d1))
    with db.read() as session:
        second = session.scalars(
            select(Membership).where(Membership.person_id == people["buyer"], Membership.is_active)
        ).all()
    assert len(second) == 1
    partner = Actor("test", people["buyer"], d1, owner.scope, owner.permissions)
    db.run(end_membership, partner, Departure(people["owner"], distributor_id=d1))
    unchanged(end_membership, owner, Departure(people["buyer"], distributor_id=d1), "person.last_owner")
    stale = profile("rep", name="甲")
    db.run(edit_person, cast["administrator"], profile("rep", name="乙"))
    with pytest.raises(Refused, match="row.changed_meanwhile") as refused:
        db.run(edit_person, cast["administrator"], stale)
    assert refused.value.facts["changes"] == {"name": ("rep", "乙")}
    unchanged(
        edit_person,
        cast["administrator"],
        profile("manager", manager_id=people["rep"]),
        "person.manager_circle",
    )


def test_a_rep_leaves_and_nothing_waits_for_nobody(cast: Cast):
    people, administrator = cast.world.people, cast["administrator"]
    change_setting("order.approve_above", "10.00")
    order = cast.submit(cast.fill(CP0515=10))
    assert order.approval_state == "pending"
    unchanged(set_person_active, administrator, Activity(people["rep"], False), "person.successor_needed")
    unchanged(
        set_person_active,
        administrator,
        Activity(people["rep"], False, people["buyer"]),
        "person.successor_unfit",
    )
    tomorrow = clock.today() + timedelta(days=1)
    unchanged(hand_over, administrator, Handover(people["rep"], people["other-rep"], clock.today() - timedelta(1)),
              "person.handover_day")  # fmt: skip
    assert db.run(hand_over, administrator, Handover(people["rep"], people["other-rep"], tomorrow)) == 1
    assert spans("D1", cast) == [("rep", None, tomorrow), ("other-rep", tomorrow, None)]
    assert people["rep"] in candidates(order.id)
    db.run(set_person_active, administrator, Activity(people["rep"], False, people["other-rep"]))
    assert [name for name, _, _ in spans("D1", cast)][-1] == "other-rep"
    assert people["rep"] not in candidates(order.id) and people["other-rep"] in candidates(order.id)
    cast.decide(order.id, "approve", "other-rep")


def test_when_the_last_approver_goes_the_keepers_are_asked(cast: Cast):
    people, administrator = cast.world.people, cast["administrator"]
    change_setting("order.approve_above", "10.00")
    order = cast.submit(cast.fill(CP0515=10))

    def only_rep(session, actor, given) -> None:
        wanted = select(ApprovalCandidate).where(ApprovalCandidate.person_id != people["rep"])
        for row in session.scalars(wanted):
            session.delete(row)

    db.run(only_rep, OPERATOR, None)
    assert candidates(order.id) == {people["rep"]}
    db.run(set_person_active, administrator, Activity(people["rep"], False, is_later=True))
    assert people["administrator"] in candidates(order.id)
    cast.decide(order.id, "approve", "administrator")


def spans(code: str, cast: Cast) -> list[tuple]:
    names = {key: name for name, key in cast.world.people.items()}
    wanted = select(Standing).where(Standing.distributor_id == cast.world.distributors[code])
    with db.read() as session:
        found = session.scalars(wanted.order_by(Standing.valid_from)).all()
    return [
        (names[each.rep_id], each.valid_from if at else None, each.valid_to) for at, each in enumerate(found)
    ]


def candidates(order_id: int) -> set[int]:
    wanted = (
        select(ApprovalCandidate.person_id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalCandidate.request_id)
        .where(ApprovalRequest.subject_id == order_id, ApprovalRequest.state == "open")
    )
    with db.read() as session:
        return set(session.scalars(wanted))


def accept_twice(token: str) -> list[str]:
    """Two browsers open the same link and send it in the same moment."""
    gate, answers = threading.Barrier(2), []

    def accept(name: str) -> None:
        gate.wait()
        try:
            db.run(
                accept_invitation,
                OPERATOR,
                Acceptance(token, name, f"hash of {name}", Browser("127.0.0.1", name)),
            )
            answers.append("in")
        except Refused as refusal:
            answers.append(refusal.code)

    at_once(lambda: accept("one"), lambda: accept("two"))
    return sorted(answers)


def test_of_two_who_use_a_link_at_once_one_comes_in(cast: Cast):
    issued = db.run(invite_person, cast["administrator"], Guest("x", "finance", user_name="x"))
    assert accept_twice(issued.token) == ["in", "invitation.over"]


def test_without_the_guard_both_would(cast: Cast, monkeypatch):
    issued = db.run(invite_person, cast["administrator"], Guest("x", "finance", user_name="x"))
    monkeypatch.setattr(invitations, "is_open", lambda now: ())
    assert accept_twice(issued.token) == ["in", "in"]


def test_a_new_password_ends_the_pause_and_a_leaver_loses_the_link(cast: Cast):
    def fail(session, actor, given) -> None:
        session.add(LoginGuess(key="account:rep", tries=9, since=clock.now()))

    db.run(fail, OPERATOR, None)
    db.run(reset_password, cast["administrator"], Reset(cast.world.people["rep"], "new"))
    assert rows(LoginGuess) == []
    issued = db.run(invite_person, cast["administrator"], Guest("x", "finance", user_name="x"))
    db.run(set_person_active, cast["administrator"], Activity(issued.person_id, False))
    with pytest.raises(Refused, match="invitation.over"):
        db.run(accept_invitation, OPERATOR, Acceptance(issued.token, "x", "h", Browser("127.0.0.1", "x")))
    with db.read() as session:
        assert (
            session.scalars(select(Person.password_hash).where(Person.id == issued.person_id)).one() is None
        )


def test_the_manager_of_a_team_reaches_no_further(cast: Cast):
    grant(cast, "sales_manager", "person.manage")
    manager, people = cast["manager"], cast.world.people
    d1, d2 = cast.world.distributors["D1"], cast.world.distributors["D2"]
    assert db.run(invite_person, manager, Guest("a", "buyer", user_name="a", distributor_id=d1))
    assert db.run(
        invite_person, manager, Guest("b", "sales_rep", user_name="b", manager_id=people["manager"])
    )
    for given, code in (
        (Guest("c", "buyer", user_name="c", distributor_id=d2), "distributor.not_found"),
        (Guest("c", "finance", user_name="c", manager_id=people["manager"]), "role.beyond_own"),
        (Guest("c", "sales_rep", user_name="c"), "person.manager_needed"),
        (
            Guest("c", "sales_rep", user_name="c", manager_id=people["other-manager"]),
            "person.manager_unknown",
        ),
    ):
        unchanged(invite_person, manager, given, code)
    unchanged(set_person_active, manager, Activity(people["other-rep"], False), "person.not_found")
    db.run(add_membership, cast["administrator"], Place(people["buyer"], "buyer", d2))
    unchanged(reset_password, manager, Reset(people["buyer"], "x"), "person.elsewhere_too")


def test_a_stranger_to_the_token_changes_nothing(cast: Cast):
    def expire(session, actor, given) -> None:
        session.execute(update(Invitation).values(expires_at=clock.now()))

    issued = db.run(invite_person, cast["administrator"], Guest("x", "finance", user_name="x"))
    nobody = Acceptance("x" * 43, "x", "h", Browser("127.0.0.1", "x"))
    unchanged(accept_invitation, OPERATOR, nobody, "invitation.over")
    db.run(expire, OPERATOR, None)
    late = Acceptance(issued.token, "x", "h", Browser("127.0.0.1", "x"))
    unchanged(accept_invitation, OPERATOR, late, "invitation.over")
