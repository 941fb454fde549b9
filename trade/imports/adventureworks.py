"""AdventureWorks DW reseller sales as a batch for the generic importers. The data is what it is; decided here:

Versions. A SKU repeats as price versions (`product_key`) whose own valid_to often lies years before valid_from. They
are sorted by valid_from; each holds until the next one begins and the last is open. The dates as the source has them
are kept in the SKU's facts. The newest version is the SKU. An order line keeps the version that it was sold as, which
is what its product_key says, not what the dates would say (36,301 lines were sold outside their version's dates).

Money. Prices and amounts are net with 4 decimals; tax (8 %) is the source's own amount per line, never recomputed
(23 lines differ from 8 % by 1/10000). quantity × unit_price = extended_amount and extended_amount − discount_amount
= sales_amount must hold or the row is refused. Freight is one charge per order; the share of each line is in its
facts. Amounts are in the order's currency; nothing is converted.

Days. order_date, due_date and ship_date are calendar days; 204 shipments fall into the year after their order, which
belongs to the year of order_date.

Prices. list_price is the base list, dealer_price the list of the tier "reseller", both in USD (the source names no
other); a version without price has no row. Promotions are not imported as rules: the key stays on the line, pct too.

Companies. A reseller opens with the currency and the rep of its latest order (two traded in two currencies), USD and
none without orders, a standing from its first order or 2010-01-01, and a credit limit of 0: the data has none.

Stock. The source has no quantities on hand: safety_stock is taken as the opening count of the day after the last
order, once; a later change of it changes the SKU only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from trade.clock import BRAND_ZONE
from trade.imports import numbers as n
from trade.imports.problems import Problems
from trade.imports.readers import Column, Record, read_csv, read_sheet
from trade.imports.rows import (
    Batch,
    DistributorRow,
    FamilyRow,
    NodeRow,
    OrderLineRow,
    OrderRow,
    PersonRow,
    PriceEntry,
    PriceListRow,
    SkuRow,
    StockCount,
    TierRow,
)
from trade.imports.stock import MAIN

SOURCE = "adventureworks"
BRAND = "Adventure Works Cycles"
CURRENCY = "USD"
TAX_RATE = Decimal("0.08")
UNIT = "piece"
TIER = "reseller"
BASE_LIST, TIER_LIST = "AW-BASE", "AW-RESELLER"
FIRST_DAY = date(2010, 1, 1)
WORKBOOK = "masters_text_cells.xlsx"
NO_DISCOUNT = "No Discount"

TERRITORIES = (
    Column("territory_key", n.code),
    *(Column(name, n.words) for name in ("region", "country", "group")),
)
RESELLERS = (
    *(Column(name, n.code) for name in ("reseller_key", "reseller_code", "territory_key", "country")),
    *(
        Column(name, n.words)
        for name in ("name", "business_type", "product_line", "address1", "city", "bank_name")
    ),
    *(Column(name, n.words, True) for name in ("phone", "address2", "state_province", "postal_code")),
    *(Column(name, n.whole) for name in ("employees", "year_opened")),
    *(Column(name, n.amount) for name in ("annual_sales", "annual_revenue")),
)
PRODUCTS = (
    *(Column(name, n.code) for name in ("product_key", "sku")),
    *(Column(name, n.words) for name in ("name", "model", "category", "subcategory")),
    *(Column(name, n.words, True) for name in ("color", "size", "weight_uom", "status")),
    Column("weight", n.number, True),
    *(Column(name, n.amount, True) for name in ("list_price", "dealer_price", "standard_cost")),
    *(Column(name, n.whole) for name in ("safety_stock", "reorder_point")),
    Column("valid_from", n.day),
    Column("valid_to", n.day, True),
    Column("sold_to_resellers", n.yes),
    Column("description_zh", n.prose, True),
)
PROMOTIONS = (Column("promotion_key", n.code), Column("name", n.words), Column("type", n.words))
ORDERS = (
    *(Column(name, n.code) for name in ("order_no", "reseller_key", "salesperson_key", "territory_key")),
    *(Column(name, n.day) for name in ("order_date", "due_date", "ship_date")),
    Column("currency", n.currency),
    Column("customer_po", n.words, True),
    Column("carrier_tracking", n.words, True),
)
ORDER_LINES = (
    *(Column(name, n.code) for name in ("order_no", "product_key", "promotion_key")),
    *(Column(name, n.positive) for name in ("line_no", "quantity")),
    *(
        Column(name, n.amount)
        for name in ("unit_price", "extended_amount", "discount_amount", "sales_amount")
    ),
    *(Column(name, n.amount) for name in ("tax_amount", "freight")),
    Column("standard_cost", n.amount, True),
    Column("discount_pct", n.fraction),
)
Rows = Mapping[str, Record]


@dataclass(frozen=True)
class Folder:
    """A delivery on disk; the masters may come from its workbook."""

    path: Path
    problems: Problems
    is_from_workbook: bool = False

    def read(self, noun: str, columns: Sequence[Column]) -> Iterator[Record]:
        return read_csv(self.path / f"{noun}.csv", columns, self.problems)

    def masters(self, noun: str, columns: Sequence[Column]) -> tuple[str, Iterator[Record]]:
        """The file's name for messages, and its rows."""
        workbook = self.path / WORKBOOK
        has_csv = (self.path / f"{noun}.csv").exists()
        if self.is_from_workbook or (not has_csv and workbook.exists()):
            return f"{WORKBOOK}/{noun}", read_sheet(workbook, noun, columns, self.problems)
        return f"{noun}.csv", self.read(noun, columns)


def read_folder(path: Path, *, is_from_workbook: bool = False) -> tuple[Batch, Problems]:
    """Read and check a delivery, outside any transaction; the batch is only good when there are no problems."""
    problems = Problems()
    folder = Folder(path, problems, is_from_workbook)
    territories = _by_key(
        problems, "territories.csv", "territory_key", folder.read("territories", TERRITORIES)
    )
    promotions = _by_key(
        problems, "promotions.csv", "promotion_key", folder.masters("promotions", PROMOTIONS)[1]
    )
    file, rows = folder.masters("resellers", RESELLERS)
    resellers = _by_key(problems, file, "reseller_key", rows)
    _refuse_repeated(problems, file, "reseller_code", resellers)
    _refuse_unknown(problems, file, resellers.values(), "territory_key", territories)
    file, rows = folder.masters("products", PRODUCTS)
    products = _by_key(problems, file, "product_key", rows)
    orders = _by_key(problems, "orders.csv", "order_no", folder.read("orders", ORDERS))
    _refuse_unknown(problems, "orders.csv", orders.values(), "reseller_key", resellers)
    _refuse_unknown(problems, "orders.csv", orders.values(), "territory_key", territories)
    lines = _lines_by_order(folder, orders, products, promotions)
    if problems:
        return Batch(SOURCE, BRAND), problems
    return _batch(territories, resellers, products, orders, lines), problems


def _batch(
    territories: Rows,
    resellers: Rows,
    products: Rows,
    orders: Rows,
    lines: Mapping[str, list[OrderLineRow]],
) -> Batch:
    versions = _versions(products)
    newest = [versions[sku][-1] for sku in versions]
    last_day = max((order["order_date"] for order in orders.values()), default=FIRST_DAY)
    opening = datetime.combine(last_day + timedelta(days=1), time(), BRAND_ZONE)
    reps = sorted({order["salesperson_key"] for order in orders.values()})
    return Batch(
        source=SOURCE,
        brand=BRAND,
        territories=tuple(_territory_nodes(territories)),
        tiers=(TierRow(TIER, TIER, "Reseller"),),
        people=tuple(PersonRow(key, f"Salesperson {key}") for key in reps),
        distributors=tuple(_distributors(resellers, orders)),
        categories=tuple(_category_nodes(newest)),
        families=tuple(
            FamilyRow(name, _code(name), name) for name in sorted({each["model"] for each in newest})
        ),
        skus=tuple(_sku(of_sku) for of_sku in versions.values()),
        price_lists=tuple(_price_lists(products)),
        prices=tuple(price for of_sku in versions.values() for price in _prices(of_sku)),
        counts=tuple(StockCount(MAIN, each["sku"], each["safety_stock"], opening, True) for each in newest),
        orders=tuple(_order(row, resellers, tuple(lines[key])) for key, row in orders.items()),
    )


def _territory_nodes(territories: Rows) -> Iterator[NodeRow]:
    """Group, country and region as a tree; only the region has a key at the source."""
    groups = {row["group"] for row in territories.values()}
    countries = {(row["country"], row["group"]) for row in territories.values()}
    for group in sorted(groups):
        yield NodeRow(f"group:{group}", _code("G", group), group)
    for country, group in sorted(countries):
        yield NodeRow(f"country:{country}", _code("C", country), country, _code("G", group))
    for key, row in territories.items():
        yield NodeRow(key, _code(key), row["region"], _code("C", row["country"]))


def _distributors(resellers: Rows, orders: Rows) -> Iterator[DistributorRow]:
    placed: dict[str, list[Record]] = defaultdict(list)
    for order in orders.values():
        placed[order["reseller_key"]].append(order)
    for key, row in resellers.items():
        own = sorted(placed[key], key=lambda order: (order["order_date"], order["order_no"]))
        parts = ("address1", "address2", "city", "state_province", "postal_code", "country")
        kept = ("business_type", "product_line", "employees", "bank_name", "year_opened")
        money = ("annual_sales", "annual_revenue")
        yield DistributorRow(
            external_code=key,
            code=row["reseller_code"],
            name=row["name"],
            phone=row["phone"],
            address=", ".join(row[part] for part in parts if row[part]),
            tier=TIER,
            territory=_code(row["territory_key"]),
            facts={name: row[name] for name in kept} | {name: str(row[name]) for name in money},
            currency=own[-1]["currency"] if own else CURRENCY,
            rep=own[-1]["salesperson_key"] if own else None,
            since=own[0]["order_date"] if own else FIRST_DAY,
        )


def _category_nodes(products: Iterable[Record]) -> Iterator[NodeRow]:
    pairs = sorted({(row["category"], row["subcategory"]) for row in products})
    for category in sorted({category for category, _ in pairs}):
        yield NodeRow(category, _code(category), category)
    for category, name in pairs:
        yield NodeRow(f"{category}/{name}", _code(category, name), name, _code(category))


def _versions(products: Rows) -> dict[str, list[Record]]:
    """Price versions by SKU, the oldest first."""
    versions: dict[str, list[Record]] = defaultdict(list)
    for row in sorted(products.values(), key=lambda row: (row["valid_from"], int(row.line))):
        versions[row["sku"]].append(row)
    return dict(versions)


def _sku(versions: Sequence[Record]) -> SkuRow:
    row = versions[-1]
    facts = {
        "weight": _text(row["weight"]),
        "weight_uom": row["weight_uom"],
        "reorder_point": row["reorder_point"],
        "versions": {each["product_key"]: _version_facts(each, row) for each in versions},
    }
    return SkuRow(
        external_code=row["sku"],
        code=row["sku"],
        name=row["name"],
        category=_code(row["category"], row["subcategory"]),
        family=_code(row["model"]),
        tax_rate=TAX_RATE,
        base_unit=UNIT,
        order_unit=UNIT,
        order_factor=1,
        is_sellable=row["sold_to_resellers"],
        safety_stock=row["safety_stock"],
        colour=None if row["color"] in {None, "NA"} else row["color"],
        size=row["size"],
        description=row["description_zh"],
        facts=facts,
    )


def _version_facts(version: Record, newest: Record) -> dict[str, object]:
    """What only the source uses of a version: its own end, its cost, and where it differs from the newest."""
    own: dict[str, object] = {
        "valid_to": _text(version["valid_to"]),
        "status": version["status"],
        "standard_cost": _text(version["standard_cost"]),
    }
    elsewhere = {"product_key", "valid_from", "list_price", "dealer_price", *own}
    differing = {
        name: _text(value)
        for name, value in version.values.items()
        if name not in elsewhere and value != newest[name]
    }
    return {name: value for name, value in own.items() if value is not None} | differing


def _price_lists(products: Rows) -> Iterator[PriceListRow]:
    since = min((row["valid_from"] for row in products.values()), default=FIRST_DAY)
    yield PriceListRow("base", BASE_LIST, "List price", "base", None, CURRENCY, "net", since)
    yield PriceListRow("reseller", TIER_LIST, "Dealer price", "tier", TIER, CURRENCY, "net", since)


def _prices(versions: Sequence[Record]) -> Iterator[PriceEntry]:
    """Both prices of each version; a version holds until the next one begins, whatever its own end says."""
    ends: list[date | None] = [later["valid_from"] for _, later in pairwise(versions)]
    for row, valid_to in zip(versions, [*ends, None], strict=True):
        for column, of_list, name in (
            ("list_price", BASE_LIST, "base"),
            ("dealer_price", TIER_LIST, "reseller"),
        ):
            if row[column] is not None:
                yield PriceEntry(
                    external_code=f"{row['product_key']}/{name}",
                    price_list=of_list,
                    sku=row["sku"],
                    unit=UNIT,
                    factor=1,
                    min_quantity=1,
                    price=row[column],
                    valid_from=row["valid_from"],
                    valid_to=valid_to,
                )


def _order(row: Record, resellers: Rows, lines: tuple[OrderLineRow, ...]) -> OrderRow:
    freight = sum((Decimal(str(line.facts["freight"])) for line in lines), Decimal(0))
    return OrderRow(
        external_code=row["order_no"],
        number=row["order_no"],
        order_date=row["order_date"],
        distributor=resellers[row["reseller_key"]]["reseller_code"],
        territory=_code(row["territory_key"]),
        rep=row["salesperson_key"],
        currency=row["currency"],
        ship_date=row["ship_date"],
        tracking_number=row["carrier_tracking"] or "",
        charges={"freight": freight},
        lines=lines,
        facts={"customer_po": row["customer_po"], "due_date": row["due_date"].isoformat()},
    )


def _lines_by_order(
    folder: Folder, orders: Rows, products: Rows, promotions: Rows
) -> Mapping[str, list[OrderLineRow]]:
    """Order lines, each checked against its order, product, promotion and its own arithmetic."""
    file, problems = "order_lines.csv", folder.problems
    lines: dict[str, list[OrderLineRow]] = {key: [] for key in orders}
    seen: set[tuple[str, int]] = set()
    sold: set[tuple[str, str]] = set()
    references = (("order_no", orders), ("product_key", products), ("promotion_key", promotions))
    for row in folder.read("order_lines", ORDER_LINES):
        unknown = [name for name, known in references if row[name] not in known]
        for name in unknown:
            problems.add(file, row.line, name, "cell.unknown", row[name])
        order_no, line_no = row["order_no"], row["line_no"]
        if (order_no, line_no) in seen:
            problems.add(file, row.line, "line_no", "cell.duplicate", f"{order_no}/{line_no}")
        seen.add((order_no, line_no))
        if unknown:
            continue
        product = products[row["product_key"]]
        if (order_no, product["sku"]) in sold:
            problems.add(file, row.line, "product_key", "cell.duplicate", product["sku"])
        sold.add((order_no, product["sku"]))
        if not _adds_up(row):
            problems.add(file, row.line, "sales_amount", "row.amounts_disagree", str(row["sales_amount"]))
            continue
        lines[order_no].append(_line(row, product, promotions[row["promotion_key"]]))
    if not problems:
        for key, of_order in lines.items():
            if not of_order:
                problems.add("orders.csv", orders[key].line, "order_no", "order.without_lines", key)
    return lines


def _adds_up(row: Record) -> bool:
    extended = row["quantity"] * row["unit_price"]
    return bool(
        extended == row["extended_amount"] and extended - row["discount_amount"] == row["sales_amount"]
    )


def _line(row: Record, product: Record, promotion: Record) -> OrderLineRow:
    facts = {"freight": str(row["freight"]), "discount_pct": str(row["discount_pct"])}
    return OrderLineRow(
        line_no=row["line_no"],
        external_code=row["product_key"],
        sku=product["sku"],
        sku_name=product["name"],
        category=_code(product["category"], product["subcategory"]),
        unit=UNIT,
        quantity=row["quantity"],
        tax_rate=TAX_RATE,
        list_price=product["list_price"],
        price=row["unit_price"],
        discount=row["discount_amount"],
        net=row["sales_amount"],
        tax=row["tax_amount"],
        unit_cost=row["standard_cost"],
        promotion=None if promotion["type"] == NO_DISCOUNT else row["promotion_key"],
        facts=facts,
    )


def _by_key(problems: Problems, file: str, column: str, rows: Iterable[Record]) -> dict[str, Record]:
    by_key: dict[str, Record] = {}
    for row in rows:
        if row[column] in by_key:
            problems.add(file, row.line, column, "cell.duplicate", row[column])
        by_key[row[column]] = row
    return by_key


def _refuse_repeated(problems: Problems, file: str, column: str, rows: Rows) -> None:
    seen: set[str] = set()
    for row in rows.values():
        if row[column] in seen:
            problems.add(file, row.line, column, "cell.duplicate", row[column])
        seen.add(row[column])


def _refuse_unknown(problems: Problems, file: str, rows: Iterable[Record], column: str, known: Rows) -> None:
    for row in rows:
        if row[column] not in known:
            problems.add(file, row.line, column, "cell.unknown", row[column])


def _code(*words: str) -> str:
    """Our code for what the source only names; a prefix keeps it apart from the codes of other sources."""
    return "-".join(["AW", *("-".join(word.upper().split()) for word in words)])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
