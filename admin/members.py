"""The people of one distributor, from the brand's side."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from trade.distributors import queries as distributors
from trade.flows.change_memberships import Departure, Place, change_membership, end_membership
from web import team
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import Form
from web.links import show_link
from web.reset import show_issued

bp = Blueprint("members", __name__)


@bp.get("/distributors/<id:distributor_id>/people")
@requires(Permission.PERSON_RESET)
def index(distributor_id: int) -> Response:
    return _answer(distributor_id, None)


@bp.post("/distributors/<id:distributor_id>/people")
@requires(Permission.PERSON_MANAGE)
def invitation(distributor_id: int) -> Response:
    with read() as session:
        distributors.get_for(session, g.actor, distributor_id)
        form = team.colleague_form(session, g.actor, is_sent=True)
    issued = team.invite(form, distributor_id)
    if issued is None:
        return _answer(distributor_id, form, invites=form)
    with read() as session:
        return show_link(session, issued, "members", url_for(".index", distributor_id=distributor_id))


@bp.post("/distributors/<id:distributor_id>/people/<id:person_id>/role")
@requires(Permission.PERSON_MANAGE)
def role(distributor_id: int, person_id: int) -> Response:
    with read() as session:
        distributors.get_for(session, g.actor, distributor_id)
        form = team.NewRoleForm(request.form)
        form.role.choices = team.choices(session, g.actor)
    if form.validate():
        attempt(form, change_membership, Place(person_id, form.role.data, distributor_id))
    return _answer(distributor_id, form, gettext("The role is changed"))


@bp.post("/distributors/<id:distributor_id>/people/<id:person_id>/removal")
@requires(Permission.PERSON_MANAGE)
def removal(distributor_id: int, person_id: int) -> Response:
    with read() as session:
        distributors.get_for(session, g.actor, distributor_id)
    form = Form()
    attempt(form, end_membership, Departure(person_id, distributor_id=distributor_id))
    return _answer(distributor_id, form, gettext("Removed, and signed out there"))


@bp.post("/distributors/<id:distributor_id>/people/<id:person_id>/reset-code")
@requires(Permission.PERSON_RESET)
def reset_code(distributor_id: int, person_id: int) -> Response:
    """A code for somebody of the distributor who forgot the password, shown once."""
    form, back = Form(), url_for(".index", distributor_id=distributor_id)
    shown = show_issued(form, person_id, "members", back, distributor_id)
    return shown or _answer(distributor_id, form)


def _answer(
    distributor_id: int, form: Form | None, done: str = "", *, invites: team.ColleagueForm | None = None
) -> Response:
    if form is not None and not form.errors:
        say(done)
        return go(url_for(".index", distributor_id=distributor_id))
    with read() as session:
        distributor = distributors.get_for(session, g.actor, distributor_id)
        context: dict[str, Any] = team.context(session, g.actor, distributor_id)
        return render(
            session,
            "admin/people/members.html",
            "members",
            status=422 if form is not None else 200,
            form=form,
            distributor=distributor,
            invites=invites or team.colleague_form(session, g.actor),
            **context,
        )
