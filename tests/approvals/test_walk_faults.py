"""What the walk must see: each fault is planted, and found."""

import pytest
from sqlalchemy import select

from tests.approvals.walk import Walk
from tests.flows.cast import Cast
from trade.approvals import deciders, kernel, naming, succession
from trade.approvals.models import ApprovalCandidate


def applicant_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = naming.turns
    monkeypatch.setattr(naming, "turns", lambda step, where, applicant_id: turns(step, where, None))
    monkeypatch.setattr(kernel, "may_decide", lambda session, actor, request: True)


def nobody_refilled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(succession, "refill", lambda *given: [])
    monkeypatch.setattr(succession, "refill_distributors", lambda *given: [])
    monkeypatch.setattr(succession, "find_another", lambda *given: False)


def step_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "_go_on", lambda session, actor, request, rules: False)


def absent_counted_as_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciders, "there", lambda spelled: {})


def two_yeses_with_one_tap(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it was: whoever stands in for two, or holds two of the roles, says both."""
    take = kernel._take

    def take_all(session, request, place, person_id) -> None:  # type: ignore[no-untyped-def]
        able = select(ApprovalCandidate.place).where(
            ApprovalCandidate.request_id == request.id,
            ApprovalCandidate.state == "open",
            ApprovalCandidate.person_id == person_id,
        )
        for each in {place, *session.scalars(able)}:
            take(session, request, each, person_id)

    monkeypatch.setattr(kernel, "_take", take_all)


FAULTS = {  # with the walk that comes upon it soon
    applicant_allowed: (1, {"own", "wrongly asked", "unlike"}),
    nobody_refilled: (2, {"lost"}),
    step_forgotten: (13, {"broken"}),
    absent_counted_as_there: (45, {"lost", "wrongly asked"}),
    two_yeses_with_one_tap: (11, {"twice"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(cast: Cast, monkeypatch: pytest.MonkeyPatch, fault) -> None:  # type: ignore[no-untyped-def]
    fault(monkeypatch)
    seed, wanted = FAULTS[fault]
    walk, seen = Walk(cast, seed), set[str]()
    try:
        walk.go(200, frozenset(wanted))
    except AssertionError:
        seen.add("broken")
    assert (seen | set(+walk.found)) & wanted, (seen, walk.found)
