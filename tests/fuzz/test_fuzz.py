"""A hundred thousand requests, half of them with something wrong in it: no failure, no breach of the books."""

from typing import Any

import pytest
from flask import Flask, request

from tests.fuzz import figures
from tests.fuzz.conftest import Worlds
from tests.fuzz.siege import SEED, Siege
from web.access import public

EACH = 5000
PARTS = {"sqlite": 20, "postgresql": 2}
LEAST = 0.6  # of all requests enter a use case


def test_a_few_requests_at_random_are_answered(worlds):
    tally = Siege(worlds("sqlite"), SEED).go(60)
    assert tally.faults == [], f"seed {SEED}"
    assert tally.share >= LEAST


def test_a_view_that_stumbles_over_an_odd_value_is_found(worlds):
    def plant(app: Flask) -> None:
        real = app.view_functions["portal.catalog.quantity"]

        @public
        def clumsy(**ids: Any) -> Any:
            if not request.form.get("quantity", "").isdecimal():
                raise ValueError("planted")
            return real(**ids)

        clumsy.permission = real.permission
        app.view_functions["portal.catalog.quantity"] = clumsy

    tally = Siege(worlds("sqlite", plant), SEED, only="POST /portal/catalog/<id:sku_id>/quantity").go(12)
    assert any("ValueError: planted" in fault and "/quantity" in fault for fault in tally.faults)
    assert tally.statuses[500] == sum("planted" in fault for fault in tally.faults)


@pytest.mark.proof
@pytest.mark.parametrize(
    ("database", "part"), [(name, part) for name, parts in PARTS.items() for part in range(1, parts + 1)]
)
def test_requests_at_random_break_nothing(worlds: Worlds, database: str, part: int) -> None:
    seed = SEED + part
    tally = Siege(worlds(database), seed).go(EACH)
    figures.tell(database, part, PARTS[database], seed, tally)
    assert tally.faults == [], f"seed {seed}"
    assert tally.breaches == 0
    assert tally.share >= LEAST
