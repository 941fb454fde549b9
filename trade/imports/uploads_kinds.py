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
    uploads_stock,
)
from trade.imports.uploads_rows import Choices, Line

Touched = list[tuple[str, int, str]]  # noun, id, what people call it


@dataclass(frozen=True)
class Handling:
    """`plan` says of each row what it would do, `write` does it; rows of one `group` are written together."""

    plan: Callable[[Session, Actor, Sequence[Line], Choices], None]
    write: Callable[[Session, Actor, Sequence[Line], Choices], Touched]
    group: Callable[[Line], object]


HANDLING: Mapping[str, Handling] = {
    kind: Handling(module.plan, module.write, module.group)
    for kind, module in (
        ("distributors", uploads_distributors),
        ("products", uploads_products),
        ("prices", uploads_prices),
        ("stock", uploads_stock),
        ("credit-limits", uploads_limits),
        ("orders", uploads_orders),
    )
}


def stretches(kind: str, lines: Sequence[Line], size: int) -> Iterator[list[Line]]:
    """Rows in the order in which they are written, cut where a group ends; the same for the same file."""
    groups: dict[object, list[Line]] = {}
    for line in lines:
        groups.setdefault(HANDLING[kind].group(line), []).append(line)
    found: list[Line] = []
    for rows in groups.values():
        found.extend(rows)
        if len(found) >= size:
            yield found
            found = []
    if found:
        yield found
