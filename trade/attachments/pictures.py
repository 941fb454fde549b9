"""Pictures for a catalogue: drawn anew in two sizes, decoded no larger than needed."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from trade.attachments import store
from trade.attachments.content import BROKEN, ENDINGS, LARGEST_FILE, MOST_PIXELS, PICTURES, picture_format
from trade.attachments.filing import Stored
from trade.errors import Refused

MOST_PLAIN_PIXELS = 25_000_000  # PNG and WebP are decoded whole before they are made smaller
LARGE, SMALL = (1600, 1600), (240, 240)


@dataclass(frozen=True)
class StoredPicture:
    """One picture as it is looked at, and as it stands in lists."""

    large: Stored
    small: Stored


def keep_picture(data: bytes, *, widest: int | None = None) -> StoredPicture:
    """Judge a picture, draw it in both sizes and store them; before the transaction, since it is slow.

    `widest` is how many times as wide as high it may be, and the other way round. Raises Refused.
    """
    if not data:
        raise Refused("attachment.empty", field="picture")
    if len(data) > LARGEST_FILE:
        megabytes = LARGEST_FILE // 1024 // 1024
        raise Refused("attachment.too_large", megabytes=megabytes, field="picture")
    kind = picture_format(data)
    if kind is None:
        raise Refused("picture.kind_unknown", field="picture")
    large = _upright(data, kind)
    if widest is not None and max(large.size) > widest * min(large.size):
        raise Refused("picture.too_long", times=widest, field="picture")
    small = large.copy()
    small.thumbnail(SMALL)
    return StoredPicture(_kept(large), _kept(small))


def _upright(data: bytes, kind: str) -> Image.Image:
    """The first frame, upright, bare of metadata, at most LARGE."""
    most = MOST_PIXELS if kind == "JPEG" else MOST_PLAIN_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as picture:
            if picture.width * picture.height > most:
                raise Refused("attachment.too_many_pixels", megapixels=most // 1_000_000, field="picture")
            picture.draft("RGB", LARGE)  # a JPEG is decoded at a fraction of its size
            picture.thumbnail(LARGE)
            upright = ImageOps.exif_transpose(picture)
            has_alpha = upright.mode in {"LA", "RGBA", "PA"} or "transparency" in upright.info
            drawn = upright.convert("RGBA" if has_alpha else "RGB")
    except BROKEN as error:
        raise Refused("attachment.broken", field="picture") from error
    bare = Image.new(drawn.mode, drawn.size)
    bare.paste(drawn)
    return bare


def _kept(picture: Image.Image) -> Stored:
    kind = "WEBP" if picture.mode == "RGBA" else "JPEG"
    drawn = io.BytesIO()
    picture.save(drawn, format=kind, quality=86)
    content, media_type = drawn.getvalue(), PICTURES[kind]
    sha256 = hashlib.sha256(content).hexdigest()
    return Stored(
        name=f"{sha256[:12]}{ENDINGS[media_type]}",
        media_type=media_type,
        size=len(content),
        sha256=sha256,
        stored_as=store.save(content),
    )
