"""What the walk must see: each fault is planted, and found."""

import pytest

from tests.approvals.walk import Walk
from tests.flows.cast import Cast
from trade.approvals import kernel, naming, succession


def applicant_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = naming.turns
    monkeypatch.setattr(naming, "turns", lambda step, where, applicant_id: turns(step, where, None))
    monkeypatch.setattr(kernel, "may_decide", lambda session, actor, request: True)


def nobody_refilled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "refill", lambda *given: [])
    monkeypatch.setattr(succession, "refill_distributor", lambda *given: [])
    monkeypatch.setattr(succession, "find_another", lambda *given: False)


def step_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "_go_on", lambda session, actor, request, rules: False)


@pytest.mark.parametrize("fault", [applicant_allowed, nobody_refilled, step_forgotten])
def test_a_planted_fault_is_seen(cast: Cast, monkeypatch: pytest.MonkeyPatch, fault) -> None:  # type: ignore[no-untyped-def]
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        for seed in range(3):
            Walk(cast, seed).go(400)
