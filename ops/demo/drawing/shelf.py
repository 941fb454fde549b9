"""Pictures of many SKUs at once: drawn in several processes, then kept through the same gate as a person's upload."""

import io
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from PIL import Image, ImageEnhance

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
