"""Categories and families: the order in which a catalogue is read."""

from collections.abc import Sequence
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
from trade.catalog.models import Category
from trade.db import read
from trade.flows import manage_categories as categories
from trade.flows.manage_categories import CategoryFacts, EditedCategory, SeenCategory, Step
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, Form, TextField, VersionForm, WholeNumberField

bp = Blueprint("categories", __name__)


class CategoryForm(VersionForm):
    version = WholeNumberField(is_needed=False)
    code = TextField(_("Code"), longest=60)
    name = TextField(_("Category name"), longest=60)
    parent = ChoiceField(_("Belongs under"), is_needed=False)


class StepForm(Form):
    by = ChoiceField(choices=[("up", ""), ("down", "")])


@bp.get("/categories")
@requires(Permission.PRODUCT_READ)
def index() -> Response:
    with read() as session:
        return _show(session)


@bp.post("/categories")
@requires(Permission.PRODUCT_EDIT)
def creation() -> Response:
    form = _form()
    if form.validate():
        attempt(form, categories.create_category, _facts(form))
    return _answer(form, gettext("The category is added"), "new")


@bp.post("/categories/<id:category_id>")
@requires(Permission.PRODUCT_EDIT)
def submission(category_id: int) -> Response:
    form = _form()
    meanwhile: list[Meanwhile] = []
    if form.validate():
        given = EditedCategory(category_id, form.version.data or 0, _facts(form))
        mine = {"code": form.code.data, "name": form.name.data}
        mine["parent"] = dict(form.parent.choices).get(form.parent.data or "", "")
        meanwhile = product_words.edit(form, categories.edit_category, given, mine, {})
    return _answer(form, gettext("The category is changed"), category_id, meanwhile)


@bp.post("/categories/<id:category_id>/order")
@requires(Permission.PRODUCT_EDIT)
def order(category_id: int) -> Response:
    form = StepForm(request.form)
    if form.validate():
        attempt(form, categories.step_category, Step(category_id, -1 if form.by.data == "up" else 1))
    return _answer(form, "")


@bp.post("/categories/<id:category_id>/removal")
@requires(Permission.PRODUCT_EDIT)
def removal(category_id: int) -> Response:
    return _answer(*product_words.removed(categories.remove_category, partial(SeenCategory, category_id)))


@bp.post("/categories/<id:category_id>/restoration")
@requires(Permission.PRODUCT_EDIT)
def restoration(category_id: int) -> Response:
    form = product_words.restored(categories.restore_category, partial(SeenCategory, category_id))
    return _answer(form, gettext("The category is back"))


def _form() -> CategoryForm:
    form = CategoryForm(request.form)
    with read() as session:
        form.parent.choices = [(str(key), name) for key, name in tree.names(session).items()]
    return form


def _facts(form: CategoryForm) -> CategoryFacts:
    return CategoryFacts(form.code.data, form.name.data, int(form.parent.data) if form.parent.data else None)


def _answer(
    form: Form, told: str, opened: int | str = "", meanwhile: list[Meanwhile] | None = None
) -> Response:
    if form.errors:
        with read() as session:
            return _show(session, form, opened, meanwhile or [])
    if told:
        say(told)
    return go(url_for(".index"))


def _show(
    session: Session, form: Form | None = None, opened: int | str = "", meanwhile: Any = ()
) -> Response:
    """The tree; the form that was refused stands open in its row."""
    names = tree.names(session)
    parents = [(str(key), name) for key, name in names.items()]
    found = tree.rows(session)
    rows = [(each, _with_below(each, found)) for each, _count in found]
    return render(
        session,
        "admin/catalog/categories.html",
        "categories",
        status=422 if form is not None and form.errors else 200,
        form=form,
        opened=opened,
        meanwhile=meanwhile,
        rows=[
            (category, count, _row_form(category, parents, form if opened == category.id else None))
            for category, count in rows
        ],
        archived=tree.rows(session, is_archived=True),
        new=form if opened == "new" else _row_form(None, parents, None),
    )


def _with_below(category: Category, rows: Sequence[tuple[Category, int]]) -> int:
    """How many products its link opens: its own, and those of every category below it."""
    return sum(count for each, count in rows if each.path.startswith(category.path))


def _row_form(category: Any, parents: list[tuple[str, str]], refused: Form | None) -> Form:
    if refused is not None:
        return refused
    typed = {}
    if category is not None:
        parent = str(category.parent_id) if category.parent_id else None
        typed = {"code": category.code, "name": category.name, "parent": parent, "version": category.version}
    form = CategoryForm(data=typed)
    form.parent.choices = [each for each in parents if category is None or each[0] != str(category.id)]
    return form
