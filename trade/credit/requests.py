"""The life of a request for a temporary limit, as data; the audit is its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.approvals.models import ApprovalRequest
from trade.approvals.queries import decidable
from trade.credit.models import CreditLimit, LimitRequest
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.money import rounded

SUBJECT = "limit_request"
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("open", "approve"): "approved",
    ("open", "reject"): "rejected",
    ("open", "withdraw"): "withdrawn",
    ("open", "expire"): "expired",
}
PAGE = 50


@dataclass(frozen=True)
class Waiting:
    """A request, whose it is, and the open question about it where this person may answer it."""

    request: LimitRequest
    distributor_name: str
    asked: ApprovalRequest | None = None


@dataclass(frozen=True)
class Grant:
    """What was given: perhaps less than was asked for, or for a shorter time; `until` is the last day."""

    amount: Decimal
    until: date


def get_for(session: Session, actor: Actor, request_id: int, *, is_locked: bool = False) -> LimitRequest:
    """A request of a distributor within reach."""
    wanted = select(LimitRequest).where(
        LimitRequest.id == request_id, within(actor, LimitRequest.distributor_id)
    )
    if is_locked:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise Refused("limit_request.not_found")
    return found


def of_distributor(session: Session, actor: Actor, distributor_id: int) -> Sequence[LimitRequest]:
    """What a distributor asked for, the latest first; a page of them."""
    wanted = select(LimitRequest).where(
        LimitRequest.distributor_id == distributor_id, within(actor, LimitRequest.distributor_id)
    )
    return session.scalars(wanted.order_by(LimitRequest.id.desc()).limit(PAGE)).all()


def given_for(session: Session, asked: Sequence[LimitRequest]) -> Mapping[int, Grant]:
    """What was given for each request that was approved, by its id."""
    by_limit = {each.limit_id: each.id for each in asked if each.limit_id is not None}
    if not by_limit:
        return {}
    found = session.scalars(select(CreditLimit).where(CreditLimit.id.in_(by_limit)))
    return {
        by_limit[each.id]: Grant(each.amount, each.valid_to - timedelta(days=1))
        for each in found
        if each.valid_to is not None
    }


def to_decide(session: Session, actor: Actor) -> list[Waiting]:
    """The requests that this person may decide now, the soonest due first."""
    mine = _mine(actor).with_only_columns(LimitRequest, Distributor.name, ApprovalRequest)
    rows = session.execute(mine.order_by(ApprovalRequest.due_at, ApprovalRequest.id).limit(PAGE))
    return [Waiting(*row) for row in rows]


def find_asked(session: Session, actor: Actor, request_id: int) -> ApprovalRequest | None:
    """The open question about a request, if this person may decide it now."""
    return session.scalar(
        _mine(actor).where(LimitRequest.id == request_id).with_only_columns(ApprovalRequest)
    )


def move(
    session: Session, actor: Actor, request: LimitRequest, action: str, version: int, **values: Any
) -> None:
    """Advance a request or refuse: compare-and-set on state and version, with its line of history."""
    after = TRANSITIONS.get((request.state, action))
    won = None
    if after is not None:
        changed = (
            update(LimitRequest)
            .where(
                LimitRequest.id == request.id,
                LimitRequest.state == request.state,
                LimitRequest.version == version,
            )
            .values(state=after, version=version + 1, closed_at=clock.now(), **values)
        )
        won = session.scalar(changed.returning(LimitRequest.id).execution_options(synchronize_session=False))
    if won is None:
        raise Refused("limit_request.over")
    facts = {"amount": str(rounded(request.amount)), "until": request.until.isoformat(), "state": after}
    audit.record(session, actor, f"{SUBJECT}.{after}", facts, subject=SUBJECT, subject_id=request.id)


def overdue(session: Session, now: datetime, most: int) -> list[tuple[int, int]]:
    """Requests that nobody decided in time, with their versions."""
    late = (
        select(LimitRequest.id, LimitRequest.version)
        .join(ApprovalRequest, ApprovalRequest.subject_id == LimitRequest.id)
        .where(
            ApprovalRequest.subject == SUBJECT,
            ApprovalRequest.state == "open",
            ApprovalRequest.due_at <= now,
            LimitRequest.state == "open",
        )
    )
    return [(key, version) for key, version in session.execute(late.order_by(LimitRequest.id).limit(most))]


def _mine(actor: Actor) -> Select[LimitRequest]:
    return (
        select(LimitRequest)
        .join(Distributor, Distributor.id == LimitRequest.distributor_id)
        .join(ApprovalRequest, ApprovalRequest.subject_id == LimitRequest.id)
        .where(
            *decidable(actor, SUBJECT),
            LimitRequest.state == "open",
            within(actor, LimitRequest.distributor_id),
        )
    )
