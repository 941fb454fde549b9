"""Money that came in: taken in once, settled, taken back, paid back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock, idempotency, numbers, text
from trade.actor import Actor
from trade.books.models import LedgerEntry, OpenItem
from trade.books.posting import Document
from trade.books.rules import BANK, PREPAYMENT, Leg
from trade.credit import ledger
from trade.credit.models import CreditAccount
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.money import ZERO
from trade.orders import retest
from trade.receivables import items
from trade.receivables.items import Held, NewItem, Step
from trade.receivables.models import Payment

OLDEST = timedelta(days=2 * 365)  # an older day of payment is a slip of the pen
USUAL_PREPAYMENT = (
    Decimal("0.2"),
    Decimal(10000),
)  # of what is owed, and in all: beyond both it is asked about
Plan = Callable[[Held, OpenItem], Sequence[Step]]


@dataclass(frozen=True)
class Receipt:
    """Money that came in: whole 分, in the account's currency, on a day not in the future."""

    distributor_id: int
    paid_on: date
    amount: Decimal
    reference: str  # the bank's; the same in other letters or widths is the same
    note: str = ""
    is_prepayment: bool = False  # the person looked again: more than is owed, and meant
    is_applied: bool = True  # to the debts that are due first; else it waits until somebody says to which
    currency: str = ""  # as the person or the bank has it; another than the account's is refused
    origin: str = "hand"


def take_in(session: Session, actor: Actor, given: Receipt, plan: Plan) -> Payment:
    """Book money that came in, and settle with it what `plan` says; held orders are tested again."""
    distributor = distributors.get_for(session, actor, given.distributor_id)
    entity_id = distributors.default_legal_entity(session)
    _refuse_receipt(given)
    if not idempotency.is_first(session, _key(entity_id, given.reference)):
        raise Refused("payment.reference_used", reference=given.reference, field="reference")
    held = items.hold(session, ledger.get_account(session, distributor.id, entity_id))
    account = held.account
    if given.currency not in {"", account.currency}:
        raise Refused(
            "payment.other_currency", currency=account.currency, given=given.currency, field="amount"
        )
    if not given.is_prepayment:
        _refuse_unusual(given, account)
    payment = Payment(
        number=numbers.draw(session, "RC", clock.today()),
        distributor_id=distributor.id,
        legal_entity_id=entity_id,
        paid_on=given.paid_on,
        amount=given.amount,
        currency=account.currency,
        reference=given.reference,
        note=given.note,
        origin=given.origin,
        person_id=actor.person_id,
    )
    session.add(payment)
    session.flush()
    source = f"payment-{payment.id}"
    document = Document(source, "payment", "payment", payment.id, given.paid_on)
    ledger.book_on(session, account, document, [Leg(BANK, PREPAYMENT, given.amount)])
    new = NewItem(account.id, "payment", payment.id, payment.number, given.paid_on, given.amount)
    money = items.add(session, new)
    session.refresh(account)
    items.settle(session, actor, held, plan(held, money), f"{source}-applied")
    facts = {"amount": str(given.amount), "reference": given.reference}
    audit.record(session, actor, "payment.recorded", facts, subject="payment", subject_id=payment.id)
    retest.call_for(session, distributor.id, source)
    return payment


def oldest(held: Held, money: OpenItem) -> Sequence[Step]:
    """Settle the debts that are due first (冲最早到期的)."""
    return items.oldest(held, [money])


def later(held: Held, money: OpenItem) -> Sequence[Step]:
    """Let the money wait until somebody says where it goes (先挂预收)."""
    return ()


def item_of(session: Session, payment: Payment) -> OpenItem:
    """The open item of a payment, as it stands now."""
    wanted = select(OpenItem).where(OpenItem.kind == "payment", OpenItem.subject_id == payment.id)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def hold(session: Session, payment: Payment, order_ids: Sequence[int | None] = ()) -> tuple[Held, OpenItem]:
    """Lock the account of a payment; answers what is open there, and the payment's own item."""
    held = items.hold(session, item_of(session, payment).account_id, order_ids)
    session.refresh(payment)
    return held, item_of(session, payment)


def void(session: Session, actor: Actor, payment: Payment, reason: str) -> None:
    """Take back a payment that was a slip (冲销): reversed in the books, its reference free again."""
    held, item = hold(session, payment)
    if payment.voided_at is not None:
        raise Refused("payment.voided")
    if item.applied:
        raise Refused("payment.applied", amount=item.applied, currency=payment.currency)
    if item.amount > held.loose:
        raise Refused("application.earmarked", left=max(held.loose, ZERO), currency=payment.currency)
    document = Document(f"payment-{payment.id}-void", "void", "payment", payment.id, clock.today())
    ledger.reverse_on(session, held.account, _source(session, payment), document)
    item.voided_at = payment.voided_at = clock.now()
    payment.voided_as, payment.void_reason = payment.id, reason
    session.flush()
    idempotency.free(session, _key(payment.legal_entity_id, payment.reference))
    facts = {"amount": str(payment.amount), "reference": payment.reference, "reason": reason}
    audit.record(session, actor, "payment.voided", facts, subject="payment", subject_id=payment.id)


def _key(entity_id: int, reference: str) -> str:
    return f"payment-{entity_id}-{text.folded(reference)}"


def _source(session: Session, payment: Payment) -> str:
    """Under which the payment stands in the books; older ones are known by their reference."""
    wanted = select(LedgerEntry.source).where(
        LedgerEntry.subject == "payment", LedgerEntry.subject_id == payment.id, LedgerEntry.kind == "payment"
    )
    return session.scalars(wanted).one()


def _refuse_receipt(given: Receipt) -> None:
    if given.amount <= 0:
        raise Refused("payment.not_positive", field="amount")
    if given.paid_on > clock.today():
        raise Refused("payment.in_future", field="paid_on")
    if given.paid_on < clock.today() - OLDEST:
        raise Refused("payment.too_old", field="paid_on")


def _refuse_unusual(given: Receipt, account: CreditAccount) -> None:
    """Much more than is owed is asked about: a figure too many is typed easily."""
    owed = max(account.used, ZERO)
    share, least = USUAL_PREPAYMENT
    over = given.amount - owed
    if over > max(owed * share, least):
        raise Refused(
            "payment.above_owed",
            amount=given.amount,
            owed=owed,
            over=over,
            currency=account.currency,
            field="is_prepayment",
        )
