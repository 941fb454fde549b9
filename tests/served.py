"""The real processes on a loopback port: to be visited, restarted and killed by tests."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.begun import Running, begin

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 90.0  # a start takes two on a machine that has nothing else to do


class Process:
    """A command of ours, its log, and the ways in which it may end."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path):
        self.command, self.environment, self.log = command, environment, log
        self.process: Running | None = None

    def start(self) -> None:
        """Start it, in a process group of its own."""
        assert self.process is None, "it runs already"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.process = begin(self.command, os.environ | self.environment, self.log)

    def stop(self) -> int | None:
        """Ask it to end, wait, and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it and its children at once, as kill -9 or a power cut would."""
        if self.process is not None and self.process.poll() is None:
            with suppress(ProcessLookupError):  # it has ended, and nobody has said so yet
                os.killpg(self.process.pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start again."""
        self.stop()
        self.start()

    def is_running(self) -> bool:
        """Say whether it has not ended by itself."""
        return self.process is not None and self.process.poll() is None

    def output(self) -> str:
        """Return what it has logged so far."""
        return self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""

    def _end(self, how: signal.Signals) -> int | None:
        if self.process is None:
            return None
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(how)
        try:
            return process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return process.wait()


class Server(Process):
    """gunicorn as ./run starts it, on a free port that stays the same over restarts."""

    def __init__(
        self,
        url: str,
        data_directory: Path,
        *,
        processes: int = 2,
        threads: int = 8,
        environment: dict[str, str] | None = None,
    ):
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        settings = settings_for(url, data_directory) | {
            "TONGQU_HOST": "127.0.0.1",
            "TONGQU_PORT": str(self.port),
            "TONGQU_PROCESSES": str(processes),
            "TONGQU_THREADS": str(threads),
        }
        command = [sys.executable, "-m", "gunicorn", "--config", "ops/gunicorn.py"]
        super().__init__(command, settings | (environment or {}), data_directory / "server.log")

    def start(self) -> None:
        """Start it and wait until it answers."""
        super().start()
        last_call = time.monotonic() + PATIENCE_SECONDS
        while not self.answers():
            if not self.is_running() or time.monotonic() > last_call:
                self.kill()
                raise RuntimeError(f"the server did not start:\n{self.output()[-4000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Say whether a request gets any answer, an error page included."""
        try:
            with urllib.request.urlopen(f"{self.base_url}/healthz", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


class Worker(Process):
    """`tongqu worker` as ./run starts it."""

    def __init__(
        self,
        url: str,
        data_directory: Path,
        *,
        options: Sequence[str] = (),
        program: Sequence[str] = (),
        environment: dict[str, str] | None = None,
    ):
        usual = (str(Path(sys.executable).parent / "tongqu"),)
        command = [*(program or usual), "worker", *options]
        settings = settings_for(url, data_directory) | (environment or {})
        super().__init__(command, settings, data_directory / "worker.log")


def settings_for(url: str, data_directory: Path) -> dict[str, str]:
    """Return the environment that ./run would hand over; the secret is the data folder's, as there."""
    data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = data_directory / "secret_key"
    if not key.exists():
        key.write_text(secrets.token_urlsafe(48), "utf-8")
        key.chmod(0o600)
    return {
        "TONGQU_DATABASE_URL": url,
        "TONGQU_DATA_DIR": str(data_directory),
        "TONGQU_SECRET_KEY": key.read_text("utf-8"),
        "TONGQU_LIMITS": "off",
    }


def free_port() -> int:
    """Ask the system for a loopback port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
