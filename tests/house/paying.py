"""The program with the gateway of the tests, brought in as somebody's own module would (docs/operate.md)."""

from tests.gateway import TestGateway
from trade.connectors.gateways import GATEWAYS
from wsgi import create_app

__all__ = ["create_app"]
GATEWAYS["test"] = TestGateway()
