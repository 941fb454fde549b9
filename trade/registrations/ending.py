"""How a registration ends, and what that gives back: keys, the place below the cap, the customer to the pool."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import Category, Sku
from trade.errors import Refused
from trade.orders.basket import Basket
from trade.orders.models import Order, OrderLine
from trade.pricing.models import ProjectPrice
from trade.registrations import keys, queries, rules, states
from trade.registrations.lapsing import held
from trade.registrations.models import Registration
from trade.registrations.rules import Due, Figures

WORTH = ("approved",)  # the state in which an order counts
TAKEN_AWAY = ("hand_over", "release", "revoke")  # by a person, not by the clock
UNANSWERED = ("held", "pending")  # the brand has not said yet whether it counts
ENDS = ("lapse", "expire", "finish", "lose_place")  # what makes a customer free
HELD, WAITS, OVER = "held", "waits", "over"
# Who is told what became of a registration on the way: its distributor and rep, as by the daily round.
Heard = Callable[[Registration, str], None]


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
    nobody's to take or to give, though the clock has not been looked at yet; but the brand can revoke what it sees
    as won, as when the order was no true one, while it is kept. An order that waits for the brand is decided first,
    so that none goes through at prices whose ground is gone.
    """
    is_won = registration.state == "won"
    if is_won and not queries.holds_keys(session, registration):
        raise Refused("registration.not_allowed")
    if action in TAKEN_AWAY:
        _refuse_kept(session, registration, action)
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
    if not is_won:  # since its order it counts against no cap
        keys.count_out(session, registration.distributor_id)
    _end_prices(session, registration, day)


def settle(session: Session, actor: Actor, registration: Registration, given: Figures, today: date) -> str:
    """Do to a locked registration what time and orders have made of it, or warn its distributor; answers what."""
    if action := _turn(session, actor, registration, given, today):
        return action
    found = due_of(registration, given, today)
    if found is None or found.action != "warn":
        return ""
    states.move(session, actor, registration, "warn", registration.version, warned_on=today)
    return "warn"


def _turn(session: Session, actor: Actor, registration: Registration, given: Figures, today: date) -> str:
    """One thing that time and orders have made of it; answers what, or nothing.

    The day that decides is the one on which it was due, so a week in which nobody looked changes no date. An order
    that came in time wins first.
    """
    if registration.state == "won":
        if renew(session, actor, registration, given):
            return "renew"
        if not queries.holds_keys(session, registration):
            return ""
        if reopen(session, actor, registration):
            return "reopen"
        if standing(session, registration, given, today) != OVER:
            return ""
        finish(session, actor, registration)
        return "finish"
    if registration.state == "draft" and standing(session, registration, given, today) == OVER:
        lose_place(session, actor, registration)
        return "lose_place"
    if registration.state != "live":
        return ""
    if win(session, actor, registration, given) is not None:
        return "win"
    found = due_of(registration, given, today)
    if found is None or found.action == "warn" or standing(session, registration, given, today) != OVER:
        return ""
    end(session, actor, registration, found.action, found.day, given)
    return found.action


def overtake(
    session: Session, actor: Actor, registration: Registration, given: Figures, today: date, heard: Heard
) -> bool:
    """Do to a locked registration all that the rounds would have done by now; true when the customer is free.

    What is decided never depends on whether a round has looked. All that it meets is `heard`; a warning is the round's.
    """
    while action := _turn(session, actor, registration, given, today):
        heard(registration, action)
        if action in ENDS:
            return True
    return False


def finish(session: Session, actor: Actor, registration: Registration, until: date | None = None) -> None:
    """The time after a won customer is over, or ends earlier on a day: it stays won, anybody may register it again."""
    last = until or registration.maintained_until or clock.today()
    states.move(session, actor, registration, "finish", registration.version, maintained_until=last)
    keys.give_back(session, registration)
    _end_prices(session, registration, last)


def lose_place(session: Session, actor: Actor, registration: Registration) -> None:
    """What was sent back was not sent again in time: anybody may have the customer, and it begins anew once it is sent."""
    last = registration.returned_until
    facts = {"until": last.isoformat()} if last else {}
    version = registration.version
    states.move(
        session,
        actor,
        registration,
        "lose_place",
        version,
        facts=facts,
        returned_until=None,
        submitted_at=None,
    )
    keys.give_back(session, registration)
    keys.count_out(session, registration.distributor_id)


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


def standing(session: Session, registration: Registration, given: Figures, today: date) -> str:
    """How a live or won registration stands today, though nobody has looked yet: held, waits or over.

    Past its days it waits while an order of them counts or may yet: the brand's delay costs nobody a customer.
    An order that was returned waits for its distributor, and can be sent again only while the days last.
    """
    until = registration.held_until
    if registration.state == "draft":
        place = registration.returned_until
        return OVER if place is not None and place < today else HELD
    if registration.state == "won":
        is_past = until is not None and until < today
    else:
        found = due_of(registration, given, today)
        is_past = found is not None and found.action != "warn"
    if not is_past:
        return HELD
    is_sent_again = until is not None and until >= today
    among = (*UNANSWERED, "returned") if is_sent_again else UNANSWERED
    if registration.state == "won":
        kept: object = _renewal(session, registration, given) or _matching_order(session, registration, among)
    else:
        kept = _matching_order(session, registration, (*WORTH, *among))
    return OVER if kept is None else WAITS


def is_held(session: Session, registration: Registration, today: date) -> bool:
    """Whether its distributor has the customer today, though nobody has looked yet; reads only, as for a page."""
    is_within = queries.holds_on(registration, today)
    return is_within and standing(session, registration, queries.figures(session), today) != OVER


def foreseen(session: Session, cart: Basket, today: date) -> Basket:
    """A cart that promises nothing while it is for a customer whom its distributor holds no more."""
    order = cart.order
    if order is None or order.registration_id is None or not cart.lines:
        return cart
    wanted = select(Registration).where(
        Registration.id == order.registration_id, Registration.distributor_id == order.distributor_id
    )
    registration = session.scalar(wanted)
    if registration is not None and is_held(session, registration, today):
        return cart
    parts = [replace(part, outlook=replace(part.outlook, outcome="refused")) for part in cart.parts]
    return replace(cart, outlook=replace(cart.outlook, outcome="refused"), parts=parts)


def awaited(session: Session, registrations: Iterable[Registration]) -> frozenset[int]:
    """Which of them an order of their days keeps that still waits for the brand; one statement."""
    ids = [each.id for each in registrations]
    wanted = select(Order.registration_id).where(is_of_its_days(UNANSWERED), Registration.id.in_(ids))
    return frozenset(key for key in session.scalars(wanted) if key is not None) if ids else frozenset()


def told_until(registration: Registration, today: date) -> date | None:
    """Until when others hear that a customer is taken; no day while the brand still has to say something."""
    until = registration.held_until
    return until if until is not None and until >= today else None


def renew(session: Session, actor: Actor, registration: Registration, given: Figures) -> bool:
    """A later order of the same customer prolongs the time in which it is kept for its distributor.

    What has been given back stays so: somebody else may have the customer since.
    """
    found = _renewal(session, registration, given)
    if found is None:
        return False
    order_id, number, day, until = found
    facts = {"order_id": order_id, "order": number, "day": day.isoformat()}
    version = registration.version
    values = {"maintained_until": until, "ordered_on": day}
    states.move(session, actor, registration, "renew", version, facts=facts, **values)
    return True


def reopen(session: Session, actor: Actor, registration: Registration) -> bool:
    """Take the win back when its order was cancelled and no other stands: its own clock runs again, to its old day.

    The days without a follow-up begin anew, so that nobody loses a customer unwarned by a cancellation.
    """
    if registration.ordered_on is None or _matching_order(session, registration) is not None:
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


def _refuse_kept(session: Session, registration: Registration, action: str) -> None:
    waiting = _matching_order(session, registration, UNANSWERED)
    if waiting is not None:
        raise Refused("registration.order_waits", number=waiting[1] or "")
    if registration.state != "won" and _matching_order(session, registration) is not None:
        raise Refused("registration.held_by_won" if action == "hand_over" else "registration.not_allowed")


def _end_prices(session: Session, registration: Registration, day: date) -> None:
    """A price for a customer goes with the registration that it hangs on."""
    last = case((ProjectPrice.valid_from > day, ProjectPrice.valid_from), else_=day)
    still = or_(ProjectPrice.valid_to.is_(None), ProjectPrice.valid_to > day)
    ended = update(ProjectPrice).where(ProjectPrice.registration_id == registration.id, still)
    session.execute(ended.values(valid_to=last).execution_options(synchronize_session=False))


def _renewal(
    session: Session, registration: Registration, given: Figures
) -> tuple[int, str | None, date, date] | None:
    """The order that keeps a won customer longer than so far, and until when."""
    if not queries.holds_keys(session, registration):
        return None
    found = _matching_order(session, registration)
    if found is None or registration.maintained_until is None:
        return None
    until = rules.maintained_until(found[2], given)
    return (*found, until) if until > registration.maintained_until else None


def _matching_order(
    session: Session, registration: Registration, among: Sequence[str] = WORTH
) -> tuple[int, str | None, date] | None:
    """The first order that names it within its days; of a won one the latest."""
    wanted = select(Order.id, Order.number, Order.order_date).where(
        is_of_its_days(among), Registration.id == registration.id
    )
    is_won = registration.state == "won"
    orderly = (Order.order_date.desc(), Order.id) if is_won else (Order.order_date, Order.id)
    found = session.execute(wanted.order_by(*orderly).limit(1)).first()
    return (found[0], found[1], found[2]) if found and found[2] else None


def is_of_its_days(among: Sequence[str]) -> ColumnElement[bool]:
    """An order of a registration's own distributor, within its days, with goods of its product line left."""
    line = literal("/").concat(cast(Registration.product_line_id, String)).concat("/%")
    in_line = (
        exists()
        .where(
            OrderLine.order_id == Order.id,
            OrderLine.cancelled < OrderLine.base_quantity,
            Sku.id == OrderLine.sku_id,
            Category.id == Sku.category_id,
            Category.path.like(line),
        )
        .correlate(Order, Registration)
    )
    return and_(
        Order.registration_id == Registration.id,
        Order.distributor_id == Registration.distributor_id,
        Order.approval_state.in_(among),
        Order.order_date >= Registration.live_on,
        Order.order_date <= queries.HELD_UNTIL,
        in_line,
    )
