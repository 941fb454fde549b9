"""When a debt is due, and how much of what."""

from datetime import date, timedelta

MONTHLY = "monthly"


def due_on(terms: str | None, terms_days: int | None, shipped_on: date) -> date:
    """The last day on which goods are paid in time: so many days after they left, at once without monthly terms."""
    return shipped_on + timedelta(days=terms_days or 0) if terms == MONTHLY else shipped_on
