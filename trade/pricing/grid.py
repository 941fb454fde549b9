"""A price list as a grid: what holds, what a draft makes of it, row by row in the order of names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from trade import text
from trade.catalog.models import Category, Family, Sku
from trade.catalog.queries import in_category
from trade.money import rounded
from trade.people.models import Person
from trade.pricing import queries, rules
from trade.pricing.lists import concerned
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList, PriceRow
from trade.pricing.queries import holds

PAGE = 50
Key = tuple[str, str, int]  # target such as sku-12, unit, from which quantity of it on


@dataclass(frozen=True)
class GridFilter:
    """What the address of the grid says; `keys` are those of findings."""

    search: str = ""
    category_id: int | None = None
    only: str = ""  # changed, without, or a code of findings
    targets: frozenset[str] | None = None
    page: int = 1


@dataclass(frozen=True)
class GridRow:
    """A row of the grid; prices per `unit`, floor and base price as well, in the basis of the list they stand on."""

    target: str
    code: str
    name: str
    unit: str
    factor: int
    min_quantity: int
    price: Decimal | None
    percent: Decimal | None
    row_id: int | None
    valid_from: date | None
    valid_to: date | None
    new_price: Decimal | None
    new_percent: Decimal | None
    is_removed: bool
    is_changed: bool
    changed_by: str | None
    sku: Sku | None
    base: Decimal | None = None
    follows: bool = field(default=False)  # a further break of the row above

    @property
    def key(self) -> Key:
        return self.target, self.unit, self.min_quantity

    @property
    def name_of_key(self) -> str:
        return spelled_key(self.key)

    @property
    def stored(self) -> str:
        """What the draft says, as a form sends it back: a price, a percentage, `end` or nothing."""
        return spelled(self.new_price, self.new_percent, self.is_removed) if self.is_changed else ""

    @property
    def before(self) -> Decimal | None:
        """The price that holds now, percentages worked out."""
        return self._worth(self.price, self.percent)

    @property
    def after(self) -> Decimal | None:
        """The price that the draft makes of it; what it does not touch stays."""
        if self.is_removed:
            return None
        return self._worth(self.new_price, self.new_percent) if self.is_changed else self.before

    @property
    def change(self) -> Decimal | None:
        """By how many percent the price moves."""
        if not self.is_changed or not self.before or self.after is None:
            return None
        return rounded((self.after / self.before - 1) * 100, 1)

    @property
    def share(self) -> Decimal | None:
        """The price in percent of the base list."""
        value = self.after if self.after is not None else self.before
        return rounded(value / self.base * 100, 1) if value is not None and self.base else None

    @property
    def floor(self) -> Decimal | None:
        """The floor price per unit of the row, with tax."""
        if self.sku is None or self.sku.floor_price is None:
            return None
        return rounded(self.sku.floor_price * self.factor / self.sku.order_factor, 4)

    def _worth(self, price: Decimal | None, percent: Decimal | None) -> Decimal | None:
        if price is not None:
            return price
        if percent is None or self.base is None:
            return None
        return rounded(self.base * percent / 100, 4)


def spelled(price: Decimal | None, percent: Decimal | None, is_removed: bool) -> str:
    """A value of a cell as plain text, the same for equal values."""
    if is_removed:
        return "end"
    if percent is not None:
        return f"{percent.normalize():f}%"
    return "" if price is None else f"{price.normalize():f}"


def spelled_key(key: Key) -> str:
    target, unit, min_quantity = key
    return f"{target}.{min_quantity}.{unit}"


def open_draft(session: Session, list_id: int) -> PriceDraft | None:
    """The change that is being prepared, if there is one."""
    return session.scalar(
        select(PriceDraft).where(PriceDraft.price_list_id == list_id, PriceDraft.state == "open")
    )


def page(
    session: Session, price_list: PriceList, draft_id: int | None, wanted: GridFilter, day: date
) -> tuple[list[GridRow], int]:
    """A page of the grid and how many rows there are; a constant number of statements."""
    query = _ordered(price_list.id, draft_id, wanted, day)
    found = session.execute(query.offset((wanted.page - 1) * PAGE).limit(PAGE)).all()
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    return _made(session, price_list, found, day), session.scalar(counted) or 0


def everything(
    session: Session, price_list: PriceList, draft_id: int | None, wanted: GridFilter, day: date
) -> list[GridRow]:
    """Every row that the filter finds, for a bulk change or a paste down a column."""
    return _made(
        session, price_list, session.execute(_ordered(price_list.id, draft_id, wanted, day)).all(), day
    )


def one(
    session: Session, price_list: PriceList, draft_id: int | None, targets: Sequence[str], day: date
) -> list[GridRow]:
    """The rows of a few targets, after they were edited."""
    return everything(session, price_list, draft_id, GridFilter(targets=frozenset(targets)), day)


def counts(session: Session, price_list: PriceList, draft_id: int | None, day: date) -> dict[str, int]:
    """How many rows hold, how many the draft changes, how many sellable SKUs the list does not name, whom it concerns."""
    held = select(func.count(PriceRow.id)).where(
        PriceRow.price_list_id == price_list.id, holds(PriceRow.valid_from, PriceRow.valid_to, day)
    )
    changed = select(func.count(PriceDraftRow.id)).where(PriceDraftRow.draft_id == (draft_id or 0))
    absent = select(func.count(Sku.id)).where(*_without(price_list.id, draft_id, day))
    people = select(func.count()).select_from(concerned(price_list, day).subquery())
    parts = {"all": held, "changed": changed, "without": absent, "concerned": people}
    row = session.execute(select(*(part.scalar_subquery().label(name) for name, part in parts.items())))
    return dict(row.mappings().one())


def target_of(row: Any) -> Any:
    """The target of a row of prices as its draft spells it, as an expression."""
    return case(
        (row.sku_id.is_not(None), literal("sku-").concat(row.sku_id)),
        (row.family_id.is_not(None), literal("family-").concat(row.family_id)),
        else_=literal("category-").concat(row.category_id),
    )


def same_key(row: Any, draft_row: Any) -> Any:
    """Whether a row of prices and one of a draft are about the same target, unit and break."""
    return and_(
        draft_row.target == target_of(row),
        draft_row.unit == row.unit,
        draft_row.min_quantity == row.min_quantity,
    )


def _ordered(list_id: int, draft_id: int | None, wanted: GridFilter, day: date) -> Select[Any]:
    parts = _absent(list_id, draft_id, day) if wanted.only == "without" else _held(list_id, draft_id, day)
    rows = parts.subquery()
    kind = case((rows.c.category_id.is_not(None), 0), (rows.c.family_id.is_not(None), 1), else_=2)
    query = (
        select(rows, Sku, Family.code, Family.name, Category.code, Category.name, Person.name)
        .outerjoin(Sku, Sku.id == rows.c.sku_id)
        .outerjoin(Family, Family.id == rows.c.family_id)
        .outerjoin(Category, Category.id == rows.c.category_id)
        .outerjoin(Person, Person.id == rows.c.person_id)
        .order_by(
            kind,
            func.coalesce(Sku.sort_key, Category.sort_key, Family.code),
            func.coalesce(rows.c.sku_id, rows.c.family_id, rows.c.category_id),
            rows.c.min_quantity * rows.c.factor,
            rows.c.unit,
            rows.c.row_id,
        )
    )
    for word in text.folded(wanted.search).split():
        query = query.where(
            or_(
                Sku.search_text.contains(word, autoescape=True),
                Family.name.contains(word, autoescape=True),
                Category.name.contains(word, autoescape=True),
            )
        )
    if wanted.category_id is not None:
        query = query.where(in_category(wanted.category_id))
    if wanted.only == "changed":
        query = query.where(rows.c.draft_row_id.is_not(None))
    if wanted.targets is not None:
        query = query.where(rows.c.target.in_(sorted(wanted.targets)))
    return query


def _held(list_id: int, draft_id: int | None, day: date) -> CompoundSelect[Any]:
    """What holds on the day, beside it what the draft says; then what only the draft knows."""
    said = aliased(PriceDraftRow)
    current = (
        select(
            *(PriceRow.sku_id, PriceRow.family_id, PriceRow.category_id),
            target_of(PriceRow).label("target"),
            *(PriceRow.unit, PriceRow.factor, PriceRow.min_quantity, PriceRow.price, PriceRow.percent),
            *(PriceRow.id.label("row_id"), PriceRow.valid_from, PriceRow.valid_to),
            *(said.price.label("new_price"), said.percent.label("new_percent"), said.is_removed),
            *(said.id.label("draft_row_id"), said.person_id),
        )
        .outerjoin(said, and_(said.draft_id == (draft_id or 0), same_key(PriceRow, said)))
        .where(PriceRow.price_list_id == list_id, holds(PriceRow.valid_from, PriceRow.valid_to, day))
    )
    added = select(
        *(PriceDraftRow.sku_id, PriceDraftRow.family_id, PriceDraftRow.category_id),
        PriceDraftRow.target,
        *(PriceDraftRow.unit, PriceDraftRow.factor, PriceDraftRow.min_quantity),
        *(null(), null(), null(), null(), null()),
        *(PriceDraftRow.price, PriceDraftRow.percent, PriceDraftRow.is_removed),
        *(PriceDraftRow.id, PriceDraftRow.person_id),
    ).where(
        PriceDraftRow.draft_id == (draft_id or 0),
        ~exists().where(
            PriceRow.price_list_id == list_id,
            holds(PriceRow.valid_from, PriceRow.valid_to, day),
            same_key(PriceRow, PriceDraftRow),
        ),
    )
    return union_all(current, added)


def _absent(list_id: int, draft_id: int | None, day: date) -> Select[Any]:
    """Sellable SKUs that the list does not name, as empty rows in their order unit."""
    columns: tuple[Any, ...] = (
        *(Sku.id.label("sku_id"), null().label("family_id"), null().label("category_id")),
        (literal("sku-").concat(Sku.id)).label("target"),
        *(Sku.order_unit.label("unit"), Sku.order_factor.label("factor"), literal(1).label("min_quantity")),
        *(null().label(name) for name in ("price", "percent", "row_id", "valid_from", "valid_to")),
        *(null().label(name) for name in ("new_price", "new_percent", "is_removed", "draft_row_id")),
        null().label("person_id"),
    )
    return select(*columns).where(*_without(list_id, draft_id, day))


def _without(list_id: int, draft_id: int | None, day: date) -> tuple[Any, ...]:
    return (
        Sku.is_sellable,
        Sku.archived_at.is_(None),
        or_(Sku.sale_to.is_(None), Sku.sale_to > day),
        Sku.id.not_in(
            select(PriceRow.sku_id).where(
                PriceRow.price_list_id == list_id,
                PriceRow.sku_id.is_not(None),
                holds(PriceRow.valid_from, PriceRow.valid_to, day),
            )
        ),
        Sku.id.not_in(
            select(PriceDraftRow.sku_id).where(
                PriceDraftRow.draft_id == (draft_id or 0), PriceDraftRow.sku_id.is_not(None)
            )
        ),
    )


def _made(session: Session, price_list: PriceList, found: Sequence[Any], day: date) -> list[GridRow]:
    skus = {row.Sku.id: row.Sku for row in found if row.Sku is not None}
    base = queries.base_rows_for(session, price_list.currency, list(skus.values()), day)
    rows: list[GridRow] = []
    for row in found:
        *_, sku, family_code, family_name, category_code, category_name, person = row
        made = GridRow(
            target=row.target,
            code=sku.code if sku else family_code or category_code,
            name=sku.name if sku else family_name or category_name,
            unit=row.unit,
            factor=row.factor,
            min_quantity=row.min_quantity,
            price=_money(row.price),
            percent=_money(row.percent),
            row_id=row.row_id,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            new_price=_money(row.new_price),
            new_percent=_money(row.new_percent),
            is_removed=bool(row.is_removed),
            is_changed=row.draft_row_id is not None,
            changed_by=person,
            sku=sku,
            base=_base(row, base.get(row.sku_id or 0, ())) if sku else None,
            follows=bool(rows) and rows[-1].target == row.target,
        )
        rows.append(made)
    return rows


def _base(row: Any, base: Sequence[rules.Row]) -> Decimal | None:
    """The base list's price for the row's unit and break."""
    value = rules.unit_price(row.min_quantity * row.factor, base)
    if value is None:
        return None
    return rounded(value[0] * row.factor / value[1].factor, 4)


def _money(value: Any) -> Decimal | None:
    """A union of columns and nothing keeps the type of the first; where that is nothing, there is no value."""
    return value if value is None or isinstance(value, Decimal) else Decimal(value).scaleb(-4)
