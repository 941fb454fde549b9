"""Named lists that the people of one company share: saved from a cart or an order, edited, ordered again."""

from collections.abc import Sequence

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.catalog.models import Sku
from trade.db import read
from trade.distributors.queries import terms_of
from trade.flows.save_template import Edit, NewTemplate, Seen, archive_template, edit_template, save_template
from trade.orders import quick_check, templates
from trade.orders.models import OrderTemplateLine
from trade.orders.quick import LONGEST_CODE, MOST
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.forms import Form, TextField, VersionForm, WholeNumberField, parse_number, typed_in

bp = Blueprint("order_templates", __name__)
LONGEST_NAME = 60
Lines = Sequence[tuple[OrderTemplateLine, Sku]]


class NameForm(Form):
    """A name for what lies in the cart, or in an order."""

    name = TextField(_("Name of the list"), longest=LONGEST_NAME)
    order = WholeNumberField(is_needed=False, smallest=1, largest=2**31 - 1)


class TemplateForm(VersionForm):
    """The whole list as it is to be; a further product by its code."""

    name = TextField(_("Name of the list"), longest=LONGEST_NAME)
    code = TextField(_("Add a product by its code"), is_needed=False, longest=LONGEST_CODE)


@bp.get("/order-templates")
@requires(Permission.CART_EDIT)
def index() -> Response:
    return _list(NameForm())


@bp.post("/order-templates")
@requires(Permission.CART_EDIT)
def create() -> Response:
    """Keep the cart, or an order, as a list with a name."""
    form = NameForm(request.form)
    template_id = None
    if form.validate():
        template_id = attempt(form, save_template, NewTemplate(form.name.data or "", form.order.data))
    if template_id is None:
        return _list(form, status=422)
    say(gettext("%(name)s is kept; everybody in your company can use it", name=form.name.data))
    return go(url_for(".template", template_id=template_id))


@bp.get("/order-templates/<id:template_id>")
@requires(Permission.CART_EDIT)
def template(template_id: int) -> Response:
    return _template(template_id, None)


@bp.post("/order-templates/<id:template_id>")
@requires(Permission.CART_EDIT)
def change(template_id: int) -> Response:
    """Rename it, change quantities, take lines out with 0, add a product."""
    form = TemplateForm(request.form)
    with read() as session:
        templates.get_for(session, g.actor, template_id)
        lines = templates.lines_of(session, template_id)
    typed, wrong, quantities = _quantities(lines)
    form.validate()
    if form.code.data:
        quantities |= _added(form, quantities)
    if wrong:
        form.refuse(gettext("Some quantities need a change; nothing was saved"))
    if not form.errors:
        edit = Edit(template_id, form.version.data or 0, form.name.data or "", quantities)
        attempt(form, edit_template, edit)
    if not form.errors:
        say(gettext("The list is saved"))
    return _template(template_id, form, typed, wrong)


@bp.post("/order-templates/<id:template_id>/archiving")
@requires(Permission.CART_EDIT)
def archiving(template_id: int) -> Response:
    """Take it off the list."""
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, archive_template, Seen(template_id, form.version.data or 0))
    if form.errors:
        return _template(template_id, form)
    say(gettext("The list is put away"))
    return go(url_for(".index"))


def _list(form: NameForm, status: int = 200) -> Response:
    with read() as session:
        rows = templates.listing(session, g.actor)
        page = "portal/order_templates/list.html"
        return render(session, page, "list", status=status, rows=rows, form=form)


def _template(
    template_id: int,
    form: Form | None,
    typed: dict[int, str] | None = None,
    wrong: dict[int, str] | None = None,
) -> Response:
    """The list as it stands now; after a refusal with what was typed beside what somebody else made of it."""
    with read() as session:
        found = templates.get_for(session, g.actor, template_id)
        edited = (
            form
            if isinstance(form, TemplateForm) and form.errors
            else TemplateForm(data={"name": found.name})
        )
        is_stale = isinstance(form, TemplateForm) and bool(form.errors) and form.version.data != found.version
        return show(
            session,
            "portal/order_templates/template.html",
            "template",
            url_for(".template", template_id=template_id),
            form,
            template=found,
            lines=templates.lines_of(session, template_id),
            edited=edited,
            typed=(typed or {}) if form is not None and form.errors else {},
            wrong=wrong or {},
            is_stale=is_stale,
        )


def _quantities(lines: Lines) -> tuple[dict[int, str], dict[int, str], dict[int, int]]:
    """What was typed, what of it is no quantity, and the quantities, by SKU id."""
    typed: dict[int, str] = {}
    wrong: dict[int, str] = {}
    quantities: dict[int, int] = {}
    for line, sku in lines:
        name = f"quantity-{sku.id}"
        if name not in request.form:
            quantities[sku.id] = line.quantity
            continue
        typed[sku.id] = text = typed_in(name)[:40]
        number = parse_number(text)
        if number is None or number != int(number) or number > MOST:
            wrong[sku.id] = gettext(
                "Enter a whole number from %(smallest)s to %(largest)s", smallest=0, largest=f"{MOST:,}"
            )
        else:
            quantities[sku.id] = int(number)
    return typed, wrong, quantities


def _added(form: TemplateForm, quantities: dict[int, int]) -> dict[int, int]:
    """The product whose code was typed, with its least quantity."""
    with read() as session:
        found = _find(session, form.code.data or "")
    if found is None:
        form.refuse(gettext("%(code)s is not known", code=form.code.data), "code")
        return {}
    return {} if quantities.get(found.id) else {found.id: found.moq}


def _find(session: Session, code: str) -> Sku | None:
    day = clock.today()
    found = quick_check.scanned(session, terms_of(session, g.actor.distributor_id, day), code, day)
    return found[0] if found else None
