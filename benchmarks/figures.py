"""What a measurement comes to: ours beside the limit in one unit, what was aimed at, and how it grows."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from benchmarks.places import Place

CPU, RATE, P95, SECONDS = "CPU ms", "a second", "p95 ms", "s"


@dataclass(frozen=True)
class Goal:
    """At most so many times the limit or that part of it, at most or at least so much in the figure's unit."""

    kind: Literal["times", "part", "most", "least"]
    bound: float

    def distance(self, ours: float, limit: float | None) -> float:
        """How far from it: 1 is the target itself, 2 misses it by half or by twice; nothing beside it misses."""
        if self.kind in {"times", "part"} and not limit:
            return math.inf
        if self.kind == "times":
            return ours / (self.bound * (limit or 1))
        least = (limit or 0) / self.bound if self.kind == "part" else self.bound
        return ours / self.bound if self.kind == "most" else least / max(ours, 1e-9)

    def is_met(self, ours: float, limit: float | None) -> bool:
        return self.distance(ours, limit) <= 1

    def __str__(self) -> str:
        if self.kind == "part":
            return f"≥ limit / {number(self.bound)}"
        sign = "≥" if self.kind == "least" else "≤"
        return f"{sign} {number(self.bound)}" + (" × limit" if self.kind == "times" else "")


@dataclass(frozen=True)
class Figure:
    """One line of a table: each turn's figure, the limit's beside it; size 0 where there is none."""

    what: str
    size: int
    unit: str
    ours: Sequence[float]
    limit: Sequence[float] = ()
    goal: Goal | None = None
    facts: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.ours)

    @property
    def limit_median(self) -> float | None:
        return statistics.median(self.limit) if self.limit else None


@dataclass(frozen=True)
class Growth:
    """How the cost in a unit may grow from the smallest size to the largest, for these things or for all."""

    unit: str
    kind: Literal["flat", "linear", "logarithmic"]
    only: tuple[str, ...] = ()
    bound: float = 1.2

    def figures(self, found: Sequence[Figure], of: str) -> list[Figure]:
        """One figure for each thing that was measured at two sizes or more."""
        grown = []
        for what in dict.fromkeys(each.what for each in found if each.unit == self.unit):
            at = sorted((each for each in found if (each.what, each.unit) == (what, self.unit)), key=_size)
            if len(at) < 2 or (self.only and what not in self.only):
                continue
            (small, first), (large, last) = ((each.size, each.median) for each in (at[0], at[-1]))
            allowed = {"flat": 1.0, "linear": large / small, "logarithmic": _logarithms(large, small)}
            name = f"{what}, {small:,} → {large:,} {of}"
            ratio = last / first / allowed[self.kind]
            grown.append(Figure(name, 0, f"× {self.kind}", [ratio], (), Goal("most", self.bound)))
        return grown


@dataclass(frozen=True)
class Workload:
    """A row of the plan of measures: what is done at one size, at which sizes, and what is aimed at."""

    code: str
    about: str
    target: str
    measure: Callable[["Place", int], list[Figure]]
    of: str = ""  # what the sizes count
    sizes: tuple[int, ...] = (0,)
    full: tuple[int, ...] = ()  # further sizes, which take longer
    growth: tuple[Growth, ...] = ()
    plotted: tuple[str, str] | None = None  # what is drawn against the size, and its unit
    databases: tuple[str, ...] = ("sqlite", "postgresql")


def number(value: float) -> str:
    """Three digits that say something."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _size(figure: Figure) -> int:
    return figure.size


def _logarithms(large: int, small: int) -> float:
    return math.log(large) / math.log(small)
