"""How long work is lent to a worker, and how long a failure waits: the same for jobs and messages.

A clock that ran ahead and was set back leaves moments behind that are far off; nothing waits for those.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

LEASE = timedelta(seconds=60)  # longer than the longest transaction: 20 s of trying and a statement of 30 s
LONGEST_LEASE = timedelta(minutes=10)  # that a worker may be told to ask for
ASTRAY = timedelta(minutes=10)  # clocks of several hosts differ by less
LAST_ATTEMPT = 8
LONGEST_ERROR = 2000  # characters
_FIRST = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)


def back_off(attempts: int) -> timedelta:
    """Wait 2 s after the first failure and four times as long after each further one, an hour at most."""
    return min(_FIRST * int(4 ** max(0, min(attempts, 16) - 1)), LONGEST_PAUSE)


def is_free(leased_until: Any, now: datetime) -> ColumnElement[bool]:
    """Whether nobody holds it: not lent, over, or lent until a moment that no lease of today reaches."""
    return or_(leased_until.is_(None), leased_until <= now, leased_until > now + LONGEST_LEASE + ASTRAY)


def is_due(due_at: Any, attempts: Any, written_at: Any, now: datetime) -> ColumnElement[bool]:
    """Whether its time has come; also when it was written, or has failed, under a clock that was set back since."""
    return or_(
        due_at <= now,
        and_(attempts == 0, written_at > now + ASTRAY),
        and_(attempts > 0, due_at > now + LONGEST_PAUSE + ASTRAY),
    )


def shortened(error: str) -> str:
    """What fits a row and a page; PostgreSQL keeps no NUL."""
    return error.replace("\x00", "")[:LONGEST_ERROR]
