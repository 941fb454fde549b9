"""The only place that asks what time it is; rules take the instant or the day as an argument."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BRAND_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return datetime.now(UTC)


def business_date(instant: datetime) -> date:
    """The day on which the brand books an instant."""
    return instant.astimezone(BRAND_ZONE).date()


def today() -> date:
    return business_date(now())
