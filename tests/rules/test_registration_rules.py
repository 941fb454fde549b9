"""The clock of a registration: whatever was first due decides, whenever somebody looks."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from trade.registrations.rules import Figures, Held, due, extended, extension_refusal, protection, rests_until

FIGURES = Figures()
DAYS = st.dates(date(2023, 1, 1), date(2032, 12, 31))


@given(DAYS, st.integers(0, 400), st.integers(0, 400))
@settings(max_examples=300)
def test_the_first_end_decides_whenever_it_is_looked_at(live_on: date, followed: int, late: int) -> None:
    until, longest = protection(live_on, FIGURES)
    assert (until - live_on).days == 90 and (longest - live_on).days == 180
    held = Held(live_on, until, min(live_on + timedelta(days=followed), until), None)
    ends = min(until + timedelta(days=1), held.followed_on + timedelta(days=45))
    found = due(held, FIGURES, live_on + timedelta(days=late))
    if live_on + timedelta(days=late) >= ends:
        assert found is not None and found.day == ends and found.action in {"lapse", "expire"}
        assert (rests_until(ends, FIGURES) - ends).days == 29
    else:
        assert found is None or found.action == "warn"


@given(DAYS, st.lists(st.integers(30, 45), min_size=1, max_size=5))
def test_extensions_never_reach_beyond_the_longest(live_on: date, wanted: list[int]) -> None:
    until, longest = protection(live_on, FIGURES)
    for count, days in enumerate(wanted):
        if extension_refusal(until, longest, count, days, FIGURES, until) is not None:
            assert count >= 2 or until == longest
            break
        until = extended(until, longest, days)
    assert until <= longest == live_on + timedelta(days=180)
