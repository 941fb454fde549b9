"""Papers as they are read: the words on them, the capitals, the font, and that nothing is fetched."""

import io
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import select, update

from ops.worker import Worker
from press import engine, papers
from press.language import capitals
from tests.admin.site import Site, open_site
from tests.world import OPERATOR
from trade import clock, db
from trade.attachments import store
from trade.db import read, run
from trade.distributors.models import LegalEntity
from trade.errors import Refused
from trade.flows.order_papers import Papers, order_papers
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.fulfilment.models import Shipment
from trade.jobs.models import Job
from trade.orders.models import Order
from trade.papers import facts
from trade.papers.models import PaperRun

DIGITS = {mark: value for value, mark in enumerate("零壹贰叁肆伍陆柒捌玖")}
STEPS = {"拾": 10, "佰": 100, "仟": 1000}
HOSTILE = (
    '<script>alert(1)</script><img src="http://127.0.0.1:1/x"><style>@import "file:///etc/passwd"</style>𠮷龘'
)


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def words(content: bytes) -> str:
    """The text of a PDF without spaces, since justified Chinese has any number of them."""
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def parsed(text: str) -> Decimal:
    """Read capitals back, independently of how they were written."""
    body = text.removeprefix("人民币").removesuffix("整")
    yuan, _, rest = body.partition("元") if "元" in body else ("", "", body)
    found = re.fullmatch(r"零?(?:(.)角)?零?(?:(.)分)?", rest)
    assert found, text
    large = middle = section = digit = 0
    for mark in yuan:
        if mark in DIGITS:
            digit = DIGITS[mark]
        elif mark in STEPS:
            section, digit = section + digit * STEPS[mark], 0
        elif mark == "万":
            middle, section, digit = (section + digit) * 10**4, 0, 0
        else:
            large, middle, section, digit = (middle + section + digit) * 10**8, 0, 0, 0
    cents = DIGITS.get(found[1] or "零", 0) * 10 + DIGITS.get(found[2] or "零", 0)
    return Decimal(large + middle + section + digit) + Decimal(cents) / 100


@given(st.integers(0, 10**8 - 1), st.integers(0, 99))
def test_capitals_read_back_to_the_same_amount(yuan, cents):
    value = Decimal(yuan) + Decimal(cents) / 100
    assert parsed(capitals(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0", "人民币零元整"),
        ("0.01", "人民币壹分"),
        ("10.05", "人民币壹拾元零伍分"),
        ("10.50", "人民币壹拾元伍角整"),
        ("1010.01", "人民币壹仟零壹拾元零壹分"),
        ("100000000", "人民币壹亿元整"),
        ("-3120.00", "人民币负叁仟壹佰贰拾元整"),
    ],
)
def test_capitals_are_written_as_banks_ask(value, written):
    assert capitals(Decimal(value)) == written


def an_order(site: Site, remark: str = "") -> int:
    order_id = site.approved(CP0515=10, SQ5524=20)

    def remarked(session: Any, actor: Any, given: None) -> None:
        session.execute(update(Order).where(Order.id == order_id).values(remark=remark))
        session.execute(
            update(LegalEntity).values(name="云岫饮品（福建）股份有限公司", credit_code="91350100M000100Y43")
        )

    run(remarked, OPERATOR, None)
    return order_id


def shipped(site: Site) -> int:
    order_id = an_order(site)
    parcels = [Packed(line.id, line.base_quantity) for line in site.lines(order_id)]
    given = Dispatch(order_id, site.order(order_id).version, "顺丰", "SF1", parcels)
    run(ship_order, site.actors["warehouse"], given)
    return order_id


def test_an_order_prints_as_it_is_stamped(site):
    order_id = an_order(site, HOSTILE)
    answer = site.browser("rep").get(f"/admin/orders/{order_id}/paper")
    order = site.order(order_id)
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    text = words(answer.data)
    for piece in ("销售订单", order.number, "云岫饮品（福建）股份有限公司", "漳州市鑫禾源食品商贸有限公司"):
        assert piece in text, piece
    for piece in (
        f"{order.gross:,.2f}",
        capitals(order.gross),
        "盖章",
        "第1页/共1页",
        "<script>alert(1)</script>",
    ):
        assert piece in text, piece
    fonts = {
        font for page in PdfReader(io.BytesIO(answer.data)).pages for font in page["/Resources"]["/Font"]
    }
    assert fonts and len(answer.data) < 200_000


def test_an_undecided_order_says_that_it_is_none_yet(site):
    order_id = site.pending(CP0515=10)
    answer = site.browser("buyer").get(f"/portal/orders/{order_id}/paper")
    assert "不作为有效订单" in words(answer.data)


def test_a_paper_fetches_nothing():
    for url in ("http://127.0.0.1:1/x", "file:///etc/passwd", "data:text/css,x", "font:900Black"):
        with pytest.raises(ValueError):
            engine._fetcher().fetch(url)


def test_a_long_order_has_numbered_pages_and_repeats_its_head(site):
    order_id = an_order(site)
    with read() as session:
        paper = facts.order_paper(session, site.actors["rep"], order_id)
    long = facts.OrderPaper(paper.company, paper.order, paper.phone, [*paper.lines] * 40)
    content = papers.printed(long, "zh_CN", clock.now())
    pages = PdfReader(io.BytesIO(content)).pages
    text = [re.sub(r"\s+", "", page.extract_text()) for page in pages]
    assert len(pages) > 1
    assert all(f"第{at}页/共{len(pages)}页" in page for at, page in enumerate(text, 1))
    assert all("含税金额" in page for page in text[:-1])


def test_a_distributor_prints_its_own_price_list(site):
    text = words(site.browser("buyer").get("/portal/price-list/paper").data)
    assert "CP0515" in text and "43.20" in text and "41.50" in text
    assert "NOPRICE" not in text and "VIP001" in text
    other = words(site.browser("stranger").get("/portal/price-list/paper").data)
    assert "VIP001" not in other and "43.20" not in other


def test_english_readers_get_english_papers(site):
    order_id = an_order(site)
    with read() as session:
        paper = facts.order_paper(session, site.actors["rep"], order_id)
    text = words(papers.printed(paper, "en", clock.now()))
    assert "Salesorder" in text and "Page1of1" in text and "销售订单" not in text


def test_many_papers_come_from_a_job_as_one_file(site):
    orders = [shipped(site), shipped(site)]
    with read() as session:
        shipments = list(session.scalars(select(Shipment.id).order_by(Shipment.id)))
    browser = site.browser("warehouse")
    answer = browser.post("/admin/papers", {"kind": "delivery", "id": [str(each) for each in shipments]})
    assert answer.status_code == 303 and "正在生成" in browser.get("/admin/papers").text
    Worker().once()
    with read() as session:
        made = session.scalars(select(PaperRun)).one()
    assert (made.state, made.total) == ("done", 2)
    content = browser.get(f"/admin/papers/{made.id}").data
    text = words(content)
    assert all(site.order(each).number in text for each in orders) and text.count("第1页/共1页") == 2
    assert content == store.load(made.stored_as)
    assert site.browser("finance").get(f"/admin/papers/{made.id}").status_code == 404


def test_nobody_prints_what_they_cannot_open(site):
    order_id = an_order(site)
    other = site.browser("other-rep")
    assert other.get(f"/admin/orders/{order_id}/paper").status_code == 404
    assert site.browser("stranger").get(f"/portal/orders/{order_id}/paper").status_code == 404
    answer = other.post("/admin/papers", {"kind": "order", "id": [str(order_id)]})
    assert answer.status_code == 404
    with pytest.raises(Refused):
        db.run(order_papers, site.actors["other-rep"], Papers("order", [order_id], "x"))
    with read() as session:
        assert session.scalars(select(PaperRun)).all() == []
        assert session.scalars(select(Job).where(Job.kind == "papers.make")).all() == []


def test_a_telephone_stands_on_the_papers_of_who_may_call_at_once_or_from_a_job(site):
    order_id = an_order(site)
    db.run(_give_phone, OPERATOR, order_id)
    for who, is_told in {"warehouse": True, "marketing": False}.items():
        browser = site.browser(who)
        assert ("13912345678" in words(browser.get(f"/admin/orders/{order_id}/paper").data)) == is_told
        browser.post("/admin/papers", {"kind": "order", "id": [str(order_id)]})
        Worker().once()
        with read() as session:
            made = session.scalars(select(PaperRun).order_by(PaperRun.id.desc())).first()
        assert ("13912345678" in words(browser.get(f"/admin/papers/{made.id}").data)) == is_told
    assert "13912345678" in words(site.browser("buyer").get(f"/portal/orders/{order_id}/paper").data)


def _give_phone(session, actor, order_id) -> None:
    session.execute(update(Order).where(Order.id == order_id).values(ship_phone="13912345678"))


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"kind": "order"},
        {"kind": "order", "id": ["x", "٣", "9" * 30]},
        {"kind": "order", "id": ["1"] * 3},
    ],
)
def test_a_nonsensical_order_of_papers_is_refused_in_words(site, sent):
    answer = site.browser("warehouse").post("/admin/papers", sent)
    assert answer.status_code in (404, 422)
    with read() as session:
        assert session.scalars(select(PaperRun)).all() == []
