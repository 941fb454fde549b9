"""How a price comes about. Pure: no session, no clock, no request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from trade.money import rounded

RULES_VERSION = 3
REPLAYED = (1, 2, 3)  # 1 knew tier and base lists alone, 2 no project prices; what they knew is priced alike
ACCESS = (
    "project",
    "own",
    "group",
    "tier",
    "territory",
    "base",
)  # who is asked first; contract prices join in front
TARGETS = ("sku", "family", "category")


@dataclass(frozen=True)
class Row:
    """A price row with the list it stands on. `price` is per `unit`; `percent` is of the base list."""

    list_id: int
    list_code: str
    list_name: str
    kind: str
    priority: int
    basis: str  # gross or net
    valid_from: str  # of the list, ISO
    valid_to: str | None
    row_id: int
    row_from: str
    target: str  # sku, family, category
    depth: int  # of the category in its tree: the nearer one wins
    unit: str
    factor: int  # base units in the unit
    min_quantity: int  # of the unit
    price: Decimal | None
    percent: Decimal | None
    list_depth: int = 0  # of a territory list's territory in its tree: the nearer one is asked first


@dataclass(frozen=True)
class Wanted:
    """What is to be priced: a whole number of an order unit."""

    sku_code: str
    unit: str
    factor: int
    quantity: int
    tax_rate: Decimal
    currency: str
    day: str

    @property
    def base_quantity(self) -> int:
        return self.quantity * self.factor


@dataclass(frozen=True)
class Break:
    min_quantity: int  # of the price's unit
    price: Decimal


@dataclass(frozen=True)
class Price:
    """`price` per `unit`; amounts of the whole line. `list_price` is the base list's at its smallest quantity."""

    price: Decimal
    unit: str
    factor: int
    basis: str
    list_price: Decimal | None
    gross: Decimal
    net: Decimal
    tax: Decimal
    steps: list[dict[str, Any]]
    breaks: list[Break] = field(default_factory=list)
    next_break: Break | None = None


def price(wanted: Wanted, rows: Sequence[Row]) -> Price | None:
    """Price a line and tell how; None where no list has a price for it.

    Access order, then SKU before family before category, then the largest break that is reached.
    """
    steps: list[dict[str, Any]] = []
    for kind in ACCESS:
        for of_list in _lists(rows, kind):
            found = _hit(wanted.base_quantity, of_list)
            value = None if found is None else _value(wanted.base_quantity, found, rows)
            if found is not None and value is not None:
                return _priced(wanted, found, value, of_list, rows, steps)
            steps.append(_miss(wanted, of_list) if found is None else _of_list("unbased", found))
        if kind != "project" and not any(row.kind == kind for row in rows):
            steps.append({"step": "none", "kind": kind})
    return None


def unit_price(base_quantity: int, rows: Sequence[Row]) -> tuple[Decimal, Row] | None:
    """What a unit costs at a quantity, with the row whose unit and basis the price has; the amount alone is not asked."""
    for kind in ACCESS:
        for of_list in _lists(rows, kind):
            found = _hit(base_quantity, of_list)
            value = None if found is None else _value(base_quantity, found, rows)
            if value is not None:
                return value
    return None


def amounts(
    quantity: Fraction, unit_price: Decimal, tax_rate: Decimal, basis: str
) -> tuple[Decimal, Decimal]:
    """Gross and net of a line in whole 分; the basis says which of the two is the truth."""
    exact = Decimal(quantity.numerator) * unit_price / quantity.denominator
    if basis == "gross":
        gross = rounded(exact)
        return gross, rounded(gross / (1 + tax_rate))
    net = rounded(exact)
    return net + rounded(net * tax_rate), net


def freeze(wanted: Wanted, rows: Sequence[Row]) -> dict[str, Any]:
    """Everything that the price depended on, as plain text, so that it can be replayed to the cent."""
    return {
        "rules": RULES_VERSION,
        "wanted": _plain(vars(wanted)),
        "rows": [_plain(vars(row)) for row in rows],
    }


def replay(inputs: Mapping[str, Any]) -> Decimal:
    """The gross amount that the frozen inputs give. Raises ValueError for inputs of unknown rules."""
    if inputs.get("rules") not in REPLAYED:
        raise ValueError(f"no rules of version {inputs.get('rules')}")
    gross = without(inputs, "")
    if gross is None:
        raise ValueError("the frozen rows hold no price")
    return gross


def without(inputs: Mapping[str, Any], kind: str) -> Decimal | None:
    """The gross amount that the frozen inputs give by all but one kind of list; None where no other has a price."""
    wanted = dict(inputs["wanted"])
    wanted["tax_rate"] = Decimal(wanted["tax_rate"])
    found = price(Wanted(**wanted), [_row(each) for each in inputs["rows"] if each["kind"] != kind])
    return found.gross if found else None


def _lists(rows: Sequence[Row], kind: str) -> list[list[Row]]:
    """The rows of a kind by list: higher priority, later start, larger id first."""
    by_list: dict[int, list[Row]] = {}
    for row in rows:
        if row.kind == kind:
            by_list.setdefault(row.list_id, []).append(row)
    return sorted(by_list.values(), key=_rank, reverse=True)


def _rank(of_list: Sequence[Row]) -> tuple[int, int, str, int]:
    first = of_list[0]
    return first.list_depth, first.priority, first.valid_from, first.list_id


def _hit(base_quantity: int, of_list: Sequence[Row]) -> Row | None:
    """The row that applies on one list: the nearest target that has a break within the quantity."""
    reached = [row for row in of_list if row.min_quantity * row.factor <= base_quantity]
    if not reached:
        return None
    nearest = min(_nearness(row) for row in reached)
    same = [row for row in reached if _nearness(row) == nearest]
    return max(same, key=lambda row: (row.min_quantity * row.factor, row.row_from, row.row_id))


def _nearness(row: Row) -> tuple[int, int]:
    return TARGETS.index(row.target), -row.depth


def _priced(
    wanted: Wanted,
    found: Row,
    value: tuple[Decimal, Row],
    of_list: Sequence[Row],
    rows: Sequence[Row],
    steps: list[dict[str, Any]],
) -> Price:
    unit_price, per = value
    gross, net = amounts(Fraction(wanted.base_quantity, per.factor), unit_price, wanted.tax_rate, per.basis)
    breaks = _breaks(found, per, of_list, rows)
    later = [each for each in breaks if each.min_quantity * per.factor > wanted.base_quantity]
    steps += _told(wanted, found, breaks, unit_price, per, gross, net)
    return Price(
        price=unit_price,
        unit=per.unit,
        factor=per.factor,
        basis=per.basis,
        list_price=_list_price(rows),
        gross=gross,
        net=net,
        tax=gross - net,
        steps=steps,
        breaks=breaks if len(breaks) > 1 else [],
        next_break=later[0] if later else None,
    )


def _breaks(found: Row, per: Row, of_list: Sequence[Row], rows: Sequence[Row]) -> list[Break]:
    """The ladder that the row stands on, in the unit of the price; a step that begins within one counts from the next."""
    ladder: dict[int, Decimal] = {}
    same = (row for row in of_list if _nearness(row) == _nearness(found) and row.unit == found.unit)
    for row in sorted(same, key=lambda row: (row.min_quantity * row.factor, row.row_from, row.row_id)):
        value = _value(row.min_quantity * row.factor, row, rows)
        if value is not None and value[1].unit == per.unit and value[1].factor == per.factor:
            ladder[-(-row.min_quantity * row.factor // per.factor)] = value[0]
    return [Break(quantity, unit_price) for quantity, unit_price in ladder.items()]


def _value(base_quantity: int, found: Row, rows: Sequence[Row]) -> tuple[Decimal, Row] | None:
    """The price per unit and the row whose unit and basis it has; a percentage refers to the base list."""
    if found.price is not None:
        return found.price, found
    for of_list in _lists(rows, "base"):
        base = _hit(base_quantity, of_list)
        if base is not None and base.price is not None and found.percent is not None:
            return rounded(base.price * found.percent / 100, 4), base
    return None


def _list_price(rows: Sequence[Row]) -> Decimal | None:
    for of_list in _lists(rows, "base"):
        fixed = [row for row in of_list if row.price is not None]
        if fixed:
            nearest = min(_nearness(row) for row in fixed)
            return min(
                (row for row in fixed if _nearness(row) == nearest),
                key=lambda row: (row.min_quantity * row.factor, -row.row_id),
            ).price
    return None


def _told(
    wanted: Wanted,
    found: Row,
    breaks: Sequence[Break],
    unit_price: Decimal,
    per: Row,
    gross: Decimal,
    net: Decimal,
) -> list[dict[str, Any]]:
    """The steps after the hit: list, break, percentage, amount, tax."""
    steps = [_of_list("hit", found)]
    steps[0] |= {"target": found.target, "price": str(breaks[0].price) if breaks else str(unit_price)}
    if len(breaks) > 1:
        reached = [each for each in breaks if each.min_quantity * per.factor <= wanted.base_quantity]
        following = breaks[len(reached)] if len(reached) < len(breaks) else None
        steps.append(
            {
                "step": "break",
                "min_quantity": reached[-1].min_quantity if reached else found.min_quantity,
                "unit": per.unit,
                "price": str(unit_price),
                "quantity": wanted.quantity,
                "next_quantity": following.min_quantity if following else None,
                "next_price": str(following.price) if following else None,
            }
        )
    if found.percent is not None:
        of_base = {"list": per.list_code, "name": per.list_name, "base": str(per.price)}
        steps.append({"step": "percent", "percent": str(found.percent), "price": str(unit_price), **of_base})
    steps.append(
        {
            "step": "amount",
            "quantity": wanted.quantity,
            "unit": wanted.unit,
            "factor": wanted.factor,
            "price": str(unit_price),
            "per": per.unit,
            "basis": per.basis,
            "amount": str(gross if per.basis == "gross" else net),
        }
    )
    tax = {"rate": str(wanted.tax_rate), "gross": str(gross), "net": str(net), "tax": str(gross - net)}
    return [*steps, {"step": "tax", **tax}]


def _miss(wanted: Wanted, of_list: Sequence[Row]) -> dict[str, Any]:
    smallest = min(of_list, key=lambda row: row.min_quantity * row.factor)
    step = _of_list("miss", smallest)
    return step | {"min_quantity": smallest.min_quantity, "unit": smallest.unit, "quantity": wanted.quantity}


def _of_list(step: str, row: Row) -> dict[str, Any]:
    return {
        "step": step,
        "kind": row.kind,
        "list": row.list_code,
        "name": row.list_name,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Decimal) else value for key, value in facts.items()}


def _row(plain: Mapping[str, Any]) -> Row:
    values = dict(plain)
    for name in ("price", "percent"):
        values[name] = None if values[name] is None else Decimal(values[name])
    return Row(**values)
