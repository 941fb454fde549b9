"""B6: 10,000 SKUs × 5 prices from xlsx, and the real order lines at three sizes. ./bench B6 --help

Each figure is taken in a process of its own on a fresh database; beside it the limit: the same file read and put into
one table by the driver alone, without a check.
"""

import argparse
import contextlib
import csv
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import xlsxwriter
from sqlalchemy import func, select

from ops import schema
from trade import db
from trade.actor import system
from trade.flows.import_batch import import_batch
from trade.imports import adventureworks, numbers
from trade.imports.problems import Problems
from trade.imports.readers import Column, read_sheet
from trade.imports.rows import Batch, NodeRow, PriceEntry, PriceListRow, SkuRow
from trade.pricing.models import PriceRow

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared/data/adventureworks"
OPERATOR = system("bench")
LISTS = 5
GOODS = (
    *(Column(name, numbers.code) for name in ("code", "category")),
    *(Column(name, numbers.words) for name in ("name",)),
    *(Column(f"price{at}", numbers.amount) for at in range(LISTS)),
)


def main() -> None:
    """Measure in turn, three times each, and print minimum, median and maximum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--database", default="", help="URL of an empty PostgreSQL database; SQLite when left out"
    )
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", default="", help="such as skus:10000")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(CHILDREN[given.child.split(":")[0]](given.database, given.child)))
        return
    sizes = (
        "skus:1000",
        "skus:10000",
        "skus:100000",
        "lines:1000",
        "lines:10000",
        "lines:60855",
        "limit:60855",
    )
    print(
        f"{'what':<16}{'rows':>9}{'seconds: min':>14}{'median':>9}{'max':>9}{'CPU s':>8}{'µs CPU/row':>12}{'MB':>6}"
    )
    for what in [given.only] if given.only else sizes:
        runs = sorted(
            (child(given.database, what) for _ in range(given.times)), key=lambda run: run["seconds"]
        )
        low, middle, high = runs[0], runs[len(runs) // 2], runs[-1]
        each = middle["cpu"] / middle["rows"] * 1e6
        print(
            f"{what:<16}{middle['rows']:>9}{low['seconds']:>14.2f}{middle['seconds']:>9.2f}{high['seconds']:>9.2f}"
            f"{middle['cpu']:>8.2f}{each:>12.0f}{max(run['mb'] for run in runs):>6.0f}",
            flush=True,
        )


def child(database: str, what: str) -> dict[str, float]:
    """Run one measurement in a process of its own on a database without tables."""
    with fresh(database) as url:
        command = [sys.executable, "-m", "benchmarks.imports", "--database", url, "--child", what]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextlib.contextmanager
def fresh(database: str) -> Iterator[str]:
    """An address under which there are no tables."""
    if database:
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        yield database
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/bench.db"


def skus(url: str, what: str) -> dict[str, float]:
    """A workbook of SKUs with five prices each, read, checked and written."""
    count = int(what.split(":")[1])
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(Path(folder) / "goods.xlsx", count)
        connect(url)
        begun, worked = time.perf_counter(), time.process_time()
        batch = goods(path)
        db.run(import_batch, OPERATOR, batch)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    with db.read() as session:
        written = session.scalar(select(func.count()).select_from(PriceRow))
    assert written == count * LISTS
    return {"rows": count * (LISTS + 1), "seconds": seconds, "cpu": cpu, "mb": peak()}


def workbook(path: Path, count: int) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("goods")
        sheet.write_row(0, 0, [column.name for column in GOODS])
        for at in range(count):
            prices = [f"{10 + at % 90 + of_list / 10:.2f}" for of_list in range(LISTS)]
            sheet.write_row(at + 1, 0, [f"S{at:06d}", f"C{at % 40}", f"云岫 乌龙茶 {at} 号 500ml", *prices])
    return path


def goods(path: Path) -> Batch:
    problems = Problems()
    rows = list(read_sheet(path, "goods", GOODS, problems))
    assert not problems
    names = sorted({row["category"] for row in rows})
    return Batch(
        source="bench",
        brand="Bench",
        categories=tuple(NodeRow(name, name, name) for name in names),
        skus=tuple(
            SkuRow(
                external_code=row["code"],
                code=row["code"],
                name=row["name"],
                category=row["category"],
                family=None,
                tax_rate=Decimal("0.13"),
                base_unit="bottle",
                order_unit="bottle",
                order_factor=1,
                is_sellable=True,
                safety_stock=0,
                colour=None,
                size=None,
                description=None,
                facts={},
            )
            for row in rows
        ),
        price_lists=tuple(
            PriceListRow(f"L{at}", f"L{at}", f"L{at}", "base", None, "CNY", "gross", date(2026, 1, 1))
            for at in range(LISTS)
        ),
        prices=tuple(
            PriceEntry(
                external_code=f"{row['code']}/{at}",
                price_list=f"L{at}",
                sku=row["code"],
                unit="bottle",
                factor=1,
                min_quantity=1,
                price=row[f"price{at}"],
                valid_from=date(2026, 1, 1),
                valid_to=None,
            )
            for row in rows
            for at in range(LISTS)
        ),
    )


def lines(url: str, what: str) -> dict[str, float]:
    """The real data, cut to about so many order lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = cut(folder, int(what.split(":")[1]))
        connect(url)
        begun, worked = time.perf_counter(), time.process_time()
        batch, problems = adventureworks.read_folder(folder)
        assert not problems
        results = db.run(import_batch, OPERATOR, batch)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    assert results[-1].inserted == count
    return {"rows": count, "seconds": seconds, "cpu": cpu, "mb": peak()}


def cut(folder: Path, count: int) -> int:
    """Whole orders until there are enough lines; masters stay whole."""
    for path in SHARED.glob("*.csv"):
        shutil.copyfile(path, folder / path.name)
    with (SHARED / "order_lines.csv").open(encoding="utf-8") as file:
        header, *rows = file
    last = rows[min(count, len(rows)) - 1].split(",")[0]
    kept = [row for row in rows if row.split(",")[0] <= last]
    (folder / "order_lines.csv").write_text("".join([header, *kept]), "utf-8")
    numbers_kept = {row.split(",")[0] for row in kept}
    with (SHARED / "orders.csv").open(encoding="utf-8") as file:
        header, *rows = file
    of_these = [row for row in rows if row.split(",")[0] in numbers_kept]
    (folder / "orders.csv").write_text("".join([header, *of_these]), "utf-8")
    return len(kept)


def limit(url: str, what: str) -> dict[str, float]:
    """The least that could be done with the order lines: read the text, put it into a table with one index."""
    begun, worked = time.perf_counter(), time.process_time()
    with (SHARED / "order_lines.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    columns = ", ".join(f"{name} text" for name in header)
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"CREATE TABLE line ({columns}, UNIQUE (order_no, line_no))")
            connection.executemany(f"INSERT INTO line VALUES ({', '.join('?' * len(header))})", rows)
            connection.commit()
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE line ({columns}, UNIQUE (order_no, line_no))")
            cursor.executemany(f"INSERT INTO line VALUES ({', '.join(['%s'] * len(header))})", rows)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    return {"rows": len(rows), "seconds": seconds, "cpu": cpu, "mb": peak()}


def connect(url: str) -> None:
    schema.upgrade(db.connect(url))


def peak() -> float:
    """Largest resident memory of this process in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))
    assert found
    return int(found[1]) / 1024


CHILDREN = {"skus": skus, "lines": lines, "limit": limit}

if __name__ == "__main__":
    main()
