"""Whom the brand calls at a distributor, and where goods may go."""

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from admin.distributors import bp
from admin.editing import LABELS, EditForm, edit
from trade.actor import Permission
from trade.db import read
from trade.distributors import people_there, queries, regions
from trade.distributors.models import Address, Contact
from trade.flows.keep_address import AddressGiven, AddressGone, archive_address, keep_address
from trade.flows.keep_contact import ContactGiven, ContactGone, archive_contact, keep_contact
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, ChoiceField, TextField, VersionForm

PAGE = "admin/distributors/contacts.html"


class ContactForm(EditForm):
    name = TextField(LABELS["name"], longest=60)
    position = TextField(LABELS["position"], longest=60, is_needed=False)
    phone = TextField(LABELS["phone"], longest=30, is_needed=False)
    email = TextField(LABELS["email"], longest=120, is_needed=False)


class AddressForm(EditForm):
    contact_name = TextField(_("Who receives the goods"), longest=60)
    phone = TextField(LABELS["phone"], longest=30, is_needed=False)
    province = ChoiceField(_("Province"), is_needed=False)
    city = ChoiceField(_("City"), is_needed=False)
    region = ChoiceField(_("County or district"), is_needed=False)
    line = TextField(LABELS["line"], longest=200)
    is_default = CheckField(LABELS["is_default"])


@bp.get("/distributors/<id:distributor_id>/contacts")
@requires(Permission.DISTRIBUTOR_READ)
def contacts(distributor_id: int) -> Response:
    with read() as session:
        return _show(session, distributor_id)


@bp.post("/distributors/<id:distributor_id>/contacts")
@requires(Permission.DISTRIBUTOR_EDIT)
def contact_creation(distributor_id: int) -> Response:
    return _keep_contact(distributor_id, None)


@bp.get("/distributors/<id:distributor_id>/contacts/<id:contact_id>")
@requires(Permission.DISTRIBUTOR_EDIT)
def contact(distributor_id: int, contact_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
        found = people_there.contact_of(session, distributor_id, contact_id)
        return _show_contact(session, distributor_id, found.id, ContactForm(data=_contact(found)))


@bp.post("/distributors/<id:distributor_id>/contacts/<id:contact_id>")
@requires(Permission.DISTRIBUTOR_EDIT)
def contact_submission(distributor_id: int, contact_id: int) -> Response:
    return _keep_contact(distributor_id, contact_id)


@bp.post("/distributors/<id:distributor_id>/contacts/<id:contact_id>/archiving")
@requires(Permission.DISTRIBUTOR_EDIT)
def contact_archiving(distributor_id: int, contact_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, archive_contact, ContactGone(distributor_id, contact_id, form.version.data))
    return _after_archiving(distributor_id, form)


@bp.get("/distributors/<id:distributor_id>/addresses/new")
@requires(Permission.DISTRIBUTOR_EDIT)
def address_new(distributor_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
        return _show_address(session, distributor_id, None, _address_form(session, None, {}))


@bp.post("/distributors/<id:distributor_id>/addresses")
@requires(Permission.DISTRIBUTOR_EDIT)
def address_creation(distributor_id: int) -> Response:
    return _keep_address(distributor_id, None)


@bp.get("/distributors/<id:distributor_id>/addresses/<id:address_id>")
@requires(Permission.DISTRIBUTOR_EDIT)
def address(distributor_id: int, address_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
        found = people_there.address_of(session, distributor_id, address_id)
        form = _address_form(session, None, _address(found))
        return _show_address(session, distributor_id, address_id, form)


@bp.post("/distributors/<id:distributor_id>/addresses/<id:address_id>")
@requires(Permission.DISTRIBUTOR_EDIT)
def address_submission(distributor_id: int, address_id: int) -> Response:
    return _keep_address(distributor_id, address_id)


@bp.post("/distributors/<id:distributor_id>/addresses/<id:address_id>/archiving")
@requires(Permission.DISTRIBUTOR_EDIT)
def address_archiving(distributor_id: int, address_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, archive_address, AddressGone(distributor_id, address_id, form.version.data))
    return _after_archiving(distributor_id, form)


def _keep_contact(distributor_id: int, contact_id: int | None) -> Response:
    form = ContactForm(_sent())
    if form.validate():
        given = ContactGiven(
            distributor_id,
            form.name.data,
            form.position.data or "",
            form.phone.data,
            form.email.data,
            contact_id,
            form.version.data,
        )
        edit(form, keep_contact, given)
    if not form.errors:
        say(gettext("%(name)s is kept as a contact", name=form.name.data))
        return go(url_for(".contacts", distributor_id=distributor_id))
    with read() as session:
        if contact_id is None:
            return _show(session, distributor_id, contact_form=form)
        queries.get_for(session, g.actor, distributor_id)
        people_there.contact_of(session, distributor_id, contact_id)
        return _show_contact(session, distributor_id, contact_id, form)


def _keep_address(distributor_id: int, address_id: int | None) -> Response:
    """Keep the address; the button beside province or city only opens the next list."""
    is_picking = "pick" in request.form
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
        if address_id is not None:
            people_there.address_of(session, distributor_id, address_id)
        form = _address_form(session, _sent(), {})
        if is_picking:
            form.process(_sent())
            return _show_address(session, distributor_id, address_id, _with_regions(session, form))
    if form.validate():
        given = AddressGiven(
            distributor_id,
            form.contact_name.data,
            form.phone.data,
            form.region.data or form.city.data or form.province.data,
            form.line.data,
            form.is_default.data,
            address_id,
            form.version.data,
        )
        edit(form, keep_address, given)
    if not form.errors:
        say(gettext("The address is kept; the distributor can choose it from now on"))
        return go(url_for(".contacts", distributor_id=distributor_id))
    with read() as session:
        return _show_address(session, distributor_id, address_id, form)


def _after_archiving(distributor_id: int, form: VersionForm) -> Response:
    if form.errors:
        with read() as session:
            return _show(session, distributor_id, refused=form)
    say(gettext("Laid aside; what was done before still names it"))
    return go(url_for(".contacts", distributor_id=distributor_id))


def _sent() -> MultiDict[str, str]:
    """What was typed; a new row has no version yet."""
    sent = MultiDict(request.form)
    sent.setdefault("version", "0")
    return sent


def _contact(found: Contact) -> dict[str, Any]:
    known = {name: getattr(found, name) for name in ("name", "position", "phone", "email", "version")}
    return known if g.actor.may(Permission.PHONE_READ) else {**known, "phone": None}


def _address(found: Address) -> dict[str, Any]:
    names = ("contact_name", "phone", "line", "is_default", "version")
    known = {name: getattr(found, name) for name in names}
    code = found.region_code or ""
    known |= {"province": code[:2] or None, "city": code[:4] if len(code) > 3 else None}
    known |= {"region": code if len(code) > 4 else None}
    return known if g.actor.may(Permission.PHONE_READ) else {**known, "phone": None}


def _address_form(session: Session, sent: Any, known: dict[str, Any]) -> AddressForm:
    return _with_regions(session, AddressForm(sent, data=known))


def _with_regions(session: Session, form: AddressForm) -> AddressForm:
    """The lists of what lies below what is chosen; a choice that does not lie there is dropped."""
    form.province.choices = regions.below(session, None)
    for above, field in ((form.province, form.city), (form.city, form.region)):
        field.choices = regions.below(session, above.data) if above.data else []
        if field.data not in {code for code, _name in field.choices}:
            field.data, field.raw_data = None, None
            field.process_errors = []
        if len(field.choices) == 1:
            field.data = field.choices[0][0]
    return form


def _show(
    session: Session,
    distributor_id: int,
    *,
    contact_form: ContactForm | None = None,
    refused: VersionForm | None = None,
) -> Response:
    distributor = queries.get_for(session, g.actor, distributor_id)
    places = queries.addresses_of(session, distributor_id)
    return render(
        session,
        PAGE,
        "contacts",
        status=422 if contact_form or refused else 200,
        distributor=distributor,
        contacts=people_there.contacts_of(session, distributor_id),
        addresses=places,
        region_names=regions.full_names(session, {each.region_code for each in places}),
        members=people_there.members_of(session, distributor_id),
        may_edit=g.actor.may(Permission.DISTRIBUTOR_EDIT),
        contact_form=contact_form or ContactForm(data={"version": 0}),
        refused=refused,
    )


def _show_contact(session: Session, distributor_id: int, contact_id: int, form: ContactForm) -> Response:
    return render(
        session,
        "admin/distributors/contact.html",
        "contact",
        status=422 if form.errors else 200,
        distributor=queries.get_for(session, g.actor, distributor_id),
        contact_id=contact_id,
        form=form,
    )


def _show_address(
    session: Session, distributor_id: int, address_id: int | None, form: AddressForm
) -> Response:
    return render(
        session,
        "admin/distributors/address.html",
        "address",
        status=422 if form.errors else 200,
        distributor=queries.get_for(session, g.actor, distributor_id),
        address_id=address_id,
        form=form,
    )
