"""Who works here and at the distributors, in which role; newcomers come in by a link."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import spoken
from admin.choosing import offer
from trade.actor import Permission
from trade.db import read
from trade.distributors import directory
from trade.distributors import queries as distributors
from trade.distributors.directory import Entry, ListFilter
from trade.flows.invite_person import Guest, invite_person
from trade.people import authority
from trade.people.queries import roles_on_offer
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import attempt, render
from web.forms import ChoiceField, TextField
from web.i18n import quantity
from web.links import show_link
from web.lists import Asked, Column, Filter, List, Nothing
from web.team import ColleagueForm
from web.words import role_name

bp = Blueprint("people", __name__)
STATES = (("active", _("Active")), ("invited", _("Invited, not in yet")), ("inactive", _("Shut out")))


class PersonForm(ColleagueForm):
    email = TextField(_("E-mail"), longest=120, is_needed=False)
    distributor = TextField(
        _("Distributor"),
        longest=120,
        is_needed=False,
        is_conditional=True,
        hint=_("Code or name of the company, for the roles of a distributor"),
    )
    manager = ChoiceField(_("Reports to"), is_needed=False)


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["role"], asked["state"])


def _find(session: Session, asked: Asked, window: Window) -> Page[Entry]:
    return directory.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return directory.totals(session, g.actor, _wanted(asked))


def _counted(count: int) -> str:
    return ngettext("%(count)s person", "%(count)s people", count, count=quantity(count))


def _roles(session: Session) -> list[tuple[str, str]]:
    return [(role.code, role_name(role.name)) for role in roles_on_offer(session)]


def places(entry: Entry) -> str:
    """Roles and companies in one line, as a sheet has them."""
    told = [
        " · ".join(filter(None, (role_name(role.name), company.name if company else "")))
        for _membership, role, company in entry.places
    ]
    return "; ".join(told)


def names(person: Any) -> str:
    """What a person signs in with; phones are masked."""
    phone = spoken.masked(person.phone, is_open=False)
    return " · ".join(filter(None, (phone, person.email, person.user_name)))


def state(entry: Entry) -> str:
    if not entry.person.is_active:
        return gettext("Shut out")
    return gettext("Active") if entry.person.password_hash else gettext("No login yet")


LISTED: List[Entry] = List(
    page="admin.people.index",
    title=_("People"),
    sort="-id",
    counted=_counted,
    find=_find,
    totals=_totals,
    export="admin.people.export",
    filters=(
        Filter(key="q", words=_("Name, phone, e-mail or user name")),
        Filter(key="role", words=_("Role"), kind="choice", choices=_roles),
        Filter(key="state", words=_("State"), kind="choice", choices=lambda session: STATES),
    ),
    columns=(
        Column(
            key="name",
            words=_("Name"),
            value=lambda entry: entry.person.name,
            sort="name",
            url=lambda entry: url_for("admin.person.index", person_id=entry.person.id),
        ),
        Column(key="roles", words=_("Role"), value=places),
        Column(key="sign_in", words=_("Signs in with"), value=lambda entry: names(entry.person), look="meta"),
        Column(
            key="manager", words=_("Reports to"), value=lambda entry: entry.manager_name, is_labelled=True
        ),
        Column(
            key="seen",
            words=_("Last sign-in"),
            value=lambda entry: entry.seen_at,
            kind="instant",
            look="meta nowrap",
            is_labelled=True,
        ),
        Column(key="state", words=_("State"), value=state),
    ),
    nothing=Nothing(title=_("Nobody here yet")),
    no_match=Nothing(title=_("Nobody matches"), text=_("Try a part of the name, or fewer filters.")),
)


@bp.get("/people")
@requires(Permission.PERSON_MANAGE)
def index() -> Response:
    with read() as session:
        return render(session, "admin/people/people.html", "people", listed=LISTED.open(session))


@bp.post("/people/export")
@requires(Permission.PERSON_MANAGE)
def export() -> Response:
    return LISTED.export_sheet()


@bp.get("/people/new")
@requires(Permission.PERSON_MANAGE)
def new() -> Response:
    with read() as session:
        return _show_form(session, _form(session))


@bp.post("/people")
@requires(Permission.PERSON_MANAGE)
def creation() -> Response:
    """Add a person and show the link by which they come in, once."""
    with read() as session:
        form = _form(session, is_sent=True)
        is_right = form.validate()
        distributor_id = _company(session, form) if is_right else None
    issued = None
    if not form.errors:
        given = Guest(
            name=form.name.data,
            role=form.role.data,
            phone=form.phone.data,
            email=form.email.data,
            user_name=form.user_name.data,
            distributor_id=distributor_id,
            manager_id=int(form.manager.data) if form.manager.data else None,
        )
        issued = attempt(form, invite_person, given)
    with read() as session:
        if issued is None:
            return _show_form(session, form)
        back = url_for("admin.person.index", person_id=issued.person_id)
        return show_link(session, issued, "people-new", back)


def _show_form(session: Session, form: PersonForm) -> Response:
    status = 422 if form.errors else 200
    return render(session, "admin/people/new.html", "new", status=status, form=form)


def _form(session: Session, *, is_sent: bool = False) -> PersonForm:
    """The form with the roles that one may give and the colleagues of today."""
    form = PersonForm(request.form if is_sent else None)
    form.role.choices = [
        (role.code, role_name(role.name)) for role in authority.roles_to_give(session, g.actor)
    ]
    offer(form.manager, authority.staff(session, g.actor), "staff")
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
