"""The pages of price lists over HTTP."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from ops.worker import Worker
from tests.admin.site import Site, open_site
from trade import clock, db
from trade.notices.models import Notice
from trade.people.models import Person
from trade.pricing.grid import spelled
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def test_every_page_opens(site: Site):
    browser = site.browser("administrator")
    for path in (
        "/admin/prices",
        "/admin/prices/new",
        "/admin/prices/2",
        "/admin/prices/2?only=without",
        "/admin/prices/2?only=faults",
        "/admin/prices/2?only=changed&q=a&category=1",
        "/admin/prices/2?day=2025-01-01",
        "/admin/prices/2/check",
        "/admin/prices/2/publications",
        "/admin/prices/2/history?row=sku-1",
        "/admin/prices/lookup?distributor=D1&sku=CP0515&quantity=47",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])


def cell(site: Site, price: str, seen: str = "", quantity: int = 1) -> dict[str, str]:
    name = f"sku-{site.world.skus['CP0515']}.{quantity}.case"
    return {"row": name, "price": price, "percent": "", "seen": seen}


def gold(site: Site) -> str:
    with db.read() as session:
        return f"/admin/prices/{session.scalar(select(PriceList.id).where(PriceList.code == 'GOLD'))}"


def drafted(site: Site) -> dict[tuple[int, int], str]:
    with db.read() as session:
        rows = session.scalars(select(PriceDraftRow).order_by(PriceDraftRow.id))
        return {
            (row.sku_id or 0, row.min_quantity): spelled(row.price, row.percent, row.is_removed)
            for row in rows
        }


def test_two_people_in_one_cell_lose_nothing(site: Site):
    first, second, page = site.browser("marketing"), site.browser("administrator"), gold(site)
    sku = site.world.skus["CP0515"]
    assert first.post(f"{page}/rows", cell(site, "43.00")).status_code == 303
    stale = second.post(f"{page}/rows", cell(site, "42.00"))
    assert stale.status_code == 422 and 'value="42.00"' in stale.text and "43.00" in stale.text
    assert drafted(site) == {(sku, 1): "43"}
    assert second.post(f"{page}/rows", cell(site, "42.00", seen="43")).status_code == 303
    assert drafted(site) == {(sku, 1): "42"}
    assert first.post(f"{page}/rows", cell(site, "43.20", seen="42")).status_code == 303
    assert drafted(site) == {}  # what holds already is no change


@pytest.mark.parametrize("typed", ["1e5", "NaN", "-1", "<script>", "٣", "🙂", "1_000", "9" * 39, "43.123456"])
def test_what_is_no_price_stays_typed_and_is_not_kept(site: Site, typed: str):
    answer = site.browser("marketing").post(f"{gold(site)}/rows", cell(site, typed))
    assert answer.status_code == 422 and "aria-invalid" in answer.text and "<script>" not in answer.text
    assert drafted(site) == {}


def test_a_price_too_many_belongs_to_no_row(site):
    before = site.everything()
    torn = cell(site, "43.00") | {"price": ["43.00", "1.00"]}
    assert site.browser("marketing").post(f"{gold(site)}/rows", torn).status_code == 422
    assert site.everything() == before


def test_a_pasted_block_drops_nothing(site: Site):
    skus, page = site.world.skus, gold(site)
    lines = (
        *("CP0515\t43.00", "cp0515\t10\t42.00", "NOPE\t1.00", "JG3025\tabc", "\t", "CP0515\t¥44.00"),
        *("SQ5524\t1,021.50", "QP3324\t95%", "690123450001\t1\t2\t3", "=1+1"),
    )
    answer = site.browser("marketing").post(f"{page}/pasted", {"text": "\r\n".join(lines), "start": ""})
    assert answer.status_code == 422
    kept = {(skus["CP0515"], 1): "43", (skus["CP0515"], 10): "42", (skus["SQ5524"], 1): "1021.5"}
    assert drafted(site) == {**kept, (skus["QP3324"], 1): "95%"}
    box = answer.text.split("data-price-paste>")[1].split("<")[0]
    left = ["NOPE\t1.00", "JG3025\tabc", "CP0515\t¥44.00", "690123450001\t1\t2\t3", "=1+1"]
    assert [line for line in box.replace("\r", "").split("\n") if line] == left


def test_prices_alone_go_down_the_column_from_where_they_are_pasted(site: Site):
    page, start = gold(site), cell(site, "")["row"].replace(".1.", ".10.")
    answer = site.browser("marketing").post(
        f"{page}/pasted", {"text": "42.00\n41.00\n80.00\n9\n9", "start": start}
    )
    skus = site.world.skus
    assert answer.status_code == 422  # two lines lie beyond the last row, which test_pasting.py reads
    assert drafted(site) == {
        (skus["CP0515"], 10): "42",
        (skus["CP0515"], 50): "41",
        (skus["JG3025"], 1): "80",
    }


def test_a_bulk_change_is_rounded_and_can_be_taken_back(site: Site):
    browser, page = site.browser("marketing"), gold(site)
    form = {"how": "raise", "value": "3", "step": "0.1", "rounding": "half"}
    assert browser.post(f"{page}/bulk?q=CP0515", form).status_code == 303
    sku = site.world.skus["CP0515"]
    assert drafted(site) == {(sku, 1): "44.5", (sku, 10): "43.6", (sku, 50): "42.7"}
    below = {**form, "how": "take", "value": "999"}
    assert browser.post(f"{page}/bulk", below).status_code == 422 and len(drafted(site)) == 3
    assert browser.post(f"{page}/bulk", {**form, "how": "undo", "value": ""}).status_code == 303
    assert drafted(site) == {}


def test_a_publication_reaches_those_it_concerns_and_nobody_else(site: Site):
    browser, page = site.browser("administrator"), gold(site)
    browser.post(f"{page}/rows", cell(site, "43.00"))
    with db.read() as session:
        draft = session.scalars(select(PriceDraft)).one()
    form = {"version": str(draft.version), "day": clock.today().isoformat(), "note": "原料降价"}
    refused = browser.post(f"{page}/publication", {**form, "accepted": ""})
    assert refused.status_code == 422  # NOPRICE is visible without a price: to be accepted
    form |= {"accepted": "unpriced:1", "agreed": "yes"}
    assert browser.post(f"{page}/publication", form).status_code == 303
    for _ in range(3):
        Worker().once()
    ours, theirs = site.browser("buyer"), site.browser("stranger")
    told = ours.get(f"/portal/price-changes/{draft.id}").text
    assert "43.20" in told and "43.00" in told and "原料降价" in told
    assert theirs.get(f"/portal/price-changes/{draft.id}").status_code == 404
    with db.read() as session:
        people = session.execute(
            select(Person.user_name, Notice.topic).join(Person, Person.id == Notice.person_id)
        )
        assert set(people) == {
            ("buyer", "price.changed"),
            ("owner", "price.changed"),
            ("rep", "price.published"),
        }
