"""B6: 10,000 SKUs × 5 prices from xlsx, by command and by page, and the real order lines.

Each figure is taken in a process of its own on a fresh database.
"""

import argparse
import contextlib
import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from benchmarks.figures import SECONDS, Figure, Goal, Growth, Workload
from benchmarks.measure import cpu
from benchmarks.places import Place
from ops import schema
from ops.uploads import check_upload, write_upload
from trade import db
from trade.actor import system
from trade.flows.import_batch import import_batch
from trade.flows.map_import import Mapped, map_import
from trade.flows.upload_import import receive, upload_import
from trade.flows.write_import import Wish, ask_to_write
from trade.imports import adventureworks, numbers
from trade.imports.models import Upload
from trade.imports.problems import Problems
from trade.imports.readers import Column, read_sheet
from trade.imports.rows import Batch, NodeRow, PriceEntry, PriceListRow, SkuRow
from trade.imports.uploads import Seen
from trade.pricing.models import PriceDraftRow, PriceRow

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared/data/adventureworks"
OPERATOR = system("bench")
LISTS = 5
GOODS = (
    *(Column(name, numbers.code) for name in ("code", "category")),
    *(Column(name, numbers.words) for name in ("name",)),
    *(Column(f"price{at}", numbers.amount) for at in range(LISTS)),
)
TURNS, USUAL, REAL = 3, 10_000, 60_855


@dataclass
class Meter:
    """Wall clock and CPU of this process and of the database's, `roots` being the latter's."""

    roots: Sequence[int]
    begun: float = 0
    worked: float = 0
    database: float = 0
    steps: list[str] = field(default_factory=list)

    def begin(self) -> None:
        self.begun, self.worked, self.database = time.perf_counter(), time.process_time(), cpu(self.roots)
        self.last = self._cpu()

    def step(self, name: str) -> None:
        """Note what has been used since the last step, CPU of both."""
        now = self._cpu()
        self.steps.append(f"{name} {now - self.last:.2f}")
        self.last = now

    def spent(self) -> dict[str, Any]:
        database = (cpu(self.roots) - self.database) / 1000
        own = time.process_time() - self.worked
        return {
            "seconds": time.perf_counter() - self.begun,
            "cpu": own + database,
            "database": database,
            "mb": peak(),
            "steps": ", ".join(self.steps),
        }

    def _cpu(self) -> float:
        return time.process_time() + cpu(self.roots) / 1000


def main() -> None:
    """Take one figure in this process, which measured() started for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--child", required=True)
    parser.add_argument("--root", type=int, action="append", default=[])
    given = parser.parse_args()
    print(json.dumps(CHILDREN[given.child.split(":")[0]](given.database, given.child, Meter(given.root))))


def measured(place: Place, size: int) -> list[Figure]:
    """By command, by page and the limit in turn; the real order lines beside the size that is aimed at."""
    kinds = {f"skus:{size}": "by command", f"page:{size}": "by page"}
    found = _figures(place, size, kinds, f"bare:{size}", Goal("most", 8) if size == USUAL else None)
    if size == USUAL and SHARED.exists():
        lines_at_hand = {f"lines:{REAL}": f"{REAL:,} order lines"}
        found += _figures(place, 0, lines_at_hand, f"limit:{REAL}", Goal("most", 30))
    return found


def _figures(place: Place, size: int, kinds: dict[str, str], limit: str, goal: Goal | None) -> list[Figure]:
    turns = [{each: child(place, each) for each in (*kinds, limit)} for _ in range(TURNS)]
    bare = [turn[limit] for turn in turns]
    found: list[Figure] = []
    for kind, what in kinds.items():
        ours = [turn[kind] for turn in turns]
        middle = sorted(ours, key=lambda run: float(run["seconds"]))[len(ours) // 2]
        facts = (
            f"{middle['rows']:,} rows, CPU {middle['cpu']:.1f} s, of it database {middle['database']:.1f} s"
        )
        if middle.get("steps"):
            facts += f": {middle['steps']}"
        seconds = [[run["seconds"] for run in some] for some in (ours, bare)]
        memory = [[run["mb"] for run in some] for some in (ours, bare)]
        found.append(Figure(what, size, SECONDS, *seconds, goal, facts))
        found.append(Figure(what, size, "MB", *memory, Goal("most", 300) if size == USUAL else None))
    return found


def child(place: Place, what: str) -> dict[str, Any]:
    """Run one measurement in a process of its own on a database without tables."""
    roots = [word for root in place.roots for word in ("--root", str(root))]
    with fresh(place) as url, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.imports", "--database", url, "--child", what, *roots]
        environment = {**os.environ, "TONGQU_DATA_DIR": folder}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextlib.contextmanager
def fresh(place: Place) -> Iterator[str]:
    """An address under which there are no tables."""
    if place.given or place.cluster:
        url = place.given or place.cluster.url("postgres")
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/bench.db"


def skus(url: str, what: str, meter: Meter) -> dict[str, Any]:
    """A workbook of SKUs with five prices each, read, checked and written."""
    count = int(what.split(":")[1])
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(Path(folder) / "goods.xlsx", count)
        connect(url)
        meter.begin()
        batch = goods(path)
        db.run(import_batch, OPERATOR, batch)
        spent = meter.spent()
    with db.read() as session:
        written = session.scalar(select(func.count()).select_from(PriceRow))
    assert written == count * LISTS
    return {"rows": count * (LISTS + 1), **spent}


def page(url: str, what: str, meter: Meter) -> dict[str, Any]:
    """The same by two uploads, from the bytes of a file to the rows."""
    count = int(what.split(":")[1])
    with tempfile.TemporaryDirectory() as folder:
        products, prices = uploads(Path(folder), count)
        connect(url)
        db.run(
            import_batch,
            OPERATOR,
            replace(goods(workbook(Path(folder) / "goods.xlsx", 40)), skus=(), prices=()),
        )
        meter.begin()
        for kind, path in (("products", products), ("prices", prices)):
            bring(kind, path, meter)
        spent = meter.spent()
    with db.read() as session:
        written = session.scalar(select(func.count()).select_from(PriceDraftRow))
    assert written == count * LISTS
    return {"rows": count * (LISTS + 1), **spent}


def bring(kind: str, path: Path, meter: Meter) -> None:
    """Upload, check and write one file, each step as it runs: a request, two errands."""
    upload_id = db.run(upload_import, OPERATOR, receive(kind, path.name, path.read_bytes()))
    with db.read() as session:
        upload = session.get_one(Upload, upload_id)
    meter.step(f"{kind} upload")
    db.run(map_import, OPERATOR, Mapped(Seen(upload_id, upload.version), upload.mapping, {}))
    check_upload(OPERATOR, upload_id, lambda done, total: None)
    meter.step("check")
    with db.read() as session:
        upload = session.get_one(Upload, upload_id)
    assert (upload.state, upload.bad) == ("checked", 0), upload.problems
    db.run(ask_to_write, OPERATOR, Wish(Seen(upload_id, upload.version), "all"))
    write_upload(OPERATOR, upload_id, lambda done, total: None)
    meter.step("write")


def uploads(folder: Path, count: int) -> tuple[Path, Path]:
    """The same goods and prices as people send them: a sheet of SKUs, a sheet of prices."""
    products, prices = folder / "products.xlsx", folder / "prices.xlsx"
    with xlsxwriter.Workbook(products, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["产品编码", "产品名称", "分类", "基本单位", "税率"])
        for at in range(count):
            sheet.write_row(at + 1, 0, [f"S{at:06d}", named(at), f"C{at % 40}", "瓶", "13%"])
    with xlsxwriter.Workbook(prices, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["价目表", "产品编码", "价格"])
        for at in range(count * LISTS):
            sku, of_list = divmod(at, LISTS)
            sheet.write_row(at + 1, 0, [f"L{of_list}", f"S{sku:06d}", price(sku, of_list)])
    return products, prices


def named(at: int) -> str:
    return f"云岫 乌龙茶 {at} 号 500ml"


def price(at: int, of_list: int) -> str:
    return f"{10 + at % 90 + of_list / 10:.2f}"


def workbook(path: Path, count: int) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("goods")
        sheet.write_row(0, 0, [column.name for column in GOODS])
        for at in range(count):
            prices = [price(at, of_list) for of_list in range(LISTS)]
            sheet.write_row(at + 1, 0, [f"S{at:06d}", f"C{at % 40}", named(at), *prices])
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


def lines(url: str, what: str, meter: Meter) -> dict[str, Any]:
    """The real data, cut to about so many order lines."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = cut(folder, int(what.split(":")[1]))
        connect(url)
        meter.begin()
        batch, problems = adventureworks.read_folder(folder)
        assert not problems
        results = db.run(import_batch, OPERATOR, batch)
        spent = meter.spent()
    assert results[-1].inserted == count
    return {"rows": count, **spent}


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


def bare(url: str, what: str, meter: Meter) -> dict[str, Any]:
    """The least that could be done with the goods: read the sheet, put it into two tables with an index each."""
    count = int(what.split(":")[1])
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(Path(folder) / "goods.xlsx", count)
        meter.begin()
        _, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        prices = [(row[0], at, row[3 + at]) for row in rows for at in range(LISTS)]
        goods_rows = [(row[0], row[1], row[2]) for row in rows]
        tables = (
            ("goods", "code text UNIQUE, category text, name text", goods_rows),
            ("price", "code text, list integer, price text, UNIQUE (code, list)", prices),
        )
        for name, columns, values in tables:
            insert_bare(url, name, columns, values)
    return {"rows": count * (LISTS + 1), **meter.spent()}


def limit(url: str, what: str, meter: Meter) -> dict[str, Any]:
    """The least that could be done with the order lines: read the text, put it into a table with one index."""
    meter.begin()
    with (SHARED / "order_lines.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    columns = ", ".join(f"{name} text" for name in header)
    insert_bare(url, "line", f"{columns}, UNIQUE (order_no, line_no)", rows)
    return {"rows": len(rows), **meter.spent()}


def insert_bare(url: str, table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """Make a table and fill it by the driver alone."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"CREATE TABLE {table} ({columns})")
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
            connection.commit()
        return
    with psycopg.connect(url.replace("+psycopg", "")) as server, server.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table} ({columns})")
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)


def connect(url: str) -> None:
    schema.upgrade(db.connect(url))


def peak() -> float:
    """Largest resident memory of this process in MB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))
    assert found
    return int(found[1]) / 1024


CHILDREN = {"skus": skus, "page": page, "bare": bare, "lines": lines, "limit": limit}

WORKLOAD = Workload(
    "B6",
    "10,000 SKUs × 5 prices from xlsx, validated: by command straight into the lists, and by page (two uploads, each checked and"
    " written as the worker does, the prices into the drafts of their lists); the real order lines of AdventureWorks by command."
    " Each in a process of its own on a fresh database. The limit: the same file read and put into bare tables by the driver.",
    "10,000 SKUs × 5 prices ≤ 8 s and ≤ 300 MB; 60,855 order lines ≤ 30 s; linear",
    measured,
    of="SKUs",
    sizes=(1_000, USUAL),
    full=(100_000,),
    growth=(Growth(SECONDS, "linear", ("by command", "by page")),),
    plotted=("by page", SECONDS),
)

if __name__ == "__main__":
    main()
