"""HTML into PDF, with our own font and nothing from outside: no address on a paper is ever fetched."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any

from press import templating

FONTS = {
    f"font:{weight}": templating.ROOT
    / f"node_modules/@expo-google-fonts/noto-sans-sc/{weight}/NotoSansSC_{weight}.ttf"
    for weight in ("400Regular", "700Bold")
}


def drawn(template: str, locale: str, **facts: object) -> Any:
    """Lay a paper out; answers a document with its pages."""
    engine, fonts, styles = _engine()
    words = templating.environment(locale).get_template(f"pdf/{template}").render(**facts)
    page = engine.HTML(string=words, base_url=None, url_fetcher=_fetcher())
    return page.render(font_config=fonts, stylesheets=[styles])


def bound(documents: Sequence[Any]) -> bytes:
    """Bind papers into one file; each keeps its own page numbers."""
    pages = [page for document in documents for page in document.pages]
    content: bytes = documents[0].copy(pages).write_pdf()
    return content


@cache
def _engine() -> tuple[Any, Any, Any]:
    """The engine with fonts and styles, once per process and only where a paper is drawn: it weighs 28 MB."""
    weasyprint: Any = import_module("weasyprint")
    fonts = import_module("weasyprint.text.fonts").FontConfiguration()
    sheet = (templating.TEMPLATES / "pdf/paper.css").read_text("utf-8")
    styles = weasyprint.CSS(string=sheet, font_config=fonts, url_fetcher=_fetcher())
    return weasyprint, fonts, styles


@cache
def _fetcher() -> Any:
    """Knows our two fonts by name and refuses everything else: papers hold text that strangers wrote."""
    urls: Any = import_module("weasyprint.urls")

    class Fetcher(urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            font = FONTS.get(url)
            if font is None:
                raise ValueError(f"a paper fetches nothing: {url}")
            return urls.URLFetcherResponse(url, font.open("rb"), {"Content-Type": "font/ttf"})

    return Fetcher(allowed_protocols=("font",), allow_redirects=False)
