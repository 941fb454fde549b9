"""Measure a workload beside its limit, in turn, and write the table down: ./bench B1, B3, B8, B9 (and B6, B10)."""

import argparse
import os
import platform
from pathlib import Path

from benchmarks import catalogue, history, orders, search
from benchmarks.measure import Row, table
from benchmarks.places import open_place
from trade import clock

WORKLOADS = {"B1": catalogue, "B3": orders, "B8": search, "B9": history}
ALONE = {"B8", "B9"}  # one client within this process: the server's own time
PEERS = {
    "B1": "django-oscar 19.5, Vendure 13.4 (PostgreSQL) and 46.8 (SQLite), Medusa 5.5 pages/s",
    "B3": "django-oscar 17.3, Vendure 9.2, Medusa 2.5, Tryton 1.2 orders/s",
}
FOLDER = Path("docs/bench")


def main() -> None:
    """Run what was asked for on each database and keep the tables."""
    parser = argparse.ArgumentParser(prog="./bench", description=__doc__)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument(
        "--database", default="", help="sqlite, postgresql or the address of an empty database"
    )
    parser.add_argument("--growth", action="store_true", help="the same on more data: SKUs (B1), lines (B3)")
    parser.add_argument("--size", type=int, default=0, help="one number of SKUs (B8) or orders (B9) instead")
    given = parser.parse_args()
    if given.size:
        WORKLOADS[given.workload].SIZE = given.size  # type: ignore[attr-defined]
    for name in [given.database] if given.database else ["sqlite", "postgresql"]:
        with open_place(name) as place:
            module = WORKLOADS[given.workload]
            rows = module.grow(place) if given.growth else module.run(place)
            _tell(given.workload, place.name, rows, is_growth=given.growth, size=given.size)


def _tell(workload: str, database: str, rows: list[Row], *, is_growth: bool, size: int) -> None:
    """Print the table, and put it in the place of its last one; a size of one's own is only looked at."""
    command = f"./bench {workload} --database {database}" + (" --growth" if is_growth else "")
    ratio = rows[-1].cpu / rows[0].cpu if is_growth else rows[0].cpu / rows[-1].cpu
    words = "CPU of the last by the first" if is_growth else "CPU by the limit's"
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    title = f"## {database}" + (", growth" if is_growth else "")
    body = f"{title}\n\n`{command}` · {clock.today()} · {machine} · {words}: {ratio:.2f}\n\n{table(rows)}\n"
    print(f"\n{body}")
    if size:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = FOLDER / f"{workload}.md"
    old = page.read_text("utf-8") if page.exists() else f"# {workload}\n\n{_about(workload)}\n"
    head, *sections = old.split("\n## ")
    kept = [f"## {each}" for each in sections if f"## {each}".splitlines()[0] != title]
    page.write_text(
        "\n".join([head.rstrip() + "\n", *(each.rstrip() + "\n" for each in [*kept, body])]), "utf-8"
    )


def _about(workload: str) -> str:
    text = (WORKLOADS[workload].__doc__ or "").strip()
    if workload in ALONE:
        return (
            f"{text}\n\nThree rounds of ten requests each, in turn, by one client; bodies were looked into."
        )
    turns = (
        "Ours and the limit in turn, three times each, eight clients, two server processes of eight threads."
    )
    return f"{text}\n\n{turns} Bodies and database were checked. Peers on such a machine: {PEERS[workload]}."


if __name__ == "__main__":
    main()
