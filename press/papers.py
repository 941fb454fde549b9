"""The papers that a Chinese company stamps, each from the facts of its document."""

from datetime import datetime
from typing import Any

from press import pdf
from trade.papers.facts import DeliveryPaper, InvoicePaper, OrderPaper, PricePaper, ReturnPaper
from trade.papers.quotations import QuotationPaper
from trade.papers.statements import CertificatePaper, StatementPaper

Paper = (
    OrderPaper
    | DeliveryPaper
    | ReturnPaper
    | InvoicePaper
    | PricePaper
    | StatementPaper
    | CertificatePaper
    | QuotationPaper
)
TEMPLATES: dict[type[Any], str] = {
    OrderPaper: "order.html",
    DeliveryPaper: "delivery.html",
    ReturnPaper: "return.html",
    InvoicePaper: "invoice.html",
    PricePaper: "price-list.html",
    StatementPaper: "statement.html",
    CertificatePaper: "certificate.html",
    QuotationPaper: "quotation.html",
}


def draw(paper: Paper, locale: str, printed_at: datetime) -> Any:
    """Lay one paper out in a language."""
    return pdf.drawn(TEMPLATES[type(paper)], locale, paper=paper, printed_at=printed_at)


def worded(paper: Paper, locale: str, printed_at: datetime) -> str:
    """One paper as HTML, for a process that only draws."""
    return pdf.worded(TEMPLATES[type(paper)], locale, paper=paper, printed_at=printed_at)


def printed(paper: Paper, locale: str, printed_at: datetime) -> bytes:
    """One paper as a PDF."""
    return pdf.bound([draw(paper, locale, printed_at)])
