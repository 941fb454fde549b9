"""The people of one distributor, as its owner sees them in the portal and the brand beside the distributor."""

from flask import request
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors import directory
from trade.distributors.directory import Member
from trade.flows.invite_person import Guest, invite_person
from trade.people import authority, invitations
from trade.people.invitations import Issued
from trade.people.models import Face
from web.answer import attempt
from web.forms import ChoiceField, Form, TextField
from web.words import role_name


class ColleagueForm(Form):
    name = TextField(_("Name"), longest=60)
    phone = TextField(
        _("Phone"),
        longest=20,
        is_needed=False,
        is_conditional=True,
        hint=_("Phone or user name: one is needed"),
    )
    user_name = TextField(_("User name"), longest=60, is_needed=False, is_conditional=True)
    role = ChoiceField(_("Role"))


class NewRoleForm(Form):
    role = ChoiceField(_("Role"))


def choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The roles of the portal that the actor may give."""
    return [
        (role.code, role_name(role.name))
        for role in authority.roles_to_give(session, actor)
        if role.face == Face.PORTAL
    ]


def colleague_form(session: Session, actor: Actor, *, is_sent: bool = False) -> ColleagueForm:
    form = ColleagueForm(request.form if is_sent else None)
    form.role.choices = choices(session, actor)
    return form


def invite(form: ColleagueForm, distributor_id: int | None) -> Issued | None:
    """Invite whom the form names; refused, the form says why."""
    if not form.validate():
        return None
    guest = Guest(
        name=form.name.data,
        role=form.role.data,
        phone=form.phone.data,
        user_name=form.user_name.data,
        distributor_id=distributor_id,
    )
    return attempt(form, invite_person, guest)


def context(session: Session, actor: Actor, distributor_id: int) -> dict[str, object]:
    """What the page of a team shows: members, open links, roles to give; three statements."""
    members: list[Member] = directory.members_of(session, distributor_id)
    waiting = [each.person.id for each in members if not each.person.password_hash]
    return {
        "members": members,
        "invited": invitations.open_until(session, waiting, clock.now()),
        "offered": choices(session, actor),
    }
