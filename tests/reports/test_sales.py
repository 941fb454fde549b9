import csv
import io
import time
from collections import defaultdict
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.databases import Prepare
from tests.imports import delivery
from trade import db
from trade.actor import EVERYONE, Actor, Permission, Scope
from trade.distributors.models import Standing
from trade.errors import Refused
from trade.reports import comma
from trade.reports.sales import DIMENSIONS, headings, sales

READER = frozenset({Permission.REPORT_READ})


@pytest.fixture
def prepare() -> Prepare:
    return delivery.with_sample


def report(*by, measure="net", actor=delivery.OPERATOR):
    with db.read() as session:
        return sales(session, actor, by, measure)


def test_sums_equal_the_source(engine, sample):
    orders = {row["order_no"]: row for row in delivery.load(sample / "orders.csv")}
    codes = {row["reseller_key"]: row["reseller_code"] for row in delivery.load(sample / "resellers.csv")}
    expected = defaultdict(lambda: [set(), 0, 0, Decimal(0)])
    for line in delivery.load(sample / "order_lines.csv"):
        order = orders[line["order_no"]]
        group = expected[codes[order["reseller_key"]], order["order_date"][:4], order["currency"]]
        group[0].add(line["order_no"])
        group[1] += 1
        group[2] += int(line["quantity"])
        group[3] += Decimal(line["sales_amount"])
    found = {(*row.key, row.currency): row for row in report("distributor", "year")}
    assert found.keys() == expected.keys() and len(found) > 20
    for key, (numbers, lines, quantity, amount) in expected.items():
        row = found[key]
        assert (row.orders, row.lines, row.quantity, row.amount) == (len(numbers), lines, quantity, amount)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_dimension_adds_up_to_the_same(engine, sample, by):
    lines = delivery.load(sample / "order_lines.csv")
    net, gross = report(by), report(by, measure="gross")
    assert sum(row.lines for row in net) == len(lines)
    assert sum(row.amount for row in net) == sum(Decimal(line["sales_amount"]) for line in lines)
    tax = sum(Decimal(line["tax_amount"]) for line in lines)
    assert sum(row.amount for row in gross) == sum(row.amount for row in net) + tax
    assert all(len(headings([by])) == len(row.key) + 5 for row in net)


def test_only_what_is_within_reach(engine, sample):
    everything = report("distributor")
    with db.read() as session:
        [(distributor_id, rep_id), *_] = session.execute(
            select(Standing.distributor_id, Standing.rep_id).where(Standing.rep_id.is_not(None))
        )
        own = set(session.scalars(select(Standing.distributor_id).where(Standing.rep_id == rep_id)))
    one = report(
        "distributor",
        actor=Actor("t", scope=Scope(distributor_ids=frozenset({distributor_id})), permissions=READER),
    )
    rep = report(
        "distributor", actor=Actor("t", scope=Scope(rep_ids=frozenset({rep_id})), permissions=READER)
    )
    assert len({row.key for row in one}) == 1
    assert len({row.key for row in rep}) == len(own) and 0 < len(rep) < len(everything)
    assert report("distributor", actor=Actor("t", permissions=READER)) == []
    with pytest.raises(Refused, match="access.denied"):
        report("distributor", actor=Actor("t", scope=EVERYONE))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_an_order_of_the_last_day_stays_in_its_year(engine, sample, zone, monkeypatch):
    order = delivery.load(sample / "orders.csv")[0]["order_no"]
    monkeypatch.setenv("TZ", zone)
    monkeypatch.setenv("PGTZ", zone)
    time.tzset()
    try:
        delivery.change(sample / "orders.csv", lambda row: row["order_no"] == order, order_date="2012-12-31")
        before = [row for row in delivery.load(sample / "orders.csv") if row["order_date"] == "2012-12-31"]
        delivery.bring(sample)
        assert len(before) == 1
        days = [row["order_date"] for row in delivery.load(sample / "orders.csv")]
        for by, key, start in ("month", "201212", "2012-12"), ("year", "2012", "2012"):
            found = sum(row.orders for row in report(by) if row.key == (key,))
            assert found == sum(day.startswith(start) for day in days)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＋1", "－1", "＠x", " =1", "\n=1"]
)
def test_no_cell_becomes_a_formula(text):
    [row] = csv.reader(io.StringIO(comma.write(["h"], [[text]]).removeprefix("h\n"), newline=""))
    assert row == ["'" + text.replace("\r", "\n")]


def test_numbers_stay_numbers():
    assert comma.write(["a", "b", "c"], [[Decimal("-1.5"), -3, None]]) == "a,b,c\n-1.5000,-3,\n"
