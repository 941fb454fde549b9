"""Online payment, with a gateway that lives here alone: what is signed is booked once, everything else not at all."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.flows.cast import Cast, now_standing
from tests.reused import application
from trade import db
from trade.connectors import gateways
from trade.connectors.gateways import Heard, Onward, Wanted
from trade.connectors.models import OnlinePayment
from trade.errors import Refused
from trade.flows.pay_online import Begun, begin_online_payment
from trade.receivables.models import Payment

SECRET = b"for tests only"


class TestGateway:
    """Signs with HMAC-SHA256 over the body."""

    __test__ = False

    def __init__(self, *, is_careful: bool = True) -> None:
        self.is_careful = is_careful

    def start(self, wanted: Wanted) -> Onward:
        return Onward("https://pay.example/" + wanted.token)

    def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        given = {name.lower(): value for name, value in headers.items()}.get("x-signature", "")
        if self.is_careful and not hmac.compare_digest(given, signed(body)):
            raise Refused("gateway.unsigned")
        said = json.loads(body)
        return Heard(
            "test", said["id"], said["token"], Decimal(said["amount"]), said["currency"], said["paid"]
        )


def signed(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


@pytest.fixture
def client(database_url: str) -> Iterator[Any]:
    yield application(database_url).test_client()


def call(client: Any, token: str, signature: str | None = None, **changes: Any) -> int:
    said = {"id": "G1", "token": token, "amount": "88.00", "currency": "CNY", "paid": True, **changes}
    body = json.dumps(said).encode()
    headers = {"X-Signature": signed(body) if signature is None else signature}
    return client.post("/online-payments/test", data=body, headers=headers).status_code


def payments() -> int:
    with db.read() as session:
        return session.scalar(select(func.count(Payment.id)))


def test_paid_once_however_often_it_is_said(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cast = Cast()
    assert call(client, "x") == 404
    monkeypatch.setitem(gateways.GATEWAYS, "test", TestGateway())
    token = db.run(begin_online_payment, cast["owner"], Begun("test", Decimal("88.00"))).token
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
    token = db.run(begin_online_payment, Cast()["owner"], Begun("test", Decimal("88.00"))).token
    assert call(client, token, signature="forged") == 200 and payments() == 1
