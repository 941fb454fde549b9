from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock, settings
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.imports import uploads
from trade.imports.uploads import Seen
from trade.imports.uploads_fields import KINDS
from trade.inventory.models import Warehouse
from trade.jobs import queue
from trade.pricing import lists
from trade.pricing.issue import NEEDS_APPROVAL


@dataclass(frozen=True)
class Mapped:
    """Which heading is which field, and what holds for the whole file."""

    seen: Seen
    mapping: Mapping[str, str]  # field → heading
    choices: Mapping[str, Any]


def map_import(session: Session, actor: Actor, given: Mapped) -> None:
    """Say what the columns are, remember it for such files, and have every row checked by a job."""
    upload = uploads.get_for(session, actor, given.seen.upload_id)
    kind = KINDS[upload.kind]
    mapping = {each.key: given.mapping[each.key] for each in kind.fields if given.mapping.get(each.key)}
    headings = list(mapping.values())
    if any(each not in upload.headings for each in headings):
        raise Refused("upload.heading_gone")
    twice = next((each for each in headings if headings.count(each) > 1), None)
    if twice is not None:
        raise Refused("upload.heading_twice", heading=twice)
    missing = next((each.key for each in kind.fields if each.is_needed and each.key not in mapping), None)
    if missing is not None:
        raise Refused("upload.field_missing", field=f"field_{missing}")
    _refuse_choices(session, actor, upload.kind, mapping, given.choices)
    choices = {**upload.choices, **given.choices}
    version = uploads.move(
        session,
        given.seen,
        uploads.AT_REST,
        "checking",
        mapping=mapping,
        choices=choices,
        done=0,
        problems=[],
        counts={},
    )
    uploads.remember_mapping(session, actor, upload, mapping)
    key = f"imports.check-{upload.id}-v{version}"
    queue.enqueue(session, "imports.check", key, {"upload_id": upload.id})


def drop_import(session: Session, actor: Actor, given: Seen) -> None:
    """Give up an upload that was not written."""
    upload = uploads.get_for(session, actor, given.upload_id)
    uploads.move(session, given, (*uploads.AT_REST, "checking"), "dropped", finished_at=clock.now())
    told = {"kind": upload.kind, "file": upload.name}
    audit.record(session, actor, "import.dropped", told, subject="import_upload", subject_id=upload.id)


def _refuse_choices(
    session: Session, actor: Actor, kind: str, mapping: Mapping[str, str], choices: Mapping[str, Any]
) -> None:
    if kind == "prices":
        list_id = choices.get("price_list_id")
        if list_id is None and "list" not in mapping:
            raise Refused("upload.list_needed", field="price_list_id")
        if list_id is not None and lists.get_for(session, actor, list_id).archived_at is not None:
            raise Refused("price_list.archived", field="price_list_id")
        if "price" not in mapping and "percent" not in mapping:
            raise Refused("upload.field_missing", field="field_price")
        if choices.get("publish_on"):
            if not actor.may(Permission.PRICE_PUBLISH):
                raise Refused("upload.may_not_publish", field="publish_on")
            if settings.load(session, NEEDS_APPROVAL)[NEEDS_APPROVAL]:
                raise Refused("price_draft.needs_approval", field="publish_on")
            if choices["publish_on"] < clock.today().isoformat():
                raise Refused("price_draft.day_past", field="publish_on")
    if kind == "stock":
        house = select(Warehouse.id).where(Warehouse.id == choices.get("warehouse_id"))
        if session.scalar(house) is None:
            raise Refused("upload.warehouse_needed", field="warehouse_id")
        if not choices.get("as_of") or choices["as_of"] > clock.now().isoformat():
            raise Refused("count.in_future", field="day")
