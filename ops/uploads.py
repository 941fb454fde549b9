"""The errands of imports by page: every row checked, then written, by a worker that may die and be replaced at any row."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from trade.actor import Actor
from trade.attachments import store
from trade.db import read, run
from trade.errors import Refused
from trade.flows.check_import import Checked, check_import
from trade.flows.count_stock import Count, count_stock
from trade.flows.publish_prices import Publication, publish_prices
from trade.flows.write_import import Ending, Stretch, fail_import, finish_import, write_rows
from trade.imports import uploads, uploads_stock
from trade.imports.models import Upload
from trade.imports.uploads import Seen
from trade.imports.uploads_fields import KINDS
from trade.imports.uploads_files import read_table
from trade.imports.uploads_kinds import PLANS, WRITTEN, stretches
from trade.imports.uploads_prices import lists_of, waiting_in
from trade.imports.uploads_rows import CHANGED, NEW, Choices, Line, counted, fingerprint, read_lines
from trade.inventory.models import StockCount
from trade.pricing import grid
from trade.pricing.models import PriceDraft

Tell = Callable[[int, int], None]
SHOWN = 50  # problems and changes on the page
AT_ONCE = 500  # rows of one transaction, where valid rows are wanted


def check_upload(actor: Actor, upload_id: int, tell: Tell) -> None:
    """Read every row and say what it would do; dying on the way leaves nothing but the wish."""
    upload = _find(upload_id, "checking")
    if upload is None:
        return
    tell(0, upload.rows)
    try:
        lines = _lines(upload)
        run(uploads.step, actor, (upload_id, len(lines) // 2))
        tell(len(lines) // 2, len(lines))
        _plan(upload, lines)
    except Refused as refusal:
        run(fail_import, actor, (upload_id, "checking", refusal.code))
        return
    bad = [line for line in lines if line.flaws]
    stored_as = store.save(_told(upload, bad)) if bad else None
    found = Checked(
        Seen(upload.id, upload.version), _counts(lines), [_problem(line) for line in bad[:SHOWN]], stored_as
    )
    try:
        run(check_import, actor, found)
    except Refused:
        return  # dropped meanwhile


def write_upload(actor: Actor, upload_id: int, tell: Tell) -> None:
    """Write what was checked: all in one transaction, or its valid rows piece by piece, each once."""
    upload = _find(upload_id, "writing")
    if upload is None:
        return
    by = uploads.asker(upload)
    try:
        outcome = _written(upload, by, tell)
        run(finish_import, by, Ending(upload_id, outcome))
    except Refused as refusal:
        if refusal.code == "upload.written_already":
            raise RuntimeError("another worker writes this upload") from refusal
        run(fail_import, by, (upload_id, "writing", refusal.code))


def _written(upload: Upload, by: Actor, tell: Tell) -> dict[str, Any]:
    tell(upload.done, upload.rows)
    lines = _lines(upload)
    if upload.kind not in WRITTEN:
        return _count(upload, by, lines)
    if upload.done == 0 and upload.mode == "valid":
        _refuse_changed(upload, [line.afresh() for line in lines])
    foreign = _foreign(upload, by, lines) if upload.done == 0 else upload.counts.get("foreign", [])
    facts = {"foreign": list(foreign)}
    if upload.mode == "all":
        if upload.done == 0:
            run(write_rows, by, Stretch(upload.id, 0, lines, upload.counts["fingerprint"], facts))
    else:
        _piece_by_piece(upload, by, lines, facts, tell)
    return _published(upload, by, foreign)


def _piece_by_piece(
    upload: Upload, by: Actor, lines: Sequence[Line], facts: dict[str, Any], tell: Tell
) -> None:
    """Go on after the last row that was written, as the upload itself says."""
    begins = 0
    for some in stretches(upload.kind, lines, AT_ONCE):
        if begins >= upload.done:
            run(write_rows, by, Stretch(upload.id, begins, some, facts=facts))
            tell(begins + len(some), len(lines))
        begins += len(some)


def _count(upload: Upload, by: Actor, lines: list[Line]) -> dict[str, Any]:
    """Book one count, named after the upload, so that it is booked once; where nothing differs there is none."""
    if _is_counted(upload):
        told = upload.counts
    else:
        _refuse_changed(upload, lines)
        told = counted(lines)
    written = {"new": 0, "changed": told["changed"], "same": told["same"], "skipped": told["bad"]}
    choices = Choices.of(upload.choices)
    if not told["changed"]:
        return {"written": written, "links": []}
    given = Count(
        f"upload-{upload.id}",
        choices.warehouse_id or 0,
        datetime.fromisoformat(choices.as_of),
        uploads_stock.counted(lines),
        choices.reason or upload.name,
    )
    count_id = run(count_stock, by, given)  # done before, it answers the count of then
    return {"written": written, "links": [["stock_count", count_id, ""]]}


def _is_counted(upload: Upload) -> bool:
    """Whether the count was booked before its worker died."""
    with read() as session:
        wanted = select(StockCount.id).where(StockCount.key == f"upload-{upload.id}")
        return session.scalar(wanted) is not None


def _refuse_changed(upload: Upload, lines: list[Line]) -> None:
    """Judge all rows anew before the first is written: what the check has shown must still be so."""
    if fingerprint(_plan(upload, lines)) != upload.counts.get("fingerprint"):
        raise Refused("upload.changed_since_check")


def _foreign(upload: Upload, by: Actor, lines: Sequence[Line]) -> list[int]:
    """Lists whose open draft held changes before: nobody publishes what another still types."""
    if upload.kind != "prices":
        return []
    with read() as session:
        found = lists_of(session, by, lines, Choices.of(upload.choices)).values()
        return sorted(each.id for each in found if waiting_in(session, each.id))


def _published(upload: Upload, by: Actor, foreign: Sequence[int]) -> dict[str, Any]:
    """Let imported prices hold from the chosen day on, if the check before publishing finds nothing to say."""
    day = Choices.of(upload.choices).publish_on
    if upload.kind != "prices" or not day:
        return {}
    with read() as session:
        kept = session.get(Upload, upload.id)
        links = list(kept.counts.get("links") or []) if kept else []
    told: list[list[Any]] = []
    for _noun, list_id, code in links:
        if list_id in foreign:
            told.append([list_id, code, "upload.draft_not_alone"])
            continue
        note = f"{upload.name} #{upload.id}"[:200]
        with read() as session:
            draft = grid.open_draft(session, list_id)
            version = draft.version if draft else 0
            mine = (PriceDraft.price_list_id == list_id, PriceDraft.note == note)
            is_done = session.scalar(select(PriceDraft.id).where(*mine, PriceDraft.published_at.is_not(None)))
        try:
            if not is_done:
                run(publish_prices, by, Publication(list_id, version, date.fromisoformat(day), note=note))
            told.append([list_id, code, ""])
        except Refused as refusal:
            told.append([list_id, code, refusal.code])
    return {"published": told}


def _find(upload_id: int, state: str) -> Upload | None:
    with read() as session:
        return uploads.find_working(session, upload_id, state)


def _lines(upload: Upload) -> list[Line]:
    kind = KINDS[upload.kind]
    sheet = upload.choices.get("sheet") or ""
    table = read_table(store.load(upload.stored_as), kind, sheet, is_judged=True)
    return read_lines(kind, table, upload.mapping)


def _plan(upload: Upload, lines: list[Line]) -> list[Line]:
    with read() as session:
        PLANS[upload.kind](session, uploads.asker(upload), lines, Choices.of(upload.choices))
    return lines


def _counts(lines: Sequence[Line]) -> dict[str, Any]:
    """The figures, what would change first, and of each kind of problem how many."""
    kinds = Counter(f"{flaw.code}|{flaw.field}" for line in lines for flaw in line.flaws)
    changed = [line for line in lines if line.is_good and line.deed == CHANGED]
    fresh = [line for line in lines if line.is_good and line.deed == NEW]
    return {
        **counted(lines),
        "kinds": kinds.most_common(30),
        "preview": [
            [line.number, line.name, line.deed, list(map(list, line.changes))]
            for line in [*changed, *fresh][:SHOWN]
        ],
        "fingerprint": fingerprint(lines),
    }


def _problem(line: Line) -> dict[str, Any]:
    return {"line": line.number, "name": line.name[:80], "flaws": [list(flaw) for flaw in line.flaws]}


def _told(upload: Upload, bad: Sequence[Line]) -> bytes:
    """All bad rows as they came, with what is wrong with each; put into words when somebody fetches them."""
    rows = [[list(line.cells), [list(flaw) for flaw in line.flaws]] for line in bad]
    return json.dumps({"headings": upload.headings, "rows": rows}, ensure_ascii=False).encode()
