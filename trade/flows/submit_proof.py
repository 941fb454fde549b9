from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.filing import Stored, file_under
from trade.credit import ledger
from trade.credit.models import CreditAccount
from trade.db import insert_once
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.notices import outbox
from trade.receivables import proofs, queries
from trade.receivables.models import PaymentProof
from trade.receivables.payments import OLDEST


@dataclass(frozen=True)
class NewProof:
    """What a distributor says that it paid; `key` names the form, so that a second tap sends nothing more."""

    key: str
    paid_on: date
    amount: Decimal
    payer: str
    reference: str
    note: str
    debts: Sequence[int]
    files: Sequence[Stored]


@dataclass(frozen=True)
class SeenProof:
    proof_id: int
    version: int


def submit_proof(session: Session, actor: Actor, given: NewProof) -> int:
    """Send a proof of payment (付款凭证) to finance; answers its id, the first one's for a second tap."""
    if actor.distributor_id is None:
        raise Refused("credit.no_account")
    distributor = distributors.get_for(session, actor, actor.distributor_id)
    distributors.hold_going(session, distributor.id)
    account_id = ledger.get_account(session, distributor.id, distributors.default_legal_entity(session))
    own = (PaymentProof.distributor_id == distributor.id, PaymentProof.key == given.key)
    if (sent := session.scalar(select(PaymentProof.id).where(*own))) is not None:
        return sent
    _refuse(session, distributor.id, given)
    if not set(given.debts) <= {debt.id for debt in queries.debts_of(session, account_id)}:
        raise Refused("proof.debt_not_open", field="debts")
    currency = session.scalars(select(CreditAccount.currency).where(CreditAccount.id == account_id)).one()
    is_new = insert_once(
        session,
        PaymentProof,
        distributor_id=distributor.id,
        key=given.key,
        paid_on=given.paid_on,
        amount=given.amount,
        currency=currency,
        payer=given.payer,
        reference=given.reference,
        note=given.note,
        debts=list(dict.fromkeys(given.debts)),
        person_id=actor.person_id,
    )
    proof_id = session.scalars(select(PaymentProof.id).where(*own)).one()
    if is_new:
        for file in given.files:
            file_under(session, actor, proofs.SUBJECT, proof_id, file)
        outbox.post(session, "payment.proof_submitted", proof_id=proof_id, distributor_id=distributor.id)
    return proof_id


def withdraw_proof(session: Session, actor: Actor, given: SeenProof) -> None:
    """Take a proof back before finance has decided."""
    proofs.get_for(session, actor, given.proof_id)
    proofs.move(session, given.proof_id, given.version, state="withdrawn", decided_by_id=actor.person_id)


def _refuse(session: Session, distributor_id: int, given: NewProof) -> None:
    if given.amount <= 0:
        raise Refused("payment.not_positive", field="amount")
    if given.paid_on > clock.today():
        raise Refused("payment.in_future", field="paid_on")
    if given.paid_on < clock.today() - OLDEST:
        raise Refused("payment.too_old", field="paid_on")
    if not given.files:
        raise Refused("proof.file_needed", field="photos")
    digests = {each.sha256 for each in given.files}
    for known in proofs.with_file(session, digests, distributor_id=distributor_id):
        raise Refused(
            "proof.file_known",
            amount=known.amount,
            currency=known.currency,
            paid_on=known.paid_on,
            field="photos",
        )
