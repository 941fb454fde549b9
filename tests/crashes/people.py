"""People who go on working while everything under them dies, each with a list of what was promised to them."""

import os
import queue
import secrets
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.races.visitor import BROKEN, Answer, FormFound, Visitor

REFUSED = 'role="alert"'
SIGN_IN = "/sign-in"
TOO_OLD = "这一页放得太久了"
MOST_REFUSALS = 5  # of one deed, then something is wrong


class Later(Exception):
    """The server said that it cannot now."""


class Stale(Later):
    """The page was open too long, or the session is over: it is to be opened again."""


class Gone(Exception):
    """The person was told to stop."""


@dataclass
class Belt:
    """Orders on their way from one desk to the next."""

    to_approve: "queue.Queue[str]" = field(default_factory=queue.Queue)
    to_change: "queue.Queue[str]" = field(default_factory=queue.Queue)
    to_ship: "queue.Queue[str]" = field(default_factory=queue.Queue)
    to_return: "queue.Queue[str]" = field(default_factory=queue.Queue)
    to_file: "queue.Queue[str]" = field(default_factory=queue.Queue)


class Journal:
    """What one person was told is done, written to the disk before the next deed."""

    def __init__(self, path: Path):
        self.path = path
        self.count = 0

    def note(self, name: str) -> None:
        """Write a number down for good."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
            file.flush()
            os.fsync(file.fileno())
        self.count += 1

    def names(self) -> list[str]:
        """Everything that was promised."""
        return self.path.read_text("utf-8").splitlines() if self.path.exists() else []


class Browser(Visitor):
    """A visitor who can also send a file."""

    def send_file(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> Answer:
        """Send a form with one file in it, as a browser does."""
        edge = secrets.token_hex(16)
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in {"csrf_token": self.csrf, **fields}.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = "".join(parts) + head + "Content-Type: application/octet-stream\r\n\r\n"
        whole = body.encode() + content + f"\r\n--{edge}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        return self._ask("POST", path, whole, kind)  # type: ignore[arg-type]


class Person(ABC):
    """Somebody with one thing to do, over and over, who tries again until there is an answer."""

    deed = ""
    slow = 1.0  # how much longer than others between two deeds

    def __init__(self, browser: Browser, journal: Path, breath: float):
        self.visitor = browser
        self.journal = Journal(journal)
        self.breath = breath
        self.saw: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.is_busy = False  # while something that writes is under way
        self.cut = 0  # writes of which no answer came
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._live, daemon=True)

    @abstractmethod
    def turn(self) -> None:
        """Do the deed once."""

    def insist(self, path: str, fields: Mapping[str, str], by: Browser | None = None) -> Answer:
        """Send the same form until it is answered, as people do; for forms that tell a repeat by their key."""
        while True:
            try:
                return self.tap(path, fields, by)
            except Stale:
                raise
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()

    def settle(self, page: str, action: str, typed: Mapping[str, str], by: Browser | None = None) -> None:
        """Send the form of a page until it is done; after a break look first: a form that is gone was sent before."""
        refusals = 0
        while True:
            try:
                form = self.form(page, action, by)
                if form is None:
                    return
                answer = self.tap(form.action, form.fields | typed, by)
                if answer.status == 303:
                    return
                refusals += 1
                if refusals > MOST_REFUSALS:
                    raise AssertionError(f"{self.deed}: {page} refuses: {answer.body[-3000:]}")
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()

    def open(self, path: str, by: Browser | None = None) -> Answer:
        """Open a page until it is there."""
        while True:
            try:
                return self.look((by or self.visitor).get(path))
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            self.pause()

    def tap(self, path: str, fields: Mapping[str, str], by: Browser | None = None) -> Answer:
        """Send a form once."""
        return self._write(lambda: (by or self.visitor).post(path, fields))

    def send(self, path: str, fields: Mapping[str, str], name: str, content: bytes) -> Answer:
        """Send a form with a file once."""
        return self._write(lambda: self.visitor.send_file(path, fields, name, content))

    def _write(self, deed: Callable[[], Answer]) -> Answer:
        self.is_busy = True
        try:
            return self.look(deed())
        except BROKEN:
            self.cut += 1
            raise
        finally:
            self.is_busy = False

    def look(self, answer: Answer) -> Answer:
        """Note what was seen: an acknowledgement, a page, a refusal in words, or 503 with a time to come back."""
        if answer.status == 503 and "retry-after" in answer.headers and "<h1" in answer.body:
            self.saw["503 with Retry-After"] += 1
            raise Later
        if answer.location == SIGN_IN:
            self.saw["asked to sign in"] += 1
            raise Stale
        if answer.status == 400 and TOO_OLD in answer.body:
            self.saw["page too old, told so"] += 1
            raise Stale
        if answer.status in {200, 303} or (answer.status == 422 and REFUSED in answer.body):
            self.saw[{200: "page", 303: "acknowledged"}.get(answer.status, "refused in words")] += 1
        else:
            self.saw[f"WRONG {answer.status}"] += 1
            self.wrong.append(f"{self.deed} {answer.status}: {answer.body[:2000]}")
        return answer

    def form(self, path: str, action: str, by: Browser | None = None) -> FormFound | None:
        """The form on a page, if the page offers it."""
        answer = self.look((by or self.visitor).get(path))
        return next((each for each in answer.forms if each.action.endswith(action)), None)

    def breaks(self) -> int:
        """How often an answer stayed away so far."""
        return self.saw["connection error"] + self.saw["503 with Retry-After"]

    def next_of(self, desk: "queue.Queue[str]") -> str:
        """Wait for the next order at a desk."""
        while True:
            try:
                return desk.get_nowait()
            except queue.Empty:
                self.pause()

    def pause(self) -> None:
        """Take a breath."""
        if self.stopping.wait(self.breath):
            raise Gone

    def _live(self) -> None:
        while not self.stopping.is_set():
            try:
                self.turn()
            except Later:
                pass
            except BROKEN:
                self.saw["connection error"] += 1
            except Gone:
                break
            except AssertionError as error:
                self.wrong.append(str(error))
                break
            self.stopping.wait(self.breath * self.slow)
        self.visitor.close()
