"""Statements of the world of the walk: each distributor's month, of which one line is disputed, with a file."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor, Permission
from trade.attachments.filing import keep_file
from trade.attachments.models import Attachment
from trade.books.rules import month_of, next_month
from trade.credit.models import CreditAccount
from trade.flows.dispute_statement import NewDispute, dispute_line
from trade.flows.make_statements import AccountMonth, make_statement
from trade.statements.models import Statement, StatementDispute, StatementLine
from trade.statements.rules import month_before

DISPUTED = "CANARY-DISPUTE"


def plant(actors: Mapping[str, Actor], picture: bytes) -> None:
    """The month that runs is over: each distributor has its statement and disputes its first line."""
    with db.read() as session:
        accounts = session.execute(
            select(CreditAccount.id, CreditAccount.distributor_id).where(
                CreditAccount.distributor_id.is_not(None)
            )
        ).all()
    month = month_of(clock.today())
    for account_id, distributor_id in accounts:
        with clock.set_to(clock.now() + timedelta(days=(next_month(month) - clock.today()).days)):
            db.run(make_statement, OPERATOR, AccountMonth(account_id, month))
        if distributor_id in actors:
            with db.read() as session:
                statement = session.scalars(select(Statement).where(Statement.account_id == account_id)).one()
                line = session.scalars(_lines(statement.id)).first()
            assert line is not None
            files = (keep_file("签收单.png", picture),)
            given = NewDispute(statement.id, 1, line.id, "quantity", DISPUTED, None, files)
            db.run(dispute_line, _confirming(actors[distributor_id]), given)


def _confirming(actor: Actor) -> Actor:
    """Somebody who may confirm statements too, as a brand may let a buyer."""
    return replace(actor, permissions=actor.permissions | {Permission.STATEMENT_CONFIRM})


def objects(session: Session, home: int) -> dict[str, int]:
    """D1.statement, a line of it that is not disputed, its dispute and the dispute's file."""
    found: dict[str, int] = {}
    for statement in session.scalars(select(Statement)):
        code = "D1" if statement.distributor_id == home else "D2"
        found |= {f"{code}.statement": statement.id, f"version of {code}.statement": statement.version}
        found[f"{code}.statement-line"] = session.scalars(_lines(statement.id)).all()[-1].id
        for each in session.scalars(
            select(StatementDispute).where(StatementDispute.statement_id == statement.id)
        ):
            file = select(Attachment.id).where(
                Attachment.subject == "dispute", Attachment.subject_id == each.id
            )
            found |= {f"{code}.dispute": each.id, f"{code}.dispute-file": session.scalars(file).one()}
            found[f"version of {code}.dispute"] = each.version
    return found


def fields(route: str, known: Mapping[str, int]) -> dict[str, Any] | None:
    """What is sent about a statement, a dispute, a period; None for any other route."""
    statement, dispute = (
        {"version": str(known[f"version of D1.{name}"])} for name in ("statement", "dispute")
    )
    month = month_of(clock.today()).isoformat()
    over = {"version": "1", "entity": "1", "month": month_before(clock.today()).isoformat()}
    forms: dict[str, dict[str, Any]] = {
        "POST /portal/statements/<id:statement_id>/confirmation": statement,
        "POST /portal/statements/<id:statement_id>/lines/<id:line_id>/dispute": statement
        | {"reason": "price", "text": "价格不对"},
        "POST /portal/disputes/<id:dispute_id>/remarks": {"text": "附上签收单"},
        "POST /portal/disputes/<id:dispute_id>/withdrawal": dispute,
        "POST /admin/disputes/<id:dispute_id>/remarks": {"text": "仓库在查"},
        "POST /admin/disputes/<id:dispute_id>/settlement": dispute | {"outcome": "下月调整"},
        "POST /admin/statements/<id:statement_id>/closing": statement,
        "POST /admin/statements/runs": {"month": over["month"]},
        "POST /admin/statements/bundles": {"month": month},
        "POST /admin/periods/closing": over,
        "POST /admin/periods/reopening": over,
    }
    return forms.get(route)


def _lines(statement_id: int) -> Any:
    return (
        select(StatementLine)
        .where(StatementLine.statement_id == statement_id)
        .order_by(StatementLine.line_no)
    )
