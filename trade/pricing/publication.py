"""What a publication does to the rows of a list: set-based, whatever their number, and undone by what it wrote down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session, aliased

from trade import clock
from trade.errors import Refused
from trade.people.models import Person
from trade.pricing.grid import Key, same_key, spelled, target_of
from trade.pricing.lists import rivals
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList, PriceRow, PriceRowEnd

TARGETS = ("sku_id", "family_id", "category_id")  # each by its index
FOREVER = date.max
COLUMNS = ("sku_id", "family_id", "category_id", "unit", "factor", "min_quantity", "price", "percent")


@dataclass(frozen=True)
class Published:
    """A publication with the names of who published and withdrew it."""

    draft: PriceDraft
    by: str | None
    withdrawn_by: str | None


@dataclass(frozen=True)
class Period:
    """A price of one target while it held, and with which publication it came."""

    row: PriceRow
    draft: PriceDraft | None
    by: str | None

    @property
    def value(self) -> str:
        return spelled(self.row.price, self.row.percent, is_removed=False)


def lock(session: Session, price_list: PriceList) -> None:
    """Let one publication at a time touch this list and those that could be ambiguous with it."""
    for list_id in session.scalars(select(PriceList.id).where(rivals(price_list)).order_by(PriceList.id)):
        _move(session, list_id, version=PriceList.version)


def let_hold(session: Session, list_id: int) -> None:
    """Let a list hold from its first publication on; each is seen in its version."""
    since = func.coalesce(PriceList.published_at, clock.now())
    _move(session, list_id, version=PriceList.version + 1, published_at=since)


def apply(session: Session, price_list: PriceList, draft_id: int, day: date) -> int:
    """End what the draft replaces on its day and let its rows begin; returns how many rows it changes."""
    replaced = (
        select(literal(draft_id), PriceRow.id, PriceRow.valid_to)
        .join(PriceDraftRow, same_key(PriceRow, PriceDraftRow))
        .where(
            PriceDraftRow.draft_id == draft_id,
            PriceRow.price_list_id == price_list.id,
            PriceRow.valid_from <= day,
            or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > day),
        )
    )
    names = ["draft_id", "price_row_id", "valid_to_before"]
    for column in TARGETS:
        session.execute(insert(PriceRowEnd).from_select(names, replaced.where(_of_one(PriceRow, column))))
    for column in TARGETS:
        _begin(session, price_list.id, draft_id, day, column)
    session.execute(
        update(PriceRow)
        .where(PriceRow.id.in_(_ended(draft_id)))
        .values(valid_to=day)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(select(func.count()).where(PriceDraftRow.draft_id == draft_id)) or 0


def take_back(session: Session, list_id: int, draft_id: int) -> None:
    """Undo a publication whose day has not come: its rows never hold, what it ended goes on as before."""
    _move(session, list_id, version=PriceList.version + 1)
    session.execute(
        update(PriceRow)
        .where(PriceRow.draft_id == draft_id)
        .values(valid_to=PriceRow.valid_from)
        .execution_options(synchronize_session=False)
    )
    before = select(PriceRowEnd.valid_to_before).where(
        PriceRowEnd.draft_id == draft_id, PriceRowEnd.price_row_id == PriceRow.id
    )
    session.execute(
        update(PriceRow)
        .where(PriceRow.id.in_(_ended(draft_id)))
        .values(valid_to=before.scalar_subquery())
        .execution_options(synchronize_session=False)
    )


def last_of(session: Session, list_id: int) -> int | None:
    """The publication of a list that came last and still stands; only that one can be taken back."""
    wanted = select(func.max(PriceDraft.id)).where(
        PriceDraft.price_list_id == list_id, PriceDraft.state == "published"
    )
    return session.scalar(wanted)


def copy_rows(session: Session, from_id: int, to_id: int) -> None:
    """Let what was typed for one draft be typed for another."""
    names = ["target", *COLUMNS, "is_removed", "person_id", "changed_at"]
    rows = select(literal(to_id), *(getattr(PriceDraftRow, name) for name in names))
    session.execute(
        insert(PriceDraftRow).from_select(["draft_id", *names], rows.where(PriceDraftRow.draft_id == from_id))
    )


def all_of(session: Session, list_id: int, limit: int = 100) -> list[Published]:
    """What was published on a list, the latest first."""
    by, withdrawer = aliased(Person), aliased(Person)
    rows = session.execute(
        select(PriceDraft, by.name, withdrawer.name)
        .outerjoin(by, by.id == PriceDraft.published_by_id)
        .outerjoin(withdrawer, withdrawer.id == PriceDraft.withdrawn_by_id)
        .where(PriceDraft.price_list_id == list_id, PriceDraft.published_at.is_not(None))
        .order_by(PriceDraft.published_at.desc(), PriceDraft.id.desc())
        .limit(limit)
    )
    return [Published(*row) for row in rows]


def get(session: Session, list_id: int, draft_id: int) -> PriceDraft:
    """A publication of a list."""
    found = session.scalar(
        select(PriceDraft).where(
            PriceDraft.id == draft_id,
            PriceDraft.price_list_id == list_id,
            PriceDraft.published_at.is_not(None),
        )
    )
    if found is None:
        raise Refused("price_draft.not_found")
    return found


def periods(session: Session, list_id: int, target: str) -> list[Period]:
    """Every price that a target ever had on a list, by unit and break, the latest first; what never held is left out."""
    rows = session.execute(
        select(PriceRow, PriceDraft, Person.name)
        .outerjoin(PriceDraft, PriceDraft.id == PriceRow.draft_id)
        .outerjoin(Person, Person.id == PriceDraft.published_by_id)
        .where(
            PriceRow.price_list_id == list_id,
            target_of(PriceRow) == target,
            or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > PriceRow.valid_from),
        )
        .order_by(PriceRow.unit, PriceRow.min_quantity, PriceRow.valid_from.desc(), PriceRow.id.desc())
        .limit(500)
    )
    return [Period(*row) for row in rows]


def changes(session: Session, draft_id: int, limit: int) -> list[tuple[str, str, int, str, str]]:
    """What a publication changes, for the audit: target, unit, quantity, before, after; the first so many."""
    rows = session.scalars(
        select(PriceDraftRow)
        .where(PriceDraftRow.draft_id == draft_id)
        .order_by(PriceDraftRow.id)
        .limit(limit)
    ).all()
    before = _before(session, draft_id, rows)
    return [
        (
            *(row.target, row.unit, row.min_quantity),
            before.get((row.target, row.unit, row.min_quantity), ""),
            spelled(row.price, row.percent, is_removed=row.is_removed),
        )
        for row in rows
    ]


def _move(session: Session, list_id: int, **values: Any) -> None:
    moved = update(PriceList).where(PriceList.id == list_id).values(**values)
    session.execute(moved.execution_options(synchronize_session=False))


def _begin(session: Session, list_id: int, draft_id: int, day: date, column: str) -> None:
    """Insert the new rows; each holds as long as the one it replaces would have, else until the next planned begins."""
    later = aliased(PriceRow)
    following = select(func.min(later.valid_from)).where(
        later.price_list_id == list_id,
        later.valid_from > day,
        or_(later.valid_to.is_(None), later.valid_to > later.valid_from),
        _of_one(later, column),
        same_key(later, PriceDraftRow),
    )
    has_later = exists().where(PriceRow.price_list_id == list_id, PriceRow.valid_from > day)
    until: Any = null()
    if session.scalar(select(has_later)):
        until = following.correlate(PriceDraftRow).scalar_subquery()
    old = aliased(PriceRow)
    is_before = and_(
        PriceRowEnd.draft_id == draft_id,
        PriceRowEnd.price_row_id == old.id,
        old.price_list_id == list_id,
        _of_one(old, column),
        same_key(old, PriceDraftRow),
    )
    held = func.coalesce(PriceRowEnd.valid_to_before, FOREVER)
    before = select(func.max(held)).where(is_before).correlate(PriceDraftRow).scalar_subquery()
    columns: Sequence[Any] = (
        literal(list_id),
        *(getattr(PriceDraftRow, name) for name in COLUMNS),
        literal(day),
        func.nullif(func.coalesce(before, until), FOREVER),
        literal(draft_id),
    )
    session.execute(
        insert(PriceRow).from_select(
            ["price_list_id", *COLUMNS, "valid_from", "valid_to", "draft_id"],
            select(*columns).where(
                PriceDraftRow.draft_id == draft_id,
                PriceDraftRow.is_removed.is_(False),
                getattr(PriceDraftRow, column).is_not(None),
            ),
        )
    )


def _of_one(row: Any, column: str) -> ColumnElement[bool]:
    """Whether a row and one of the draft name the same thing of a kind, so that an index finds it."""
    same: ColumnElement[bool] = getattr(row, column) == getattr(PriceDraftRow, column)
    return same


def _before(session: Session, draft_id: int, rows: Sequence[PriceDraftRow]) -> dict[Key, str]:
    """By key, what a publication ended; where several rows overlapped, the last of them speaks."""
    named = (
        getattr(PriceRow, column).in_({getattr(row, column) for row in rows} - {None}) for column in TARGETS
    )
    ended = session.execute(
        select(target_of(PriceRow), PriceRow.unit, PriceRow.min_quantity, PriceRow.price, PriceRow.percent)
        .join(PriceRowEnd, PriceRowEnd.price_row_id == PriceRow.id)
        .where(PriceRowEnd.draft_id == draft_id, or_(*named))
        .order_by(PriceRowEnd.id)
    )
    return {
        (target, unit, quantity): spelled(price, percent, is_removed=False)
        for target, unit, quantity, price, percent in ended
    }


def _ended(draft_id: int) -> Any:
    return select(PriceRowEnd.price_row_id).where(PriceRowEnd.draft_id == draft_id)
