"""From an order or a return to what was billed and credited of it, and back; nothing for a stranger or without the right."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from benchmarks.counting import counted
from tests.admin.site import Site, open_site
from tests.invoices.conftest import Invoicing
from trade import db
from trade.fulfilment.models import Shipment

MOST = 12


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    yield from open_site(database_url)


def page(browser, path: str) -> str:
    with counted() as seen:
        answer = browser.get(path)
    assert answer.status_code == 200, path
    assert len(seen) <= MOST, (path, len(seen))
    return answer.text


def test_documents_of_an_order_and_a_return_lead_to_each_other(site):
    cast = Invoicing()
    order_id = cast.received(CP0515=10)
    with db.read() as session:
        shipment = list(session.scalars(select(Shipment.id).where(Shipment.order_id == order_id)))
    reversed_ = cast.invoice(*shipment)
    back = cast.reverse(reversed_.id)
    blue = cast.invoice(*shipment)
    return_id = cast.credited(order_id, 15)
    red = cast.red(return_id)
    for who, face in (("clerk", "portal"), ("finance", "admin")):
        browser = site.browser(who)
        text = page(browser, f"/{face}/orders/{order_id}")
        for each in (reversed_, back, blue, red):
            assert f'href="/{face}/invoices/{each.id}"' in text and each.number in text
        assert "发票与退货冲减" in text and "已红冲" in text and f"{blue.gross:,.2f}" in text
        assert f'href="/{face}/returns/{return_id}"' in text and "退货冲减" in text
        text = page(browser, f"/{face}/returns/{return_id}")
        assert f'href="/{face}/invoices/{red.id}"' in text and blue.number not in text
        text = page(browser, f"/{face}/invoices/{blue.id}")
        assert f'href="/{face}/orders/{order_id}"' in text
        assert f'href="/{face}/orders/{order_id}#parcel-{shipment[0]}"' in text
        assert f'id="parcel-{shipment[0]}"' in page(browser, f"/{face}/orders/{order_id}")
    assert blue.number not in page(site.browser("rep"), f"/admin/orders/{order_id}")
    assert site.browser("stranger").get(f"/portal/orders/{order_id}").status_code == 404
