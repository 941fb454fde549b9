"""Which warehouse keeps what: pure, so that it can be proven."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Shares = dict[int, dict[int, int]]  # by line id, by warehouse id: base units, each > 0
MANY_CASES = 10
MANY_PERCENT = 20


def is_large(known: int, counted: int, factor: int) -> bool:
    """Whether a count differs so much that somebody must say why: many cases and a good part of what was there."""
    gap = abs(counted - known)
    return gap > MANY_CASES * factor and gap * 100 > MANY_PERCENT * abs(known)


@dataclass(frozen=True)
class Want:
    """Base units of a SKU that a line waits for."""

    line_id: int
    sku_id: int
    quantity: int


def allocate(
    wants: Sequence[Want],
    free: Mapping[tuple[int, int], int],
    houses: Sequence[int],
    *,
    is_partial: bool = False,
) -> Shares:
    """Share free goods out to lines: one warehouse for all if one can, else one for a line, else a line is split.

    `free` is by (warehouse, SKU), `houses` in order of preference. A line is taken whole or not at all unless
    `is_partial`; lines that get nothing are left out.
    """
    left = {place: units for place, units in free.items() if units > 0}
    granted = _granted(wants, left, houses, is_partial=is_partial)
    for house in houses:
        if _fills(house, granted, left):
            return {want.line_id: {house: want.quantity} for want in granted}
    shares: Shares = {}
    for want in granted:
        shares[want.line_id] = _shared(want, left, houses)
        for house, units in shares[want.line_id].items():
            left[house, want.sku_id] -= units
    return shares


def _granted(
    wants: Sequence[Want], left: Mapping[tuple[int, int], int], houses: Sequence[int], *, is_partial: bool
) -> list[Want]:
    """What of each line all warehouses together can serve, earlier lines first."""
    sums: dict[int, int] = {}
    for want in wants:
        sums.setdefault(want.sku_id, sum(left.get((house, want.sku_id), 0) for house in houses))
    granted: list[Want] = []
    for want in wants:
        units = min(want.quantity, sums[want.sku_id])
        if units > 0 and (is_partial or units == want.quantity):
            granted.append(Want(want.line_id, want.sku_id, units))
            sums[want.sku_id] -= units
    return granted


def _fills(house: int, wants: Sequence[Want], left: Mapping[tuple[int, int], int]) -> bool:
    """Whether one warehouse has all of it."""
    needed: dict[int, int] = {}
    for want in wants:
        needed[want.sku_id] = needed.get(want.sku_id, 0) + want.quantity
    return all(left.get((house, sku_id), 0) >= units for sku_id, units in needed.items())


def _shared(want: Want, left: Mapping[tuple[int, int], int], houses: Sequence[int]) -> dict[int, int]:
    """From one warehouse if one has the whole line, else from as many as it takes."""
    for house in houses:
        if left.get((house, want.sku_id), 0) >= want.quantity:
            return {house: want.quantity}
    shares: dict[int, int] = {}
    missing = want.quantity
    for house in houses:
        units = min(missing, left.get((house, want.sku_id), 0))
        if units > 0:
            shares[house] = units
            missing -= units
    return shares
