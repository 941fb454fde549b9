from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import registrations
from trade.orders import states
from trade.orders.carts import opened_cart
from trade.registrations import queries


@dataclass(frozen=True)
class ForWhom:
    """The registered customer whom the cart, or a returned order, is for from now on; None: for nobody in particular."""

    registration_id: int | None
    order_id: int | None = None


def order_for_registration(session: Session, actor: Actor, given: ForWhom) -> int:
    """Say whom the cart is for: its prices are those agreed for the customer, and the order wins the registration.

    An order that came back after its customer's protection was over goes on without the customer, at the usual prices.
    """
    if actor.distributor_id is None:
        raise Refused("registration.not_found")
    today = clock.today()
    if given.registration_id is not None:
        queries.get_for(session, actor, given.registration_id)
        registrations.refuse_foreign(session, actor, actor.distributor_id, given.registration_id)
    order = opened_cart(session, actor, given.order_id, today)
    if order.registration_id != given.registration_id:
        states.move(session, actor, order, "edit", order.version, registration_id=given.registration_id)
    return order.id
