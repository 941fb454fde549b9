"""The company's statements: looked at, confirmed, disputed line by line; and the account on any other days."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from trade.errors import Refused
from trade.flows.confirm_statement import SeenStatement, confirm_statement
from trade.flows.dispute_statement import NewDispute, dispute_line
from trade.papers import statements as papers
from trade.papers.statements import PaperLine
from trade.statements import queries, states
from trade.statements.models import Statement, StatementDispute, StatementLine
from trade.statements.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web import papers as drawn
from web import spans, stated
from web.access import requires
from web.answer import attempt, go, render, say, show, tell
from web.forms import Form, VersionForm
from web.lists import Asked, Column, Filter, List, Nothing
from web.spans import SpanForm

bp = Blueprint("statements", __name__)
EARLIER = 6


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(state=asked["state"], distributor_id=g.actor.distributor_id)


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


STATEMENTS = List[Row](
    page="portal.statements.index",
    title=_("Statements"),
    counted=lambda count: ngettext("%(num)s statement", "%(num)s statements", count),
    sort="-month",
    find=_find,
    totals=_totals,
    filters=[
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [(state, words) for state, (_tone, words) in stated.STATES.items()],
        )
    ],
    columns=[
        Column(
            key="closing", words=_("Closing balance"), value=lambda row: row.statement.closing, kind="money"
        )
    ],
    nothing=Nothing(
        icon="receipt",
        title=_("No statements yet"),
        text=_("The brand sends one after each month; what happened so far can be seen at any time."),
        url=lambda: url_for("portal.statements.span"),
        button=_("See the account as it is now"),
    ),
    no_match=Nothing(title=_("No statement matches"), text=_("Try another state.")),
)


@bp.get("/statements")
@requires(Permission.CREDIT_READ)
def index() -> Response:
    with read() as session:
        listed = STATEMENTS.open(session)
        page = "portal/statements/statements.html"
        return render(session, page, "statements", listed=listed, stated=stated)


@bp.get("/statements/<id:statement_id>")
@requires(Permission.CREDIT_READ)
def detail(statement_id: int) -> Response:
    return _answer(statement_id, None)


@bp.get("/statements/<id:statement_id>/paper")
@requires(Permission.CREDIT_READ)
def paper(statement_id: int) -> Response:
    return drawn.answer_statement(statement_id)


@bp.post("/statements/<id:statement_id>/sheet")
@requires(Permission.CREDIT_READ)
def sheet(statement_id: int) -> Response:
    with read() as session:
        found = papers.statement_paper(session, g.actor, statement_id)
    return stated.answer_statement_sheet(found)


@bp.post("/statements/<id:statement_id>/confirmation")
@requires(Permission.STATEMENT_CONFIRM)
def confirmation(statement_id: int) -> Response:
    """Agree to the statement, or to all of it that is not disputed."""
    form = VersionForm(request.form)
    with read() as session:
        queries.get_for(session, g.actor, statement_id)
    if form.validate():
        attempt(form, confirm_statement, SeenStatement(statement_id, form.version.data or 0))
    if not form.errors:
        say(gettext("Confirmed; the PDF has a place for your seal"))
    return _answer(statement_id, form)


@bp.get("/statements/<id:statement_id>/lines/<id:line_id>/dispute")
@requires(Permission.STATEMENT_CONFIRM)
def draft(statement_id: int, line_id: int) -> Response:
    """The form in which a line is disputed."""
    with read() as session:
        found = queries.get_for(session, g.actor, statement_id)
        form = stated.DisputeForm(data={"version": found.version})
        return _show_form(session, statement_id, line_id, form)


@bp.post("/statements/<id:statement_id>/lines/<id:line_id>/dispute")
@requires(Permission.STATEMENT_CONFIRM)
def submission(statement_id: int, line_id: int) -> Response:
    """Dispute a line; what was typed stays when something is in the way."""
    with read() as session:
        queries.get_for(session, g.actor, statement_id)
    form = stated.DisputeForm(request.form)
    if form.validate():
        try:
            given = NewDispute(
                statement_id,
                form.version.data or 0,
                line_id,
                form.reason.data,
                form.text.data or "",
                form.amount.data,
                stated.sent_files(),
            )
            attempt(form, dispute_line, given)
        except Refused as refusal:
            tell(form, refusal)
    if not form.errors:
        say(gettext("The brand is told; the rest of the statement can be confirmed"))
        return go(url_for(".detail", statement_id=statement_id))
    with read() as session:
        return _show_form(session, statement_id, line_id, form)


@bp.get("/statements/span")
@requires(Permission.CREDIT_READ)
def span() -> Response:
    """The account from a day to a day, as it is now."""
    return _show_span(spans.span_form())


@bp.get("/statements/span/paper")
@requires(Permission.CREDIT_READ)
def span_paper() -> Response:
    form = spans.span_form()
    with read() as session:
        found = spans.span_paper(session, form, g.actor.distributor_id or 0)
    return drawn.answer_span(found) if found else _show_span(form)


@bp.post("/statements/span/sheet")
@requires(Permission.CREDIT_READ)
def span_sheet() -> Response:
    form = spans.span_form()
    with read() as session:
        found = spans.span_paper(session, form, g.actor.distributor_id or 0)
    return stated.answer_statement_sheet(found) if found else _show_span(form)


def line_url(line: PaperLine | StatementLine) -> str:
    """Where the document of a line stands."""
    if line.subject == "return":
        return url_for("portal.returns.detail", return_id=line.subject_id)
    if line.subject == "invoice":
        return url_for("portal.invoices.detail", invoice_id=line.subject_id)
    if line.order_id is not None:
        return url_for("portal.orders.order", order_id=line.order_id)
    return url_for("portal.credit.payments")


def dispute_link(dispute: StatementDispute) -> str:
    """Where a dispute is looked at."""
    return url_for("portal.disputes.detail", dispute_id=dispute.id)


def _dispute_links(statement: Statement) -> Callable[[PaperLine], str]:
    """Where each line of a statement is disputed."""
    return lambda line: url_for(".draft", statement_id=statement.id, line_id=line.line_id)


def _show_span(form: SpanForm) -> Response:
    with read() as session:
        found = spans.span_paper(session, form, g.actor.distributor_id or 0)
        return render(
            session,
            "portal/statements/span.html",
            "span",
            status=422 if form.errors else 200,
            paper=found,
            form=form,
            stated=stated,
            line_url=line_url,
        )


def _answer(statement_id: int, form: Form | None) -> Response:
    with read() as session:
        found = papers.statement_paper(session, g.actor, statement_id)
        statement: Any = found.statement
        disputed = [each for each in found.lines if stated.is_disputed(each)]
        may = g.actor.may(Permission.STATEMENT_CONFIRM)
        is_open = states.awaits(statement)
        return show(
            session,
            "portal/statements/statement.html",
            "statement",
            url_for(".detail", statement_id=statement_id),
            form,
            paper=found,
            statement=statement,
            disputed=disputed,
            earlier=queries.earlier_of(session, statement, EARLIER),
            story=stated.story(queries.timeline(session, statement_id)),
            may_confirm=may and is_open,
            may_dispute=may and is_open,
            stated=stated,
            line_url=line_url,
            dispute_link=dispute_link,
            dispute_links=_dispute_links,
        )


def _show_form(session: Session, statement_id: int, line_id: int, form: stated.DisputeForm) -> Response:
    found = papers.statement_paper(session, g.actor, statement_id)
    line = next((each for each in found.lines if each.line_id == line_id), None)
    if line is None:
        raise Refused("statement.not_found")
    return render(
        session,
        "portal/statements/dispute_form.html",
        "form",
        status=422 if form.errors else 200,
        paper=found,
        line=line,
        form=form,
        stated=stated,
    )
