"""A brand at work on either database, a disk that fills up, and the table of what was seen."""

import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crashes.site import Site
from tests.databases import PREFIX
from trade import clock, db

IS_PROOF = os.environ.get("TONGQU_PROOF") == "1"
PAGE = Path("docs/proof/crashes.md")
DISK = "160m"


@dataclass(frozen=True)
class Finding:
    """One fault: on which database, when, what people saw until all was well again, promises kept."""

    database: str
    fault: str
    moment: str
    saw: Counter[str]
    promised: int


@pytest.fixture(scope="session")
def findings(request: pytest.FixtureRequest) -> Iterator[list[Finding]]:
    """Collect what was seen; a proof, which runs in one process, writes it down."""
    found: list[Finding] = []
    yield found
    if IS_PROOF and found and not hasattr(request.config, "workerinput"):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(_page(found), "utf-8")


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """Let people work on the database of the test."""
    engine = db.connect(database_url)
    made = Site(database_url, tmp_path / "data", tmp_path)
    try:
        made.open()
        yield made
    finally:
        made.close()
        engine.dispose()


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Mount a disk in memory that is soon full; mounting needs root, as in the container of the gate."""
    folder = Path(
        tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    )  # a place that PostgreSQL's user reaches
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def _page(found: list[Finding]) -> str:
    lines = [
        "# Crashes: what people saw, and what stands in the books",
        "",
        f"Written by `./test --proof tests/crashes` on {clock.today()}. Two buyers, a packer and a cashier work",
        "over HTTP without pause; each writes down what was acknowledged before going on. After each fault everything",
        "acknowledged was found once, and `verify` found 0 breaches, else the test fails. A person who meets a",
        "connection error or a 503 sends the same again.",
        "",
        "| # | database | fault | they were at | seen until it went on | acknowledged so far | verify |",
        "|---|---|---|---|---|---|---|",
    ]
    for number, each in enumerate(found, 1):
        saw = ", ".join(f"{count} × {words}" for words, count in sorted(each.saw.items()))
        lines.append(
            f"| {number} | {each.database} | {each.fault} | {each.moment} | {saw} | {each.promised} | 0 |"
        )
    kills = sum("kill -9" in each.fault for each in found)
    return "\n".join([*lines, "", f"{kills} kills, {len(found)} faults in all, 0 promises lost.", ""])
