"""Orders that were received, and the cast that gives a part of them back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.flows.cast import Cast, lines, order
from tests.reused import connected
from tests.verify.after import verified
from trade import db
from trade.attachments.filing import Stored, keep_file
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.request_return import NewReturn, request_return
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.returns.models import ReturnLine, ReturnReason, ReturnRequest

__all__ = ["verified"]

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001487f5f900000000049454e44ae426082"
)


class Returning(Cast):
    """Short words for what comes after a receipt."""

    def shipped(self, **quantities: int) -> tuple[int, int]:
        """An order that is wholly on its way: order and shipment."""
        order_id = self.fill(**quantities)
        self.submit(order_id)
        packed = [Packed(line.id, line.base_quantity) for line in lines(order_id)]
        sent = Dispatch(order_id, order(order_id).version, "顺丰", "SF1", packed)
        return order_id, db.run(ship_order, self["warehouse"], sent)

    def received(self, **quantities: int) -> int:
        order_id, shipment_id = self.shipped(**quantities)
        given = Receipt(order_id, order(order_id).version, shipment_id, {})
        db.run(confirm_receipt, self["buyer"], given)
        return order_id

    def ask(self, order_id: int, *quantities: int, reason: str = "unsold", who: str = "buyer") -> int:
        """Ask for so many base units of each line."""
        wanted = {
            line.id: quantity for line, quantity in zip(lines(order_id), quantities, strict=False) if quantity
        }
        photos = [stored()] if reason in {"damaged", "wrong", "quality"} else []
        return db.run(
            request_return, self[who], NewReturn(order_id, reason_id(reason), wanted, "退一点", photos)
        )


def stored() -> Stored:
    """A photo that lies in the store."""
    return keep_file("破损.png", PICTURE)


def reason_id(code: str) -> int:
    with db.read() as session:
        return session.scalars(select(ReturnReason.id).where(ReturnReason.code == code)).one()


def request(request_id: int) -> ReturnRequest:
    with db.read() as session:
        return session.scalars(select(ReturnRequest).where(ReturnRequest.id == request_id)).one()


def asked(request_id: int) -> list[ReturnLine]:
    with db.read() as session:
        wanted = select(ReturnLine).where(ReturnLine.request_id == request_id).order_by(ReturnLine.id)
        return list(session.scalars(wanted))


@pytest.fixture
def cast(database_url: str) -> Iterator[Returning]:
    connected(database_url)
    yield Returning()
