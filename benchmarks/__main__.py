"""Measure workloads beside their limits, in turn, and keep the figures: all of them, or those that are named."""

import argparse
import sys
import time
import traceback
from pathlib import Path

from benchmarks import records
from benchmarks.figures import Figure, Workload, number
from benchmarks.measure import Neighbours
from benchmarks.places import Place, open_place
from benchmarks.workloads import LATER, WORKLOADS
from trade import clock

FOLDER = Path("docs/bench")
CODES = [each.code for each in WORKLOADS]


def main() -> int:
    """Run what was asked for on each database; 1 when a workload could not be measured to its end."""
    given = arguments().parse_args()
    chosen = [each for each in WORKLOADS if each.code in (given.workloads or CODES)]
    is_whole = True
    for name in [given.database] if given.database else ["sqlite", "postgresql"]:
        with open_place(name) as place:
            for workload in chosen:
                if place.name in workload.databases:
                    is_whole &= measure(workload, place, given)
    return 0 if is_whole else 1


def arguments() -> argparse.ArgumentParser:
    """What may be asked for."""
    parser = argparse.ArgumentParser(prog="./bench", description=__doc__)
    parser.add_argument(
        "workloads", nargs="*", metavar="B1", help=f"of {', '.join(CODES)}; all when left out"
    )
    parser.add_argument(
        "--database",
        default="",
        help="sqlite, postgresql or the address of an empty PostgreSQL; both when left out",
    )
    parser.add_argument("--sizes", default="", help="such as 1000,10000 instead of the workload's own")
    parser.add_argument("--full", action="store_true", help="the largest sizes too, which take longer")
    parser.add_argument("--into", type=Path, default=FOLDER, help="where history, pages and plot are kept")
    return parser


def measure(workload: Workload, place: Place, given: argparse.Namespace) -> bool:
    """Measure one at its sizes on one database, tell it, keep it."""
    sizes = [int(each) for each in given.sizes.split(",") if each] or [
        *workload.sizes,
        *(workload.full if given.full else ()),
    ]
    neighbours, began = Neighbours(), time.monotonic()
    print(f"\n{workload.code} · {place.name}", flush=True)
    found: list[Figure] = []
    try:
        for size in sizes:
            found += tell(workload.measure(place, size))
        for growth in workload.growth:
            found += tell(growth.figures(found, workload.of))
        is_whole = True
    except Exception:  # noqa: BLE001 (the others are measured all the same)
        traceback.print_exc()
        is_whole = False
    others = neighbours.cores()
    is_planned = set(sizes) <= {*workload.sizes, *workload.full} and not place.given
    known = {
        "date": clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
        "commit": records.commit(),
        "run": "planned" if is_planned else "own",
        "workload": workload.code,
        "database": place.name,
    }
    records.append(given.into, [records.record(each, others=others, **known) for each in found])
    records.draw(given.into, WORKLOADS, LATER)
    print(f"  {time.monotonic() - began:.0f} s; others used {others:.2f} cores", flush=True)
    return is_whole


def tell(figures: list[Figure]) -> list[Figure]:
    """Print each as soon as it is known."""
    for each in figures:
        limit, verdict = each.limit_median, ""
        if each.goal:
            verdict = "met" if each.goal.is_met(each.median, limit) else "MISSED"
        size = f"{each.size:,}" if each.size else ""
        beside = "" if limit is None else f"limit {number(limit)}"
        line = f"  {each.what:<50}{size:>10} {number(each.median):>8} {each.unit:<12}{beside:<14}{each.goal or ''!s:<16} {verdict}"
        print(line.rstrip(), flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
