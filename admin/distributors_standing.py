"""What a distributor is to the brand from a day on, with the whole history; and what it may sell."""

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from admin import editing, spoken
from admin.choosing import offer
from admin.distributors import bp
from admin.editing import LABELS, EditForm, chosen, edit, offered, with_present
from trade import clock
from trade.actor import Permission
from trade.catalog import tree
from trade.credit.groups import exposures
from trade.db import read
from trade.distributors import authorisations, masters, queries, standings, territories
from trade.distributors.models import Channel, Distributor, PriceGroup, Standing, Tier
from trade.flows.authorise_distributor import (
    Ending,
    NewAuthorisation,
    authorise_distributor,
    end_authorisation,
)
from trade.flows.change_standing import StandingChange, Withdrawal, change_standing, withdraw_standing
from trade.people.queries import names_of
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, DateField, Form, LongTextField, TextField, VersionForm, WholeNumberField


class StandingForm(EditForm):
    valid_from = DateField(_("Holds from"), hint=_("Today or later"))
    tier_id = ChoiceField(LABELS["tier_id"])
    channel_id = ChoiceField(LABELS["channel_id"], is_needed=False)
    territory_id = ChoiceField(LABELS["territory_id"], is_needed=False)
    rep_id = ChoiceField(LABELS["rep_id"], is_needed=False)
    parent_id = TextField(
        LABELS["parent_id"],
        longest=120,
        is_needed=False,
        hint=_("Code or name of the distributor above, if there is one"),
    )
    price_group_id = ChoiceField(LABELS["price_group_id"], is_needed=False)
    terms = ChoiceField(LABELS["terms"], choices=spoken.choices(spoken.TERMS))
    terms_days = WholeNumberField(LABELS["terms_days"], largest=365)
    advance_percent = WholeNumberField(
        LABELS["advance_percent"],
        smallest=1,
        largest=100,
        default=100,
        hint=_("Only with terms in advance; 100 = all of it"),
    )
    reason = LongTextField(_("Reason"), longest=500, is_needed=False)


class AuthorisationForm(Form):
    category_id = ChoiceField(_("Product line"), is_needed=False, hint=_("Empty means every one"))
    territory_id = ChoiceField(LABELS["territory_id"], is_needed=False)
    channel_id = ChoiceField(LABELS["channel_id"], is_needed=False)
    valid_from = DateField(_("Holds from"))
    until = DateField(_("Last day"), is_needed=False)


class EndingForm(VersionForm):
    until = DateField(_("Last day"))


@bp.get("/distributors/<id:distributor_id>/standing")
@requires(Permission.DISTRIBUTOR_READ)
def standing(distributor_id: int) -> Response:
    with read() as session:
        return _show_standing(session, distributor_id)


@bp.post("/distributors/<id:distributor_id>/standing")
@requires(Permission.DISTRIBUTOR_EDIT)
def standing_submission(distributor_id: int) -> Response:
    with read() as session:
        distributor = queries.get_for(session, g.actor, distributor_id)
        form = _form(session, distributor, request.form)
        code = form.parent_id.data
        parent_id = queries.find_by_code(session, g.actor, code) if code else None
    changed = None
    if form.validate():
        if code and parent_id is None:
            form.refuse(gettext("There is no distributor with this code"), "parent_id")
        else:
            changes = {name: chosen(form[name].data) for name in standings.NAMED if name != "parent_id"}
            changes |= {"parent_id": parent_id, "terms": form.terms.data, "terms_days": form.terms_days.data}
            changes["advance_percent"] = form.advance_percent.data
            day, reason = form.valid_from.data, form.reason.data or ""
            given = StandingChange(distributor_id, form.version.data, day, changes, reason)
            changed = edit(form, change_standing, given)
    if form.errors:
        with read() as session:
            return _show_standing(session, distributor_id, form=form)
    told = "、".join(editing.label(name) for name in changed or ())
    say(gettext("From %(day)s on: %(changes)s", day=form.valid_from.data.isoformat(), changes=told))
    return go(url_for(".standing", distributor_id=distributor_id))


@bp.post("/distributors/<id:distributor_id>/standing/<id:standing_id>/withdrawal")
@requires(Permission.DISTRIBUTOR_EDIT)
def standing_withdrawal(distributor_id: int, standing_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, withdraw_standing, Withdrawal(distributor_id, form.version.data, standing_id))
    if form.errors:
        with read() as session:
            return _show_standing(session, distributor_id, refused=form)
    say(gettext("The planned change is withdrawn"))
    return go(url_for(".standing", distributor_id=distributor_id))


@bp.get("/distributors/<id:distributor_id>/authorisations")
@requires(Permission.DISTRIBUTOR_READ)
def authorisation(distributor_id: int) -> Response:
    with read() as session:
        return _show_authorisations(session, distributor_id)


@bp.post("/distributors/<id:distributor_id>/authorisations")
@requires(Permission.DISTRIBUTOR_EDIT)
def authorisation_creation(distributor_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
        form = _authorisation_form(session, request.form)
    if form.validate():
        given = NewAuthorisation(
            distributor_id,
            chosen(form.category_id.data),
            chosen(form.territory_id.data),
            chosen(form.channel_id.data),
            form.valid_from.data,
            form.until.data,
        )
        attempt(form, authorise_distributor, given)
    if form.errors:
        with read() as session:
            return _show_authorisations(session, distributor_id, form=form)
    say(gettext("Authorised from %(day)s on", day=form.valid_from.data.isoformat()))
    return go(url_for(".authorisation", distributor_id=distributor_id))


@bp.post("/distributors/<id:distributor_id>/authorisations/<id:authorisation_id>/ending")
@requires(Permission.DISTRIBUTOR_EDIT)
def authorisation_ending(distributor_id: int, authorisation_id: int) -> Response:
    form = EndingForm(request.form)
    if form.validate():
        given = Ending(distributor_id, authorisation_id, form.version.data, form.until.data)
        attempt(form, end_authorisation, given)
    if form.errors:
        with read() as session:
            return _show_authorisations(session, distributor_id, ending=form, ending_id=authorisation_id)
    say(gettext("The authorisation ends on %(day)s", day=form.until.data.isoformat()))
    return go(url_for(".authorisation", distributor_id=distributor_id))


def _show_standing(
    session: Session,
    distributor_id: int,
    *,
    form: StandingForm | None = None,
    refused: VersionForm | None = None,
) -> Response:
    distributor = queries.get_for(session, g.actor, distributor_id)
    may_edit = g.actor.may(Permission.DISTRIBUTOR_EDIT)
    periods = queries.periods_of(session, distributor_id)
    may_see_credit = g.actor.may(Permission.CREDIT_REVIEW)
    group_id = distributor.credit_group_id
    return render(
        session,
        "admin/distributors/standing.html",
        "standing",
        status=422 if form or refused else 200,
        distributor=distributor,
        periods=periods,
        setters=names_of(session, {each.standing.person_id for each in periods}),
        form=(form or _form(session, distributor)) if may_edit else None,
        refused=refused,
        group=queries.credit_group_of(session, group_id) if may_see_credit and group_id else None,
        exposures=exposures(session, [group_id]).get(group_id, []) if may_see_credit and group_id else [],
        may_edit=may_edit,
        today=clock.today(),
    )


def _form(session: Session, distributor: Distributor, sent: Any = None) -> StandingForm:
    """What holds today, or will first; from today on unless another day is typed."""
    rows = standings.rows_of(session, distributor.id)
    today = clock.today()
    present = next((row for row in rows if row.valid_to is None or row.valid_to > today), None)
    known = _known(present) if present else {"terms": "monthly", "terms_days": 30}
    known |= {"valid_from": today, "version": distributor.version}
    if not known.get("territory_id"):
        region = next((each.region_code for each in queries.addresses_of(session, distributor.id)), None)
        covering = territories.of_region(session, region) if region else None
        known["territory_id"] = str(covering.id) if covering else ""
    if present and present.parent_id:
        known["parent_id"] = queries.code_of(session, present.parent_id)
    form = StandingForm(MultiDict(sent) if sent is not None else None, data=known)
    for name, model in (("tier_id", Tier), ("channel_id", Channel), ("price_group_id", PriceGroup)):
        value = getattr(present, name) if present else None
        rows_on_offer = masters.on_offer(session, model)
        known_ids = {key for key, _name in rows_on_offer}
        gone = masters.name_of(session, model, value) if value not in {None, *known_ids} else None
        form[name].choices = with_present(rows_on_offer, value, gone)
    form.territory_id.choices = offered(territories.on_offer(session))
    offer(form.rep_id, standings.reps_on_offer(session, g.actor), "sellers")
    return form


def _known(present: Standing) -> dict[str, Any]:
    known = {name: getattr(present, name) for name in standings.FIELDS if name != "parent_id"}
    return {name: str(value) if name.endswith("_id") and value else value for name, value in known.items()}


def _show_authorisations(
    session: Session,
    distributor_id: int,
    *,
    form: AuthorisationForm | None = None,
    ending: EndingForm | None = None,
    ending_id: int | None = None,
) -> Response:
    distributor = queries.get_for(session, g.actor, distributor_id)
    may_edit = g.actor.may(Permission.DISTRIBUTOR_EDIT)
    today = clock.today()
    return render(
        session,
        "admin/distributors/authorisations.html",
        "authorisations",
        status=422 if form or ending else 200,
        distributor=distributor,
        rows=authorisations.of(session, distributor_id),
        category_names=tree.names(session),
        form=(form or _authorisation_form(session)) if may_edit else None,
        ending=ending or EndingForm(data={"until": today}),
        ending_id=ending_id,
        may_edit=may_edit,
        today=today,
    )


def _authorisation_form(session: Session, sent: Any = None) -> AuthorisationForm:
    form = AuthorisationForm(sent, data={"valid_from": clock.today()})
    form.category_id.choices = offered(list(tree.names(session).items()))
    form.territory_id.choices = offered(territories.on_offer(session))
    form.channel_id.choices = offered(masters.on_offer(session, Channel))
    return form
