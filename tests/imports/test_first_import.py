"""The first import of a sample of the real data, on both databases."""

import shutil
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.imports import delivery
from tests.imports.delivery import every, keep, one
from trade import db
from trade.catalog.models import Sku
from trade.distributors.models import Address, Distributor, LegalEntity, Standing
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.orders.models import Order, OrderCharge, OrderLine
from trade.people.models import Person


def test_everything_arrives(engine, sample):
    results = {result.noun: result for result in delivery.bring(sample)}
    orders, lines = delivery.load(sample / "orders.csv"), delivery.load(sample / "order_lines.csv")
    assert results["order"].inserted == len(orders) == delivery.counts(Order)["sales_order"]
    assert results["order line"].inserted == len(lines) == delivery.counts(OrderLine)["order_line"]
    assert delivery.counts(Shipment, ShipmentLine) == {"shipment": len(orders), "shipment_line": len(lines)}
    assert delivery.counts(Distributor, Sku, Address) == {"distributor": 30, "sku": 295, "address": 30}


def test_no_ten_thousandth_is_lost(engine, sample):
    delivery.bring(sample)
    lines = delivery.load(sample / "order_lines.csv")

    def total(column):
        return sum(Decimal(line[column]) for line in lines)

    query = select(func.sum(OrderLine.net), func.sum(OrderLine.tax), func.sum(OrderLine.discount))
    assert tuple(one(query)) == (total("sales_amount"), total("tax_amount"), total("discount_amount"))
    assert one(select(func.sum(OrderCharge.amount)))[0] == total("freight")
    sums = total("sales_amount") + total("tax_amount"), total("freight")
    assert one(select(func.sum(Order.gross), func.sum(Order.net), func.sum(Order.tax))) == (
        sum(sums),
        total("sales_amount"),
        total("tax_amount"),
    )
    assert one(select(func.sum(Shipment.gross)))[0] == sums[0] == one(select(func.sum(ShipmentLine.gross)))[0]


def test_a_company_opens_with_its_latest_currency_and_rep(engine, shared, sample):
    for name in "resellers", "orders", "order_lines":
        shutil.copyfile(shared / f"{name}.csv", sample / f"{name}.csv")
    kept = {"211", "686", "4"}  # two that traded in two currencies
    keep(sample, kept)
    delivery.bring(sample)
    orders = delivery.load(sample / "orders.csv")
    query = select(Distributor.external_code, Distributor.currency, Standing.valid_from, Person.external_code)
    joined = query.join(Standing, Standing.distributor_id == Distributor.id).outerjoin(
        Person, Person.id == Standing.rep_id
    )
    for key, currency, since, rep in every(joined):
        own = sorted(
            (row["order_date"], row["order_no"], row["currency"], row["salesperson_key"])
            for row in orders
            if row["reseller_key"] == key
        )
        latest = own[-1][2:] if own else ("USD", None)
        assert (currency, rep) == latest
        assert since.isoformat() == (own[0][0] if own else "2010-01-01")


def test_a_code_of_another_source_is_refused_and_nothing_is_written(engine, sample):
    def squat(session, actor, given):
        own = {"code": "AW00000001", "name": "x", "sort_key": "x", "search_text": "x", "invoice_title": "x"}
        db.insert_many(session, Distributor, [own])

    db.run(squat, delivery.OPERATOR, None)
    with pytest.raises(Refused, match="import.code_taken"):
        delivery.bring(sample)
    assert delivery.counts(LegalEntity, Person, Distributor) == {
        "legal_entity": 0,
        "person": 0,
        "distributor": 1,
    }
