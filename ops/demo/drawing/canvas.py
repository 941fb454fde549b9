"""What every picture is made of: colours, smooth gradients, outlines, a soft shadow; all drawn twice as large as kept."""

import itertools
from collections.abc import Callable, Sequence
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

SIZE = 540  # pixels of the whole sheet; what is kept is FRAME of it
SCALE = 2  # drawn larger, so that edges are smooth
SIDE = SIZE * SCALE
UNIT = SIDE / 1000  # designs are made on a sheet of 1000 × 1000
FRAME = (70, 66, 930, 926)  # of the sheet, so that the goods fill the picture
Colour = tuple[int, int, int]
Point = tuple[float, float]
Paint = Callable[[ImageDraw.ImageDraw], object]
WHITE: Colour = (255, 255, 255)
INK: Colour = (46, 40, 38)
GOLD: Colour = (214, 170, 92)


def colour(text: str) -> Colour:
    """A colour from six hexadecimal digits."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The first colour with a share of the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def at(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    """A frame of the sheet in pixels."""
    return left * UNIT, top * UNIT, right * UNIT, bottom * UNIT


def spots(points: Sequence[Point]) -> list[Point]:
    return [(x * UNIT, y * UNIT) for x, y in points]


def ellipse(left: float, top: float, right: float, bottom: float) -> Image.Image:
    return _ellipse((left, top, right, bottom))


@cache
def _ellipse(box: tuple[float, float, float, float]) -> Image.Image:
    return mask(lambda pen: pen.ellipse(at(*box), fill=255))


def mask(paint: Paint) -> Image.Image:
    """A shape of the sheet, white on black."""
    sheet = Image.new("L", (SIDE, SIDE), 0)
    paint(ImageDraw.Draw(sheet))
    return sheet


def polygon(points: Sequence[Point]) -> Image.Image:
    """A shape with straight sides."""
    return _polygon(tuple(points))


@cache
def _polygon(points: tuple[Point, ...]) -> Image.Image:
    return mask(lambda pen: pen.polygon(spots(points), fill=255))


@cache
def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Image.Image:
    box = at(left, top, right, bottom)
    return mask(lambda pen: pen.rounded_rectangle(box, radius * UNIT, fill=255))


def outline(profile: Sequence[Point], centre: float = 500) -> list[Point]:
    """A turned body from (height, half width) points, its sides smooth between them."""
    right: list[Point] = []
    for (top, wide), (low, next_wide) in itertools.pairwise(profile):
        for step in range(12):
            share = step / 12
            eased = share * share * (3 - 2 * share)
            right.append((centre + wide + (next_wide - wide) * eased, top + (low - top) * share))
    right.append((centre + profile[-1][1], profile[-1][0]))
    return right + [(2 * centre - x, y) for x, y in reversed(right)]


@cache
def across(stops: tuple[tuple[float, int], ...], left: float, right: float) -> Image.Image:
    """Grey values from left to right, as a mask of the sheet; stops are (share of the way, 0–255)."""
    row = Image.new("L", (SIDE, 1), 0)
    start, length = left * UNIT, (right - left) * UNIT
    row.putdata([_between(stops, (x - start) / length) for x in range(SIDE)])
    return row.resize((SIDE, SIDE))


@cache
def down(stops: tuple[tuple[float, int], ...], top: float, bottom: float) -> Image.Image:
    """Grey values from top to bottom, as a mask of the sheet."""
    return across(stops, top, bottom).transpose(Image.Transpose.TRANSPOSE)


def _between(stops: Sequence[tuple[float, int]], place: float) -> int:
    if place <= stops[0][0]:
        return stops[0][1]
    for (low, first), (high, second) in itertools.pairwise(stops):
        if place <= high:
            return round(first + (second - first) * (place - low) / (high - low))
    return stops[-1][1]


def lay(sheet: Image.Image, paint: Colour | Image.Image, where: Image.Image, strength: float = 1.0) -> None:
    """Put a colour or a picture onto the sheet where the mask is white."""
    frame = where.getbbox()
    if frame is None:
        return
    part = where.crop(frame)
    if strength < 1:
        part = part.point([round(value * strength) for value in range(256)])
    if isinstance(paint, Image.Image):
        sheet.paste(paint.crop(frame), frame, part)
    else:
        sheet.paste(paint, frame, part)


def shade(sheet: Image.Image, paint: Colour, body: Image.Image, light: Image.Image) -> None:
    """Lay a colour on a body as strongly as the light mask says."""
    lay(sheet, paint, ImageChops.multiply(body, light))


def blend(top: Colour, bottom: Colour, start: float, end: float) -> Image.Image:
    """A sheet that goes from one colour to another, downwards."""
    column = Image.new("RGB", (1, SIDE))
    places = ((y - start * UNIT) / ((end - start) * UNIT) for y in range(SIDE))
    column.putdata([mix(top, bottom, min(1.0, max(0.0, place))) for place in places])
    return column.resize((SIDE, SIDE), Image.Resampling.NEAREST)


@cache
def floor_shadow(wide: int, centre: int = 500, ground: int = 872) -> Image.Image:
    """The soft shadow of a body that stands, drawn small since it is soft."""
    small = Image.new("L", (250, 250), 0)
    pen = ImageDraw.Draw(small)
    half, middle, floor = wide / 8, centre / 4, ground / 4
    pen.ellipse((middle - half * 1.15, floor - 6, middle + half * 1.35, floor + 9), fill=85)
    pen.ellipse((middle - half * 0.92, floor - 3, middle + half * 0.98, floor + 4), fill=150)
    return small.filter(ImageFilter.GaussianBlur(5)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


@cache
def glow() -> Image.Image:
    """The light behind the goods: bright in the middle, nothing at the edges."""
    small = Image.new("L", (140, 140), 0)
    ImageDraw.Draw(small).ellipse((22, 14, 118, 110), fill=235)
    return small.filter(ImageFilter.GaussianBlur(22)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def backdrop(tint: Colour) -> Image.Image:
    """A quiet room in a breath of the flavour's colour: wall, light, floor; smooth, so it is drawn small."""
    small = Image.new("RGB", (SIDE // 4, SIDE // 4), mix(tint, WHITE, 0.74))
    for paint, light in zip((0.86, 0.97, 0.66), _room(), strict=True):
        small.paste(mix(tint, WHITE, paint), (0, 0, *small.size), light)
    return small.resize((SIDE, SIDE), Image.Resampling.BILINEAR)


@cache
def _room() -> tuple[Image.Image, ...]:
    """Where the wall, the light on it and the floor are, drawn small."""
    lights = down(((0, 255), (1, 0)), 0, 1000), glow(), down(((0, 0), (0.02, 90), (1, 10)), 800, 1000)
    return tuple(light.resize((SIDE // 4, SIDE // 4)) for light in lights)


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * UNIT)


def write(
    sheet: Image.Image, text: str, centre: Point, size: int, paint: Colour, spacing: float = 0.0
) -> None:
    """One line of Latin letters around a point, with some air between them."""
    pen, letters = ImageDraw.Draw(sheet), font(size)
    gaps = spacing * size * UNIT
    widths = [pen.textlength(each, font=letters) for each in text]
    x = centre[0] * UNIT - (sum(widths) + gaps * (len(text) - 1)) / 2
    for each, wide in zip(text, widths, strict=True):
        pen.text((x, centre[1] * UNIT), each, fill=paint, font=letters, anchor="lm")
        x += wide + gaps
