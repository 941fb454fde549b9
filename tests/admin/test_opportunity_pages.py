"""The views of the same opportunities: whatever they are narrowed by, each number opens the rows that it counts."""

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import time_machine
from sqlalchemy import select

from tests.admin.site import Browser, Site
from tests.flows.cast import Cast, order
from tests.opportunities.test_opportunities import quoted, refused
from tests.registrations.reports import Reports, noon
from tests.reused import application
from trade import clock, db
from trade.distributors.models import Territory
from trade.flows.change_opportunity import Loss, Step, lose_opportunity, move_opportunity
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.order_quotation import Ordering, order_quotation
from trade.opportunities import forecast
from trade.opportunities.models import Opportunity

LISTED = re.compile(r'<th scope="row">(\d+) 个商机</th>')
SHARES = re.compile(r'<th scope="row"><a href="([^"]+)">.*?</th><td class="num">(\d+)</td>', re.DOTALL)
COLUMNS = re.compile(r'<h2 id="column-\w+"><a href="([^"]+)">[^<]+</a>\s*(?:<span class="count[^>]*>(\d+))?')
TILES = re.compile(r'<a class="tile" href="([^"]+)"><span class="soft">[^<]+</span><span class="big">(\d+)<')
ROWS = re.compile(r'href="/portal/opportunities/(\d+)"')
FUNNEL = 5  # its lines come after those of the forecast
NARROWED = (
    *("", "stage=open&age=1", "stage=lost", "reached=need&due=yes", "q=漳州&when=later", "stage=nonsense"),
    *("since=2027-03-31&until=2027-04-30", "territory=%(south)s", "territory=%(south)s&alone=yes"),
    "distributor=%(D2)s&stage=need",
)


@pytest.fixture
def many(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, Reports]]:
    """Eight of two distributors, opened over three months, expected over as many, in every stage but won."""
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    site, reports = Site(application(sqlite_url)), Reports(Cast())
    with time_machine.travel(noon("2027-02-10"), tick=False) as now:
        for at, stage in enumerate(("", "need", "quote", "negotiation", "", "lost", "quote", "need")):
            now.move_to(noon("2027-02-10") + timedelta(days=4 * at))
            who = "owner" if at % 3 else "stranger"
            sent = reports.report(who, name=f"{'漳州泉州'[at % 2 * 2 :][:2]}第{at}号食品有限公司")
            given = NewOpportunity(
                sent.registration_id,
                f"f{at}",
                f"第{at}批",
                Decimal(1000 * at + 5),
                date(2027, 3, 15) + timedelta(days=8 * at),
                "拜访" if at % 2 else "",
                clock.today() + timedelta(days=5) if at % 2 else None,
            )
            key = db.run(open_opportunity, reports[who], given)
            if stage == "lost":
                db.run(lose_opportunity, reports[who], Loss(key, 1, "price"))
            elif stage:
                db.run(move_opportunity, reports[who], Step(key, 1, stage))
        now.move_to(noon("2027-03-12"))
        yield site, reports


def counted(browser: Browser, url: str) -> int:
    page = browser.get(html.unescape(url))
    assert page.status_code == 200, url
    found = LISTED.search(page.text)
    return int(found[1]) if found else 0


def test_every_number_opens_the_rows_that_it_counts(many: tuple[Site, Reports]) -> None:
    site, reports = many
    boss = site.browser("administrator")
    with db.read() as session:
        south = session.scalars(select(Territory.id).where(Territory.code == "south")).one()
    known = {"south": south, **reports.cast.world.distributors}
    links = {}
    for at, each in enumerate(NARROWED):
        query = urlencode(parse_qsl(each % known))
        rows = counted(boss, f"/admin/opportunities?{query}")
        board = boss.get(f"/admin/opportunities/board?{query}").text
        columns = [*COLUMNS.findall(board), *TILES.findall(board)]
        assert sum(int(number or 0) for _url, number in columns) == rows, each
        by = forecast.WAYS[at % len(forecast.WAYS)]
        page = boss.get(f"/admin/opportunities/forecast?{query}&by={by}").text
        shares, closed = SHARES.findall(page), TILES.findall(page)
        assert sum(int(number) for _url, number in (*shares[:-FUNNEL], *closed)) == rows, (each, by)
        links |= dict(columns) | dict(shares)
    assert len(links) > 30
    for url, number in links.items():
        assert counted(boss, url) == int(number or 0), url


def test_money_says_whether_it_is_open_expected_or_ordered(many: tuple[Site, Reports]) -> None:
    site, reports = many
    boss, owner = site.browser("administrator"), site.browser("owner")
    with db.read() as session:
        rows = session.scalars(select(Opportunity).order_by(Opportunity.id)).all()
        open_sum = sum(each.amount for each in rows if each.closed_on is None)
    assert f"8 个商机 · 未结 ¥{open_sum:,.2f}" in boss.get("/admin/opportunities/board").text
    home = reports.cast.world.distributors["D1"]
    mine = next(each for each in rows if each.distributor_id == home and each.stage == "need")
    seen = f"/admin/opportunities/{mine.id}", f"/portal/opportunities/{mine.id}"
    assert "成交订单金额" not in boss.get(seen[0]).text + owner.get(seen[1]).text
    order_id = db.run(order_for_registration, reports["owner"], ForWhom(mine.registration_id))
    reports.cast.fill("owner", CP0515=2)
    if reports.cast.submit(order_id, "owner").approval_state != "approved":
        reports.cast.decide(order_id, "approve", "rep", "同意")
    assert reports.look(mine.registration_id) == "win"
    gross = f"{order(order_id).gross:,.2f}"
    said = re.compile(
        f"成交订单金额.{{1,90}}¥{gross}.{{1,120}}预计金额.{{1,90}}¥{mine.amount:,.2f}", re.DOTALL
    )
    assert said.search(boss.get(seen[0]).text) and said.search(owner.get(seen[1]).text)


def test_a_distributor_moves_one_on_its_board_by_one_tap(many: tuple[Site, Reports]) -> None:
    site, reports = many
    owner = site.browser("owner")
    with db.read() as session:
        wanted = select(Opportunity.id).where(Opportunity.stage == "contact")
        mine, foreign = (
            session.scalars(
                wanted.where(Opportunity.distributor_id == reports.cast.world.distributors[code])
            ).one()
            for code in ("D1", "D2")
        )
    board = owner.get("/portal/opportunities/board?q=号").text
    assert f'id="opportunity-{mine}"' in board and f'id="opportunity-{foreign}"' not in board
    move = re.search(
        rf'action="([^"]*/{mine}/stage[^"]*)".*?value="(\d+)".*?name="stage" value="(\w+)"', board, re.DOTALL
    )
    assert move and move[3] == "need"
    path = html.unescape(move[1])
    assert (
        owner.post(path.replace(f"/{mine}/", f"/{foreign}/"), {"version": "1", "stage": "need"}).status_code
        == 404
    )
    answer = owner.post(path, {"version": move[2], "stage": "need"})
    assert answer.status_code == 303
    where, _hash, anchor = answer.location.partition("#")
    assert "q=" in where and anchor == f"opportunity-{mine}"
    after = owner.get(where).text
    assert f'id="opportunity-{mine}"' in after and "阶段已更新" in after
    assert owner.post(path, {"version": move[2], "stage": "negotiation"}).status_code == 422
    with db.read() as session:
        stages = dict(session.execute(select(Opportunity.id, Opportunity.stage)).all())
    assert (stages[mine], stages[foreign]) == ("need", "contact")
    for by in ("stage", "age", "when"):
        page = owner.get(f"/portal/opportunities/forecast?by={by}").text
        for url, number in (*SHARES.findall(page), *TILES.findall(page)):
            rows = owner.get(html.unescape(url)).text
            assert len(set(ROWS.findall(rows))) == int(number), url


def test_a_cart_says_whose_quotation_it_is_and_that_it_is_over_before_it_is_submitted(
    many: tuple[Site, Reports],
) -> None:
    site, reports = many
    with db.read() as session:
        mine = Opportunity.distributor_id == reports.cast.world.distributors["D1"]
        key = session.scalars(select(Opportunity.id).where(mine, Opportunity.closed_on.is_(None))).first()
    offer = quoted(reports, key)
    db.run(order_quotation, reports["owner"], Ordering(key, offer))
    told = "的报价单已过有效期"
    page = site.browser("owner").get("/portal/cart").text
    assert told not in page and "清空购物车或不指定客户后，不再算作" in page
    with time_machine.travel(clock.now() + timedelta(days=16), tick=False):
        assert told in site.browser("owner").get("/portal/cart").text
        refused("quotation.over", order_quotation, reports["owner"], Ordering(key, offer))


def test_a_price_below_one_s_own_is_told_and_the_paper_is_the_distributor_s_alone(
    many: tuple[Site, Reports],
) -> None:
    site, reports = many
    owner = site.browser("owner")
    with db.read() as session:
        mine = Opportunity.distributor_id == reports.cast.world.distributors["D1"]
        key = session.scalars(select(Opportunity.id).where(mine, Opportunity.stage == "contact")).one()
    sku = reports.cast.world.skus["CP0515"]
    for at, (price, is_told) in enumerate((("60.00", False), ("43.19", True))):  # it pays 43.20
        form = {"key": f"low-{at}", "valid_until": "2027-03-30", "sku": sku, f"quantity-{sku}": "1"}
        answer = owner.post(f"/portal/opportunities/{key}/quotations", {**form, f"price-{sku}": price})
        assert answer.status_code == 303
        page = owner.get(answer.location).text
        told = ("有 1 种商品低于贵司进价" in page, "低于贵司进价（" in page)
        assert told == (is_told, is_told), price
    form |= {"key": "gift", f"price-{sku}": "0"}
    free = owner.get(owner.post(f"/portal/opportunities/{key}/quotations", form).location).text
    assert "赠品" in free and "低于贵司进价（" not in free, "what costs nothing is called a gift"
    other, terms = reports.cast.world.skus["SQ5524"], "款到发货，运费自理；" * 50
    writing = f"/portal/opportunities/{key}/quotations/new"
    draft = {**form, f"price-{sku}": "61.50", "note": terms, "contact_name": "陈经理", "q": "SQ5524"}
    for more, stands in ({"add": other}, {sku, other}), ({"drop": sku}, set()), ({}, {sku}):
        written = owner.post(writing, {**draft, **more})
        assert written.status_code == 200 and terms in written.text and 'value="陈经理"' in written.text
        assert {int(each) for each in re.findall(r'name="sku" value="(\d+)"', written.text)} == stands
        assert ('value="61.50"' in written.text) == (sku in stands) and 'value="SQ5524"' in written.text
        assert all(
            "61.50" not in place and "?" not in place for place in re.findall('action="(.*?)"', written.text)
        )
    form |= {"key": "long", "valid_until": str(clock.today() + timedelta(days=366))}
    long = owner.post(f"/portal/opportunities/{key}/quotations", form)
    assert (
        long.status_code == 422
        and "报价有效期最长 365 天" in long.text
        and "单价为 0：报价单上注明" in long.text
    )
    path = f"{answer.location}/paper"
    paper = owner.get(path)
    assert paper.mimetype == "application/pdf" and paper.data.startswith(b"%PDF")
    assert paper.headers["Content-Disposition"].startswith("inline")
    assert paper.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in paper.headers["Cache-Control"] or "no-store" in paper.headers["Cache-Control"]
    for who in ("stranger", "administrator"):
        assert site.browser(who).get(path).status_code in {403, 404}, who
