"""The brand's own tree of territories, and the regions of GB/T 2260 that each covers."""

import re
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from admin.editing import LABELS, EditForm, chosen, edit, offered
from admin.masters import StateForm, archive, places
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.distributors import territories
from trade.distributors.territories import Branch
from trade.errors import Refused
from trade.flows.keep_territory import (
    TerritoryGiven,
    TerritoryState,
    keep_territory,
    set_territory_archived,
)
from web.access import requires
from web.answer import go, render, say
from web.forms import ChoiceField, LongTextField, TextField

bp = Blueprint("territories", __name__)
SPLIT = re.compile(r"[\s,，、;；]+")
REGION = re.compile(r"[0-9]{2}([0-9]{2}([0-9]{2})?)?")


class TerritoryForm(EditForm):
    code = TextField(LABELS["code"], longest=30, hint=_("Letters, digits, dot and hyphen; stays for good"))
    name = TextField(_("Designation"), longest=60)
    parent_id = ChoiceField(LABELS["parent_id"], is_needed=False)
    regions = LongTextField(
        LABELS["regions"],
        longest=4000,
        is_needed=False,
        hint=_("Codes of GB/T 2260 such as 35, 3506 or 350602, apart by spaces; the longest decides"),
    )


@bp.get("/masters/territories")
@requires(Permission.MASTER_MANAGE)
def index() -> Response:
    with read() as session:
        return _show(session)


@bp.post("/masters/territories")
@requires(Permission.MASTER_MANAGE)
def creation() -> Response:
    with read() as session:
        form = _form(session, _sent())
    if _is_right(form):
        given = TerritoryGiven(
            form.name.data, chosen(form.parent_id.data), _codes(form), form.code.data, None
        )
        edit(form, keep_territory, given)
    if form.errors:
        with read() as session:
            return _show(session, new=form)
    say(gettext("%(name)s can be chosen from now on", name=form.name.data))
    return go(url_for(".index"))


@bp.get("/masters/territories/<id:territory_id>")
@requires(Permission.MASTER_MANAGE)
def detail(territory_id: int) -> Response:
    with read() as session:
        return _show_one(session, territory_id)


@bp.post("/masters/territories/<id:territory_id>")
@requires(Permission.MASTER_MANAGE)
def submission(territory_id: int) -> Response:
    with read() as session:
        form = _form(session, _sent())
        del form.code
    if _is_right(form):
        given = TerritoryGiven(
            form.name.data,
            chosen(form.parent_id.data),
            _codes(form),
            territory_id=territory_id,
            version=form.version.data,
        )
        edit(form, keep_territory, given)
    if form.errors:
        with read() as session:
            return _show_one(session, territory_id, form=form)
    say(gettext("%(name)s is kept", name=form.name.data))
    return go(url_for(".index"))


@bp.post("/masters/territories/<id:territory_id>/state")
@requires(Permission.MASTER_MANAGE)
def state(territory_id: int) -> Response:
    form = StateForm(request.form)
    if form.validate():
        given = TerritoryState(territory_id, form.version.data, form.state.data == "archived")
        archive(form, set_territory_archived, given)
    if form.errors:
        with read() as session:
            return _show_one(session, territory_id, refused=form)
    is_archived = form.state.data == "archived"
    say(gettext("No longer offered; the code stays taken") if is_archived else gettext("Offered again"))
    return go(url_for(".index"))


def _sent() -> MultiDict[str, str]:
    sent = MultiDict(request.form)
    sent.setdefault("version", "0")
    return sent


def _form(session: Session, sent: Any = None, **known: Any) -> TerritoryForm:
    form = TerritoryForm(sent, data=known or {"version": 0})
    form.parent_id.choices = offered(territories.on_offer(session))
    return form


def _is_right(form: TerritoryForm) -> bool:
    is_right = form.validate()
    if odd := [code for code in _codes(form) if not REGION.fullmatch(code)]:
        form.refuse(gettext("These are no region codes: %(codes)s", codes=", ".join(odd[:5])), "regions")
        return False
    return is_right


def _codes(form: TerritoryForm) -> list[str]:
    return [each for each in SPLIT.split(form.regions.data or "") if each]


def _show(session: Session, *, new: TerritoryForm | None = None) -> Response:
    return render(
        session,
        "admin/masters/territories.html",
        "territories",
        status=422 if new else 200,
        tabs=places("territories"),
        branches=territories.tree(session, clock.today()),
        new=new or _form(session),
    )


def _show_one(
    session: Session,
    territory_id: int,
    *,
    form: TerritoryForm | None = None,
    refused: StateForm | None = None,
) -> Response:
    tree = territories.tree(session, clock.today())
    branch = next((each for each in tree if each.territory.id == territory_id), None)
    if branch is None:
        raise Refused("territory.not_found")
    shown = form or _known(session, branch)
    below = {each.territory.id for each in tree if territory_id in territories.ids_of(each.territory.path)}
    shown.parent_id.choices = [each for each in shown.parent_id.choices if int(each[0]) not in below]
    return render(
        session,
        "admin/masters/territory.html",
        "territory",
        status=422 if form or refused else 200,
        branch=branch,
        form=shown,
        refused=refused,
        tabs=places("territories"),
    )


def _known(session: Session, branch: Branch) -> TerritoryForm:
    territory = branch.territory
    form = _form(
        session,
        name=territory.name,
        parent_id=str(territory.parent_id) if territory.parent_id else None,
        regions=" ".join(code for code, _name in branch.regions),
        version=territory.version,
    )
    del form.code
    return form
