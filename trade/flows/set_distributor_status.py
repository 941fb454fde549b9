from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.applications import parting, releasing
from trade.distributors import queries as distributors
from trade.distributors import states
from trade.distributors.models import CreditGroup, Distributor
from trade.editing import record, take_turn
from trade.errors import Refused
from trade.notices import outbox
from trade.people import invitations, sessions
from trade.people.models import Membership


@dataclass(frozen=True)
class StatusChange:
    distributor_id: int
    version: int
    status: str
    reason: str
    typed_code: str | None = (
        None  # the code of the distributor, where a page asks for it: an end gives much away
    )


def set_distributor_status(session: Session, actor: Actor, given: StatusChange) -> None:
    """Activate, pause, end or take up again the business with a distributor; nobody is left with anything open.

    What two sides owe each other is settled first; what it holds against others, its registered customers, is free
    on the day of the end and does not come back with it. Who is ended signs in no more: its people lose their places and are given new ones when it comes back.
    """
    distributors.get_for(session, actor, given.distributor_id)
    version = take_turn(session, Distributor, given.distributor_id, given.version, ("status",))
    distributor = distributors.get_for(session, actor, given.distributor_id)
    if given.typed_code is not None and given.typed_code.strip().upper() != distributor.code:
        raise Refused("distributor.code_differs", field="code")
    before = distributor.status
    action = states.action(before, given.status)
    if action is None:
        raise Refused("distributor.status_same", field="status")
    if action == "end":
        _refuse_open(session, distributor.id)
    elif action == "reopen":
        if distributor.forgotten_at is not None:
            raise Refused("distributor.is_forgotten", field="status")
        _refuse_closed_group(session, distributor)
    distributor.status, distributor.status_reason = given.status, given.reason
    session.flush()
    record(
        session,
        actor,
        "distributor.status_changed",
        Distributor,
        distributor.id,
        {"status": (before, given.status)},
        version=version,
        reason=given.reason,
    )
    topic = {
        "activate": "distributor.activated",
        "resume": "distributor.resumed",
        "reopen": "distributor.resumed",
    }
    told = topic.get(action, f"distributor.{given.status}")
    outbox.post(session, told, distributor_id=distributor.id, reason=given.reason)
    if action == "end":
        released = releasing.release(session, actor, distributor.id, given.reason)
        _shut_out(session, actor, distributor.id, released)


def _refuse_open(session: Session, distributor_id: int) -> None:
    """What is promised is shipped or cancelled first, what is owed is paid; the page lists all of it."""
    left = parting.open_at(session, distributor_id)
    orders = sum(each.kind == "order" for each in left)
    if orders:
        raise Refused("distributor.has_open_orders", count=orders, field="status")
    if left:
        raise Refused("distributor.not_settled", count=len(left), field="status")


def _shut_out(session: Session, actor: Actor, distributor_id: int, released: int) -> None:
    """End its people's places, browsers and open links; who works elsewhere too goes on there."""
    now = clock.now()
    places = (
        update(Membership)
        .where(Membership.distributor_id == distributor_id, Membership.is_active)
        .values(is_active=False)
        .returning(Membership.id, Membership.person_id)
    )
    gone = session.execute(places.execution_options(synchronize_session=False)).all()
    sessions.end_places(session, [place_id for place_id, _person in gone], now)
    elsewhere = set(
        session.scalars(
            select(Membership.person_id).where(
                Membership.person_id.in_([person_id for _place, person_id in gone]), Membership.is_active
            )
        )
    )
    for person_id in sorted({person_id for _place, person_id in gone} - elsewhere):
        invitations.revoke(session, person_id, now)
    facts = {"people": len({person_id for _place, person_id in gone}), "customers": released}
    audit.record(
        session, actor, "distributor.shut_out", facts, subject="distributor", subject_id=distributor_id
    )


def _refuse_closed_group(session: Session, distributor: Distributor) -> None:
    """Nobody comes back into a credit group that was closed: it has no members."""
    wanted = select(CreditGroup).where(CreditGroup.id == distributor.credit_group_id).with_for_update()
    group = session.scalar(wanted.execution_options(populate_existing=True))
    if group is not None and group.archived_at is not None:
        raise Refused("distributor.group_closed", group=group.name, field="status")
