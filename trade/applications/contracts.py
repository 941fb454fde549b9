"""Contracts with distributors: filed with their paper, read by the distributor, told before they end."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from trade.applications.models import Contract
from trade.attachments.models import Attachment
from trade.distributors.models import Distributor
from trade.errors import Refused

SUBJECT = "contract"


def of(session: Session, distributor_id: int) -> list[tuple[Contract, Attachment | None]]:
    """Every contract of a distributor whom the caller has loaded, the latest first, with its paper."""
    rows = session.execute(
        select(Contract, Attachment)
        .outerjoin(Attachment, (Attachment.subject == SUBJECT) & (Attachment.subject_id == Contract.id))
        .where(Contract.distributor_id == distributor_id, Contract.archived_at.is_(None))
        .order_by(Contract.valid_from.desc(), Contract.id.desc())
    )
    return [(contract, paper) for contract, paper in rows]


def get_of(session: Session, distributor_id: int, contract_id: int) -> Contract:
    """One contract of this distributor; another's does not exist."""
    found = session.scalar(
        select(Contract).where(
            Contract.id == contract_id,
            Contract.distributor_id == distributor_id,
            Contract.archived_at.is_(None),
        )
    )
    if found is None:
        raise Refused("contract.not_found")
    return found


def is_valid(first: date, last: date | None, day: date) -> bool:
    """Whether a contract holds on a day; its first and its last day belong to it."""
    return first <= day and (last is None or day <= last)


def standing(contract: Contract, day: date, ahead: int = 0) -> str:
    """How a contract stands on a day: over, planned, ending within so many days, or valid."""
    if contract.valid_to is not None and contract.valid_to < day:
        return "over"
    if contract.valid_from > day:
        return "planned"
    is_ending = contract.valid_to is not None and contract.valid_to - day <= timedelta(days=ahead)
    return "ending" if ahead and is_ending else "valid"


def beginning(session: Session, day: date, most: int) -> Sequence[int]:
    """Contracts in force of those that are still prospects: they were filed before their first day."""
    wanted = (
        select(Contract.id)
        .join(Distributor, Distributor.id == Contract.distributor_id)
        .where(
            Distributor.status == "prospect",
            Contract.archived_at.is_(None),
            Contract.valid_from <= day,
            or_(Contract.valid_to.is_(None), Contract.valid_to >= day),
        )
    )
    return session.scalars(wanted.order_by(Contract.id).limit(most)).all()


def ending(session: Session, day: date, ahead: int, most: int) -> Sequence[int]:
    """Contracts of living distributors that end within so many days, of which nobody was told."""
    wanted = (
        select(Contract.id)
        .join(Distributor, Distributor.id == Contract.distributor_id)
        .where(
            Contract.archived_at.is_(None),
            Contract.warned_at.is_(None),
            Contract.valid_to >= day,
            Contract.valid_to <= day + timedelta(days=ahead),
            Distributor.status != "ended",
        )
    )
    return session.scalars(wanted.order_by(Contract.id).limit(most)).all()


def is_followed(session: Session, contract: Contract) -> bool:
    """Whether a later contract goes on where this one ends."""
    later = select(Contract.id).where(
        Contract.distributor_id == contract.distributor_id,
        Contract.archived_at.is_(None),
        Contract.id != contract.id,
        (Contract.valid_to.is_(None)) | (Contract.valid_to > contract.valid_to),
    )
    return session.scalar(later.limit(1)) is not None
