"""Icons for home screens, drawn from our own mark, so that no picture is committed."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path import parse_path
from PIL import Image, ImageDraw

FINENESS = 4  # drawn so many times larger, then made smaller: smooth edges
CURVE_STEPS = 24
Point = tuple[float, float]


@dataclass(frozen=True)
class Icon:
    """A square picture; `share` is how much of the square the mark's middle keeps, a plain one has round corners."""

    name: str
    size: int  # pixels
    is_round: bool = True
    share: float = 1.0


# Android cuts maskable icons to any shape within the middle 80 %; iOS rounds the corners itself.
ICONS = (
    Icon("img/icon-192.png", 192),
    Icon("img/icon-512.png", 512),
    Icon("img/icon-maskable.png", 512, is_round=False, share=0.8),
    Icon("img/apple-touch-icon.png", 180, is_round=False, share=0.9),
)


class Outline(BasePen):  # type: ignore[misc]
    """A path as polygons."""

    def __init__(self) -> None:
        super().__init__(None)
        self.polygons: list[list[Point]] = []

    def _moveTo(self, point: Point) -> None:
        self.polygons.append([point])

    def _lineTo(self, point: Point) -> None:
        self.polygons[-1].append(point)

    def _curveToOne(self, one: Point, two: Point, end: Point) -> None:
        start = self.polygons[-1][-1]
        for step in range(1, CURVE_STEPS + 1):
            t = step / CURVE_STEPS
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            points = (start, one, two, end)
            self.polygons[-1].append(
                (
                    sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
                    sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
                )
            )


def draw_all(mark: Path) -> dict[str, bytes]:
    """Every icon as a PNG, from a mark that has one square ground and paths upon it."""
    root = ElementTree.fromstring(mark.read_text("utf-8"))
    return {icon.name: _draw(root, icon) for icon in ICONS} if root.get("viewBox") else {}


def _draw(root: ElementTree.Element, icon: Icon) -> bytes:
    width = float(root.attrib["viewBox"].split()[2])
    large = icon.size * FINENESS
    picture = Image.new("RGBA", (large, large))
    pencil = ImageDraw.Draw(picture)
    for shape in root:
        kind = shape.tag.rpartition("}")[2]
        if kind == "rect":
            radius = float(shape.get("rx", "0")) * large / width if icon.is_round else 0
            pencil.rounded_rectangle((0, 0, large - 1, large - 1), radius, fill=shape.attrib["fill"])
        elif kind == "path":
            _fill(pencil, shape.attrib, large / width, large, icon.share)
    small = picture.resize((icon.size, icon.size), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    small.quantize(64).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _fill(pencil: Any, shape: dict[str, str], scale: float, large: int, share: float) -> None:
    outline = Outline()
    parse_path(shape["d"], outline)
    middle = large / 2
    for polygon in outline.polygons:
        points = [tuple(middle + (each * scale - middle) * share for each in point) for point in polygon]
        pencil.polygon(points, fill=shape["fill"])
