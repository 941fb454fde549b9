"""Online payment: what a gateway must be able to do. None comes with the program; who has one registers it at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from sqlalchemy.orm import Session

from trade import settings
from trade.errors import Refused

IN_USE = "payment.gateway"


@dataclass(frozen=True)
class Wanted:
    """What is to be paid: our token names it, and comes back in the gateway's word that it was."""

    token: str
    amount: Decimal
    currency: str
    back_url: str


@dataclass(frozen=True)
class Onward:
    """Where the payer goes to pay: an address, and what is sent there."""

    url: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """A gateway's word whose signature was right."""

    gateway: str
    reference: str  # the gateway's own, the same in every repeat
    token: str
    amount: Decimal
    currency: str
    is_paid: bool


class Gateway(Protocol):
    """One way to pay online."""

    def start(self, wanted: Wanted) -> Onward:
        """Say where the payer goes; may ask the network, so it is called outside any transaction.

        Raises Refused("gateway.silent") when the network or the gateway does not answer.
        """
        ...

    def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        """Read a callback. Raises Refused("gateway.unsigned") unless its signature is right."""
        ...


GATEWAYS: dict[str, Gateway] = {}


def name_in_use(session: Session) -> str:
    """The gateway that the administrator has chosen; "" without one, and where the chosen one is not there any more."""
    if not GATEWAYS:
        return ""
    name = str(settings.load(session, IN_USE)[IN_USE])
    return name if name in GATEWAYS else ""


def get_gateway(name: str) -> Gateway:
    """The gateway of this name; without one there is no such page."""
    found = GATEWAYS.get(name)
    if found is None:
        raise Refused("gateway.not_found")
    return found
