from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.receivables import credit_notes, settling
from trade.receivables.settling import Outgoing


@dataclass(frozen=True)
class NoteChoice:
    """Where a credit note goes: amounts by debt, or nothing said for the debts due first; `left` is what was seen of it."""

    note_id: int
    left: Decimal
    amounts: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class NoteTakenBack:
    note_id: int
    application_id: int


@dataclass(frozen=True)
class NoteBack:
    """What was paid out for a credit note; `left` is what the person saw of it."""

    note_id: int
    left: Decimal
    out: Outgoing


def apply_credit_note(session: Session, actor: Actor, given: NoteChoice) -> Decimal:
    """Settle debts with what is left of a credit note; answers how much was settled."""
    held, money = credit_notes.hold(session, credit_notes.get_for(session, actor, given.note_id))
    settling.refuse_stale(money, given.left)
    return settling.apply(session, actor, held, money, given.amounts)


def unapply_credit_note(session: Session, actor: Actor, given: NoteTakenBack) -> None:
    """Take one application of a credit note back: the debt is open again, the credit there again."""
    note = credit_notes.get_for(session, actor, given.note_id)
    held, money = credit_notes.hold(session, note, [settling.order_of(session, given.application_id)])
    settling.take_back(session, actor, held, money, given.application_id)


def refund_credit_note(session: Session, actor: Actor, given: NoteBack) -> int:
    """Pay out what is left of a credit note (退款), whole or in part; answers the refund's id."""
    note = credit_notes.get_for(session, actor, given.note_id)
    settling.claim(session, note, credit_notes.legal_entity_of(session, note), given.out)
    held, money = credit_notes.hold(session, note)
    settling.refuse_stale(money, given.left)
    return settling.pay_back(session, actor, held, money, given.out)
