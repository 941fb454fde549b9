"""Proofs of payment: whose they are, and each step as a compare-and-set on the version that was seen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.attachments.models import Attachment
from trade.books.models import OpenItem
from trade.db import among
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.people.models import Person
from trade.receivables.models import PaymentProof
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SUBJECT = "payment_proof"  # of its files
MOST = 50  # of its own that a distributor sees on one page
SORTS = {
    "proof": Sort(PaymentProof.id, "whole"),
    "day": Sort(PaymentProof.paid_on, "day"),
    "amount": Sort(PaymentProof.amount, "money"),
    "distributor": Sort(Distributor.sort_key),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    proof: PaymentProof
    distributor_name: str
    person_name: str | None


def get_for(session: Session, actor: Actor, proof_id: int) -> PaymentProof:
    """A proof within the actor's scope; a stranger's does not exist."""
    wanted = select(PaymentProof).where(
        PaymentProof.id == proof_id, within(actor, PaymentProof.distributor_id)
    )
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise Refused("proof.not_found")
    return found


def of_distributor(session: Session, actor: Actor, distributor_id: int) -> Sequence[PaymentProof]:
    """The latest proofs of a distributor, newest first."""
    wanted = select(PaymentProof).where(
        PaymentProof.distributor_id == distributor_id, within(actor, PaymentProof.distributor_id)
    )
    return session.scalars(wanted.order_by(PaymentProof.id.desc()).limit(MOST)).all()


def debts_of(session: Session, proof: PaymentProof) -> Sequence[OpenItem]:
    """The documents that the distributor said it pays, the first due first."""
    if not proof.debts:
        return []
    wanted = select(OpenItem).where(among(session, OpenItem.id, proof.debts), OpenItem.is_debt)
    return session.scalars(wanted.order_by(OpenItem.due_on, OpenItem.id)).all()


def with_file(
    session: Session, digests: Collection[str], *, distributor_id: int | None = None, but: int = 0
) -> Sequence[PaymentProof]:
    """Proofs that hold one of these files and were not given up; of one distributor, or of all."""
    held = select(Attachment.subject_id).where(Attachment.subject == SUBJECT, Attachment.sha256.in_(digests))
    wanted = select(PaymentProof).where(
        PaymentProof.id.in_(held),
        PaymentProof.id != but,
        PaymentProof.state.in_(("submitted", "confirmed")),
    )
    if distributor_id is not None:
        wanted = wanted.where(PaymentProof.distributor_id == distributor_id)
    return session.scalars(wanted.order_by(PaymentProof.id)).all()


def move(session: Session, proof_id: int, version: int, **values: Any) -> None:
    """Take a step if the proof waits as it was seen; of two who decide, one does."""
    moved = session.scalar(
        update(PaymentProof)
        .where(
            PaymentProof.id == proof_id, PaymentProof.version == version, PaymentProof.state == "submitted"
        )
        .values(version=PaymentProof.version + 1, decided_at=clock.now(), **values)
        .returning(PaymentProof.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise Refused("proof.decided")


def let_go(session: Session, payment_id: int) -> None:
    """The proof of a payment that was voided waits again."""
    session.execute(
        update(PaymentProof)
        .where(PaymentProof.payment_id == payment_id)
        .values(state="submitted", payment_id=None, version=PaymentProof.version + 1)
        .execution_options(synchronize_session=False)
    )


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of proofs, the latest first unless asked otherwise."""
    query = _matching(actor, wanted).with_only_columns(PaymentProof, Distributor.name, Person.name)
    page = page_of(session, query, window, SORTS, PaymentProof.id, "-proof")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    sums = _matching(actor, wanted).with_only_columns(
        PaymentProof.currency, func.count(PaymentProof.id), func.coalesce(func.sum(PaymentProof.amount), 0)
    )
    rows = session.execute(sums.group_by(PaymentProof.currency).order_by(PaymentProof.currency)).all()
    amounts = [(currency, amount) for currency, _count, amount in rows]
    return Totals(sum(count for _currency, count, _amount in rows), {"amount": amounts})


def _matching(actor: Actor, wanted: ListFilter) -> Select[PaymentProof]:
    query = (
        select(PaymentProof)
        .join(Distributor, Distributor.id == PaymentProof.distributor_id)
        .outerjoin(Person, Person.id == PaymentProof.person_id)
        .where(within(actor, PaymentProof.distributor_id))
    )
    if word := text.folded(wanted.search):
        query = query.where(
            or_(
                Distributor.search_text.contains(word, autoescape=True),
                PaymentProof.payer.icontains(word, autoescape=True),
                PaymentProof.reference.icontains(word, autoescape=True),
            )
        )
    if wanted.state:
        query = query.where(PaymentProof.state == wanted.state)
    if wanted.since is not None:
        query = query.where(PaymentProof.paid_on >= wanted.since)
    if wanted.until is not None:
        query = query.where(PaymentProof.paid_on <= wanted.until)
    return query
