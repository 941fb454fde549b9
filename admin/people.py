"""Who works here and at the distributors, in which role; the first password is shown once."""

import secrets

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import addresses
from trade.actor import Permission
from trade.db import read
from trade.distributors import queries as distributors
from trade.distributors.directory import ListFilter, directory
from trade.flows.create_person import NewPerson, create_person
from trade.flows.reset_password import Reset, reset_password
from trade.flows.set_person_active import Activity, set_person_active
from trade.people import passwords, queries
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, Form, TextField
from web.words import role_name

bp = Blueprint("people", __name__)
CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is mistaken for something else when read out


class PersonForm(Form):
    name = TextField(_("Name"), longest=60)
    role = ChoiceField(_("Role"))
    phone = TextField(_("Phone"), longest=20, is_needed=False)
    email = TextField(_("E-mail"), longest=120, is_needed=False)
    user_name = TextField(_("User name"), longest=60, is_needed=False)
    distributor = TextField(
        _("Distributor"),
        longest=60,
        is_needed=False,
        hint=_("Code of the company, for the roles of a distributor"),
    )
    manager = ChoiceField(_("Reports to"), is_needed=False)


class ActivityForm(Form):
    state = ChoiceField(choices=[("active", ""), ("inactive", "")])


@bp.get("/people")
@requires(Permission.PERSON_MANAGE)
def index() -> Response:
    with read() as session:
        return _show_list(session, Form())


@bp.get("/people/new")
@requires(Permission.PERSON_MANAGE)
def new() -> Response:
    with read() as session:
        return _show_form(session, _form(session))


@bp.post("/people")
@requires(Permission.PERSON_MANAGE)
def creation() -> Response:
    with read() as session:
        form = _form(session, is_sent=True)
        is_right = form.validate()
        distributor_id = _company(session, form) if is_right else None
    if form.errors:
        with read() as session:
            return _show_form(session, form)
    password = _random_password()
    given = NewPerson(
        name=form.name.data,
        role=form.role.data,
        password_hash=passwords.hashed(password),
        phone=form.phone.data,
        email=form.email.data,
        user_name=form.user_name.data,
        distributor_id=distributor_id,
        manager_id=int(form.manager.data) if form.manager.data else None,
    )
    person_id = attempt(form, create_person, given)
    with read() as session:
        if person_id is None:
            return _show_form(session, form)
        return render(
            session,
            "admin/people/created.html",
            "created",
            name=given.name,
            sign_in=queries.sign_in_name(session, person_id),
            password=password,
            is_reset=False,
        )


@bp.post("/people/<id:person_id>/activity")
@requires(Permission.PERSON_MANAGE)
def activity(person_id: int) -> Response:
    form = ActivityForm(request.form)
    if form.validate():
        attempt(form, set_person_active, Activity(person_id, form.state.data == "active"))
    if form.errors:
        with read() as session:
            return _show_list(session, form)
    is_active = form.state.data == "active"
    say(gettext("May sign in again") if is_active else gettext("Signed out everywhere and shut out"))
    return go(url_for(".index"))


@bp.post("/people/<id:person_id>/password")
@requires(Permission.PERSON_MANAGE)
def password(person_id: int) -> Response:
    """A new password for somebody who forgot theirs, shown once as the first one was."""
    form, fresh = Form(), _random_password()
    renewed = attempt(form, reset_password, Reset(person_id, passwords.hashed(fresh)))
    with read() as session:
        if renewed is None:
            return _show_list(session, form)
        return render(
            session,
            "admin/people/created.html",
            "created",
            name=renewed.name,
            sign_in=renewed.sign_in,
            password=fresh,
            is_reset=True,
        )


def _random_password() -> str:
    return "-".join("".join(secrets.choice(CLEAR) for _ in range(4)) for _ in range(4))


def _show_list(session: Session, form: Form) -> Response:
    wanted = ListFilter(addresses.text("q"), addresses.text("role"), addresses.number("after"))
    entries, following = directory(session, wanted)
    return render(
        session,
        "admin/people/people.html",
        "people",
        status=422 if form.errors else 200,
        form=form,
        wanted=wanted,
        entries=entries,
        following=following,
        roles=queries.roles_on_offer(session),
    )


def _show_form(session: Session, form: PersonForm) -> Response:
    return render(session, "admin/people/new.html", "new", status=422 if form.errors else 200, form=form)


def _form(session: Session, *, is_sent: bool = False) -> PersonForm:
    """The form with the roles and managers of today."""
    form = PersonForm(request.form if is_sent else None)
    roles = queries.roles_on_offer(session)
    form.role.choices = [(role.code, role_name(role.name)) for role in roles]
    form.manager.choices = [(str(key), name) for key, name in queries.managers(session)]
    return form


def _company(session: Session, form: PersonForm) -> int | None:
    """The distributor whose code was typed; it is refused beside the field when there is none."""
    code = form.distributor.data
    if not code:
        return None
    found = distributors.find_by_code(session, g.actor, code)
    if found is None:
        form.refuse(gettext("There is no distributor with this code"), "distributor")
    return found
