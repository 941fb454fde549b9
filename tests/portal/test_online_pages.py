"""The button to pay online: there once a payment service is registered and chosen, and at no other time."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.flows.cast import Cast, lines
from tests.gateway import TestGateway, signed
from tests.portal.visitor import Visitor, change_setting, look, open_portal
from trade import db
from trade.connectors import gateways
from trade.connectors.gateways import Onward, Wanted
from trade.connectors.models import OnlinePayment
from trade.errors import Refused
from trade.flows.change_settings import SettingsEdit, change_settings
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.receivables.models import Payment

PAGE = "/portal/credit/online-payments"
HERE = f'href="{PAGE}"'


class Posting(TestGateway):
    """Wants its facts in a form."""

    def start(self, wanted: Wanted) -> Onward:
        return Onward("https://pay.example/in", {"order": wanted.token, "back": wanted.back_url})


class Silent(TestGateway):
    def start(self, wanted: Wanted) -> Onward:
        raise Refused("gateway.silent")


@pytest.fixture
def portal(database_url: str) -> Iterator[object]:
    yield open_portal(database_url)


def begun() -> int:
    return look(lambda session: session.scalar(select(func.count(OnlinePayment.id))))


def test_without_a_chosen_service_nothing_shows(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Cast()
    owner, administrator = Visitor(portal, "owner"), Visitor(portal, "administrator")

    def none_shows() -> None:
        assert HERE not in owner.page("/portal/credit")
        assert owner.get(PAGE).status_code == 404 and owner.post(PAGE, amount="88").status_code == 404
        assert begun() == 0

    for name in list(gateways.GATEWAYS):
        monkeypatch.delitem(gateways.GATEWAYS, name)
    change_setting(gateways.IN_USE, "test")
    none_shows()
    assert "payment_gateway" not in administrator.page("/admin/settings")
    change_setting(gateways.IN_USE, "")
    monkeypatch.setitem(gateways.GATEWAYS, "test", TestGateway())
    none_shows()
    assert 'name="payment_gateway"' in administrator.page("/admin/settings")


def test_from_the_button_to_the_money(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    monkeypatch.setitem(gateways.GATEWAYS, "test", TestGateway())
    with pytest.raises(Refused):
        db.run(change_settings, cast["administrator"], SettingsEdit({gateways.IN_USE: "nobody's"}))
    db.run(change_settings, cast["administrator"], SettingsEdit({gateways.IN_USE: "test"}))
    order = cast.submit(cast.fill(SQ5524=20))
    packed = [Packed(each.id, each.base_quantity) for each in lines(order.id)]
    db.run(ship_order, cast["warehouse"], Dispatch(order.id, order.version, "顺丰", "SF1", packed))
    owner = Visitor(portal, "owner")
    with owner.counting() as seen:
        assert HERE in owner.page("/portal/credit")
    assert len(seen) <= 12
    assert HERE not in Visitor(portal, "rep").get("/portal/credit").text
    assert 'value="480.00"' in owner.page(PAGE)
    for wrong in ("", "0", "-1", "1.234", "x"):
        refused = owner.post(PAGE, amount=wrong)
        assert refused.status_code == 422 and 'id="amount-error"' in refused.text
    assert begun() == 0
    answer = owner.post(PAGE, amount="88")
    assert answer.status_code == 200 and "88.00" in answer.text
    token = re.search(r'href="https://pay\.example/([^"]+)"', answer.text)[1]
    assert "pay.example" not in answer.headers["Content-Security-Policy"]
    body = json.dumps(
        {"id": "G1", "token": token, "amount": "88.00", "currency": "CNY", "paid": True}
    ).encode()
    heard = portal.test_client().post(
        "/online-payments?gateway=test", data=body, headers={"X-Signature": signed(body)}
    )
    assert heard.status_code == 200
    assert look(lambda session: session.scalars(select(Payment.amount)).all()) == [Decimal("88.00")]
    assert "88.00" in owner.page("/portal/credit")


def test_a_service_with_a_form_and_one_that_is_silent(portal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Cast()
    change_setting(gateways.IN_USE, "test")
    owner = Visitor(portal, "owner")
    monkeypatch.setitem(gateways.GATEWAYS, "test", Posting())
    answer = owner.post(PAGE, amount="88")
    assert 'action="https://pay.example/in"' in answer.text and 'name="order"' in answer.text
    form = answer.text.split('action="https://pay.example/in"')[1].split("</form>")[0]
    assert "csrf" not in form
    assert "form-action 'self' https://pay.example;" in answer.headers["Content-Security-Policy"]
    monkeypatch.setitem(gateways.GATEWAYS, "test", Silent())
    answer = owner.post(PAGE, amount="77")
    assert answer.status_code == 422 and "支付平台没有响应" in answer.text and 'value="77' in answer.text
