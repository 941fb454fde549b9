"""Cost against size, both axes logarithmic: one panel a workload, drawn as plain SVG that reads in light and dark."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, COLUMNS = 360, 260, 2
LEFT, RIGHT, TOP, BOTTOM = 62, 34, 34, 46
FOOT = 40
STYLE = """
  .ground { fill: #ffffff } text { font: 12px system-ui, "Noto Sans CJK SC", sans-serif; fill: #1f2328 }
  .title { font-weight: 600 } .axis { stroke: #59636e } .grid { stroke: #d1d9e0 }
  .SQLite { stroke: #0550ae; fill: #0550ae } .PostgreSQL { stroke: #bc4c00; fill: #bc4c00 }
  polyline { fill: none !important; stroke-width: 2 } .limit { stroke-dasharray: 5 4; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .axis { stroke: #9198a1 } .grid { stroke: #30363d }
    .SQLite { stroke: #58a6ff; fill: #58a6ff } .PostgreSQL { stroke: #f0883e; fill: #f0883e }
  }"""


@dataclass(frozen=True)
class Line:
    """(size, cost) of one database, ours or the limit."""

    name: str
    points: Sequence[tuple[float, float]]
    is_limit: bool = False


@dataclass(frozen=True)
class Panel:
    """One workload: what the sizes count, in which unit the cost is."""

    title: str
    of: str
    unit: str
    lines: Sequence[Line]


def drawn(panels: Sequence[Panel]) -> str:
    """The whole picture."""
    rows = math.ceil(len(panels) / COLUMNS)
    width, height = WIDTH * COLUMNS, HEIGHT * rows + FOOT
    parts = [_panel(panel, at % COLUMNS * WIDTH, at // COLUMNS * HEIGHT) for at, panel in enumerate(panels)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
        f"<title>Cost against size, both axes logarithmic: ours and the limit on both databases</title>"
        f'<style>{STYLE}</style>\n<rect class="ground" width="{width}" height="{height}"/>\n'
        + "\n".join([*parts, _legend(HEIGHT * rows + 22)])
        + "\n</svg>\n"
    )


def _panel(panel: Panel, x: int, y: int) -> str:
    sizes = [size for line in panel.lines for size, _ in line.points]
    costs = [cost for line in panel.lines for _, cost in line.points if cost > 0]
    (first, last), (low, high) = _decades(sizes), _decades(costs)
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM

    def across(size: float) -> float:
        return LEFT + (math.log10(size) - first) / (last - first) * (right - LEFT)

    def down(cost: float) -> float:
        return floor - (math.log10(cost) - low) / (high - low) * (floor - TOP)

    parts = [
        f'<g transform="translate({x} {y})">',
        f'<text class="title" x="{LEFT}" y="20">{escape(panel.title)}</text>',
    ]
    for power in range(first, last + 1):
        at = across(10.0**power)
        parts.append(f'<line class="grid" x1="{at:.1f}" y1="{TOP}" x2="{at:.1f}" y2="{floor}"/>')
        parts.append(f'<text x="{at:.1f}" y="{floor + 16}" text-anchor="middle">{10**power:,}</text>')
    for power in range(low, high + 1):
        at = down(10.0**power)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{10.0**power:,.9g}</text>')
    parts.append(f'<polyline class="axis" points="{LEFT},{TOP} {LEFT},{floor} {right},{floor}"/>')
    parts.append(
        f'<text x="{(LEFT + right) / 2:.0f}" y="{floor + 34}" text-anchor="middle">{escape(panel.of)}</text>'
    )
    middle = (TOP + floor) / 2
    parts.append(
        f'<text transform="translate(14 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(panel.unit)}</text>'
    )
    for line in panel.lines:
        spots = [(across(size), down(cost)) for size, cost in line.points if cost > 0]
        drawn_as = f"{line.name} limit" if line.is_limit else line.name
        points = " ".join(f"{at:.1f},{height:.1f}" for at, height in spots)
        parts.append(f'<polyline class="{drawn_as}" points="{points}"/>')
        parts += [
            f'<circle class="{line.name}" cx="{at:.1f}" cy="{height:.1f}" r="3"/>' for at, height in spots
        ]
    return "\n".join([*parts, "</g>"])


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten between which all of them lie, at least one apart."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _legend(y: int) -> str:
    parts = []
    for at, (name, words) in enumerate(
        (
            ("SQLite", "SQLite"),
            ("SQLite limit", "its limit"),
            ("PostgreSQL", "PostgreSQL"),
            ("PostgreSQL limit", "its limit"),
        )
    ):
        x = LEFT + at * 160
        parts.append(f'<polyline class="{name}" points="{x},{y} {x + 28},{y}"/>')
        parts.append(f'<text x="{x + 36}" y="{y + 4}">{words}</text>')
    return "\n".join(parts)
