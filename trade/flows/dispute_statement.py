from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.attachments.filing import Stored, file_under
from trade.distributors.queries import hold_going
from trade.errors import Refused
from trade.notices import outbox
from trade.statements import disputes, queries, states
from trade.statements.models import StatementDispute, StatementLine

LONGEST = 500
MOST_FILES = 6


@dataclass(frozen=True)
class NewDispute:
    """What the distributor does not agree with: which line, why, how much of it as far as known."""

    statement_id: int
    version: int
    line_id: int
    reason: str
    text: str
    amount: Decimal | None = None
    files: Sequence[Stored] = ()


@dataclass(frozen=True)
class NewWord:
    """What one side writes to the other about a disputed line."""

    dispute_id: int
    text: str
    files: Sequence[Stored] = ()


@dataclass(frozen=True)
class SeenDispute:
    """A dispute as the person saw it; `outcome` says how it was settled."""

    dispute_id: int
    version: int
    outcome: str = ""


def dispute_line(session: Session, actor: Actor, given: NewDispute) -> int:
    """Say that a line is not right; the statement keeps what it says, and the brand is asked. Answers the dispute."""
    _needed(actor, Permission.STATEMENT_CONFIRM)
    said = _said(given.text)
    if given.reason not in disputes.REASONS:
        raise Refused("dispute.reason_unknown", field="reason")
    statement = queries.get_locked(session, actor, given.statement_id)
    hold_going(session, statement.distributor_id)
    if statement.state == "closed":
        raise Refused("statement.closed")
    if statement.confirmed_at is not None:
        raise Refused("statement.confirmed_already")
    line = session.scalar(
        select(StatementLine).where(
            StatementLine.id == given.line_id, StatementLine.statement_id == statement.id
        )
    )
    if line is None:
        raise Refused("statement.not_found")
    if given.amount is not None and not 0 < given.amount <= (
        most := line.increase + line.decrease + abs(line.memo)
    ):
        raise Refused("dispute.amount_odd", most=most, currency=statement.currency, field="amount")
    open_ = select(StatementDispute.id).where(
        StatementDispute.line_id == line.id, StatementDispute.state.in_(disputes.UNDER_WAY)
    )
    if session.scalar(open_) is not None:
        raise Refused("dispute.there_already")
    dispute = StatementDispute(
        statement_id=statement.id,
        line_id=line.id,
        reason=given.reason,
        amount=given.amount,
        person_id=actor.person_id,
    )
    session.add(dispute)
    session.flush()
    disputes.write(session, actor, dispute, said)
    _file(session, actor, dispute.id, given.files)
    facts = {"dispute_id": dispute.id, "number": line.number}
    states.move(session, actor, statement, "dispute", given.version, facts=facts)
    outbox.post(session, "statement.disputed", statement_id=statement.id, text=_short(said))
    return dispute.id


def answer_dispute(session: Session, actor: Actor, given: NewWord) -> None:
    """Write to the other side about a disputed line, with files."""
    is_brand = actor.distributor_id is None
    _needed(actor, Permission.STATEMENT_MANAGE if is_brand else Permission.STATEMENT_CONFIRM)
    said = _said(given.text)
    known = disputes.get_locked(session, actor, given.dispute_id)
    if not known.is_open:
        raise Refused("dispute.is_over")
    disputes.write(session, actor, known.dispute, said)
    _file(session, actor, known.dispute.id, given.files)
    topic = "statement.answered" if is_brand else "statement.disputed"
    outbox.post(session, topic, statement_id=known.statement.id, text=_short(said))


def withdraw_dispute(session: Session, actor: Actor, seen: SeenDispute) -> None:
    """Take a dispute back; the line is agreed to with the rest of the statement."""
    _needed(actor, Permission.STATEMENT_CONFIRM)
    known = disputes.get_locked(session, actor, seen.dispute_id)
    disputes.end(session, actor, known, "withdrawn", "withdraw", seen.version)


def settle_dispute(session: Session, actor: Actor, seen: SeenDispute) -> None:
    """Say how a dispute was settled: by a credit note, by an adjustment of the next month, or that the line is right."""
    _needed(actor, Permission.STATEMENT_MANAGE)
    outcome = _said(seen.outcome, "outcome")
    known = disputes.get_locked(session, actor, seen.dispute_id)
    disputes.end(session, actor, known, "settled", "settle", seen.version, outcome)
    outbox.post(session, "statement.settled", statement_id=known.statement.id, text=_short(outcome))


def _needed(actor: Actor, permission: Permission) -> None:
    if not actor.may(permission) or (permission == Permission.STATEMENT_CONFIRM and actor.on_behalf_of):
        raise Refused("access.denied", keep={"permission": permission.value})


def _said(text: str, field: str = "text") -> str:
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise Refused("dispute.words_needed", field=field)
    return said


def _file(session: Session, actor: Actor, dispute_id: int, files: Sequence[Stored]) -> None:
    if len(files) > MOST_FILES:
        raise Refused("dispute.too_many_files", most=MOST_FILES, field="files")
    for each in files:
        file_under(session, actor, disputes.SUBJECT, dispute_id, each)


def _short(said: str) -> str:
    return said if len(said) <= 60 else f"{said[:60]}…"
