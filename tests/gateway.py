"""The one gateway for online payment that there is: it lives in the tests alone."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal

from trade.connectors.gateways import Heard, Onward, Wanted
from trade.errors import Refused

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
