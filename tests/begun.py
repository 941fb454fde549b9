"""Processes that begin with the program read already: reading it takes seconds, which a whole run pays a hundred times.

What is read is the business and the libraries; what names its place when it is read (the web, its figures) each process
reads by itself, as it would without this. Users' own way, a new program each time, is what tests/house/test_set_up.py
goes, and every server with a planted fault.
"""

import importlib
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent

# Where others plant a fault or another clock, that must come before the program is read.
AS_READ = {None, "tests.house.paying:create_app()"}


class Running(Protocol):
    """What tests ask of a process, however it began."""

    pid: int

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""

    def wait(self, timeout: float) -> int:
        """Wait for its exit code, so many seconds at most."""

    def send_signal(self, sent: signal.Signals) -> None:
        """Send it a signal."""


class Begun:
    """A process that began with the program read already; it speaks like subprocess.Popen."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path):
        self.command = command
        self._process = _context().Process(
            target=_become, args=(command, dict(environment), str(log)), daemon=True
        )
        self._process.start()
        self.pid: int = self._process.pid or 0
        with suppress(ProcessLookupError):
            while self.poll() is None and os.getpgid(self.pid) != self.pid:
                time.sleep(0.005)

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(list(self.command), timeout)
        return self._process.exitcode

    def send_signal(self, sent: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it has ended, and nobody has said so yet
            os.kill(self.pid, sent)


def begin(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Running:
    """Start gunicorn or `tongqu`, in a process group of its own."""
    is_as_read = environment.get("TONGQU_WSGI") in AS_READ
    if is_as_read and (command[1:3] == ["-m", "gunicorn"] or Path(command[0]).name == "tongqu"):
        return Begun(command, environment, log)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.read_before"])
    return context


def _become(command: Sequence[str], environment: Mapping[str, str], log: str) -> None:
    """Go on as the command, of which nothing is left but what was read."""
    os.setsid()
    with Path(log).open("ab") as output, Path(os.devnull).open("rb") as silence:
        for stream, end in ((silence, 0), (output, 1), (output, 2)):
            os.dup2(stream.fileno(), end)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    if command[1:3] == ["-m", "gunicorn"]:
        sys.argv = ["gunicorn", *command[3:]]
        runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)
    sys.argv = [*command]
    sys.exit(importlib.import_module("wsgi").main())
