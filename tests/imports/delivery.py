"""Deliveries for tests: cut from the real data, changed cell by cell, imported, looked at."""

import csv
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from tests.databases import begin_with
from tests.tables import migrated
from trade import db
from trade.actor import Actor, system
from trade.db import Base
from trade.flows.import_batch import import_batch
from trade.imports import adventureworks
from trade.imports.merge import Result
from trade.imports.rows import Batch

SHARED = Path(__file__).resolve().parents[2].parent / "shared/data/adventureworks"
OPERATOR = system("test")
Row = dict[str, str]


def cut(source: Path, target: Path, resellers: int) -> Path:
    """Keep every n-th reseller with its orders and lines, and all products, promotions and territories."""
    target.mkdir()
    everyone = load(source / "resellers.csv")
    kept = everyone[:: max(1, len(everyone) // resellers)][:resellers]
    keys = {row["reseller_key"] for row in kept}
    orders = [row for row in load(source / "orders.csv") if row["reseller_key"] in keys]
    numbers = {row["order_no"] for row in orders}
    store(target / "resellers.csv", kept)
    store(target / "orders.csv", orders)
    store(
        target / "order_lines.csv",
        [row for row in load(source / "order_lines.csv") if row["order_no"] in numbers],
    )
    for name in "products.csv", "promotions.csv", "territories.csv":
        (target / name).write_bytes((source / name).read_bytes())
    return target


@cache
def sample() -> Path:
    """30 resellers of the real data, cut once for all tests of this process."""
    assert (SHARED / "orders.csv").is_file(), f"the shared data is missing: {SHARED}"
    return cut(SHARED, Path(tempfile.mkdtemp(prefix="tongqu-sample-")) / "sample", resellers=30)


def with_sample(url: str) -> None:
    """Prepare a database into which the sample has been imported."""
    begin_with(migrated, url)
    with connected(url):
        bring(sample())


def load(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def store(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def change(path: Path, is_meant: Callable[[Row], bool], **cells: str) -> Row:
    """Change cells of the one row that is meant, and answer how it was."""
    rows = load(path)
    [row] = [row for row in rows if is_meant(row)]
    before = dict(row)
    row.update(cells)
    store(path, rows)
    return before


@contextmanager
def connected(url: str) -> Iterator[Engine]:
    engine = db.connect(url)
    yield engine
    engine.dispose()


def bring(folder: Path, **options: bool) -> tuple[Result, ...]:
    """Read and import a delivery that has nothing wrong."""
    batch, problems = adventureworks.read_folder(folder, **options)
    assert not problems, [str(each) for each in problems.found[:5]]
    return db.run(import_batch, OPERATOR, batch)


def bring_and_watch(engine: Engine, folder: Path) -> tuple[tuple[Result, ...], list[str], object]:
    """Import; answer also every statement that is no SELECT, and what the database itself says was written."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    def flow(session: Session, actor: Actor, batch: Batch) -> tuple[tuple[Result, ...], object]:
        before = _written(session)
        results = import_batch(session, actor, batch)
        session.flush()
        return results, (before, _written(session))

    batch, _ = adventureworks.read_folder(folder)
    event.listen(engine, "before_cursor_execute", note)
    results, (before, after) = db.run(flow, OPERATOR, batch)
    event.remove(engine, "before_cursor_execute", note)
    reading = ("SELECT", "PRAGMA", "BEGIN")
    return results, [each for each in statements if not each.startswith(reading)], after != before


def counts(*models: type[Base]) -> dict[str, int]:
    with db.read() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in models
        }


def one(query: Any) -> Any:
    with db.read() as session:
        return session.execute(query).one()


def every(query: Any) -> Any:
    with db.read() as session:
        return session.execute(query).all()


def keep(folder: Path, keys: set[str]) -> None:
    """Keep these resellers and what is theirs."""
    numbers = {row["order_no"] for row in load(folder / "orders.csv") if row["reseller_key"] in keys}
    for name, column, kept in (
        ("resellers", "reseller_key", keys),
        ("orders", "order_no", numbers),
        ("order_lines", "order_no", numbers),
    ):
        path = folder / f"{name}.csv"
        store(path, [row for row in load(path) if row[column] in kept])


def _written(session: Session) -> object:
    """SQLite counts changed rows; PostgreSQL gives a transaction a number only when it writes."""
    if session.get_bind().dialect.name == "sqlite":
        return session.scalar(text("SELECT total_changes()"))
    return session.scalar(text("SELECT CAST(pg_current_xact_id_if_assigned() AS text)"))
