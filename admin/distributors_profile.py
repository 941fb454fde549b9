"""A new distributor, the profile of a known one, its licence, and pausing or ending the business."""

from dataclasses import asdict
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import editing, spoken
from admin.choosing import offer
from admin.distributors import bp
from admin.editing import LABELS, EditForm, chosen, edit, offered, with_present
from trade import clock
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read
from trade.distributors import masters, queries, rules, standings, states, territories
from trade.distributors.models import Channel, CreditGroup, Distributor, PriceGroup, Tier
from trade.distributors.profile import CURRENCIES, FIELDS, Profile
from trade.errors import Refused
from trade.flows.create_distributor import NewDistributor, create_distributor
from trade.flows.edit_distributor import Edit, edit_distributor
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from web import invoiced, words
from web.access import requires
from web.answer import attempt, go, render, say
from web.downloads import answer_file
from web.filing import attach
from web.forms import (
    CheckField,
    ChoiceField,
    DateField,
    Form,
    LongTextField,
    TextField,
    VersionForm,
    WholeNumberField,
)

STATES = states.STATUSES
SUBJECT = "distributor"


class ProfileForm(EditForm):
    code = TextField(
        LABELS["code"], longest=30, hint=_("Letters, digits, dot and hyphen; it names the company on papers")
    )
    name = TextField(_("Company name"), longest=120)
    credit_code = TextField(
        LABELS["credit_code"], longest=30, is_needed=False, hint=_("18 characters, as on the licence")
    )
    legal_representative = TextField(LABELS["legal_representative"], longest=60, is_needed=False)
    registered_address = TextField(LABELS["registered_address"], longest=200, is_needed=False)
    licence_expires_on = DateField(LABELS["licence_expires_on"], is_needed=False)
    invoice_title = TextField(
        LABELS["invoice_title"], longest=120, is_needed=False, hint=_("The name, unless it differs")
    )
    tax_mode = ChoiceField(LABELS["tax_mode"], choices=list(invoiced.TAX_MODES.items()), default="special")
    bank_name = TextField(LABELS["bank_name"], longest=120, is_needed=False)
    bank_account = TextField(LABELS["bank_account"], longest=40, is_needed=False)
    contact_name = TextField(LABELS["contact_name"], longest=60, is_needed=False)
    phone = TextField(LABELS["phone"], longest=30, is_needed=False)
    back_order_policy = ChoiceField(
        LABELS["back_order_policy"], choices=spoken.choices(spoken.BACK_ORDERS), default="refuse"
    )
    currency = ChoiceField(
        LABELS["currency"],
        choices=[(each, each) for each in CURRENCIES],
        default="CNY",
        hint=_("Can change only until the first document"),
    )
    credit_group_id = ChoiceField(LABELS["credit_group_id"], is_needed=False)
    internal_note = LongTextField(
        LABELS["internal_note"], is_needed=False, hint=_("For the brand alone; the distributor never sees it")
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Every field that is odd by itself is told in one answer."""
        super().validate(extra_validators)
        for name, code in rules.odd({name: self[name].data for name in rules.SHAPES}).items():
            if self[name].data != self[name].object_data:  # one that stood there before the rule may stay
                self.refuse(words.say(Refused(code)), name)
        return not self.errors


class NewForm(ProfileForm):
    is_namesake = CheckField(_("Another company of the same name"))
    valid_from = DateField(_("Holds from"))
    tier_id = ChoiceField(LABELS["tier_id"])
    channel_id = ChoiceField(LABELS["channel_id"], is_needed=False)
    territory_id = ChoiceField(LABELS["territory_id"], is_needed=False)
    rep_id = ChoiceField(LABELS["rep_id"], is_needed=False)
    price_group_id = ChoiceField(LABELS["price_group_id"], is_needed=False)
    terms = ChoiceField(LABELS["terms"], choices=spoken.choices(spoken.TERMS), default="monthly")
    terms_days = WholeNumberField(LABELS["terms_days"], largest=365, default=30)
    advance_percent = WholeNumberField(
        LABELS["advance_percent"],
        smallest=1,
        largest=100,
        default=100,
        hint=_("Only with terms in advance; 100 = all of it"),
    )


# An ended or paused company is told what it may still do, never the reason, which may be about others.
FOR_THE_BRAND = _("For the brand's own people; the distributor does not read it")


class StatusForm(VersionForm):
    status = ChoiceField(LABELS["status"], choices=[(each, "") for each in STATES if each != "ended"])
    reason = LongTextField(_("Reason"), longest=500, hint=FOR_THE_BRAND)


@bp.get("/distributors/new")
@requires(Permission.DISTRIBUTOR_EDIT)
def new() -> Response:
    with read() as session:
        form = _new_form(session, data={"valid_from": clock.today()})
        return render(session, "admin/distributors/new.html", "new", form=form)


@bp.post("/distributors")
@requires(Permission.DISTRIBUTOR_EDIT)
def creation() -> Response:
    with read() as session:
        form = _new_form(session, request.form)
    distributor_id = None
    if form.validate():
        standing = {name: chosen(form[name].data) for name in standings.NAMED if name in form}
        standing |= {"terms": form.terms.data, "terms_days": form.terms_days.data}
        standing["advance_percent"] = form.advance_percent.data
        given = NewDistributor(_profile(form), form.valid_from.data, standing, form.is_namesake.data)
        distributor_id = attempt(form, create_distributor, given)
    if distributor_id is None:
        with read() as session:
            return render(session, "admin/distributors/new.html", "new", status=422, form=form)
    say(
        gettext(
            "%(name)s is a distributor now; next come contacts, addresses and a credit limit",
            name=form.name.data,
        )
    )
    return go(url_for(".detail", distributor_id=distributor_id))


@bp.get("/distributors/<id:distributor_id>/profile")
@requires(Permission.DISTRIBUTOR_READ)
def profile(distributor_id: int) -> Response:
    with read() as session:
        return _show(session, distributor_id)


@bp.post("/distributors/<id:distributor_id>/profile")
@requires(Permission.DISTRIBUTOR_EDIT)
def profile_submission(distributor_id: int) -> Response:
    with read() as session:
        form = _form(session, queries.get_for(session, g.actor, distributor_id), request.form)
    changed = None
    if form.validate():
        changed = edit(form, edit_distributor, Edit(distributor_id, form.version.data, _profile(form)))
    if form.errors:
        with read() as session:
            return _show(session, distributor_id, form=form)
    say(gettext("The profile is kept") if changed else gettext("Nothing to change"))
    return go(url_for(".profile", distributor_id=distributor_id))


@bp.post("/distributors/<id:distributor_id>/status")
@requires(Permission.DISTRIBUTOR_EDIT)
def status(distributor_id: int) -> Response:
    form = StatusForm(request.form)
    if form.validate():
        given = StatusChange(distributor_id, form.version.data, form.status.data, form.reason.data)
        attempt(form, set_distributor_status, given)
    if form.errors:
        with read() as session:
            return _show(session, distributor_id, status_form=form)
    say(gettext("The status is now: %(status)s", status=spoken.status(form.status.data)[1]))
    return go(url_for(".profile", distributor_id=distributor_id))


@bp.post("/distributors/<id:distributor_id>/licence")
@requires(Permission.DISTRIBUTOR_EDIT)
def licence(distributor_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
    form = Form()
    attach(form, SUBJECT, distributor_id)
    if form.errors:
        with read() as session:
            return _show(session, distributor_id, file=form)
    say(gettext("The licence is kept with this distributor"))
    return go(url_for(".profile", distributor_id=distributor_id))


@bp.get("/distributors/<id:distributor_id>/licence/<id:attachment_id>")
@requires(Permission.DISTRIBUTOR_READ)
def licence_file(distributor_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
        found = attachments.get_of(session, SUBJECT, distributor_id, attachment_id)
    return answer_file(store.load(found.stored_as), found.media_type, found.name)


def _show(
    session: Session,
    distributor_id: int,
    *,
    form: ProfileForm | None = None,
    status_form: StatusForm | None = None,
    file: Form | None = None,
) -> Response:
    distributor = queries.get_for(session, g.actor, distributor_id)
    may_edit = g.actor.may(Permission.DISTRIBUTOR_EDIT)
    return render(
        session,
        "admin/distributors/profile_page.html",
        "profile",
        status=422 if form or status_form or file else 200,
        distributor=distributor,
        may_edit=may_edit,
        form=(form or _form(session, distributor)) if may_edit else None,
        status_form=status_form or StatusForm(),
        file=file or Form(),
        licences=attachments.of(session, SUBJECT, distributor_id),
        today=clock.today(),
        others=[each for each in states.following(distributor.status) if each != "ended"],
        labels=editing.LABELS,
        said=invoiced,
    )


def _form(session: Session, distributor: Distributor, sent: Any = None) -> ProfileForm:
    known = {name: getattr(distributor, name) for name in FIELDS} | {"version": distributor.version}
    group_id = distributor.credit_group_id
    known["credit_group_id"] = str(group_id) if group_id else None
    if not g.actor.may(Permission.PHONE_READ):
        known["phone"] = None
    form = ProfileForm(sent, data=known)
    form.credit_group_id.choices = with_present(
        masters.on_offer(session, CreditGroup), group_id, masters.name_of(session, CreditGroup, group_id)
    )
    return form


def _new_form(session: Session, sent: Any = None, data: Any = None) -> NewForm:
    form = NewForm(sent, data=data)
    del form.version
    form.credit_group_id.choices = offered(masters.on_offer(session, CreditGroup))
    form.tier_id.choices = offered(masters.on_offer(session, Tier))
    form.channel_id.choices = offered(masters.on_offer(session, Channel))
    form.price_group_id.choices = offered(masters.on_offer(session, PriceGroup))
    form.territory_id.choices = offered(territories.on_offer(session))
    offer(form.rep_id, standings.reps_on_offer(session, g.actor), "sellers")
    return form


def _profile(form: ProfileForm) -> Profile:
    values = asdict(Profile("", "")) | {name: form[name].data for name in FIELDS}
    return Profile(**{**values, "credit_group_id": chosen(form.credit_group_id.data)})
