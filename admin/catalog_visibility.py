"""Who sees a product: everybody, or those to whom it is opened; looked at before it is done."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.catalog_product import show_product
from trade import clock
from trade.actor import Permission
from trade.catalog import audience, masters
from trade.catalog.rules import Opening
from trade.db import read
from trade.distributors.queries import find_by_code
from trade.errors import Refused
from trade.flows.set_visibility import (
    NewOpening,
    OldOpening,
    Restriction,
    check_opening,
    close_to,
    open_to,
    restrict,
)
from web import words
from web.access import requires
from web.answer import attempt, go, say
from web.forms import ChoiceField, TextField, VersionForm, WholeNumberField

bp = Blueprint("visibility", __name__)


class RestrictionForm(VersionForm):
    shown_to = ChoiceField(choices=[("everybody", ""), ("some", "")])


class OpeningForm(VersionForm):
    version = WholeNumberField(is_needed=False)
    tier = ChoiceField(_("Tier"), is_needed=False)
    territory = ChoiceField(_("Territory and all below it"), is_needed=False)
    channel = ChoiceField(_("Channel"), is_needed=False)
    distributor = TextField(_("Distributor's code or name"), longest=120, is_needed=False)


@bp.post("/products/<id:sku_id>/visibility")
@requires(Permission.PRODUCT_EDIT)
def restriction(sku_id: int) -> Response:
    """Show it to everybody or only to some."""
    form = RestrictionForm(request.form)
    if form.validate():
        is_restricted = form.shown_to.data == "some"
        attempt(form, restrict, Restriction(sku_id, form.version.data, is_restricted))
    if form.errors:
        with read() as session:
            return show_product(session, sku_id, state=form)
    say(
        gettext("Only those to whom it is opened see it")
        if form.shown_to.data == "some"
        else gettext("Everybody sees it")
    )
    return go(f"{url_for('admin.products.detail', sku_id=sku_id)}#visibility")


@bp.post("/products/<id:sku_id>/openings")
@requires(Permission.PRODUCT_EDIT)
def openings(sku_id: int) -> Response:
    """Open it to some more; with `preview`, first say who that would be."""
    with read() as session:
        masters.get(session, sku_id)
        form, opening = _read(session)
        if not form.errors and request.form.get("preview"):
            return _preview(session, sku_id, form, opening)
    if not form.errors:
        attempt(form, open_to, NewOpening(sku_id, opening))
    if form.errors:
        with read() as session:
            return show_product(session, sku_id, opening=form)
    say(gettext("Opened to these as well"))
    return go(f"{url_for('admin.products.detail', sku_id=sku_id)}#visibility")


@bp.post("/products/<id:sku_id>/openings/<id:rule_id>/removal")
@requires(Permission.PRODUCT_EDIT)
def removal(sku_id: int, rule_id: int) -> Response:
    attempt(VersionForm(), close_to, OldOpening(sku_id, rule_id))
    say(gettext("No longer opened to these"))
    return go(f"{url_for('admin.products.detail', sku_id=sku_id)}#visibility")


def _read(session: Session) -> tuple[OpeningForm, Opening]:
    """The form and what it names; a code that nobody has is refused beside its field."""
    form = OpeningForm(request.form)
    offered = masters.openings_on_offer(session)
    for name, known in (
        ("tier", offered.tiers),
        ("territory", offered.territories),
        ("channel", offered.channels),
    ):
        form[name].choices = [(str(key), told) for key, told in known.items()]
    if not form.validate():
        return form, Opening()
    distributor_id = None
    if form.distributor.data:
        distributor_id = find_by_code(session, g.actor, form.distributor.data)
        if distributor_id is None:
            form.refuse(gettext("There is no distributor with this code"), "distributor")
            return form, Opening()
    ids = (int(form[name].data) if form[name].data else None for name in ("tier", "territory", "channel"))
    return form, Opening(*ids, distributor_id)


def _preview(session: Session, sku_id: int, form: OpeningForm, opening: Opening) -> Response:
    """The page with who would see it, if it were opened so; nothing is written."""
    try:
        check_opening(session, g.actor, opening)
    except Refused as refusal:
        form.refuse(words.say(refusal), str(refusal.facts.get("field", "")) or None)
        return show_product(session, sku_id, opening=form)
    known = [audience.opening_of(each.rule) for each in audience.rules_of(session, g.actor, sku_id)]
    would = audience.audience(session, g.actor, clock.today(), [*known, opening], is_restricted=True)
    return show_product(session, sku_id, opening=form, audience_of=would)
