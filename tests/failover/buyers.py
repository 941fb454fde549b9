"""Buyers who order without pause through the balancer, and write down what was acknowledged and when."""

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from tests.crashes import roles
from tests.crashes.people import Belt, Browser, Journal
from trade import db
from trade.orders.models import Order

BREATH_SECONDS = 0.05


class Timed(Journal):
    """Knows the moment of each promise too."""

    def __init__(self, path: Path):
        super().__init__(path)
        self.times: list[float] = []

    def note(self, name: str) -> None:
        super().note(name)
        self.times.append(time.monotonic())


class Buyer(roles.Buyer):
    """Fills a cart and submits it, over and over; the same form again until it is answered."""

    def __init__(self, base_url: str, token: str, journal: Path, skus: Sequence[int]):
        super().__init__(Browser(base_url, token), journal, BREATH_SECONDS, skus, Belt(), is_simple=True)
        self.journal: Timed = Timed(journal)

    @property
    def times(self) -> list[float]:
        return self.journal.times

    def missing_or_twice(self) -> dict[str, int]:
        """Acknowledged orders that do not stand exactly once, submitted, in the database."""
        found = dict.fromkeys(self.journal.names(), 0)
        names = [int(name) for name in found]
        with db.read() as session:
            for at in range(0, len(names), 500):
                wanted = Order.id.in_(names[at : at + 500]), Order.number.is_not(None)
                for name, count in session.execute(
                    select(Order.id, func.count()).where(*wanted).group_by(Order.id)
                ):
                    found[str(name)] = count
        twice = len(self.journal.names()) - len(found)
        return {name: count for name, count in found.items() if count != 1} | (
            {"acknowledged under one number": twice} if twice else {}
        )
