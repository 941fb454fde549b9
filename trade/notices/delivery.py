"""From one message to a notice for each person whom it concerns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, or_, select, union
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Permission
from trade.amendments.models import Amendment
from trade.approvals.models import ApprovalCandidate, ApprovalDecision, ApprovalRequest
from trade.credit.models import CreditAccount, LimitRequest
from trade.db import insert_once
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day
from trade.fulfilment.models import Shipment
from trade.invoices.models import Invoice
from trade.notices import broadcasts, outbox, planning, prices, waiting
from trade.notices.models import Notice
from trade.notices.outbox import Letter
from trade.opportunities.models import Opportunity
from trade.orders import queries as orders
from trade.orders.models import Order
from trade.people.absences import standing_in
from trade.people.models import Membership, Person, Reach, Role, RolePermission
from trade.receivables.models import Payment, PaymentProof
from trade.registrations.models import Registration
from trade.returns.models import ReturnRequest
from trade.statements.models import Statement


@dataclass(frozen=True)
class Subject:
    """What a message is about: the order and the distributor, as far as there are any, and facts for the words."""

    order: Order | None = None
    distributor_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    people: Select[int] | None = None  # where the subject itself says who is told


Row = TypeVar("Row")
Audience = Callable[[Mapping[str, Any], Subject], Select[int]]


def deliver(session: Session, letter: Letter) -> list[int]:
    """Tell everybody concerned once, and mark the message sent in the same transaction; returns the person ids.

    What they hear by mail and other channels is put down beside it, to leave the building later.

    A topic that nobody in the house listens to is sent to nobody.
    """
    if letter.topic in prices.TOLD:
        prices.fan_out(session, letter.topic, letter.payload)
    if letter.topic.startswith("broadcast."):
        broadcasts.tell(session, letter)
    audience = AUDIENCES.get(letter.topic)
    told = [] if audience is None else _tell(session, letter, audience)
    outbox.mark_sent(session, letter)
    return told


def _tell(session: Session, letter: Letter, audience: Audience) -> list[int]:
    subject = _subject(session, letter.topic, letter.payload)
    facts = dict(letter.payload) | subject.facts | waiting.asked(session, letter.payload)
    people = session.scalars(audience(letter.payload, subject).distinct().order_by(Person.id)).all()
    news = planning.News(letter.id, letter.topic, facts, subject.distributor_id, letter.at)
    planning.plan(session, news, people)
    return [
        person_id
        for person_id in people
        if insert_once(
            session,
            Notice,
            outbox_id=letter.id,
            person_id=person_id,
            distributor_id=subject.distributor_id,
            topic=letter.topic,
            facts=facts,
            at=letter.at,
        )
    ]


def _subject(session: Session, topic: str, payload: Mapping[str, Any]) -> Subject:
    """Find order and distributor behind the ids of a payload, and freeze what a reader will want to see."""
    facts: dict[str, Any] = {}
    order_id, distributor_id = payload.get("order_id"), payload.get("distributor_id")
    if shipment := _row(session, Shipment, payload.get("shipment_id")):
        order_id = shipment.order_id
        facts |= {
            "shipment": shipment.number,
            "carrier": shipment.carrier,
            "tracking_number": shipment.tracking_number,
        }
    if request := _row(session, ApprovalRequest, payload.get("request_id")):
        distributor_id = request.distributor_id
        order_id = request.subject_id if request.subject == "order" else order_id
    if payment := _row(session, Payment, payload.get("payment_id")):
        distributor_id = payment.distributor_id
        facts |= {"payment": payment.number, "amount": str(payment.amount), "currency": payment.currency}
    if proof := _row(session, PaymentProof, payload.get("proof_id")):
        distributor_id = proof.distributor_id
        facts |= {"proof_id": proof.id, "amount": str(proof.amount), "currency": proof.currency}
        facts |= {"reason": proof.reason}
    if change := _row(session, Amendment, payload.get("amendment_id")):
        order_id = change.order_id
    if wanted := _row(session, ReturnRequest, payload.get("return_id")):
        order_id = wanted.order_id
        facts |= {"return": wanted.number, "credited": str(wanted.gross)}
    if asked := _row(session, LimitRequest, payload.get("limit_request_id")):
        distributor_id = asked.distributor_id
    if stated := _row(session, Statement, payload.get("statement_id")):
        distributor_id = stated.distributor_id
        facts |= _stated(stated)
    if billed := _row(session, Invoice, payload.get("invoice_id")):
        distributor_id = billed.distributor_id
        facts |= _billed(session, billed)
    if customer := _customer(session, payload):
        distributor_id, more = customer
        facts |= more
    account = _row(session, CreditAccount, payload.get("account_id"))
    if account is None and topic.startswith(("credit.", "limit_request.")):
        account = session.scalars(
            select(CreditAccount)
            .where(CreditAccount.distributor_id == distributor_id)
            .order_by(CreditAccount.id)
        ).first()
    if account is not None:
        distributor_id = account.distributor_id
        facts |= {"limit": str(account.effective_limit), "currency": account.currency}
    if asked:
        facts |= {"amount": str(asked.amount), "until": asked.until.isoformat()}
    order = _row(session, Order, order_id)
    if order is not None:
        distributor_id = order.distributor_id
        facts |= {"order_id": order.id, "number": order.number, "currency": order.currency}
        facts["amount"] = str(orders.due_of(session, [order.id])[order.id])
    if distributor := _row(session, Distributor, distributor_id):
        facts |= {"distributor": distributor.name}
    people = None
    if topic.startswith("price.") and (told := prices.told(session, topic, payload)):
        people, facts = told[0], facts | told[1]
    return Subject(order, distributor_id, facts, people)


def _customer(session: Session, payload: Mapping[str, Any]) -> tuple[int, dict[str, Any]] | None:
    """Whose registered customer it is about, and the opportunity with it, if one is named."""
    reported = _row(session, Registration, payload.get("registration_id"))
    if reported is None:
        return None
    facts: dict[str, Any] = {
        "registration_id": reported.id,
        "customer": reported.name,
        "number": reported.number or "",
        "until": _day(reported.protected_until),
        "place": _day(reported.returned_until),
        "kept": _day(reported.maintained_until),
    }
    if chance := _row(session, Opportunity, payload.get("opportunity_id")):
        facts |= {"opportunity_id": chance.id, "opportunity": chance.number, "step": chance.next_step}
        facts |= {"amount": str(chance.amount), "currency": chance.currency}
    return reported.distributor_id, facts


def _corrected(session: Session, red: Invoice) -> str | None:
    """The number of the invoice or the return that a red invoice takes back."""
    if request := _row(session, ReturnRequest, red.return_id):
        return request.number
    blue = _row(session, Invoice, red.corrects_id)
    return blue.number if blue else None


def _billed(session: Session, invoice: Invoice) -> dict[str, Any]:
    facts = {"invoice": invoice.number, "amount": str(invoice.gross), "currency": invoice.currency}
    return {**facts, "corrects": _corrected(session, invoice)}


def _stated(statement: Statement) -> dict[str, Any]:
    money = {"closing": str(statement.closing), "currency": statement.currency}
    days = {"month": f"{statement.first_day:%Y-%m}", "day": statement.confirm_by.isoformat()}
    return {"statement": statement.number, **money, **days}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _row(session: Session, model: type[Row], row_id: int | None) -> Row | None:
    return None if row_id is None else session.get(model, row_id)


def _named(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """Whom the subject itself names; nobody where nothing changes for them."""
    return _active().where(Person.id.is_(None)) if subject.people is None else subject.people


def _active() -> Select[int]:
    return select(Person.id).where(Person.is_active)


def _rep(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """The sales representative whose order it was when it was submitted."""
    return _active().where(Person.id == (subject.order.rep_id if subject.order else None))


def _rep_who_did_not_decide(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """The sales representative, except about their own decision."""
    order_id = subject.order.id if subject.order else None
    deciders = (
        select(ApprovalDecision.person_id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalDecision.request_id)
        .where(
            ApprovalRequest.subject == "order",
            ApprovalRequest.subject_id == order_id,
            ApprovalDecision.person_id.is_not(None),
        )
    )
    return _rep(payload, subject).where(Person.id.not_in(deciders))


def _approvers(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """Everybody who may decide by now: candidates up to the level that the open request has reached."""
    mine = ApprovalRequest.id == payload.get("request_id")
    if payload.get("request_id") is None:
        order_id = subject.order.id if subject.order else None
        mine = (ApprovalRequest.subject == "order") & (ApprovalRequest.subject_id == order_id)
    return _asked(mine, ApprovalRequest.state == "open")


def _distributors_people(*roles: str) -> Audience:
    """Those who work for the distributor on its side of the portal, in these roles or in any."""

    def people(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
        members = (
            select(Membership.person_id)
            .join(Role, Role.id == Membership.role_id)
            .where(
                Membership.distributor_id == subject.distributor_id, Membership.is_active, ~Role.is_archived
            )
        )
        if roles:
            members = members.where(Role.code.in_(roles))
        return _active().where(Person.id.in_(members))

    return people


def _approvers_of(subject: str, *, is_over: bool = False) -> Audience:
    """Everybody who may decide about such a thing by now; or was asked while it waited, where it is over."""
    states = () if is_over else (ApprovalRequest.state == "open",)

    def people(payload: Mapping[str, Any], _about: Subject) -> Select[int]:
        key = payload.get(f"{subject}_id")
        return _asked(ApprovalRequest.subject == subject, ApprovalRequest.subject_id == key, *states)

    return people


def _asked(*which: ColumnElement[bool]) -> Select[int]:
    """Everybody whom such requests have reached: candidates up to the level of each."""
    reached = (
        select(ApprovalCandidate.person_id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalCandidate.request_id)
        .where(ApprovalCandidate.level <= ApprovalRequest.level, ApprovalCandidate.state != "skipped", *which)
        .where(or_(ApprovalCandidate.state == "open", ApprovalRequest.state != "open"))
    )
    own = select(ApprovalRequest.applicant_id).where(*which, ApprovalRequest.applicant_id.is_not(None))
    return _active().where(Person.id.in_(standing_in(reached)), Person.id.not_in(own))


def _asker(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """Who asked for the change."""
    who = select(Amendment.person_id).where(Amendment.id == payload.get("amendment_id"))
    return _active().where(Person.id.in_(who))


def _urged(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """Whoever an urged order waits for: its rep, and the approvers or, once it is approved, the warehouse."""
    is_approved = subject.order is not None and subject.order.approval_state == "approved"
    return _both(_rep, _warehouse if is_approved else _approvers)(payload, subject)


def _warehouse(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """Who takes goods in, as their work: whoever may do everything is not told of each parcel."""
    members = (
        select(Membership.person_id)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.distributor_id.is_(None), Membership.is_active, ~Role.is_archived)
        .where(Role.reach == "everyone")
    )
    may = select(RolePermission.role_id).where(RolePermission.permission == "return.receive")
    all_of_it = select(RolePermission.role_id).where(RolePermission.permission == "setting.manage")
    return _active().where(Person.id.in_(members.where(Role.id.in_(may), Role.id.not_in(all_of_it))))


def _both(first: Audience, second: Audience) -> Audience:
    def people(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
        either = union(first(payload, subject), second(payload, subject)).subquery()
        return _active().where(Person.id.in_(select(either.c.id)))

    return people


def _who_may(permission: Permission, *, is_whole: bool = False) -> Audience:
    """Those at the brand whose role has a right; `is_whole`: and reaches every distributor."""

    def people(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
        members = (
            select(Membership.person_id)
            .join(Role, Role.id == Membership.role_id)
            .join(RolePermission, RolePermission.role_id == Role.id)
            .where(
                RolePermission.permission == permission.value,
                Membership.distributor_id.is_(None),
                Membership.is_active,
                ~Role.is_archived,
            )
        )
        if is_whole:
            members = members.where(Role.reach == Reach.EVERYONE)
        return _active().where(Person.id.in_(members))

    return people


def _named_rep(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """The sales representative whom the message names: whose a company becomes or was."""
    return _active().where(Person.id == payload.get("rep_id"))


def _rep_today(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """Who looks after the distributor on the day of delivery."""
    held = select(Standing.rep_id).where(
        Standing.distributor_id == subject.distributor_id, on_day(clock.today())
    )
    return _active().where(Person.id.in_(held))


TROUBLES = (
    *("verify.breached", "verify.late", "disk.low", "clock.off", "worker.gone", "worker.back"),
    *("job.dead", "job.late", "message.dead", "message.late", "backup.late"),
)
EVERYBODY_THERE = _distributors_people()


def _who_asked(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """The one person who asked for the work that is done."""
    return _active().where(Person.id == payload.get("person_id"))


def _added(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """The one person who is wanted too, or who decides in their place."""
    wanted = select(Person.id).where(Person.id == payload.get("person_id"))
    return _active().where(Person.id.in_(standing_in(wanted)))


def _applicant(payload: Mapping[str, Any], subject: Subject) -> Select[int]:
    """Who asked for the yes."""
    theirs = select(ApprovalRequest.applicant_id).where(ApprovalRequest.id == payload.get("request_id"))
    return _active().where(Person.id.in_(theirs))


SALES_THERE = _distributors_people("owner", "buyer")
MONEY_THERE = _distributors_people("owner", "distributor_finance")
AUDIENCES: dict[str, Audience] = {
    "order.submitted": _rep,
    "order.held": _both(_rep, MONEY_THERE),
    "order.pending": _approvers,
    "approval.added": _added,
    "approval.unanswered": _both(_applicant, _who_may(Permission.ROLE_MANAGE)),
    "order.approved": _both(_rep_who_did_not_decide, EVERYBODY_THERE),
    "order.rejected": EVERYBODY_THERE,
    "order.returned": EVERYBODY_THERE,
    "order.cancelled": EVERYBODY_THERE,
    "order.reduced": EVERYBODY_THERE,
    "order.expired": _both(_rep, EVERYBODY_THERE),
    "order.shipped": EVERYBODY_THERE,
    "order.allocated": EVERYBODY_THERE,
    "order.amended": _both(_rep, EVERYBODY_THERE),
    "amendment.pending": _approvers_of("amendment", is_over=True),
    "amendment.rejected": _both(_asker, EVERYBODY_THERE),
    "amendment.withdrawn": _approvers_of("amendment", is_over=True),
    "amendment.expired": _both(_both(_rep, _asker), EVERYBODY_THERE),
    "order.remarked_by_portal": _both(_rep, _rep_today),
    "order.remarked_by_admin": EVERYBODY_THERE,
    "order.nudged": _urged,
    "shipment.auto_receipt_near": EVERYBODY_THERE,
    "shipment.auto_received": _both(_rep, EVERYBODY_THERE),
    "stock.low": _who_may(Permission.STOCK_MOVE),
    "payment.recorded": EVERYBODY_THERE,
    "payment.proof_submitted": _who_may(Permission.PAYMENT_RECORD, is_whole=True),
    "payment.proof_refused": MONEY_THERE,
    "shipment.received": _rep,
    "statement.issued": MONEY_THERE,
    "statement.confirm_near": _both(MONEY_THERE, _rep_today),
    "statement.confirmed": _both(_who_may(Permission.STATEMENT_MANAGE, is_whole=True), _rep_today),
    "statement.disputed": _both(_who_may(Permission.STATEMENT_MANAGE, is_whole=True), _rep_today),
    "statement.answered": MONEY_THERE,
    "statement.settled": MONEY_THERE,
    "statement.closed": MONEY_THERE,
    **dict.fromkeys(("invoice.issued", "invoice.red_issued", "invoice.tax_noted"), MONEY_THERE),
    "return.requested": _approvers_of("return"),
    "return.pending": _approvers_of("return"),
    "return.withdrawn": _rep,
    "return.approved": _both(_warehouse, EVERYBODY_THERE),
    "return.rejected": EVERYBODY_THERE,
    "return.returned": EVERYBODY_THERE,
    "return.credited": _both(_rep, EVERYBODY_THERE),
    **dict.fromkeys(("price.published", "price.withdrawn", "price.changed", "price.kept"), _named),
    "price_list.pending": _approvers_of("price_list"),
    **dict.fromkeys(("price_list.approved", "price_list.returned", "price_list.rejected"), _who_asked),
    **{f"system.{code}": _who_may(Permission.SYSTEM_OPERATE) for code in TROUBLES},
    **{f"registration.{code}": _approvers_of("registration") for code in ("queued", "pending", "appealed")},
    **{
        f"registration.{code}": _rep_today for code in ("accepted", "taken", "direct", "extended", "released")
    },
    **{
        f"registration.{code}": SALES_THERE
        for code in (
            "approved",
            "rejected",
            "returned",
            "returned_free",
            "appeal_approved",
            "appeal_rejected",
            "revoked",
            "ending",
        )
    },
    **{
        f"registration.{code}": _both(_rep_today, SALES_THERE)
        for code in ("won", "reopened", "warn", "lapse", "expire", "lose_place", "handed_over", "contested")
    },
    **dict.fromkeys(("opportunity.due", "opportunity.stale"), SALES_THERE),
    **dict.fromkeys(("opportunity.won", "opportunity.lost"), _both(_rep_today, SALES_THERE)),
    "import.done": _who_asked,
    "import.failed": _who_asked,
    "account.reset_code": _who_asked,
    "account.new_device": _who_asked,
    "account.recovery_used": _who_asked,
    "account.factor_guessed": _who_asked,
    "account.factor_cleared": _who_asked,
    "account.passkey_added": _who_asked,
    "account.passkey_copied": _who_asked,
    "account.password_reset": _who_asked,
    "backup.failed": _who_may(Permission.SETTING_MANAGE),
    "distributor.assigned": _named_rep,
    "distributor.handed_over": _named_rep,
    "distributor.suspended": _both(_rep_today, EVERYBODY_THERE),
    "distributor.activated": _both(_rep_today, EVERYBODY_THERE),
    "application.pending": _approvers_of("application"),
    "application.changed": waiting.said_yes,
    "application.received": _named_rep,
    "application.withdrawn": _approvers_of("application", is_over=True),
    "contract.ending": _both(_rep_today, MONEY_THERE),
    "distributor.ended": _rep_today,
    "distributor.resumed": _both(_rep_today, EVERYBODY_THERE),
    "limit_request.pending": _approvers_of("limit_request"),
    **dict.fromkeys(
        ("limit_request.approved", "limit_request.rejected", "limit_request.expired"), MONEY_THERE
    ),
    "debt.due": MONEY_THERE,
    "debt.overdue": _both(_rep_today, MONEY_THERE),
    "credit.limit_changed": MONEY_THERE,
    "credit.blocked": EVERYBODY_THERE,
    "credit.unblocked": EVERYBODY_THERE,
}
