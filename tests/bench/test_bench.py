"""The bench itself, at the smallest sizes: it measures, keeps what it measured, and says what misses. No time is tested."""

import argparse
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, select

from benchmarks import limits, prices, records
from benchmarks.__main__ import FOLDER, measure
from benchmarks.data import Cart, Wanted, fill
from benchmarks.figures import CPU, Figure, Goal, Growth, Workload
from benchmarks.places import Place
from benchmarks.workloads import LATER, WORKLOADS
from trade import db
from trade.orders.models import Order

SKUS, WANTED = 20, Wanted(20, carts=2, lines=2)
KNOWN = {"date": "2026-11-22T08:00:00", "commit": "abc", "others": 0.5, "database": "sqlite"}
FLAT = Workload(
    "B1", "About.", "Flat.", lambda place, size: [], "SKUs", (10, 1000), growth=(Growth(CPU, "flat"),), plotted=("page", CPU)
)  # fmt: skip
Keep = Callable[..., str]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Keep figures of B1 as a run would, and answer with the summary."""

    def kept(figures: list[Figure], *, date: str = KNOWN["date"], run: str = "planned") -> str:
        known = KNOWN | {"date": date, "run": run, "workload": "B1"}
        records.append(tmp_path, [records.record(each, **known) for each in figures])
        records.draw(tmp_path, [FLAT], {"B4": "later"})
        return (tmp_path / "README.md").read_text("utf-8")

    return kept


def test_a_workload_is_measured_kept_and_drawn(tmp_path: Path, capsys):
    place = Place("sqlite", tmp_path)
    place.filled[Wanted(SKUS)] = place.fill(WANTED)
    tiny = replace(prices.WORKLOAD, sizes=(SKUS,))
    into = tmp_path / "kept"
    assert measure(tiny, place, argparse.Namespace(sizes="", full=False, into=into))
    assert "until visible" in capsys.readouterr().out
    table = (into / "B10.md").read_text("utf-8")
    rows = (into / "history.csv").read_text("utf-8").splitlines()
    assert "## SQLite" in table and len(rows) == 4 and "B10" in rows[1]
    broken = replace(tiny, measure=lambda place, size: place.missing)
    assert not measure(broken, place, argparse.Namespace(sizes="", full=False, into=into))


def test_the_limit_still_places_orders(empty_url: str):
    carts: list[Cart] = fill(empty_url, WANTED)
    taken = limits.place_orders(empty_url, [(cart.order_id, cart.address_id) for cart in carts], 1)
    db.connect(empty_url)
    with db.read() as session:
        wanted = select(func.count(), func.sum(Order.gross)).where(Order.approval_state == "approved")
        assert session.execute(wanted).one()[0] == len(carts) == len(taken)


def test_what_misses_is_told_with_its_reason(keep: Keep, tmp_path: Path):
    page = Figure("page", 10, CPU, [9, 10, 30], [2], Goal("times", 5), "8 SQL")
    assert "| met |" in keep([page]) and "Nothing." in keep([page])
    slow = replace(page, ours=[11])
    assert "**missed**" in keep([slow], date="2026-11-23T08:00:00")
    paper = tmp_path / "B1.md"
    paper.write_text(paper.read_text("utf-8") + "\n## Why\n\nIt is drawn twice.\n\nMore.\n", "utf-8")
    said = keep([slow, replace(slow, what="fragment", ours=[1])], date="2026-11-24T08:00:00")
    assert "- **B1** It is drawn twice.\n" in said and "1 of 2 met" in said and "**B4** later" in said
    assert "More." in paper.read_text("utf-8") and paper.read_text("utf-8").count("## Why") == 1


def test_a_size_of_ones_own_is_kept_but_not_drawn(keep: Keep, tmp_path: Path):
    keep([Figure("page", 10, CPU, [7.77])])
    said = keep([Figure("page", 10, CPU, [5.55], (), Goal("most", 1))], date="2026-11-25T08:00:00", run="own")
    assert "5.55" not in said and "7.77" in (tmp_path / "B1.md").read_text("utf-8")
    assert "5.55" in (tmp_path / "history.csv").read_text("utf-8")


def test_the_plot_has_a_line_for_ours_and_for_the_limit(keep: Keep, tmp_path: Path):
    keep([Figure("page", size, CPU, [size / 10], [1]) for size in (10, 1000)])
    picture = ElementTree.fromstring((tmp_path / "cost.svg").read_text("utf-8"))
    svg = "{http://www.w3.org/2000/svg}"
    words = {each.text for each in picture.iter(f"{svg}text")}
    assert {"B1: page", "SKUs", CPU, "10", "1,000"} <= words
    lines = [each.get("points", "").split() for each in picture.iter(f"{svg}polyline")]
    assert sum(len(each) == 2 for each in lines) == 2 + 4  # and the legend's


def test_growth_is_held_against_the_size():
    found = [Figure("page", 10, CPU, [2]), Figure("page", 1000, CPU, [6])]
    kinds = {"flat": 3.0, "linear": 0.03, "logarithmic": 1.0}
    for kind, wanted in kinds.items():
        [grown] = Growth(CPU, kind).figures(found, "SKUs")
        assert math.isclose(grown.median, wanted) and grown.goal.is_met(grown.median, None) == (wanted <= 1.2)
    assert not Growth(CPU, "flat").figures(found[:1], "SKUs")
    assert not Growth(CPU, "flat", ("other",)).figures(found, "SKUs")


def test_goals():
    assert Goal("part", 15).is_met(10, 150) and not Goal("part", 15).is_met(10, 151)
    assert Goal("least", 195).is_met(195, None) and not Goal("least", 195).is_met(194, None)
    assert not Goal("times", 5).is_met(1, None)
    assert [str(Goal(*each)) for each in (("part", 15), ("times", 5), ("most", 0.8))] == [
        "≥ limit / 15",
        "≤ 5 × limit",
        "≤ 0.8",
    ]


def test_every_workload_of_the_plan_is_measured_or_named_as_later():
    assert {each.code for each in WORKLOADS} | set(LATER) == {f"B{at}" for at in range(1, 16)}
    kept = records.newest(FOLDER)
    for workload in WORKLOADS:
        assert {each.database for each in kept[workload.code]} == set(workload.databases), workload.code
        assert (FOLDER / f"{workload.code}.md").exists()
