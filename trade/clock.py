"""The only place that asks what time it is; rules take the instant or the day as an argument."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

BRAND_ZONE = ZoneInfo("Asia/Shanghai")
_told_later: ContextVar[Callable[[], Any] | None] = ContextVar("told_later", default=None)
_set_to: ContextVar[datetime | None] = ContextVar("set_to", default=None)


def now() -> datetime:
    if _told_later.get() is not None:
        raise TypeError("the moment is only known when the statement is asked")
    return _set_to.get() or datetime.now(UTC)


@contextmanager
def set_to(instant: datetime) -> Iterator[None]:
    """Let it be another moment for a while: the demo brand has a past, and nobody else may have one."""
    token = _set_to.set(instant)
    try:
        yield
    finally:
        _set_to.reset(token)


def business_date(instant: datetime) -> date:
    """The day on which the brand books an instant."""
    return instant.astimezone(BRAND_ZONE).date()


def today() -> date:
    later = _told_later.get()
    return business_date(now()) if later is None else later()


@contextmanager
def told_later(day: Callable[[], Any]) -> Iterator[None]:
    """Let today be answered by what stands for it, while a statement is made that will be asked on many days."""
    token = _told_later.set(day)
    try:
        yield
    finally:
        _told_later.reset(token)
