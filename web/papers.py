"""Papers handed out as PDF, shown where the browser can."""

from flask import Response

from press import papers
from press.papers import Paper
from trade import clock
from web.downloads import disposition
from web.i18n import choose_locale

PDF = "application/pdf"


def answer_paper(paper: Paper, name: str) -> Response:
    """Draw one paper in the reader's language, outside any transaction, and show it."""
    return answer_pdf(papers.printed(paper, choose_locale(), clock.now()), name)


def answer_pdf(content: bytes, name: str) -> Response:
    """A PDF of ours under its document's name; what strangers sent goes through web.downloads instead."""
    response = Response(content, content_type=PDF)
    response.headers["Content-Disposition"] = disposition(f"{name}.pdf", is_shown=True)
    return response
