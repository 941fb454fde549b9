"""The life of a distributor, as data: prospect → active → suspended → ended.

A prospect signs in, looks and fills a cart, and cannot order until it is active. A suspended one cannot order either,
but reads, signs for goods, sends them back and pays. It keeps its registered customers for the days they have and
follows them up, and gets nothing more against others: no customer, no longer protection, no quotation to offer.
An ended one is settled and shut out and holds no customer; it can be taken up again unless it was forgotten.
"""

from collections.abc import Mapping

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("prospect", "activate"): "active",
    ("prospect", "end"): "ended",
    ("active", "suspend"): "suspended",
    ("active", "end"): "ended",
    ("suspended", "resume"): "active",
    ("suspended", "end"): "ended",
    ("ended", "reopen"): "active",
}
STATUSES = ("prospect", "active", "suspended", "ended")
CLOSED = ("suspended", "ended")  # nothing is ordered; a prospect already fills its cart


def following(status: str) -> tuple[str, ...]:
    """What a distributor can become from where it stands."""
    return tuple(after for (before, _action), after in TRANSITIONS.items() if before == status)


def action(before: str, after: str) -> str | None:
    """The name of a step, none where there is no such step."""
    return next((name for (at, name), to in TRANSITIONS.items() if (at, to) == (before, after)), None)
