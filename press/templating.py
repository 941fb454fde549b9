"""The templates of papers and mail: apart from the pages, since a worker fills them outside of any request."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from press import language

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"


@cache
def environment(locale: str) -> Environment:
    """What fills them in one language; a fact that is missing is an error, never a gap."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.install_gettext_translations(language.catalogue(locale), newstyle=True)  # type: ignore[attr-defined]
    found.filters.update(language.filters())
    found.globals["language"] = "zh-CN" if locale == "zh_CN" else "en"
    return found
