"""Who hears what time and orders have made of a registration: one step of every flow that looks at one."""

from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import opportunities, outbox
from trade.registrations import ending, queries
from trade.registrations.models import Registration

TOPICS = {"win": "won", "reopen": "reopened"}
SILENT = ("renew", "finish")  # nobody has to do anything about it


def follow(session: Session, actor: Actor, registration: Registration, action: str) -> None:
    """Tell its distributor and the representative what became of a locked registration; its opportunity follows."""
    if action not in SILENT:
        outbox.post(session, f"registration.{TOPICS.get(action, action)}", registration_id=registration.id)
    opportunities.follow(session, actor, registration)


def keeps(session: Session, actor: Actor, registration: Registration) -> bool:
    """Whether its distributor has the customer of a locked registration today; asked by whatever is done about one.

    Past its days, or once an order won it, first all is done that the rounds would have done by now, and told as they
    tell it, so that what is decided is the same in a week in which none ran. Where the deed is refused this is undone
    with it, and left to the round.
    """
    today, given = clock.today(), queries.figures(session)
    if registration.state == "won" or ending.standing(session, registration, given, today) != ending.HELD:
        ending.overtake(session, actor, registration, given, today, partial(follow, session, actor))
    return queries.holds_on(registration, today)


def refuse_foreign(session: Session, actor: Actor, distributor_id: int, registration_id: int) -> None:
    """Refuse an order for a customer whom its distributor does not have today; the order is locked before."""
    wanted = select(Registration).where(
        Registration.id == registration_id, Registration.distributor_id == distributor_id
    )
    registration = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if registration is None or not keeps(session, actor, registration):
        raise Refused("registration.order_foreign")
