"""Papers handed out as PDF, shown where the browser can."""

from flask import Response, g

from press import papers
from press.papers import Paper
from trade import clock
from trade.db import read
from trade.papers import facts, quotations, statements
from trade.papers.statements import CertificatePaper, StatementPaper
from web.downloads import disposition
from web.i18n import choose_locale

PDF = "application/pdf"


def answer_order(order_id: int) -> Response:
    with read() as session:
        paper = facts.order_paper(session, g.actor, order_id)
    return answer_paper(paper, str(paper.order.number))


def answer_delivery(shipment_id: int) -> Response:
    with read() as session:
        paper = facts.delivery_paper(session, g.actor, shipment_id)
    return answer_paper(paper, paper.shipment.number)


def answer_return(return_id: int) -> Response:
    with read() as session:
        paper = facts.return_paper(session, g.actor, return_id)
    return answer_paper(paper, paper.request.number)


def answer_invoice(invoice_id: int) -> Response:
    with read() as session:
        paper = facts.invoice_paper(session, g.actor, invoice_id)
    return answer_paper(paper, paper.invoice.number)


def answer_price_list(distributor_id: int) -> Response:
    """Everything that the distributor may order today, at its own prices."""
    with read() as session:
        paper = facts.price_paper(session, g.actor, distributor_id, clock.today())
    return answer_paper(paper, f"{paper.terms.code}-{paper.day:%Y%m%d}")


def answer_statement(statement_id: int) -> Response:
    with read() as session:
        paper = statements.statement_paper(session, g.actor, statement_id)
    return answer_paper(paper, paper.number)


def answer_quotation(opportunity_id: int, quotation_id: int) -> Response:
    """A distributor's offer to its customer."""
    with read() as session:
        paper = quotations.quotation_paper(session, g.actor, opportunity_id, quotation_id)
    return answer_paper(paper, f"{paper.quotation.number}-V{paper.quotation.revision}")


def answer_span(paper: StatementPaper) -> Response:
    """The account from a day to a day, as it is now."""
    return answer_paper(paper, f"{paper.distributor.code}-{paper.since:%Y%m%d}-{paper.until:%Y%m%d}")


def answer_certificate(paper: CertificatePaper) -> Response:
    """What the account stood at on a day."""
    return answer_paper(paper, f"{paper.distributor.code}-{paper.day:%Y%m%d}")


def answer_paper(paper: Paper, name: str) -> Response:
    """Draw one paper in the reader's language, outside any transaction, and show it."""
    return answer_pdf(papers.printed(paper, choose_locale(), clock.now()), name)


def answer_pdf(content: bytes, name: str) -> Response:
    """A PDF of ours under its document's name; what strangers sent goes through web.downloads instead."""
    response = Response(content, content_type=PDF)
    response.headers["Content-Disposition"] = disposition(f"{name}.pdf", is_shown=True)
    return response
