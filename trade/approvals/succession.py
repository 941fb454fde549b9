"""When an approver goes, what waits for them goes to another; no open request is ever left to nobody."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from trade.actor import Permission
from trade.approvals import kernel
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.db import insert_once
from trade.errors import Refused
from trade.people.models import Face, Membership, Person, Role, RolePermission

DECIDING = {"return": Permission.RETURN_DECIDE}  # every other subject is decided with order.approve
FALLBACK = Permission.ROLE_MANAGE  # who else is asked when all whom the policy named are gone


@dataclass(frozen=True)
class Moved:
    """An open request that waits for somebody new."""

    request_id: int
    subject: str
    subject_id: int

    @property
    def letter(self) -> dict[str, int]:
        """What a message about it carries."""
        return {"request_id": self.request_id, f"{self.subject}_id": self.subject_id}


def hand_over(session: Session, person_id: int, successor_id: int) -> list[Moved]:
    """Put the successor in the place of an approver in every open request, except in the successor's own."""
    moved: list[Moved] = []
    for request, level in _asked(session, person_id):
        if request.applicant_id == successor_id:
            continue
        insert_once(session, ApprovalCandidate, request_id=request.id, person_id=successor_id, level=level)
        _drop(session, request.id, person_id)
        if level <= request.level:
            moved.append(Moved(request.id, request.subject, request.subject_id))
    return moved


def refill(session: Session, person_ids: Collection[int]) -> list[Moved]:
    """Give each open request that these people could decide, and now can nobody, to who can.

    First whoever comes later in its own order of approvers, then those who keep the roles.
    Raises Refused("approval.nobody_left") when there is no one.
    """
    session.flush()
    theirs = select(ApprovalCandidate.request_id).where(ApprovalCandidate.person_id.in_(person_ids))
    wanted = select(ApprovalRequest).where(ApprovalRequest.state == "open", ApprovalRequest.id.in_(theirs))
    wanted = wanted.order_by(ApprovalRequest.id)
    requests = list(session.scalars(wanted))
    able = {subject: _able(session, subject) for subject in {request.subject for request in requests}}
    moved: list[Moved] = []
    for request in requests:
        levels = dict(
            session.execute(
                select(ApprovalCandidate.person_id, ApprovalCandidate.level).where(
                    ApprovalCandidate.request_id == request.id
                )
            ).all()
        )
        reach = [level for person_id, level in levels.items() if person_id in able[request.subject]]
        if reach and min(reach) <= request.level:
            continue
        if not reach:
            reach = [_ask_keepers(session, request, able[request.subject])]
        kernel.change(session, request, request.version, level=max(min(reach), request.level))
        moved.append(Moved(request.id, request.subject, request.subject_id))
    return moved


def count_waiting(session: Session, person_id: int) -> int:
    """How many open requests a person may decide."""
    return len(_asked(session, person_id))


def _asked(session: Session, person_id: int) -> list[tuple[ApprovalRequest, int]]:
    rows = session.execute(
        select(ApprovalRequest, ApprovalCandidate.level)
        .join(ApprovalCandidate, ApprovalCandidate.request_id == ApprovalRequest.id)
        .where(ApprovalRequest.state == "open", ApprovalCandidate.person_id == person_id)
        .order_by(ApprovalRequest.id)
    )
    return [(request, level) for request, level in rows]


def _able(session: Session, subject: str, also: Permission | None = None) -> frozenset[int]:
    """Everybody at the brand who can sign in and holds the right to decide."""
    needed = also or DECIDING.get(subject, Permission.ORDER_APPROVE)
    rows = session.scalars(
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(
            Person.is_active,
            Person.password_hash.is_not(None),
            Membership.is_active,
            Role.face == Face.ADMIN,
            ~Role.is_archived,
            RolePermission.permission == needed.value,
        )
    )
    return frozenset(rows)


def _ask_keepers(session: Session, request: ApprovalRequest, able: frozenset[int]) -> int:
    """Ask those who keep the roles, at the level that the request has reached."""
    keepers = _able(session, request.subject, FALLBACK) & able - {request.applicant_id}
    if not keepers:
        raise Refused("approval.nobody_left", field="successor")
    for person_id in sorted(keepers):
        insert_once(
            session, ApprovalCandidate, request_id=request.id, person_id=person_id, level=request.level
        )
    return request.level


def _drop(session: Session, request_id: int, person_id: int) -> None:
    gone = delete(ApprovalCandidate).where(
        ApprovalCandidate.request_id == request_id, ApprovalCandidate.person_id == person_id
    )
    session.execute(gone.execution_options(synchronize_session=False))
