"""What a statement, a span of an account and a certificate of balance say, for a page, a PDF and a sheet alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors.models import Distributor, LegalEntity
from trade.errors import Refused
from trade.money import ZERO
from trade.receivables.rules import seen_reference
from trade.statements import queries, reckoning, rules
from trade.statements.models import Statement, StatementDispute
from trade.statements.rules import Debt

PAYMENT = "payment"
LONGEST = 3 * 366  # days of a span


@dataclass(frozen=True)
class PaperLine:
    """A line as it is shown, whether it is frozen on a statement or stands in the books alone."""

    day: date
    kind: str
    subject: str
    subject_id: int
    order_id: int | None
    number: str
    words: str
    is_memo: bool
    increase: Decimal
    decrease: Decimal
    memo: Decimal
    running: Decimal
    line_id: int | None = None
    is_late: bool = False  # counts in a later month than its own
    dispute: StatementDispute | None = None  # the last one about it


@dataclass(frozen=True)
class StatementPaper:
    """An account from a day to a day: two companies, every line, what the end is made of."""

    company: LegalEntity
    distributor: Distributor
    currency: str
    since: date
    until: date
    opening: Decimal
    increase: Decimal
    decrease: Decimal
    closing: Decimal
    lines: Sequence[PaperLine]
    sums: Mapping[str, Decimal]
    parts: Mapping[str, Decimal]
    ageing: Mapping[str, Decimal]
    moves: int
    statement: Statement | None = None  # none for a span, which is not frozen

    @property
    def number(self) -> str:
        return self.statement.number if self.statement else ""

    @property
    def open(self) -> Decimal:
        """What is owed in all, before money that is not applied."""
        return sum(self.ageing.values(), ZERO)

    @property
    def loose(self) -> Decimal:
        """Money and credit notes that are not applied, below zero."""
        return self.parts.get("prepayment", ZERO) + self.parts.get("credit_note", ZERO)


@dataclass(frozen=True)
class CertificatePaper:
    """What an account stood at on a day, for auditors (余额证明), with what it is made of."""

    company: LegalEntity
    distributor: Distributor
    currency: str
    day: date
    balance: Decimal
    begun: date | None  # the first entry of the account
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    ageing: Mapping[str, Decimal] = field(default_factory=dict)


def statement_paper(session: Session, actor: Actor, statement_id: int) -> StatementPaper:
    """Load a statement as it was issued. Raises Refused("statement.not_found")."""
    statement = queries.get_for(session, actor, statement_id)
    distributor, company = queries.parties(session, statement)
    disputed = {each.line_id: each for each in queries.disputes_of(session, statement.id)}
    lines = [
        PaperLine(
            each.day,
            each.kind,
            each.subject,
            each.subject_id,
            each.order_id,
            *_named(actor, each.subject, each.number, each.words),
            each.is_memo,
            each.increase,
            each.decrease,
            each.memo,
            each.running,
            each.id,
            each.day < statement.first_day,
            disputed.get(each.id),
        )
        for each in queries.lines_of(session, statement.id)
    ]
    return StatementPaper(
        company=company,
        distributor=distributor,
        currency=statement.currency,
        since=statement.first_day,
        until=statement.last_day,
        opening=statement.opening,
        increase=statement.increase,
        decrease=statement.decrease,
        closing=statement.closing,
        lines=lines,
        sums=_amounts(statement.sums),
        parts=_amounts(statement.parts),
        ageing=_amounts(statement.ageing),
        moves=statement.lines,
        statement=statement,
    )


def span_paper(
    session: Session, actor: Actor, distributor_id: int, since: date, until: date
) -> StatementPaper:
    """The account from any day to any day until today, as the books have it now: neither frozen nor numbered."""
    if until > clock.today():
        raise Refused("statement.day_ahead", field="until")
    if since > until:
        raise Refused("statement.span_turned", field="until")
    if (until - since).days > LONGEST:
        raise Refused("statement.span_long", field="since")
    account = queries.account_of(session, actor, distributor_id)
    found = reckoning.of_span(session, account.id, since, until)
    lines = [
        PaperLine(
            each.entry.day,
            each.entry.kind,
            each.entry.subject,
            each.entry.subject_id,
            each.entry.order_id,
            *_named(actor, each.entry.subject, each.entry.number, each.entry.words),
            each.is_memo,
            each.increase,
            each.decrease,
            each.memo,
            each.running,
            is_late=each.entry.day < since,
        )
        for each in found.lines
    ]
    return StatementPaper(
        company=account.entity,
        distributor=account.distributor,
        currency=account.currency,
        since=since,
        until=until,
        opening=found.opening,
        increase=found.increase,
        decrease=found.decrease,
        closing=found.closing,
        lines=lines,
        sums=found.sums,
        parts=found.parts,
        ageing=found.ageing,
        moves=found.moves,
    )


def certificate_paper(session: Session, actor: Actor, distributor_id: int, day: date) -> CertificatePaper:
    """What the books say an account stood at when a day was over, which is not a later one than today."""
    if day > clock.today():
        raise Refused("statement.day_ahead", field="day")
    account = queries.account_of(session, actor, distributor_id)
    parts = reckoning.parts_on(session, account.id, day)
    debts: list[Debt] = reckoning.debts_on(session, account.id, day)
    return CertificatePaper(
        company=account.entity,
        distributor=account.distributor,
        currency=account.currency,
        day=day,
        balance=sum(parts.values(), ZERO),
        begun=reckoning.first_booked(session, account.id),
        parts=parts,
        ageing=rules.aged(debts, day),
    )


def _named(actor: Actor, subject: str, number: str, words: str) -> tuple[str, str]:
    """What names a line's document; the bank's reference of a payment as this reader may see it."""
    if subject != PAYMENT or not words:
        return number, words
    seen = seen_reference(actor, words)
    return number.replace(words, seen), seen


def _amounts(kept: Mapping[str, str]) -> dict[str, Decimal]:
    """Amounts that a document keeps as text."""
    return {name: Decimal(amount) for name, amount in kept.items()}
