"""Families: products of several kinds, such as one tea in three flavours."""

from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import product_words
from admin.product_words import Meanwhile
from trade.actor import Permission
from trade.catalog import tree
from trade.db import read
from trade.flows import manage_families as families
from trade.flows.manage_families import EditedFamily, FamilyFacts, SeenFamily
from web import asked
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import Form, TextField, VersionForm, WholeNumberField
from web.paging import Page, page_number

bp = Blueprint("families", __name__)


class FamilyForm(VersionForm):
    version = WholeNumberField(is_needed=False)
    code = TextField(_("Code"), longest=60)
    name = TextField(_("Family name"), longest=120)


@bp.get("/families")
@requires(Permission.PRODUCT_READ)
def index() -> Response:
    with read() as session:
        return _show(session)


@bp.post("/families")
@requires(Permission.PRODUCT_EDIT)
def creation() -> Response:
    form = FamilyForm(request.form)
    if form.validate():
        attempt(form, families.create_family, FamilyFacts(form.code.data, form.name.data))
    return _answer(form, gettext("The family is added"), "new")


@bp.post("/families/<id:family_id>")
@requires(Permission.PRODUCT_EDIT)
def submission(family_id: int) -> Response:
    form = FamilyForm(request.form)
    meanwhile: list[Meanwhile] = []
    if form.validate():
        wanted = FamilyFacts(form.code.data, form.name.data)
        given = EditedFamily(family_id, form.version.data or 0, wanted)
        meanwhile = product_words.edit(form, families.edit_family, given, vars(wanted), {})
    return _answer(form, gettext("The family is changed"), family_id, meanwhile)


@bp.post("/families/<id:family_id>/removal")
@requires(Permission.PRODUCT_EDIT)
def removal(family_id: int) -> Response:
    return _answer(*product_words.removed(families.remove_family, partial(SeenFamily, family_id)))


@bp.post("/families/<id:family_id>/restoration")
@requires(Permission.PRODUCT_EDIT)
def restoration(family_id: int) -> Response:
    form = product_words.restored(families.restore_family, partial(SeenFamily, family_id))
    return _answer(form, gettext("The family is back"))


def _answer(
    form: Form, told: str, opened: int | str = "", meanwhile: list[Meanwhile] | None = None
) -> Response:
    if form.errors:
        with read() as session:
            return _show(session, form, opened, meanwhile or [])
    say(told)
    return go(url_for(".index"))


def _show(
    session: Session, form: Form | None = None, opened: int | str = "", meanwhile: Any = ()
) -> Response:
    """A page of families; the form that was refused stands open in its row."""
    every = tree.families(session, asked.text("q"))
    page = Page(page_number(), len(every))
    shown = every[page.offset : page.offset + page.size]
    if isinstance(opened, int) and opened not in {family.id for family, _count in shown}:
        shown = [each for each in every if each[0].id == opened] + shown
    return render(
        session,
        "admin/catalog/families.html",
        "families",
        status=422 if form is not None and form.errors else 200,
        form=form,
        opened=opened,
        meanwhile=meanwhile,
        search=asked.text("q"),
        page=page,
        rows=[
            (family, count, form if opened == family.id and form else _row_form(family))
            for family, count in shown
        ],
        archived=tree.families(session, is_archived=True)[: page.size],
        new=form if opened == "new" else FamilyForm(),
    )


def _row_form(family: Any) -> Form:
    return FamilyForm(data={"code": family.code, "name": family.name, "version": family.version})
