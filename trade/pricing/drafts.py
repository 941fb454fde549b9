"""What is being changed on a price list: cells that several people type into, each seeing the other's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import Category, Family, Sku, SkuPack
from trade.db import among, insert_into, insert_once, insert_rows
from trade.errors import Refused
from trade.people.models import Person
from trade.pricing.grid import Key, spelled, target_of
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceRow

T = TypeVar("T")
Held = tuple[str, int]  # value and factor
AT_ONCE = 500  # values of one IN
LARGEST = Decimal("999999999.9999")
COLUMNS = {"sku": "sku_id", "family": "family_id", "category": "category_id"}


@dataclass(frozen=True)
class Edit:
    """A cell as somebody leaves it; nothing at all takes the change back. `seen` is what stood in the draft."""

    key: Key
    price: Decimal | None = None
    percent: Decimal | None = None
    is_removed: bool = False
    seen: str | None = None

    @property
    def typed(self) -> str:
        return spelled(self.price, self.percent, self.is_removed)


@dataclass(frozen=True)
class Conflict:
    """A cell that somebody else changed after it was shown."""

    edit: Edit
    theirs: str
    by: str | None


@dataclass(frozen=True)
class Outcome:
    """What became of the edits: how many cells changed, whose turn came first, and keys that mean nothing here."""

    saved: int = 0
    conflicts: Sequence[Conflict] = ()
    unknown: Mapping[Key, str] = field(default_factory=dict)  # key → code of the reason


def enter(session: Session, actor: Actor, list_id: int, day: date, edits: Sequence[Edit]) -> Outcome:
    """Put cells into the open draft, opening one if need be; its row is locked first, so that edits queue up."""
    draft_id = _locked(session, actor, list_id)
    targets = sorted({edit.key[0] for edit in edits})
    said = _said(session, draft_id, targets)
    unknown: dict[Key, str] = {}
    conflicts: list[Conflict] = []
    kept: dict[Key, dict[str, Any]] = {}
    undone: set[Key] = set()
    factors = _factors(session, targets)
    held = _held(session, list_id, targets, day)
    for edit in edits:
        before, by = said.get(edit.key, ("", None))
        if edit.seen is not None and before != edit.seen and before != edit.typed:
            conflicts.append(Conflict(edit, before, by))
            continue
        reason = _reason(edit, factors, held)
        if reason:
            unknown[edit.key] = reason
            continue
        row = _row(draft_id, actor, edit, factors, held)
        if not edit.typed or held.get(edit.key) == [(edit.typed, row["factor"])]:
            undone.add(edit.key)
        else:
            kept[edit.key] = row
    undone &= said.keys()
    _keep(session, [row for key, row in kept.items() if key not in said], is_new=True)
    _keep(session, [row for key, row in kept.items() if key in said], is_new=False)
    for key in _chunks(sorted(undone)):
        session.execute(delete(PriceDraftRow).where(PriceDraftRow.draft_id == draft_id, _in_keys(key)))
    changed = sum(1 for key, row in kept.items() if said.get(key, ("", None))[0] != _spelled(row))
    return Outcome(changed + len(undone), conflicts, unknown)


def codes(session: Session, typed: Iterable[str]) -> dict[str, Sku]:
    """SKUs by code or barcode, as people paste them; folded, since Excel loves capitals."""
    wanted = sorted({each for each in typed if each})
    found: dict[str, Sku] = {}
    for some in _chunks(wanted):
        rows = session.scalars(
            select(Sku).where(
                Sku.archived_at.is_(None),
                or_(Sku.code.in_([*some, *(each.upper() for each in some)]), Sku.barcode.in_(some)),
            )
        )
        for sku in rows:
            found[sku.code] = sku
            found.setdefault(sku.code.lower(), sku)
            if sku.barcode:
                found.setdefault(sku.barcode, sku)
    return {each: found[key] for each in wanted if (key := each if each in found else each.lower()) in found}


def groups(session: Session, typed: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Target and unit of families and categories by code; a unit in which their SKUs agree, else the piece."""
    wanted = sorted({each for each in typed if each})
    found: dict[str, tuple[str, str]] = {}
    for name, model in (("category", Category), ("family", Family)):
        for some in _chunks(wanted):
            for key, code in session.execute(select(model.id, model.code).where(model.code.in_(some))):
                found[code] = (f"{name}-{key}", "piece")
    factors = _factors(session, sorted(target for target, _ in found.values()))
    return {code: (target, next(iter(factors[target]), unit)) for code, (target, unit) in found.items()}


def typists(session: Session, draft_id: int) -> list[tuple[str | None, int]]:
    """Who typed how many cells of a draft, so that nobody gives up a colleague's work unawares."""
    count = func.count(PriceDraftRow.id)
    query = select(Person.name, count).outerjoin(Person, Person.id == PriceDraftRow.person_id)
    query = query.where(PriceDraftRow.draft_id == draft_id).group_by(Person.id, Person.name)
    return [(name, number) for name, number in session.execute(query.order_by(count.desc(), Person.name))]


def close(
    session: Session, list_id: int, version: int, state: str, *, is_asked: bool = False, **values: Any
) -> int:
    """End the open draft as it was seen: compare-and-set, so that nobody publishes what another still types.

    One about which somebody is asked ends only with the answer; `open` gives it free again.
    """
    done = update(PriceDraft).where(
        PriceDraft.price_list_id == list_id,
        PriceDraft.state == "open",
        PriceDraft.version == version,
        PriceDraft.asked_at.is_not(None) if is_asked else PriceDraft.asked_at.is_(None),
    )
    found = session.scalar(
        done.values(state=state, version=version + 1, **values)
        .returning(PriceDraft.id)
        .execution_options(synchronize_session=False)
    )
    if found is None:
        raise Refused("price_draft.changed_meanwhile")
    return found


def _locked(session: Session, actor: Actor, list_id: int) -> int:
    insert_once(session, PriceDraft, price_list_id=list_id, state="open", person_id=actor.person_id)
    draft_id = session.scalar(
        update(PriceDraft)
        .where(PriceDraft.price_list_id == list_id, PriceDraft.state == "open", PriceDraft.asked_at.is_(None))
        .values(version=PriceDraft.version + 1)
        .returning(PriceDraft.id)
        .execution_options(synchronize_session=False)
    )
    if draft_id is None:
        raise Refused("price_draft.asked")
    return draft_id


def _said(session: Session, draft_id: int, targets: Sequence[str]) -> dict[Key, tuple[str, str | None]]:
    """By key, what the draft says and who typed it."""
    found: dict[Key, tuple[str, str | None]] = {}
    for some in _chunks(targets):
        rows = session.execute(
            select(PriceDraftRow, Person.name)
            .outerjoin(Person, Person.id == PriceDraftRow.person_id)
            .where(PriceDraftRow.draft_id == draft_id, among(session, PriceDraftRow.target, some))
            .execution_options(populate_existing=True)
        )
        for row, name in rows:
            value = spelled(row.price, row.percent, row.is_removed)
            found[(row.target, row.unit, row.min_quantity)] = (value, name)
    return found


def _held(session: Session, list_id: int, targets: Sequence[str], day: date) -> dict[Key, list[Held]]:
    """By key, what holds on the day or later; only where there is one can an edit be no change at all."""
    found: dict[Key, list[Held]] = {}
    for name, ids in _ids(targets).items():
        for some in _chunks(ids):
            rows = session.execute(
                select(
                    target_of(PriceRow),
                    *(PriceRow.unit, PriceRow.min_quantity, PriceRow.price, PriceRow.percent),
                    PriceRow.factor,
                ).where(
                    PriceRow.price_list_id == list_id,
                    among(session, getattr(PriceRow, COLUMNS[name]), some),
                    or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > day),
                    or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > PriceRow.valid_from),
                )
            )
            for target, unit, min_quantity, price, percent, factor in rows:
                value = (spelled(price, percent, False), factor)
                found.setdefault((target, unit, min_quantity), []).append(value)
    return found


def _factors(session: Session, targets: Sequence[str]) -> dict[str, dict[str, int]]:
    """By target, the units that a fixed price may name with their factors: a family's, where its SKUs agree."""
    ids = _ids(targets)
    found: dict[str, dict[str, int]] = {}
    for some in _chunks(ids.get("sku", [])):
        skus = select(Sku.id, Sku.base_unit, Sku.order_unit, Sku.order_factor).where(
            among(session, Sku.id, some)
        )
        for sku_id, base_unit, order_unit, order_factor in session.execute(skus):
            found[f"sku-{sku_id}"] = {base_unit: 1, order_unit: order_factor}
        packs = select(SkuPack.sku_id, SkuPack.unit, SkuPack.factor).where(
            among(session, SkuPack.sku_id, some)
        )
        for sku_id, unit, factor in session.execute(packs):
            found[f"sku-{sku_id}"].setdefault(unit, factor)
    for some in _chunks(ids.get("category", [])):
        found |= {
            f"category-{key}": {} for key in session.scalars(select(Category.id).where(Category.id.in_(some)))
        }
    for some in _chunks(ids.get("family", [])):
        found |= {
            f"family-{key}": {} for key in session.scalars(select(Family.id).where(Family.id.in_(some)))
        }
        agreed = select(Sku.family_id, Sku.order_unit, func.min(Sku.order_factor)).where(
            Sku.family_id.in_(some), Sku.archived_at.is_(None)
        )
        alike = agreed.group_by(Sku.family_id, Sku.order_unit).having(
            func.min(Sku.order_factor) == func.max(Sku.order_factor)
        )
        for family_id, unit, factor in session.execute(alike):
            found[f"family-{family_id}"][unit] = factor
    return found


def _reason(edit: Edit, factors: Mapping[str, Mapping[str, int]], held: Mapping[Key, object]) -> str:
    """Why a cell cannot be kept, or nothing."""
    target, unit, min_quantity = edit.key
    if target not in factors:
        return "unknown"
    if not 0 < min_quantity <= 999_999_999:
        return "quantity"
    if edit.is_removed:
        return "" if edit.key in held else "nothing_to_end"
    if edit.percent is not None and not 0 < edit.percent <= 1000:
        return "percent"
    if edit.price is not None and not 0 <= edit.price <= LARGEST:
        return "price"
    is_known = unit in factors[target] or edit.key in held
    if target.startswith("sku-"):
        return "" if is_known else "unit"
    return "" if is_known or edit.price is None else "percent_only"


def _row(
    draft_id: int,
    actor: Actor,
    edit: Edit,
    factors: Mapping[str, Mapping[str, int]],
    held: Mapping[Key, Sequence[Held]],
) -> dict[str, Any]:
    target, unit, min_quantity = edit.key
    name, _, number = target.partition("-")
    return {
        "draft_id": draft_id,
        "target": target,
        **{column: int(number) if column == COLUMNS[name] else None for column in COLUMNS.values()},
        "unit": unit,
        "factor": factors[target].get(unit) or (held[edit.key][0][1] if edit.key in held else 1),
        "min_quantity": min_quantity,
        "price": None if edit.is_removed else edit.price,
        "percent": None if edit.is_removed or edit.price is not None else edit.percent,
        "is_removed": edit.is_removed,
        "person_id": actor.person_id,
        "changed_at": clock.now(),
    }


def _keep(session: Session, rows: Sequence[Mapping[str, Any]], *, is_new: bool) -> None:
    """Insert or overwrite cells, set-based, past the ORM: an import has fifty thousand."""
    if not rows:
        return
    if is_new:
        insert_rows(session, PriceDraftRow, rows)
        return
    statement = insert_into(session, PriceDraftRow)
    changes = {
        name: statement.excluded[name]
        for name in ("factor", "price", "percent", "is_removed", "person_id", "changed_at")
    }
    upsert = statement.on_conflict_do_update(
        index_elements=["draft_id", "target", "unit", "min_quantity"], set_=changes
    )
    session.connection().execute(upsert, [dict(row) for row in rows])


def _spelled(row: Mapping[str, Any]) -> str:
    return spelled(row["price"], row["percent"], row["is_removed"])


def _ids(targets: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for target in targets:
        name, _, number = target.partition("-")
        if name in COLUMNS and number.isascii() and number.isdigit() and len(number) < 11:
            found.setdefault(name, []).append(int(number))
    return found


def _in_keys(keys: Sequence[Key]) -> Any:
    return tuple_(PriceDraftRow.target, PriceDraftRow.unit, PriceDraftRow.min_quantity).in_(keys)


def _chunks(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[at : at + AT_ONCE] for at in range(0, len(values), AT_ONCE))
