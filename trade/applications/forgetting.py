"""Where an ended distributor's people stand, and what is left of them: documents keep the company, nobody keeps a name.

What the law keeps stays: orders, invoices, books and contracts with the company's name. The audit is append-only and
keeps who did what; it says itself that the rest was forgotten.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, or_, select, update
from sqlalchemy.orm import Session

from trade import text
from trade.applications.models import Application, ApplicationEvent, Forgetting
from trade.applications.queries import SUBJECT
from trade.attachments.models import Attachment
from trade.db import Base
from trade.distributors.models import Address, Contact, Distributor
from trade.notices.dispatches import GUEST
from trade.notices.models import Dispatch, Notice
from trade.orders.models import Order, OrderRemark
from trade.people import attempts
from trade.people.identities import PersonIdentity
from trade.people.models import (
    Authenticator,
    KnownDevice,
    LoginGuess,
    LoginSession,
    Membership,
    Passkey,
    Person,
    RecoveryCode,
    SavedView,
)
from trade.receivables.models import PaymentProof
from trade.returns.models import ReturnRequest

NOBODY = "已匿名"  # stands where a name must stand


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
    session: Session, distributor: Distributor, person_ids: Collection[int], now: datetime
) -> list[str]:
    """Overwrite everything about people; answers the files that are to be erased."""
    _company(session, distributor, now)
    _people(session, person_ids)
    _documents(session, distributor.id)
    _messages(session, distributor.id, person_ids)
    return [*_applications(session, distributor.id, now), *_files(session, "distributor", [distributor.id])]


def _company(session: Session, distributor: Distributor, now: datetime) -> None:
    values: dict[str, Any] = dict.fromkeys(
        ("phone", "contact_name", "legal_representative", "internal_note", "status_reason")
    )
    for name, value in values.items():
        setattr(distributor, name, value)
    distributor.search_text = text.search_text(distributor.code, distributor.name, distributor.credit_code)
    distributor.welcome_since, distributor.forgotten_at = None, now
    session.flush()
    whose = distributor.id
    _set(session, Address, Address.distributor_id == whose, contact_name=NOBODY, phone=None)
    blank = {"name": NOBODY, "position": "", "phone": None, "email": None, "archived_at": now}
    _set(session, Contact, Contact.distributor_id == whose, **blank)


def _people(session: Session, person_ids: Collection[int]) -> None:
    """Accounts that open nothing, of nobody; the row stays, since documents name it by its number."""
    blank = {"name": NOBODY, "phone": None, "email": None, "user_name": None, "password_hash": None}
    _set(
        session,
        Person,
        Person.id.in_(person_ids),
        **blank,
        is_active=False,
        version=Person.version + 1,
    )
    _set(session, LoginSession, LoginSession.person_id.in_(person_ids), address="", user_agent="")
    for model in (KnownDevice, Authenticator, RecoveryCode, Passkey, PersonIdentity, SavedView):
        columns: Any = model
        gone = delete(model).where(columns.person_id.in_(person_ids))
        session.execute(gone.execution_options(synchronize_session=False))


def _documents(session: Session, distributor_id: int) -> None:
    """Who received the goods, and what people wrote beside documents; the documents themselves stay."""
    orders = select(Order.id).where(Order.distributor_id == distributor_id)
    _set(
        session,
        Order,
        Order.distributor_id == distributor_id,
        ship_contact=case((Order.ship_contact.is_not(None), NOBODY)),
        ship_phone=None,
        remark="",
    )
    _set(session, OrderRemark, OrderRemark.order_id.in_(orders), text=NOBODY)
    _set(session, ReturnRequest, ReturnRequest.distributor_id == distributor_id, remark="")
    _set(session, PaymentProof, PaymentProof.distributor_id == distributor_id, note="", payer="")


def _messages(session: Session, distributor_id: int, person_ids: Collection[int]) -> None:
    mine = or_(Notice.distributor_id == distributor_id, Notice.person_id.in_(person_ids))
    _set(session, Notice, mine, facts={})
    _set(session, Dispatch, Dispatch.person_id.in_(person_ids), facts={})


def _applications(session: Session, distributor_id: int, now: datetime) -> list[str]:
    """What was asked at the beginning: the company stays, its people, bank and papers go, the link means nothing."""
    mine = Application.distributor_id == distributor_id
    known = session.execute(select(Application.id, Application.phone).where(mine)).all()
    ids = [application_id for application_id, _phone in known]
    _letters(session, {phone for _id, phone in known if phone}, now)
    for application_id in ids:
        blank = {"legal_representative": "", "line": "", "contact_name": NOBODY, "phone": "", "email": None}
        blank |= {"wishes": "", "bank_name": "", "bank_account": "", "code_hash": None, "sealed": ""}
        _set(
            session,
            Application,
            Application.id == application_id,
            **blank,
            token_hash=secrets.token_hex(32),
            forgotten_at=now,
        )
    _set(session, ApplicationEvent, ApplicationEvent.application_id.in_(ids), comment="")
    return _files(session, SUBJECT, ids)


def _letters(session: Session, phones: Collection[str], now: datetime) -> None:
    """What was written to the applicant, who was nobody's person then, and how often the telephone asked."""
    for phone in sorted(phones):
        written = Dispatch.person_id.is_(None), Dispatch.facts[GUEST]["phone"].as_string() == phone
        unsent = case((Dispatch.sent_at.is_(None), now), else_=Dispatch.dead_at)
        _set(session, Dispatch, and_(*written), facts={}, last_answer=None, dead_at=unsent)
        gone = delete(LoginGuess).where(LoginGuess.key == attempts.account_key(f"apply {phone}"))
        session.execute(gone.execution_options(synchronize_session=False))


def _files(session: Session, subject: str, ids: Collection[int]) -> list[str]:
    """Licences and proofs of who somebody is; contracts are kept."""
    gone = (
        delete(Attachment)
        .where(Attachment.subject == subject, Attachment.subject_id.in_(ids))
        .returning(Attachment.stored_as)
    )
    return list(session.scalars(gone.execution_options(synchronize_session=False)))


def _set(session: Session, model: type[Base], which: Any, **values: Any) -> None:
    session.execute(update(model).where(which).values(**values).execution_options(synchronize_session=False))
