"""Several people say yes one after the other: nothing is taken in but what each of them said yes to."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from ops.worker import Worker
from tests.approvals.drafting import policy, publish, rule, step
from tests.flows.cast import Cast
from tests.onboarding import applicants
from tests.onboarding.applicants import CODE, one, plan, sent
from trade import db
from trade.applications.models import ApplicationEvent
from trade.approvals import kernel
from trade.distributors.models import Distributor, Tier
from trade.errors import Refused
from trade.flows.change_memberships import Place, add_membership
from trade.flows.decide_application import Call, Decision, decide_application, note_call
from trade.notices.models import Notice
from trade.people.models import Person

pytestmark = pytest.mark.usefixtures("verified")


@pytest.fixture(autouse=True)
def ground(cast: Cast) -> int:
    """The territory in which applicants are."""
    return applicants.know_regions()


def companies() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Distributor.id))) or 0


def refused(code: str, flow, actor, given) -> Refused:
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code
    return told.value


def test_a_later_step_changes_nothing_behind_the_back_of_an_earlier_one(cast: Cast) -> None:
    """What gives less stands in the history and is told; what gives more asks those again who said yes to less."""
    people = cast.world.people
    db.run(add_membership, cast["administrator"], Place(people["finance"], "administrator"))
    db.run(add_membership, cast["administrator"], Place(people["marketing"], "administrator"))
    steps = [step(f"person:{people[name]}") for name in ("administrator", "marketing")]
    publish(cast, "application", policy(rule(*steps)))
    larger = rule(
        step(f"person:{people['finance']}", then=(f"person:{people['marketing']}",)), at_least="50000"
    )
    publish(cast, "limit_request", policy(larger, rule(step("role:administrator"))))
    key, found = sent()
    db.run(note_call, cast["administrator"], Call(found.id, found.version))
    both = {
        name: replace(cast["administrator"], person_id=people[name])
        for name in ("administrator", "marketing")
    }

    def yes(limit: int, **more) -> Decision:
        return Decision(found.id, one(key).version, "approve", "", plan(cast, limit=Decimal(limit), **more))

    told = refused("applicant.limit_not_alone", decide_application, both["administrator"], yes(50000))
    assert name_of(people["finance"]) in told.facts["names"] and one(key).plan == {}
    db.run(decide_application, both["administrator"], yes(30000))

    def ask_too(session, actor, given) -> None:
        request = kernel.get_open(session, actor, "application", found.id)
        kernel.add_turn(session, actor, request, people["finance"], "请财务也看一下")

    db.run(ask_too, both["marketing"], None)
    more = yes(30001, terms_days=60)
    assert db.run(decide_application, both["marketing"], more).state == "next"
    again = replace(more, version=one(key).version)
    refused("approval.not_yours", decide_application, both["marketing"], again)
    assert one(key).state == "submitted" and one(key).distributor_id is None
    less = db.run(decide_application, both["administrator"], yes(20000, terms_days=60))
    assert less.state == "open" and one(key).distributor_id is None  # who was wanted too is asked still
    Worker().drain()
    third = replace(cast["administrator"], person_id=people["finance"])
    done = db.run(decide_application, third, yes(20000, terms_days=60))
    assert (done.state, one(key).plan["limit"]) == ("approved", "20000")
    with db.read() as session:
        events = select(ApplicationEvent.changed).where(ApplicationEvent.application_id == found.id)
        changed = session.scalars(events.order_by(ApplicationEvent.id.desc())).all()[1]
        heard = set(session.scalars(select(Notice.person_id).where(Notice.topic == "application.changed")))
        kept = session.scalars(events.where(ApplicationEvent.action == "keep")).one()
    assert changed == ["limit"] and heard == {people["administrator"], people["marketing"]}
    assert kept[-1] == "files"


def test_a_limit_asks_those_whom_the_policy_asks_for_its_figure_at_whichever_step_it_is_given(
    cast: Cast,
) -> None:
    """The second step is only asked from an amount on; the tier decides who gives a limit alone."""
    people = cast.world.people
    for name in ("finance", "marketing"):
        db.run(add_membership, cast["administrator"], Place(people[name], "administrator"))
    who = {
        name: replace(cast["administrator"], person_id=people[name])
        for name in ("administrator", "finance", "marketing")
    }
    alone, other, third = (step(f"person:{people[name]}") for name in who)
    with db.read() as session:
        tiers = session.scalars(select(Tier.id).order_by(Tier.id)).all()
    publish(
        cast,
        "application",
        policy(rule(alone, below="700000"), rule(alone, other, below="900000"), rule(third, other)),
    )
    by_hand = rule(
        step(*third.approvers, then=(f"person:{people['administrator']}",)), tiers=frozenset(tiers[1:])
    )
    publish(cast, "limit_request", policy(by_hand, rule(step("role:administrator"))))

    def asks(key: str, name: str, limit: int, **more) -> str:
        found = one(key)
        given = plan(cast, limit=Decimal(limit) or None, **more)
        done = db.run(decide_application, who[name], Decision(found.id, found.version, "approve", "", given))
        return done.state

    small, large, first = (
        sent(f"1380000444{at}", credit_code=code, company=f"第{at}家商贸有限公司", colour=colour)[0]
        for at, (code, colour) in enumerate(
            ((CODE, "red"), (applicants.OTHER_CODE, "blue"), ("91350200MA2XRK2P12", "green"))
        )
    )
    for key in (small, large, first):
        db.run(note_call, cast["administrator"], Call(one(key).id, one(key).version))
    assert asks(small, "administrator", 699_999, code="D9001") == "approved"
    before = companies()
    assert asks(large, "administrator", 700_000, code="D9002") == "next"
    assert one(large).state == "submitted" and companies() == before
    with pytest.raises(Refused, match="approval.not_yours"):
        asks(large, "administrator", 0, code="D9002")
    with pytest.raises(
        Refused, match="applicant.limit_not_alone"
    ):  # the same limit, as another kind of company
        asks(large, "finance", 700_000, code="D9002", tier_id=tiers[1])
    assert asks(large, "finance", 950_000, code="D9002") == "next"  # beyond what the first step said yes to
    assert companies() == before
    assert asks(large, "marketing", 950_000, code="D9002") == "approved"
    assert asks(first, "administrator", 0, code="D9003") == "approved"


def name_of(person_id: int) -> str:
    with db.read() as session:
        return session.get_one(Person, person_id).name
