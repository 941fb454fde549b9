"""Every invariant holds in a sound world, and names the breach that raw SQL plants."""

from pathlib import Path

import pytest

from tests.verify.planted import PLANTED, Plant, plant
from trade import db
from trade.db import read
from trade.verify.everything import INVARIANTS

NAMES = [each.name for each in INVARIANTS]


def breaches(url: str, *names: str) -> dict[str, list[str]]:
    engine = db.connect(url)
    with read() as session:
        chosen = [each for each in INVARIANTS if not names or each.name in names]
        found = {each.name: [str(breach) for breach in each.find(session)] for each in chosen}
    engine.dispose()
    return {name: told for name, told in found.items() if told}


def test_a_sound_world_has_no_breach(database_url: str) -> None:
    assert breaches(database_url) == {}


@pytest.mark.parametrize("planted", [pytest.param(each, id=each.name) for each in PLANTED])
def test_a_planted_breach_is_named(planted: Plant, database_url: str) -> None:
    plant(database_url, planted)
    told = breaches(database_url, planted.name).get(planted.name, [])
    assert any(each.startswith(planted.named) for each in told), told


def test_no_invariant_lacks_a_planted_breach() -> None:
    assert set(NAMES) == {each.name for each in PLANTED}
    assert len(NAMES) == len(set(NAMES))


def test_the_list_of_invariants_is_complete() -> None:
    page = Path("docs/invariants.md").read_text("utf-8")
    for each in INVARIANTS:
        assert f"| `{each.name}` | {each.promise} |" in page, each.name
    assert page.count("| `") == len(INVARIANTS)
