"""Rep, tier or territory of many distributors from a day on: first what would change, then the deed, row by row."""

from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.choosing import offer
from admin.distributors import bp
from admin.editing import LABELS, chosen, offered
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.distributors import masters, queries, standings, territories
from trade.distributors.models import PriceGroup, Tier
from trade.flows.change_standing import StandingChange, change_standing
from web.access import requires
from web.answer import go, render, say
from web.forms import ChoiceField, DateField, Form, LongTextField
from web.lists import Outcome, in_turn, picked

FIELDS = ("rep_id", "tier_id", "territory_id", "price_group_id")


class ManyForm(Form):
    valid_from = DateField(_("Holds from"), hint=_("Today or later"))
    rep_id = ChoiceField(LABELS["rep_id"], is_needed=False, hint=_("Empty stays as it is"))
    tier_id = ChoiceField(LABELS["tier_id"], is_needed=False)
    territory_id = ChoiceField(LABELS["territory_id"], is_needed=False)
    price_group_id = ChoiceField(LABELS["price_group_id"], is_needed=False)
    reason = LongTextField(_("Reason"), longest=500, is_needed=False)


@bp.post("/distributors/reassignment/preview")
@requires(Permission.DISTRIBUTOR_EDIT)
def reassignment_preview() -> Response:
    """What is ticked on the list, with what would change; nothing is written yet."""
    is_asked = "valid_from" in request.form
    with read() as session:
        form = _form(session, request.form if is_asked else None)
        if is_asked and form.validate():
            _refuse_nothing(form)
        return _show(session, form)


@bp.post("/distributors/reassignment")
@requires(Permission.DISTRIBUTOR_EDIT)
def reassignment() -> Response:
    with read() as session:
        form = _form(session, request.form)
        if form.validate():
            _refuse_nothing(form)
        chosen_rows = picked()
        names = queries.names_of(session, g.actor, [key for key, _version in chosen_rows])
        if not names:
            form.refuse(gettext("Nothing is ticked; please choose distributors in the list"))
        if form.errors:
            return _show(session, form)
    changes, day = _changes(form), form.valid_from.data
    given = [
        (names[key], StandingChange(key, version, day, changes, form.reason.data or ""))
        for key, version in chosen_rows
        if key in names
    ]
    outcome = in_turn(change_standing, given)
    if outcome.refused:
        with read() as session:
            return _show(session, form, outcome=outcome)
    say(
        ngettext(
            "%(num)s distributor changes from %(day)s on",
            "%(num)s distributors change from %(day)s on",
            outcome.done,
            day=day.isoformat(),
        )
    )
    return go(url_for(".index"))


def _form(session: Session, sent: Any) -> ManyForm:
    form = ManyForm(sent, data={"valid_from": clock.today()})
    offer(form.rep_id, standings.reps_on_offer(session, g.actor), "sellers")
    form.tier_id.choices = offered(masters.on_offer(session, Tier))
    form.territory_id.choices = offered(territories.on_offer(session))
    form.price_group_id.choices = offered(masters.on_offer(session, PriceGroup))
    return form


def _changes(form: ManyForm) -> Mapping[str, Any]:
    return {name: chosen(form[name].data) for name in FIELDS if form[name].data}


def _refuse_nothing(form: ManyForm) -> None:
    if not _changes(form):
        form.refuse(gettext("Please choose what is to change"))
    elif form.valid_from.data < clock.today():
        form.refuse(gettext("Please choose today or a later day"), "valid_from")


def _show(session: Session, form: ManyForm, *, outcome: Outcome | None = None) -> Response:
    """The ticked ones as they are on the day, with what would become of them."""
    rows = picked()
    day = form.valid_from.data or clock.today()
    wanted = {} if form.errors else _changes(form)
    words = {name: dict(form[name].choices)[form[name].data].strip("　") for name in wanted}
    before = queries.standings_on(session, g.actor, [key for key, _version in rows], day)
    return render(
        session,
        "admin/distributors/reassignment.html",
        "reassignment",
        status=422 if form.errors or outcome else 200,
        form=form,
        rows=[(each, dict(rows)[each.distributor.id]) for each in before],
        wanted=wanted,
        words=words,
        fields=FIELDS,
        labels=LABELS,
        outcome=outcome,
    )
