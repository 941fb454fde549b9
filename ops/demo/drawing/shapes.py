"""What the goods stand in: bottle, can, carton, bag, pouch, tin, box and gift box, in the colours of their flavour."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ops.demo.drawing import motifs
from ops.demo.drawing.canvas import (
    GOLD,
    INK,
    SIDE,
    UNIT,
    WHITE,
    Colour,
    Point,
    across,
    at,
    backdrop,
    blend,
    down,
    ellipse,
    floor_shadow,
    lay,
    mask,
    mix,
    outline,
    polygon,
    rounded,
    shade,
    spots,
    write,
)


@dataclass(frozen=True)
class Design:
    """How one SKU looks: its package, the flavour's colour and drawing, and what it is filled with."""

    shape: str
    paint: Colour
    motif: str
    motif_paint: Colour
    liquid: Colour | None = None  # seen through a clear bottle
    line: str = ""  # of the range, in Latin letters


BLACK: Colour = (20, 16, 20)
ROUND_DARK = ((0, 150), (0.12, 60), (0.3, 0), (0.62, 0), (0.86, 70), (1, 165))
ROUND_LIGHT = (
    (0, 0),
    (0.1, 10),
    (0.18, 150),
    (0.25, 165),
    (0.34, 20),
    (0.5, 0),
    (0.88, 0),
    (0.93, 70),
    (0.97, 20),
    (1, 0),
)


def draw(design: Design) -> Image.Image:
    """The picture of a SKU, as large as it is drawn."""
    sheet = backdrop(design.paint)
    SHAPES[design.shape](sheet, design)
    return sheet


@cache
def _turned(name: str) -> tuple[Image.Image, Image.Image, Image.Image, int]:
    """Mask, shade and light of a round body, and its half width; the same for every flavour."""
    profile = PROFILES[name]
    wide = max(half for _, half in profile)
    body = polygon(outline(profile))
    dark = ImageChops.multiply(body, across(ROUND_DARK, 500 - wide, 500 + wide))
    light = ImageChops.multiply(body, across(ROUND_LIGHT, 500 - wide, 500 + wide))
    return body, dark, light.filter(ImageFilter.GaussianBlur(3 * UNIT)), int(wide)


PROFILES: dict[str, list[Point]] = {
    "bottle": [
        (150, 46),
        (212, 48),
        (236, 52),
        (345, 128),
        (420, 132),
        (610, 132),
        (640, 126),
        (800, 132),
        (862, 122),
        (875, 108),
    ],
    "flask": [(190, 52), (262, 54), (300, 64), (392, 138), (440, 142), (840, 142), (866, 134), (876, 122)],
    "can": [(165, 98), (182, 106), (232, 134), (246, 136), (820, 136), (842, 126), (868, 102), (874, 98)],
    "tin": [(250, 196), (262, 200), (860, 200), (874, 192)],
}


def _cap(sheet: Image.Image, paint: Colour, top: float, bottom: float, half: float) -> None:
    cap = rounded(500 - half, top, 500 + half, bottom, 12)
    lay(sheet, blend(mix(paint, WHITE, 0.2), paint, top, bottom), cap)
    shade(sheet, BLACK, cap, across(ROUND_DARK, 500 - half, 500 + half))
    shade(sheet, WHITE, cap, across(ROUND_LIGHT, 500 - half, 500 + half))
    ribs = _grooves(top, bottom, int(half))
    shade(sheet, BLACK, cap, ribs)


def _grooves(top: float, bottom: float, half: int) -> Image.Image:
    """The fine grooves of a cap."""
    sheet = Image.new("L", (SIDE, SIDE), 0)
    pen = ImageDraw.Draw(sheet)
    for x in range(500 - half + 8, 500 + half, 11):
        pen.line(spots([(x, top + 14), (x, bottom - 6)]), fill=46, width=round(3 * UNIT))
    return sheet


def _bottle(sheet: Image.Image, design: Design) -> None:
    _filled(sheet, design, "bottle", label=(430, 690), cap=(112, 172, 56))


def _flask(sheet: Image.Image, design: Design) -> None:
    _filled(sheet, design, "flask", label=(440, 770), cap=(140, 208, 66))


def _filled(
    sheet: Image.Image, design: Design, name: str, label: tuple[int, int], cap: tuple[int, int, int]
) -> None:
    """A clear body with what is in it, a printed label around it and a cap."""
    body, dark, light, wide = _turned(name)
    lay(sheet, BLACK, floor_shadow(wide * 2), 0.55)
    liquid = design.liquid or design.paint
    lay(sheet, blend(mix(liquid, WHITE, 0.42), mix(liquid, WHITE, 0.06), 200, 880), body)
    neck = ImageChops.multiply(body, down(((0, 255), (0.9, 255), (1, 0)), 100, cap[1] + 62))
    lay(sheet, mix(liquid, WHITE, 0.78), neck, 0.85)
    top, bottom = label
    wrap = ImageChops.multiply(body, rounded(0, top, 1000, bottom, 4))
    lay(
        sheet,
        mix(liquid, BLACK, 0.35),
        ImageChops.multiply(body, across(ROUND_DARK, 500 - wide, 500 + wide)),
        0.42,
    )
    lay(sheet, blend(mix(design.paint, WHITE, 0.1), mix(design.paint, BLACK, 0.08), top, bottom), wrap)
    _badge(sheet, design, (top + bottom) / 2 + 34, min(92, (bottom - top) * 0.33))
    _mark(sheet, (500, top + 42), 27, WHITE)
    for y in (top + 4, bottom - 6):
        edge = ImageChops.multiply(body, rounded(0, y - 3, 1000, y + 3, 1))
        lay(sheet, mix(design.paint, WHITE, 0.7), edge)
    lay(sheet, BLACK, ImageChops.multiply(wrap, dark), 0.5)
    lay(sheet, WHITE, light, 0.72)
    _cap(sheet, design.paint if design.liquid else mix(design.paint, BLACK, 0.15), *cap)


def _can(sheet: Image.Image, design: Design) -> None:
    body, dark, light, wide = _turned("can")
    lay(sheet, BLACK, floor_shadow(wide * 2), 0.6)
    lay(sheet, mix(WHITE, BLACK, 0.24), body)
    print_on = ImageChops.multiply(body, rounded(0, 222, 1000, 842, 2))
    lay(sheet, blend(mix(design.paint, WHITE, 0.5), design.paint, 222, 640), print_on)
    wave = ellipse(180, 560, 820, 1160)
    shade(sheet, mix(design.paint, BLACK, 0.16), print_on, wave)
    _bubbles(sheet, design)
    _badge(sheet, design, 530, 104, plate=False)
    _mark(sheet, (500, 318), 34, WHITE if _is_dark(design.paint) else INK)
    write(sheet, design.line, (500, 738), 22, WHITE, 0.16)
    lay(sheet, BLACK, dark, 0.62)
    lay(sheet, WHITE, light, 0.8)
    rim = ellipse(402, 152, 598, 180)
    lay(sheet, mix(WHITE, BLACK, 0.14), rim)
    inner = ellipse(412, 156, 588, 178)
    lay(sheet, blend(mix(WHITE, BLACK, 0.46), mix(WHITE, BLACK, 0.18), 154, 178), inner)


def _bubbles(sheet: Image.Image, design: Design) -> None:
    pen = ImageDraw.Draw(sheet)
    for x, y, size in (
        (412, 420, 9),
        (590, 450, 12),
        (398, 640, 13),
        (604, 650, 8),
        (570, 396, 6),
        (436, 690, 7),
        (582, 700, 10),
    ):
        box = at(x - size, y - size, x + size, y + size)
        pen.ellipse(box, outline=mix(design.paint, WHITE, 0.6), width=round(2.5 * UNIT))


def _tin(sheet: Image.Image, design: Design) -> None:
    body, dark, light, wide = _turned("tin")
    lay(sheet, BLACK, floor_shadow(wide * 2), 0.6)
    lay(sheet, blend(mix(design.paint, WHITE, 0.22), mix(design.paint, BLACK, 0.1), 250, 880), body)
    band = ImageChops.multiply(body, rounded(0, 400, 1000, 760, 2))
    lay(sheet, mix(design.paint, WHITE, 0.9), band)
    motifs.draw(sheet, design.motif, design.motif_paint, 500, 606, 112)
    _mark(sheet, (500, 448), 34, mix(design.paint, BLACK, 0.35))
    write(sheet, design.line, (500, 812), 22, WHITE, 0.16)
    lay(sheet, BLACK, dark, 0.55)
    lay(sheet, WHITE, light, 0.62)
    lid = rounded(290, 206, 710, 300, 20)
    lay(sheet, blend(mix(GOLD, WHITE, 0.35), GOLD, 206, 300), lid)
    shade(sheet, BLACK, lid, across(ROUND_DARK, 290, 710))
    shade(sheet, WHITE, lid, across(ROUND_LIGHT, 290, 710))


def _bag(sheet: Image.Image, design: Design) -> None:
    """A pillow bag with crimped ends."""
    _soft(sheet, design, (268, 732), (138, 872), 15)


def _pouch(sheet: Image.Image, design: Design) -> None:
    """A smaller stand-up bag."""
    _soft(sheet, design, (292, 708), (236, 872), 10)


def _soft(
    sheet: Image.Image, design: Design, wide: tuple[int, int], tall: tuple[int, int], bulge: float
) -> None:
    left, right = wide
    top, bottom = tall
    high = bottom - top
    points: list[Point] = []
    teeth = 26
    for step in range(teeth * 2 + 1):
        points.append((left + (right - left) * step / (teeth * 2), top + (7 if step % 2 else 0)))
    for step in range(1, 30):
        share = step / 30
        points.append((right + bulge * _swell(share), top + high * share))
    for step in range(teeth * 2 + 1):
        points.append((right - (right - left) * step / (teeth * 2), bottom - (7 if step % 2 else 0)))
    for step in range(29, 0, -1):
        share = step / 30
        points.append((left - bulge * _swell(share), top + high * share))
    body = polygon(points)
    lay(sheet, BLACK, floor_shadow(right - left), 0.6)
    lay(sheet, blend(mix(design.paint, WHITE, 0.24), mix(design.paint, BLACK, 0.1), top, bottom), body)
    dome = ellipse(left - 90, top + high * 0.4, right + 90, bottom + high * 0.5)
    shade(sheet, mix(design.paint, WHITE, 0.9), body, dome)
    _mark(sheet, (500, top + high * 0.2), 42, WHITE if _is_dark(design.paint) else INK)
    write(sheet, design.line, (500, top + high * 0.31), 21, WHITE if _is_dark(design.paint) else INK, 0.18)
    motifs.draw(sheet, design.motif, design.motif_paint, 500, top + high * 0.67, min(128, high * 0.2))
    dark = ((0, 120), (0.07, 34), (0.2, 0), (0.8, 0), (0.93, 44), (1, 140))
    shade(sheet, BLACK, body, across(dark, left - bulge, right + bulge))
    shine = ((0.05, 0), (0.1, 150), (0.15, 30), (0.22, 0), (0.84, 0), (0.88, 90), (0.92, 0))
    fade = down(((0, 0), (0.12, 60), (0.45, 190), (0.85, 90), (1, 0)), top, bottom)
    shade(sheet, WHITE, body, ImageChops.multiply(across(shine, left, right), fade))
    for y in (top, bottom - high * 0.06):
        seam = ImageChops.multiply(body, rounded(0, y, 1000, y + high * 0.06, 1))
        lay(sheet, WHITE, seam, 0.22)
        ribs = mask(partial(_ribs, top=y, high=high))
        shade(sheet, BLACK, seam, ribs)


def _ribs(pen: ImageDraw.ImageDraw, top: float, high: float) -> None:
    for step in range(6):
        y = top + high * 0.01 * step
        pen.line(spots([(200, y), (800, y)]), fill=48, width=round(2 * UNIT))


def _swell(share: float) -> float:
    """How far a filled bag stands out at a height; flat at the seams."""
    return math.pow(max(0.0, 4 * share * (1 - share)), 0.6) - 0.25


def _carton(sheet: Image.Image, design: Design) -> None:
    """A brick of drink with a gable, seen from the corner."""
    front = [(318, 330), (610, 330), (610, 872), (318, 872)]
    side = [(610, 330), (704, 296), (704, 828), (610, 872)]
    roof = [(318, 330), (610, 330), (594, 208), (334, 208)]
    roof_side = [(610, 330), (704, 296), (648, 190), (594, 208)]
    fin = [(334, 208), (594, 208), (648, 190), (648, 152), (594, 166), (334, 166)]
    lay(sheet, BLACK, floor_shadow(390, 516), 0.6)
    lay(sheet, mix(design.paint, WHITE, 0.92), polygon(front))
    lay(sheet, mix(design.paint, BLACK, 0.14), polygon(side))
    lay(sheet, blend(mix(design.paint, WHITE, 0.3), design.paint, 208, 330), polygon(roof))
    lay(sheet, mix(design.paint, BLACK, 0.26), polygon(roof_side))
    lay(sheet, mix(design.paint, WHITE, 0.5), polygon(fin))
    hill = ellipse(170, 640, 760, 1180)
    shade(sheet, design.paint, polygon(front), hill)
    _mark(sheet, (464, 392), 36, mix(design.paint, BLACK, 0.3))
    write(sheet, design.line, (464, 446), 20, mix(design.paint, BLACK, 0.3), 0.16)
    motifs.draw(sheet, design.motif, design.motif_paint, 464, 590, 104)
    cap = rounded(432, 236, 500, 290, 26)
    lay(sheet, blend(WHITE, mix(WHITE, BLACK, 0.16), 236, 290), cap)
    shade(sheet, BLACK, polygon(front), across(((0, 26), (0.2, 0), (1, 22)), 318, 610))
    shade(sheet, BLACK, polygon(side), down(((0, 0), (1, 70)), 300, 872))


def _box(sheet: Image.Image, design: Design) -> None:
    """A folding box for biscuits and bars, seen from the corner."""
    front = [(212, 392), (690, 392), (690, 872), (212, 872)]
    side = [(690, 392), (800, 340), (800, 812), (690, 872)]
    top = [(212, 392), (690, 392), (800, 340), (334, 340)]
    lay(sheet, BLACK, floor_shadow(590, 510), 0.6)
    lay(
        sheet, blend(mix(design.paint, WHITE, 0.12), mix(design.paint, BLACK, 0.08), 392, 872), polygon(front)
    )
    lay(sheet, mix(design.paint, BLACK, 0.3), polygon(side))
    lay(sheet, mix(design.paint, WHITE, 0.42), polygon(top))
    window = rounded(252, 540, 650, 832, 30)
    lay(sheet, mix(design.paint, WHITE, 0.9), window)
    motifs.draw(sheet, design.motif, design.motif_paint, 451, 686, 116)
    _mark(sheet, (451, 446), 42, WHITE if _is_dark(design.paint) else INK)
    write(sheet, design.line, (451, 500), 22, WHITE if _is_dark(design.paint) else INK, 0.18)
    shade(sheet, BLACK, polygon(side), down(((0, 0), (1, 60)), 340, 872))
    shade(sheet, WHITE, polygon(front), across(((0, 60), (0.16, 0), (1, 0)), 212, 690))


def _gift(sheet: Image.Image, design: Design) -> None:
    """A flat box with a lid, a gold frame and a ribbon."""
    front = [(150, 440), (760, 440), (760, 872), (150, 872)]
    side = [(760, 440), (862, 392), (862, 814), (760, 872)]
    top = [(150, 440), (760, 440), (862, 392), (262, 392)]
    lay(sheet, BLACK, floor_shadow(720, 512), 0.66)
    lay(
        sheet, blend(mix(design.paint, WHITE, 0.08), mix(design.paint, BLACK, 0.14), 440, 872), polygon(front)
    )
    lay(sheet, mix(design.paint, BLACK, 0.34), polygon(side))
    lay(sheet, mix(design.paint, WHITE, 0.22), polygon(top))
    pen = ImageDraw.Draw(sheet)
    frame = at(178, 468, 732, 844)
    pen.rounded_rectangle(frame, 14 * UNIT, outline=GOLD, width=round(4 * UNIT))
    medal = ellipse(330, 500, 580, 750)
    lay(sheet, blend(mix(GOLD, WHITE, 0.45), GOLD, 500, 750), medal)
    inner = ellipse(342, 512, 568, 738)
    lay(sheet, mix(design.paint, WHITE, 0.93), inner)
    motifs.draw(sheet, design.motif, design.motif_paint, 455, 628, 84)
    _mark(sheet, (455, 796), 36, mix(GOLD, WHITE, 0.25))
    ribbon = polygon([(662, 440), (704, 440), (704, 872), (662, 872)])
    lay(sheet, blend(mix(GOLD, WHITE, 0.5), GOLD, 440, 872), ribbon)
    lay(sheet, mix(GOLD, WHITE, 0.55), polygon([(662, 440), (704, 440), (806, 392), (766, 392)]))
    for turn, x in ((-1, 634), (1, 742)):
        loop = polygon(_loop(x, 408, turn))
        lay(sheet, blend(mix(GOLD, WHITE, 0.5), mix(GOLD, BLACK, 0.12), 366, 446), loop)
    lay(sheet, mix(GOLD, BLACK, 0.1), rounded(668, 392, 708, 430, 12))
    shade(sheet, BLACK, polygon(side), down(((0, 0), (1, 66)), 392, 872))
    shade(sheet, WHITE, polygon(front), across(((0, 54), (0.14, 0), (1, 0)), 150, 760))


def _loop(x: float, y: float, turn: int) -> list[Point]:
    return [
        (688, y + 4),
        (x, y - 46),
        (x + turn * 34, y - 30),
        (x + turn * 38, y + 14),
        (x + turn * 10, y + 30),
        (688, y + 12),
    ]


def _badge(sheet: Image.Image, design: Design, y: float, size: float, plate: bool = True) -> None:
    """The flavour's drawing, on a light round ground where it stands on colour."""
    ground = ellipse(500 - size, y - size, 500 + size, y + size)
    lay(sheet, mix(design.paint, WHITE, 0.93), ground, 1.0 if plate else 0.9)
    motifs.draw(sheet, design.motif, design.motif_paint, 500, y, size * 0.72)


def _mark(sheet: Image.Image, centre: Point, size: int, paint: Colour) -> None:
    """The brand: two peaks in a cloud and its name."""
    x, y = centre
    write(sheet, "YUNXIU", (x + size * 0.5, y), size, paint, 0.08)
    left = x - size * 2.75
    pen = ImageDraw.Draw(sheet)
    peaks = [
        (left, y + size * 0.34),
        (left + size * 0.36, y - size * 0.3),
        (left + size * 0.6, y + size * 0.06),
    ]
    peaks += [(left + size * 0.76, y - size * 0.14), (left + size * 1.1, y + size * 0.34)]
    pen.polygon(spots(peaks), fill=paint)


def _is_dark(paint: Colour) -> bool:
    return paint[0] * 0.3 + paint[1] * 0.59 + paint[2] * 0.11 < 190


SHAPES: dict[str, Callable[[Image.Image, Design], None]] = {
    "bottle": _bottle,
    "flask": _flask,
    "can": _can,
    "tin": _tin,
    "bag": _bag,
    "pouch": _pouch,
    "carton": _carton,
    "box": _box,
    "gift": _gift,
}
