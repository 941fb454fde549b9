"""What the import of a sample has made of the real data, on both databases."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.databases import Prepare
from tests.imports import delivery
from tests.imports.delivery import every, one
from trade.books.models import LedgerEntry
from trade.catalog.models import Category, SearchGram, Sku
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor, Territory
from trade.fulfilment.models import Shipment
from trade.inventory.models import Stock, StockMovement
from trade.notices.models import OutboxMessage
from trade.orders.models import Order, OrderEvent, OrderLine
from trade.people.models import Person
from trade.pricing.models import PriceList, PriceRow


@pytest.fixture
def prepare() -> Prepare:
    return delivery.with_sample


def test_history_has_no_effects(engine, sample):
    none = delivery.counts(LedgerEntry, OutboxMessage, OrderEvent)
    assert set(none.values()) == {0}
    assert one(select(func.sum(Stock.reserved)))[0] == 0
    assert one(select(func.sum(CreditAccount.used), func.sum(CreditAccount.effective_limit))) == (0, 0)
    assert every(select(StockMovement.kind).distinct()) == [("count",)]
    states = select(Order.source, Order.approval_state, Order.fulfilment, Order.receipt).distinct()
    assert every(states) == [("import", "approved", "complete", "complete")]
    open_lines = (OrderLine.shipped != OrderLine.base_quantity) | (OrderLine.received != OrderLine.shipped)
    assert not every(select(OrderLine.id).where(open_lines))


def test_an_order_as_the_source_has_it(engine, sample):
    row = delivery.load(sample / "orders.csv")[0]
    query = (
        select(Order, Shipment, Distributor, Person)
        .join(Shipment, Shipment.order_id == Order.id)
        .join(Distributor, Distributor.id == Order.distributor_id)
        .join(Person, Person.id == Order.rep_id)
        .where(Order.number == row["order_no"])
    )
    order, shipment, distributor, person = one(query)
    assert order.external_code == f"adventureworks/{row['order_no']}"
    assert order.order_date == date.fromisoformat(row["order_date"])
    assert (order.currency, shipment.ship_date.isoformat()) == (row["currency"], row["ship_date"])
    assert (distributor.external_code, person.external_code) == (row["reseller_key"], row["salesperson_key"])
    assert (order.distributor_code, order.rep_name, order.territory_code) == (
        distributor.code,
        person.name,
        f"AW-{row['territory_key']}",
    )
    assert shipment.tracking_number == row["carrier_tracking"] and row["customer_po"] in order.source_facts


def test_a_version_holds_until_the_next_begins(engine, sample):
    query = (
        select(PriceList.code, PriceRow.price, PriceRow.valid_from, PriceRow.valid_to)
        .join(PriceList, PriceList.id == PriceRow.price_list_id)
        .join(Sku, Sku.id == PriceRow.sku_id)
        .where(Sku.code == "HL-U509-R")
        .order_by(PriceList.code, PriceRow.valid_from)
    )
    days = date(2011, 7, 1), date(2012, 7, 1), date(2013, 7, 1)
    base, tier = Decimal("33.6442"), Decimal("20.1865")
    assert every(query) == [
        ("AW-BASE", base, days[0], days[1]),
        ("AW-BASE", base, days[1], days[2]),
        ("AW-BASE", Decimal("34.99"), days[2], None),
        ("AW-RESELLER", tier, days[0], days[1]),
        ("AW-RESELLER", tier, days[1], days[2]),
        ("AW-RESELLER", Decimal("20.994"), days[2], None),
    ]
    facts = one(select(Sku.source_facts).where(Sku.code == "HL-U509-R"))[0]
    assert "2007-12-28" in facts and "2008-12-27" in facts
    overlaps = every(select(PriceRow.id).where(PriceRow.valid_to <= PriceRow.valid_from))
    assert not overlaps


def test_lists_are_net_in_dollars_and_unsold_skus_are_not_sellable(engine, sample):
    lists = select(PriceList.kind, PriceList.currency, PriceList.basis).order_by(PriceList.kind)
    assert every(lists) == [("base", "USD", "net"), ("tier", "USD", "net")]
    newest = {row["sku"]: row for row in delivery.load(sample / "products.csv")}
    unsold = {sku for sku, row in newest.items() if row["sold_to_resellers"] == "0"}
    assert {code for (code,) in every(select(Sku.code).where(~Sku.is_sellable))} == unsold
    assert len(unsold) == 45  # of 63 versions; one SKU is sold in its newest version only


def test_a_sku_is_found_by_two_characters(engine, sample):
    pair = select(SearchGram.sku_id).where(SearchGram.gram == "hl")
    assert every(select(Sku.code).where(Sku.code == "HL-U509-R", Sku.id.in_(pair)))


def test_trees_have_paths(engine, sample):
    for model, code, ancestors in (
        (Territory, "AW-1", ["AW-C-UNITED-STATES", "AW-G-NORTH-AMERICA"]),
        (Category, "AW-BIKES-ROAD-BIKES", ["AW-BIKES"]),
    ):
        ids = {row.code: row for row in every(select(model.code, model.id, model.path))}
        way = [ids[each].id for each in [*reversed(ancestors), code]]
        assert ids[code].path == "/" + "/".join(map(str, way)) + "/"
