"""Distributors are taken in, edited by two people at once, moved from a day on, and let go."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from tests.flows.cast import Cast
from trade import clock, db
from trade.audit import AuditEntry
from trade.credit.models import CreditAccount
from trade.db import Base
from trade.distributors import queries, regions
from trade.distributors.models import Address, Authorisation, Distributor, Region, Standing, Territory, Tier
from trade.distributors.profile import Profile
from trade.distributors.regions import Entry
from trade.errors import Refused
from trade.flows.authorise_distributor import (
    Ending,
    NewAuthorisation,
    authorise_distributor,
    end_authorisation,
)
from trade.flows.change_standing import StandingChange, Withdrawal, change_standing, withdraw_standing
from trade.flows.create_distributor import NewDistributor, create_distributor
from trade.flows.edit_distributor import Edit, edit_distributor
from trade.flows.keep_address import AddressGiven, AddressGone, archive_address, keep_address
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from trade.notices.models import OutboxMessage
from trade.orders import picking
from trade.verify.everything import INVARIANTS

DAY = timedelta(days=1)
OTHER_CODE = "91110000600037341L"
TABLES = ("distributor", "distributor_standing", "address", "contact", "authorisation", "audit_entry")


def everything() -> dict[str, list[Any]]:
    tables = Base.metadata.tables
    with db.read() as session:
        return {
            name: [tuple(row) for row in session.execute(select(tables[name]).order_by(tables[name].c.id))]
            for name in (*TABLES, "outbox_message", "credit_account")
        }


def refused(code: str, flow: Any, actor: Any, given: Any) -> Refused:
    before = everything()
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code and everything() == before
    return told.value


def one(model: Any, **facts: Any) -> Any:
    with db.read() as session:
        return session.scalars(select(model).filter_by(**facts)).one()


def version_of(distributor_id: int) -> int:
    return int(one(Distributor, id=distributor_id).version)


def periods(distributor_id: int) -> list[tuple[date, date | None, int, int | None]]:
    with db.read() as session:
        rows = session.scalars(
            select(Standing).where(Standing.distributor_id == distributor_id).order_by(Standing.valid_from)
        )
        return [(row.valid_from, row.valid_to, row.tier_id, row.rep_id) for row in rows]


def change(cast: Cast, day: date, who: str = "administrator", code: str = "D1", **changes: Any) -> Any:
    key = cast.world.distributors[code]
    return db.run(change_standing, cast[who], StandingChange(key, version_of(key), day, changes, "重组"))


def new(cast: Cast, **changes: Any) -> NewDistributor:
    standing = {"tier_id": one(Tier, code="gold").id, "rep_id": cast.world.people["rep"]}
    values: dict[str, Any] = {"code": "D9", "name": "厦门鹭岛食品有限公司", "credit_code": OTHER_CODE}
    return NewDistributor(Profile(**(values | changes)), clock.today(), standing)


def test_a_distributor_is_taken_in_with_standing_account_and_word_to_its_rep(cast: Cast):
    key = db.run(create_distributor, cast["administrator"], new(cast))
    assert one(CreditAccount, distributor_id=key).effective_limit == 0
    assert one(Distributor, id=key).invoice_title == "厦门鹭岛食品有限公司"
    assert one(OutboxMessage, topic="distributor.assigned").payload["rep_id"] == cast.world.people["rep"]
    with db.read() as session:
        assert queries.terms_of(session, key, clock.today()).rep_id == cast.world.people["rep"]
    administrator = cast["administrator"]
    refused("distributor.code_taken", create_distributor, administrator, new(cast, credit_code=None))
    for code in ("91110000600037341M", "９１", "🙂" * 18, "91350600MA2XN5PQ8"):
        odd = new(cast, code="D10", credit_code=code)
        refused("distributor.credit_code_odd", create_distributor, administrator, odd)
    for code in ("", "-x", "a b", "x" * 31, "<script>", "编号"):
        odd = new(cast, code=code, credit_code=None)
        refused("distributor.code_odd", create_distributor, administrator, odd)
    again = new(cast, code="D10", credit_code=" 9111 0000 6000 3734 1l ")
    told = refused("distributor.credit_code_taken", create_distributor, administrator, again)
    assert "D9" in str(told.facts["taken"])
    refused("distributor.credit_code_taken_elsewhere", create_distributor, cast["other-manager"], again)


def test_a_company_that_is_taken_in_before_its_first_day_is_sound(cast: Cast) -> None:
    given = new(cast)
    key = db.run(create_distributor, cast["administrator"], replace(given, valid_from=clock.today() + DAY))
    with db.read() as session:
        assert [breach for rule in INVARIANTS for breach in rule.find(session)] == []
        with pytest.raises(Refused) as told:
            queries.terms_of(session, key, clock.today())
    assert told.value.code == "distributor.no_standing"


def test_two_people_edit_and_the_second_sees_what_the_first_changed(cast: Cast):
    key = cast.world.distributors["D1"]
    seen, administrator = version_of(key), cast["administrator"]
    own = Profile("D1", "漳州市鑫禾源食品商贸有限公司", phone="13800000000")
    first = Profile(**{**vars(own), "contact_name": "林先生", "internal_note": "账期敏感"})
    assert db.run(edit_distributor, administrator, Edit(key, seen, first))
    late = Profile(**{**vars(own), "contact_name": "陈小姐"})
    told = refused("row.changed_meanwhile", edit_distributor, administrator, Edit(key, seen, late))
    assert told.facts["changes"] == {"contact_name": (None, "林先生"), "internal_note": (None, "账期敏感")}
    present = int(str(told.facts["version"]))
    assert db.run(edit_distributor, administrator, Edit(key, present, late))
    # Who changes the standing meanwhile stands in nobody's way.
    seen = version_of(key)
    change(cast, clock.today(), terms_days=45)
    assert db.run(edit_distributor, administrator, Edit(key, seen, own))
    refused("distributor.not_found", edit_distributor, cast["other-manager"], Edit(key, version_of(key), own))
    taken = Profile(**{**vars(own), "code": "D2"})
    refused("distributor.code_taken", edit_distributor, administrator, Edit(key, version_of(key), taken))


def test_the_currency_is_free_until_the_first_document(cast: Cast):
    key = db.run(create_distributor, cast["administrator"], new(cast))
    hkd = Edit(key, version_of(key), Profile("D9", "厦门鹭岛", currency="HKD"))
    db.run(edit_distributor, cast["administrator"], hkd)
    assert one(CreditAccount, distributor_id=key).currency == "HKD"
    cast.submit(cast.fill(CP0515=2))
    with_orders = cast.world.distributors["D1"]
    given = Edit(with_orders, version_of(with_orders), Profile("D1", "漳州", currency="HKD"))
    refused("distributor.currency_fixed", edit_distributor, cast["administrator"], given)


def test_a_standing_changes_from_a_day_on_and_the_past_stays(cast: Cast):
    key, today = cast.world.distributors["D1"], clock.today()
    silver, gold = one(Tier, code="silver").id, one(Tier, code="gold").id
    rep, other = cast.world.people["rep"], cast.world.people["other-rep"]
    soon, later = today + timedelta(days=10), today + timedelta(days=20)
    start = periods(key)[0][0]
    change(cast, later, tier_id=silver)
    assert periods(key) == [(start, later, gold, rep), (later, None, silver, rep)]
    change(cast, soon, rep_id=other)  # follows into what is planned, which keeps its own tier
    assert periods(key) == [
        (start, soon, gold, rep),
        (soon, later, gold, other),
        (later, None, silver, other),
    ]
    topics = {row.topic: row.payload["rep_id"] for row in outbox()}
    assert topics == {"distributor.handed_over": rep, "distributor.assigned": other}
    change(cast, soon, tier_id=silver)  # the planned row is replaced, not doubled
    assert [row[2] for row in periods(key)] == [gold, silver, silver]
    withdrawn = one(Standing, distributor_id=key, valid_from=soon)
    gone = Withdrawal(key, version_of(key), withdrawn.id)
    db.run(withdraw_standing, cast["administrator"], gone)
    assert periods(key)[0] == (start, later, gold, rep) and periods(key)[1][3] == rep
    refused("row.changed_meanwhile", withdraw_standing, cast["administrator"], gone)
    first = one(Standing, distributor_id=key, valid_from=start)
    held = Withdrawal(key, version_of(key), first.id)
    refused("standing.holds_already", withdraw_standing, cast["administrator"], held)
    foreign = one(Standing, distributor_id=cast.world.distributors["D2"])
    strange = Withdrawal(key, version_of(key), foreign.id)
    refused("standing.not_found", withdraw_standing, cast["administrator"], strange)


def outbox() -> list[OutboxMessage]:
    with db.read() as session:
        wanted = select(OutboxMessage).where(OutboxMessage.topic.startswith("distributor."))
        return list(session.scalars(wanted.order_by(OutboxMessage.id)))


def test_odd_days_circles_and_choices_change_nothing(cast: Cast):
    key, other, today = cast.world.distributors["D1"], cast.world.distributors["D2"], clock.today()
    silver = one(Tier, code="silver").id
    administrator = cast["administrator"]

    def given(day: date, version: int | None = None, **changes: Any) -> StandingChange:
        return StandingChange(key, version or version_of(key), day, changes)

    yesterday = given(today - timedelta(days=1), tier_id=silver)
    refused("standing.in_past", change_standing, administrator, yesterday)
    refused("standing.too_far", change_standing, administrator, given(date(2200, 1, 1), tier_id=silver))
    refused("standing.nothing_changes", change_standing, administrator, given(today, terms="monthly"))
    refused("standing.choice_gone", change_standing, administrator, given(today, tier_id=999))
    refused("standing.choice_gone", change_standing, administrator, given(today, rep_id=999))
    buyer = cast.world.people["buyer"]
    refused("standing.choice_gone", change_standing, administrator, given(today, rep_id=buyer))
    refused("standing.choice_gone", change_standing, administrator, given(today, status="ended"))
    refused("standing.circle", change_standing, administrator, given(today, parent_id=key))
    change(cast, today + timedelta(days=30), code="D2", parent_id=key)
    refused("standing.circle", change_standing, administrator, given(today, parent_id=other))
    # A manager hands over within the own team alone.
    outside = given(today, rep_id=cast.world.people["other-rep"])
    refused("standing.choice_gone", change_standing, cast["manager"], outside)
    refused("distributor.not_found", change_standing, cast["other-manager"], given(today, tier_id=silver))


@pytest.mark.parametrize("day", [date(2028, 2, 29), date(2027, 12, 31)])
def test_a_change_begins_on_the_day_in_china_also_on_a_leap_day(cast: Cast, day: date):
    silver, key = one(Tier, code="silver").id, cast.world.distributors["D1"]
    change(cast, day, tier_id=silver)
    with db.read() as session:
        before = queries.terms_of(session, key, day - timedelta(days=1))
        after = queries.terms_of(session, key, day)
    assert (before.tier_code, after.tier_code) == ("gold", "silver")
    with time_machine.travel(f"{day.isoformat()}T00:30:00+08:00"):
        assert clock.today() == day
        withdrawal = Withdrawal(key, version_of(key), one(Standing, distributor_id=key, valid_from=day).id)
        refused("standing.holds_already", withdraw_standing, cast["administrator"], withdrawal)


def test_nobody_is_let_go_with_open_orders(cast: Cast):
    key = cast.world.distributors["D1"]
    cast.submit(cast.fill(CP0515=2))
    end = StatusChange(key, version_of(key), "ended", "合同到期")
    refused("distributor.has_open_orders", set_distributor_status, cast["administrator"], end)
    pause = StatusChange(key, version_of(key), "suspended", "对账不符")
    db.run(set_distributor_status, cast["administrator"], pause)
    refused("row.changed_meanwhile", set_distributor_status, cast["administrator"], pause)
    with pytest.raises(Refused) as told:
        cast.submit(cast.fill(CP0515=1))
    assert told.value.code == "distributor.suspended"
    db.run(
        set_distributor_status, cast["administrator"], StatusChange(key, version_of(key), "active", "已对清")
    )
    assert [row.topic for row in outbox()] == ["distributor.suspended", "distributor.resumed"]


def test_addresses_have_one_default_and_a_county(cast: Cast):
    key, administrator = cast.world.distributors["D1"], cast["administrator"]
    rows = [Entry("35", "福建省", None), Entry("3506", "漳州市", "35"), Entry("350602", "芗城区", "3506")]
    rows += [Entry("31", "上海市", None), Entry("3101", "市辖区", "31"), Entry("310101", "黄浦区", "3101")]
    assert db.run(regions.fill, administrator, rows) == 6 and db.run(regions.fill, administrator, rows) == 0
    assert one(Region, code="310101").full_name == "上海市黄浦区"
    first = one(Address, distributor_id=key)
    given = AddressGiven(key, "林先生", "13800000000", "350602", "南坑仓 2 号门", True)
    second = db.run(keep_address, administrator, given)
    with db.read() as session:
        terms = queries.terms_of(session, key, clock.today(), second)
        defaults = session.scalars(
            select(Address.id).where(Address.is_default, Address.distributor_id == key)
        )
        assert list(defaults) == [second]
    assert terms.ship_to == "福建省漳州市芗城区 南坑仓 2 号门"
    for code, why in ((None, "region.needed"), ("3506", "region.too_vague"), ("999999", "region.too_vague")):
        odd = AddressGiven(key, "林先生", None, code, "某处")
        refused(why, keep_address, administrator, odd)
    refused("address.is_default", archive_address, administrator, AddressGone(key, second, 1))
    stale = AddressGiven(key, "林", None, "350602", "x", True, first.id, first.version)
    refused("row.changed_meanwhile", keep_address, administrator, stale)
    strange = cast.world.distributors["D2"]
    refused("address.not_found", archive_address, administrator, AddressGone(strange, second, 1))
    db.run(archive_address, administrator, AddressGone(key, first.id, first.version + 1))
    with db.read() as session:
        assert [each.id for each in queries.addresses_of(session, key)] == [second]
        gone = [
            queries.terms_of(session, key, clock.today(), each).is_address_gone for each in (first.id, second)
        ]
        assert gone == [True, False]  # a cart that would still go there is refused


def test_an_authorisation_holds_for_line_area_channel_and_time(cast: Cast):
    key, today, administrator = cast.world.distributors["D1"], clock.today(), cast["administrator"]
    with db.read() as session:
        areas = {code: row for code, row in session.execute(select(Territory.code, Territory.id))}

    def is_authorised() -> bool:
        order_id = cast.fill(CP0515=1)
        with db.read() as session:
            terms = queries.terms_of(session, key, today)
            return picking.lines(session, order_id, terms, today)[0].is_authorised

    assert is_authorised()
    elsewhere = NewAuthorisation(key, None, areas["fuzhou"], None, today)
    elsewhere_id = db.run(authorise_distributor, administrator, elsewhere)
    assert not is_authorised()
    south = db.run(
        authorise_distributor, administrator, NewAuthorisation(key, None, areas["south"], None, today)
    )
    assert is_authorised()  # its territory lies within
    refused("authorisation.double", authorise_distributor, administrator, elsewhere)
    past = NewAuthorisation(key, None, None, None, today - timedelta(days=1))
    refused("standing.in_past", authorise_distributor, administrator, past)
    backwards = NewAuthorisation(key, None, None, None, today, today - timedelta(days=1))
    refused("authorisation.ends_before", authorise_distributor, administrator, backwards)
    ending = Ending(key, south, 1, today)
    db.run(end_authorisation, administrator, ending)
    assert is_authorised() and one(Authorisation, id=south).valid_to == today + timedelta(days=1)
    refused("row.changed_meanwhile", end_authorisation, administrator, Ending(key, south, 1, today))
    foreign = Ending(cast.world.distributors["D2"], south, 2, today)
    refused("authorisation.not_found", end_authorisation, administrator, foreign)
    planned = NewAuthorisation(key, None, areas["minnan"], None, today + timedelta(days=9))
    planned_id = db.run(authorise_distributor, administrator, planned)
    db.run(end_authorisation, administrator, Ending(key, planned_id, 1, today))
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Authorisation)) == 2 and elsewhere_id
        told = select(func.count()).where(AuditEntry.event == "distributor.authorisation_ended")
        assert session.scalar(told) == 2
