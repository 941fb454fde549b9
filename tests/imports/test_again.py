"""A later delivery of the same source, on both databases."""

import pytest
from sqlalchemy import select

from tests.databases import Prepare
from tests.imports import delivery
from tests.imports.delivery import every, keep, one
from trade.catalog.models import Sku
from trade.credit.models import CreditAccount
from trade.distributors.models import Address, Distributor, Standing
from trade.errors import Refused
from trade.fulfilment.models import Shipment
from trade.imports.models import ImportRun
from trade.inventory.models import Stock
from trade.orders.models import Order, OrderCharge, OrderLine
from trade.people.models import Person
from trade.pricing.models import PriceRow


@pytest.fixture
def prepare() -> Prepare:
    return delivery.with_sample


EVERY_TABLE = (
    Address,
    Distributor,
    Standing,
    CreditAccount,
    Person,
    Sku,
    PriceRow,
    Stock,
    Order,
    OrderLine,
    Shipment,
)


def test_a_second_import_writes_nothing(engine, sample):
    before = delivery.counts(ImportRun, *EVERY_TABLE)
    results, statements, has_written = delivery.bring_and_watch(engine, sample)
    assert statements == [] and not has_written
    assert not any(result.inserted or result.updated or result.absent for result in results)
    assert delivery.counts(ImportRun, *EVERY_TABLE) == before and before["import_run"] == 1


def test_the_watch_sees_a_write(engine, sample):
    delivery.change(sample / "resellers.csv", lambda row: row["reseller_key"] == "1", phone="1")
    _, statements, has_written = delivery.bring_and_watch(engine, sample)
    assert statements and has_written


def named(results):
    return {
        (change.noun, change.code, field.name, field.before, field.after)
        for result in results
        for change in result.changes
        for field in change.fields
    }


def test_three_changed_cells_change_three_rows_and_are_named(engine, sample):
    line = delivery.load(sample / "order_lines.csv")[5]
    order = delivery.load(sample / "orders.csv")[2]
    delivery.change(
        sample / "resellers.csv", lambda row: row["reseller_key"] == "1", name="A Better Bike Store"
    )
    delivery.change(sample / "products.csv", lambda row: row["product_key"] == "213", dealer_price="20.1866")
    delivery.change(
        sample / "order_lines.csv",
        lambda row: (row["order_no"], row["line_no"]) == (line["order_no"], line["line_no"]),
        freight="0.1234",
    )
    results = delivery.bring(sample)
    assert named(results) == {
        ("distributor", "AW00000001", "name", "A Bike Store", "A Better Bike Store"),
        ("price", "HL-U509-R 213/reseller", "price", "20.1865", "20.1866"),
        ("order line", f"{line['order_no']}/{line['line_no']}", "freight", line["freight"], "0.1234"),
    }
    assert sum(result.updated for result in results) == 3 and not any(result.inserted for result in results)
    header, charge = one(
        select(Order, OrderCharge.amount)
        .join(OrderCharge, OrderCharge.order_id == Order.id)
        .where(Order.number == line["order_no"])
    )
    assert header.gross == header.net + header.tax + charge  # the sums follow
    frozen = select(Order.distributor_name).where(Order.distributor_code == "AW00000001").distinct()
    assert every(frozen) in ([], [("A Bike Store",)])
    assert order["order_no"] and delivery.counts(ImportRun)["import_run"] == 2


@pytest.mark.parametrize(
    ("file", "key", "cell", "change"),
    [
        ("resellers", ("reseller_key", "1"), {"territory_key": "2"}, ("territory", "AW-1", "AW-2")),
        ("resellers", ("reseller_key", "1"), {"employees": "77"}, ("employees", "2", "77")),
        ("products", ("product_key", "606"), {"safety_stock": "7"}, ("safety_stock", "100", "7")),
        ("products", ("product_key", "606"), {"color": "Red"}, ("colour", "Black", "Red")),
        ("products", ("product_key", "212"), {"valid_to": "2007-12-29"}, None),
        ("orders", ("order_no", ""), {"carrier_tracking": "X"}, ("tracking_number", None, "X")),
        ("orders", ("order_no", ""), {"ship_date": "2014-01-01"}, ("ship_date", None, "2014-01-01")),
        ("orders", ("order_no", ""), {"customer_po": "PO1"}, ("customer_po", None, "PO1")),
        ("orders", ("order_no", ""), {"salesperson_key": "272"}, ("rep", None, "272")),
    ],
)
def test_one_cell_is_one_row(engine, sample, file, key, cell, change):
    column, value = key
    value = value or delivery.load(sample / "orders.csv")[-1]["order_no"]
    before = delivery.change(sample / f"{file}.csv", lambda row: row[column] == value, **cell)
    results = delivery.bring(sample)
    assert sum(result.updated + result.inserted for result in results) == 1
    [(_, _, name, was, became)] = named(results)
    if change:
        assert (name, became) == (change[0], change[2])
        assert was == (change[1] or before[next(iter(cell))])


def test_a_line_sold_as_another_sku_is_frozen_anew(engine, sample):
    line = delivery.load(sample / "order_lines.csv")[0]
    own = [row for row in delivery.load(sample / "order_lines.csv") if row["order_no"] == line["order_no"]]
    taken = {row["product_key"] for row in own}
    other = next(key for key in ("212", "217", "222", "225") if key not in taken)
    key = (line["order_no"], line["line_no"])
    delivery.change(
        sample / "order_lines.csv", lambda row: (row["order_no"], row["line_no"]) == key, product_key=other
    )
    delivery.bring(sample)
    query = (
        select(Sku.code, OrderLine.sku_code)
        .join(OrderLine, OrderLine.sku_id == Sku.id)
        .join(Order, Order.id == OrderLine.order_id)
    )
    [(code, frozen)] = every(query.where(Order.number == key[0], OrderLine.line_no == int(key[1])))
    assert code == frozen and code in {"HL-U509-R", "HL-U509", "HL-U509-B", "CA-1098"}


def test_what_is_missing_later_stays(engine, sample):
    keep(sample, {row["reseller_key"] for row in delivery.load(sample / "resellers.csv")[5:]})
    before = delivery.counts(*EVERY_TABLE)
    results = {result.noun: result for result in delivery.bring(sample)}
    assert delivery.counts(*EVERY_TABLE) == before
    assert results["distributor"].absent == 5 and results["order"].absent > 0


def test_a_document_that_lost_a_line_is_refused(engine, sample):
    lines = delivery.load(sample / "order_lines.csv")
    at = next(at for at, row in enumerate(lines) if row["line_no"] == "2")
    lost = lines.pop(at)
    delivery.store(sample / "order_lines.csv", lines)
    with pytest.raises(Refused, match="import.lines_missing") as caught:
        delivery.bring(sample)
    assert caught.value.facts["codes"] == [f"{lost['order_no']}/{lost['line_no']}"]
