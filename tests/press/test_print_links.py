"""A paper is one click away from what it is about; ticked rows become one file; the pages say what they mean."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.admin.site import PARTIAL, Site, open_site
from trade import db
from trade.db import read
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.fulfilment.models import Shipment
from trade.papers.models import PaperRun


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    yield from open_site(sqlite_url)


def shipped(site: Site) -> tuple[int, int]:
    order_id = site.approved(CP0515=10)
    packed = [Packed(line.id, line.base_quantity) for line in site.lines(order_id)]
    given = Dispatch(order_id, site.order(order_id).version, "顺丰", "SF1", packed)
    return order_id, db.run(ship_order, site.actors["warehouse"], given)


def test_papers_are_linked_where_their_documents_are_and_ticked_rows_print_together(site):
    order_id, shipment_id = shipped(site)
    browser = site.browser("finance")
    for who, face in (("finance", "admin"), ("buyer", "portal")):
        page = site.browser(who).get(f"/{face}/orders/{order_id}").text
        assert f"/{face}/orders/{order_id}/paper" in page and f"/{face}/shipments/{shipment_id}/paper" in page
    assert "/portal/price-list/paper" in site.browser("buyer").get("/portal/me").text
    distributor = f"/admin/distributors/{site.order(order_id).distributor_id}"
    assert f"{distributor}/price-list/paper" in site.browser("manager").get(distributor).text
    listed = browser.get("/admin/orders").text
    assert f'value="{order_id}-' in listed and "/admin/papers?kind=delivery" in listed
    assert 'href="/admin/papers"' in listed and 'aria-sort="descending"' in listed
    for kind, expected in (("order", order_id), ("delivery", shipment_id)):
        answer = browser.post(f"/admin/papers?kind={kind}", {"pick": f"{order_id}-1"})
        assert answer.status_code == 303 and answer.location == "/admin/papers"
        with read() as session:
            run = session.scalars(select(PaperRun).order_by(PaperRun.id.desc())).first()
            assert run.kind == kind and run.given["ids"] == [expected]
    far = site.browser("other-rep").post("/admin/papers?kind=delivery", {"pick": f"{order_id}-1"})
    assert far.status_code == 422
    with read() as session:
        assert len(session.scalars(select(PaperRun)).all()) == 2
        assert session.scalars(select(Shipment)).one().id == shipment_id


def test_a_preview_keeps_the_reason_and_does_not_ask_for_it_yet(site):
    order_id = site.approved()
    browser, line = site.browser("rep"), site.lines(order_id)[0]
    given = {"version": str(site.order(order_id).version), f"q-{line.sku_id}": "12"}
    path = f"/admin/orders/{order_id}/amendment/preview"
    kept = browser.post(path, given | {"reason": "客户少要"}, headers=PARTIAL).text
    area = kept[kept.index("<textarea") : kept.index("</textarea>")]
    assert "客户少要" in area and "hx-preserve" in area
    empty = browser.post(path, given, headers=PARTIAL)
    assert empty.status_code == 200 and "reason-error" not in empty.text
    assert "选填" not in empty.text


def test_the_sum_of_orders_leaves_out_what_was_rejected(site):
    kept, lost = site.order(site.approved()), site.pending("owner", CP0515=30)
    site.decide(lost, "reject", "rep", "信用不足")
    browser = site.browser("finance")
    text = browser.get("/admin/orders").text
    total = text[text.index("<tfoot") : text.index("</tfoot")]
    assert f"¥{kept.gross:,.2f}<" in total and "合计不含" in total
    alone = browser.get("/admin/orders?state=rejected").text
    assert f'<span class="d-block">¥{site.order(lost).gross:,.2f}</span>' in alone
