"""How a registration ends, and what that gives back: keys, the place below the cap, the customer to the pool."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import case, exists, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import Category, Sku
from trade.errors import Refused
from trade.orders.models import Order, OrderLine
from trade.pricing.models import ProjectPrice
from trade.registrations import keys, queries, rules, states
from trade.registrations.models import Registration
from trade.registrations.rules import Due, Figures, Held

WORTH = ("approved",)  # the state in which an order counts
TAKEN_AWAY = ("hand_over", "release", "revoke")  # by a person, not by the clock
UNANSWERED = ("held", "pending")  # the brand has not said yet whether it counts


def held(registration: Registration) -> Held | None:
    """What the clock looks at; None where no clock runs."""
    live_on, until, followed = registration.live_on, registration.protected_until, registration.followed_on
    if registration.state != "live" or live_on is None or until is None or followed is None:
        return None
    return Held(live_on, until, followed, registration.warned_on)


def end(
    session: Session,
    actor: Actor,
    registration: Registration,
    action: str,
    day: date,
    given: Figures,
    *,
    reason: str = "",
    is_pooled: bool = True,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """End a live registration from a day on: anybody may have the customer, its distributor only after a while.

    Who lost it by another one's appeal does not rest: it may appeal itself. What an order has won already is
    nobody's to take or to give, though the clock has not been looked at yet.
    """
    if action in TAKEN_AWAY and _matching_order(session, registration) is not None:
        raise Refused("registration.held_by_won" if action == "hand_over" else "registration.not_allowed")
    rests_until = None if action == "hand_over" else rules.rests_until(day, given)
    states.move(
        session,
        actor,
        registration,
        action,
        registration.version,
        facts={"day": day.isoformat(), **({"reason": reason} if reason else {}), **(facts or {})},
        ended_on=day,
        end_reason=reason,
        rests_until=rests_until,
        pooled_on=day if is_pooled else None,
    )
    keys.give_back(session, registration)
    keys.count_out(session, registration.distributor_id)
    _end_prices(session, registration, day)


def overtake(session: Session, actor: Actor, registration: Registration, given: Figures, today: date) -> bool:
    """End what is over by its days although nobody looked yet; true when the customer is free now.

    An order that came in time wins first, as it would have if the clock had been looked at.
    """
    while registration.state == "won" and renew(session, actor, registration, given):
        pass
    if registration.state == "won" and not reopen(session, actor, registration):
        until = registration.maintained_until
        if until is None or until >= today or is_awaited(session, registration, today):
            return False
        finish(session, actor, registration)
        return True
    known = held(registration)
    found = rules.due(known, given, today) if known else None
    if found is None or found.action == "warn":
        return False
    if win(session, actor, registration, given):
        return overtake(session, actor, registration, given, today)
    if is_awaited(session, registration, today):
        return False
    end(session, actor, registration, found.action, found.day, given, reason="")
    return True


def finish(session: Session, actor: Actor, registration: Registration) -> None:
    """The time after a won customer is over: it stays won, and anybody may register it again."""
    states.move(session, actor, registration, "finish", registration.version)
    keys.give_back(session, registration)
    _end_prices(session, registration, registration.maintained_until or clock.today())


def win(session: Session, actor: Actor, registration: Registration, given: Figures) -> int | None:
    """Turn it into won by an order that names it; answers the order, or None where there is none.

    The order is approved and has goods of the product line; what counts is the day on which it was ordered,
    so that an order of the last day wins whenever somebody looks.
    """
    found = _matching_order(session, registration)
    if found is None:
        return None
    order_id, number, day = found
    states.move(
        session,
        actor,
        registration,
        "win",
        registration.version,
        facts={"order_id": order_id, "order": number, "day": day.isoformat()},
        won_on=day,
        ordered_on=day,
        maintained_until=rules.maintained_until(day, given),
    )
    keys.count_out(session, registration.distributor_id)
    return order_id


def is_awaited(session: Session, registration: Registration, today: date) -> bool:
    """Whether an order of its days still waits for the brand, whose delay costs nobody a customer.

    One that was returned waits for its distributor, and can be sent again only while the days last.
    """
    is_won = registration.state == "won"
    until = registration.held_until
    states_of = (*UNANSWERED, "returned") if until is not None and until >= today else UNANSWERED
    return _matching_order(session, registration, is_latest=is_won, among=states_of) is not None


def renew(session: Session, actor: Actor, registration: Registration, given: Figures) -> bool:
    """A later order of the same customer prolongs the time in which it is kept for its distributor.

    What has been given back stays so: somebody else may have the customer since.
    """
    if not queries.holds_keys(session, registration):
        return False
    found = _matching_order(session, registration, is_latest=True)
    if found is None or registration.maintained_until is None:
        return False
    order_id, number, day = found
    until = rules.maintained_until(day, given)
    if until <= registration.maintained_until:
        return False
    facts = {"order_id": order_id, "order": number, "day": day.isoformat()}
    version = registration.version
    values = {"maintained_until": until, "ordered_on": day}
    states.move(session, actor, registration, "renew", version, facts=facts, **values)
    return True


def reopen(session: Session, actor: Actor, registration: Registration) -> bool:
    """Take the win back when its order was cancelled and no other stands: its own clock runs again, to its old day.

    The days without a follow-up begin anew, so that nobody loses a customer unwarned by a cancellation.
    """
    if registration.ordered_on is None or _matching_order(session, registration, is_latest=True) is not None:
        return False
    cancelled = select(Order.number).where(
        Order.registration_id == registration.id, Order.approval_state == "cancelled"
    )
    number = session.scalar(cancelled.order_by(Order.id.desc()).limit(1))
    if number is None:
        return False
    states.move(
        session,
        actor,
        registration,
        "reopen",
        registration.version,
        facts={"order": number},
        won_on=None,
        ordered_on=None,
        maintained_until=None,
        followed_on=clock.today(),
        warned_on=None,
    )
    keys.count_back(session, registration.distributor_id)
    return True


def leave_pool(session: Session, actor: Actor, registration: Registration) -> None:
    """Whoever registers a customer that lies in the pool takes it out, however it was registered."""
    same = [Registration.name_key == registration.name_key]
    if registration.credit_code:
        same.append(Registration.credit_code == registration.credit_code)
    pooled = select(Registration).where(
        Registration.product_line_id == registration.product_line_id,
        Registration.pooled_on.is_not(None),
        Registration.claimed_id.is_(None),
        Registration.id != registration.id,
        or_(*same),
    )
    for each in session.scalars(pooled.order_by(Registration.id).with_for_update()).all():
        states.move(session, actor, each, "leave_pool", each.version, claimed_id=registration.id)


def due_of(registration: Registration, given: Figures, today: date) -> Due | None:
    known = held(registration)
    return rules.due(known, given, today) if known else None


def _end_prices(session: Session, registration: Registration, day: date) -> None:
    """A price for a customer goes with the registration that it hangs on."""
    last = case((ProjectPrice.valid_from > day, ProjectPrice.valid_from), else_=day)
    still = or_(ProjectPrice.valid_to.is_(None), ProjectPrice.valid_to > day)
    ended = update(ProjectPrice).where(ProjectPrice.registration_id == registration.id, still)
    session.execute(ended.values(valid_to=last).execution_options(synchronize_session=False))


def _matching_order(
    session: Session,
    registration: Registration,
    *,
    is_latest: bool = False,
    among: Sequence[str] = WORTH,
) -> tuple[int, str | None, date] | None:
    """The first order that names it within its days, or the latest."""
    if registration.live_on is None:
        return None
    last = registration.maintained_until if is_latest else registration.protected_until
    in_line = (
        exists()
        .where(
            OrderLine.order_id == Order.id,
            OrderLine.cancelled < OrderLine.base_quantity,
            Sku.id == OrderLine.sku_id,
            Category.id == Sku.category_id,
            Category.path.startswith(f"/{registration.product_line_id}/"),
        )
        .correlate(Order)
    )
    wanted = select(Order.id, Order.number, Order.order_date).where(
        Order.registration_id == registration.id,
        Order.distributor_id == registration.distributor_id,
        Order.approval_state.in_(among),
        Order.order_date >= registration.live_on,
        Order.order_date <= last,
        in_line,
    )
    orderly = (Order.order_date.desc(), Order.id) if is_latest else (Order.order_date, Order.id)
    found = session.execute(wanted.order_by(*orderly).limit(1)).first()
    return (found[0], found[1], found[2]) if found and found[2] else None
