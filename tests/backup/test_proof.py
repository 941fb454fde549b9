"""The invented brand with its pictures: what a backup, a move and a restore cost, written to docs/proof/backup.md."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from ops import demo, regions, schema
from ops.backup import restoring
from ops.backup.making import make
from ops.backup.places import Place
from ops.backup.sealing import Key, Lock
from tests.backup.test_restore import counted, destroy
from trade import db
from trade.actor import system
from trade.flows.set_up_brand import set_up_brand

pytestmark = pytest.mark.proof
PAGE = Path("docs/proof/backup.md")
MORE = 100_000
HEAD = """# Backups: what they cost

Written by `./test --proof tests/backup` on a machine with two cores that others used too. The invented brand, and
the same with {more:,} rows more; after each restore every table had the count and the sum of before, and `verify`
found no breach, else the test fails. "Waited" is the longest that a writer, who adds a row without pause, waited
for one of them during the backup.

| database | content | rows | uploads | file, MB | backup, s | waited, ms | restored and proven in a scratch place, s | restored, s |
|---|---|---|---|---|---|---|---|---|
"""


def test_figures_of_the_invented_brand(
    empty_sqlite_url: str, empty_postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Place(make_url(empty_sqlite_url), tmp_path / "data")
    there = Place(make_url(empty_postgresql_url), tmp_path / "other")
    monkeypatch.setenv("TONGQU_DATA_DIR", str(here.data))
    monkeypatch.setenv("TONGQU_SECRET_KEY", "k" * 48)
    engine = db.connect(empty_sqlite_url)
    schema.upgrade(engine)
    db.run(set_up_brand, system("test"), None)
    regions.load()
    demo.load()
    engine.dispose()
    lines, moved = [], make(here, tmp_path / "move.tar", Lock()).path
    _, seconds = timed(lambda: restoring.restore(moved, there, Key()))
    for place in here, there:
        lines.append(measured(place, "invented brand", tmp_path))
        swell(place)
        lines.append(measured(place, f"and {MORE:,} rows", tmp_path))
    locked, under_lock = timed(lambda: make(here, tmp_path / "locked.tar", Lock(passphrase="秘密")))
    assert restoring.check(locked.path, Key(passphrase="秘密")).kind == "sqlite"
    PAGE.write_text(
        HEAD.format(more=MORE)
        + "\n".join(lines)
        + f"\n\nThe brand moved from SQLite to PostgreSQL in {seconds:.1f} s, every row compared."
        + f" Encrypted with a passphrase, the last backup of SQLite took {under_lock:.1f} s.\n",
        "utf-8",
    )


def measured(place: Place, content: str, folder: Path) -> str:
    """One line: backup under a writer, rehearsal, loss, restore, comparison."""
    path, waits, ending = folder / "all.tar", [0.0], threading.Event()
    writer = threading.Thread(target=write, args=(place, waits, ending))
    writer.start()
    try:
        made, backup = timed(lambda: make(place, path, Lock(), replaces=True))
    finally:
        ending.set()
        writer.join()
    assert len(waits) > 10
    _, rehearsed = timed(lambda: restoring.rehearse(path, place, Key()))
    destroy(place)
    done, restored = timed(lambda: restoring.restore(path, place, Key()))
    assert counted(place) == made.manifest.tables and not done.breaches
    figures = (
        f"{done.rows:,} | {done.uploads} | {made.size / 1e6:.1f} | {backup:.1f} | {max(waits) * 1000:.0f}"
    )
    return f"| {place.kind} | {content} | {figures} | {rehearsed:.1f} | {restored:.1f} |"


def write(place: Place, waits: list[float], ending: threading.Event) -> None:
    """Add rows without pause, and remember how long each took."""
    engine = place.engine()
    with engine.connect() as connection:
        while not ending.is_set():
            begun = time.monotonic()
            connection.execute(
                text("INSERT INTO setting (key, value) VALUES (:key, '1')"), {"key": f"{begun}"}
            )
            connection.commit()
            waits.append(time.monotonic() - begun)
            time.sleep(0.002)


def swell(place: Place) -> None:
    """Add rows as a busy brand has them."""
    on_sqlite = (
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MORE}) SELECT i FROM n"
    )
    numbers = on_sqlite if place.kind == "sqlite" else f"SELECT i FROM generate_series(1, {MORE}) i"
    filled = f"INSERT INTO setting (key, value) SELECT 'x.' || i, '\"some value\"' FROM ({numbers}) AS m"
    with place.engine().begin() as connection:
        connection.execute(text(filled))


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.monotonic()
    answer = work()
    return answer, time.monotonic() - begun
