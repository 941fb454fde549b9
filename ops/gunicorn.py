"""How gunicorn serves Tongqu: two processes of eight threads, sized by the environment."""

import gc
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import configure_mappers

from ops import schema
from ops.gunicorn_log import JsonLogger
from trade import text
from trade.errors import NewerSchema
from web import health, templating
from web.store import store

FIGURES = "tongqu-metrics-"  # and the id of the arbiter: where its processes count
LEAST_ROOM = 16 * 1024 * 1024  # bytes; a mapped file that cannot grow would kill the process

wsgi_app = os.environ.get("TONGQU_WSGI", "wsgi:create_app()")
_host = os.environ.get("TONGQU_HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('TONGQU_PORT', '8000')}"
# What a proxy says of scheme and address is believed by TONGQU_PROXIES alone (web/proxies.py), not by its being near.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# The program is read once and shared by the processes: a third of the memory, and they start at once.
preload_app = True
worker_class = "ops.gunicorn_worker.Worker"
workers = int(os.environ.get("TONGQU_PROCESSES", "2"))
threads = int(os.environ.get("TONGQU_THREADS", "8"))
timeout = 60
graceful_timeout = 25
keepalive = 15
# Its place is the home folder, which two servers would share.
control_socket_disable = True
# A heartbeat file on a slow disk makes a healthy process look dead.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
logger_class = JsonLogger
# Seconds between SIGTERM, from which on /healthz and /readyz answer 503, and the end of listening.
DRAIN = float(os.environ.get("TONGQU_DRAIN_SECONDS", "0"))


def _figures() -> list[str]:
    """Name the folder in which the processes count for Prometheus, in memory where that is possible."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ or os.environ.get("TONGQU_METRICS") == "off":
        return []
    room = Path(worker_tmp_dir or tempfile.gettempdir())
    for old in room.glob(f"{FIGURES}*"):
        left = old.name.removeprefix(FIGURES)
        if left.isdecimal() and not _lives(int(left)):
            shutil.rmtree(old, ignore_errors=True)
    if shutil.disk_usage(room).free < LEAST_ROOM:
        return []
    folder = room / f"{FIGURES}{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return [f"PROMETHEUS_MULTIPROC_DIR={folder}"]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


raw_env = _figures()


def on_starting(server: Any) -> None:
    """Read all that each process would read by itself."""
    configure_mappers()
    text.warm_up()
    templating.read_all(server.app.wsgi())


def when_ready(server: Any) -> None:
    """Between being told to end and ending, go on serving while the balancer learns that we leave."""

    def leave(number: int, frame: Any) -> None:
        health.drain()
        signal.signal(signal.SIGALRM, lambda *_: server.signal(number, frame))
        signal.setitimer(signal.ITIMER_REAL, DRAIN)

    if DRAIN > 0:
        signal.signal(signal.SIGTERM, leave)


def pre_fork(server: Any, worker: Any) -> None:
    """Let the collector leave what was read before alone: looking at it would copy it into each process."""
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """A process that has ended uses no connections any more."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        for file in Path(folder).glob(f"gauge_live*_{worker.pid}.db"):
            file.unlink(missing_ok=True)


def on_exit(server: Any) -> None:
    """Leave nothing behind in memory that is a file."""
    folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
    if folder.name == f"{FIGURES}{os.getpid()}":
        shutil.rmtree(folder, ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Serve only tables of this program's own time; a database that is away is waited for."""
    try:
        with worker.wsgi.app_context():
            schema.refuse_other(store.engine)
    except NewerSchema as error:
        worker.log.critical("%s", error)
        sys.exit(
            schema.WRONG_TABLES
        )  # gunicorn's own code for an application that does not start: the arbiter stops too
    except DBAPIError as error:
        worker.log.warning("the database is away: %s", type(error).__name__)
