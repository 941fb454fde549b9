from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.amendments import changes as amendments
from trade.amendments.models import Amendment
from trade.approvals import kernel
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import queries


@dataclass(frozen=True)
class SeenAmendment:
    """A waiting change as the person saw it."""

    amendment_id: int
    version: int


def withdraw_amendment(session: Session, actor: Actor, seen: SeenAmendment) -> None:
    """Take a change back that nobody has decided about; only the side that asked may."""
    amendment = amendments.get_for(session, actor, seen.amendment_id)
    queries.get_for(session, actor, amendment.order_id, is_locked=True)
    if amendment.person_id != actor.person_id and actor.distributor_id is None:
        raise Refused("amendment.not_yours")
    _end(session, amendment, seen.version, "withdrawn")
    outbox.post(session, "amendment.withdrawn", order_id=amendment.order_id, amendment_id=amendment.id)


def expire_amendment(session: Session, actor: Actor, seen: SeenAmendment) -> None:
    """End a change that nobody decided about in time; the order stays as it is."""
    amendment = amendments.get_for(session, actor, seen.amendment_id)
    queries.get_for(session, actor, amendment.order_id, is_locked=True)
    _end(session, amendment, seen.version, "expired")
    outbox.post(session, "amendment.expired", order_id=amendment.order_id, amendment_id=amendment.id)


def _end(session: Session, amendment: Amendment, version: int, state: str) -> None:
    request = kernel.find_open(session, "amendment", amendment.id)
    if request is None:
        raise Refused("amendment.changed_meanwhile")
    kernel.close(session, request, state, request.version)
    amendments.close(session, amendment, state, version, clock.now())
