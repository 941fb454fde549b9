"""Products by upload: a code that is known is changed where a cell says something, one that is not becomes a SKU."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.audit import record_each
from trade.catalog import index, rules
from trade.catalog.models import BarcodeClaim, Category, Family, SearchGram, Sku, SkuPack
from trade.db import insert_rows
from trade.errors import LostRace
from trade.imports.merge import chunks
from trade.imports.uploads_rows import (
    CHANGED,
    NEW,
    SAME,
    Choices,
    Line,
    Names,
    blame_repeats,
    difference,
    named,
    names_of,
    rows_by,
    spelled,
)

SOURCE = "page"
FIELDS = (
    *("name", "brand", "base_unit", "order_unit", "order_factor", "moq", "multiple", "tax_rate", "barcode"),
    *("size", "colour", "flavour", "floor_price", "safety_stock", "is_sellable", "sale_from", "sale_to"),
    "description",
)
FIXED = ("base_unit", "order_unit", "order_factor")  # prices and orders count in them
NEEDED = ("name", "category", "base_unit", "tax_rate")
FRESH = {"moq": 1, "multiple": 1, "safety_stock": 0, "is_sellable": True}
FOUND_BY = {"name", "flavour", "barcode"}
PATH_MARKS = ("/", "／", ">", "＞")


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each row what it would do, without doing it."""
    for line in lines:
        line.name = line.values.get("code") or ""
    blame_repeats(lines, lambda line: line.values.get("code"), "code")
    known = _known(session, {line.values.get("code") for line in lines})
    categories, families = _categories(session), names_of(session, Family)
    owners = _owners(session, {line.values.get("barcode") for line in lines})
    blame_repeats(lines, lambda line: line.values.get("barcode"), "barcode")
    for line in lines:
        places = {"category_id": _category(line, categories), "family_id": families.resolve(line, "family")}
        wanted = {name: line.values[name] for name in FIELDS if line.values.get(name) is not None}
        wanted |= {name: value for name, value in places.items() if value is not None}
        before = known.get(line.name)
        _judge_barcode(line, before, owners)
        if before is None:
            _judge_new(line, wanted)
        else:
            _judge_known(line, before, wanted, {"category_id": categories, "family_id": families})


def write(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Add new SKUs and change known ones, set-based, findable by their words at once; answers what was touched."""
    new = [line for line in lines if line.deed == NEW]
    changed = sorted(
        (line for line in lines if line.deed == CHANGED), key=lambda line: int(line.payload["id"])
    )
    ids = _add(session, new)
    _change(session, changed)
    created = {ids[line.name]: {"code": line.name, "name": line.payload["wanted"]["name"]} for line in new}
    record_each(session, actor, "product.created", "sku", created)
    record_each(
        session, actor, "product.changed", "sku", {line.payload["id"]: _told(line) for line in changed}
    )
    every = {**ids, **{line.name: line.payload["id"] for line in changed}}
    return [("sku", every[line.name], line.name) for line in lines if line.name in every]


def _known(session: Session, codes: set[str | None]) -> dict[str, dict[str, Any]]:
    names = ("id", "code", "version", "archived_at", "category_id", "family_id", *FIELDS)
    columns = [getattr(Sku, name) for name in names]
    return {row.code: dict(row._mapping) for row in rows_by(session, columns, Sku.code, codes)}


def _categories(session: Session) -> Names:
    """Categories by code, by name, and by the way from the root: 饮料/茶饮料."""
    rows = session.execute(
        select(Category.id, Category.code, Category.name, Category.path).where(Category.archived_at.is_(None))
    ).all()
    found = named((row.id, row.code, row.name) for row in rows)
    titles = {row.id: row.name for row in rows}
    for row in rows:
        above = [titles.get(int(each), "") for each in row.path.split("/") if each]
        found.ids.setdefault("/".join(above).casefold(), row.id)
    return found


def _category(line: Line, categories: Names) -> int | None:
    word = line.values.get("category")
    if word:
        for mark in PATH_MARKS:
            word = word.replace(mark, "/")
        line.values["category"] = "/".join(each.strip() for each in word.split("/"))
    return categories.resolve(line, "category")


def _owners(session: Session, barcodes: set[str | None]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunks(sorted(each for each in barcodes if each)):
        found |= index.owners(session, some)
    return found


def _judge_barcode(line: Line, before: Mapping[str, Any] | None, owners: Mapping[str, int]) -> None:
    barcode = line.values.get("barcode")
    if not barcode or (before and before["barcode"] == barcode):
        return
    if not rules.is_barcode(barcode):
        line.blame("barcode", "cell.odd_barcode", barcode)
    elif barcode in owners and (before is None or owners[barcode] != before["id"]):
        line.blame("barcode", "cell.taken", barcode)


def _judge_new(line: Line, wanted: dict[str, Any]) -> None:
    blamed = {flaw.field for flaw in line.flaws}
    for name in NEEDED:
        if line.values.get(name) is None and name not in blamed:
            line.blame(name, "cell.needed_when_new")
    wanted = {**FRESH, **wanted}
    wanted.setdefault("order_unit", wanted.get("base_unit"))
    if wanted["order_unit"] == wanted.get("base_unit"):
        wanted.setdefault("order_factor", 1)
        if wanted["order_factor"] != 1:
            line.blame("order_factor", "cell.base_is_one", wanted["order_factor"])
    elif "order_factor" not in wanted and "order_factor" not in blamed:
        line.blame("order_factor", "cell.needed_when_new")
    _judge_steps(line, wanted)
    line.payload = {"id": None, "version": 0, "wanted": wanted}
    told = {name: value for name, value in line.values.items() if value is not None}
    line.become(NEW, [difference(name, None, value) for name, value in told.items()])


def _judge_known(
    line: Line, before: Mapping[str, Any], wanted: dict[str, Any], names: Mapping[str, Names]
) -> None:
    if before["archived_at"] is not None:
        line.blame("code", "row.ended", line.name)
    differing = {name: value for name, value in wanted.items() if before[name] != value}
    for name in FIXED:
        if name in differing:
            line.blame(name, "cell.fixed", differing[name])
    whole = {**before, **wanted}
    _judge_steps(
        line, {name: whole[name] for name in whole if name not in ("tax_rate",) or name in differing}
    )
    line.payload = {"id": before["id"], "version": before["version"], "wanted": whole, "differing": differing}
    changes = []
    for name, value in differing.items():
        shown: Callable[[Any], object] = names[name].shown.get if name in names else spelled
        changes.append(difference(name.removesuffix("_id"), shown(before[name]), shown(value)))
    line.become(CHANGED if changes else SAME, changes)


def _judge_steps(line: Line, wanted: Mapping[str, Any]) -> None:
    if "tax_rate" in wanted and wanted["tax_rate"] not in rules.TAX_RATES:
        line.blame("tax_rate", "cell.odd_tax", wanted["tax_rate"])
    if not rules.is_step(wanted["moq"], wanted["multiple"]):
        line.blame("moq", "cell.not_multiple", wanted["moq"])
    starts, ends = wanted.get("sale_from"), wanted.get("sale_to")
    if starts and ends and ends <= starts:
        line.blame("sale_to", "cell.crossed", ends)


def _told(line: Line) -> dict[str, Any]:
    told = {each.field: [each.before, each.after] for each in line.changes}
    return {"code": line.name, "version": line.payload["version"] + 1, "changes": told}


def _row(line: Line, packed: Sequence[str]) -> dict[str, Any]:
    wanted = line.payload["wanted"]
    barcodes = [each for each in (wanted.get("barcode"), *packed) if each]
    return {
        **{name: wanted.get(name) for name in (*FIELDS, "category_id", "family_id")},
        "code": line.name,
        "sort_key": text.sort_key(wanted["name"]),
        "search_text": index.words(wanted["name"], line.name, barcodes, wanted.get("flavour")),
    }


def _add(session: Session, lines: Sequence[Line]) -> dict[str, int]:
    codes = [line.name for line in lines]
    taken = {row[0] for row in rows_by(session, [Sku.external_code], Sku.external_code, codes)}
    rows = [
        {**_row(line, ()), "source": SOURCE, "external_code": None if line.name in taken else line.name}
        for line in lines
    ]
    insert_rows(session, Sku, rows)
    ids = {row.code: row.id for row in rows_by(session, [Sku.code, Sku.id], Sku.code, codes)}
    _find_by(session, {ids[row["code"]]: row for row in rows}, {})
    return ids


def _change(session: Session, lines: Sequence[Line]) -> None:
    """Change what differs, as it was seen; words are written anew where they changed."""
    if not lines:
        return
    packed: dict[int, list[str]] = {}
    columns = (SkuPack.sku_id, SkuPack.barcode)
    for sku_id, barcode in rows_by(session, columns, SkuPack.sku_id, [line.payload["id"] for line in lines]):
        packed.setdefault(sku_id, []).extend([barcode] if barcode else [])
    rows = [
        {
            **_row(line, packed.get(line.payload["id"], ())),
            "seen_id": line.payload["id"],
            "seen_version": line.payload["version"],
            "version": line.payload["version"] + 1,
        }
        for line in lines
    ]
    table: Any = Sku.__table__
    statement = update(table).where(
        table.c.id == bindparam("seen_id"), table.c.version == bindparam("seen_version")
    )
    names = [name for name in rows[0] if not name.startswith("seen_")]
    statement = statement.values({name: bindparam(name) for name in names})
    if session.connection().execute(statement, rows).rowcount != len(rows):
        raise LostRace
    moved = {line.payload["id"] for line in lines if FOUND_BY & line.payload["differing"].keys()}
    again = {row["seen_id"]: row for row in rows if row["seen_id"] in moved}
    for some in chunks(sorted(again), 800):
        session.execute(delete(SearchGram).where(SearchGram.sku_id.in_(some)))
        session.execute(delete(BarcodeClaim).where(BarcodeClaim.sku_id.in_(some)))
    _find_by(session, again, packed)


def _find_by(
    session: Session, rows: Mapping[int, Mapping[str, Any]], packed: Mapping[int, Sequence[str]]
) -> None:
    """Pairs of characters and claims of barcodes for SKUs by id."""
    index.add_grams(session, {sku_id: rows[sku_id]["search_text"] for sku_id in rows})
    claims = [
        {"barcode": barcode, "sku_id": sku_id}
        for sku_id in sorted(rows)
        for barcode in (rows[sku_id]["barcode"], *packed.get(sku_id, ()))
        if barcode
    ]
    insert_rows(session, BarcodeClaim, claims)
