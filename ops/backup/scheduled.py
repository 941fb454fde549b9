"""The worker's own backups: one for each slot, proven once a day, the old ones cleared away after a good one."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from ops.backup import keeping, restoring, sealing
from ops.backup.archive import Beat, Damaged
from ops.backup.keeping import Plan
from ops.backup.making import make
from ops.backup.places import Failed, Place
from ops.backup.sealing import Locked
from trade import clock
from trade.actor import Actor
from trade.backups import log
from trade.backups.log import Outcome
from trade.db import read, run
from trade.jobs.queue import LeaseLost
from trade.jobs.schedule import Work

Tell = Callable[[int, int], None]
SIGN_OF_LIFE = 10.0  # seconds
KIND = "backup.make"


def due(session: Session, now: datetime) -> list[Work]:
    """The slot that now falls into; those that passed while nobody worked stay empty."""
    plan = keeping.plan()
    if plan is None:
        return []
    slot = plan.slot(now)
    return [Work(KIND, f"{KIND}-{slot}", {"slot": slot})]


def make_scheduled(actor: Actor, slot: str, tell: Tell) -> None:
    """Make the slot's backup; a failure is written down and told, and the job tries again until the next slot."""
    plan, started_at = keeping.plan(), clock.now()
    if plan is None or plan.slot(started_at) != slot:
        return
    path = plan.folder / f"tongqu-{slot}-{Place.of_environment().kind}.tar"
    try:
        verified_at, size = _make(path, _now_and_then(tell))
    except LeaseLost:
        raise  # another worker makes it
    except Exception as error:
        words = (
            str(error) if isinstance(error, Failed | Damaged | Locked) else f"{type(error).__name__}: {error}"
        )
        run(log.note, actor, Outcome("scheduled", started_at, error=words))
        raise
    run(log.note, actor, Outcome("scheduled", started_at, path.name, size, verified_at))
    _clear(actor, plan)


def _make(path: Path, beat: Beat) -> tuple[datetime | None, int]:
    """Make and read again; the first of a day is restored and compared too."""
    place, key = Place.of_environment(), keeping.key()
    made = make(place, path, keeping.lock(), beat, replaces=True)
    if keeping.lock().recipient:
        sealing.check_seal(path, beat)
        return None, made.size
    with read() as session:
        is_proven = log.is_proven_since(session, clock.now() - timedelta(hours=23))
    if is_proven:
        restoring.check(path, key, beat)
        return None, made.size
    restoring.rehearse(path, place, key, beat)
    return clock.now(), made.size


def _now_and_then(tell: Tell) -> Beat:
    """Keep the job without a statement for every piece."""
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > SIGN_OF_LIFE:
            last = time.monotonic()
            tell(0, 1)

    return beat


def _clear(actor: Actor, plan: Plan) -> None:
    """Remove what the counts no longer keep, after a good one has come."""
    there = keeping.moments(each.name for each in plan.folder.iterdir() if each.is_file())
    stay = keeping.kept(there.keys(), plan.keep)
    gone = [name for moment, name in there.items() if moment not in stay]
    for name in gone:
        (plan.folder / name).unlink(missing_ok=True)
    if gone:
        run(log.forget, actor, gone)
