"""Roles: what the people who hold one may do, and whose rows they reach."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import rights
from admin.editing import EditForm, edit
from trade.actor import Permission
from trade.db import read
from trade.errors import Refused
from trade.flows.edit_role import Archiving, RoleCopy, RoleEdit, archive_role, copy_role, edit_role
from trade.people import authority
from trade.people.models import Face, Reach, Role
from trade.people.roles import rights_of_face
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, Form, TextField, VersionForm
from web.words import role_name

bp = Blueprint("roles", __name__)
MOST = 200  # ticks of one form


class RoleForm(EditForm):
    name = TextField(_("Designation"), longest=40)
    reach = ChoiceField(_("Reach"), choices=[(each.value, rights.REACHES[each][0]) for each in Reach])
    permissions = TextField(_("Permissions"), is_needed=False)  # the ticks themselves are read apart


class CopyForm(Form):
    name = TextField(_("Name of the new role"), longest=40)
    role = ChoiceField(_("Copy of"))


@bp.get("/roles")
@requires(Permission.ROLE_MANAGE)
def index() -> Response:
    with read() as session:
        return _show_list(session, _copy_form(session))


@bp.post("/roles")
@requires(Permission.ROLE_MANAGE)
def creation() -> Response:
    with read() as session:
        form = _copy_form(session, is_sent=True)
    role_id = None
    if form.validate():
        role_id = attempt(form, copy_role, RoleCopy(form.name.data, int(form.role.data)))
    if role_id is None:
        with read() as session:
            return _show_list(session, form)
    say(gettext("Copied; now choose what it may"))
    return go(url_for(".role", role_id=role_id))


@bp.get("/roles/<id:role_id>")
@requires(Permission.ROLE_MANAGE)
def role(role_id: int) -> Response:
    with read() as session:
        found, permissions = _get(session, role_id)
        form = RoleForm(data={"name": role_name(found.name), "reach": found.reach, "version": found.version})
        return _show_role(session, found, form, permissions, permissions)


@bp.post("/roles/<id:role_id>")
@requires(Permission.ROLE_MANAGE)
def submission(role_id: int) -> Response:
    ticked = frozenset(request.form.getlist("permission")[:MOST])
    with read() as session:
        found, permissions = _get(session, role_id)
    form = RoleForm(request.form)
    if form.validate():
        known = {permission.value for permission in Permission}
        name = found.name if form.name.data == role_name(found.name) else form.name.data
        given = RoleEdit(role_id, form.version.data, name, form.reach.data, ticked & known)
        edit(form, edit_role, given)
    if form.errors:
        with read() as session:
            found, permissions = _get(session, role_id)
            return _show_role(session, found, form, permissions, ticked)
    say(gettext("Kept; it holds from the next click on"))
    return go(url_for(".role", role_id=role_id))


@bp.post("/roles/<id:role_id>/archival")
@requires(Permission.ROLE_MANAGE)
def archival(role_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, archive_role, Archiving(role_id, form.version.data))
    if not form.errors:
        say(gettext("The role is archived"))
        return go(url_for(".index"))
    with read() as session:
        found, permissions = _get(session, role_id)
        typed = RoleForm(data={"name": role_name(found.name), "reach": found.reach, "version": found.version})
        typed.form_errors.extend(form.form_errors or [gettext("Please look again")])
        return _show_role(session, found, typed, permissions, permissions)


def _get(session: Session, role_id: int) -> tuple[Role, frozenset[str]]:
    for found, permissions in authority.with_rights(session):
        if found.id == role_id:
            return found, permissions
    raise Refused("role.not_found")


def _copy_form(session: Session, *, is_sent: bool = False) -> CopyForm:
    form = CopyForm(request.form if is_sent else None)
    form.role.choices = [
        (str(found.id), role_name(found.name)) for found, _ in authority.with_rights(session)
    ]
    return form


def _show_list(session: Session, form: CopyForm) -> Response:
    known = authority.with_rights(session)
    faces = (
        (gettext("At the brand"), [each for each in known if each[0].face == Face.ADMIN]),
        (gettext("At a distributor"), [each for each in known if each[0].face == Face.PORTAL]),
    )
    return render(
        session,
        "admin/roles/roles.html",
        "roles",
        status=422 if form.errors else 200,
        form=form,
        faces=faces,
        holders=authority.count_holders(session),
        rights=rights,
    )


def _show_role(
    session: Session, found: Role, form: RoleForm, kept: frozenset[str], ticked: frozenset[str]
) -> Response:
    is_portal = found.face == Face.PORTAL
    own = {permission.value for permission in g.actor.permissions}
    offered = rights_of_face(found.face)
    givable = {permission.value for permission in offered} if is_portal else own
    reaches = [Reach.DISTRIBUTOR] if is_portal else [Reach.OWN, Reach.TEAM, Reach.EVERYONE]
    context: dict[str, Any] = {
        "role": found,
        "ticked": ticked,
        "groups": rights.grouped(offered, givable),
        "reaches": [(each.value, *map(str, rights.REACHES[each])) for each in reaches],
        "holders": authority.holders(session, found.id),
        "is_beyond": not is_portal and not kept <= own,
    }
    status = 422 if form.errors else 200
    return render(session, "admin/roles/role.html", "role", status=status, form=form, **context)
