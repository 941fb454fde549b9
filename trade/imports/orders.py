"""Orders of the past: closed documents without effect on stock, credit, ledger or outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade.catalog.models import Sku
from trade.distributors.models import Address, Channel, Distributor, Standing, Territory, Tier
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.imports.distributors import people_by_code
from trade.imports.merge import (
    Merged,
    Result,
    Tally,
    Values,
    chunks,
    facts_text,
    ids_by,
    merge,
    merge_by_code,
    named,
)
from trade.imports.rows import OrderLineRow, OrderRow
from trade.money import ZERO
from trade.orders.models import Order, OrderCharge, OrderLine
from trade.people.models import Person

IMPORTED = "import"  # Order.source and Shipment.source of every imported document, whoever delivered it
AT_ONCE = 500  # orders in one round, so that memory stays flat
SUMS = ("gross", "net", "tax")
# Frozen when the document came in, as submitting freezes them: a master that changes later does not change these, a
# document that names another master does.
FOLLOWS = {
    "distributor_id": (
        *("distributor_code", "distributor_name", "tier_code", "tier_name", "channel_code", "ship_to"),
        "invoice_title",
    ),
    "territory_id": ("territory_code",),
    "rep_id": ("rep_name",),
}
FROZEN = (
    *(name for names in FOLLOWS.values() for name in names),
    *("legal_entity_id", "approval_state", "fulfilment", "receipt", "payment"),
)
AS_SOLD = ("sku_code", "sku_name", "category_code", "list_price", "tax_rate")
LINE_FOLLOWS = {"sku_id": AS_SOLD, "external_code": AS_SOLD}
LINE_FROZEN = (*AS_SOLD, "order_id", "line_no")


@dataclass(frozen=True)
class Facts:
    """What orders refer to, read once for the whole delivery."""

    source: str
    legal_entity_id: int
    distributors: Mapping[str, Mapping[str, Any]]
    skus: Mapping[str, int]
    territories: Mapping[str, int]
    reps: Mapping[str, int]
    rep_names: Mapping[int, str]


def import_orders(
    session: Session, source: str, rows: Sequence[OrderRow], *, legal_entity_id: int
) -> tuple[Result, Result]:
    """Bring in closed documents and answer for the headers and for the lines.

    Raises Refused("import.unknown") for what orders refer to and does not exist, and Refused("import.lines_missing")
    for a document that came in earlier with lines which it has lost since: a document is replaced as a whole or not.
    """
    facts = _facts(session, source, rows, legal_entity_id)
    orders, lines = Tally("order", len(rows)), Tally("order line", sum(len(row.lines) for row in rows))
    for some in chunks(rows, AT_ONCE):
        _import_some(session, facts, some, orders, lines)
    prefix = _external(source, "")
    of_source = Order.external_code.startswith(prefix, autoescape=True)
    total = session.scalar(select(func.count()).select_from(Order).where(Order.source == IMPORTED, of_source))
    orders.absent = int(total or 0) - len(rows)
    people = {row_id: code for code, row_id in facts.reps.items()}
    territories = {row_id: code for code, row_id in facts.territories.items()}
    companies = {values["id"]: code for code, values in facts.distributors.items()}
    skus = {row_id: code for code, row_id in facts.skus.items()}
    labels = {"rep_id": people, "territory_id": territories, "distributor_id": companies}
    return orders.result(labels), lines.result({"sku_id": skus})


def _import_some(
    session: Session, facts: Facts, rows: Sequence[OrderRow], orders: Tally, lines: Tally
) -> None:
    codes = {_external(facts.source, row.external_code): row for row in rows}
    wanted = {code: _header(row, facts) for code, row in codes.items()}
    merged = merge_by_code(session, Order, IMPORTED, wanted, opening=FROZEN, follows=FOLLOWS)
    orders.add(merged, lambda code: codes[code].number, derived=SUMS)
    numbers = {merged.ids[code]: row.number for code, row in codes.items()}

    by_key = {(merged.ids[code], line.line_no): line for code, row in codes.items() for line in row.lines}
    wanted_lines = {key: _line(key[0], line, facts) for key, line in by_key.items()}
    known = _known_lines(session, [merged.ids[code] for code in codes if code not in merged.new])
    _refuse_missing(known, wanted_lines, numbers)
    merged_lines = merge(session, OrderLine, wanted_lines, known, opening=LINE_FROZEN, follows=LINE_FOLLOWS)
    lines.add(
        merged_lines,
        lambda key: f"{numbers[key[0]]}/{key[1]}",
        derived=("base_quantity", "shipped", "received"),
    )

    _import_charges(session, codes, merged, orders)
    shipments = {f"{code}/1": _shipment(row, merged.ids[code], wanted[code]) for code, row in codes.items()}
    shipped = merge_by_code(
        session, Shipment, IMPORTED, shipments, opening=("carrier", "state", "order_id", "number")
    )
    orders.add(shipped, lambda code: codes[code.removesuffix("/1")].number, derived=("gross",))
    touched = {merged.ids[code] for code in merged.new} | {order_id for order_id, _ in merged_lines.changed}
    touched |= {order_id for order_id, _ in merged_lines.new}
    _import_shipment_lines(session, shipments, shipped, touched)


def _header(row: OrderRow, facts: Facts) -> Values:
    company = facts.distributors[row.distributor]
    net = sum((line.net for line in row.lines), ZERO)
    tax = sum((line.tax for line in row.lines), ZERO)
    rep_id = facts.reps[row.rep] if row.rep else None
    return {
        "number": row.number,
        "order_date": row.order_date,
        "distributor_id": company["id"],
        "territory_id": facts.territories[row.territory] if row.territory else None,
        "rep_id": rep_id,
        "currency": row.currency,
        "net": net,
        "tax": tax,
        "gross": net + tax + sum(row.charges.values(), ZERO),
        "source_facts": facts_text(row.facts),
        "distributor_code": row.distributor,
        "distributor_name": company["name"],
        "tier_code": company["tier_code"],
        "tier_name": company["tier_name"],
        "channel_code": company["channel_code"],
        "territory_code": row.territory,
        "rep_name": facts.rep_names[rep_id] if rep_id else None,
        "ship_to": company["line"],
        "invoice_title": company["invoice_title"],
        "legal_entity_id": facts.legal_entity_id,
        "approval_state": "approved",
        "fulfilment": "complete",
        "receipt": "complete",
        "payment": "complete",
    }


def _line(order_id: int, line: OrderLineRow, facts: Facts) -> Values:
    return {
        "order_id": order_id,
        "line_no": line.line_no,
        "external_code": line.external_code,
        "sku_id": facts.skus[line.sku],
        "unit": line.unit,
        "factor": line.factor,
        "quantity": line.quantity,
        "base_quantity": line.quantity * line.factor,
        "shipped": line.quantity * line.factor,
        "received": line.quantity * line.factor,
        "price": line.price,
        "discount": line.discount,
        "net": line.net,
        "tax": line.tax,
        "gross": line.net + line.tax,
        "shipped_gross": line.net + line.tax,
        "unit_cost": line.unit_cost,
        "promotion_code": line.promotion,
        "source_facts": facts_text(line.facts),
        "sku_code": line.sku,
        "sku_name": line.sku_name,
        "category_code": line.category,
        "tax_rate": line.tax_rate,
        "list_price": line.list_price,
    }


LINE_COMPARED = (
    *(
        "external_code",
        "sku_id",
        "unit",
        "factor",
        "quantity",
        "base_quantity",
        "shipped",
        "received",
        "price",
    ),
    *("discount", "net", "tax", "gross", "shipped_gross", "unit_cost", "promotion_code", "source_facts"),
)


def _known_lines(session: Session, order_ids: Sequence[int]) -> dict[tuple[int, int], Values]:
    columns = [getattr(OrderLine, name) for name in ("id", "order_id", "line_no", *LINE_COMPARED)]
    known: dict[tuple[int, int], Values] = {}
    for some in chunks(order_ids):
        for row in session.execute(select(*columns).where(OrderLine.order_id.in_(some))):
            known[row.order_id, row.line_no] = named(row)
    return known


def _refuse_missing(
    known: Mapping[tuple[int, int], Values],
    wanted: Mapping[tuple[int, int], Values],
    numbers: Mapping[int, str],
) -> None:
    if missing := known.keys() - wanted.keys():
        codes = sorted(f"{numbers[order_id]}/{line_no}" for order_id, line_no in missing)
        raise Refused("import.lines_missing", noun="order line", codes=codes[:20])


def _import_charges(
    session: Session, codes: Mapping[str, OrderRow], merged: Merged[str], orders: Tally
) -> None:
    wanted = {
        (merged.ids[code], kind): {"order_id": merged.ids[code], "kind": kind, "amount": amount}
        for code, row in codes.items()
        for kind, amount in row.charges.items()
    }
    old = [merged.ids[code] for code in codes if code not in merged.new]
    query = select(OrderCharge.id, OrderCharge.order_id, OrderCharge.kind, OrderCharge.amount)
    known = {
        (row.order_id, row.kind): named(row)
        for some in chunks(old)
        for row in session.execute(query.where(OrderCharge.order_id.in_(some)))
    }
    numbers = {merged.ids[code]: row.number for code, row in codes.items()}
    charged = merge(session, OrderCharge, wanted, known)
    orders.add(charged, lambda key: numbers[key[0]], derived=("amount",))


def _shipment(row: OrderRow, order_id: int, header: Values) -> Values:
    return {
        "order_id": order_id,
        "number": f"{row.number}/1",
        "state": "received",
        "carrier": "",
        "tracking_number": row.tracking_number,
        "ship_date": row.ship_date,
        "gross": header["net"] + header["tax"],
    }


def _import_shipment_lines(
    session: Session, shipments: Mapping[str, Values], shipped: Merged[str], touched: set[int]
) -> None:
    """Let every line of a document that is new or changed have left with its one shipment."""
    by_order = {
        values["order_id"]: shipped.ids[code]
        for code, values in shipments.items()
        if values["order_id"] in touched
    }
    columns = (OrderLine.id, OrderLine.order_id, OrderLine.sku_id, OrderLine.base_quantity, OrderLine.gross)
    kept = (ShipmentLine.id, ShipmentLine.shipment_id, ShipmentLine.order_line_id, ShipmentLine.sku_id)
    amounts = (ShipmentLine.quantity, ShipmentLine.received, ShipmentLine.gross)
    for some in chunks(sorted(by_order)):
        wanted = {
            (by_order[row.order_id], row.id): {
                "shipment_id": by_order[row.order_id],
                "order_line_id": row.id,
                "sku_id": row.sku_id,
                "quantity": row.base_quantity,
                "received": row.base_quantity,
                "gross": row.gross,
            }
            for row in session.execute(select(*columns).where(OrderLine.order_id.in_(some)))
        }
        of_these = ShipmentLine.shipment_id.in_([by_order[order_id] for order_id in some])
        known = {
            (row.shipment_id, row.order_line_id): named(row)
            for row in session.execute(select(*kept, *amounts).where(of_these))
        }
        merge(session, ShipmentLine, wanted, known)


def _facts(session: Session, source: str, rows: Sequence[OrderRow], legal_entity_id: int) -> Facts:
    companies = _companies(session, {row.distributor for row in rows})
    sku_codes = {line.sku for row in rows for line in row.lines}
    territories = {row.territory for row in rows if row.territory}
    reps = people_by_code(session, source, {row.rep for row in rows if row.rep})
    names = {
        row_id: name
        for some in chunks(reps.values())
        for row_id, name in session.execute(select(Person.id, Person.name).where(Person.id.in_(some)))
    }
    return Facts(
        source,
        legal_entity_id,
        companies,
        ids_by(session, Sku, Sku.code, sku_codes, "sku"),
        ids_by(session, Territory, Territory.code, territories, "territory"),
        reps,
        names,
    )


def _companies(session: Session, codes: set[str]) -> dict[str, Mapping[str, Any]]:
    """By code: the facts that a document freezes, as they stand when it comes in."""
    query = (
        select(
            Distributor.id,
            Distributor.code,
            Distributor.name,
            Distributor.invoice_title,
            Tier.code.label("tier_code"),
            Tier.name.label("tier_name"),
            Channel.code.label("channel_code"),
            Address.line,
        )
        .outerjoin(Standing, (Standing.distributor_id == Distributor.id) & Standing.valid_to.is_(None))
        .outerjoin(Tier, Tier.id == Standing.tier_id)
        .outerjoin(Channel, Channel.id == Standing.channel_id)
        .outerjoin(Address, (Address.distributor_id == Distributor.id) & Address.is_default)
    )
    found = {
        row.code: named(row)
        for some in chunks(codes)
        for row in session.execute(query.where(Distributor.code.in_(some)))
    }
    if missing := codes - found.keys():
        raise Refused("import.unknown", noun="distributor", codes=sorted(missing)[:20])
    return found


def _external(source: str, code: str) -> str:
    return f"{source}/{code}"
