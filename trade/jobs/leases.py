"""How long work is lent to a worker, and how long a failure waits: the same for jobs and messages."""

from datetime import timedelta

LEASE = timedelta(seconds=60)  # longer than the longest transaction: 20 s of trying and a statement of 30 s
LAST_ATTEMPT = 8
LONGEST_ERROR = 2000  # characters
_FIRST = timedelta(seconds=2)
_LONGEST = timedelta(hours=1)


def back_off(attempts: int) -> timedelta:
    """Wait 2 s after the first failure and four times as long after each further one, an hour at most."""
    return min(_FIRST * int(4 ** max(0, min(attempts, 16) - 1)), _LONGEST)


def shortened(error: str) -> str:
    """What fits a row and a page; PostgreSQL keeps no NUL."""
    return error.replace("\x00", "")[:LONGEST_ERROR]
