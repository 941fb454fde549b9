"""Figures of the last proof, a section for each part of it, in docs/proof/fuzz.md."""

import re
from collections import Counter
from pathlib import Path

from tests.fuzz.siege import Tally
from tests.security import figures

PAPER = Path("docs/proof/fuzz.md")
HEAD = """# Requests at random: what was asked and what came of it

Written by `./test --proof tests/fuzz`, part by part, each when it has ended (with its findings, if there were any).
A request "reaches a write" when it enters a use case through `db.run`, also where that refuses; what the house notes
about a refused access or a failed sign-in is not counted. `TONGQU_FUZZ_SEED` chooses other requests; a part's seed asks
the same ones again.
"""
COUNTED = re.compile(r"^(\d+) requests in \d+ worlds, (\d+) .*; (\d+) × 5xx", re.MULTILINE)


def tell(database: str, part: int, parts: int, seed: int, tally: Tally) -> None:
    """Write a part down, and all parts of its database together."""
    failures = sum(count for status, count in tally.statuses.items() if status >= 500)
    _section(
        f"{database}, part {part} of {parts}, seed {seed}",
        f"{tally.requests} requests in {tally.worlds} worlds, {tally.reached} ({tally.share:.1%}) reached a write on"
        f" {len(tally.routes)} routes; {failures} × 5xx, {len(tally.faults)} findings,",
        f"{tally.breaches} breaches in {tally.verified} looks at the books; {tally.seconds:.0f} s.",
        "",
        f"- by role: {spelled(tally.roles)}",
        f"- statuses: {spelled(tally.statuses)}",
        f"- use cases done: {spelled(tally.done, 24)}",
        f"- refusals: {spelled(tally.refusals, 40)}",
        *(f"- **found**: `{fault[:300]}`" for fault in tally.faults[:20]),
    )
    told = re.findall(
        rf"^## {database}, part .*?(?=^## |\Z)", PAPER.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    counts = [tuple(map(int, found.groups())) for each in told if (found := COUNTED.search(each))]
    requests, reached, failed = (sum(column) for column in zip(*counts, strict=True))
    _section(
        f"All of {database}",
        f"{len(counts)} of {parts} parts have run: {requests} requests, {reached} ({reached / requests:.1%}) reached a"
        f" write, {failed} × 5xx.",
    )


def spelled(counts: Counter[str] | Counter[int], most: int | None = None) -> str:
    """Names with numbers, the most frequent first."""
    shown = ", ".join(f"{name} {count}" for name, count in counts.most_common(most))
    return shown + (f" and {len(counts) - most} more" if most is not None and len(counts) > most else "")


def _section(name: str, *lines: str) -> None:
    figures.tell(name, *lines, paper=PAPER, head=HEAD)
