"""The hands of the people on stage: each deed is the real flow, done at the moment at which it happened."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.demo.partners import CARRIERS
from ops.demo.people import Stage
from trade import clock
from trade.actor import Actor
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.catalog.models import Sku
from trade.clock import BRAND_ZONE
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.confirm_receipt import Receipt as Signed
from trade.flows.confirm_receipt import confirm_receipt
from trade.flows.decide_order import Decision, decide_order
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.record_payment import Receipt as Money
from trade.flows.record_payment import record_payment
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.submit_order import Submission, submit_order
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.inventory.models import Warehouse
from trade.orders import queries
from trade.orders.models import Allocation, Order, OrderLine


class Floor:
    """One session, the people, and the day on which they are."""

    def __init__(self, session: Session, today: date) -> None:
        self.session, self.today, self.ends = session, today, clock.now() - timedelta(minutes=3)
        self.stage = Stage(session)
        self.skus = {code: key for code, key in session.execute(select(Sku.code, Sku.id))}
        self.homes = {code: key for code, key in session.execute(select(Distributor.code, Distributor.id))}
        self.houses = {code: key for code, key in session.execute(select(Warehouse.code, Warehouse.id))}
        self._parcels = 0

    def at(self, days: int, hour: int, minute: int = 0) -> AbstractContextManager[None]:
        """So many days ago at an hour; never in the future, since the day may be young."""
        day = self.today - timedelta(days=days)
        wanted = datetime.combine(day, time(hour, minute), BRAND_ZONE)
        return clock.set_to(min(wanted, self.ends))

    def do(self, flow: Callable[[Session, Actor, Any], Any], user_name: str, given: Any) -> Any:
        """Let somebody do something, and see the rows as they are then."""
        answer = flow(self.session, self.stage.actor(user_name), given)
        self.session.flush()
        self.session.expire_all()
        return answer

    def buyer(self, partner: str) -> str:
        return "buyer" if partner == "D1001" else f"buyer-{partner.lower()}"

    def owner(self, partner: str) -> str:
        return "owner" if partner == "D1001" else f"owner-{partner.lower()}"

    def fill(self, partner: str, cases: Mapping[str, int], user_name: str = "") -> int:
        quantities = {self.skus[code]: quantity for code, quantity in cases.items()}
        order_id: int = self.do(fill_cart, user_name or self.buyer(partner), Wishes(quantities))
        return order_id

    def order(self, partner: str, cases: Mapping[str, int], user_name: str = "") -> int | None:
        """Fill the cart and submit it; None where a rule says no, and the cart is emptied."""
        who = user_name or self.buyer(partner)
        order_id = self.fill(partner, cases, who)
        return self.submit(order_id, who, cases)

    def submit(self, order_id: int, who: str, cases: Mapping[str, int]) -> int | None:
        try:
            self.do(submit_order, who, Submission(order_id, self.get(order_id).version))
        except Refused:
            self.do(fill_cart, who, Wishes({self.skus[code]: 0 for code in cases}))
            return None
        return order_id

    def get(self, order_id: int) -> Order:
        return self.session.get_one(Order, order_id)

    def empty(self, cases: Mapping[str, int]) -> None:
        self.do(fill_cart, "buyer", Wishes({self.skus[code]: 0 for code in cases}))

    def first_line(self, shipment_id: int) -> OrderLine:
        """The line of the order whose goods lie first in a parcel."""
        wanted = select(OrderLine).join(ShipmentLine, ShipmentLine.order_line_id == OrderLine.id)
        wanted = wanted.where(ShipmentLine.shipment_id == shipment_id).order_by(ShipmentLine.id)
        return self.session.scalars(wanted.limit(1)).one()

    def lines(self, order_id: int) -> list[OrderLine]:
        return list(queries.lines_of(self.session, order_id))

    def decide(self, order_id: int, decision: str, comment: str = "") -> None:
        """Let the first who is asked decide."""
        asked = (
            select(ApprovalCandidate.person_id)
            .join(ApprovalRequest, ApprovalRequest.id == ApprovalCandidate.request_id)
            .where(ApprovalRequest.subject == "order", ApprovalRequest.subject_id == order_id)
            .where(ApprovalRequest.state == "open")
            .order_by(ApprovalCandidate.level, ApprovalCandidate.id)
        )
        person_id = self.session.scalars(asked).first()
        who = self.stage.names[person_id] if person_id else "admin"
        given = Decision(order_id, self.get(order_id).version, decision, comment)
        self.do(decide_order, who, given)

    def ship(self, order_id: int, most_lines: int = 99) -> list[int]:
        """Pack what is kept for the order, a parcel per warehouse; answers the parcels."""
        if self.get(order_id).approval_state != "approved":
            return []
        kept: dict[int, list[Packed]] = {}
        rows = select(Allocation).join(OrderLine, OrderLine.id == Allocation.line_id)
        rows = rows.where(OrderLine.order_id == order_id).order_by(OrderLine.line_no, Allocation.id)
        for row in self.session.scalars(rows):
            kept.setdefault(row.warehouse_id, []).append(Packed(row.line_id, row.reserved))
        parcels = []
        for house, packed in sorted(kept.items()):
            self._parcels += 1
            carrier = CARRIERS[self._parcels % len(CARRIERS)]
            number = f"CJ88{self._parcels * 7919 % 10**6:06d}{self._parcels:04d}"
            version = self.get(order_id).version
            given = Dispatch(order_id, version, carrier, number, packed[:most_lines], house)
            parcels.append(self.do(ship_order, "warehouse" if house == 1 else "warehouse2", given))
        return parcels

    def sign(
        self, shipment_id: int, missing: int = 0, damaged: int = 0, remark: str = "", photos: Any = ()
    ) -> list[int]:
        """Let the distributor sign for a parcel; the first line may be short or damaged."""
        shipment = self.session.get_one(Shipment, shipment_id)
        order = self.get(shipment.order_id)
        who = self.stage.names[order.buyer_id or 0]
        first = self.session.scalars(
            select(ShipmentLine).where(ShipmentLine.shipment_id == shipment_id).order_by(ShipmentLine.id)
        ).first()
        received = {first.id: first.quantity - missing} if first and missing else {}
        broken = {first.id: damaged} if first and damaged else {}
        given = Signed(order.id, order.version, shipment_id, received, broken, photos, remark)
        returns: list[int] = self.do(confirm_receipt, who, given)
        return returns

    def pay(self, partner: str, amount: Decimal, reference: str, note: str = "") -> None:
        day = clock.today()
        self.do(
            record_payment,
            "finance",
            Money(self.homes[partner], day, amount, reference, note, is_prepayment=True),
        )
