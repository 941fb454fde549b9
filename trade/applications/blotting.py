"""Words about people in histories and messages, taken out where they stand; what happened, when and to what, stays.

The tables are append-only: the database lets these words go only in the transaction that forgets (migration 0014).
"""

import re
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from trade import clock
from trade.amendments.models import Amendment
from trade.applications.models import Application
from trade.approvals.models import ApprovalDecision, ApprovalRequest
from trade.audit import AuditEntry
from trade.db import Base
from trade.distributors.models import Address, Contact, Distributor
from trade.notices.models import Dispatch, Notice, OutboxMessage
from trade.opportunities.models import Opportunity, OpportunityEvent, Quotation
from trade.orders.models import Order, OrderEvent
from trade.people.models import Person
from trade.registrations.models import (
    Registration,
    RegistrationDecision,
    RegistrationEvent,
    RegistrationFollowUp,
)
from trade.returns.models import ReturnEvent, ReturnRequest
from trade.statements.models import DisputeRemark, Statement, StatementDispute, StatementEvent

NOBODY = "已匿名"  # stands where a name must stand
SHORTEST = 2
WORDS = re.compile(  # facts under which somebody typed words, or somebody's name or number stands
    "words|comment|reason|remark|note|subject|next_step|how|text|contact|(ship_)?contact_name|person|(ship_)?phone|email"
    "|position|user_name|legal_representative|internal_note|status_reason|ship_contact|lost_words|bank_account"
)
CODE = re.compile(r"[a-z0-9_.]*")


def known_of(session: Session, distributor: Distributor, person_ids: Collection[int]) -> frozenset[str]:
    """Names, telephones and mail of its people, of those who got its goods and of whom it called at its customers."""
    home = distributor.id
    asked: Iterable[Any] = (
        select(Person.name, Person.phone, Person.email, Person.user_name).where(Person.id.in_(person_ids)),
        select(Contact.name, Contact.phone, Contact.email).where(Contact.distributor_id == home),
        select(Address.contact_name, Address.phone).where(Address.distributor_id == home),
        select(Application.contact_name, Application.phone, Application.email).where(
            Application.distributor_id == home
        ),
        select(Application.legal_representative).where(Application.distributor_id == home),
        select(Order.ship_contact, Order.ship_phone).where(Order.distributor_id == home).distinct(),
        select(Registration.contact_name, Registration.phone).where(Registration.distributor_id == home),
        select(Registration.name).where(
            Registration.distributor_id == home, Registration.customer_kind == "person"
        ),
    )
    found = {distributor.phone, distributor.contact_name, distributor.legal_representative}
    for each in asked:
        found.update(value for row in session.execute(each) for value in row)
    return frozenset(word for word in found if word and len(word) >= SHORTEST and word != distributor.name)


def blotted(value: Any, known: Collection[str], key: str = "") -> Any:
    """The same facts without words that somebody typed and without anything that names somebody; codes stay."""
    if isinstance(value, dict):
        return {name: blotted(each, known, name) for name, each in value.items()}
    if isinstance(value, list):
        return [blotted(each, known, key) for each in value]
    if not isinstance(value, str) or not value:
        return value
    is_said = WORDS.fullmatch(key) is not None and not CODE.fullmatch(value)
    return NOBODY if is_said or any(word in value for word in known) else value


def blot(
    session: Session, distributor: Distributor, person_ids: Collection[int], known: frozenset[str]
) -> None:
    """Go through everything that tells what happened to a distributor, and take the words about people out."""
    home = distributor.id
    orders = select(Order.id).where(Order.distributor_id == home)
    returns = select(ReturnRequest.id).where(ReturnRequest.distributor_id == home)
    customers = select(Registration.id).where(Registration.distributor_id == home)
    chances = select(Opportunity.id).where(Opportunity.distributor_id == home)
    statements = select(Statement.id).where(Statement.distributor_id == home)
    requests = select(ApprovalRequest.id).where(ApprovalRequest.distributor_id == home)
    disputes = select(StatementDispute.id).where(StatementDispute.statement_id.in_(statements))
    for column, which in (
        (OrderEvent.facts, OrderEvent.order_id.in_(orders)),
        (ReturnEvent.facts, ReturnEvent.request_id.in_(returns)),
        (RegistrationEvent.facts, RegistrationEvent.registration_id.in_(customers)),
        (RegistrationDecision.facts, RegistrationDecision.registration_id.in_(customers)),
        (OpportunityEvent.facts, OpportunityEvent.opportunity_id.in_(chances)),
        (StatementEvent.facts, StatementEvent.statement_id.in_(statements)),
        (Order.reasons, Order.distributor_id == home),
        (Amendment.reasons, Amendment.order_id.in_(orders)),
        (ApprovalRequest.reasons, ApprovalRequest.distributor_id == home),
        (ApprovalRequest.title, ApprovalRequest.distributor_id == home),
        (AuditEntry.facts, _audited(session, home, person_ids, known)),
        (Quotation.customer, Quotation.opportunity_id.in_(chances)),
    ):
        _rewrite(session, column, which, known)
    followed = RegistrationFollowUp.registration_id.in_(customers)
    overwrite(session, RegistrationFollowUp, followed, words=NOBODY, next_step="")
    overwrite(session, Quotation, Quotation.opportunity_id.in_(chances), contact_name="", note="")
    overwrite(session, DisputeRemark, DisputeRemark.dispute_id.in_(disputes), text=NOBODY)
    said = ApprovalDecision.request_id.in_(requests), ApprovalDecision.comment != ""
    overwrite(session, ApprovalDecision, said[0] & said[1], comment=NOBODY)
    _messages(
        session,
        home,
        person_ids,
        known,
        {"order_id": orders, "registration_id": customers, "opportunity_id": chances, "return_id": returns},
    )


def _audited(
    session: Session, home: int, person_ids: Collection[int], known: frozenset[str]
) -> ColumnElement[bool]:
    """What was written about it or its people, by whomever; and wherever a telephone or mail of theirs stands."""
    told: list[ColumnElement[bool]] = [AuditEntry.person_id.in_(person_ids)]
    for subject, ids in (
        ("distributor", [home]),
        ("person", list(person_ids)),
        ("contact", select(Contact.id).where(Contact.distributor_id == home)),
        ("address", select(Address.id).where(Address.distributor_id == home)),
        ("registration", select(Registration.id).where(Registration.distributor_id == home)),
        ("application", select(Application.id).where(Application.distributor_id == home)),
        ("order", select(Order.id).where(Order.distributor_id == home)),
    ):
        told.append((AuditEntry.subject == subject) & AuditEntry.subject_id.in_(ids))
    reached = sorted(word for word in known if word.isdecimal() or "@" in word)
    told += [cast(AuditEntry.facts, String).contains(word, autoescape=True) for word in reached]
    return or_(*told)


def _messages(
    session: Session, home: int, person_ids: Collection[int], known: frozenset[str], about: dict[str, Any]
) -> None:
    """What was told about it, to its people and to the brand's; who it was about is forgotten in all of it."""
    sent = select(Notice.outbox_id).where(Notice.distributor_id == home)
    payload = OutboxMessage.payload
    theirs = [OutboxMessage.id.in_(sent), payload["distributor_id"].as_integer() == home]
    theirs += [payload[key].as_integer().in_(ids) for key, ids in about.items()]
    letters = select(OutboxMessage.id).where(or_(*theirs))
    theirs_out = Dispatch.person_id.in_(person_ids) | Dispatch.outbox_id.in_(letters)
    unsent = case((Dispatch.sent_at.is_(None), clock.now()), else_=Dispatch.dead_at)
    overwrite(session, Dispatch, theirs_out, facts={}, last_answer=None, dead_at=unsent)
    mine = or_(Notice.distributor_id == home, Notice.person_id.in_(person_ids))
    overwrite(session, Notice, mine, facts={})
    _rewrite(session, OutboxMessage.payload, or_(*theirs), known)


def _rewrite(
    session: Session, column: InstrumentedAttribute[Any], which: ColumnElement[bool], known: Collection[str]
) -> None:
    """Write what changes without its words, row by row; the column says whose table it is."""
    model: Any = column.class_
    changed = [
        {"id": row_id, column.key: after}
        for row_id, before in session.execute(select(model.id, column).where(which)).all()
        if (after := blotted(before, known)) != before
    ]
    if changed:
        session.execute(update(model), changed)


def overwrite(session: Session, model: type[Base], which: Any, **values: Any) -> None:
    """Put the same into every row; what stood there is gone."""
    session.execute(update(model).where(which).values(**values).execution_options(synchronize_session=False))
