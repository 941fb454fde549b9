"""Papers from their templates, laid out and bound."""

from collections.abc import Sequence
from typing import Any

from press import engine, templating


def drawn(template: str, locale: str, **facts: object) -> Any:
    """Lay a paper out; answers a document with its pages."""
    return engine.drawn(worded(template, locale, **facts))


def worded(template: str, locale: str, **facts: object) -> str:
    """A paper as HTML, which another process may lay out."""
    return templating.environment(locale).get_template(f"pdf/{template}").render(**facts)


def bound(documents: Sequence[Any]) -> bytes:
    """Bind papers into one file; each keeps its own page numbers."""
    pages = [page for document in documents for page in document.pages]
    content: bytes = documents[0].copy(pages).write_pdf()
    return content
