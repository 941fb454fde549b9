"""64 people at two server processes: exactly as many win as can, and each test fails when its guard is gone."""

from dataclasses import replace

import pytest

from tests.races import crowd
from tests.races.rush import RUSHES

SIGNS = {"credit": "states", "stock": "states", "repeat": "used", "decision": "details"}
ONE_BY_ONE = [pytest.param([name], id=name, marks=pytest.mark.proof) for name in RUSHES]


def test_every_rush_ends_as_it_must(serve, size):
    place = serve()
    for rush in RUSHES.values():
        outcome = rush.run(place, size)
        rush.check(replace(outcome, breaches=crowd.breaches()), size)


@pytest.mark.parametrize("guards", [pytest.param(list(RUSHES), id="all"), *ONE_BY_ONE])
def test_without_its_guard_each_rush_is_noticed(serve, size, guards):
    place = serve(guards)
    for name in guards:
        outcome = RUSHES[name].run(place, size)
        with pytest.raises(AssertionError, match=f"^{SIGNS[name]}: found"):
            RUSHES[name].check(outcome, size)
