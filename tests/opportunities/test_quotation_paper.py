"""The paper that the customer gets: the distributor's name and prices, in figures and in words, and nothing of the brand's."""

import io

from pypdf import PdfReader
from sqlalchemy import select

from press import papers
from tests.opportunities.test_opportunities import opened, quoted
from tests.registrations.reports import Reports
from trade import clock, db
from trade.distributors.models import Distributor
from trade.papers.quotations import quotation_paper


def test_a_quotation_names_the_distributor_and_no_cost(reports: Reports) -> None:
    key = opened(reports, reports.report().registration_id)
    offer = quoted(reports, key, price="58.00")
    with db.read() as session:
        paper = quotation_paper(session, reports["owner"], key, offer)
        own = session.scalars(
            select(Distributor.name).where(Distributor.id == reports["owner"].distributor_id)
        ).one()
    drawn = papers.printed(paper, "zh_CN", clock.now())
    said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(drawn)).pages)
    said = "".join(said.split())
    for part in (own, paper.quotation.customer, "报价单", "580.00", "伍佰捌拾元整", "58.00", "V1"):
        assert part in said, part
    for cost in ("46.00", "42.30", "43.20", "423.00"):
        assert cost not in said, "what the distributor pays, or the list says, leaves the house on no paper"
