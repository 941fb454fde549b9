"""People who go on working while everything under them dies, each with a list of what was promised to them."""

import itertools
import os
import queue
import re
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.races.visitor import BROKEN, Answer, FormFound, Visitor

BREATH_SECONDS = 0.05  # between two deeds, and before trying again
REFUSED = 'role="alert"'


class Later(Exception):
    """The server said that it cannot now."""


class Journal:
    """What one person was told is done, written to the disk before the next deed."""

    def __init__(self, path: Path):
        self.path = path

    def note(self, name: str) -> None:
        """Write a number down for good."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
            file.flush()
            os.fsync(file.fileno())

    def names(self) -> list[str]:
        """Everything that was promised."""
        return self.path.read_text("utf-8").splitlines() if self.path.exists() else []


class Person(ABC):
    """Somebody with one thing to do, over and over, who tries again until there is an answer."""

    deed = ""

    def __init__(self, base_url: str, token: str, journal: Path):
        self.visitor = Visitor(base_url, token)
        self.journal = Journal(journal)
        self.saw: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.is_busy = False
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._live, daemon=True)

    @abstractmethod
    def turn(self) -> None:
        """Do the deed once."""

    def insist(self, path: str, fields: dict[str, str]) -> Answer | None:
        """Send the same form until it is answered, as people do; None when told to stop."""
        while not self.stopping.is_set():
            try:
                return self.look(self.visitor.post(path, fields))
            except Later:
                self.pause()
            except BROKEN:
                self.saw["connection error"] += 1
                self.pause()
        return None

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

    def form(self, path: str, action: str) -> FormFound | None:
        """The form on a page, if the page offers it."""
        answer = self.look(self.visitor.get(path))
        return next((each for each in answer.forms if each.action.endswith(action)), None)

    def pause(self) -> None:
        """Take a breath."""
        self.stopping.wait(BREATH_SECONDS)

    def _live(self) -> None:
        while not self.stopping.is_set():
            try:
                self.turn()
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.is_busy = False
            self.pause()
        self.visitor.close()


class Buyer(Person):
    """Orders one SKU after the other; each order is handed to the warehouse."""

    deed = "submit"

    def __init__(
        self, base_url: str, token: str, journal: Path, sku_ids: Sequence[int], orders: "queue.Queue[str]"
    ):
        super().__init__(base_url, token, journal)
        self.skus = itertools.cycle(sku_ids)
        self.orders = orders

    def turn(self) -> None:
        """Fill the cart and submit it."""
        self.look(self.visitor.get("/portal/cart"))
        self.look(self.visitor.post(f"/portal/cart/lines/{next(self.skus)}", {"quantity": "3"}))
        form = self.form("/portal/cart", "/portal/cart/submission")
        if form is None:
            return
        self.is_busy = True
        answer = self.insist(form.action, form.fields)
        found = re.fullmatch(r"/portal/orders/(\d+)", answer.location) if answer else None
        if found:
            self.journal.note(found[1])
            self.orders.put(found[1])


class Packer(Person):
    """Ships what was ordered, each order as one parcel with a tracking number of its own."""

    deed = "ship"

    def __init__(self, base_url: str, token: str, journal: Path, orders: "queue.Queue[str]"):
        super().__init__(base_url, token, journal)
        self.orders = orders

    def turn(self) -> None:
        """Ship the next order; after a break look at its page first, for it may have been shipped."""
        try:
            order = self.orders.get(timeout=BREATH_SECONDS)
        except queue.Empty:
            return
        parcel = f"SF-{order}-1"
        while not self.stopping.is_set():
            try:
                if self._ship(order, parcel):
                    self.journal.note(parcel)
                    return
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()

    def _ship(self, order: str, parcel: str) -> bool:
        page = self.look(self.visitor.get(f"/admin/orders/{order}"))
        if page.status == 200 and parcel in page.body:
            return True
        form = next((each for each in page.forms if each.action.endswith("/shipments")), None)
        assert form is not None, f"order {order} cannot be shipped: {page.status}"
        self.is_busy = True
        fields = form.fields | {"carrier": "顺丰", "tracking_number": parcel}
        return self.look(self.visitor.post(form.action, fields)).status == 303


class Cashier(Person):
    """Records payments of one yuan, each under a bank reference of its own."""

    deed = "pay"

    def __init__(self, base_url: str, token: str, journal: Path, distributor_id: int):
        super().__init__(base_url, token, journal)
        self.page = f"/admin/distributors/{distributor_id}"
        self.numbers = itertools.count(1)

    def turn(self) -> None:
        """Record the next one; told that the reference is used, it was recorded before the break."""
        form = self.form(self.page, "/payments")
        if form is None:
            return
        self.is_busy = True
        reference = f"BANK-{next(self.numbers)}"
        before = self.saw["connection error"] + self.saw["503 with Retry-After"]
        answer = self.insist(form.action, form.fields | {"amount": "1.00", "reference": reference})
        if answer is None:
            return
        is_broken = self.saw["connection error"] + self.saw["503 with Retry-After"] > before
        if answer.status == 303 or (answer.status == 422 and is_broken):
            self.journal.note(reference)
        else:
            self.wrong.append(f"payment {reference}: {answer.status}")
