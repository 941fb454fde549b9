"""Where an ended distributor's people stand, and what is left of them: documents keep the company, nobody keeps a name.

What the law keeps stays: orders, invoices, books and contracts with the company's name. Audit and histories keep what
happened, when and to which document; the words about people in them go, which the database allows in this deed alone.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, select
from sqlalchemy.orm import Session

from trade import clock, text
from trade.amendments.models import Amendment
from trade.applications import blotting
from trade.applications.blotting import NOBODY, overwrite
from trade.applications.models import Application, ApplicationEvent, Forgetting
from trade.applications.queries import SUBJECT
from trade.approvals.models import ApprovalDecision, ApprovalRequest
from trade.attachments.models import Attachment
from trade.credit.models import CreditAccount, CreditException, CreditLimit, LimitRequest
from trade.distributors.models import Address, Contact, Distributor, Standing
from trade.jobs import queue
from trade.notices.dispatches import GUEST
from trade.notices.models import Dispatch, Notice, OutboxMessage
from trade.opportunities.models import Opportunity
from trade.orders.models import Order, OrderLine, OrderRemark, OrderTemplate
from trade.people import attempts
from trade.people.identities import PersonIdentity
from trade.people.models import (
    Authenticator,
    HalfSignIn,
    KnownDevice,
    LoginSession,
    Membership,
    Passkey,
    PasskeyChallenge,
    Person,
    RecoveryCode,
    SavedView,
)
from trade.people.resets import PasswordReset
from trade.receivables.models import Payment, PaymentProof, Refund
from trade.registrations.models import Registration
from trade.returns.models import ReturnRequest

THEIRS = (KnownDevice, Authenticator, RecoveryCode, Passkey, PersonIdentity, SavedView)


def open_request(session: Session, distributor_id: int) -> Forgetting | None:
    """The wish to be forgotten that waits to be done."""
    return session.scalar(
        select(Forgetting).where(Forgetting.distributor_id == distributor_id, Forgetting.done_at.is_(None))
    )


def people_of(session: Session, distributor_id: int) -> list[int]:
    """Who worked at this distributor and works nowhere else, locked."""
    here = select(Membership.person_id).where(Membership.distributor_id == distributor_id)
    elsewhere = select(Membership.person_id).where(
        Membership.is_active, Membership.distributor_id.is_distinct_from(distributor_id)
    )
    wanted = select(Person.id).where(Person.id.in_(here), Person.id.not_in(elsewhere))
    return list(session.scalars(wanted.order_by(Person.id).with_for_update()))


def forget(
    session: Session,
    distributor: Distributor,
    person_ids: Collection[int],
    known: frozenset[str],
    now: datetime,
) -> list[str]:
    """Overwrite everything about people; answers the files that are to be erased.

    Of a person in business and of a Hong Kong company, who have no credit code, bank and address go too. The name
    under which it traded stays: orders, invoices and books must name it.
    """
    blotting.blot(session, distributor, person_ids, known)
    _company(session, distributor, now)
    _people(session, person_ids)
    _documents(session, distributor.id)
    _money(session, distributor.id)
    files = _customers(session, distributor.id)
    asked = select(Application.id).where(Application.distributor_id == distributor.id)
    files += forget_applications(session, session.scalars(asked).all(), now)
    return [*files, *_files(session, "distributor", [distributor.id])]


def _company(session: Session, distributor: Distributor, now: datetime) -> None:
    names = ["phone", "contact_name", "legal_representative", "internal_note", "status_reason"]
    is_person = distributor.credit_code is None
    if is_person:
        names += ["bank_name", "bank_account", "registered_address"]
    for name in (*names, "source_facts"):
        setattr(distributor, name, None)
    distributor.search_text = text.search_text(distributor.code, distributor.name, distributor.credit_code)
    distributor.welcome_since, distributor.forgotten_at = None, now
    session.flush()
    whose = distributor.id
    place: dict[str, Any] = {"contact_name": NOBODY, "phone": None}
    overwrite(
        session, Address, Address.distributor_id == whose, **place, **({"line": NOBODY} if is_person else {})
    )
    if is_person:
        overwrite(
            session, Order, Order.distributor_id == whose, ship_to=case((Order.ship_to.is_not(None), NOBODY))
        )
    overwrite(session, Standing, Standing.distributor_id == whose, reason="")
    overwrite(session, Forgetting, Forgetting.distributor_id == whose, how="")
    blank = {"name": NOBODY, "position": "", "phone": None, "email": None, "archived_at": now}
    overwrite(session, Contact, Contact.distributor_id == whose, **blank)


def _people(session: Session, person_ids: Collection[int]) -> None:
    """Accounts that open nothing, of nobody; the row stays, since documents name it by its number."""
    names = select(Person.phone, Person.email, Person.user_name).where(Person.id.in_(person_ids))
    for row in session.execute(names).all():
        attempts.forgive(session, tuple(row))
    blank = {"name": NOBODY, "phone": None, "email": None, "user_name": None, "password_hash": None}
    overwrite(
        session,
        Person,
        Person.id.in_(person_ids),
        **blank,
        is_active=False,
        version=Person.version + 1,
    )
    overwrite(session, LoginSession, LoginSession.person_id.in_(person_ids), address="", user_agent="")
    for model in (*THEIRS, HalfSignIn, PasskeyChallenge, PasswordReset):
        columns: Any = model
        gone = delete(model).where(columns.person_id.in_(person_ids))
        session.execute(gone.execution_options(synchronize_session=False))


def _documents(session: Session, distributor_id: int) -> None:
    """Who received the goods, and what people wrote beside documents; the documents themselves stay."""
    orders = select(Order.id).where(Order.distributor_id == distributor_id)
    overwrite(
        session,
        Order,
        Order.distributor_id == distributor_id,
        ship_contact=case((Order.ship_contact.is_not(None), NOBODY)),
        ship_phone=None,
        remark="",
        source_facts=None,
    )
    overwrite(session, OrderRemark, OrderRemark.order_id.in_(orders), text=NOBODY)
    lines = OrderLine.order_id.in_(orders), OrderLine.source_facts.is_not(None)
    overwrite(session, OrderLine, and_(*lines), source_facts=None)
    overwrite(session, Amendment, Amendment.order_id.in_(orders), reason=NOBODY)
    overwrite(session, CreditException, CreditException.order_id.in_(orders), reason=NOBODY)
    overwrite(session, ReturnRequest, ReturnRequest.distributor_id == distributor_id, remark="")
    named = OrderTemplate.distributor_id == distributor_id
    overwrite(session, OrderTemplate, named, name=NOBODY, sort_key=text.sort_key(NOBODY))


def _money(session: Session, distributor_id: int) -> None:
    """What was noted beside money; amounts, days, numbers and the bank's references are books."""
    accounts = select(CreditAccount.id).where(CreditAccount.distributor_id == distributor_id)
    overwrite(
        session, PaymentProof, PaymentProof.distributor_id == distributor_id, note="", payer="", reason=""
    )
    overwrite(session, Payment, Payment.distributor_id == distributor_id, note="")
    void = and_(Payment.distributor_id == distributor_id, Payment.void_reason != "")
    overwrite(session, Payment, void, void_reason=NOBODY)
    overwrite(session, Refund, Refund.distributor_id == distributor_id, note="")
    overwrite(session, CreditLimit, CreditLimit.account_id.in_(accounts), reason=NOBODY)
    asked = LimitRequest.distributor_id == distributor_id
    overwrite(session, LimitRequest, asked, reason=NOBODY, comment="")


def _customers(session: Session, distributor_id: int) -> list[str]:
    """Whom it called at its customers, and what it wrote of them; who is a person and no company is forgotten whole."""
    mine = Registration.distributor_id == distributor_id
    blank = {"contact_name": "", "phone": "", "project": "", "note": "", "end_reason": ""}
    overwrite(session, Registration, mine, **blank)
    nameless = {"name": NOBODY, "name_key": "", "credit_code": None, "pooled_on": None}
    overwrite(session, Registration, and_(mine, Registration.customer_kind == "person"), **nameless)
    chance = {"subject": NOBODY, "next_step": "", "next_on": None, "lost_words": ""}
    overwrite(session, Opportunity, Opportunity.distributor_id == distributor_id, **chance)
    ids = session.scalars(select(Registration.id).where(mine)).all()
    return _files(session, "registration", ids)


def forget_applications(
    session: Session, ids: Collection[int], now: datetime, *, is_link_kept: bool = False
) -> list[str]:
    """Forget who asked: a company stays, its people, bank and papers go; of a person in business the name goes too.

    Answers the files that are to be erased. The link means nothing any more, unless the applicant may still look.
    """
    mine = Application.id.in_(ids)
    overwrite(
        session, Application, mine, forgotten_at=now, sealed="-"
    )  # opens histories, as migration 0014 has it
    rows = session.execute(select(Application.phone, Application.email).where(mine)).all()
    _letters(session, {phone for phone, _email in rows if phone}, now)
    attempts.forgive(session, [f"apply {contact}" for row in rows for contact in row if contact])
    _questions(session, ids)
    blank = {"legal_representative": "", "line": "", "contact_name": NOBODY, "phone": "", "email": None}
    blank |= {"wishes": "", "bank_name": "", "bank_account": "", "code_hash": None}
    overwrite(session, Application, mine, **blank)
    nameless = {"company": NOBODY, "company_key": ""}
    traded = Application.kind == "individual", Application.distributor_id.is_(None)
    overwrite(session, Application, and_(mine, *traded), **nameless)
    for application_id in [] if is_link_kept else ids:
        overwrite(session, Application, Application.id == application_id, token_hash=secrets.token_hex(32))
    overwrite(session, ApplicationEvent, ApplicationEvent.application_id.in_(ids), comment="")
    overwrite(session, Application, mine, sealed="")
    return _files(session, SUBJECT, ids)


def forget_unsent(session: Session, application: Application) -> None:
    """Forget who only began; nobody at the brand has ever seen it, so nobody could be asked to."""
    if application.submitted_at is None:
        session.flush()
        erase_later(session, forget_applications(session, [application.id], clock.now(), is_link_kept=True))


def erase_later(session: Session, files: Collection[str]) -> None:
    """Take files off the disk once their rows are gone for good."""
    for stored_as in files:
        queue.enqueue(session, "attachment.erase", f"attachment.erase-{stored_as}", {"stored_as": stored_as})


def _questions(session: Session, ids: Collection[int]) -> None:
    """What was asked about applications and said to it, and what was told of them inside the house."""
    asked = and_(ApprovalRequest.subject == SUBJECT, ApprovalRequest.subject_id.in_(ids))
    requests = select(ApprovalRequest.id).where(asked)
    said = and_(ApprovalDecision.request_id.in_(requests), ApprovalDecision.comment != "")
    overwrite(session, ApprovalDecision, said, comment=NOBODY)
    overwrite(session, ApprovalRequest, asked, title="")
    about = OutboxMessage.payload["application_id"].as_integer().in_(ids)
    letters = select(OutboxMessage.id).where(about)
    overwrite(session, Notice, Notice.outbox_id.in_(letters), facts={})
    overwrite(session, Dispatch, Dispatch.outbox_id.in_(letters), facts={}, last_answer=None)
    for letter in session.scalars(select(OutboxMessage).where(about)).all():
        letter.payload = {"application_id": letter.payload["application_id"]}
    session.flush()


def _letters(session: Session, phones: Collection[str], now: datetime) -> None:
    """What was written to the applicant, who was nobody's person then."""
    for phone in sorted(phones):
        written = Dispatch.person_id.is_(None), Dispatch.facts[GUEST]["phone"].as_string() == phone
        unsent = case((Dispatch.sent_at.is_(None), now), else_=Dispatch.dead_at)
        overwrite(session, Dispatch, and_(*written), facts={}, last_answer=None, dead_at=unsent)


def _files(session: Session, subject: str, ids: Collection[int]) -> list[str]:
    """Licences and proofs of who somebody is; contracts are kept."""
    gone = (
        delete(Attachment)
        .where(Attachment.subject == subject, Attachment.subject_id.in_(ids))
        .returning(Attachment.stored_as)
    )
    return list(session.scalars(gone.execution_options(synchronize_session=False)))
