"""Decimal yuan, half-up; BIGINT in 1/10000 of the currency unit in the database."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

CENT = Decimal("0.01")
ZERO = Decimal(0)
LARGEST = Decimal(10) ** 14  # keeps every sum of a table inside BIGINT


def rounded(amount: Decimal, places: int = 2) -> Decimal:
    """Round half up (四舍五入): amounts to 2 places, prices to 4."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def share(whole: Decimal, part: int, total: int, taken: Decimal) -> Decimal:
    """The amount of a further part of a line, so that the parts add up to the whole.

    `part` is the cumulative quantity after this step, `total` the ordered one, `taken` what earlier parts got.
    """
    if not 0 < part <= total:
        raise ValueError("a part lies between nothing and the whole")
    return rounded(whole * part / total) - taken


def allocate(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Spread whole 分 over weights by largest remainder, ties to the earlier weight; the parts add up exactly."""
    total = sum(weights, ZERO)
    if total <= 0 or amount != rounded(amount):
        raise ValueError("an allocation needs positive weights and whole 分")
    sign = -1 if amount < 0 else 1
    cents = int(abs(amount) / CENT)
    exact = [cents * weight / total for weight in weights]
    whole = [int(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda index: (whole[index] - exact[index], index))
    for index in order[: cents - sum(whole)]:
        whole[index] += 1
    return [sign * each * CENT for each in whole]


class Money(TypeDecorator[Decimal]):
    """Decimal in Python, BIGINT of 1/10000 in the database; SQLite would keep NUMERIC as float.

    Refuses float, NaN and more than four places. In SQL only sum and compare: a product would be scaled twice.
    """

    impl = BigInteger
    cache_ok = True

    def coerce_compared_value(self, op: object, value: object) -> TypeEngine[Decimal]:
        return self

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite() or abs(value) > LARGEST:
            raise TypeError(f"money is a Decimal below {LARGEST:f}, not {value!r}")
        scaled = value.scaleb(4)
        if scaled != scaled.to_integral_value():
            raise TypeError(f"money has at most 4 places, not {value!r}")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-4)
