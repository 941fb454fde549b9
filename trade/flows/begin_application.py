"""The public way in: who asks, and the code that proves that they can be reached."""

import secrets
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock, sealing
from trade.actor import Actor
from trade.applications import codes, letters, opening, queries, rules, states
from trade.applications.models import Application
from trade.errors import Refused
from trade.people import attempts, passwords
from trade.people.queries import token_hash
from trade.registrations.matching import key_of


@dataclass(frozen=True)
class Beginning:
    """What the first page asks; the code's hash is made outside the transaction."""

    company: str
    contact_name: str
    phone: str
    email: str | None
    code: str
    code_hash: str
    address: str


@dataclass(frozen=True)
class NewCode:
    key: str
    code: str
    code_hash: str
    address: str


@dataclass(frozen=True)
class Typed:
    """A code that was typed; whether it is right was found outside the transaction."""

    key: str
    is_right: bool


def begin_application(session: Session, actor: Actor, given: Beginning) -> str:
    """Open a draft for whoever asks, whether or not anybody knows them; answers the key of its page.

    Raises Refused("login.too_many") when one phone or one address asks too often.
    """
    opening.refuse_closed(session)
    phone = rules.mobile(given.phone)
    if phone is None:
        raise Refused("person.phone_odd", field="phone")
    email = rules.email(given.email) if given.email else None
    way = letters.way_of(session)
    if email is None and (given.email or way == "mail"):
        raise Refused("person.email_odd", field="email")
    spent = attempts.Try(attempts.account_key(f"apply {phone}"), f"apply {given.address}")
    attempts.spend(session, actor, spent)
    key, now = secrets.token_urlsafe(32), clock.now()
    application = Application(
        token_hash=token_hash(key),
        sealed=sealing.seal(key, letters.PURPOSE),
        company=given.company,
        company_key=key_of(given.company),
        contact_name=given.contact_name,
        phone=phone,
        email=email,
        way=way,
        expires_at=opening.until(session, now),
        agreed_at=now,
    )
    session.add(application)
    session.flush()
    states.enter(session, actor, application)
    if letters.post(session, application, "applicant.code", given.code):
        for name, value in codes.fresh(given.code_hash, now, 0).items():
            setattr(application, name, value)
    return key


def send_code_again(session: Session, actor: Actor, given: NewCode) -> None:
    """Send another code; five for one application, and no more from one address than passwords are tried."""
    application = queries.get_by_token(session, given.key, is_locked=True)
    if application.verified_at is not None or application.state not in states.EDITABLE:
        raise Refused("applicant.not_allowed")
    if application.codes_sent >= codes.MOST_CODES:
        raise Refused("applicant.codes_spent", field="code")
    spent = attempts.Try(attempts.account_key(f"apply {application.phone}"), f"apply {given.address}")
    attempts.spend(session, actor, spent)
    if not letters.post(session, application, "applicant.code", given.code):
        session.execute(update(Application).where(Application.id == application.id).values(way="call"))
        return
    for name, value in codes.fresh(given.code_hash, clock.now(), application.codes_sent).items():
        setattr(application, name, value)


def is_code_right(session: Session, key: str, code: str) -> bool:
    """Compare a typed code with the one that was sent. Raises Refused where there is none to compare with."""
    application = queries.get_by_token(session, key)
    if not codes.is_open(application, clock.now()):
        raise Refused("applicant.code_over", field="code")
    return passwords.matches(application.code_hash, code.strip())


def verify_contact(session: Session, actor: Actor, given: Typed) -> bool:
    """Note that the contact can be reached, or count the wrong guess; says which."""
    application = queries.get_by_token(session, given.key, is_locked=True)
    if not given.is_right:
        codes.count_guess(session, application.id)
        return False
    if not codes.is_open(application, clock.now()):
        raise Refused("applicant.code_over", field="code")
    states.move(
        session, actor, application, "verify", application.version, verified_at=clock.now(), code_hash=None
    )
    facts = {"way": application.way}
    audit.record(
        session, actor, "application.verified", facts, subject="application", subject_id=application.id
    )
    return True
