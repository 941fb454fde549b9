"""Dozens of people at two server processes: exactly as many win as can, and each test fails when its guard is gone."""

from dataclasses import replace

import pytest

from tests.races import crowd
from tests.races.care import RUSHES_OF_CARE
from tests.races.conftest import FEW, FULL, HUGE, MANY, SMALL, Finding
from tests.races.rush import RUSHES

SIGNS = {"credit": "states", "stock": "states", "repeat": "used", "decision": "details"}
SIGNS_OF_CARE = {"change": "pairs", "move": "free", "inbox": "pairs", "return": "returns"}
ONE_BY_ONE = [pytest.param([name], id=name, marks=pytest.mark.proof) for name in RUSHES]
ONE_OF_CARE = [pytest.param([name], id=name, marks=pytest.mark.proof) for name in RUSHES_OF_CARE]


@pytest.mark.parametrize(
    "size", [pytest.param(SMALL, id="32"), pytest.param(FULL, id="320", marks=pytest.mark.proof)]
)
def test_every_rush_ends_as_it_must(serve, size, findings):
    place = serve()
    for name, rush in RUSHES.items():
        outcome = rush.run(place, size)
        rush.check(replace(outcome, breaches=crowd.breaches()), size)
        findings.append(Finding(place.dialect, f"{name}, {size.orders}", "in", outcome, "holds, verify 0"))


@pytest.mark.proof
def test_ten_thousand_orders_on_one_account(serve, findings):
    place = serve()
    outcome = RUSHES["credit"].run(place, HUGE)
    RUSHES["credit"].check(replace(outcome, breaches=crowd.breaches()), HUGE)
    findings.append(Finding(place.dialect, f"credit, {HUGE.orders}", "in", outcome, "holds, verify 0"))


@pytest.mark.parametrize("guards", [pytest.param(list(RUSHES), id="all"), *ONE_BY_ONE])
def test_without_its_guard_each_rush_is_noticed(serve, findings, guards):
    place = serve(guards)
    for name in guards:
        outcome = RUSHES[name].run(place, SMALL)
        with pytest.raises(AssertionError, match=f"^{SIGNS[name]}: found") as failure:
            RUSHES[name].check(outcome, SMALL)
        without = "all four out" if len(guards) > 1 else "out"
        findings.append(Finding(place.dialect, name, without, outcome, f"fails at {failure.value}"))


@pytest.mark.parametrize(
    "size", [pytest.param(FEW, id="4"), pytest.param(MANY, id="40", marks=pytest.mark.proof)]
)
def test_every_rush_about_approved_orders_ends_as_it_must(serve, size, findings):
    place = serve()
    outcomes = {name: rush.run(place, size) for name, rush in RUSHES_OF_CARE.items()}
    breaches = crowd.breaches()
    for name, outcome in outcomes.items():
        RUSHES_OF_CARE[name].check(replace(outcome, breaches=breaches), size)
        findings.append(Finding(place.dialect, f"{name}, {size.orders}", "in", outcome, "holds, verify 0"))


@pytest.mark.parametrize("guards", [pytest.param(list(RUSHES_OF_CARE), id="all"), *ONE_OF_CARE])
def test_without_its_guard_each_rush_about_approved_orders_is_noticed(serve, findings, guards):
    place = serve(guards)
    for name in guards:
        outcome = RUSHES_OF_CARE[name].run(place, FEW)
        with pytest.raises(AssertionError, match=f"^{SIGNS_OF_CARE[name]}: found") as failure:
            RUSHES_OF_CARE[name].check(outcome, FEW)
        assert 422 not in outcome.statuses  # the fault is planted for all of them
        without = "all four out" if len(guards) > 1 else "out"
        findings.append(Finding(place.dialect, name, without, outcome, f"fails at {failure.value}"))
