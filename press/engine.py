"""HTML into PDF, with our own font and nothing from outside: no address on a paper is ever fetched.

It knows nothing of the house, so that a process that only draws stays small.
"""

import gc
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from PIL import ImageFile

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "templates/pdf/paper.css"
FONTS = {
    f"font:{weight}": ROOT / f"node_modules/@expo-google-fonts/noto-sans-sc/{weight}/NotoSansSC_{weight}.ttf"
    for weight in ("400Regular", "700Bold")
}


def drawn(words: str) -> Any:
    """Lay a paper out; answers a document with its pages."""
    engine, fonts, styles = _engine()
    page = engine.HTML(string=words, base_url=None, url_fetcher=_fetcher())
    return page.render(font_config=fonts, stylesheets=[styles])


def close() -> None:
    """Let go of the fonts, whose files lie in a folder of their own."""
    _engine.cache_clear()
    gc.collect()


@cache
def _engine() -> tuple[Any, Any, Any]:
    """The engine with fonts and styles, once per process and only where a paper is drawn: it weighs 28 MB."""
    weasyprint: Any = _part("weasyprint")
    fonts = _part("weasyprint.text.fonts").FontConfiguration()
    sheet = SHEET.read_text("utf-8")
    styles = weasyprint.CSS(string=sheet, font_config=fonts, url_fetcher=_fetcher())
    return weasyprint, fonts, styles


def _part(name: str) -> Any:
    """A module of the engine. Reading it lets pictures be cut off in the whole process, where uploads must not be."""
    found = import_module(name)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return found


@cache
def _fetcher() -> Any:
    """Knows our two fonts by name and refuses everything else: papers hold text that strangers wrote."""
    urls: Any = _part("weasyprint.urls")

    class Fetcher(urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            font = FONTS.get(url)
            if font is None:
                raise ValueError(f"a paper fetches nothing: {url}")
            return urls.URLFetcherResponse(url, font.open("rb"), {"Content-Type": "font/ttf"})

    return Fetcher(allowed_protocols=("font",), allow_redirects=False)
