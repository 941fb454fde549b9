"""Contracts with a distributor; its parent and children with what they may use together; how the business ends."""

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import spoken
from admin.distributors import bp
from admin.distributors_profile import FOR_THE_BRAND
from trade import clock, settings
from trade.actor import Permission
from trade.applications import contracts, forgetting, parting, releasing
from trade.attachments import content, store
from trade.attachments import queries as attachments
from trade.attachments.filing import Stored, keep_file
from trade.credit import families
from trade.credit.queries import limits_told
from trade.db import read, run
from trade.distributors import queries
from trade.errors import Refused
from trade.flows.file_contract import ContractGone, NewContract, archive_contract, file_contract
from trade.flows.forget_distributor import Confirmed, Wish, forget_distributor, note_wish
from trade.flows.set_distributor_status import StatusChange, set_distributor_status
from trade.flows.set_family_limit import FamilyLimit, set_family_limit
from web import application_words
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.downloads import answer_file
from web.forms import DateField, Form, LongTextField, MoneyField, TextField, VersionForm

WARN_DAYS = "contract.warn_days"
WAYS = {  # where each open thing is settled
    "order": ("admin.orders.detail", "order_id"),
    "shipment": ("admin.orders.detail", "order_id"),
    "amendment": ("admin.orders.detail", "order_id"),
    "return": ("admin.returns.detail", "return_id"),
    "debt": ("admin.distributors.detail", "distributor_id"),
    "money": ("admin.distributors.detail", "distributor_id"),
    "limit_request": ("admin.credit.wanted", "request_id"),
    "proof": ("admin.proofs.detail", "proof_id"),
    "dispute": ("admin.statements.detail", "statement_id"),
    "child": ("admin.distributors.family", "distributor_id"),
}
KINDS = {
    "order": _("Order"),
    "shipment": _("Parcel not signed for"),
    "amendment": _("Change of an order"),
    "return": _("Return"),
    "debt": _("Not paid"),
    "money": _("Their money, not used"),
    "limit_request": _("Limit asked for"),
    "proof": _("Proof of payment"),
    "dispute": _("Disputed statement"),
    "child": _("Company below it"),
}


class ContractForm(Form):
    title = TextField(_("Title or number of the contract"), longest=120)
    valid_from = DateField(_("First day"))
    valid_to = DateField(_("Last day"), is_needed=False, hint=_("Empty: until somebody ends it"))
    paper = TextField(_("Signed contract (PDF or picture)"), is_needed=False)


class FamilyLimitForm(Form):
    amount = MoneyField(_("Limit for all of them together"), is_positive=False)
    reason = LongTextField(_("Reason"), longest=500)
    until = DateField(
        _("Until"), is_needed=False, hint=_("Only for a temporary limit on top of the base one")
    )


class WishForm(Form):
    asked_on = DateField(_("Asked on"))
    how = LongTextField(_("Who asked, and how"), longest=500)


class EndForm(VersionForm):
    reason = LongTextField(_("Reason"), longest=500, hint=FOR_THE_BRAND)
    code = TextField(_("Type the code of this distributor to confirm"), longest=30)


class ForgetForm(VersionForm):
    code = TextField(_("Type the code of this distributor to confirm"), longest=30)


@bp.get("/distributors/<id:distributor_id>/contracts")
@requires(Permission.DISTRIBUTOR_READ)
def contract_list(distributor_id: int) -> Response:
    with read() as session:
        return _show_contracts(session, distributor_id, None)


@bp.post("/distributors/<id:distributor_id>/contracts")
@requires(Permission.DISTRIBUTOR_EDIT)
def contract_filing(distributor_id: int) -> Response:
    """File a signed contract; a prospect can order while it holds."""
    form = ContractForm(request.form)
    is_sound = form.validate()
    paper = _paper(form)
    if is_sound and paper is not None:
        given = NewContract(distributor_id, form.title.data, form.valid_from.data, form.valid_to.data, paper)
        attempt(form, file_contract, given)
    elif paper is None and not form.paper.errors:
        form.refuse(gettext("Please choose a file"), "paper")
    if not form.errors:
        say(gettext("The contract is filed"))
        return go(url_for(".contract_list", distributor_id=distributor_id))
    with read() as session:
        return _show_contracts(session, distributor_id, form)


@bp.post("/distributors/<id:distributor_id>/contracts/<id:contract_id>/archiving")
@requires(Permission.DISTRIBUTOR_EDIT)
def contract_archiving(distributor_id: int, contract_id: int) -> Response:
    run(archive_contract, g.actor, ContractGone(distributor_id, contract_id))
    say(gettext("Laid aside; its paper stays in the house"))
    return go(url_for(".contract_list", distributor_id=distributor_id))


@bp.get("/distributors/<id:distributor_id>/contracts/<id:contract_id>/paper/<id:attachment_id>")
@requires(Permission.DISTRIBUTOR_READ)
def contract_paper(distributor_id: int, contract_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, distributor_id)
        contract = contracts.get_of(session, distributor_id, contract_id)
        found = attachments.get_of(session, contracts.SUBJECT, contract.id, attachment_id)
    return answer_file(store.load(found.stored_as), found.media_type, found.name)


@bp.get("/distributors/<id:distributor_id>/family")
@requires(Permission.DISTRIBUTOR_READ)
def family(distributor_id: int) -> Response:
    with read() as session:
        return _show_family(session, distributor_id, None)


@bp.post("/distributors/<id:distributor_id>/family-limits")
@requires(Permission.CREDIT_LIMIT)
def family_limits(distributor_id: int) -> Response:
    """Give a parent a limit for all below it."""
    form = FamilyLimitForm(request.form)
    if form.validate():
        given = FamilyLimit(distributor_id, form.amount.data, form.reason.data, form.until.data)
        attempt(form, set_family_limit, given)
    if not form.errors:
        say(gettext("The limit holds for all of them together, beside each one's own"))
        return go(url_for(".family", distributor_id=distributor_id))
    with read() as session:
        return _show_family(session, distributor_id, form)


@bp.get("/distributors/<id:distributor_id>/ending")
@requires(Permission.DISTRIBUTOR_EDIT)
def ending(distributor_id: int) -> Response:
    """What is open before the business can end, and what happens to people's data afterwards."""
    with read() as session:
        return _show_ending(session, distributor_id)


@bp.post("/distributors/<id:distributor_id>/ending")
@requires(Permission.DISTRIBUTOR_EDIT)
def ending_submission(distributor_id: int) -> Response:
    """End the business, once everything is settled and the code is typed: what is given up does not come back."""
    form = EndForm(request.form)
    if form.validate():
        said = (form.reason.data, form.code.data)
        attempt(form, set_distributor_status, StatusChange(distributor_id, form.version.data, "ended", *said))
    if not form.errors:
        say(gettext("The status is now: %(status)s", status=spoken.status("ended")[1]))
        return go(url_for(".profile", distributor_id=distributor_id))
    with read() as session:
        return _show_ending(session, distributor_id, end=form)


@bp.post("/distributors/<id:distributor_id>/forgetting-wishes")
@requires(Permission.DISTRIBUTOR_EDIT)
def wishes(distributor_id: int) -> Response:
    form = WishForm(request.form)
    if form.validate():
        attempt(form, note_wish, Wish(distributor_id, form.asked_on.data, form.how.data))
    if not form.errors:
        say(gettext("The wish is noted; it is done once the business has ended"))
        return go(url_for(".ending", distributor_id=distributor_id))
    with read() as session:
        return _show_ending(session, distributor_id, wish=form)


@bp.post("/distributors/<id:distributor_id>/forgetting")
@requires(Permission.DISTRIBUTOR_FORGET)
def forgetting_submission(distributor_id: int) -> Response:
    """Overwrite the personal data of its people for good."""
    form = ForgetForm(request.form)
    if form.validate():
        attempt(form, forget_distributor, Confirmed(distributor_id, form.version.data, form.code.data))
    if not form.errors:
        say(gettext("The personal data are overwritten; documents keep the company's name"))
        return go(url_for(".ending", distributor_id=distributor_id))
    with read() as session:
        return _show_ending(session, distributor_id, forget=form)


def _paper(form: ContractForm) -> Stored | None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    try:
        return keep_file(sent.filename, sent.stream.read(content.LARGEST_FILE + 1))
    except Refused as refusal:
        tell(form, refusal, "paper")
        return None


def _show_contracts(session: Session, distributor_id: int, form: ContractForm | None) -> Response:
    today, ahead = clock.today(), int(settings.load(session, WARN_DAYS)[WARN_DAYS])
    return render(
        session,
        "admin/distributors/contracts_page.html",
        "contracts",
        status=422 if form else 200,
        distributor=queries.get_for(session, g.actor, distributor_id),
        rows=[
            (contract, paper, contracts.standing(contract, today, ahead))
            for contract, paper in contracts.of(session, distributor_id)
        ],
        badges=application_words.CONTRACTS,
        form=form or ContractForm(data={"valid_from": today}),
        today=today,
    )


def _show_family(session: Session, distributor_id: int, form: FamilyLimitForm | None) -> Response:
    distributor = queries.get_for(session, g.actor, distributor_id)
    may_see = g.actor.may(Permission.CREDIT_REVIEW)
    today = clock.today()
    chain = families.chain_above(session, distributor_id, today)
    account = families.account_of(session, distributor_id) if may_see else None
    return render(
        session,
        "admin/distributors/family.html",
        "family",
        status=422 if form else 200,
        distributor=distributor,
        above=queries.names_of(session, g.actor, chain[1:]),
        members=families.members_of(session, g.actor, distributor_id, today),
        account=account,
        limits=limits_told(session, account.id) if account else [],
        may_see=may_see,
        may_set=g.actor.may(Permission.CREDIT_LIMIT) and g.actor.scope.is_everyone,
        form=form or FamilyLimitForm(),
        today=today,
    )


def _show_ending(
    session: Session,
    distributor_id: int,
    *,
    wish: WishForm | None = None,
    forget: ForgetForm | None = None,
    end: EndForm | None = None,
) -> Response:
    distributor = queries.get_for(session, g.actor, distributor_id)
    is_ended = distributor.status == "ended"
    return render(
        session,
        "admin/distributors/ending.html",
        "ending",
        status=422 if wish or forget or end else 200,
        distributor=distributor,
        is_ended=is_ended,
        left=[] if is_ended else parting.open_at(session, distributor_id),
        given_up=None if is_ended else releasing.kept_by(session, distributor_id),
        end=end or EndForm(),
        noted=forgetting.open_request(session, distributor_id),
        wish=wish or WishForm(data={"asked_on": clock.today()}),
        forget=forget or ForgetForm(),
        may_forget=g.actor.may(Permission.DISTRIBUTOR_FORGET),
        settled_at=WAYS,
        kinds=KINDS,
        today=clock.today(),
    )
