"""The cart of a person at a distributor."""

from datetime import date

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.db import insert_once
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.orders import queries
from trade.orders.models import Order


def opened_cart(session: Session, actor: Actor, order_id: int | None, day: date) -> Order:
    """The order that is named, or the person's cart, which is begun where there is none."""
    if order_id is not None:
        return queries.get_for(session, actor, order_id)
    if actor.distributor_id is None or actor.person_id is None:
        raise Refused("cart.no_distributor")
    cart = queries.find_cart(session, actor)
    if cart is not None:
        return cart
    terms = distributors.terms_of(session, actor.distributor_id, day)
    addresses = distributors.addresses_of(session, actor.distributor_id)
    insert_once(
        session,
        Order,
        distributor_id=actor.distributor_id,
        legal_entity_id=distributors.default_legal_entity(session),
        buyer_id=actor.person_id,
        currency=terms.currency,
        address_id=addresses[0].id if addresses else None,
    )
    cart = queries.find_cart(session, actor)
    if cart is None:
        raise Refused("order.changed_meanwhile")
    return cart
