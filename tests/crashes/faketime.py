"""Another time for the server and the worker than for the tests; what measures waiting goes on as it is.

libfaketime would do it from outside, but its 0.9.10 (Debian 12) makes Python's sleep fail while the monotonic clock is
left alone; so time-machine shifts the clock within, before anything of ours is imported.
"""

import importlib
import os
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

FILE = "TONGQU_TEST_CLOCK"
PAUSE_SECONDS = 0.02  # between two looks at the file


class FakeClock:
    """A clock that runs, and can be put to any moment while everything is at work."""

    def __init__(self, folder: Path):
        self.file = folder / "clock"
        self.ahead = timedelta()
        self.put(datetime.now(UTC))

    @property
    def environment(self) -> dict[str, str]:
        """What processes must be started with to go by it."""
        return {FILE: str(self.file), "TONGQU_WSGI": "tests.crashes.faketime:create_app()"}

    def now(self) -> datetime:
        """What it shows."""
        return datetime.now(UTC) + self.ahead

    def put(self, moment: datetime) -> None:
        """Put it to a moment, from which it runs on; every process has looked when this returns."""
        self.ahead = moment - datetime.now(UTC)
        fresh = self.file.with_suffix(".part")
        fresh.write_text(str(self.ahead.total_seconds()), "ascii")
        fresh.replace(self.file)
        time.sleep(10 * PAUSE_SECONDS)


class _Follower:
    """Keeps the clock of this process at what the file says, also in processes that are forked from it."""

    def __init__(self) -> None:
        self.file = Path(os.environ[FILE])
        self.began = time.time() - time.monotonic()  # the true time, before anything is shifted
        self.ahead = self._said()
        self.shown = time_machine.travel(self._moment(), tick=True).start()
        os.register_at_fork(after_in_child=self.follow)
        self.follow()

    def follow(self) -> None:
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        while True:
            time.sleep(PAUSE_SECONDS)
            said = self._said()
            if said != self.ahead:
                self.ahead = said
                self.shown.move_to(self._moment())

    def _said(self) -> float:
        return float(self.file.read_text("ascii"))

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.began + time.monotonic() + self.ahead, UTC)


def create_app() -> Any:
    """The application as always, by the other clock."""
    _Follower()
    return importlib.import_module("wsgi").create_app()


if __name__ == "__main__":
    _Follower()
    sys.exit(importlib.import_module("wsgi").main())
