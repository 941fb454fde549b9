"""Each finding with a planted case, and the same list without the fault as its clean twin."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.pricing.desk import PriceDesk
from trade import clock, db
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.distributors.models import Tier
from trade.errors import Refused
from trade.pricing.drafts import Edit
from trade.pricing.models import PriceList, PriceRow

KNOWN = {"unpriced"}  # NOPRICE is on sale and has no price anywhere


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The checks are pure; what loads them is run on both databases by the publishing tests."""
    return sqlite_url


def codes(desk: PriceDesk, of_list: str = "GOLD") -> set[str]:
    return {each.code for each in desk.find(of_list)} - KNOWN


def change(function: object) -> None:
    db.run(function, None, None)  # type: ignore[arg-type]


def floor(value: str) -> None:
    def write(session: Session, actor: Actor, given: None) -> None:
        session.execute(update(Sku).where(Sku.code == "CP0515").values(floor_price=Decimal(value)))

    change(write)


def test_a_sound_change_has_no_finding(desk: PriceDesk):
    desk.put("GOLD", "CP0515", "43.00")
    assert codes(desk) == set()


def test_two_prices_at_the_same_time_forbid_publishing(desk: PriceDesk):
    def plant(session: Session, actor: Actor, given: None) -> None:
        row = session.scalars(select(PriceRow).where(PriceRow.price_list_id == desk.lists["GOLD"])).first()
        facts = {name: getattr(row, name) for name in ("price_list_id", "sku_id", "unit", "factor", "price")}
        session.add(PriceRow(**facts, min_quantity=row.min_quantity, valid_from=date(2025, 1, 1)))

    change(plant)
    assert codes(desk) == {"overlap"}
    desk.put("GOLD", "QP3324", "66.00")
    with pytest.raises(Refused, match="blocked"):
        desk.publish("GOLD")
    assert desk.pays("D1", "QP3324", 5) == Decimal("66.40") and desk.draft("GOLD").state == "open"


def test_the_same_quantity_in_two_units_is_ambiguous(desk: PriceDesk):
    desk.edit("GOLD", Edit(desk.key("CP0515", 15, "bottle"), price=Decimal("2.90")))
    assert "twice" in codes(desk)


def test_two_lists_that_only_chance_tells_apart_forbid_publishing(desk: PriceDesk):
    with db.read() as session:
        gold = session.scalars(select(Tier.id).where(Tier.code == "gold")).one()
    desk.create("TWIN", "tier", gold)
    desk.put("TWIN", "CP0515", "43.00")
    assert codes(desk, "TWIN") == {"rival"}
    desk.create("FIRST", "tier", gold, priority=1)
    desk.put("FIRST", "CP0515", "43.00")
    assert codes(desk, "FIRST") == set()
    desk.publish("FIRST")
    desk.put("GOLD", "CP0515", "42.90")
    assert codes(desk) == {"covered"}


def test_a_unit_that_holds_another_number_than_the_product_says(desk: PriceDesk):
    def repack(session: Session, actor: Actor, given: None) -> None:
        session.execute(update(Sku).where(Sku.code == "JG3025").values(order_factor=12))

    change(repack)
    assert codes(desk) == {"unit"}
    desk.put("GOLD", "JG3025", "82.50")  # the same price, for the pack as it is now
    assert codes(desk) == set()


@pytest.mark.parametrize(
    "value, expected",
    [("0", {"zero", "leap", "steps"}), ("80.00", {"leap"}), ("43.30", set()), ("28.00", {"leap", "steps"})],
)
def test_nothing_and_leaps(desk: PriceDesk, value: str, expected: set[str]):
    desk.put("GOLD", "CP0515", value)
    assert codes(desk) - {"inversion"} == expected


def test_below_the_floor_at_the_break_that_is(desk: PriceDesk):
    floor("41.50")
    desk.put("GOLD", "CP0515", "41.40", 50)
    found = [each for each in desk.find("GOLD") if each.code == "floor"]
    assert [(each.sku, each.min_quantity, each.facts["floor"]) for each in found] == [
        ("CP0515", 50, Decimal("41.50"))
    ]
    desk.put("GOLD", "CP0515", "41.50", 50)
    assert codes(desk) == set()


def test_a_break_that_costs_more_than_less(desk: PriceDesk):
    desk.put("GOLD", "CP0515", "42.40", 50)
    assert codes(desk) == {"steps"}


def test_a_lower_tier_that_pays_less(desk: PriceDesk):
    with db.read() as session:
        silver = session.scalars(select(Tier.id).where(Tier.code == "silver")).one()
    desk.create("SILVER", "tier", silver)
    desk.put("SILVER", "CP0515", "43.10")
    found = [each for each in desk.find("SILVER") if each.code == "inversion"]
    assert [(each.sku, each.facts["price"], each.facts["lower_price"]) for each in found] == [
        ("CP0515", Decimal("43.2000"), Decimal("43.1000"))
    ]
    desk.put("SILVER", "CP0515", "43.20")
    assert codes(desk, "SILVER") == set()
    desk.put("BASE", "JG3025", "82.00")  # what silver pays, below gold's 82.50
    assert codes(desk, "BASE") == {"inversion"}


def test_who_sees_a_product_without_a_price_is_named(desk: PriceDesk):
    desk.edit("BASE", Edit(desk.key("DJ4815"), is_removed=True))
    found = {each.sku: each.facts["tiers"] for each in desk.find("BASE") if each.code == "unpriced"}
    assert found == {"NOPRICE": ["金牌", "银牌"], "DJ4815": ["金牌", "银牌"]}
    desk.put("GOLD", "DJ4815", "50.00")
    desk.publish("GOLD")
    found = {each.sku: each.facts["tiers"] for each in desk.find("BASE") if each.code == "unpriced"}
    assert found["DJ4815"] == ["银牌"]


def test_a_share_of_a_price_that_is_not_there(desk: PriceDesk):
    desk.edit("GOLD", Edit(desk.key("NOPRICE"), percent=Decimal(90)))
    assert codes(desk) == {"unbased"}


def test_a_list_that_nobody_touches_is_looked_at_as_a_whole(desk: PriceDesk):
    floor("42.00")
    assert codes(desk) == {"floor"}
    desk.put("GOLD", "JG3025", "82.00")  # with a draft only what it touches is warned of
    assert codes(desk) == set()


def test_a_list_laid_aside_or_over_is_no_rival(desk: PriceDesk):
    with db.read() as session:
        gold = session.scalars(select(Tier.id).where(Tier.code == "gold")).one()
    today = clock.today()
    desk.create("OLD", "tier", gold, valid_to=today)
    desk.put("OLD", "CP0515", "43.00")

    def publish(session: Session, actor: Actor, given: None) -> None:
        session.execute(update(PriceList).where(PriceList.code == "OLD").values(published_at=clock.now()))

    change(publish)
    desk.put("GOLD", "CP0515", "42.90")
    assert codes(desk) == set() and desk.pays("D1", "CP0515", day=today + timedelta(days=1)) == Decimal(
        "43.20"
    )
