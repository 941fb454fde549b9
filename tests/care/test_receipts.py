"""A parcel of which nobody reports anything is received by itself when its days are over, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ops import rounds
from tests.flows.cast import lines, order
from tests.world import OPERATOR
from trade import clock, db
from trade.errors import Refused
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.note_signature import Signature, note_signature
from trade.flows.receive_automatically import DueParcel, receive_automatically, remind_of_receipt
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.notices.models import OutboxMessage


def sent(cast, days_ago):
    """An order whose one parcel left so many days ago."""
    order_id = cast.submit(cast.fill(CP0515=10)).id
    (line,) = lines(order_id)
    parcel = Dispatch(order_id, order(order_id).version, "顺丰", "SF1", [Packed(line.id, 150)])
    shipment_id = db.run(ship_order, cast["warehouse"], parcel)

    def age(session, actor, given):
        day = clock.today() - timedelta(days=days_ago)
        session.execute(update(Shipment).where(Shipment.id == shipment_id).values(ship_date=day))

    db.run(age, OPERATOR, None)
    return order_id, shipment_id


def shipment(shipment_id):
    with db.read() as session:
        return session.scalars(select(Shipment).where(Shipment.id == shipment_id)).one()


def found(round_of):
    with db.read() as session:
        return [work.payload["shipment_id"] for work in round_of(session, clock.now())]


def topics():
    with db.read() as session:
        return list(
            session.scalars(select(OutboxMessage.topic).where(OutboxMessage.topic.like("shipment.auto%")))
        )


@pytest.mark.parametrize(
    ("days", "is_due", "is_near"), [(9, False, False), (10, False, True), (13, True, False)]
)
def test_after_the_days_on_the_way_and_ten_more(cast, days, is_due, is_near):
    order_id, shipment_id = sent(cast, days)
    assert found(rounds.silent_parcels) == [shipment_id] * is_due
    assert found(rounds.nearly_silent_parcels) == [shipment_id] * is_near
    assert db.run(remind_of_receipt, OPERATOR, DueParcel(shipment_id)) is (is_near or is_due)
    assert db.run(receive_automatically, OPERATOR, DueParcel(shipment_id)) is is_due
    got = shipment(shipment_id)
    assert (got.state, got.is_auto_received) == (("received", True) if is_due else ("shipped", False))
    assert lines(order_id)[0].received == (150 if is_due else 0)
    assert db.run(receive_automatically, OPERATOR, DueParcel(shipment_id)) is False
    assert ("shipment.auto_received" in topics()) is is_due


def test_the_carriers_day_counts_where_it_is_known(cast):
    order_id, shipment_id = sent(cast, 13)
    for who, day in (
        ("rep", clock.today() + timedelta(days=1)),
        ("warehouse", clock.today() - timedelta(days=30)),
    ):
        with pytest.raises(Refused, match="shipment.signed_oddly"):
            db.run(note_signature, cast[who], Signature(order_id, shipment_id, 1, day))
    with pytest.raises(Refused, match="order.not_found"):
        db.run(note_signature, cast["other-rep"], Signature(order_id, shipment_id, 1, clock.today()))
    db.run(
        note_signature, cast["rep"], Signature(order_id, shipment_id, 1, clock.today() - timedelta(days=2))
    )
    with pytest.raises(Refused, match="order.changed_meanwhile"):
        db.run(note_signature, cast["warehouse"], Signature(order_id, shipment_id, 1, None))
    assert found(rounds.silent_parcels) == []
    assert db.run(receive_automatically, OPERATOR, DueParcel(shipment_id)) is False
    assert shipment(shipment_id).state == "shipped"


def test_what_was_reported_short_is_never_overwritten(cast):
    order_id, shipment_id = sent(cast, 30)
    with db.read() as session:
        (line,) = session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id == shipment_id))
    short = Receipt(order_id, order(order_id).version, shipment_id, {line.id: 100})
    db.run(confirm_receipt, cast["buyer"], short)
    assert found(rounds.silent_parcels) == []
    assert db.run(receive_automatically, OPERATOR, DueParcel(shipment_id)) is False
    assert lines(order_id)[0].received == 100 and not shipment(shipment_id).is_auto_received
