"""Customer registrations: the list, one with both sides in view and its decision, ending one."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import inbox as pages
from admin import policy_words
from admin.choosing import DISTRIBUTORS, REPS
from admin.desk import show_desk
from admin.inbox import Decided, DecisionForm, Facts, Kind, YesNoForm
from admin.spoken import masked
from trade import clock
from trade.actor import Actor, Permission
from trade.approvals import kernel
from trade.approvals.inbox import Item
from trade.approvals.models import ApprovalRequest
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read
from trade.distributors import regions
from trade.distributors.queries import reps
from trade.flows.decide_registration import Decision, decide_registration
from trade.flows.give_project_price import GivenPrice, NewPrice, end_project_price, give_project_price
from trade.flows.release_registration import Release, revoke_registration
from trade.opportunities import sides
from trade.opportunities.sides import Side
from trade.registrations import ending, lapsing, queries, states
from trade.registrations.models import Registration, RegistrationDecision
from trade.registrations.queries import ListFilter, Row
from trade.registrations.rules import Figures
from trade.windows import Page, Totals, Window
from web import asked, opportunity_words, registration_words
from web.access import requires
from web.answer import attempt, go, render, say
from web.downloads import answer_file
from web.forms import (
    CheckField,
    Form,
    LongTextField,
    MoneyField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("registrations", __name__)
OVER = ("released", "expired", "rejected", "withdrawn", "handed_over")  # nobody has the customer by it


class RevocationForm(VersionForm):
    reason = LongTextField(_("Reason, which its distributor reads"), longest=300)
    is_pooled = CheckField(_("Others may claim it from the public pool"))


def _wanted(given: Asked) -> ListFilter:
    return ListFilter(
        given["q"],
        given["state"],
        asked.whole(given["line"]),
        given["distributor"],
        given["until"],
        rep_id=int(given["rep"]) if given["rep"] else None,
        is_near=given["near"],
    )


def _find(session: Session, given: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(given), window)


def _totals(session: Session, given: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(given))


REGISTRATIONS = List[Row](
    page="admin.registrations.index",
    export="admin.registrations.export",
    title=_("Customer registrations"),
    counted=lambda count: ngettext("%(num)s registration", "%(num)s registrations", count),
    sort="-registration",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Customer, number, credit code or distributor")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [
                (code, said) for code, (_tone, said) in registration_words.STATES.items()
            ],
        ),
        Filter(
            key="line",
            words=_("Product line"),
            kind="choice",
            choices=lambda session: [(str(key), name) for key, name in queries.product_lines(session)],
        ),
        Filter(key="distributor", words=_("Distributor"), kind="one", finder=DISTRIBUTORS),
        Filter(
            key="rep",
            words=_("Sales representative"),
            kind="choice",
            choices=lambda session: reps(session, g.actor),
            suggestions=REPS,
        ),
        Filter(key="until", words=_("Held until"), kind="day"),
        Filter(key="near", words=_("About to lapse"), kind="flag"),
    ],
    columns=[
        Column(
            key="name",
            words=_("Customer"),
            value=lambda row: row.registration.name,
            url=lambda row: url_for("admin.registrations.detail", registration_id=row.registration.id),
            meta=lambda row: row.registration.number or "",
        ),
        Column(
            key="state",
            words=_("State"),
            value=lambda row: registration_words.state_of(row.registration)[1],
        ),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
        ),
        Column(key="line", words=_("Product line"), value=lambda row: row.product_line, is_wide=True),
        Column(
            key="code",
            words=_("Unified social credit code"),
            value=lambda row: row.registration.credit_code or "",
            place="sheet",
        ),
        Column(
            key="phone",
            words=_("Customer's phone"),
            value=lambda row: masked(row.registration.phone, is_open=True),
            place="sheet",
            permission=Permission.PHONE_READ,
        ),
        Column(
            key="followed",
            words=_("Last followed up on"),
            value=lambda row: row.registration.followed_on,
            kind="day",
            sort="followed",
            is_wide=True,
        ),
        Column(
            key="lapse",
            words=_("Follow up by"),
            value=lambda row: row.follow_by,
            kind="day",
            sort="lapse",
            is_labelled=True,
        ),
        Column(
            key="until",
            words=_("Held until"),
            value=lambda row: row.registration.kept_until,
            kind="day",
            sort="until",
        ),
        Column(
            key="amount",
            words=_("Expected amount"),
            value=lambda row: row.registration.expected_amount,
            kind="money",
            currency=lambda row: row.registration.currency,
            sort="amount",
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="user-check",
        title=_("No customers registered yet"),
        text=_("Distributors report their customers in the portal; what is doubtful waits here."),
    ),
    no_match=Nothing(title=_("No registration matches"), text=_("Try a part of the name, or another state.")),
)


class PriceForm(Form):
    sku = TextField(_("Product code"), longest=40)
    price = MoneyField(_("Price per order unit, tax included"), places=4)
    min_quantity = WholeNumberField(_("From a quantity of"), smallest=1, largest=99_999, is_needed=False)
    reason = TextField(
        _("Reason"),
        longest=200,
        is_needed=False,
        is_conditional=True,
        hint=_("Needed where it is far below the usual"),
    )


@bp.get("/registrations")
@requires(Permission.REGISTRATION_READ)
def index() -> Response:
    with read() as session:
        listed = REGISTRATIONS.open(session)
        page = "admin/registrations/registrations.html"
        return render(session, page, "registrations", listed=listed, words=registration_words)


@bp.post("/registrations/export")
@requires(Permission.REGISTRATION_READ)
def export() -> Response:
    return REGISTRATIONS.export_sheet()


@bp.get("/registrations/<id:registration_id>")
@requires(Permission.REGISTRATION_READ)
def detail(registration_id: int) -> Response:
    with read() as session:
        return _show(session, registration_id)


@bp.post("/registrations/<id:registration_id>/decision")
@requires(Permission.REGISTRATION_DECIDE)
def decision(registration_id: int) -> Response:
    """Whose customer it is; an appeal that is right takes it over."""

    def show_document(session: Session, form: DecisionForm) -> Response:
        return _show(session, registration_id, deciding=form)

    def show_item(session: Session, item: Item, form: DecisionForm) -> Response:
        return show_desk(session, item.request.id, form)

    return pages.answer(queries.SUBJECT, registration_id, show_document, show_item)


@bp.post("/registrations/<id:registration_id>/revocation")
@requires(Permission.REGISTRATION_MANAGE)
def revocation(registration_id: int) -> Response:
    form = RevocationForm(request.form)
    if form.validate():
        given = Release(registration_id, form.version.data, form.reason.data, is_pooled=form.is_pooled.data)
        attempt(form, revoke_registration, given)
    return _back(registration_id, gettext("Ended; the distributor reads why"), form, revoking=form)


@bp.post("/registrations/<id:registration_id>/prices")
@requires(Permission.REGISTRATION_MANAGE)
def prices(registration_id: int) -> Response:
    """A price for this customer alone."""
    form = PriceForm(request.form)
    if form.validate():
        given = NewPrice(
            registration_id,
            form.sku.data,
            form.price.data,
            form.min_quantity.data or 1,
            reason=form.reason.data or "",
        )
        attempt(form, give_project_price, given)
    return _back(registration_id, gettext("The price holds for orders for this customer"), form, pricing=form)


@bp.post("/registrations/<id:registration_id>/prices/<id:price_id>/ending")
@requires(Permission.REGISTRATION_MANAGE)
def price_ending(registration_id: int, price_id: int) -> Response:
    form = Form(request.form)
    attempt(form, end_project_price, GivenPrice(registration_id, price_id))
    return _back(registration_id, gettext("The price has ended"), form, pricing=form)


@bp.get("/registrations/<id:registration_id>/attachments/<id:attachment_id>")
@requires(Permission.REGISTRATION_READ)
def download(registration_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, registration_id)
        file = attachments.get_of(session, queries.SUBJECT, registration_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


class DoubtForm(DecisionForm):
    """A doubtful registration: whatever is written reaches its distributor."""

    comment = LongTextField(
        _("Comment; the distributor reads it, so please name no other company (needed to return or reject)"),
        is_needed=False,
        is_conditional=True,
    )


class AppealAnswerForm(YesNoForm):
    """An appeal: who loses the customer by it reads the rule alone."""

    comment = LongTextField(
        _(
            "Reason; the appellant reads it, so please name no other company; who loses the customer reads only that an appeal was right"
        ),
        is_needed=False,
        is_conditional=True,
    )


def _form(facts: Facts) -> type[DecisionForm]:
    return AppealAnswerForm if facts["found"].state == "appealed" else DoubtForm


def _offered(found: Registration, met: Sequence[Side]) -> tuple[str, ...]:
    """An appeal is right, unless an order keeps the customer where it is, or not; a doubtful one can also go back."""
    if found.state != "appealed":
        return pages.YES, pages.BACK, pages.NO
    return (pages.NO,) if any(each.obstacle for each in met) else (pages.YES, pages.NO)


def _appeal(asked: ApprovalRequest | None) -> str:
    """What the appellant wrote, of an appeal that waits."""
    told = [each for each in asked.reasons if each.get("code") == "registration.appeal"] if asked else []
    return str(told[0].get("words", "")) if told else ""


def _is_past(asked: ApprovalRequest | None, met: Sequence[Side]) -> bool:
    """Whether all that it is near to has ended since it was asked about: nothing stands in its way any more."""
    ended = {each.registration.id for each in met if each.standing in OVER}
    reasons = asked.reasons if asked else []
    near = [each.get("against") for each in reasons if each.get("code") != "registration.rest"]
    return len(near) == len(reasons) > 0 and all(each in ended for each in near)


def _place(session: Session, found: Registration, figures: Figures) -> date | None:
    """Until when it keeps its place if it is sent back today; an appeal is not."""
    if found.state == "appealed":
        return None
    return queries.place_after_return(session, found, clock.today(), figures)


def _load(session: Session, actor: Actor, registration_id: int) -> dict[str, Any]:
    found = queries.get_for(session, actor, registration_id)
    asked = kernel.find_open(session, queries.SUBJECT, found.id)
    rulings = queries.decisions_of(session, found)
    met = sides.of(session, actor, found, rulings, asked.reasons if asked else [])
    return {
        "found": found,
        "title": found.name,
        "appeal": _appeal(asked),
        "sides": met,
        "rulings": rulings,
        "phone": masked(found.phone, is_open=actor.may(Permission.PHONE_READ)),
        "registration_words": registration_words,
        "chance_words": opportunity_words,
        "files": attachments.of(session, queries.SUBJECT, found.id),
        "place_until": _place(session, found, queries.figures(session)) if asked else None,
        "is_past": found.state == "submitted" and _is_past(asked, met),
        "offered": _offered(found, met),
    }


def _given(decided: Decided) -> Decision:
    return Decision(decided.subject_id, decided.version, decided.decision, decided.comment, step=decided.step)


def _why(fact: Facts, currency: str) -> tuple[str, str]:
    code = str(fact.get("code", ""))
    words = str(policy_words.REASONS[queries.SUBJECT].get(code, registration_words.rule(code)))
    return "warn", ": ".join(filter(None, (words, str(fact.get("customer", "")))))


def _yes(facts: Facts) -> str:
    is_appeal = facts["found"].state == "appealed"
    return gettext("It takes the customer over") if is_appeal else gettext("Another customer: protect it too")


pages.register(
    Kind(
        subject=queries.SUBJECT,
        words=_("Customer registration"),
        panel="admin/inbox/registration.html",
        load=_load,
        decision_url=lambda key: url_for("admin.registrations.decision", registration_id=key),
        url=lambda key, facts: url_for("admin.registrations.detail", registration_id=key),
        flow=decide_registration,
        form=_form,
        given=_given,
        yes=_yes,
        reason=_why,
    )
)


def _back(registration_id: int, said: str, form: Form, **refused: Form) -> Response:
    if not form.errors:
        say(said)
        return go(url_for(".detail", registration_id=registration_id))
    with read() as session:
        return _show(session, registration_id, **refused)


def _show(
    session: Session,
    registration_id: int,
    *,
    deciding: DecisionForm | None = None,
    revoking: RevocationForm | Any = None,
    pricing: Form | None = None,
) -> Response:
    found = queries.get_for(session, g.actor, registration_id)
    asked = None
    if found.state in {"submitted", "appealed"}:
        asked = kernel.find_open(session, queries.SUBJECT, found.id)
    rulings = queries.decisions_of(session, found)
    met = sides.of(session, g.actor, found, rulings, asked.reasons if asked else [])
    may_decide = asked is not None and kernel.may_decide(session, g.actor, asked)
    figures = queries.figures(session)
    standing = ending.standing(session, found, figures, clock.today())
    return render(
        session,
        "admin/registrations/registration.html",
        "registration",
        status=422 if deciding or revoking or pricing else 200,
        found=found,
        region=regions.full_names(session, {found.region_code}).get(found.region_code or "", ""),
        words=registration_words,
        today=clock.today(),
        standing=standing,
        figures=figures,
        follow_by=lapsing.follow_by(found, figures),
        phone=masked(found.phone, is_open=g.actor.may(Permission.PHONE_READ)),
        sides=met,
        appeal=_appeal(asked),
        is_past=found.state == "submitted" and _is_past(asked, met),
        **_past(session, found, rulings),
        chance_words=opportunity_words,
        asked=asked,
        may_decide=may_decide,
        place_until=_place(session, found, figures) if may_decide else None,
        may_price=queries.holds_on(found, clock.today())
        and standing != ending.OVER
        and g.actor.may(Permission.REGISTRATION_MANAGE)
        and g.actor.may(Permission.PRICE_PUBLISH),
        pricing=pricing if isinstance(pricing, PriceForm) else PriceForm(),
        may_end=states.allows(found, "revoke")
        and queries.holds_keys(session, found)
        and g.actor.may(Permission.REGISTRATION_MANAGE),
        answers=pages.answers_of(
            queries.SUBJECT,
            found.id,
            found.version,
            asked if may_decide else None,
            {"found": found},
            deciding,
            offered=_offered(found, met) if may_decide else None,
        ),
        revoking=revoking or RevocationForm(data={"version": found.version}),
    )


def _past(session: Session, found: Registration, rulings: Sequence[RegistrationDecision]) -> dict[str, Any]:
    """What was decided, done, sent and agreed so far, and by whom."""
    has_lived = found.live_on is not None
    events, names = queries.story_of(session, found)
    return {
        "rulings": rulings,
        "events": events,
        "names": names,
        "told": queries.follow_ups_of(session, found) if has_lived else [],
        "files": attachments.of(session, queries.SUBJECT, found.id),
        "agreed": queries.prices_of(session, found) if has_lived else [],
    }
