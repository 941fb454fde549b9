"""Templates compiled once for all processes and starts: compiling takes three seconds, reading what was compiled a tenth."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from jinja2.runtime import Context, Macro

PLAIN = {FunctionType, type(lru_cache(len))}
FOLDER = Path(__file__).resolve().parent.parent / "build/templates"


class Compiled(FileSystemBytecodeCache):
    """A folder that may be full or closed to us: then nothing is kept, and no page fails for it."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)


class Direct(Context):
    """Calls macros and plain functions as what they are; Jinja asks each of them five questions, thousands a page."""

    def call(self, thing: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        kind = type(thing)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif kind not in PLAIN or hasattr(thing, "jinja_pass_arg"):
            return super().call(thing, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return thing(*args, **kwargs)


def init_app(app: Flask) -> None:
    app.jinja_env.context_class = Direct
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
