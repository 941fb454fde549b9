"""Templates compiled once for all processes and starts: compiling takes three seconds, reading what was compiled a tenth."""

import hashlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

FOLDER = Path(__file__).resolve().parent.parent / "build/templates"


class Compiled(FileSystemBytecodeCache):
    """A folder that may be full or closed to us: then nothing is kept, and no page fails for it."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


def init_app(app: Flask) -> None:
    with suppress(OSError):
        FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    if FOLDER.is_dir():
        app.jinja_env.bytecode_cache = Compiled(str(FOLDER), f"%s-{_maker(app)}.cache")


def _maker(app: Flask) -> str:
    """What the compiled code depends on besides the source: another maker finds none of it."""
    rules = app.jinja_env
    escape = getattr(rules.autoescape, "__name__", rules.autoescape)
    said = (version("jinja2"), escape, rules.trim_blocks, rules.lstrip_blocks, sorted(rules.extensions))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


def read_all(app: Flask) -> None:
    """Read every page's template, so that processes which are forked afterwards share them."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
