"""Applications of companies that want to become distributors: examined, decided, taken in."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import editing, spoken
from admin import inbox as pages
from admin.choosing import offer
from admin.desk import show_desk
from admin.editing import LABELS, chosen, offered
from admin.inbox import Decided, DecisionForm, Kind, PlaceForm
from trade import clock
from trade.actor import Actor, Permission
from trade.applications import findings, ground, queries, rules
from trade.applications.models import Application
from trade.applications.queries import ListFilter, Row
from trade.approvals import inbox, kernel
from trade.approvals.inbox import Item, turns_of
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read
from trade.distributors import masters, standings, territories
from trade.distributors import queries as distributors
from trade.distributors.models import Channel, Tier
from trade.errors import Refused
from trade.flows.decide_application import Call, Decision, Plan, decide_application, note_call
from trade.flows.forget_application import OVER, ApplicantsWish, forget_application
from trade.windows import Page, Totals, Window
from web import application_words, asked
from web.access import requires
from web.answer import attempt, go, render, say
from web.downloads import answer_file
from web.forms import (
    CheckField,
    ChoiceField,
    Form,
    LongTextField,
    MoneyField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.i18n import moment
from web.links import show_link
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("applications", __name__)


class PlanForm(PlaceForm):
    code = TextField(LABELS["code"], longest=30)
    tier_id = ChoiceField(LABELS["tier_id"])
    channel_id = ChoiceField(LABELS["channel_id"], is_needed=False)
    territory_id = ChoiceField(LABELS["territory_id"], is_needed=False)
    rep_id = ChoiceField(LABELS["rep_id"], is_needed=False)
    parent = TextField(
        LABELS["parent_id"], longest=30, is_needed=False, hint=_("Code of the distributor above it")
    )
    terms = ChoiceField(LABELS["terms"], choices=spoken.choices(spoken.TERMS), default="monthly")
    terms_days = WholeNumberField(LABELS["terms_days"], largest=365, default=30)
    advance_percent = WholeNumberField(
        LABELS["advance_percent"],
        smallest=1,
        largest=100,
        default=100,
        is_needed=False,
        hint=_("Only with terms in advance; 100 = all of it"),
    )
    limit = MoneyField(_("Credit limit"), is_positive=False, is_needed=False)
    status = ChoiceField(_("Can order"), choices=list(application_words.STARTS.items()), default="prospect")
    is_namesake = CheckField(_("Another company of the same name"))
    comment = LongTextField(_("Note to the applicant"), longest=500, is_needed=False)


class WordsForm(DecisionForm):
    """A yes says what the company will be, on a page of its own."""

    decision = ChoiceField(choices=[(pages.BACK, ""), (pages.NO, "")])
    comment = LongTextField(_("What the applicant reads"), longest=500)


class ForgetForm(VersionForm):
    reason = LongTextField(_("Who asked, and how"), longest=500)


@bp.get("/applications")
@requires(Permission.APPLICATION_READ)
def index() -> Response:
    with read() as session:
        listed = APPLICATIONS.open(session)
        return render(
            session,
            "admin/applications/applications.html",
            "applications",
            listed=listed,
            said=application_words,
        )


@bp.post("/applications/export")
@requires(Permission.APPLICATION_READ)
def export() -> Response:
    return APPLICATIONS.export_sheet()


@bp.get("/applications/<id:application_id>")
@requires(Permission.APPLICATION_READ)
def detail(application_id: int) -> Response:
    with read() as session:
        return _show(session, application_id)


@bp.get("/applications/<id:application_id>/approval")
@requires(Permission.APPLICATION_DECIDE)
def taking_in(application_id: int) -> Response:
    """What the applicant will be to the brand; from the inbox the way leads on to its next item."""
    with read() as session:
        return _show_plan(session, application_id, None)


@bp.post("/applications/<id:application_id>/call")
@requires(Permission.APPLICATION_DECIDE)
def call(application_id: int) -> Response:
    """The contact was rung and answered."""
    form = PlaceForm(request.form)
    if form.validate():
        attempt(form, note_call, Call(application_id, form.version.data))
    if not form.errors:
        say(gettext("Noted: the contact was reached"))
        with read() as session:
            return go(_back(session, application_id, form.place.data, pages.only_of(form)))
    with read() as session:
        return _show(session, application_id, plain=form)


@bp.post("/applications/<id:application_id>/approval")
@requires(Permission.APPLICATION_DECIDE)
def approval(application_id: int) -> Response:
    """Yes, with everything that a distributor needs; the owner's link is shown once."""
    with read() as session:
        found = queries.get_for(session, g.actor, application_id)
        form = _plan_form(session, found, request.form)
        is_sound = form.validate()
        parent_id = None
        if form.parent.data:
            parent_id = _parent(session, found, form.parent.data)
            if parent_id is None:
                form.refuse(gettext("There is no distributor with this code"), "parent")
    decided = None
    if is_sound and not form.errors:
        given = Decision(
            application_id, form.version.data, "approve", form.comment.data or "", _plan(form, parent_id)
        )
        decided = attempt(form, decide_application, given)
    if decided is None:
        with read() as session:
            return _show_plan(session, application_id, form)
    if decided.issued is None:
        said = (
            gettext("Agreed; the next approver decides")
            if decided.state in kernel.WAITS
            else gettext("Taken in")
        )
        say(said)
        with read() as session:
            return go(
                _onward(session, application_id, form) or url_for(".detail", application_id=application_id)
            )
    with read() as session:
        onward = _onward(session, application_id, form)
        back = onward or url_for("admin.distributors.detail", distributor_id=decided.distributor_id)
        page_ends = queries.get_for(session, g.actor, application_id).expires_at
        more = gettext(
            "The applicant can also set the password on the page of the application, until %(day)s.",
            day=moment(page_ends),
        )
        return show_link(session, decided.issued, f"application-{application_id}", back, more=more)


@bp.post("/applications/<id:application_id>/answer")
@requires(Permission.APPLICATION_DECIDE)
def answer(application_id: int) -> Response:
    """Back to be corrected, or no; the applicant reads why."""

    def show_document(session: Session, form: DecisionForm) -> Response:
        return _show(session, application_id, words=form)

    def show_item(session: Session, item: Item, form: DecisionForm) -> Response:
        return show_desk(session, item.request.id, form)

    return pages.answer(queries.SUBJECT, application_id, show_document, show_item)


@bp.post("/applications/<id:application_id>/forgetting")
@requires(Permission.DISTRIBUTOR_FORGET)
def forgetting(application_id: int) -> Response:
    """Overwrite the personal data of an applicant who became no distributor."""
    form = ForgetForm(request.form)
    if form.validate():
        attempt(form, forget_application, ApplicantsWish(application_id, form.version.data, form.reason.data))
    if not form.errors:
        say(gettext("The personal data of this applicant are overwritten"))
        return go(url_for(".detail", application_id=application_id))
    with read() as session:
        return _show(session, application_id, forget=form)


@bp.get("/applications/<id:application_id>/attachments/<id:attachment_id>")
@requires(Permission.APPLICATION_READ)
def download(application_id: int, attachment_id: int) -> Response:
    with read() as session:
        found = queries.get_for(session, g.actor, application_id)
        file = attachments.get_of(session, queries.SUBJECT, found.id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def _load(session: Session, actor: Actor, application_id: int) -> dict[str, Any]:
    row = queries.row_for(session, actor, application_id)
    found = row.application
    files = attachments.of(session, queries.SUBJECT, found.id)
    return {
        "found": found,
        "row": row,
        "files": files,
        "title": found.company,
        "labels": editing.LABELS,
        "may_see_phones": actor.may(Permission.PHONE_READ),
        "findings": findings.of(session, actor, found, files),
        "territory": row.territory,
        "overlaps": findings.overlaps(session, actor, found, row.territory, clock.today()),
        "said": application_words,
    }


def _yes_url(facts: pages.Facts) -> str:
    """The page that says what it will be; not before its contact was reached."""
    found = facts["found"]
    return url_for("admin.applications.taking_in", application_id=found.id) if found.verified_at else ""


def _back(session: Session, application_id: int, place: str | None, only: str) -> str:
    """To the item in the inbox, or to the application where it was looked at there."""
    item = inbox.find_for(session, g.actor, queries.SUBJECT, application_id)
    way = pages.item_way(item, place, only) if item else ""
    return way or url_for(".detail", application_id=application_id)


def _onward(session: Session, application_id: int, form: PlanForm) -> str:
    item = inbox.find_for(session, g.actor, queries.SUBJECT, application_id)
    return pages.way_on(session, item, form.place.data, pages.only_of(form)) if item else ""


def _given(decided: Decided) -> Decision:
    return Decision(decided.subject_id, decided.version, decided.decision, decided.comment)


pages.register(
    Kind(
        subject=queries.SUBJECT,
        words=_("Application of a distributor"),
        panel="admin/inbox/application.html",
        load=_load,
        decision_url=lambda key: url_for("admin.applications.answer", application_id=key),
        url=lambda key, facts: url_for("admin.applications.detail", application_id=key),
        flow=decide_application,
        given=_given,
        form=lambda facts: WordsForm,
        answers=(pages.BACK, pages.NO),
        yes=lambda facts: gettext("Take this company in"),
        yes_url=_yes_url,
        amount=_("Expected in a year"),
        said={
            pages.BACK: _("Sent back; the applicant reads why on the page of the application"),
            pages.NO: _("Declined; the applicant reads why on the page of the application"),
        },
        version=lambda facts: facts["found"].version,
        reason=lambda fact, currency: ("info", gettext("A new distributor")),
    )
)


def _plan(form: PlanForm, parent_id: int | None) -> Plan:
    return Plan(
        code=form.code.data,
        tier_id=chosen(form.tier_id.data),
        channel_id=chosen(form.channel_id.data),
        territory_id=chosen(form.territory_id.data),
        rep_id=chosen(form.rep_id.data),
        parent_id=parent_id,
        terms=form.terms.data,
        terms_days=form.terms_days.data,
        advance_percent=form.advance_percent.data or 100,
        limit=form.limit.data if g.actor.may(Permission.CREDIT_LIMIT) else None,
        status=form.status.data,
        is_namesake=form.is_namesake.data,
    )


def _plan_form(session: Session, found: Application, sent: Any = None) -> PlanForm:
    """Filled with what was agreed before, else with what the application says."""
    territory = territories.of_region(session, found.region_code)
    known: dict[str, Any] = {
        "version": found.version,
        "code": rules.code_preset(found.id),
        "channel_id": found.channel_id,
        "territory_id": territory.id if territory else None,
        **queries.usual_in(session, g.actor, territory, clock.today()),
        "place": asked.choice("place", pages.PLACES),
        "only": asked.choice("subject", list(pages.KINDS)),
    }
    known |= {name: value for name, value in found.plan.items() if name not in ("parent_id", "limit")}
    known["limit"] = _agreed_limit(found)
    if parent_id := found.plan.get("parent_id"):
        known["parent"] = distributors.code_of(session, parent_id) or ""
    for name in ("tier_id", "channel_id", "territory_id", "rep_id"):
        known[name] = str(known[name]) if known.get(name) else None
    form = PlanForm(sent, data=known)
    form.tier_id.choices = offered(masters.on_offer(session, Tier))
    form.channel_id.choices = offered(masters.on_offer(session, Channel))
    places = ground.open_to(session, g.actor, found)
    known_places = [each for each in territories.on_offer(session) if places is None or each[0] in places]
    form.territory_id.choices = offered(known_places)
    offer(form.rep_id, standings.reps_on_offer(session, g.actor), "sellers")
    return form


def _parent(session: Session, found: Application, code: str) -> int | None:
    """The distributor above it: one within reach, or the one agreed before, whoever looks after that one."""
    agreed: int | None = found.plan.get("parent_id")
    if agreed and code.strip().upper() == (distributors.code_of(session, agreed) or "").upper():
        return agreed
    return distributors.find_by_code(session, g.actor, code)


def _agreed_limit(found: Application) -> Decimal | None:
    """What an earlier step means to give."""
    return Decimal(found.plan["limit"]) if found.plan.get("limit") else None


def _show(
    session: Session,
    application_id: int,
    *,
    words: DecisionForm | None = None,
    plain: Form | None = None,
    forget: ForgetForm | None = None,
) -> Response:
    row = queries.row_for(session, g.actor, application_id)
    found = row.application
    files = attachments.of(session, queries.SUBJECT, found.id)
    is_waiting = found.state == "submitted"
    return render(
        session,
        "admin/applications/application.html",
        "application",
        status=422 if words or plain or forget else 200,
        found=found,
        row=row,
        files=files,
        steps=queries.history(session, found.id),
        findings=findings.of(session, g.actor, found, files) if is_waiting else [],
        territory=row.territory,
        overlaps=findings.overlaps(session, g.actor, found, row.territory, clock.today())
        if is_waiting
        else [],
        asked=_asked(session, found.id) if is_waiting else [],
        may_decide=is_waiting and queries.is_asked(session, g.actor, found.id),
        words=words or WordsForm(),
        plain=plain,
        forget=forget or ForgetForm(),
        may_forget=found.state in OVER and g.actor.may(Permission.DISTRIBUTOR_FORGET),
        may_see_phones=g.actor.may(Permission.PHONE_READ),
        said=application_words,
        labels=editing.LABELS,
    )


def _asked(session: Session, application_id: int) -> list[str]:
    """Whose yes it waits for now."""
    open_one = kernel.find_open(session, queries.SUBJECT, application_id)
    turns = turns_of(session, open_one.id) if open_one else []
    return sorted({name for each in turns if each.turn.state == "open" for name in each.asked})


def _show_plan(session: Session, application_id: int, form: PlanForm | None) -> Response:
    row = queries.row_for(session, g.actor, application_id)
    found = row.application
    if found.state != "submitted" and form is None:
        return go(url_for(".detail", application_id=found.id))  # decided meanwhile
    if not queries.is_asked(session, g.actor, found.id) and form is None:
        raise Refused("applicant.not_found")
    status, form = (422 if form else 200), form or _plan_form(session, found)
    return render(
        session,
        "admin/applications/approval.html",
        "approval",
        status=status,
        found=found,
        row=row,
        form=form,
        back=_back(session, application_id, form.place.data, pages.only_of(form)),
        agreed_limit=_agreed_limit(found),
        may_limit=g.actor.may(Permission.CREDIT_LIMIT),
        said=application_words,
    )


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["state"])


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


APPLICATIONS = List[Row](
    page="admin.applications.index",
    export="admin.applications.export",
    title=_("Applications of distributors"),
    counted=lambda count: ngettext("%(num)s application", "%(num)s applications", count),
    sort="-application",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Company, number or credit code")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [
                (key, said) for key, (_tone, said) in application_words.STATES.items() if key != "draft"
            ],
        ),
    ],
    columns=[
        Column(
            key="company",
            words=_("Company"),
            value=lambda row: row.application.company,
            url=lambda row: url_for("admin.applications.detail", application_id=row.application.id),
            meta=lambda row: row.application.number,
        ),
        Column(
            key="state",
            words=_("State"),
            value=lambda row: application_words.state(row.application.state)[1],
        ),
        Column(key="region", words=_("Region"), value=lambda row: row.region or "", is_labelled=True),
        Column(key="channel", words=_("Channel"), value=lambda row: row.channel or "", is_wide=True),
        Column(
            key="sent",
            words=_("Sent in at"),
            value=lambda row: row.application.submitted_at,
            kind="instant",
            sort="sent",
        ),
        Column(
            key="expected",
            words=_("Expected in a year"),
            value=lambda row: row.application.expected,
            kind="money",
            currency=lambda row: "CNY",
            sort="expected",
        ),
    ],
    nothing=Nothing(
        icon="users",
        title=_("No applications yet"),
        text=_("Whoever wants to buy finds the page below the sign-in; each application waits here."),
    ),
    no_match=Nothing(title=_("No application matches"), text=_("Try a part of the name, or fewer filters.")),
)
