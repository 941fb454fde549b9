"""Base credit limits by upload: each row gives a distributor its limit from today on, with the reason."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.credit import ledger, limits
from trade.credit.models import CreditAccount, CreditLimit
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.errors import LostRace
from trade.imports.uploads_rows import (
    CHANGED,
    NEW,
    SAME,
    Choices,
    Line,
    blame_repeats,
    companies_by,
    difference,
    named,
    rows_by,
)
from trade.money import rounded
from trade.notices import outbox
from trade.orders import retest


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each row what limit stands and which would."""
    blame_repeats(lines, lambda line: line.values.get("distributor"), "distributor")
    entity_id = distributors.default_legal_entity(session)
    columns = (Distributor.id, Distributor.code, Distributor.name, Distributor.status, Distributor.currency)
    known = companies_by(session, columns, lines)
    every = session.execute(select(Distributor.id, Distributor.code, Distributor.name).limit(20_000))
    near = named((key, code, name) for key, code, name in every)
    held = _held(session, [row.id for row in known.values()], entity_id)
    for line in lines:
        code = line.values.get("distributor")
        line.name = code or ""
        found = known.get(code or "")
        if code and found is None:
            line.blame("distributor", "cell.unknown", code, near.near(code))
        if found is None:
            continue
        if found.status == "ended":
            line.blame("distributor", "row.ended", code)
        if not line.values.get("reason") and not choices.reason:
            line.blame("reason", "cell.empty")
        amount, before = line.values.get("amount"), held.get(found.id)
        if amount is not None:
            line.payload = (found.id, found.currency, before)
            is_same = before is not None and rounded(before) == rounded(amount)
            deed = SAME if is_same else NEW if before is None else CHANGED
            line.become(deed, () if is_same else [difference("amount", before, amount)])


def write(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Give the limits, accounts ascending, keep the old ones as history, and have held orders tested again."""
    touched = [line for line in lines if line.deed in (NEW, CHANGED)]
    today, entity_id = clock.today(), distributors.default_legal_entity(session)
    accounts = {
        line.payload[0]: ledger.open_account(session, line.payload[0], entity_id, line.payload[1], today)
        for line in sorted(touched, key=lambda line: int(line.payload[0]))
    }
    for line in sorted(touched, key=lambda line: accounts[line.payload[0]]):
        _give(session, actor, line, accounts[line.payload[0]], line.values.get("reason") or choices.reason)
    return [("distributor", line.payload[0], line.name) for line in touched]


def _held(session: Session, ids: Sequence[int], entity_id: int) -> dict[int, Decimal]:
    columns = (CreditAccount.id, CreditAccount.distributor_id, CreditAccount.legal_entity_id)
    accounts = {
        row.id: row.distributor_id
        for row in rows_by(session, columns, CreditAccount.distributor_id, ids)
        if row.legal_entity_id == entity_id
    }
    limits = (CreditLimit.account_id, CreditLimit.amount, CreditLimit.kind, CreditLimit.valid_to)
    return {
        accounts[row.account_id]: row.amount
        for row in rows_by(session, limits, CreditLimit.account_id, accounts)
        if row.kind == "base" and row.valid_to is None
    }


def _give(session: Session, actor: Actor, line: Line, account_id: int, reason: str) -> None:
    """Replace the base limit under the lock of its account, if it still is what was seen."""
    distributor_id, _currency, before = line.payload
    session.execute(select(CreditAccount.id).where(CreditAccount.id == account_id).with_for_update())
    if limits.open_base(session, account_id) != before:
        raise LostRace
    wanted = limits.Given(account_id, line.values["amount"], reason, clock.today())
    limit_id, facts = limits.give(session, actor, wanted, before)
    audit.record(
        session, actor, "credit.limit_changed", facts, subject="distributor", subject_id=distributor_id
    )
    retest.call_for(session, distributor_id, f"limit-{limit_id}")
    outbox.post(session, "credit.limit_changed", distributor_id=distributor_id, **facts)
