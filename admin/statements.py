"""Statements of the brand's distributors: made for a month, looked at, closed; certificates for auditors."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.statement_list import STATEMENTS
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.flows.confirm_statement import SeenStatement, close_statement
from trade.flows.make_statements import start_statements
from trade.flows.order_papers import Bundle, order_bundle
from trade.papers import statements as papers
from trade.papers.statements import PaperLine
from trade.statements import making, queries, states
from trade.statements.models import StatementDispute, StatementLine
from web import papers as drawn
from web import spans, stated
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.forms import DateField, Form, VersionForm
from web.i18n import choose_locale
from web.spans import DayForm, SpanForm

bp = Blueprint("statements", __name__)


class MonthForm(Form):
    month = DateField(_("Month"))


@bp.get("/statements")
@requires(Permission.STATEMENT_READ)
def index() -> Response:
    with read() as session:
        return _show_list(session, None)


@bp.post("/statements/export")
@requires(Permission.STATEMENT_READ)
def export() -> Response:
    return STATEMENTS.export_sheet()


@bp.post("/statements/runs")
@requires(Permission.STATEMENT_MANAGE)
def runs() -> Response:
    """Let the statements of a month be made."""
    form = MonthForm(request.form)
    if form.validate():
        attempt(form, start_statements, form.month.data)
    if not form.errors:
        say(gettext("The statements are being made; you can leave this page"))
        return go(url_for(".index", month=form.month.data.isoformat()))
    with read() as session:
        return _show_list(session, form)


@bp.post("/statements/bundles")
@requires(Permission.STATEMENT_READ)
def bundles() -> Response:
    """Ask for the PDFs of a month in one file."""
    form = MonthForm(request.form)
    if form.validate():
        name = gettext("Statements %(month)s", month=f"{form.month.data:%Y-%m}")
        count = attempt(form, order_bundle, Bundle(form.month.data, name, choose_locale()))
        if not form.errors:
            say(ngettext("%(num)s paper is being made", "%(num)s papers are being made", count or 0))
            return go(url_for("admin.papers.index"))
    with read() as session:
        return _show_list(session, form)


@bp.get("/statements/<id:statement_id>")
@requires(Permission.STATEMENT_READ)
def detail(statement_id: int) -> Response:
    return _answer(statement_id, None)


@bp.get("/statements/<id:statement_id>/paper")
@requires(Permission.STATEMENT_READ)
def paper(statement_id: int) -> Response:
    return drawn.answer_statement(statement_id)


@bp.post("/statements/<id:statement_id>/sheet")
@requires(Permission.STATEMENT_READ)
def sheet(statement_id: int) -> Response:
    with read() as session:
        found = papers.statement_paper(session, g.actor, statement_id)
    return stated.answer_statement_sheet(found)


@bp.post("/statements/<id:statement_id>/closing")
@requires(Permission.STATEMENT_MANAGE)
def closing(statement_id: int) -> Response:
    """Lay a statement to rest, of which nothing is disputed."""
    form = VersionForm(request.form)
    with read() as session:
        queries.get_for(session, g.actor, statement_id)
    if form.validate():
        attempt(form, close_statement, SeenStatement(statement_id, form.version.data or 0))
    if not form.errors:
        say(gettext("Closed for good"))
    return _answer(statement_id, form)


@bp.get("/distributors/<id:distributor_id>/statement")
@requires(Permission.STATEMENT_READ)
def span(distributor_id: int) -> Response:
    """The account of a distributor from a day to a day, as it is now."""
    return _show_span(distributor_id, spans.span_form(), spans.day_form())


@bp.get("/distributors/<id:distributor_id>/statement/paper")
@requires(Permission.STATEMENT_READ)
def span_paper(distributor_id: int) -> Response:
    form = spans.span_form()
    with read() as session:
        found = spans.span_paper(session, form, distributor_id)
    return drawn.answer_span(found) if found else _show_span(distributor_id, form, spans.day_form())


@bp.post("/distributors/<id:distributor_id>/statement/sheet")
@requires(Permission.STATEMENT_READ)
def span_sheet(distributor_id: int) -> Response:
    form = spans.span_form()
    with read() as session:
        found = spans.span_paper(session, form, distributor_id)
    if found is None:
        return _show_span(distributor_id, form, spans.day_form())
    return stated.answer_statement_sheet(found)


@bp.get("/distributors/<id:distributor_id>/balance/paper")
@requires(Permission.STATEMENT_MANAGE)
def certificate(distributor_id: int) -> Response:
    """What an account stood at on a day, for auditors."""
    form = spans.day_form()
    with read() as session:
        found = spans.certificate_paper(session, form, distributor_id)
    return drawn.answer_certificate(found) if found else _show_span(distributor_id, spans.span_form(), form)


def line_url(line: PaperLine | StatementLine) -> str:
    """Where the document of a line stands; nowhere for who may not open it."""
    if line.subject == "return":
        return url_for("admin.returns.detail", return_id=line.subject_id)
    if line.subject == "invoice":
        url = url_for("admin.invoices.detail", invoice_id=line.subject_id)
        return url if g.actor.may(Permission.INVOICE_READ) else ""
    if line.order_id is not None:
        return url_for("admin.orders.detail", order_id=line.order_id)
    if not g.actor.may(Permission.PAYMENT_READ):
        return ""
    if line.subject == "payment":
        return url_for("admin.payments.detail", payment_id=line.subject_id)
    return url_for("admin.payments.index", q=line.number)


def _dispute_link(dispute: StatementDispute) -> str:
    """Where a dispute is answered."""
    return url_for("admin.disputes.detail", dispute_id=dispute.id)


def _show_span(distributor_id: int, form: SpanForm, at: DayForm) -> Response:
    """The account, or what is wrong with the days; the certificate is asked for beside it."""
    with read() as session:
        may_read = g.actor.may(Permission.STATEMENT_READ)
        found = spans.span_paper(session, form, distributor_id) if may_read else None
        return render(
            session,
            "admin/statements/span.html",
            "span",
            status=422 if form.errors or at.errors else 200,
            paper=found,
            distributor=queries.account_of(session, g.actor, distributor_id).distributor,
            form=form,
            at=at,
            stated=stated,
            line_url=line_url,
        )


def _show_list(session: Session, form: MonthForm | None) -> Response:
    listed = STATEMENTS.open(session)
    found = queries.runs(session)
    choices = _months(session)
    chosen = form.month.data if form else None
    return render(
        session,
        "admin/statements/statements.html",
        "statements",
        status=422 if form and form.errors else 200,
        listed=listed,
        form=form,
        runs=found,
        is_busy=any(each.state != "done" for each in found),
        months=choices,
        month=chosen.isoformat() if chosen else listed.asked.get("month") or choices[0][0],
        may_manage=g.actor.may(Permission.STATEMENT_MANAGE),
        may_close=g.actor.may(Permission.PERIOD_CLOSE),
        stated=stated,
    )


def _months(session: Session) -> list[tuple[str, str]]:
    """Each month that can be made, with how many statements of it there are."""
    made = queries.made(session, g.actor)
    return [
        (
            each.isoformat(),
            ngettext("%(month)s · %(num)s statement", "%(month)s · %(num)s statements", count, month=month)
            if (count := made.get(each, 0))
            else gettext("%(month)s · none yet", month=month),
        )
        for each in making.months(session, clock.today())
        for month in [stated.month(each)]
    ]


def _answer(statement_id: int, form: Form | None) -> Response:
    with read() as session:
        found = papers.statement_paper(session, g.actor, statement_id)
        statement = queries.get_for(session, g.actor, statement_id)
        disputed = [each for each in found.lines if each.dispute is not None]
        is_quiet = not any(stated.is_disputed(each) for each in disputed)
        may_manage = g.actor.may(Permission.STATEMENT_MANAGE)
        return show(
            session,
            "admin/statements/statement.html",
            "statement",
            url_for(".detail", statement_id=statement_id),
            form,
            paper=found,
            statement=statement,
            disputed=disputed,
            story=stated.story(queries.timeline(session, statement_id)),
            dispute_link=_dispute_link,
            may_close=may_manage and is_quiet and states.allows(statement, "close"),
            stated=stated,
            line_url=line_url,
        )
