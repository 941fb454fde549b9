"""What the flavours look like: small drawings around a middle, `size` from there to the edge."""

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from ops.demo.drawing.canvas import UNIT, WHITE, Colour, colour, mix

LEAF = colour("4c9a5a")
Draw = Callable[["Pen", Colour], None]


class Pen:
    """Draws in a square from −1 to 1 around a point of the sheet."""

    def __init__(self, sheet: Image.Image, x: float, y: float, size: float) -> None:
        self.pen, self.x, self.y, self.size = ImageDraw.Draw(sheet), x, y, size

    def dot(self, x: float, y: float, wide: float, paint: Colour, high: float | None = None) -> None:
        """An ellipse around a point, with half width and half height."""
        tall = wide if high is None else high
        box = (*self._to(x - wide, y - tall), *self._to(x + wide, y + tall))
        self.pen.ellipse(box, fill=paint)

    def shape(self, points: list[tuple[float, float]], paint: Colour) -> None:
        self.pen.polygon([self._to(x, y) for x, y in points], fill=paint)

    def line(self, points: list[tuple[float, float]], paint: Colour, wide: float) -> None:
        places = [self._to(x, y) for x, y in points]
        self.pen.line(places, fill=paint, width=max(1, round(wide * self.size * UNIT)), joint="curve")

    def pie(self, x: float, y: float, wide: float, start: float, end: float, paint: Colour) -> None:
        box = (*self._to(x - wide, y - wide), *self._to(x + wide, y + wide))
        self.pen.pieslice(box, start, end, fill=paint)

    def drop(self, x: float, y: float, wide: float, tall: float, paint: Colour, turn: float = 0.0) -> None:
        """A pointed oval, as leaves, petals and drops are."""
        points = []
        for step in range(41):
            angle = step / 40 * math.tau
            side, along = math.sin(angle) * abs(math.sin(angle / 2)) * wide, -math.cos(angle) * tall
            points.append(
                (
                    x + side * math.cos(turn) - along * math.sin(turn),
                    y + side * math.sin(turn) + along * math.cos(turn),
                )
            )
        self.shape(points, paint)

    def leaf(self, x: float, y: float, long: float, turn: float, paint: Colour = LEAF) -> None:
        """A pointed leaf with its rib."""
        points = []
        for sign in (1, -1):
            for step in range(21) if sign == 1 else range(20, -1, -1):
                along = (step / 20 - 0.5) * 2 * long
                side = sign * math.sin(step / 20 * math.pi) * long * 0.42
                points.append(self._turned(x, y, along, side, turn))
        self.shape(points, paint)
        rib = [self._turned(x, y, -long * 0.8, 0, turn), self._turned(x, y, long * 0.7, 0, turn)]
        self.line(rib, mix(paint, WHITE, 0.45), 0.035)

    def shine(self, x: float, y: float, size: float, paint: Colour) -> None:
        self.dot(x, y, size, mix(paint, WHITE, 0.55), size * 0.62)

    def _turned(self, x: float, y: float, along: float, side: float, turn: float) -> tuple[float, float]:
        return (
            x + along * math.cos(turn) - side * math.sin(turn),
            y + along * math.sin(turn) + side * math.cos(turn),
        )

    def _to(self, x: float, y: float) -> tuple[float, float]:
        return (self.x + x * self.size) * UNIT, (self.y + y * self.size) * UNIT


def leaves(pen: Pen, paint: Colour) -> None:
    pen.leaf(-0.38, 0.18, 0.62, -2.2, mix(paint, (20, 60, 30), 0.25))
    pen.leaf(0.42, 0.22, 0.62, -0.85, paint)
    pen.leaf(0.0, -0.25, 0.75, -1.57, mix(paint, WHITE, 0.18))


def blossom(pen: Pen, paint: Colour) -> None:
    pen.leaf(-0.72, 0.62, 0.4, 2.5)
    pen.leaf(0.74, 0.55, 0.4, 0.5)
    for step in range(5):
        angle = step / 5 * math.tau - math.pi / 2
        pen.dot(math.cos(angle) * 0.46, math.sin(angle) * 0.46, 0.4, mix(paint, WHITE, 0.12 * (step % 2)))
    for step in range(5):
        angle = (step + 0.5) / 5 * math.tau - math.pi / 2
        pen.dot(math.cos(angle) * 0.26, math.sin(angle) * 0.26, 0.07, colour("f3c04b"))
    pen.dot(0, 0, 0.17, colour("f3c04b"))


def peach(pen: Pen, paint: Colour) -> None:
    pen.leaf(0.4, -0.72, 0.42, -0.4)
    pen.dot(-0.22, 0.12, 0.62, paint, 0.68)
    pen.dot(0.22, 0.12, 0.62, mix(paint, (225, 70, 70), 0.22), 0.68)
    pen.shape([(-0.36, 0.62), (0.36, 0.62), (0, 0.92)], mix(paint, (225, 70, 70), 0.12))
    pen.line([(0, -0.5), (-0.07, -0.1), (-0.02, 0.35)], mix(paint, (190, 50, 60), 0.5), 0.05)
    pen.line([(0, -0.48), (0.1, -0.85)], colour("8a5a3c"), 0.09)
    pen.shine(-0.42, -0.14, 0.14, paint)


def citrus(pen: Pen, paint: Colour) -> None:
    pen.leaf(0.5, -0.78, 0.36, -0.5)
    pen.dot(0, 0.05, 0.82, mix(paint, (120, 70, 0), 0.12))
    pen.dot(0, 0.05, 0.74, mix(paint, WHITE, 0.86))
    for step in range(8):
        start = step * 45 + 4
        pen.pie(0, 0.05, 0.66, start, start + 37, mix(paint, WHITE, 0.12 + 0.08 * (step % 2)))
    pen.dot(0, 0.05, 0.1, mix(paint, WHITE, 0.86))


def round_fruit(pen: Pen, paint: Colour) -> None:
    pen.line([(0, -0.5), (0.08, -0.92)], colour("8a5a3c"), 0.09)
    pen.leaf(0.42, -0.74, 0.4, -0.35)
    pen.dot(0, 0.14, 0.74, mix(paint, (60, 0, 20), 0.16))
    pen.dot(-0.05, 0.1, 0.68, paint)
    pen.shine(-0.32, -0.18, 0.16, paint)


def berries(pen: Pen, paint: Colour) -> None:
    pen.leaf(0.1, -0.62, 0.48, -0.5)
    pen.leaf(-0.3, -0.6, 0.42, -2.6)
    for x, y, share in ((-0.4, 0.0, 0.1), (0.4, 0.02, 0.0), (0.0, 0.5, 0.2), (0.02, 0.05, 0.14)):
        pen.dot(x, y, 0.37, mix(paint, (20, 0, 40), share))
        pen.shine(x - 0.12, y - 0.14, 0.08, paint)


def grapes(pen: Pen, paint: Colour) -> None:
    pen.leaf(0.32, -0.74, 0.46, -0.4)
    pen.line([(0, -0.5), (-0.05, -0.95)], colour("8a5a3c"), 0.09)
    for row, many in enumerate((4, 3, 2, 1)):
        for place in range(many):
            x, y = (place - (many - 1) / 2) * 0.42, -0.34 + row * 0.38
            pen.dot(x, y, 0.25, mix(paint, (30, 0, 50), 0.1 * ((place + row) % 2)))
            pen.shine(x - 0.08, y - 0.09, 0.06, paint)


def mango(pen: Pen, paint: Colour) -> None:
    pen.leaf(0.5, -0.66, 0.4, -0.3)
    pen.dot(0.06, 0.05, 0.72, mix(paint, (230, 90, 40), 0.3), 0.6)
    pen.dot(-0.12, 0.16, 0.66, paint, 0.56)
    pen.shine(-0.36, -0.08, 0.13, paint)


def coconut(pen: Pen, paint: Colour) -> None:
    pen.dot(0, 0.05, 0.84, colour("7a5540"))
    pen.dot(0, 0.05, 0.7, colour("fbf8f2"))
    pen.dot(0, 0.12, 0.46, mix(paint, WHITE, 0.72), 0.42)
    pen.leaf(0.3, -0.78, 0.5, -0.2)


def bean(pen: Pen, paint: Colour) -> None:
    for x, y, lean in ((-0.36, 0.22, 0.25), (0.38, -0.14, -0.2)):
        pen.dot(x, y, 0.42, mix(paint, (20, 8, 0), 0.2), 0.56)
        pen.dot(x - 0.03, y - 0.03, 0.37, paint, 0.5)
        curve = [
            (x + lean * 0.4, y - 0.46),
            (x - lean * 0.35, y - 0.1),
            (x + lean * 0.35, y + 0.14),
            (x, y + 0.5),
        ]
        pen.line(curve, mix(paint, WHITE, 0.5), 0.07)


def drop(pen: Pen, paint: Colour) -> None:
    pen.drop(0, -0.1, 0.72, 0.9, paint)
    pen.drop(0.0, 0.02, 0.5, 0.66, mix(paint, WHITE, 0.25))
    pen.shine(-0.2, 0.22, 0.12, paint)


def mountain(pen: Pen, paint: Colour) -> None:
    pen.shape([(-1, 0.6), (-0.35, -0.35), (0.25, 0.6)], mix(paint, WHITE, 0.25))
    pen.shape([(-0.45, 0.6), (0.25, -0.7), (1, 0.6)], paint)
    pen.shape([(0.02, -0.28), (0.25, -0.7), (0.5, -0.27), (0.32, -0.38), (0.22, -0.2), (0.12, -0.36)], WHITE)


def bolt(pen: Pen, paint: Colour) -> None:
    pen.shape(
        [(0.22, -0.95), (-0.58, 0.16), (-0.06, 0.16), (-0.26, 0.95), (0.6, -0.24), (0.06, -0.24)], paint
    )


def nut(pen: Pen, paint: Colour) -> None:
    """Almond, cashew and walnut, as they lie in a hand."""
    pen.drop(-0.4, -0.22, 0.42, 0.6, mix(paint, (90, 40, 10), 0.3), 0.5)
    pen.line([(-0.55, -0.52), (-0.32, 0.12)], mix(paint, WHITE, 0.25), 0.035)
    pen.dot(0.42, -0.2, 0.42, mix(paint, (90, 50, 20), 0.12), 0.46)
    pen.line([(0.42, -0.62), (0.38, -0.2), (0.44, 0.22)], mix(paint, (70, 30, 10), 0.45), 0.06)
    pen.line([(0.14, -0.28), (0.3, -0.1)], mix(paint, (70, 30, 10), 0.35), 0.05)
    pen.line([(0.58, -0.4), (0.7, -0.12)], mix(paint, (70, 30, 10), 0.35), 0.05)
    arc = [(math.cos(turn / 10) * 0.42, 0.28 + math.sin(turn / 10) * 0.42) for turn in range(2, 30)]
    pen.line(arc, mix(paint, WHITE, 0.45), 0.3)
    for x, y in (arc[0], arc[-1]):
        pen.dot(x, y, 0.148, mix(paint, WHITE, 0.45))


def wheat(pen: Pen, paint: Colour) -> None:
    pen.line([(0, 0.95), (0, -0.6)], mix(paint, (90, 60, 0), 0.3), 0.05)
    pen.drop(0, -0.72, 0.18, 0.28, paint)
    for step in range(4):
        y = -0.4 + step * 0.32
        pen.drop(-0.26, y, 0.19, 0.3, paint, -0.6)
        pen.drop(0.26, y, 0.19, 0.3, mix(paint, WHITE, 0.15), 0.6)


def chip(pen: Pen, paint: Colour) -> None:
    for x, y, wide, share in ((-0.36, 0.24, 0.56, 0.16), (0.38, 0.12, 0.54, 0.0), (0.0, -0.3, 0.58, 0.1)):
        pen.dot(x, y, wide, mix(paint, (170, 100, 20), share + 0.12), wide * 0.68)
        pen.dot(x, y - 0.03, wide * 0.94, mix(paint, WHITE, 0.15 + share), wide * 0.6)
        for dx, dy in ((-0.2, -0.05), (0.14, 0.08), (0.05, -0.16)):
            pen.dot(x + dx, y + dy, 0.035, mix(paint, (150, 80, 20), 0.55))


def cookie(pen: Pen, paint: Colour) -> None:
    pen.dot(0, 0, 0.84, mix(paint, (110, 60, 20), 0.25))
    pen.dot(-0.02, -0.03, 0.77, paint)
    for x, y in ((-0.35, -0.3), (0.25, -0.42), (0.42, 0.1), (-0.1, 0.08), (-0.45, 0.25), (0.12, 0.48)):
        pen.dot(x, y, 0.13, colour("5c3a28"))
        pen.shine(x - 0.03, y - 0.04, 0.04, colour("5c3a28"))


def square(pen: Pen, paint: Colour) -> None:
    """A bar of chocolate, as four pieces."""
    for x in (-0.42, 0.42):
        for y in (-0.42, 0.42):
            box = [(x - 0.38, y - 0.38), (x + 0.38, y - 0.38), (x + 0.38, y + 0.38), (x - 0.38, y + 0.38)]
            pen.shape(box, mix(paint, (20, 5, 0), 0.25))
            pen.shape([(x + (a - x) * 0.72, y + (b - y) * 0.72) for a, b in box], mix(paint, WHITE, 0.12))


def meat(pen: Pen, paint: Colour) -> None:
    for y, share in ((-0.45, 0.0), (0.0, 0.14), (0.45, 0.06)):
        points = [
            (-0.85, y + 0.12),
            (-0.5, y - 0.2),
            (0.2, y - 0.13),
            (0.8, y - 0.22),
            (0.88, y + 0.08),
            (0.3, y + 0.2),
            (-0.4, y + 0.17),
        ]
        pen.shape(points, mix(paint, (50, 5, 0), share + 0.12))
        pen.line([(-0.6, y), (-0.1, y - 0.04), (0.6, y - 0.06)], mix(paint, WHITE, 0.4), 0.05)


def pepper(pen: Pen, paint: Colour) -> None:
    arc = [(-0.5 + step * 0.055, -0.5 + math.sin(step / 20 * math.pi * 0.5) * 1.1) for step in range(21)]
    for step, (x, y) in enumerate(arc):
        pen.dot(x, y, 0.3 * (1 - step / 23), paint)
    pen.dot(-0.5, -0.55, 0.24, LEAF, 0.16)
    pen.line([(-0.5, -0.6), (-0.66, -0.92)], LEAF, 0.1)
    pen.line([(-0.55, -0.25), (-0.42, 0.15), (-0.15, 0.45)], mix(paint, WHITE, 0.5), 0.06)


def moon(pen: Pen, paint: Colour) -> None:
    """A full moon over clouds, for the festivals."""
    pen.dot(0, -0.08, 0.74, mix(paint, WHITE, 0.35))
    pen.dot(0.02, -0.1, 0.66, mix(paint, WHITE, 0.55))
    for x, y, wide in ((-0.5, 0.5, 0.34), (0.0, 0.42, 0.38), (0.5, 0.55, 0.32), (0.1, 0.62, 0.4)):
        pen.dot(x, y, wide, paint, wide * 0.52)


def milk(pen: Pen, paint: Colour) -> None:
    pen.drop(0, -0.22, 0.52, 0.68, mix(paint, WHITE, 0.75))
    for x, y, wide in ((-0.5, 0.56, 0.4), (0.5, 0.56, 0.4), (0, 0.64, 0.62)):
        pen.dot(x, y, wide, mix(paint, WHITE, 0.8), wide * 0.42)
    pen.dot(-0.16, 0.02, 0.09, WHITE, 0.16)


MOTIFS: dict[str, Draw] = {
    each.__name__: each
    for each in (
        *(
            leaves,
            blossom,
            peach,
            citrus,
            round_fruit,
            berries,
            grapes,
            mango,
            coconut,
            bean,
            drop,
            mountain,
            bolt,
        ),
        *(nut, wheat, chip, cookie, square, meat, pepper, moon, milk),
    )
}


def draw(sheet: Image.Image, name: str, paint: Colour, x: float, y: float, size: float) -> None:
    """Draw a motif around a point of the sheet."""
    MOTIFS[name](Pen(sheet, x, y, size), paint)
