"""Whether this process lives, whether it can serve, and whether the whole installation is well.

`/healthz` asks nobody: the process answers. `/readyz` says whether to send people here (database writable, tables of
this program's time, not draining). `/healthz?deep=1` looks also at what keeps nobody from ordering today: the worker,
the disk. What exactly is wrong is told to this machine and to who holds the token; others see well or not well.
"""

import hmac
import mmap
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from ipaddress import ip_address

from flask import Blueprint, Flask, Response, current_app, json, request
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor, system
from trade.db import read, run
from trade.errors import Busy
from trade.settings import Setting
from trade.watch import queries
from trade.watch.rules import LOWEST_DISK
from web.access import public

bp = Blueprint("health", __name__)
PROBE = system("health")
LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]", "::1"}
# What a proxy says about whom it speaks for; then the address before us is the proxy's, not the asker's.
SPOKEN_FOR = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via")
KEPT_SECONDS = 1.0  # how long a look is good, so that nobody loads the database by asking
_draining = mmap.mmap(-1, 1)  # shared by the processes that are forked from this one


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_well: bool
    says: str


class Looks:
    """The last look of this process, taken again when it is a second old; one asker waits, the others are told that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at, self._checks = float("-inf"), list[Check]()

    def get(self, take: Callable[[], list[Check]]) -> list[Check]:
        if not self._lock.acquire(blocking=False):
            return self._checks or [Check("database", False, "still being asked")]
        try:
            if time.monotonic() - self._at > KEPT_SECONDS:
                self._checks, self._at = take(), time.monotonic()
            return self._checks
        finally:
            self._lock.release()


def init_app(app: Flask, revisions: Callable[[], set[str]]) -> None:
    """`revisions` says for which tables this program was written; it is asked once."""
    app.extensions["tongqu-revisions"] = cache(revisions)
    app.extensions["tongqu-looks"] = Looks()


def drain() -> None:
    """Say from now on, in every process, that no new people should be sent here; who is here is still served."""
    _draining[0] = 1


def is_draining() -> bool:
    return bool(_draining[0])


@bp.get("/healthz")
@public
def alive() -> Response:
    """Say that this process answers; with ?deep=1 whether the installation is well."""
    if request.args.get("deep") != "1":
        return _answer([_serving()], shown=False)
    return _answer([_serving(), *_looked(with_rest=True)], shown=may_look())


@bp.get("/readyz")
@public
def ready() -> Response:
    """Say whether people may be sent to this process: 503 while it drains or its database cannot be written."""
    if is_draining():
        return _answer([_serving()], shown=False)
    return _answer([_serving(), *_looked(with_rest=False)], shown=may_look())


def may_look() -> bool:
    """Whether the asker may see the inside: by TONGQU_METRICS_TOKEN, or from this machine and for no one else."""
    token = os.environ.get("TONGQU_METRICS_TOKEN", "")
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    return _is_local()


def _is_local() -> bool:
    if any(name in request.headers for name in SPOKEN_FOR) or "werkzeug.proxy_fix.orig" in request.environ:
        return False
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    try:
        return host in LOCAL_NAMES and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _answer(checks: list[Check], *, shown: bool) -> Response:
    is_well = all(check.is_well for check in checks)
    status = 200 if is_well else 503
    if shown:
        told = {"is_well": is_well, "checks": [asdict(check) for check in checks]}
        return Response(json.dumps(told) + "\n", status, content_type="application/json")
    words = "ok" if is_well else "draining" if is_draining() else "not well"
    return Response(words, status, content_type="text/plain; charset=utf-8")


def _serving() -> Check:
    return Check("serving", not is_draining(), "draining" if is_draining() else "yes")


def _looked(*, with_rest: bool) -> list[Check]:
    looks: Looks = current_app.extensions["tongqu-looks"]
    checks = looks.get(lambda: list(_look()))
    return checks if with_rest else [check for check in checks if check.name in {"database", "tables"}]


def _look() -> Iterator[Check]:
    try:
        run(touch_nothing, PROBE, None)
    except (Busy, DBAPIError) as error:
        yield Check("database", False, f"cannot be written: {type(error.__cause__ or error).__name__}")
        return
    yield Check("database", True, "can be written")
    yield _tables()
    now = clock.now()
    with read() as session:
        signs = queries.signs(session, now)
    living = [sign for sign in signs if sign.is_alive(now)]
    yield Check("worker", bool(living), f"{len(living)} seen lately")
    disk = queries.disk()
    percent = disk.percent if disk else 0.0
    yield Check("disk", percent >= LOWEST_DISK, f"{percent:.1f} % free")


def touch_nothing(session: Session, actor: Actor, given: None) -> None:
    """Ask for the right to write and write nothing: a standby or a file without that right refuses even this."""
    session.execute(update(Setting).where(text("1 = 0")).values(value=None))


def _tables() -> Check:
    wanted = current_app.extensions["tongqu-revisions"]()
    try:
        with read() as session:
            present = set(session.scalars(text("SELECT version_num FROM alembic_version")))
            serves = set(settings.load(session, settings.SERVES).get(settings.SERVES, ()))
    except (Busy, DBAPIError):
        present, serves = set(), set()
    says = f"revision {', '.join(sorted(present)) or 'none'}, program {', '.join(sorted(wanted))}"
    return Check("tables", present == wanted or wanted <= serves, says)
