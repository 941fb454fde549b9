"""Uploads: who may see them, and the steps each goes through, every one a compare-and-set on its version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import EVERYONE, Actor, Permission
from trade.db import insert_into
from trade.errors import Refused
from trade.imports.models import ColumnMapping, Upload
from trade.people.models import Person
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

NEEDED: Mapping[str, Permission] = {
    "distributors": Permission.DISTRIBUTOR_EDIT,
    "products": Permission.PRODUCT_EDIT,
    "prices": Permission.PRICE_EDIT,
    "stock": Permission.STOCK_MOVE,
    "credit-limits": Permission.CREDIT_LIMIT,
    "orders": Permission.IMPORT_RUN,
    "registrations": Permission.REGISTRATION_MANAGE,
    "direct-customers": Permission.REGISTRATION_MANAGE,
}
AT_REST = ("uploaded", "checked", "failed")  # in which somebody may go on with it, or give it up
WORKING = ("checking", "writing")
SORTS = {
    "upload": Sort(Upload.id, "whole"),
    "rows": Sort(Upload.rows, "whole"),
    "bad": Sort(Upload.bad, "whole"),
}


@dataclass(frozen=True)
class Seen:
    """An upload as it was seen."""

    upload_id: int
    version: int


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    kind: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    upload: Upload
    person_name: str | None


def may(actor: Actor, kind: str) -> bool:
    """Whether the actor may bring in this kind: imports are the whole brand's, and each needs its noun's right."""
    needed = NEEDED.get(kind)
    allowed = needed is not None and actor.may(needed) and actor.may(Permission.IMPORT_RUN)
    return allowed and actor.scope.is_everyone


def kinds_of(actor: Actor) -> list[str]:
    return [kind for kind in NEEDED if may(actor, kind)]


def refuse_stranger(actor: Actor, kind: str) -> None:
    if not may(actor, kind):
        raise Refused("access.denied", keep={"import": kind})


def get_for(session: Session, actor: Actor, upload_id: int) -> Upload:
    """The upload, if the actor may bring in its kind."""
    found = session.scalar(
        select(Upload)
        .where(Upload.id == upload_id, Upload.kind.in_(kinds_of(actor)))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Refused("upload.not_found")
    return found


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of uploads, the latest first."""
    query = (
        select(Upload, Person.name)
        .outerjoin(Person, Person.id == Upload.person_id)
        .where(*_matching(actor, wanted))
    )
    page = page_of(session, query, window, SORTS, Upload.id, "-upload")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    count = session.scalar(select(func.count(Upload.id)).where(*_matching(actor, wanted)))
    return Totals(count or 0)


def name_of(session: Session, person_id: int | None) -> str | None:
    return session.scalar(select(Person.name).where(Person.id == person_id))


def move(
    session: Session,
    seen: Seen,
    before: Sequence[str],
    after: str,
    refusal: str = "upload.changed_meanwhile",
    **values: Any,
) -> int:
    """Take an upload from one state to the next as it was seen; two taps move it once. Answers the new version."""
    moved = session.scalar(
        update(Upload)
        .where(Upload.id == seen.upload_id, Upload.version == seen.version, Upload.state.in_(before))
        .values(state=after, version=seen.version + 1, **values)
        .returning(Upload.version)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise Refused(refusal)
    return int(moved)


def find_working(session: Session, upload_id: int, state: str) -> Upload | None:
    """An upload whose step is still to be done; a job that comes twice finds nothing to do."""
    return session.scalar(select(Upload).where(Upload.id == upload_id, Upload.state == state))


def step(session: Session, actor: Actor, given: tuple[int, int]) -> None:
    """Show how far the check has come."""
    upload_id, done = given
    changed = update(Upload).where(Upload.id == upload_id, Upload.state == "checking")
    session.execute(changed.values(done=done).execution_options(synchronize_session=False))


def advance(session: Session, upload_id: int, seen: int, done: int) -> None:
    """Claim a stretch of rows in the transaction that writes them; whoever did it before has moved the mark."""
    moved = session.scalar(
        update(Upload)
        .where(Upload.id == upload_id, Upload.state == "writing", Upload.done == seen)
        .values(done=done)
        .returning(Upload.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise Refused("upload.written_already")


def remember_mapping(session: Session, actor: Actor, upload: Upload, mapping: Mapping[str, str]) -> None:
    """Keep what the columns of this shape of file mean, for the next one."""
    saying = insert_into(session, ColumnMapping).values(
        kind=upload.kind, shape=upload.shape, mapping=dict(mapping), person_id=actor.person_id, at=clock.now()
    )
    again = {name: saying.excluded[name] for name in ("mapping", "person_id", "at")}
    session.execute(saying.on_conflict_do_update(index_elements=["kind", "shape"], set_=again))


def remembered(session: Session, kind: str, shape: str) -> dict[str, str]:
    """What was said the last time about files of this shape."""
    found = session.scalar(
        select(ColumnMapping.mapping).where(ColumnMapping.kind == kind, ColumnMapping.shape == shape)
    )
    return dict(found or {})


def asker(upload: Upload) -> Actor:
    """Who asked, as far as their deed goes: whether they may was tested when they asked."""
    return Actor(f"upload {upload.id}", upload.person_id, None, EVERYONE, frozenset(Permission))


def same_written_before(session: Session, upload: Upload) -> Upload | None:
    """An earlier upload of the very same file that was written."""
    return session.scalar(
        select(Upload)
        .where(
            Upload.kind == upload.kind,
            Upload.sha256 == upload.sha256,
            Upload.state == "done",
            Upload.id < upload.id,
        )
        .order_by(Upload.id.desc())
        .limit(1)
    )


def _matching(actor: Actor, wanted: ListFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Upload.kind.in_(kinds_of(actor))]
    if wanted.search:
        found.append(Upload.name.icontains(wanted.search, autoescape=True))
    if wanted.kind:
        found.append(Upload.kind == wanted.kind)
    if wanted.state:
        found.append(Upload.state == wanted.state)
    if wanted.since:
        found.append(Upload.created_at >= _begins(wanted.since))
    if wanted.until:
        found.append(Upload.created_at < _begins(wanted.until + timedelta(days=1)))
    return found


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), clock.BRAND_ZONE)
