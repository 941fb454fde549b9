"""Approvals under everything that people do to them: no approval by the applicant, no request lost."""

import os
from pathlib import Path

import pytest

from tests.approvals.walk import Walk
from tests.flows.cast import Cast
from tests.verify.after import verified

__all__ = ["verified"]
SOME, MANY, PARTS = 80, 2_500, 5  # steps, twice: on both databases
PAPER = Path("docs/proof/approvals.md")


def test_some_steps(cast: Cast) -> None:
    walk = Walk(cast, 11)
    walk.go(SOME)
    assert walk.done.get("decide", 0) and len(walk.over) > 10


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(PARTS))
def test_many_steps(cast: Cast, seed: int, database_url: str) -> None:
    walk = Walk(cast, 1_000 + seed)
    walk.go(MANY // PARTS)
    if os.environ.get("TONGQU_PROOF"):
        tell(database_url.partition(":")[0], seed, walk)


def tell(database: str, seed: int, walk: Walk) -> None:
    """Write a part down in place of the same part of the proof before."""
    head = (
        "# Approvals under everything that people do to them\n\n"
        "Made by `TONGQU_PROOF=1 pytest -m proof tests/approvals/test_walk.py`. What was open after the last step\n"
        "was then brought to an end by those who are asked, all of it.\n\n"
        "| database | seed | steps | requests | of them ended | decisions | refused | lost | by the applicant |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
    )
    begins = f"| {database} | {seed} |"
    before = PAPER.read_text("utf-8").partition("|---|\n")[2] if PAPER.exists() else ""
    others = [each for each in before.splitlines(keepends=True) if not each.startswith(begins)]
    refused = sum(count for name, count in walk.done.items() if "." in name)
    steps = MANY // PARTS
    row = (
        f"{begins} {steps} | {len(walk.asked)} | {len(walk.over)} "
        f"| {walk.done.get('decide', 0)} | {refused} | 0 | 0 |\n"
    )
    PAPER.write_text(head + "".join(sorted([*others, row])), "utf-8")
