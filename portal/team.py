"""The people of my company: who they are, in which role; inviting and removing them."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from trade.flows.change_memberships import Departure, Place, change_membership, end_membership
from trade.flows.invite_person import renew_invitation, revoke_invitation
from web import team
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import Form
from web.links import show_link
from web.reset import show_issued

bp = Blueprint("team", __name__)


@bp.get("/team")
@requires(Permission.TEAM_MANAGE)
def index() -> Response:
    return _answer(None)


@bp.post("/team")
@requires(Permission.TEAM_MANAGE)
def invitation() -> Response:
    """Invite a colleague and show the link, once."""
    with read() as session:
        form = team.colleague_form(session, g.actor, is_sent=True)
    issued = team.invite(form, g.actor.distributor_id)
    if issued is None:
        return _answer(form, invites=form)
    with read() as session:
        return show_link(session, issued, "team", url_for(".index"))


@bp.post("/team/<id:person_id>/role")
@requires(Permission.TEAM_MANAGE)
def role(person_id: int) -> Response:
    with read() as session:
        form = team.NewRoleForm(request.form)
        form.role.choices = team.choices(session, g.actor)
    if form.validate():
        attempt(form, change_membership, Place(person_id, form.role.data, g.actor.distributor_id))
    return _answer(form, gettext("The role is changed"))


@bp.post("/team/<id:person_id>/removal")
@requires(Permission.TEAM_MANAGE)
def removal(person_id: int) -> Response:
    form = Form()
    attempt(form, end_membership, Departure(person_id, distributor_id=g.actor.distributor_id))
    return _answer(form, gettext("Removed, and signed out here"))


@bp.post("/team/<id:person_id>/invitation")
@requires(Permission.TEAM_MANAGE)
def renewal(person_id: int) -> Response:
    """A new link for a colleague who has not come in yet; the old one ends."""
    form = Form()
    issued = attempt(form, renew_invitation, person_id)
    if issued is None:
        return _answer(form)
    with read() as session:
        return show_link(session, issued, "team", url_for(".index"))


@bp.post("/team/<id:person_id>/reset-code")
@requires(Permission.TEAM_MANAGE)
def reset_code(person_id: int) -> Response:
    """A code for a colleague who forgot the password, shown once."""
    form = Form()
    return show_issued(form, person_id, "team", url_for(".index")) or _answer(form)


@bp.post("/team/<id:person_id>/revocation")
@requires(Permission.TEAM_MANAGE)
def revocation(person_id: int) -> Response:
    form = Form()
    attempt(form, revoke_invitation, person_id)
    return _answer(form, gettext("The link no longer works"))


def _answer(form: Form | None, done: str = "", *, invites: team.ColleagueForm | None = None) -> Response:
    if form is not None and not form.errors:
        say(done)
        return go(url_for(".index"))
    with read() as session:
        context: dict[str, Any] = team.context(session, g.actor, g.actor.distributor_id or 0)
        return render(
            session,
            "portal/team/team.html",
            "team",
            status=422 if form is not None else 200,
            form=form,
            invites=invites or team.colleague_form(session, g.actor),
            **context,
        )
