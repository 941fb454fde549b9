"""A publication goes by the check that was seen as long as nothing moved under it, and checks again where something did."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.pricing.desk import PriceDesk
from tests.world import OPERATOR
from trade import audit, clock, db
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.flows.publish_prices import Publication, publish_prices
from trade.pricing import checks, survey
from trade.pricing.models import PriceList
from trade.pricing.survey import Checked


def seen(desk: PriceDesk, of_list: str) -> Publication:
    """What the page of the check sends: the draft, the warnings, and on what they rest."""
    with db.read() as session:
        basis = survey.basis(session, session.get_one(PriceList, desk.lists[of_list]))
    warnings = checks.fingerprint(desk.find(of_list))
    version = desk.draft(of_list).version
    checked = Checked(version, clock.today(), warnings, basis)
    return Publication(desk.lists[of_list], version, clock.today(), warnings, "年度调价", checked=checked)


def cost_more_than_before(session, actor, event: str) -> None:
    """A floor price under which the draft falls, with the entry that says so."""
    session.execute(update(Sku).where(Sku.code == "CP0515").values(floor_price=Decimal(500)))
    if event:
        audit.record(session, actor, event, {})


def test_what_was_checked_is_not_checked_again(desk: PriceDesk, monkeypatch):
    desk.put("GOLD", "CP0515", "44.00")
    given = seen(desk, "GOLD")
    monkeypatch.setattr(survey, "load", None)
    db.run(publish_prices, desk["administrator"], given)
    assert desk.pays("D1", "CP0515") == Decimal("44.00")


@pytest.mark.parametrize(("event", "is_told"), [("sku.changed", True), ("login.succeeded", False)])
def test_masters_that_changed_after_the_check_make_it_stale(desk: PriceDesk, event: str, is_told: bool):
    desk.put("GOLD", "CP0515", "44.00")
    given = seen(desk, "GOLD")
    db.run(cost_more_than_before, OPERATOR, event)
    if not is_told:  # the twin: without the entry nobody looks again, so the entry is what is relied upon
        db.run(publish_prices, desk["administrator"], given)
        return
    with pytest.raises(Refused, match="not_accepted"):
        db.run(publish_prices, desk["administrator"], given)
    assert desk.pays("D1", "CP0515") == Decimal("43.20")


def test_another_list_that_was_published_meanwhile_makes_it_stale(desk: PriceDesk):
    desk.put("GOLD", "CP0515", "44.00")
    given = seen(desk, "GOLD")
    desk.put("BASE", "CP0515", "41.00")  # the lower tiers pay less now than gold will
    desk.publish("BASE")
    with pytest.raises(Refused, match="not_accepted"):
        db.run(publish_prices, desk["administrator"], given)
    assert desk.pays("D1", "CP0515") == Decimal("43.20")


def test_a_check_of_another_day_or_draft_counts_for_nothing(desk: PriceDesk, monkeypatch):
    desk.put("GOLD", "CP0515", "44.00")
    given = seen(desk, "GOLD")
    db.run(cost_more_than_before, OPERATOR, "")
    for other in (
        {"version": given.version + 1},
        {"day": clock.today().replace(year=2020)},
        {"basis": replace(given.checked.basis, changes=99)},
    ):
        with pytest.raises(Refused, match="not_accepted"):
            db.run(
                publish_prices, desk["administrator"], replace(given, checked=replace(given.checked, **other))
            )
    assert desk.pays("D1", "CP0515") == Decimal("43.20")
