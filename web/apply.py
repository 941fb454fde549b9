"""The public way to become a distributor: a first page that anybody may open, and a page of one's own by a link."""

from collections.abc import Sequence
from typing import Any

import structlog
from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.applications import codes, letters, opening, queries, rules, states
from trade.applications.models import Application
from trade.attachments import content, store
from trade.attachments import queries as attachments
from trade.attachments.filing import Stored, keep_file
from trade.db import read, run
from trade.distributors import masters, regions
from trade.distributors.models import Channel
from trade.errors import Refused
from trade.flows.begin_application import (
    Beginning,
    NewCode,
    Typed,
    begin_application,
    is_code_right,
    send_code_again,
    verify_contact,
)
from trade.flows.enter_by_application import enter_by_application
from trade.flows.keep_application import (
    FIELDS,
    MOST_FILES,
    FileGone,
    Kept,
    SeenApplication,
    keep_application,
    remove_application_file,
    send_application,
    withdraw_application,
)
from trade.flows.resend_application_link import Lost, resend_application_link
from trade.people import passwords
from web import answer, application_words, words
from web.access import public
from web.downloads import answer_file
from web.forms import CheckField, ChoiceField, Form, LongTextField, MoneyField, TextField, WholeNumberField
from web.public import public_address
from web.requests import address

bp = Blueprint("apply", __name__)
log = structlog.get_logger("apply")


class FirstForm(Form):
    company = TextField(
        _("Company name"), longest=120, hint=_("As on the licence; an individual gives their name")
    )
    contact_name = TextField(_("Your name"), longest=60)
    phone = TextField(_("Mobile phone"), longest=30, hint=_("You sign in with it later"))
    email = TextField(_("E-mail"), longest=120, is_needed=False)
    website = TextField(longest=200, is_needed=False)  # nobody sees it; programs fill it in
    agreed = CheckField(
        _("The brand may use these data to examine my application, and deletes them on request")
    )


class LostForm(Form):
    contact = TextField(_("Mobile phone or e-mail of the application"), longest=120)


class PageForm(Form):
    key = TextField(longest=100)
    version = WholeNumberField()
    code = TextField(
        _("Verification code"),
        longest=12,
        is_needed=False,
        is_conditional=True,
        hint=_("6 digits, good for 15 minutes"),
    )
    contact_name = TextField(_("Your name"), longest=60, is_needed=False, is_conditional=True)
    kind = ChoiceField(
        _("Who applies"),
        choices=list(application_words.KINDS.items()),
        is_needed=False,
        is_conditional=True,
        has_empty=False,
    )
    company = TextField(_("Company name"), longest=120, is_needed=False, is_conditional=True)
    credit_code = TextField(
        _("Unified social credit code"),
        longest=30,
        is_needed=False,
        is_conditional=True,
        hint=_(
            "18 characters, as on the licence; individuals and Hong Kong companies may send proof instead"
        ),
    )
    legal_representative = TextField(
        _("Legal representative"), longest=60, is_needed=False, is_conditional=True
    )
    files = TextField(_("Licence, or proof of who you are"), is_needed=False, is_conditional=True)
    province = ChoiceField(_("Province"), is_needed=False, is_conditional=True)
    city = ChoiceField(_("City"), is_needed=False, is_conditional=True)
    region = ChoiceField(_("County or district"), is_needed=False, is_conditional=True)
    line = TextField(_("Street and house"), longest=200, is_needed=False, is_conditional=True)
    channel_id = ChoiceField(_("Where you sell"), is_needed=False)
    expected = MoneyField(_("Expected purchases in a year (yuan)"), is_needed=False, is_conditional=True)
    wishes = LongTextField(
        _("Products, customers, warehouse: what we should know"), longest=1000, is_needed=False
    )
    bank_name = TextField(_("Bank"), longest=120, is_needed=False)
    bank_account = TextField(_("Bank account"), longest=40, is_needed=False)


@bp.get("/apply")
@public
def index() -> Response:
    with read() as session:
        return _first(session, FirstForm())


@bp.post("/apply")
@public
def beginning() -> Response:
    """Open a draft; the answer is the same whether or not anybody knows the company or the phone."""
    form = FirstForm(request.form)
    is_sound = form.validate()
    if form.website.data:
        log.warning("application by a program", address=address())
        return answer.go(url_for(".index", thanks=1))
    if not form.agreed.data:
        form.refuse(gettext("Please agree, so that we may look at your application"), "agreed")
    if form.phone.data and rules.mobile(form.phone.data) is None:
        form.refuse(words.say(Refused("person.phone_odd")), "phone")
    if is_sound and not form.errors:
        code = codes.new()
        given = Beginning(
            form.company.data,
            form.contact_name.data,
            form.phone.data,
            form.email.data,
            code,
            passwords.hashed(code),
            address(),
        )
        try:
            return answer.go(url_for(".mine", key=run(begin_application, g.actor, given)))
        except Refused as refusal:
            answer.keep(refusal)
            form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
            with read() as session:
                return _first(session, form, words.status_of(refusal))
    with read() as session:
        return _first(session, form, 422)


@bp.post("/apply/links")
@public
def links() -> Response:
    """Send the link again to who lost it; the answer is the same whether or not there is an application."""
    form = LostForm(request.form)
    if form.validate():
        _tried(form, resend_application_link, Lost(form.contact.data, address()))
    if not form.errors:
        return answer.go(url_for(".index", sent=1))
    with read() as session:
        return _first(session, FirstForm(), 422, form)


@bp.get("/application")
@public
def mine() -> Response:
    """The applicant's page: what is asked, how far it is, and in the end the way in."""
    key = request.args.get("key", "")[:100]
    with read() as session:
        return _show(session, queries.get_by_token(session, key), key, None)


@bp.post("/application")
@public
def submission() -> Response:
    """Keep what was typed and what was sent, take a file away, or put all of it before the brand."""
    form, wish = PageForm(request.form), request.form.get("do", "")
    key = request.form.get("key", "")[:100]
    with read() as session:
        _choices(session, form)
    form.validate()
    if form["version"].errors or form["key"].errors:
        raise Refused("applicant.not_found")
    version, kept = _keep(form, key)
    gone = request.form.get("remove", "")
    if kept and gone.isdecimal() and len(gone) < 12:
        _tried(form, remove_application_file, FileGone(key, int(gone)))
    if kept:
        version = _verify(form, key) or version
    if kept and wish == "send":
        _ask_for_all(form, key)
        if not form.errors:
            _tried(form, send_application, SeenApplication(key, version))
    if form.errors:
        with read() as session:
            return _show(session, queries.get_by_token(session, key), key, form)
    if wish == "send":
        answer.say(
            gettext("Your application is with us; this page tells how far it is. Please keep its link.")
        )
    elif wish == "save":
        answer.say(gettext("Kept; you can go on later by the link of this page"))
    anchor = None if wish else "region-pick"
    return answer.go(url_for(".mine", key=key, _anchor=anchor))


@bp.post("/application/code")
@public
def new_code() -> Response:
    """Send another code."""
    key, code = request.form.get("key", "")[:100], codes.new()
    form = Form()
    _tried(form, send_code_again, NewCode(key, code, passwords.hashed(code), address()))
    if form.form_errors:
        answer.say(str(form.form_errors[0]))
    else:
        answer.say(gettext("A new code is on its way; the one before no longer counts"))
    return answer.go(url_for(".mine", key=key))


@bp.post("/application/withdrawal")
@public
def withdrawal() -> Response:
    form = PageForm(request.form)
    key = request.form.get("key", "")[:100]
    form.validate()
    if form["version"].errors:
        raise Refused("applicant.not_found")
    plain = Form()
    _tried(plain, withdraw_application, SeenApplication(key, form.version.data))
    if plain.form_errors:
        answer.say(str(plain.form_errors[0]))
    return answer.go(url_for(".mine", key=key))


@bp.post("/application/entry")
@public
def entry() -> Response:
    """The first login of an approved applicant: a fresh link that works once."""
    key = request.form.get("key", "")[:100]
    try:
        issued = run(enter_by_application, g.actor, key)
    except Refused as refusal:
        answer.hear(refusal)
        answer.say(words.say(refusal))
        return answer.go(url_for(".mine", key=key))
    return answer.go(url_for("session.invitation", key=issued.token))


@bp.get("/application/files/<id:file_id>")
@public
def file(file_id: int) -> Response:
    """A file of one's own application; the link is the key to it."""
    with read() as session:
        application = queries.get_by_token(session, request.args.get("key", "")[:100])
        found = attachments.get_of(session, queries.SUBJECT, application.id, file_id)
    return answer_file(store.load(found.stored_as), found.media_type, found.name)


def _keep(form: PageForm, key: str) -> tuple[int, bool]:
    """Keep every field that can be kept, and every file; the others say what is wrong beside them."""
    with read() as session:
        application = queries.get_by_token(session, key)
        known = {name: getattr(application, name) for name in FIELDS}
    values: dict[str, Any] = {
        name: form[name].data for name in FIELDS if name in form and not form[name].errors
    }
    for name in ("company", "legal_representative", "line", "wishes", "bank_name", "bank_account"):
        values[name] = values.get(name) or ("" if not form[name].errors else known[name])
    values["contact_name"] = values.get("contact_name") or known["contact_name"]
    values["kind"] = values.get("kind") or known["kind"]
    values["region_code"] = _region(form)
    channel = values.get("channel_id")
    values["channel_id"] = int(channel) if channel else None
    if values.get("credit_code") and "credit_code" in rules.lacking(values, has_file=True):
        form.refuse(words.say(Refused("distributor.credit_code_odd")), "credit_code")
    done = _tried(form, keep_application, Kept(key, form.version.data, values, _files(form)))
    return (done or 0), done is not None


def _region(form: PageForm) -> str | None:
    """The deepest of the three that still lies below the one before it."""
    province, city, county = form.province.data, form.city.data, form.region.data
    if not province:
        return None
    if not city or not city.startswith(province):
        return str(province)
    return str(county) if county and county.startswith(city) else str(city)


def _verify(form: PageForm, key: str) -> int | None:
    """Compare the code, if one was typed and one is waited for; answers the new version."""
    with read() as session:
        application = queries.get_by_token(session, key)
    if not form.code.data or form.code.errors or application.verified_at or application.way == "call":
        return None
    try:
        with read() as session:
            is_right = is_code_right(session, key, form.code.data)
        if not run(verify_contact, g.actor, Typed(key, is_right)):
            raise Refused("applicant.code_wrong", field="code")
    except Refused as refusal:
        answer.tell(form, refusal)
        return None
    return application.version + 1


def _ask_for_all(form: PageForm, key: str) -> None:
    """Everything that is missing, in one answer."""
    with read() as session:
        application = queries.get_by_token(session, key)
        has_file = bool(attachments.of(session, queries.SUBJECT, application.id))
        facts = {name: getattr(application, name) for name in FIELDS}
    for name, code in rules.lacking(facts, has_file=has_file).items():
        if not form[name].errors:
            form.refuse(words.say(Refused(code)), name)
    try:
        with read() as session:
            regions.refuse_vague(session, application.region_code)
    except Refused as refusal:
        form.refuse(words.say(refusal), "region" if form.city.choices else "province")
    if application.way != "call" and application.verified_at is None and not form.code.errors:
        form.refuse(words.say(Refused("applicant.code_needed")), "code")


def _files(form: PageForm) -> Sequence[Stored]:
    """What was sent, judged and stored; a bad one is told, the others are kept."""
    kept = []
    for each in [each for each in request.files.getlist("photos") if each.filename][:MOST_FILES]:
        try:
            kept.append(keep_file(each.filename or "", each.stream.read(content.LARGEST_FILE + 1)))
        except Refused as refusal:
            answer.tell(form, refusal, "files")
    return kept


def _tried(form: Form, flow: Any, given: Any) -> Any:
    """Run a flow; too many tries are told on the page, as nothing of it may be lost."""
    try:
        return run(flow, g.actor, given)
    except Refused as refusal:
        if words.status_of(refusal) not in (422, 429):
            raise
        answer.keep(refusal)
        form.refuse(words.say(refusal), str(refusal.facts.get("field", "")))
        return None


def _choices(session: Session, form: PageForm) -> None:
    form.channel_id.choices = [(str(key), name) for key, name in masters.on_offer(session, Channel)]
    form.province.choices = regions.below(session, None)
    province = request.form.get("province") or form.province.data or ""
    city = request.form.get("city") or form.city.data or ""
    form.city.choices = regions.below(session, province) if province else []
    if city and not city.startswith(province or "-"):
        city, form.city.data, form.region.data = "", None, None
        form.city.raw_data = form.region.raw_data = [""]
    form.region.choices = regions.below(session, city) if city else []
    if form.region.data and not form.region.data.startswith(city or "-"):
        form.region.data, form.region.raw_data = None, [""]


def _first(session: Session, form: FirstForm, status: int = 200, lost: LostForm | None = None) -> Response:
    way = letters.way_of(session)
    form.email.is_conditional = way == "mail"  # the page says that it is needed
    if way == "mail":  # what is proven signs in
        form.phone.hint, form.email.hint = None, form.phone.hint
    return answer.render(
        session,
        "shared/apply/first.html",
        "first",
        status=status,
        form=form,
        is_open=opening.is_open(session),
        way=way,
        phone=masters.house_phone(session) if way == "call" else None,
        is_thanked="thanks" in request.args,
        lost=lost or LostForm(),
        is_sent="sent" in request.args,
    )


def _show(session: Session, application: Application, key: str, form: PageForm | None) -> Response:
    is_editable = application.state in states.EDITABLE
    if form is None and is_editable:
        form = PageForm(data=_known(application, key))
        _choices(session, form)
    return answer.render(
        session,
        "shared/apply/application.html",
        "application",
        status=422 if form is not None and form.errors else 200,
        application=application,
        form=form if is_editable else None,
        key=key,
        # the browser puts its own host before the path: whatever name a request bears is not repeated
        link=(public_address() or "") + url_for("apply.mine", key=key),
        files=attachments.of(session, queries.SUBJECT, application.id),
        steps=queries.history(session, application.id),
        address=queries.spelled_address(session, application),
        channel=queries.channel_name(session, application),
        is_inside=queries.is_entered(session, application),
        most=MOST_FILES,
        said=application_words,
        has_regions=bool(form and form.province.choices),
    )


def _known(application: Application, key: str) -> dict[str, Any]:
    known = {name: getattr(application, name) for name in FIELDS}
    code = application.region_code or ""
    known |= {"province": code[:2] or None, "city": code[:4] if len(code) >= 4 else None}
    known["region"] = code if len(code) >= 6 else None
    known["channel_id"] = str(application.channel_id) if application.channel_id else None
    known["expected"] = rules.money_places(application.expected)
    return known | {"key": key, "version": application.version}
