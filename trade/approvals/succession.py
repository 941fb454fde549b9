"""When an approver goes, what waits for them goes to another; no open request is ever left to nobody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.approvals import deciders, kernel, naming
from trade.approvals.models import ApprovalCandidate, ApprovalRequest
from trade.approvals.planning import FALLBACK
from trade.db import insert_once
from trade.distributors.models import Standing
from trade.errors import Refused
from trade.people.absences import stood_for
from trade.people.models import Absence, Person

SLEPT = timedelta(days=7)


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
    """Put the successor in the place of an approver in every open request that the successor could decide.

    Never in the successor's own; one that came later in a request's order of approvers comes in now. What was the
    approver's own ground is the successor's.
    """
    session.flush()
    grounds = _pass_grounds(session, person_id, successor_id)
    moved: list[Moved] = []
    asked = _asked(session, person_id)
    able = _able(session, [request for request, *_ in asked])
    for request, place, level in asked:
        if successor_id == request.applicant_id or successor_id not in able[request.id]:
            continue
        _name(session, request.id, place, successor_id, level)
        _drop(session, request.id, place, person_id)
        if level <= request.level:
            moved.append(_moved(request))
    return [*moved, *_refill(session, grounds, "approval.nobody_then")]


def _pass_grounds(session: Session, rep_id: int, successor_id: int) -> Sequence[ApprovalRequest]:
    """Let open requests of no distributor, which are a rep's, be the successor's."""
    wanted = select(ApprovalRequest).where(
        ApprovalRequest.state == "open", ApprovalRequest.distributor_id.is_(None)
    )
    requests = session.scalars(wanted.order_by(ApprovalRequest.id)).all()
    grounds = [each for each in requests if each.whose.rep_id == rep_id]
    for each in grounds:
        first, *others = each.reasons
        each.reasons = [first | {"rep_id": successor_id}, *others]
    session.flush()
    return grounds


def refill(session: Session, person_ids: Collection[int], code: str = "approval.nobody_then") -> list[Moved]:
    """Give each open request that these people could decide, and now can nobody, to who can.

    First whoever comes later in its own order of approvers, then those who keep the roles.
    Raises Refused(code) when there is no one.
    """
    if not person_ids:
        return []
    return _refill(session, _waiting_for(session, person_ids), code)


def refill_distributors(session: Session, distributor_ids: Collection[int]) -> list[Moved]:
    """The same for the open requests of distributors that changed hands."""
    wanted = select(ApprovalRequest).where(
        ApprovalRequest.state == "open", ApprovalRequest.distributor_id.in_(distributor_ids)
    )
    requests = session.scalars(wanted.order_by(ApprovalRequest.id)).all()
    return _refill(session, requests, "approval.nobody_then")


def find_another(session: Session, request: ApprovalRequest) -> bool:
    """Look again who is there to decide a request, as a planned change of hands or an absence may have begun."""
    session.flush()
    return _reach_somebody(session, request) is True


def find_others(session: Session, person_id: int) -> list[Moved]:
    """Do so for all that waits for somebody, or for whom they do the work, as they go or come back."""
    return [_moved(each) for each in _waiting_for(session, [person_id]) if find_another(session, each)]


def left_today(session: Session, day: date) -> Sequence[Row[int, int]]:
    """Open requests, with their versions, that wait for somebody who is away, or whose distributor changed hands.

    Days that the worker slept through are made up for.
    """
    leaving = select(Absence.person_id).where(Absence.from_day <= day, Absence.until > day)
    theirs = select(ApprovalCandidate.request_id).where(
        ApprovalCandidate.state == "open", ApprovalCandidate.person_id.in_(leaving)
    )
    handed = select(Standing.distributor_id).where(
        Standing.valid_from <= day, Standing.valid_from > day - SLEPT
    )
    wanted = select(ApprovalRequest.id, ApprovalRequest.version).where(
        ApprovalRequest.state == "open",
        or_(ApprovalRequest.id.in_(theirs), ApprovalRequest.distributor_id.in_(handed)),
    )
    return session.execute(wanted.order_by(ApprovalRequest.id)).all()


def count_waiting(session: Session, person_id: int) -> int:
    """How many open requests a person may decide."""
    return len({request.id for request, *_ in _asked(session, person_id)})


def _waiting_for(session: Session, person_ids: Collection[int]) -> Sequence[ApprovalRequest]:
    """Open requests in which these people are asked, or somebody whose work they do."""
    session.flush()
    whom = select(stood_for(select(Person.id).where(Person.id.in_(person_ids))).c[0])
    theirs = select(ApprovalCandidate.request_id).where(ApprovalCandidate.person_id.in_(whom))
    wanted = select(ApprovalRequest).where(ApprovalRequest.state == "open", ApprovalRequest.id.in_(theirs))
    return session.scalars(wanted.order_by(ApprovalRequest.id)).all()


def _refill(session: Session, requests: Sequence[ApprovalRequest], code: str) -> list[Moved]:
    session.flush()
    moved: list[Moved] = []
    for request in requests:
        is_reached = _reach_somebody(session, request)
        if is_reached is None:
            raise Refused(code, field="successor")
        if is_reached:
            moved.append(_moved(request))
    return moved


def _reach_somebody(session: Session, request: ApprovalRequest) -> bool | None:
    """Raise a request until each open turn has somebody there who can take it, and is not needed for another.

    False when all have, none when one has no one. A step has one level, so what is raised for one turn is raised
    for all of them; where that does not help, those who keep the roles are asked.
    """
    above = select(ApprovalCandidate.level).where(
        ApprovalCandidate.request_id == request.id,
        ApprovalCandidate.state == "open",
        ApprovalCandidate.level > request.level,
    )
    levels = [request.level, *sorted(set(session.scalars(above)))]
    asked = [kernel.heard(session, request, level) for level in levels]
    left = [len(naming.unheard(list(each.values()))) for each in asked]
    at = left.index(min(left))
    places = list(asked[at])
    gaps = [places[each] for each in naming.unheard(list(asked[at].values()))]
    for place in gaps:
        _ask_keepers(session, request, place, levels[at])
    there = kernel.heard(session, request, levels[at])
    if not all(there.values()):
        return None
    if there == asked[0]:
        return False
    return kernel.change(session, request, request.version, level=levels[at])


def _ask_keepers(session: Session, request: ApprovalRequest, place: int, level: int) -> None:
    """Ask those who keep the roles, for want of them whoever could decide, at the level that the request reached."""
    where = naming.ground(session, request.subject, request.whose, clock.today())
    able = frozenset(where.able) - {request.applicant_id}
    keepers = frozenset(session.scalars(deciders.holding(FALLBACK))) & able
    asked = keepers if where.heard(keepers, request.applicant_id) else able
    for person_id in sorted(asked):
        _name(session, request.id, place, person_id, level)


def _able(session: Session, requests: Collection[ApprovalRequest]) -> dict[int, frozenset[int]]:
    """By request who could decide it today; one statement for each subject of an owner."""
    kinds = {(request.subject, request.whose) for request in requests}
    able = {kind: deciders.able(session, *kind) for kind in kinds}
    return {request.id: able[request.subject, request.whose] for request in requests}


def _asked(session: Session, person_id: int) -> list[tuple[ApprovalRequest, int, int]]:
    """Each open turn that a person may take, by request, place and level."""
    rows = session.execute(
        select(ApprovalRequest, ApprovalCandidate.place, ApprovalCandidate.level)
        .join(ApprovalCandidate, ApprovalCandidate.request_id == ApprovalRequest.id)
        .where(
            ApprovalRequest.state == "open",
            ApprovalCandidate.state == "open",
            ApprovalCandidate.person_id == person_id,
        )
        .order_by(ApprovalRequest.id, ApprovalCandidate.place)
    )
    return [(request, place, level) for request, place, level in rows]


def _name(session: Session, request_id: int, place: int, person_id: int, level: int) -> None:
    """Add somebody to whom an open turn goes; who was named for a later level is asked at this one."""
    turn = {"request_id": request_id, "place": place}
    wanted = select(ApprovalCandidate.step, ApprovalCandidate.approvers, ApprovalCandidate.added_by_id)
    step, approvers, added_by_id = session.execute(wanted.filter_by(**turn).limit(1)).one()
    facts = {"step": step, "approvers": approvers, "added_by_id": added_by_id, "level": level}
    if insert_once(session, ApprovalCandidate, **turn, person_id=person_id, **facts):
        return
    sooner = update(ApprovalCandidate).filter_by(**turn, person_id=person_id)
    sooner = sooner.where(ApprovalCandidate.level > level)
    session.execute(sooner.values(level=level).execution_options(synchronize_session=False))


def _drop(session: Session, request_id: int, place: int, person_id: int) -> None:
    gone = delete(ApprovalCandidate).filter_by(request_id=request_id, place=place, person_id=person_id)
    session.execute(gone.execution_options(synchronize_session=False))


def _moved(request: ApprovalRequest) -> Moved:
    return Moved(request.id, request.subject, request.subject_id)
