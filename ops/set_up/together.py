"""Run the web server and the job worker as one: both start, and when one ends or we are asked to, both end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

GRACE_SECONDS = 35.0
BIN = Path(sys.executable).parent


def run_together(commands: Sequence[Sequence[str]]) -> int:
    """Return the exit code of whichever ended first, 0 when a person or the system asked us to end."""
    asked: list[int] = []

    def remember(number: int, _: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, remember)
    # In a session of their own they get one SIGTERM from us, not the terminal's Ctrl-C beside it.
    children = [subprocess.Popen(command, start_new_session=True) for command in commands]
    while not asked and all(child.poll() is None for child in children):
        time.sleep(0.2)
    codes = [child.returncode for child in children]
    end(children)
    return 0 if asked else next(code or 1 for code in codes if code is not None)


def end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask each child to end, and insist after the grace time."""
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    last_call = time.monotonic() + GRACE_SECONDS
    for child in children:
        try:
            child.wait(max(0.0, last_call - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def main() -> int:
    """Start gunicorn as ops/gunicorn.py says, and one worker."""
    server = [sys.executable, "-m", "gunicorn", "--config", "ops/gunicorn.py"]
    host, port = os.environ["TONGQU_HOST"], os.environ["TONGQU_PORT"]
    print(f"Tongqu 通渠: http://{host}:{port}/  (Ctrl-C ends it)", flush=True)
    return run_together([server, [str(BIN / "tongqu"), "worker"]])


if __name__ == "__main__":
    sys.exit(main())
