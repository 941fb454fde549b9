"""Invoices and statements tell who looks after the distributor's money, with a way to the document; nobody else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from ops.channels.webhooks import content
from ops.worker import Worker
from portal import notices as portal
from tests.admin.site import Site, open_site
from tests.invoices.conftest import Invoicing
from tests.statements.past import OCTOBER, Past
from trade import clock, db
from trade.flows.confirm_statement import SeenStatement, close_statement, confirm_statement
from trade.flows.dispute_statement import SeenDispute, settle_dispute
from trade.flows.note_tax_invoice import RealInvoice, note_tax_invoice
from trade.notices import rules
from trade.notices.dispatches import Item
from trade.notices.models import Notice
from trade.people.models import Person
from web.notice_words import kinds_of


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    yield from open_site(database_url)


def told() -> dict[str, list[str]]:
    """Topic and who was told of it."""
    Worker().drain()
    with db.read() as session:
        rows = session.execute(
            select(Notice.topic, Person.user_name).join(Person, Person.id == Notice.person_id)
        )
        found: dict[str, list[str]] = {}
        for topic, name in rows:
            found.setdefault(topic, []).append(name)
    wanted = ("invoice.", "statement.")
    return {topic: sorted(names) for topic, names in found.items() if topic.startswith(wanted)}


def test_invoices_blue_and_red_and_the_real_one_are_told(site):
    cast = Invoicing()
    first = cast.invoice(cast.ship(cast.ordered(CP0515=10), 150))
    db.run(
        note_tax_invoice,
        cast["finance"],
        RealInvoice(first.id, first.version, "24952000000012345678", clock.today()),
    )
    red = cast.reverse(first.id)
    people = ["clerk", "owner"]
    assert told() == dict.fromkeys(("invoice.issued", "invoice.tax_noted", "invoice.red_issued"), people)
    clerk = site.browser("clerk")
    text = clerk.get("/portal/notices?kind=money").text
    for said in (
        f"发票 {first.number} 已开",
        f"{first.number} 的税务发票 24952000000012345678 已到",
        f"冲 {first.number}",
    ):
        assert said in text, said
    assert f"/portal/invoices/{red.id}" in text
    assert clerk.get(f"/portal/invoices/{red.id}").status_code == 200
    with db.read() as session:
        notice = session.scalars(select(Notice).where(Notice.topic == "invoice.red_issued")).first()
        assert notice is not None
        event = content("k", Item(notice.topic, notice.facts, notice.at))
    assert f'"invoice":"{red.number}"' in event and f'"corrects":"{first.number}"' in event
    stranger = site.browser("stranger")
    assert first.number not in stranger.get("/portal/notices").text


def test_what_becomes_of_a_statement_is_told(site):
    past = Past()
    past.tell()
    past.make("11-02", OCTOBER)
    september, _october = past.statements()
    dispute = past.dispute(september)
    db.run(settle_dispute, past["finance"], SeenDispute(dispute, 2, "下月冲减"))
    for who, flow in (("clerk", confirm_statement), ("finance", close_statement)):
        db.run(flow, past[who], SeenStatement(september.id, past.statements()[0].version))
    found = told()
    for topic in ("statement.issued", "statement.settled", "statement.closed"):
        assert found[topic] == ["clerk", "owner"], topic
        assert topic in portal.ICONS and topic in rules.SHARED
    text = site.browser("clerk").get("/portal/notices?kind=money").text
    assert f"对账单 {september.number} 已完结" in text
    assert "invoice" in kinds_of("money") and rules.group_of("invoice.issued") == "money"
