"""How each kind of upload is judged and written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.imports import (
    uploads_distributors,
    uploads_limits,
    uploads_orders,
    uploads_prices,
    uploads_products,
    uploads_registrations,
    uploads_stock,
)
from trade.imports.uploads_rows import Choices, Line, number_of

Touched = list[tuple[str, int, str]]  # noun, id, what people call it


@dataclass(frozen=True)
class Writing:
    """`write` does what was planned; rows of one `group` are written together."""

    write: Callable[[Session, Actor, Sequence[Line], Choices], Touched]
    group: Callable[[Line], object]


Plan = Callable[[Session, Actor, Sequence[Line], Choices], None]  # says of each row what it would do
PLANS: Mapping[str, Plan] = {
    "distributors": uploads_distributors.plan,
    "products": uploads_products.plan,
    "prices": uploads_prices.plan,
    "stock": uploads_stock.plan,
    "credit-limits": uploads_limits.plan,
    "orders": uploads_orders.plan,
    "registrations": uploads_registrations.plan,
    "direct-customers": uploads_registrations.plan_direct,
}
# A count is not written row by row: it is booked as one document.
WRITTEN: Mapping[str, Writing] = {
    "distributors": Writing(uploads_distributors.write, number_of),
    "products": Writing(uploads_products.write, number_of),
    "prices": Writing(uploads_prices.write, number_of),
    "credit-limits": Writing(uploads_limits.write, number_of),
    "orders": Writing(uploads_orders.write, uploads_orders.group),
    "registrations": Writing(uploads_registrations.write, number_of),
    "direct-customers": Writing(uploads_registrations.write_direct, number_of),
}


def stretches(kind: str, lines: Sequence[Line], size: int) -> Iterator[list[Line]]:
    """Rows in the order in which they are written, cut where a group ends; the same for the same file."""
    groups: dict[object, list[Line]] = {}
    for line in lines:
        groups.setdefault(WRITTEN[kind].group(line), []).append(line)
    found: list[Line] = []
    for rows in groups.values():
        found.extend(rows)
        if len(found) >= size:
            yield found
            found = []
    if found:
        yield found
