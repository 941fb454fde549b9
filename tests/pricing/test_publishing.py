"""From a draft to the price that an order pays, on both databases."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.flows.cast import Cast
from tests.pricing.desk import PriceDesk
from trade import clock, db
from trade.errors import Refused
from trade.flows.publish_prices import Withdrawal, withdraw_prices
from trade.flows.submit_order import Submission, submit_order
from trade.pricing import publication
from trade.pricing.drafts import Edit

SOON = timedelta(days=10)


def test_a_draft_prices_nobody_until_it_is_published(desk: PriceDesk):
    assert desk.put("GOLD", "CP0515", "44.00").saved == 1
    assert desk.pays("D1", "CP0515") == Decimal("43.20")
    desk.publish("GOLD")
    assert desk.pays("D1", "CP0515") == Decimal("44.00")
    assert desk.pays("D1", "CP0515", 10) == Decimal("42.30") and desk.pays("D2", "CP0515") == Decimal("46.00")
    assert desk.pays("D1", "CP0515", day=clock.today() - timedelta(days=1)) == Decimal("43.20")


def test_a_future_price_waits_for_its_day_and_can_be_taken_back(desk: PriceDesk):
    day = clock.today() + SOON
    desk.edit(
        "GOLD",
        Edit(desk.key("CP0515"), price=Decimal("42.80")),
        Edit(desk.key("CP0515", 50), is_removed=True),
        Edit(desk.key("SQ5524", 20), price=Decimal("21.00")),
    )
    before = [(row.id, row.valid_to) for row in desk.rows("GOLD")]
    draft_id = desk.publish("GOLD", day)
    assert desk.pays("D1", "CP0515") == Decimal("43.20")
    assert desk.pays("D1", "CP0515", day=day) == Decimal("42.80")
    assert desk.pays("D1", "CP0515", 50, day=day) == Decimal("42.30")
    assert desk.pays("D1", "SQ5524", 20, day=day) == Decimal("21.00")
    db.run(withdraw_prices, desk["administrator"], Withdrawal(desk.lists["GOLD"], draft_id))
    assert desk.pays("D1", "CP0515", day=day) == Decimal("43.20")
    assert desk.pays("D1", "SQ5524", 20, day=day) == Decimal("24.00")
    assert [(row.id, row.valid_to) for row in desk.rows("GOLD")][: len(before)] == before
    assert sum(row.is_changed for row in desk.grid("GOLD", only="changed")) == 3  # can be edited again


def test_a_price_between_today_and_a_planned_one_ends_when_that_begins(desk: PriceDesk):
    later, sooner = clock.today() + SOON, clock.today() + timedelta(days=3)
    desk.put("GOLD", "CP0515", "42.90")
    first = desk.publish("GOLD", later)
    desk.put("GOLD", "CP0515", "43.00")
    desk.put("GOLD", "DJ4815", "50.00")
    desk.publish("GOLD", sooner)
    assert desk.pays("D1", "CP0515", day=sooner) == Decimal("43.00")
    assert desk.pays("D1", "CP0515", day=later) == Decimal("42.90")
    assert desk.pays("D1", "DJ4815", day=later) == Decimal("50.00")
    with pytest.raises(Refused, match="later_one"):
        db.run(withdraw_prices, desk["administrator"], Withdrawal(desk.lists["GOLD"], first))
    with db.read() as session:
        held = publication.periods(session, desk.lists["GOLD"], desk.key("CP0515")[0])
    assert [(each.row.min_quantity, each.value) for each in held][:3] == [(1, "42.9"), (1, "43"), (1, "43.2")]


def test_what_holds_cannot_be_taken_back_nor_begin_in_the_past(desk: PriceDesk):
    desk.put("GOLD", "CP0515", "44.00")
    with pytest.raises(Refused, match="day_past"):
        desk.publish("GOLD", clock.today() - timedelta(days=1))
    draft_id = desk.publish("GOLD")
    rows = [(row.id, row.valid_to) for row in desk.rows("GOLD")]
    with pytest.raises(Refused, match="holds_already"):
        db.run(withdraw_prices, desk["administrator"], Withdrawal(desk.lists["GOLD"], draft_id))
    assert [(row.id, row.valid_to) for row in desk.rows("GOLD")] == rows


def test_only_who_may_publish_does_and_only_what_was_seen(desk: PriceDesk):
    desk.put("GOLD", "CP0515", "44.00")
    rows = [(row.id, row.valid_to) for row in desk.rows("GOLD")]
    seen = desk.draft("GOLD").version
    with pytest.raises(Refused, match=r"access\.denied"):
        desk.publish("GOLD", who="marketing")
    desk.put("GOLD", "JG3025", "1.00")  # somebody goes on typing
    with pytest.raises(Refused, match="changed_meanwhile"):
        desk.publish("GOLD", version=seen)
    with pytest.raises(Refused, match="not_accepted"):
        desk.publish("GOLD", accepted="")
    assert [(row.id, row.valid_to) for row in desk.rows("GOLD")] == rows and desk.draft(
        "GOLD"
    ).state == "open"


def test_an_order_pays_what_it_was_shown_or_is_told(desk: PriceDesk):
    cast = Cast()
    order_id = cast.fill(CP0515=10)
    desk.put("GOLD", "CP0515", "42.50", 10)
    desk.publish("GOLD")
    seen = Submission(order_id, 2, seen_gross=Decimal("423.00"))
    with pytest.raises(Refused, match="price_changed"):
        db.run(submit_order, desk["buyer"], seen)
    db.run(submit_order, desk["buyer"], Submission(order_id, 2, seen_gross=Decimal("425.00")))


def test_a_second_publication_on_one_day_takes_the_first_one_s_place(desk: PriceDesk):
    for value in "44.00", "45.00", "43.20":
        desk.put("GOLD", "CP0515", value)
        desk.publish("GOLD")
        assert desk.pays("D1", "CP0515") == Decimal(value)
    held = [row for row in desk.rows("GOLD") if row.min_quantity == 1 and row.valid_to is None]
    assert len([row for row in held if row.sku_id == desk.world.skus["CP0515"]]) == 1
