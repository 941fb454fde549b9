"""The months of the books: which are closed, by whom, and what still waits in those that are not."""

from datetime import date

from flask import Blueprint, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.flows.close_period import SeenPeriod, close_period, reopen_period
from trade.statements import closing
from web import asked
from web.access import requires
from web.answer import Flow, attempt, say, show
from web.forms import DateField, Form, VersionForm, WholeNumberField

bp = Blueprint("periods", __name__)


class PeriodForm(VersionForm):
    entity = WholeNumberField()
    month = DateField()


@bp.get("/periods")
@requires(Permission.PERIOD_CLOSE)
def index() -> Response:
    return _answer(asked.number("entity"), None)


@bp.post("/periods/closing")
@requires(Permission.PERIOD_CLOSE)
def closed() -> Response:
    """Close a month that is over."""
    return _do(close_period, gettext("Closed; what comes late counts in the next month"))


@bp.post("/periods/reopening")
@requires(Permission.PERIOD_CLOSE)
def reopened() -> Response:
    """Open the last closed month again."""
    return _do(reopen_period, gettext("Open again"))


def _do(flow: Flow[SeenPeriod, None], words: str) -> Response:
    form = PeriodForm(request.form)
    if form.validate():
        month: date = form.month.data
        attempt(form, flow, SeenPeriod(form.entity.data, month, form.version.data or 0))
    if not form.errors:
        say(words)
    return _answer(form.entity.data if isinstance(form.entity.data, int) else None, form)


def _answer(entity: int | None, form: Form | None) -> Response:
    with read() as session:
        known = closing.entities(session)
        chosen = next((key for key, _name in known if key == entity), known[0][0] if known else 0)
        return show(
            session,
            "admin/periods/periods.html",
            "periods",
            url_for(".index", entity=chosen),
            form,
            months=closing.months(session, chosen, clock.today()),
            entities=known,
            entity=chosen,
        )
