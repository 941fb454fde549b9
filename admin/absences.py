"""Who is away and who decides meanwhile: one's own days, and everybody's for who looks after people."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from admin import policy_words
from admin.choosing import offer
from admin.editing import chosen
from trade import clock
from trade.actor import Permission
from trade.approvals import fitness
from trade.db import read
from trade.flows.set_absence import LATER, Away, Kept, end_absence, set_absence
from trade.people import absences
from trade.people.queries import at_work, names_of
from web import asked
from web.access import requires
from web.answer import attempt, say, show
from web.forms import ChoiceField, DateField, Form, TextField

bp = Blueprint("absences", __name__)


class AwayForm(Form):
    person = ChoiceField(_("Who is away"))
    substitute = ChoiceField(_("Who decides instead"))
    from_day = DateField(_("First day away"))
    last_day = DateField(_("Last day away"))
    reason = TextField(_("Reason"), longest=100, is_needed=False)


@bp.get("/absences")
@requires(Permission.DESK_READ)
def index() -> Response:
    """Who is away; the address may name the person for whom a substitute is looked for."""
    with read() as session:
        return _show(session, _form(session, request.args if "person" in request.args else None))


@bp.post("/absences")
@requires(Permission.DESK_READ)
def creation() -> Response:
    with read() as session:
        form = _form(session, request.form)
    if form.validate():
        given = Away(
            chosen(form.person.data) or 0,
            chosen(form.substitute.data) or 0,
            form.from_day.data,
            form.last_day.data + LATER,
            form.reason.data or "",
        )
        if kept := attempt(form, set_absence, given):
            say(_said(kept))
    with read() as session:
        return _show(session, form if form.errors else _form(session))


@bp.post("/absences/<id:absence_id>/ending")
@requires(Permission.DESK_READ)
def ending(absence_id: int) -> Response:
    form = Form(request.form)
    attempt(form, end_absence, absence_id)
    if not form.errors:
        say(gettext("Ended; everything waits for the person again"))
    with read() as session:
        return _show(session, _form(session))


def _said(kept: Kept) -> str:
    said = gettext("Kept; what waits goes to both from the first day on")
    if not kept.unanswered:
        return said
    about = gettext(" and ").join(policy_words.subject(each) for each in kept.unanswered)
    return said + gettext(
        ". Nobody whom the policy names is there then for some of: %(about)s; those who keep the roles are asked",
        about=about,
    )


def _sees_all() -> bool:
    return g.actor.may(Permission.PERSON_MANAGE) and g.actor.scope.is_everyone


def _form(session: Session, typed: Any = None) -> AwayForm:
    today = clock.today()
    usual = {"person": str(g.actor.person_id), "from_day": today, "last_day": today}
    form = AwayForm(typed, data=usual)
    people = at_work(session)
    others = [each for each in people if _sees_all() or each[0] != g.actor.person_id]
    offer(form.substitute, others, "at-work")
    offer(form.person, [each for each in people if _sees_all() or each[0] == g.actor.person_id], "at-work")
    with suppress(ValidationError):
        form.person.settle()  # several of one name are told when the form is sent
    return form


def _others_too() -> dict[str, str]:
    """Where the person may be chosen, the substitutes follow: those who could stand in for whoever it is."""
    kept = "#person, #from_day, #last_day, #reason"
    return {
        "hx-get": url_for(".index"),
        "hx-trigger": "change",
        "hx-include": kept,
        "hx-target": "#absences",
        "hx-swap": "outerHTML",
    }


def _show(session: Session, form: AwayForm) -> Response:
    fit = fitness.substitutes(session, asked.whole(form.person.data or "") or g.actor.person_id)
    form.substitute.choices = [each for each in form.substitute.choices if chosen(each[0]) in fit]
    rows = [
        each
        for each in absences.of_everybody(session, clock.today())
        if _sees_all() or g.actor.person_id in {each.person_id, each.substitute_id}
    ]
    people = names_of(session, {key for each in rows for key in (each.person_id, each.substitute_id)})
    return show(
        session,
        "admin/absences/absences.html",
        "absences",
        url_for(".index"),
        form,
        rows=rows,
        people=people,
        later=LATER,
        today=clock.today(),
        sees_all=_sees_all(),
        others=_others_too() if _sees_all() else {},
    )
