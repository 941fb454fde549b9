"""A cart that goes to several addresses, as its pages show it: what each order will be, and what they became."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.portal.visitor import Visitor, hidden, ids, lines, look, open_portal, orders
from tests.world import build_template
from trade import clock, db
from trade.distributors.models import Address


@pytest.fixture
def buyer(templates, tmp_path) -> Iterator[Visitor]:
    app = open_portal(templates.copy_sqlite(build_template, tmp_path / "portal.db"))
    home = ids().distributors["D1"]

    def build(session, actor, given):
        for name in ("城东门店", "冷库"):
            session.add(Address(distributor_id=home, contact_name=name, line=f"龙文区{name}路 8 号"))

    db.run(build, None, None)
    yield Visitor(app, "buyer")


def addresses() -> dict[str, str]:
    rows = look(lambda session: session.scalars(select(Address)).all())
    return {row.contact_name: str(row.id) for row in rows}


def seen(page: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("version", "order")}


def places(page: str) -> list[str]:
    return re.findall(r'id="delivery-([0-9]+)"', page)


def shared() -> list[tuple[int, int]]:
    return sorted((line.delivery_no, line.quantity) for line in lines())


def test_from_one_cart_to_orders_at_several_addresses(buyer):
    sku_id, where = ids().skus["CP0515"], addresses()
    buyer.post(f"/portal/cart/lines/{sku_id}", quantity="10")
    page = buyer.page("/portal/cart")
    assert places(page) == ["1"] and "送到多个地址" in page and "改送其他地址" not in page
    answer = buyer.post(
        "/portal/cart/deliveries", **seen(page), address=where["城东门店"], remark="<script>alert(1)</script>"
    )
    assert answer.status_code == 303
    with buyer.counting() as counted:
        page = buyer.page("/portal/cart")
    assert len(counted) <= 12
    assert "&lt;script&gt;" in page and "这里还没有商品" in page
    _first, second = places(page)
    assert answer.location.endswith(f"#delivery-{second}")
    form = {"origin": "1", "target": second}
    for odd in ("0", "11", "1e3", "", "９９９", "😀"):
        answer = buyer.post(f"/portal/cart/lines/{sku_id}/division", **seen(page), **form, quantity=odd)
        assert answer.status_code == 422 and f'value="{odd}"' in answer.text and shared() == [(1, 10)]
    answer = buyer.post(
        f"/portal/cart/lines/{sku_id}/division", partial=True, **seen(page), **form, quantity="4"
    )
    assert answer.status_code == 200 and shared() == [(1, 6), (int(second), 4)]
    stale = buyer.post(f"/portal/cart/lines/{sku_id}/division", **seen(page), **form, quantity="1")
    assert stale.status_code == 422 and shared() == [(1, 6), (int(second), 4)]
    page = buyer.page("/portal/cart")
    assert "第 1 单" in page and "第 2 单" in page and "提交 2 张订单" in page and "可省 ¥9.00" in page
    assert re.search(r'id="cart-count-bar">.*?1<', page)  # one product, wherever it goes
    assert 'value="10"' in buyer.page(f"/portal/catalog/{sku_id}")
    buyer.post(f"/portal/cart/lines/{sku_id}?delivery={second}", quantity="5")
    assert shared() == [(1, 6), (int(second), 5)]
    gone = buyer.post(f"/portal/cart/lines/{sku_id}?delivery=987", quantity="5")
    assert gone.status_code == 422 and shared() == [(1, 6), (int(second), 5)]
    page = buyer.page("/portal/cart")
    sent = {
        **seen(page),
        "seen_gross": hidden(page, "seen_gross"),
        "address": where["城东门店"],
        f"d{second}-address": where["冷库"],
    }
    late = (clock.today() - timedelta(days=1)).isoformat()
    refused = buyer.post("/portal/cart/submission", **sent, **{f"d{second}-wanted_date": late})
    assert refused.status_code == 422 and f'id="d{second}-wanted_date-error"' in refused.text
    assert len(orders()) == 1 and late in refused.text
    with buyer.counting() as counted:
        answers = [buyer.post("/portal/cart/submission", **sent)]
    assert len(counted) <= 20 + 17
    answers.append(buyer.post("/portal/cart/submission", **sent))
    made = orders()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {f"/portal/cart/submissions/{made[0].id}"}
    assert [str(each.address_id) for each in made] == [where["城东门店"], where["冷库"]]
    page = buyer.page(answers[0].location)
    assert all(each.number in page for each in made) and "本次购物车生成 2 张订单" in page
    assert answers[0].location in buyer.page(f"/portal/orders/{made[1].id}")


def test_an_address_that_is_taken_out_gives_its_goods_to_the_first(buyer):
    sku_id = ids().skus["CP0515"]
    buyer.post(f"/portal/cart/lines/{sku_id}", quantity="10")
    buyer.post("/portal/cart/deliveries", **seen(buyer.page("/portal/cart")))
    page = buyer.page("/portal/cart")
    second = places(page)[1]
    form = {**seen(page), "origin": "1", "target": second, "quantity": "10"}
    assert buyer.post(f"/portal/cart/lines/{sku_id}/division", **form).status_code == 303
    page = buyer.page("/portal/cart")
    for expected in (303, 422):
        answer = buyer.post(f"/portal/cart/deliveries/{second}/removal", **seen(page))
        assert answer.status_code == expected and shared() == [(1, 10)]
    assert places(buyer.page("/portal/cart")) == ["1"]
