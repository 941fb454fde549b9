"""Buyers who order without pause through the balancer, and write down what was acknowledged and when."""

import itertools
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from tests.crashes.people import Journal
from tests.races.visitor import BROKEN, Answer, Visitor
from trade import db
from trade.orders.models import Order

BREATH_SECONDS = 0.05
REFUSED = 'role="alert"'


class Later(Exception):
    """Nobody could answer now."""


class Buyer:
    """Fills a cart and submits it, over and over; the same form again until it is answered."""

    def __init__(self, base_url: str, token: str, journal: Path, skus: Sequence[int]):
        self.visitor, self.journal = Visitor(base_url, token), Journal(journal)
        self.skus = itertools.cycle(skus)
        self.saw: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.times: list[float] = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._live, daemon=True)

    def turn(self) -> None:
        self.look(self.visitor.get("/portal/cart"))
        self.look(self.visitor.post(f"/portal/cart/lines/{next(self.skus)}", {"quantity": "3"}))
        page = self.look(self.visitor.get("/portal/cart"))
        form = next((each for each in page.forms if each.action.endswith("/portal/cart/submission")), None)
        if form is None:
            return
        while not self.stopping.is_set():
            try:
                answer = self.look(self.visitor.post(form.action, form.fields))
                break
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.stopping.wait(BREATH_SECONDS)
        else:
            return
        if found := re.fullmatch(r"/portal/orders/(\d+)", answer.location):
            self.journal.note(found[1])
            self.times.append(time.monotonic())

    def look(self, answer: Answer) -> Answer:
        """Note what was seen: an acknowledgement, a page, a refusal in words, or 503 with a time to come back."""
        if answer.status == 503 and "retry-after" in answer.headers and "<h1" in answer.body:
            self.saw["503 with Retry-After"] += 1
            raise Later
        if answer.status in {200, 303} or (answer.status == 422 and REFUSED in answer.body):
            self.saw[{200: "page", 303: "acknowledged"}.get(answer.status, "refused in words")] += 1
        else:
            self.saw[f"WRONG {answer.status}"] += 1
            self.wrong.append(f"{answer.status}: {answer.body[:2000]}")
        return answer

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

    def _live(self) -> None:
        while not self.stopping.is_set():
            try:
                self.turn()
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.stopping.wait(BREATH_SECONDS)
        self.visitor.close()
