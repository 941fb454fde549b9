"""One person: names, manager, places, sign-in, devices, and what happens to their work when they go."""

import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from admin.choosing import offer
from admin.editing import EditForm, edit
from trade import clock
from trade.actor import Permission
from trade.approvals import succession
from trade.db import read
from trade.distributors import directory, handover, members
from trade.distributors import queries as distributors
from trade.flows.change_memberships import Departure, Place, add_membership, end_membership
from trade.flows.clear_factor import clear_factor
from trade.flows.edit_person import Profile, edit_person
from trade.flows.invite_person import renew_invitation, revoke_invitation
from trade.flows.reset_password import Reset, reset_by_link
from trade.flows.revoke_session import Device, revoke_session
from trade.flows.set_person_active import Activity, Handover, hand_over, set_person_active
from trade.people import authority, factors, invitations, passwords, sessions
from trade.people.models import Person
from web import devices
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, DateField, Form, TextField
from web.i18n import LOCALES, quantity
from web.links import show_link
from web.reset import show_issued
from web.words import role_name

bp = Blueprint("person", __name__)
LATER = "later"


class ProfileForm(EditForm):
    name = TextField(_("Name"), longest=60)
    phone = TextField(_("Phone"), longest=20, is_needed=False)
    email = TextField(_("E-mail"), longest=120, is_needed=False)
    user_name = TextField(_("User name"), longest=60, is_needed=False)
    manager_id = ChoiceField(_("Reports to"), is_needed=False)
    locale = ChoiceField(_("Language"), choices=list(LOCALES.items()))


class PlaceForm(Form):
    role = ChoiceField(_("Role"))
    distributor = TextField(
        _("Distributor"),
        longest=120,
        is_needed=False,
        is_conditional=True,
        hint=_("Code or name of the company; empty for the brand"),
    )


class GoingForm(Form):
    """Shutting out or handing over: to whom the work goes, from which day on."""

    state = ChoiceField(choices=[("active", ""), ("inactive", "")], is_needed=False)
    successor = ChoiceField(_("Distributors and open approvals go to"), is_needed=False)
    from_day = DateField(_("From"), is_needed=False)


@dataclass
class Forms:
    """The forms of the page, and whose it is; the one that was sent holds what was typed."""

    person: Person
    profile: ProfileForm
    place: PlaceForm
    going: GoingForm
    other: Form


@bp.get("/people/<id:person_id>")
@requires(Permission.PERSON_MANAGE)
def index(person_id: int) -> Response:
    return _answer(person_id)


@bp.post("/people/<id:person_id>")
@requires(Permission.PERSON_MANAGE)
def profile(person_id: int) -> Response:
    forms = _forms(person_id, "profile")
    form = forms.profile
    if form.validate():
        manager_id = int(form.manager_id.data) if form.manager_id.data else None
        given = Profile(
            person_id=person_id,
            version=form.version.data,
            name=form.name.data,
            phone=form.phone.data,
            email=form.email.data,
            user_name=form.user_name.data,
            manager_id=manager_id,
            locale=form.locale.data,
        )
        edit(form, edit_person, given)
    return _answer(person_id, forms, form, gettext("Kept"))


@bp.post("/people/<id:person_id>/memberships")
@requires(Permission.PERSON_MANAGE)
def memberships(person_id: int) -> Response:
    forms = _forms(person_id, "place")
    form = forms.place
    if form.validate():
        distributor_id = None
        if code := form.distributor.data:
            with read() as session:
                distributor_id = distributors.find_by_code(session, g.actor, code)
            if distributor_id is None:
                form.refuse(gettext("There is no distributor with this code"), "distributor")
        if not form.errors:
            attempt(form, add_membership, Place(person_id, form.role.data, distributor_id))
    return _answer(person_id, forms, form, gettext("Role given"))


@bp.post("/people/<id:person_id>/memberships/<id:membership_id>/ending")
@requires(Permission.PERSON_MANAGE)
def ending(person_id: int, membership_id: int) -> Response:
    forms = _forms(person_id)
    attempt(forms.other, end_membership, Departure(person_id, membership_id))
    return _answer(person_id, forms, forms.other, gettext("Role taken; whoever worked in it is signed out"))


@bp.post("/people/<id:person_id>/activity")
@requires(Permission.PERSON_MANAGE)
def activity(person_id: int) -> Response:
    forms = _forms(person_id, "going")
    form = forms.going
    is_active = form.state.data == "active"
    if form.validate():
        if not form.state.data:
            form.refuse(gettext("Please choose one of the list"))
        else:
            is_later = form.successor.data == LATER
            successor = form.successor.data if form.successor.data and not is_later else None
            given = Activity(
                person_id, is_active, int(successor) if successor else None, form.from_day.data, is_later
            )
            attempt(form, set_person_active, given)
    done = gettext("May sign in again") if is_active else gettext("Signed out everywhere and shut out")
    return _answer(person_id, forms, form, done)


@bp.post("/people/<id:person_id>/handover")
@requires(Permission.PERSON_MANAGE)
def passing_on(person_id: int) -> Response:
    """Give the work to another while the person stays."""
    forms = _forms(person_id, "going")
    form, count = forms.going, None
    if form.validate():
        if not form.successor.data or form.successor.data == LATER:
            form.refuse(gettext("Please choose one of the list"), "successor")
        else:
            given = Handover(person_id, int(form.successor.data), form.from_day.data)
            count = attempt(form, hand_over, given)
    done = ngettext(
        "%(number)s distributor handed over", "%(number)s distributors handed over", count or 0,
        number=quantity(count or 0),
    )  # fmt: skip
    return _answer(person_id, forms, form, done)


@bp.post("/people/<id:person_id>/password")
@requires(Permission.PERSON_MANAGE)
def password(person_id: int) -> Response:
    """For somebody who forgot theirs: the old one ends, and a link lets them choose the next one."""
    forms = _forms(person_id)
    nobodys = passwords.hashed(secrets.token_urlsafe(32))
    issued = attempt(forms.other, reset_by_link, Reset(person_id, nobodys))
    if issued is None:
        return _answer(person_id, forms, forms.other)
    with read() as session:
        return show_link(session, issued, "person", _here(person_id), is_reset=True)


@bp.post("/people/<id:person_id>/reset-code")
@requires(Permission.PERSON_MANAGE)
def reset_code(person_id: int) -> Response:
    """A code to be read out; the old password holds until it is used."""
    forms = _forms(person_id)
    shown = show_issued(forms.other, person_id, "person", _here(person_id))
    return shown or _answer(person_id, forms, forms.other)


@bp.post("/people/<id:person_id>/second-factor-removal")
@requires(Permission.PERSON_MANAGE)
def second_factor(person_id: int) -> Response:
    """For somebody whose phone is gone: app, codes and passkeys end, and every browser is signed out."""
    forms = _forms(person_id)
    attempt(forms.other, clear_factor, person_id)
    return _answer(person_id, forms, forms.other, gettext("The second factor is gone; signed out everywhere"))


@bp.post("/people/<id:person_id>/invitation")
@requires(Permission.PERSON_MANAGE)
def invitation(person_id: int) -> Response:
    forms = _forms(person_id)
    issued = attempt(forms.other, renew_invitation, person_id)
    if issued is None:
        return _answer(person_id, forms, forms.other)
    with read() as session:
        return show_link(session, issued, "person", _here(person_id))


@bp.post("/people/<id:person_id>/revocation")
@requires(Permission.PERSON_MANAGE)
def revocation(person_id: int) -> Response:
    forms = _forms(person_id)
    attempt(forms.other, revoke_invitation, person_id)
    return _answer(person_id, forms, forms.other, gettext("The link no longer works"))


@bp.post("/people/<id:person_id>/sessions/<id:session_id>/revocation")
@requires(Permission.PERSON_MANAGE)
def device(person_id: int, session_id: int) -> Response:
    forms = _forms(person_id)
    attempt(forms.other, revoke_session, Device(person_id, session_id))
    return _answer(person_id, forms, forms.other, gettext("Signed out there"))


def _here(person_id: int) -> str:
    return url_for("admin.person.index", person_id=person_id)


def _forms(person_id: int, sent: str = "") -> Forms:
    """All forms of the page with today's choices; a stranger's person has none."""
    with read() as session:
        person = members.get_person(session, g.actor, person_id)
        colleagues = authority.staff(session, g.actor)
        roles = [(role.code, role_name(role.name)) for role in authority.roles_to_give(session, g.actor)]

    def typed(name: str) -> Any:
        return request.form if sent == name else None

    forms = Forms(
        person,
        ProfileForm(typed("profile"), data=_profile(person)),
        PlaceForm(typed("place")),
        GoingForm(typed("going"), data={"from_day": clock.today()}),
        Form(),
    )
    others = [each for each in colleagues if each[0] != person_id]
    above = person.manager_id
    beyond = [(above, "…")] if above and above not in dict(others) else []
    offer(forms.profile.manager_id, others + beyond, "staff")
    offer(forms.going.successor, others, "staff")
    forms.place.role.choices = roles
    forms.going.successor.choices.append((LATER, gettext("Decide later; they stay under this name")))
    return forms


def _profile(person: Person) -> dict[str, Any]:
    fields = ("name", "phone", "email", "user_name", "locale", "version")
    known = {field: getattr(person, field) for field in fields}
    return known | {"manager_id": str(person.manager_id) if person.manager_id else None}


def _answer(person_id: int, forms: Forms | None = None, sent: Form | None = None, done: str = "") -> Response:
    """The page; after a deed fresh forms, after a refusal the sent one as it was typed."""
    if sent is not None and not sent.errors:
        say(done)

        return go(_here(person_id))
    forms = forms or _forms(person_id)
    person, today, now = forms.person, clock.today(), clock.now()
    with read() as session:
        return render(
            session,
            "admin/people/person.html",
            "person",
            status=422 if sent is not None else 200,
            person=person,
            forms=forms,
            form=sent,
            places=directory.places_of(session, [person.id]),
            devices=sessions.alive(session, person.id, now),
            invited_until=invitations.open_until(session, [person.id], now).get(person.id),
            companies=handover.looked_after(session, person.id, today),
            waiting=succession.count_waiting(session, person.id),
            is_oneself=person.id == g.actor.person_id,
            device_called=devices.called,
            factor=factors.held_by(session, person.id),
            own_session=g.signed_in.session_id,
            phone_is_open=g.actor.may(Permission.PHONE_READ),
        )
