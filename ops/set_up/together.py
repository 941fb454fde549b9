"""Bring the database up to date, then run the web server and the job worker as one: when one ends, both end."""

import argparse
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TextIO

from ops.set_up.standing import mark

# What gunicorn gives requests that are under way, the time in which a balancer learns of it, and some more.
GRACE_SECONDS = 35.0 + float(os.environ.get("TONGQU_DRAIN_SECONDS") or 0)
BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent.parent.parent
FIRST_FREE_PORT, LAST_PORT = 1024, 65535


class CannotStart(Exception):
    """In words for whoever typed ./run."""


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


def hold(data: Path) -> TextIO:
    """Keep the data folder for this ./run as long as the file is open, also when it is killed.

    Raises CannotStart when another one has it: two sets of ports and schedules over one folder were never meant.
    """
    file = (data / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise CannotStart(
            f"another ./run uses the data folder {data} already ({file.read().strip() or 'just starting'}).\n"
            "    End that one first, or give this one a folder of its own: TONGQU_DATA_DIR=… ./run --port …"
        ) from error
    except OSError:
        return file  # a file system without locks; the port still tells two servers apart
    file.truncate(0)
    return file


def tell(file: TextIO, words: str) -> None:
    """Write into the held file what the next ./run is told."""
    file.write(words)
    file.flush()


def refuse_taken(host: str, port: int) -> None:
    """Find out before anything is installed or changed whether we may listen where we were told.

    Raises CannotStart.
    """
    if port > LAST_PORT:
        raise CannotStart(f"{port} is no port; the last is {LAST_PORT}.")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise CannotStart(f"'{host}' is no address: {error.strerror}") from error
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            raise CannotStart(_why_not(error, host, port)) from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} at {host} is taken by another program.\n"
            f"    See which: ss -ltnp 'sport = :{port}'   Take another: ./run --port {port + 1}"
        )
    if error.errno == errno.EACCES and port < FIRST_FREE_PORT:
        return f"ports below {FIRST_FREE_PORT} are root's: take another (./run --port 8000) and put a proxy in front."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; ip address lists them."
    return f"nobody can listen at {host} port {port}: {error.strerror}"


def set_up(data: Path, *, with_demo: bool, without_backup: bool) -> None:
    """Bring the tables up to date, unless this very program has done so to this very database.

    Raises CannotStart.
    """
    url, stamp = os.environ["TONGQU_DATABASE_URL"], data / "set-up.stamp"
    seen = stamp.read_text("utf-8") if stamp.exists() else ""
    if seen and seen == mark(ROOT, url, with_demo=with_demo):
        return
    command = [str(BIN / "tongqu"), "set-up"]
    command += ["--demo"] * with_demo + ["--no-backup"] * without_backup
    if _talking(command, data / "set-up.log"):
        raise CannotStart(f"the database could not be set up; {data / 'set-up.log'} has every line")
    stamp.write_text(mark(ROOT, url, with_demo=with_demo) or "", "utf-8")


def _talking(command: Sequence[str], log: Path) -> int:
    """Run it and return its code; what machines read goes into the log alone, so that people see what is theirs."""
    with log.open("wb") as kept, subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            kept.write(line)
            if not line.startswith(b"{"):
                sys.stderr.buffer.write(line)
                sys.stderr.flush()
    return process.returncode


def main() -> int:
    """Set up, then start gunicorn as ops/gunicorn.py says, and one worker."""
    options = argparse.ArgumentParser()
    for name in ("--demo", "--no-backup", "--set-up-only"):
        options.add_argument(name, action="store_true")
    given = options.parse_args()
    os.umask(0o077)  # what is in the data folder is the server's alone
    data = Path(os.environ["TONGQU_DATA_DIR"])
    host, port = os.environ["TONGQU_HOST"], int(os.environ["TONGQU_PORT"])
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    try:
        with hold(data) as held:
            tell(held, "setting up" if given.set_up_only else address)
            if not given.set_up_only:
                refuse_taken(host, port)
            set_up(data, with_demo=given.demo, without_backup=given.no_backup)
            if given.set_up_only:
                print("Set up. ./run starts the server.", file=sys.stderr, flush=True)
                return 0
            server = [sys.executable, "-m", "gunicorn", "--config", "ops/gunicorn.py"]
            print(f"Tongqu 通渠: {address}  (Ctrl-C ends it)", flush=True)
            return run_together([server, [str(BIN / "tongqu"), "worker"]])
    except CannotStart as error:
        print(f"tongqu: {error}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
