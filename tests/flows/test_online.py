"""Online payment, with a gateway that lives here alone: what is signed is booked once, everything else not at all."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.flows.cast import Cast, now_standing
from tests.gateway import TestGateway, signed
from tests.portal.visitor import change_setting
from tests.reused import application
from trade import db
from trade.connectors import gateways
from trade.connectors.models import OnlinePayment
from trade.errors import Refused
from trade.flows.pay_online import Begun, begin_online_payment
from trade.receivables.models import Payment


@pytest.fixture
def client(database_url: str) -> Iterator[Any]:
    yield application(database_url).test_client()


def call(client: Any, token: str, signature: str | None = None, **changes: Any) -> int:
    said = {"id": "G1", "token": token, "amount": "88.00", "currency": "CNY", "paid": True, **changes}
    body = json.dumps(said).encode()
    headers = {"X-Signature": signed(body) if signature is None else signature}
    return client.post("/online-payments?gateway=test", data=body, headers=headers).status_code


def payments() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Payment.id)))


def test_paid_once_however_often_it_is_said(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    monkeypatch.delitem(gateways.GATEWAYS, "test", raising=False)
    assert call(client, "x") == 404
    monkeypatch.setitem(gateways.GATEWAYS, "test", TestGateway())
    with pytest.raises(Refused):  # registered, but not chosen
        db.run(begin_online_payment, cast["owner"], Begun(Decimal("88.00")))
    change_setting("payment.gateway", "test")
    token = db.run(begin_online_payment, cast["owner"], Begun(Decimal("88.00"))).token
    before = now_standing()
    assert call(client, token, signature="0" * 64) == 422 and call(client, token, signature="") == 422
    assert call(client, token, amount="88.01") == 422 and call(client, token, currency="USD") == 422
    assert call(client, "somebody else's") == 404
    assert payments() == 0 and now_standing() == before
    assert [call(client, token) for _repeat in range(3)] == [200, 200, 200]
    assert payments() == 1 and now_standing()[0] == before[0] - 88
    with db.read() as session:
        assert session.scalars(select(OnlinePayment.state)).one() == "paid"


def test_without_the_signature_a_forger_would_be_believed(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: a gateway that does not look books what anybody says."""
    monkeypatch.setitem(gateways.GATEWAYS, "test", TestGateway(is_careful=False))
    cast = Cast()
    change_setting("payment.gateway", "test")
    token = db.run(begin_online_payment, cast["owner"], Begun(Decimal("88.00"))).token
    assert call(client, token, signature="forged") == 200 and payments() == 1
