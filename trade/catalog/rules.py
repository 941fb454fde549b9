"""In which steps a SKU may be ordered, and what may be written about it. Pure; quantities are order units."""

from dataclasses import dataclass
from decimal import Decimal

from stdnum import ean

TAX_RATES = tuple(Decimal(each) for each in ("0.13", "0.09", "0.06", "0.05", "0.03", "0.01", "0"))


def smallest(moq: int, multiple: int) -> int:
    """The least that may be ordered: the MOQ, up to a whole multiple."""
    return -(-moq // multiple) * multiple


def fitting(quantity: int, moq: int, multiple: int) -> int:
    """The least that may be ordered and holds a quantity."""
    return smallest(max(quantity, moq), multiple)


def step_up(quantity: int, moq: int, multiple: int) -> int:
    """One step more: from nothing to the least, then to the next multiple."""
    return max(smallest(moq, multiple), (quantity // multiple + 1) * multiple)


def step_down(quantity: int, moq: int, multiple: int) -> int:
    """One step less: to the multiple below, and below the least to nothing."""
    lower = (quantity - 1) // multiple * multiple if quantity > 0 else 0
    return lower if lower >= smallest(moq, multiple) else 0


def is_barcode(barcode: str) -> bool:
    """Whether it is an EAN-8, UPC-A, EAN-13 or, as on cases, a GTIN-14 whose check digit is right."""
    return bool(ean.is_valid(barcode)) and barcode.isdigit()


def is_step(moq: int, multiple: int) -> bool:
    """Whether the MOQ can itself be ordered."""
    return moq % multiple == 0


@dataclass(frozen=True)
class Opening:
    """For whom a rule opens a restricted SKU: all that it names at once; None is any."""

    tier_id: int | None = None
    territory_id: int | None = None
    channel_id: int | None = None
    distributor_id: int | None = None

    @property
    def names_nobody(self) -> bool:
        """Whether it would open the SKU to everybody, which needs no rule."""
        return self == Opening()
