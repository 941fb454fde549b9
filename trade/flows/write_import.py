from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.errors import Refused
from trade.imports import uploads
from trade.imports.models import Upload
from trade.imports.uploads import Seen
from trade.imports.uploads_kinds import PLANS, WRITTEN
from trade.imports.uploads_rows import Choices, Line, fingerprint
from trade.jobs import queue
from trade.notices import outbox

LINKS = 100  # changed things that the page leads to


@dataclass(frozen=True)
class Wish:
    """To write what was checked, all of it or its valid rows."""

    seen: Seen
    mode: str


@dataclass(frozen=True)
class Stretch:
    """Rows that are written in one transaction; `expected` is the fingerprint that the check found, if all go at once."""

    upload_id: int
    begins: int
    lines: Sequence[Line]
    expected: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # to be known when the rest is done


@dataclass(frozen=True)
class Ending:
    upload_id: int
    outcome: Any = None  # what follows the rows: the count that was booked, what was published


def ask_to_write(session: Session, actor: Actor, given: Wish) -> None:
    """Let a job write what the check has shown; two taps ask once."""
    upload = uploads.get_for(session, actor, given.seen.upload_id)
    if given.mode not in {"all", "valid"}:
        raise Refused("upload.mode_unknown")
    if given.mode == "all" and upload.bad:
        raise Refused("upload.has_bad_rows", count=upload.bad)
    if not upload.good:
        raise Refused("upload.nothing_good")
    version = uploads.move(session, given.seen, ("checked",), "writing", mode=given.mode, done=0)
    key = f"imports.write-{upload.id}-v{version}"
    queue.enqueue(session, "imports.write", key, {"upload_id": upload.id})
    told = {"kind": upload.kind, "file": upload.name, "mode": given.mode, "rows": upload.good}
    audit.record(session, actor, "import.asked", told, subject="import_upload", subject_id=upload.id)


def write_rows(session: Session, actor: Actor, given: Stretch) -> None:
    """Judge a stretch of rows anew and write it, in the transaction that moves the mark: never twice, never half."""
    upload = uploads.find_working(session, given.upload_id, "writing")
    if upload is None:
        raise Refused("upload.written_already")
    uploads.advance(session, upload.id, given.begins, given.begins + len(given.lines))
    session.refresh(upload)
    choices = Choices.of(upload.choices)
    lines = [line.afresh() for line in given.lines]
    PLANS[upload.kind](session, actor, lines, choices)
    if given.expected and fingerprint(lines) != given.expected:
        raise Refused("upload.changed_since_check")
    good = [line for line in lines if line.is_good]
    touched = WRITTEN[upload.kind].write(session, actor, good, choices)
    if given.expected and not all(line.is_good for line in good):  # all of it or nothing
        raise Refused("upload.changed_since_check")
    written = dict(upload.counts.get("written") or {})
    for line in lines:
        name = line.deed if line.is_good else "skipped"
        written[name] = written.get(name, 0) + 1
    known = dict.fromkeys([*map(tuple, upload.counts.get("links") or []), *touched])
    links = [list(each) for each in islice(known, LINKS)]
    upload.counts = {**upload.counts, **given.facts, "written": written, "links": links}


def finish_import(session: Session, actor: Actor, given: Ending) -> None:
    """Close an import that is written, and tell who asked."""
    upload = _working(session, given.upload_id)
    upload.counts = {**upload.counts, **(given.outcome or {})}
    written = dict(upload.counts.get("written") or {})
    _close(session, upload, "done")
    told = {"kind": upload.kind, "file": upload.name, "source": "page", **written}
    audit.record(session, actor, "import.written", told, subject="import_upload", subject_id=upload.id)
    outbox.post(
        session,
        "import.done",
        upload_id=upload.id,
        person_id=upload.person_id,
        file=upload.name,
        count=written.get("new", 0) + written.get("changed", 0),
    )


def fail_import(session: Session, actor: Actor, given: tuple[int, str, str]) -> None:
    """Say why a check or a write ended; what was written before stays and is counted."""
    upload_id, state, code = given
    upload = uploads.find_working(session, upload_id, state)
    if upload is None:
        return
    upload.counts = {**upload.counts, "refused": code}
    _close(session, upload, "failed")
    told = {"kind": upload.kind, "file": upload.name, "reason": code}
    audit.record(session, actor, "import.failed", told, subject="import_upload", subject_id=upload.id)
    outbox.post(
        session, "import.failed", upload_id=upload.id, person_id=upload.person_id, file=upload.name, code=code
    )


def _working(session: Session, upload_id: int) -> Upload:
    found = uploads.find_working(session, upload_id, "writing")
    if found is None:
        raise Refused("upload.written_already")
    return found


def _close(session: Session, upload: Upload, state: str) -> None:
    """End a step of the job by compare-and-set, whatever else has looked at the row meanwhile."""
    session.flush()
    uploads.move(session, Seen(upload.id, upload.version), uploads.WORKING, state, finished_at=clock.now())
