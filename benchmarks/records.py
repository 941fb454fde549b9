"""What was measured, kept: a history to which every run is appended, and the pages that are drawn from its newest rows."""

import csv
import os
import platform
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from benchmarks.figures import Figure, Workload, number
from benchmarks.plot import Line, Panel, drawn

HISTORY, SUMMARY, PLOT = "history.csv", "README.md", "cost.svg"
PROGRAM = ("trade", "web", "portal", "admin", "press", "ops", "templates", "migrations", "wsgi.py", "uv.lock")
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
WHY = "\n## Why\n"
HEAD = """# Measurements

`./bench` runs every workload on both databases (`./bench B8 --database sqlite --sizes 1000,10000` one of them; `--help`
says more) and draws these pages from [history.csv]({history}), to which each run is appended: date, commit, cores that others
used of the machine meanwhile, workload, database, size, ours, limit, ratio, target. The limit is the least code that could do
the same work on the same data, in the same run, in turn. Medians; a row that stands for several figures shows the one that
is furthest from its target.
"""


@dataclass(frozen=True)
class Record:
    """A figure as it stands in the history, all of it text."""

    date: str
    commit: str
    others: str  # cores that others used meanwhile
    run: str  # planned: at the workload's own sizes; own: at others, not drawn
    workload: str
    database: str
    what: str
    size: str
    unit: str
    ours: str
    low: str
    high: str
    limit: str
    ratio: str
    target: str
    distance: str  # 1 is the target itself, more misses it
    facts: str


def is_missed(each: Record) -> bool:
    """Whether there was a target and it was not reached."""
    return bool(each.distance) and float(each.distance) > 1


def record(
    figure: Figure, *, date: str, commit: str, others: float, run: str, workload: str, database: str
) -> Record:
    """A figure on its way into the history."""
    limit, goal = figure.limit_median, figure.goal
    return Record(
        date=date,
        commit=commit,
        others=f"{others:.2f}",
        run=run,
        workload=workload,
        database=database,
        what=figure.what,
        size=str(figure.size or ""),
        unit=figure.unit,
        ours=_kept(figure.median),
        low=_kept(min(figure.ours)),
        high=_kept(max(figure.ours)),
        limit="" if limit is None else _kept(limit),
        ratio="" if not limit else _kept(figure.median / limit),
        target=str(goal or ""),
        distance="" if goal is None else _kept(goal.distance(figure.median, limit)),
        facts=figure.facts,
    )


def append(folder: Path, records: Sequence[Record]) -> None:
    """Add to the history."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / HISTORY
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [each.name for each in fields(Record)], lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(asdict(each) for each in records)


def newest(folder: Path) -> dict[str, list[Record]]:
    """By workload, the last planned run of each size on each database, in the order of the history."""
    path = folder / HISTORY
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        planned = [each for each in (Record(**row) for row in csv.DictReader(file)) if each.run == "planned"]
    last: dict[tuple[str, ...], str] = {}
    for each in planned:
        last[_run(each)] = max(each.date, last.get(_run(each), ""))
    found = defaultdict(list)
    for each in planned:
        if last[_run(each)] == each.date:
            found[each.workload].append(each)
    return found


def _run(each: Record) -> tuple[str, ...]:
    """What a later run takes the place of: all of a size, or this one thing that has none."""
    return each.workload, each.database, each.size, "" if each.size else each.what


def draw(folder: Path, workloads: Sequence[Workload], later: Mapping[str, str]) -> None:
    """Write every page, the summary and the plot anew; what stands under Why in a page is kept."""
    found = newest(folder)
    whys = {}
    for workload in workloads:
        page = folder / f"{workload.code}.md"
        _, _, why = page.read_text("utf-8").partition(WHY) if page.exists() else ("", "", "")
        whys[workload.code] = why.strip()
        if workload.code in found:
            page.write_text(_page(workload, found[workload.code], why.strip()), "utf-8")
    panels = [panel for each in workloads if (panel := _panel(each, found.get(each.code, [])))]
    (folder / PLOT).write_text(drawn(panels), "utf-8")
    (folder / SUMMARY).write_text(_summary(workloads, found, whys, later), "utf-8")


def _page(workload: Workload, records: Sequence[Record], why: str) -> str:
    sizes = [f"{size:,}" for size in (*workload.sizes, *workload.full) if size]
    at = f" Sizes ({workload.of}): {', '.join(sizes)}." if sizes else ""
    parts = [
        f"# {workload.code}\n\n{workload.about}\n\nTarget: {workload.target}. `./bench {workload.code}`.{at}\n"
    ]
    for database, name in DATABASES.items():
        mine = sorted((each for each in records if each.database == database), key=_order)
        if mine:
            parts.append(f"## {name}\n\n{_circumstances(mine)}\n\n{_table(workload, mine)}\n")
    if workload.plotted:
        parts.append(f"![Cost against size, log-log]({PLOT})\n")
    if why:
        parts.append(f"{WHY.strip()}\n\n{why}\n")
    return "\n".join(parts)


def _circumstances(records: Iterable[Record]) -> str:
    runs = dict.fromkeys(
        f"{each.date.replace('T', ' ')} at {each.commit or 'no commit'}, others used {each.others} cores"
        for each in records
    )
    return f"{'; '.join(runs)}. {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}."


def _table(workload: Workload, records: Iterable[Record]) -> str:
    head = [
        "what",
        workload.of or "size",
        "unit",
        "ours: min / median / max",
        "limit",
        "ratio",
        "target",
        "",
        "besides",
    ]
    rows = [head, ["---"] * len(head)]
    for each in records:
        spread = dict.fromkeys(_said(text) for text in (each.low, each.ours, each.high))
        size = f"{int(each.size):,}" if each.size else ""
        cells = [
            each.what,
            size,
            each.unit,
            " / ".join(spread),
            _said(each.limit),
            _said(each.ratio),
            each.target,
        ]
        rows.append([*cells, _verdict(each), each.facts])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _summary(
    workloads: Sequence[Workload],
    found: Mapping[str, Sequence[Record]],
    whys: Mapping[str, str],
    later: Mapping[str, str],
) -> str:
    head = [
        "",
        "figure",
        "target",
        *(cell for name in DATABASES.values() for cell in (name, "limit", "ratio", "")),
    ]
    rows = [head, ["---"] * len(head)]
    lines = list[str]()
    for workload in workloads:
        records = found.get(workload.code, [])
        rows += _summary_rows(workload, records)
        if any(is_missed(each) for each in records):
            reason = whys[workload.code].split("\n\n")[0].replace("\n", " ") or "not looked into yet"
            lines.append(f"- **{workload.code}** {reason}")
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    missing = "\n".join(f"- **{code}** {words}" for code, words in later.items())
    return (
        f"{HEAD.format(history=HISTORY)}\n{table}\n\n![Cost against size, log-log: ours and the limit]({PLOT})\n\n"
        f"## What misses its target, and why\n\n{chr(10).join(lines) or 'Nothing.'}\n\n## Not measured yet\n\n{missing}\n"
    )


def _summary_rows(workload: Workload, records: Sequence[Record]) -> list[list[str]]:
    """One row for each target, at the figure that is furthest from it on either database."""
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for each in records:
        if each.target:
            groups[each.unit, each.target].append(each)
    rows = []
    for (unit, target), some in groups.items():
        names = dict.fromkeys((each.what, each.size) for each in some)
        worst = max(some, key=lambda each: float(each.distance))
        title = f"{worst.what}{_sized(workload, worst)}, {unit}"
        title += f" (worst of {len(names)})" if len(names) > 1 else ""
        cells = [f"[{workload.code}]({workload.code}.md)", title, target]
        for database in DATABASES:
            mine = [each for each in some if each.database == database]
            same = [each for each in mine if (each.what, each.size) == (worst.what, worst.size)]
            cells += _outcome(same[0], mine) if same else ["", "", "", ""]
        rows.append(cells)
    return rows


def _outcome(shown: Record, all_of_them: Sequence[Record]) -> list[str]:
    met = sum(not is_missed(each) for each in all_of_them)
    verdict = "met" if met == len(all_of_them) else "**missed**"
    if 0 < met < len(all_of_them):
        verdict = f"**missed**, {met} of {len(all_of_them)} met"
    return [_said(shown.ours), _said(shown.limit), _said(shown.ratio), verdict]


def _panel(workload: Workload, records: Sequence[Record]) -> Panel | None:
    if workload.plotted is None:
        return None
    what, unit = workload.plotted
    lines = []
    for database, name in DATABASES.items():
        mine = sorted(
            (each for each in records if (each.what, each.unit, each.database) == (what, unit, database)),
            key=_order,
        )
        ours = [(float(each.size), float(each.ours)) for each in mine if each.size]
        limit = [(float(each.size), float(each.limit)) for each in mine if each.size and each.limit]
        lines += [
            Line(name, points, is_limit=is_limit)
            for points, is_limit in ((ours, False), (limit, True))
            if points
        ]
    return Panel(f"{workload.code}: {what}", workload.of, unit, lines) if lines else None


def _sized(workload: Workload, each: Record) -> str:
    is_told = each.size and not each.unit.startswith("×")
    return f", {int(each.size):,} {workload.of}" if is_told and workload.of else ""


def _verdict(each: Record) -> str:
    if not each.distance:
        return ""
    return "**missed**" if is_missed(each) else "met"


def _order(each: Record) -> tuple[int, bool]:
    return int(each.size or 0), each.unit.startswith("×")


def _said(text: str) -> str:
    return number(float(text)) if text else ""


def _kept(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


def commit() -> str:
    """The commit that last changed the program, with a plus where files differ from it; nothing outside a checkout."""
    asked = [["log", "-1", "--format=%h"], ["status", "--porcelain", "-uno"]]
    command = [["git", *each, "--", *PROGRAM] for each in asked]
    try:
        answers = [subprocess.run(each, capture_output=True, text=True, check=True) for each in command]
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answers[0].stdout.strip() + ("+" if answers[1].stdout.strip() else "")
