"""Pictures of many SKUs at once: drawn in several processes, then kept through the same gate as a person's upload."""

import io
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from PIL import Image, ImageDraw, ImageEnhance

from ops.demo.drawing.canvas import FRAME, SCALE, WHITE, at, colour, mix
from ops.demo.drawing.shapes import Design, draw
from ops.demo.goods import Good
from trade.attachments.pictures import StoredPicture, keep_picture


def keep_all(goods: Sequence[Good]) -> Mapping[str, StoredPicture]:
    """Draw and keep a picture for every SKU; answers them by code."""
    designs = [good.design for good in goods]
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), get_context("spawn")) as pool:
        contents = list(pool.map(drawn, designs, chunksize=8))
    return {good.code: keep_picture(data) for good, data in zip(goods, contents, strict=True)}


def drawn(design: Design) -> bytes:
    """One picture as a file."""
    picture = draw(design).crop(at(*FRAME)).reduce(SCALE)
    data = io.BytesIO()
    picture.save(data, format="JPEG", quality=93)
    return data.getvalue()


def damaged() -> bytes:
    """A photo such as a receiver takes: a case that stands askew, in poor light."""
    brown = colour("b08a5c")
    picture = draw(Design("box", brown, "drop", colour("7a9ab5"), line="FRAGILE")).rotate(
        9, Image.Resampling.BICUBIC, fillcolor=mix(brown, WHITE, 0.6)
    )
    picture = ImageEnhance.Brightness(picture.crop(at(120, 160, 900, 940)).reduce(SCALE)).enhance(0.72)
    data = io.BytesIO()
    picture.save(data, format="JPEG", quality=80)
    return data.getvalue()


def slip() -> bytes:
    """A photo of a bank's slip: lines of print and a round seal, none of which says anything."""
    picture = Image.new("RGB", (900, 560), (246, 244, 238))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((20, 20, 880, 540), outline=(120, 130, 140), width=3)
    for row in range(7):
        top = 90 + row * 58
        pen.rectangle((60, top, 190, top + 18), fill=(150, 156, 164))
        pen.rectangle((220, top, 480 + 40 * (row % 4), top + 18), fill=(70, 76, 86))
    pen.ellipse((620, 300, 820, 500), outline=(196, 60, 50), width=8)
    data = io.BytesIO()
    picture.save(data, format="JPEG", quality=85)
    return data.getvalue()
