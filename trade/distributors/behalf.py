"""Staff that works for a distributor in the portal: with a buyer's rights there, and none of its own."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor, Permission, Scope
from trade.distributors import states
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.people.models import Face, Role, RolePermission
from trade.people.queries import SignedIn
from trade.people.roles import rights_of_face

BUYER = "buyer"
# A person's messages are no company's, and nobody agrees with themselves to what a company owes them.
OWN_ALONE = frozenset({Permission.NOTICE_READ, Permission.TEAM_MANAGE, Permission.STATEMENT_CONFIRM})


def stand_in(session: Session, own: SignedIn) -> SignedIn:
    """Whom the person works for now: the distributor while its own role lets it, else the person's own role.

    Asked at every request, so that a right or a scope that is lost, or a business that pauses or ends, ends it at once.
    """
    if own.asked_behalf is None:
        return own
    if own.face != Face.ADMIN or Permission.ORDER_BEHALF not in own.permissions:
        return own
    rows = session.execute(
        select(Distributor.id, Distributor.name, RolePermission.permission)
        .select_from(Distributor)
        .outerjoin(Role, (Role.code == BUYER) & ~Role.is_archived & (Role.face == Face.PORTAL))
        .outerjoin(RolePermission, RolePermission.role_id == Role.id)
        .where(
            Distributor.id == own.asked_behalf,
            Distributor.status.not_in(states.CLOSED),  # as where it begins: nothing can be ordered any more
            within(own.actor(""), Distributor.id),
        )
    ).all()
    if not rows:
        return own
    held = {row.permission for row in rows}
    allowed = [right for right in rights_of_face(Face.PORTAL) if right not in OWN_ALONE]
    return replace(
        own,
        distributor_id=rows[0].id,
        face=Face.PORTAL,
        scope=Scope(distributor_ids=frozenset({rows[0].id})),
        permissions=frozenset(right for right in allowed if right.value in held),
        on_behalf_of=rows[0].id,
        on_behalf_name=rows[0].name,
    )


def note_end(session: Session, actor: Actor, why: str) -> None:
    """Write down that somebody stopped working for a distributor, if they did."""
    if actor.on_behalf_of is not None:
        audit.record(
            session,
            actor,
            "behalf.ended",
            {"reason": why},
            subject="distributor",
            subject_id=actor.on_behalf_of,
        )
