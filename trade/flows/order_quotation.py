from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import insert_once
from trade.errors import Refused
from trade.notices.registrations import keeps
from trade.opportunities import queries, states
from trade.opportunities.models import Opportunity, Quotation, QuotationOrder
from trade.orders import filling, templates
from trade.orders import queries as orders
from trade.orders import states as order_states
from trade.orders.carts import opened_cart
from trade.orders.filling import Wishes
from trade.orders.models import Order
from trade.registrations.models import Registration


@dataclass(frozen=True)
class Ordering:
    """A quotation that the customer took, as the person saw it."""

    opportunity_id: int
    quotation_id: int
    aside: str = ""  # the name under which what lies in the cart for something else is kept as an order list


@dataclass(frozen=True)
class Filled:
    """The cart that has the quotation's goods, or the order that was made of it before."""

    order_id: int
    version: int
    is_ordered: bool = False
    kept: str = ""  # the name of the order list that the cart became, where it made room


def order_quotation(session: Session, actor: Actor, given: Ordering) -> Filled:
    """Put a quotation's goods into the cart, for this customer; prices are the brand's, never the quotation's.

    What lies in the cart for something else is not mixed in: an order is for one customer; it makes room only where
    the person asks for that, and is kept as an order list then. Submitting is as ever,
    so that credit, stock, minimum and approval hold. An order that stands is answered instead of a second one.
    """
    if (
        cart := orders.find_cart(session, actor)
    ) is not None:  # locked before the opportunity, as by submitting
        orders.get_for(session, actor, cart.id, is_locked=True)
    opportunity, registration = queries.take(session, actor, given.opportunity_id)
    if actor.distributor_id != opportunity.distributor_id:
        raise Refused("opportunity.not_found")
    quotation = queries.get_quotation(session, opportunity, given.quotation_id)
    standing = queries.standing_order(session, opportunity)
    if standing is not None:
        return Filled(standing.id, standing.version, is_ordered=True)
    _check(session, actor, opportunity, registration, quotation)
    cart, kept = _filled(session, actor, registration, quotation, given.aside)
    if insert_once(
        session, QuotationOrder, quotation_id=quotation.id, order_id=cart.id, person_id=actor.person_id
    ):
        facts = {"quotation": quotation.number, "revision": quotation.revision}
        states.move(session, actor, opportunity, "order", opportunity.version, facts=facts)
    return Filled(cart.id, cart.version, kept=kept)


def _check(
    session: Session,
    actor: Actor,
    opportunity: Opportunity,
    registration: Registration,
    quotation: Quotation,
) -> None:
    """Only the last offer counts, while it holds and the customer is the distributor's own."""
    today = clock.today()
    if not states.allows(opportunity, "order"):
        raise Refused("opportunity.not_allowed")
    if not keeps(session, actor, registration):
        raise Refused("opportunity.registration_over")
    if quotation.valid_until < today:
        raise Refused("quotation.over", until=quotation.valid_until)
    if queries.offers_of(session, opportunity)[0].quotation.id != quotation.id:
        raise Refused("quotation.replaced")


def _filled(
    session: Session, actor: Actor, registration: Registration, quotation: Quotation, aside: str
) -> tuple[Order, str]:
    day, kept = clock.today(), ""
    begun = opened_cart(session, actor, None, day)
    cart = orders.get_for(session, actor, begun.id, is_locked=True)
    lines = orders.lines_of(session, cart.id)
    there: dict[int, int] = {}
    for line in lines:
        there[line.sku_id] = there.get(line.sku_id, 0) + line.quantity
    wanted = {line.sku_id: line.quantity for line in queries.lines_of(session, quotation.id)}
    foreign = set(there.items())
    if cart.registration_id == registration.id:
        foreign -= wanted.items() | queries.put_before(session, quotation.opportunity_id, cart.id)
    if foreign:
        if not aside:
            raise Refused("opportunity.cart_busy", count=len(foreign))
        kept = templates.keep(session, actor, aside, lines, is_given=False).name
    filling.put(session, actor, cart, Wishes(dict.fromkeys(there, 0) | wanted), day)
    if cart.registration_id != registration.id:
        order_states.move(session, actor, cart, "edit", cart.version, registration_id=registration.id)
    return cart, kept
