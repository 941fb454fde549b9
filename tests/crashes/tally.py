"""The table of faults: what each came to, kept in a file so that a long proof can be stopped and gone on with."""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from trade import clock

KEPT = Path("build/crashes.json")
PAGE = Path("docs/proof/crashes.md")
HEAD = """# Crashes: what people saw, and what stands in the books

Written by `./test --proof tests/crashes` (last on {day}; a proof that was stopped goes on where
`build/crashes.json` says; without that file it begins anew). At the brand under test people work over HTTP without
pause: two buyers, an approver, one who changes orders, a packer, a cashier, one who brings goods back (receipt, request, decision, intake, credit), one who moves and
counts stock, one who attaches files, one who imports products through the worker, one who books a bank's files, one who invoices. Each writes every acknowledged number to
a file of their own, with fsync, before going on; who meets a connection error or a 503 sends the same again. Kills fall
while a write is under way. *Lost* are acknowledged numbers that are not there exactly once, looked for after each fault;
*half* are documents to which something is missing that belongs to them (tests/crashes/halves.py names {halves} kinds),
looked for at every fifth kill and after every other fault; *verify* are the breaches that `tongqu verify` would name, at
every 25th kill and after every other fault. Anything but 0 fails the test. A whole proof is 1,000 kills on SQLite, 200 on
PostgreSQL and 20 ends of PostgreSQL itself, besides 134 on each while payments are matched and shipments invoiced and 67 while the
statements of a month are made; *how often* says how far this one came.

| database | fault | how often | writes cut off | what people saw | acknowledged | lost | half | verify | seconds |
|---|---|---|---|---|---|---|---|---|---|
"""
TWINS = """
## A check that cannot fail proves nothing

| planted fault | found |
|---|---|
"""


@dataclass
class Row:
    """One kind of fault on one database, summed up."""

    database: str
    fault: str
    count: int = 0
    cut: int = 0  # writes that lost their connection
    saw: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    lost: int = 0
    half: int = 0
    breaches: int = 0
    seconds: float = 0.0


class Tally:
    """Rows and how far each part of the proof has come."""

    def __init__(self, path: Path = KEPT):
        self.path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self.rows = {key: Row(**row) for key, row in kept.get("rows", {}).items()}
        self.done: dict[str, int] = kept.get("done", {})
        self.twins: dict[str, str] = kept.get("twins", {})

    def come(self, part: str, size: int) -> int:
        """How far this part has come; what was proven by this file needs no second time."""
        return min(self.done.get(part, 0), size)

    def add(self, part: str, row: Row) -> None:
        """Add what was seen since the last time, and keep it for good."""
        total = self.rows.setdefault(f"{row.database}: {row.fault}", Row(row.database, row.fault))
        total.saw = dict(Counter(total.saw) + Counter(row.saw))
        for name in ("count", "cut", "acknowledged", "lost", "half", "breaches", "seconds"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        self.done[part] = self.done.get(part, 0) + row.count

    def keep(self) -> None:
        """Write it down."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rows = {key: asdict(row) for key, row in self.rows.items()}
        whole = {"rows": rows, "done": self.done, "twins": self.twins}
        fresh = self.path.with_suffix(".part")
        fresh.write_text(json.dumps(whole, ensure_ascii=False, indent=1), "utf-8")
        fresh.replace(self.path)

    def page(self, kinds_of_half: int) -> str:
        """The table as a page."""
        lines = [_line(row) for row in sorted(self.rows.values(), key=lambda row: (row.fault, row.database))]
        twins = [f"| {name} | {found} |" for name, found in sorted(self.twins.items())]
        kills = sum(row.count for row in self.rows.values() if "kill -9" in row.fault)
        faults = sum(row.count for row in self.rows.values())
        last = f"\n{kills} kills, {faults} faults in all, {sum(r.acknowledged for r in self.rows.values())} acknowledged deeds.\n"
        head = HEAD.format(day=clock.today(), halves=kinds_of_half)
        return head + "\n".join(lines) + "\n" + last + (TWINS + "\n".join(twins) + "\n" if twins else "")


def _line(row: Row) -> str:
    saw = ", ".join(f"{count} × {words}" for words, count in sorted(row.saw.items()))
    figures = f"{row.acknowledged} | {row.lost} | {row.half} | {row.breaches} | {row.seconds:.0f}"
    return f"| {row.database} | {row.fault} | {row.count} | {row.cut} | {saw} | {figures} |"
