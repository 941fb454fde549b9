"""Whose an application is before it is a distributor's: it goes to whoever leads the ground on which it stands."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from benchmarks.counting import counted
from ops.worker import Worker
from tests.admin.site import open_site
from tests.flows.cast import Cast
from tests.onboarding import applicants
from tests.onboarding.applicants import CODE, OTHER_CODE, one, plan, sent
from tests.world import OPERATOR
from trade import clock, db
from trade.applications import findings, ground, queries
from trade.applications.models import Application
from trade.approvals import inbox, kernel
from trade.distributors.models import Distributor, Standing, Territory, TerritoryRegion
from trade.distributors.regions import Entry, fill
from trade.errors import Refused
from trade.flows.decide_application import Call, Decision, decide_application, note_call
from trade.flows.set_person_active import Handover, hand_over
from trade.notices.models import Notice
from trade.people.models import Person

pytestmark = pytest.mark.usefixtures("verified")
NORTH = [Entry("11", "北京市", None), Entry("110101", "东城区", "11")]


@pytest.fixture
def places(cast: Cast) -> dict[str, int]:
    """Zhangzhou lies in the ground of D1's rep; Beijing in no territory at all."""

    def plant(session, actor, given) -> dict[str, int]:
        fill(session, actor, [*applicants.REGIONS, *NORTH])
        found = {code: key for code, key in session.execute(select(Territory.code, Territory.id))}
        session.add(TerritoryRegion(territory_id=found["minnan"], region_code="3506"))
        return found

    return db.run(plant, OPERATOR, None)


def readable(cast: Cast, who: str) -> set[str]:
    with db.read() as session:
        return {
            row.application.company for row in queries.listing(session, cast[who], queries.ListFilter()).rows
        }


def test_the_manager_of_the_region_is_asked_and_nobody_beyond_it_reads_a_word(
    cast: Cast, places: dict[str, int]
) -> None:
    people = cast.world.people
    _other, north = sent(
        "13800002222", credit_code=OTHER_CODE, company="北京远方有限公司", region_code="110101"
    )
    _key, found = sent()
    assert readable(cast, "manager") == readable(cast, "rep") == {found.company}
    assert readable(cast, "other-manager") == readable(cast, "other-rep") == set()
    assert readable(cast, "administrator") == {found.company, north.company}
    Worker().drain()
    with db.read() as session:
        told = select(Notice.topic, Notice.person_id).where(Notice.topic.startswith("application."))
        heard = {tuple(row) for row in session.execute(told)}
        lines = {
            who: inbox.listing(session, cast[who])[0] for who in ("manager", "other-manager", "administrator")
        }
        seen = findings.of(session, cast["manager"], replace_phone(found, north), [])
    asked = {("application.pending", people[name]) for name in ("manager", "administrator")}
    assert heard == {*asked, ("application.received", people["rep"])}
    assert [len(each) for each in lines.values()] == [1, 0, 2]
    assert {(each.code, each.name, each.application_id) for each in seen if each.code == "phone"} == {
        ("phone", "", None)
    }


def test_strangers_find_nothing_and_the_manager_chooses_within_the_own_team(
    cast: Cast, places: dict[str, int], database_url: str
) -> None:
    people = cast.world.people
    key, found = sent()
    with db.read() as session:
        requests = [item.request.id for item in inbox.listing(session, cast["manager"])[0]]
    strangers = "other-manager", "other-rep"
    for who in strangers:
        actor = replace(cast[who], permissions=cast["manager"].permissions)
        call, no = Call(found.id, found.version), Decision(found.id, found.version, "reject", "不收")
        for flow, given in ((note_call, call), (decide_application, no)):
            with pytest.raises(Refused, match="applicant.not_found"):
                db.run(flow, actor, given)
    assert (one(key).state, one(key).version, one(key).verified_at) == ("submitted", found.version, None)
    db.run(note_call, cast["manager"], Call(found.id, found.version))
    site = next(open_site(database_url))
    for who in strangers:
        browser, page = site.browser(who), f"/admin/applications/{found.id}"
        for path in (page, f"{page}/approval", f"{page}/attachments/1"):
            assert browser.get(path).status_code in (403, 404)
        assert browser.get(page).status_code == 404
    leader = site.browser("manager")
    for page, most in ((f"/admin?item={requests[0]}", 13), (f"/admin/applications/{found.id}", 12)):
        leader.get(page)
        with counted() as statements:
            assert found.company in leader.get(page).text
        assert len(statements) <= most, page
    mine = leader.get(f"/admin/applications/{found.id}/approval").text
    assert "闽南" in mine and "福州" not in mine.split("territory_id", 1)[1].split("</select>", 1)[0]
    version, before = one(key).version, count()

    def yes(**changes) -> Decision:
        return Decision(found.id, version, "approve", "", plan(cast, **changes))

    beyond = {"territory_id": places["fuzhou"]}, {"territory_id": None}
    for wrong in beyond:
        with pytest.raises(Refused, match="applicant.territory_not_yours"):
            db.run(decide_application, cast["manager"], yes(**wrong))
    for rep in (people["other-rep"], None):
        with pytest.raises(Refused, match="standing.choice_gone|standing.rep_needed"):
            db.run(decide_application, cast["manager"], yes(territory_id=places["minnan"], rep_id=rep))
    with pytest.raises(Refused, match="applicant.limit_not_yours"):
        db.run(decide_application, cast["manager"], yes(territory_id=places["minnan"], limit=Decimal(1)))
    assert one(key).state == "submitted" and one(key).version == version and count() == before
    assert db.run(decide_application, cast["manager"], yes(territory_id=places["minnan"])).state == "approved"
    assert readable(cast, "manager") == {found.company} and readable(cast, "other-manager") == set()


def replace_phone(found: Application, other: Application) -> Application:
    """As if both had given one telephone."""
    found.phone = other.phone
    return found


def count() -> int:
    with db.read() as session:
        return len(session.scalars(select(Distributor.id)).all())


def test_new_ground_is_of_whoever_sells_most_there_or_leads_all_above(
    cast: Cast, places: dict[str, int]
) -> None:
    people, homes = cast.world.people, cast.world.distributors

    def stand(session, actor, given) -> dict[str, int | None]:
        """D1 in minnan, D2 in fuzhou; a third territory beside them is empty."""
        above = session.get_one(Territory, places["minnan"]).parent_id
        empty = Territory(code="empty", name="莆田", parent_id=above)
        session.add(empty)
        session.flush()
        root = session.get_one(Territory, above).path if above else "/"
        empty.path = f"{root}{empty.id}/"
        session.flush()
        day, found = clock.today(), {}
        minnan = session.get_one(Territory, places["minnan"])
        found["own"] = ground.rep_of(session, minnan, day)
        found["two leaders above"] = ground.rep_of(session, empty, day)
        session.get_one(Person, people["other-rep"]).manager_id = people["manager"]
        session.flush()
        found["one leader above"] = ground.rep_of(session, empty, day)
        two = select(Standing).where(Standing.distributor_id == homes["D2"])
        session.scalars(two).one().territory_id = minnan.id
        session.flush()
        found["as many"] = ground.rep_of(session, minnan, day)
        session.get_one(Person, people["rep"]).is_active = False
        session.flush()
        found["the other is gone"] = ground.rep_of(session, minnan, day)
        found["nowhere"] = ground.rep_of(session, None, day)
        raise Refused("back", found=found)

    with pytest.raises(Refused) as told:
        db.run(stand, OPERATOR, None)
    rep, other = people["rep"], people["other-rep"]
    assert told.value.facts["found"] == {
        "own": rep,
        "two leaders above": None,
        "one leader above": min(rep, other),
        "as many": min(rep, other),
        "the other is gone": other,
        "nowhere": None,
    }


def test_ground_goes_over_with_all_that_a_rep_hands_over(cast: Cast, places: dict[str, int]) -> None:
    people = cast.world.people
    _key, found = sent(credit_code=CODE)
    given = Handover(people["rep"], people["other-rep"], clock.today())
    db.run(hand_over, cast["administrator"], given)
    assert readable(cast, "manager") == readable(cast, "rep") == set()
    assert readable(cast, "other-rep") == readable(cast, "other-manager") == {found.company}
    with db.read() as session:
        request = kernel.find_open(session, "application", found.id)
        assert request is not None and request.whose.rep_id == people["other-rep"]
        assert {item.request.id for item in inbox.listing(session, cast["administrator"])[0]} == {request.id}
