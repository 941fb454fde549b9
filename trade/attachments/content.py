"""What a file is, by its content alone: pictures are made anew, PDFs are held against their own table."""

import io
import re
import unicodedata

from PIL import Image, ImageOps, UnidentifiedImageError

from trade.errors import Refused

LONGEST_NAME = 120
LARGEST_FILE = 10 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PDF = "application/pdf"
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", PDF: ".pdf"}
BROKEN = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
)
_STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
_PDF_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF\s*$")
_MODES = {"JPEG": ("L", "RGB"), "PNG": ("L", "LA", "RGB", "RGBA"), "WEBP": ("RGB", "RGBA")}


def accepted(content: bytes) -> tuple[str, bytes]:
    """The media type and what is to be kept of a file that somebody sent; its name has no say.

    A picture is drawn anew, upright and without metadata. Raises Refused for anything but JPEG, PNG, WebP and
    PDF, for what does not open, and for what is too large.
    """
    if not content:
        raise Refused("attachment.empty")
    if len(content) > LARGEST_FILE:
        raise Refused("attachment.too_large", megabytes=LARGEST_FILE // 1024 // 1024)
    picture = picture_format(content)
    if picture is not None:
        return PICTURES[picture], _redrawn(content, picture)
    if content.startswith(b"%PDF-"):
        _open_pdf(content)
        return PDF, content
    raise Refused("attachment.kind_unknown")


def shown_name(name: str, media_type: str) -> str:
    """A name for people: no path, no control characters, and the ending that the content has earned."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each)[0] != "C"
    )
    ending = ENDINGS[media_type]
    stem = plain.strip().rsplit(".", 1)[0].strip(". ") or "file"
    return f"{stem[: LONGEST_NAME - len(ending)]}{ending}"


def picture_format(content: bytes) -> str | None:
    """Which kind of picture the first bytes claim."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), None)


def _redrawn(content: bytes, kind: str) -> bytes:
    """Only pixels survive: no EXIF, no colour profile, no second frame, nothing behind the end."""
    try:
        with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("attachment.too_many_pixels", megapixels=MOST_PIXELS // 1_000_000)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
    except BROKEN as error:
        raise Refused("attachment.broken") from error
    has_alpha = upright.mode in {"LA", "RGBA", "PA"} or "transparency" in upright.info
    if upright.mode not in _MODES[kind]:
        upright = upright.convert("RGBA" if has_alpha and kind != "JPEG" else "RGB")
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    kept = io.BytesIO()
    bare.save(kept, format=kind, **({} if kind == "PNG" else {"quality": 88}))
    return kept.getvalue()


def _open_pdf(content: bytes) -> None:
    """Follow the end of the file to its table of objects, as a reader would."""
    end = _PDF_END.search(content[-2048:].rstrip(b"\x00"))
    at = int(end[1]) if end else len(content)
    table = content[at : at + 32].lstrip()
    if not re.match(rb"xref\s|\d{1,10}\s+\d{1,5}\s+obj", table):
        raise Refused("attachment.broken")
