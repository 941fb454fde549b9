"""What opportunities, quotations and prices for one customer refuse, each by its code and with nothing changed; and two at once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from tests.opportunities.test_opportunities import AMOUNT, chance, opened, quoted, refused, story
from tests.races import crowd
from tests.registrations.reports import Reports, row
from trade import clock, db
from trade.errors import Refused
from trade.flows.change_opportunity import (
    Facts,
    Loss,
    Step,
    edit_opportunity,
    lose_opportunity,
    move_opportunity,
)
from trade.flows.follow_up_opportunity import Contact, follow_up_opportunity
from trade.flows.give_project_price import GivenPrice, NewPrice, end_project_price, give_project_price
from trade.flows.issue_quotation import Line, NewQuotation, issue_quotation
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.order_quotation import Ordering, order_quotation
from trade.flows.release_registration import Release, release_registration
from trade.opportunities import forecast, quoting, rules, states
from trade.opportunities.models import Quotation
from trade.opportunities.queries import ListFilter, totals
from trade.pricing.models import ProjectPrice
from trade.registrations.following import FollowUp

pytestmark = pytest.mark.usefixtures("verified")


Table = tuple[tuple[str, str, Any, Any], ...]


def test_each_refusal_of_a_quotation_has_its_code_and_changes_nothing(reports: Reports) -> None:
    today = clock.today()
    yesterday, later = today - timedelta(days=1), today + timedelta(days=9)
    key = opened(reports, reports.report().registration_id)
    version = chance(key).version
    sku, foreign = (reports.cast.world.skus[code] for code in ("CP0515", "JG3025"))
    one = Line(sku, 1, Decimal("50.00"))
    new = NewQuotation(key, "n", [one], later)
    crowded = [replace(one, sku_id=sku + at) for at in range(quoting.MOST_LINES + 1)]
    table: Table = (
        ("quotation.empty", "owner", issue_quotation, replace(new, lines=[])),
        ("quotation.too_many", "owner", issue_quotation, replace(new, lines=crowded)),
        (
            "quotation.too_long",
            "owner",
            issue_quotation,
            replace(new, valid_until=today + timedelta(days=quoting.LONGEST_DAYS + 1)),
        ),
        ("quotation.twice", "owner", issue_quotation, replace(new, lines=[one, one])),
        (
            "quotation.sku_unknown",
            "owner",
            issue_quotation,
            replace(new, lines=[replace(one, sku_id=foreign)]),
        ),
        (
            "quotation.too_large",
            "owner",
            issue_quotation,
            replace(new, lines=[replace(one, price=Decimal(10**13))]),
        ),
        ("opportunity.day_past", "owner", issue_quotation, replace(new, valid_until=yesterday)),
        ("opportunity.not_found", "stranger", issue_quotation, new),
    )
    for code, who, flow, given in table:
        refused(code, flow, reports[who], given)
    assert chance(key).version == version


def test_each_refusal_of_an_opportunity_has_its_code_and_changes_nothing(reports: Reports) -> None:
    today = clock.today()
    yesterday, later = today - timedelta(days=1), today + timedelta(days=9)
    other_id = reports.report(name="龙岩大发贸易有限公司").registration_id
    key, other = (
        opened(reports, reports.report().registration_id),
        opened(reports, other_id, key="form-other"),
    )
    offer = quoted(reports, key)
    version, seen = chance(key).version, chance(key)
    facts = Facts(key, version, "首批", AMOUNT, seen.expected_on)
    fresh = NewOpportunity(other_id, "form-new", "又一单", AMOUNT, later)
    told = FollowUp(0, "visit", today, "拜访", "", later)
    table: Table = (
        ("quotation.not_found", "owner", order_quotation, Ordering(other, offer)),
        ("quotation.not_found", "owner", order_quotation, Ordering(key, offer + 99)),
        ("opportunity.not_found", "stranger", order_quotation, Ordering(key, offer)),
        ("opportunity.open_already", "owner", open_opportunity, fresh),
        ("opportunity.day_past", "owner", edit_opportunity, replace(facts, expected_on=yesterday)),
        (
            "opportunity.day_past",
            "owner",
            edit_opportunity,
            replace(facts, next_step="拜访", next_on=yesterday),
        ),
        ("opportunity.step_needed", "owner", edit_opportunity, replace(facts, next_on=later)),
        ("opportunity.changed_meanwhile", "owner", edit_opportunity, replace(facts, version=version - 1)),
        ("opportunity.not_found", "stranger", edit_opportunity, facts),
        ("opportunity.step_needed", "owner", follow_up_opportunity, Contact(key, told)),
        ("opportunity.reason_needed", "owner", lose_opportunity, Loss(key, version, "nothing of the kind")),
        ("opportunity.not_found", "stranger", lose_opportunity, Loss(key, version, "price")),
    )
    for code, who, flow, given in table:
        refused(code, flow, reports[who], given)
    with time_machine.travel(clock.now() + timedelta(days=16), tick=False):
        refused("quotation.over", order_quotation, reports["owner"], Ordering(key, offer))
    assert (chance(key).version, chance(other).version) == (version, 1)
    db.run(lose_opportunity, reports["owner"], Loss(other, 1, "price"))
    refused("opportunity.day_past", open_opportunity, reports["owner"], replace(fresh, expected_on=yesterday))
    refused("opportunity.step_needed", open_opportunity, reports["owner"], replace(fresh, next_on=later))


def test_a_price_of_a_customer_that_is_gone_is_refused(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    other_id = reports.report(name="龙岩大发贸易有限公司").registration_id
    key = opened(reports, registration_id)
    boss, price = reports["administrator"], NewPrice(registration_id, "CP0515", Decimal("40.00"))
    given = db.run(give_project_price, boss, price)
    refused("project_price.not_found", end_project_price, boss, GivenPrice(other_id, given))
    db.run(
        release_registration, reports["owner"], Release(registration_id, row(registration_id).version, "停业")
    )
    with db.read() as session:
        before = session.execute(select(ProjectPrice.price, ProjectPrice.valid_to)).all()
    refused("project_price.over", give_project_price, boss, replace(price, price=Decimal("41.00")))
    sku, until = reports.cast.world.skus["CP0515"], clock.today()
    new = NewQuotation(key, "n", [Line(sku, 1, Decimal("50.00"))], until)
    refused("opportunity.registration_over", issue_quotation, reports["owner"], new)
    with db.read() as session:
        assert session.execute(select(ProjectPrice.price, ProjectPrice.valid_to)).all() == before


def answered(reports: Reports, flow: Any, who: str, given: Any) -> Any:
    try:
        return db.run(flow, reports[who], given)
    except Refused as refusal:
        return refusal.code


@pytest.mark.parametrize("is_guarded", [True, False])
def test_two_people_move_one_at_once_and_one_of_them_is_told(
    reports: Reports, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    if not is_guarded:
        real = states.move_once
        monkeypatch.setattr(
            states,
            "move_once",
            lambda session, row, after, _version, **values: real(session, row, after, row.version, **values),
        )
    key = opened(reports, reports.report().registration_id)
    for turn, (first, second) in enumerate((("need", "quote"), ("contact", "negotiation"))):
        seen = chance(key).version
        deeds = [
            partial(answered, reports, move_opportunity, who, Step(key, seen, stage))
            for who, stage in (("owner", first), ("buyer", second))
        ]
        answers = crowd.at_once(deeds, threads=2)
        moved = answers.count(None)
        assert moved == (1 if is_guarded else 2), answers
        assert set(answers) - {None} <= {"opportunity.changed_meanwhile"}
        assert chance(key).version == seen + moved and len(story(key)) == seen + moved, turn
        if not is_guarded:
            return


@pytest.mark.parametrize("is_guarded", [True, False])
def test_a_quotation_issued_twice_at_once_is_one_and_two_people_s_are_two_versions(
    reports: Reports, is_guarded: bool
) -> None:
    """The form's key makes two taps one; without it, as for two people, each is a revision of its own."""
    key = opened(reports, reports.report().registration_id)
    sku, until = reports.cast.world.skus["CP0515"], clock.today() + timedelta(days=9)
    deeds = []
    for who in ("owner", "buyer"):
        given = NewQuotation(key, "tap" if is_guarded else who, [Line(sku, 1, Decimal("50.00"))], until)
        deeds.append(partial(answered, reports, issue_quotation, who, given))
    answers = crowd.at_once(deeds, threads=2)
    with db.read() as session:
        found = session.execute(select(Quotation.id, Quotation.revision, Quotation.number)).all()
    assert {each.id for each in found} == set(answers)
    assert sorted(each.revision for each in found) == ([1] if is_guarded else [1, 2])
    assert len({each.number for each in found}) == len(found)


@pytest.mark.parametrize(
    "moment", ["2027-03-31T15:59:00", "2027-03-31T16:00:00", "2028-02-28T16:00:00", "2027-12-31T15:59:59"]
)
def test_a_month_of_the_forecast_begins_and_ends_at_midnight_of_the_brand(
    reports: Reports, moment: str
) -> None:
    """23:59 in Shanghai is the same day, a minute later the next; the first and the last day of a month are in it."""
    with time_machine.travel(f"{moment}Z", tick=False):
        today = clock.today()
        edges = [
            day for when in rules.WHEN for day in rules.month_bounds(when, today) if day and day >= today
        ]
        for at, day in enumerate(edges):
            sent = reports.report(name=f"漳州{at}号食品有限公司").registration_id
            given = NewOpportunity(sent, f"f{at}", "铺货", Decimal("100.00"), day)
            db.run(open_opportunity, reports["owner"], given)
        boss = reports["administrator"]
        with db.read() as session:
            told = forecast.outlook(session, boss, "when", ListFilter())
            assert sum(share.count for share in told.shares) == len(edges)
            for share in told.shares:
                assert totals(session, boss, ListFilter(when=share.key)).count == share.count
            first, last = rules.month_bounds("next", today)
            assert first and last and (first.day, (last + timedelta(days=1)).day) == (1, 1)
            asked = ListFilter(since=first, until=last)
            assert totals(session, boss, asked).count == sum(first <= day <= last for day in edges)
