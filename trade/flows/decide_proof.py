from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.banking import lines, matching
from trade.banking.lines import Seen
from trade.banking.matching import Debt
from trade.banking.models import BankLine
from trade.books.models import OpenItem
from trade.errors import Refused
from trade.notices import outbox
from trade.receivables import payments, proofs, queries
from trade.receivables.items import Held, Step
from trade.receivables.models import PaymentProof
from trade.receivables.payments import Receipt


@dataclass(frozen=True)
class Arrived:
    """What finance found at the bank for a proof: a line that was taken in, or day, amount and reference by hand."""

    proof_id: int
    version: int
    paid_on: date
    amount: Decimal
    reference: str
    line: Seen | None = None
    is_prepayment: bool = False


@dataclass(frozen=True)
class Tied:
    """A proof of money that was recorded by another way."""

    proof_id: int
    version: int
    payment_id: int


@dataclass(frozen=True)
class No:
    proof_id: int
    version: int
    reason: str


def confirm_proof(session: Session, actor: Actor, given: Arrived) -> int:
    """Book the money that a proof is about, once; debts that it names are paid first. Answers the payment."""
    proof = proofs.get_for(session, actor, given.proof_id)
    proofs.move(session, proof.id, given.version)  # held from here on
    receipt = Receipt(
        proof.distributor_id,
        given.paid_on,
        given.amount,
        given.reference,
        " ".join(each for each in (proof.payer, proof.note) if each)[:500],
        is_prepayment=given.is_prepayment,
        currency=proof.currency,
        origin="proof",
    )
    line = None if given.line is None else _line(session, actor, given.line, receipt)

    def plan(held: Held, money: OpenItem) -> Sequence[Step]:
        debts = [Debt(each.id, each.number, each.amount - each.applied) for each in held.debts]
        by_id = {each.id: each for each in held.debts}
        parts = matching.plan(min(money.amount, max(held.loose, Decimal(0))), debts, proof.debts)
        return [Step(money, by_id[part.debt_id], part.amount) for part in parts]

    payment = payments.take_in(session, actor, receipt, plan)
    _confirmed(session, actor, proof.id, payment.id)
    if line is not None:
        booked = update(BankLine).where(BankLine.id == line.id)
        session.execute(
            booked.values(state="booked", payment_id=payment.id, decided_at=clock.now()).execution_options(
                synchronize_session=False
            )
        )
    told = {"number": payment.number, "amount": str(payment.amount)}
    audit.record(session, actor, "proof.confirmed", told, subject="payment_proof", subject_id=proof.id)
    outbox.post(session, "payment.recorded", payment_id=payment.id, distributor_id=payment.distributor_id)
    return payment.id


def tie_proof(session: Session, actor: Actor, given: Tied) -> None:
    """Say that the money of a proof is recorded already, so that it is booked once."""
    proof = proofs.get_for(session, actor, given.proof_id)
    payment = queries.get_for(session, actor, given.payment_id)
    proofs.move(session, proof.id, given.version)
    taken = session.scalar(select(PaymentProof.id).where(PaymentProof.payment_id == payment.id))
    is_theirs = (payment.distributor_id, payment.amount) == (proof.distributor_id, proof.amount)
    if payment.voided_at is not None or taken is not None or not is_theirs:
        raise Refused("bank_line.payment_taken")
    _confirmed(session, actor, proof.id, payment.id)
    told = {"number": payment.number}
    audit.record(session, actor, "proof.confirmed", told, subject="payment_proof", subject_id=proof.id)


def refuse_proof(session: Session, actor: Actor, given: No) -> None:
    """Say that no such money came, or that the proof shows something else; the distributor reads why."""
    proof = proofs.get_for(session, actor, given.proof_id)
    proofs.move(
        session, proof.id, given.version, state="refused", reason=given.reason, decided_by_id=actor.person_id
    )
    told = {"reason": given.reason}
    audit.record(session, actor, "proof.refused", told, subject="payment_proof", subject_id=proof.id)
    outbox.post(session, "payment.proof_refused", proof_id=proof.id, distributor_id=proof.distributor_id)


def _confirmed(session: Session, actor: Actor, proof_id: int, payment_id: int) -> None:
    values = {"state": "confirmed", "payment_id": payment_id, "decided_by_id": actor.person_id}
    statement = update(PaymentProof).where(PaymentProof.id == proof_id).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))


def _line(session: Session, actor: Actor, seen: Seen, receipt: Receipt) -> BankLine:
    """Hold the bank's line of the same money, so that it is not booked a second time."""
    line = lines.get_for(session, actor, seen.line_id)
    if (line.amount, line.currency) != (receipt.amount, receipt.currency):
        raise Refused("proof.line_differs", field="line")
    lines.move(session, actor, seen, "open")
    return line
