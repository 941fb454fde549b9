"""Files that people sent, handed out: a picture is shown, everything else is saved, and nothing in it may run here."""

import re
import unicodedata
from os import SEEK_END
from typing import IO
from urllib.parse import quote

from flask import Response
from werkzeug.http import dump_options_header
from werkzeug.wsgi import FileWrapper

from trade.attachments.content import PICTURES

UNSAFE = re.compile(r"[^\x20-\x7e]|[\"\\]")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNQUOTED = "!#$&+-.^_`|~"  # what RFC 8187 lets stand in filename*


def answer_file(content: bytes, media_type: str, name: str) -> Response:
    """Answer a kept file under the name with which it was sent."""
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(name, is_shown=media_type in PICTURES.values())
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def disposition(name: str, *, is_shown: bool) -> str:
    """The header in plain ASCII whatever the name: a plain name for old clients, the true one as `filename*`."""
    clean = "".join(mark for mark in name if unicodedata.category(mark) not in {"Cc", "Cs"})
    stem, dot, ending = UNSAFE.sub("", unicodedata.normalize("NFKD", clean)).rpartition(".")
    names = {"filename": f"{stem.strip() or 'file'}{dot}{ending}" if dot else ending.strip() or "file"}
    if names["filename"] != clean:
        names["filename*"] = f"UTF-8''{quote(clean, safe=UNQUOTED)}"
    return dump_options_header("inline" if is_shown else "attachment", names)


def answer_sheet(file: IO[bytes], name: str) -> Response:
    """Answer a workbook from a temporary file, which ends with the answer."""
    size = file.seek(0, SEEK_END)
    file.seek(0)
    response = Response(FileWrapper(file), content_type=SHEET, direct_passthrough=True)
    response.content_length = size
    response.headers["Content-Disposition"] = disposition(name, is_shown=False)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.call_on_close(file.close)
    return response
