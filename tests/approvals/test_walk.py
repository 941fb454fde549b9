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
    assert not +walk.found, walk.told


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(PARTS))
def test_many_steps(cast: Cast, seed: int, database_url: str) -> None:
    walk = Walk(cast, 1_000 + seed)
    walk.go(MANY // PARTS)
    if os.environ.get("TONGQU_PROOF"):
        tell(database_url.partition(":")[0], seed, walk)
    assert not +walk.found, walk.told


def tell(database: str, seed: int, walk: Walk) -> None:
    """Write a part down in place of the same part of the proof before."""
    head = (
        "# Approvals under everything that people do to them\n\n"
        "Made by `TONGQU_PROOF=1 pytest -m proof tests/approvals/test_walk.py`. After each step all that stands is held\n"
        "against a model that knows who may decide today from the bare tables (`tests/approvals/house.py`: rights, reach,\n"
        "substitutes, who is away, never the applicant). What was open after the last step was then brought to an end by\n"
        "those who are asked. Columns of faults say how many were found, and in brackets at how many it was looked: open\n"
        "requests that nobody could bring to an end (a look each time), decisions by the applicant, two yeses of one person\n"
        "in a step (where two are demanded and one is there, it waits until those who keep the roles let somebody in:\n"
        "column short), people of whom the model says otherwise whether they may decide, turns that ask others than they should.\n\n"
        "| database | seed | steps | requests | ended by then | ended at last | decisions | refused | short "
        "| lost | by the applicant | twice | unlike the model | wrongly asked |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    begins = f"| {database} | {seed} |"
    before = PAPER.read_text("utf-8").partition("|---|\n")[2] if PAPER.exists() else ""
    columns = head.splitlines()[-1].count("|")
    rows = [each for each in before.splitlines(keepends=True) if each.count("|") == columns]
    others = [each for each in rows if not each.startswith(begins)]
    refused = sum(count for name, count in walk.done.items() if "." in name)
    steps = MANY // PARTS
    kinds = ("lost", "own", "twice", "unlike", "wrongly asked")
    faults = "".join(f" {walk.found[each]} ({walk.looked[each]:,}) |" for each in kinds)
    row = (
        f"{begins} {steps} | {len(walk.asked)} | {walk.ended} | {len(walk.over)} "
        f"| {walk.looked['own']} | {refused} | {walk.short} |{faults}\n"
    )
    PAPER.write_text(head + "".join(sorted([*others, row])), "utf-8")
