"""The whole of the real data: every control sum, to the ten-thousandth."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tests.imports import delivery
from trade import db
from trade.reports.sales import sales

ROOT = Path(__file__).resolve().parents[2]
LONGEST, LARGEST = 60, 500  # seconds, MB
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
GROUPS = {
    "by_year": "year",
    "by_territory": "territory",
    "by_currency": "currency",
    "by_promotion": "promotion",
}


def summed(rows, width):
    """Rows of (key…, currency, orders, lines, quantity, amount), added up over the currencies."""
    sums = defaultdict(lambda: [0, 0, 0, Decimal(0)])
    for row in rows:
        for at, value in enumerate(row[width + 1 :]):
            sums[tuple(row[:width])][at] += Decimal(value) if at == 3 else int(value)
    return {key: tuple(values) for key, values in sums.items()}


def control(shared):
    codes = {row["reseller_key"]: row["reseller_code"] for row in delivery.load(shared / "resellers.csv")}
    return {
        (codes[row["reseller_key"]], row["year"]): (
            *(int(row[name]) for name in ("orders", "lines", "quantity")),
            Decimal(row["sales_amount"]),
        )
        for row in delivery.load(shared / "control_by_reseller_year.csv")
    }


def report(*by):
    with db.read() as session:
        rows = sales(session, delivery.OPERATOR, by)
    return [(*row.key, row.currency, row.orders, row.lines, row.quantity, row.amount) for row in rows]


@pytest.mark.proof
def test_every_control_sum(sqlite_url, shared):
    with delivery.connected(sqlite_url) as engine:
        delivery.bring(shared)
        by_year = summed(report("distributor", "year"), 2)
        assert by_year == control(shared) and len(by_year) == 1179
        totals = json.loads((shared / "control_totals.json").read_text("utf-8"))
        for name, dimension in GROUPS.items():
            width = 0 if dimension == "currency" else 1
            rows = [row if width else (row[0], *row) for row in report(dimension)]
            found = {key[0].removeprefix("AW-") or "1": values for key, values in summed(rows, 1).items()}
            assert found == {
                key: (group["orders"], group["lines"], group["quantity"], Decimal(group["sales_amount"]))
                for key, group in totals[name].items()
            }
        results, statements, has_written = delivery.bring_and_watch(engine, shared)
        assert statements == [] and not has_written and not any(each.absent for each in results)


@pytest.mark.proof
def test_import_and_report_as_an_operator_runs_them(database_url, shared, tmp_path):
    environment = os.environ | {
        "TONGQU_DATABASE_URL": database_url,
        "TONGQU_SECRET_KEY": os.urandom(32).hex(),
    }
    first = measured(environment, "import", "adventureworks", shared)
    again = measured(environment, "import", "adventureworks", shared)
    reported = measured(
        environment, "report", "sales", "--by", "distributor", "--by", "year", "--format", "csv"
    )
    header, *rows = csv.reader(io.StringIO(reported[0]))
    assert header == ["distributor_code", "year", "currency", "orders", "lines", "quantity", "amount"]
    assert summed(rows, 2) == control(shared)
    assert (
        "66934 rows inserted, 0 rows changed." in first[0] and "0 rows inserted, 0 rows changed." in again[0]
    )
    changed, named = three_cells(environment, shared, tmp_path)
    assert "0 rows inserted, 3 rows changed." in changed[0] and len(named) == 3
    zones = {zone: planted(environment | {"TZ": zone, "PGTZ": zone}, tmp_path / "copy") for zone in ZONES}
    assert len(set(zones.values())) == 1
    name = database_url.split(":")[0].split("+")[0]
    lines = [f"{'run':<28}{'seconds':>9}{'MB':>6}"]
    for what, run in (
        ("first import", first),
        ("second import", again),
        ("three cells", changed),
        ("report", reported),
    ):
        lines.append(f"{what:<28}{run[1]:>9.1f}{run[2]:>6.0f}")
        assert run[1] < LONGEST and run[2] < LARGEST
    lines += ["", "three changed cells:", *named, "", "orders of 2012, one of them dated 2012-12-31, by TZ:"]
    lines += [f"{zone}: {' '.join(orders)}" for zone, orders in zones.items()]
    target = ROOT / "docs/proof"
    target.mkdir(exist_ok=True)
    (target / f"import-{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")


def measured(environment, *arguments):
    """What the command said, and its seconds and peak memory in MB."""
    command = [sys.executable, "-c", MEASURE, *map(str, arguments)]
    begun = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, time.monotonic() - begun, int(done.stderr.split()[-1]) / 1024


MEASURE = """
import atexit, pathlib, re, sys
peak = lambda: re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]
atexit.register(lambda: print(peak(), file=sys.stderr))
from wsgi import main
main()
"""


def three_cells(environment, shared, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in shared.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    delivery.change(
        folder / "resellers.csv", lambda row: row["reseller_key"] == "1", name="A Better Bike Store"
    )
    delivery.change(folder / "products.csv", lambda row: row["product_key"] == "606", list_price="540.0001")
    delivery.change(
        folder / "orders.csv", lambda row: row["order_no"] == "SO43661", carrier_tracking="0000-0000-00"
    )
    run = measured(environment, "import", "adventureworks", folder)
    return run, [line for line in run[0].splitlines() if "→" in line]


def planted(environment, folder):
    """Import a copy with an order of the last day of 2012, and answer how many orders 2012 has."""
    delivery.change(folder / "orders.csv", lambda row: row["order_no"] == "SO43659", order_date="2012-12-31")
    measured(environment, "import", "adventureworks", folder)
    said = measured(environment, "report", "sales", "--by", "year", "--by", "month")[0]
    return tuple(line for line in said.splitlines() if line.startswith("2012,201212"))
