"""From which day to which an account is asked for: what was typed stays, and what is wrong is said beside it."""

from datetime import date

from flask import g, request
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from trade import clock
from trade.books.rules import month_of
from trade.errors import Refused
from trade.papers import statements as papers
from trade.papers.statements import CertificatePaper, StatementPaper
from web.answer import tell
from web.forms import DateField, Form


class SpanForm(Form):
    since = DateField(_("From"))
    until = DateField(_("To"))


class DayForm(Form):
    day = DateField(_("At the end of"))


def span_form() -> SpanForm:
    """The days that the address asks for; this month until today where it says nothing of one."""
    today = clock.today()
    return SpanForm(_asked(since=month_of(today), until=today))


def day_form() -> DayForm:
    """The day that the address asks for, else the last one of the span, else today."""
    until = request.args.get("until")
    return DayForm(_asked(day=until or clock.today()))


def span_paper(session: Session, form: SpanForm, distributor_id: int) -> StatementPaper | None:
    """The account between those days as it is now; None where the form says what is wrong with them."""
    if not form.validate():
        return None
    try:
        return papers.span_paper(session, g.actor, distributor_id, form.since.data, form.until.data)
    except Refused as refusal:
        tell(form, refusal)
        return None


def certificate_paper(session: Session, form: DayForm, distributor_id: int) -> CertificatePaper | None:
    """What the account stood at when that day was over; None where the form says what is wrong with it."""
    if not form.validate():
        return None
    try:
        return papers.certificate_paper(session, g.actor, distributor_id, form.day.data)
    except Refused as refusal:
        tell(form, refusal)
        return None


def _asked(**usual: date | str) -> MultiDict[str, str]:
    typed = MultiDict(request.args)
    for name, day in usual.items():
        typed.setdefault(name, str(day))
    return typed
