"""Signing in with the company's own login: the provider says who it is, and this house whether it knows them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import arrivals
from trade.people import identities
from trade.people.entrance import Browser, Entered
from trade.people.models import Person


@dataclass(frozen=True)
class Vouched:
    """What a provider has said and this house has checked: signature, audience, nonce, time."""

    issuer: str
    subject: str
    email: str | None  # only one that the provider has verified
    has_factor: bool  # the provider asked for a second factor, and that counts here
    may_tie: bool  # somebody unknown may be recognised by the mail, once
    browser: Browser


def sign_in_by_provider(session: Session, actor: Actor, given: Vouched) -> Entered:
    """Let in whom the subject is tied to, else tie the person whose verified mail it is; nobody is ever created.

    Raises Refused("provider.unknown"), Refused("login.no_membership").
    """
    person = identities.find_person(session, given.issuer, given.subject)
    if person is None and given.may_tie and given.email:
        person = _tied_by_mail(session, actor, given, given.email)
    if person is None:
        raise Refused("provider.unknown", keep={"issuer": given.issuer, "subject": given.subject[:100]})
    factor = "provider" if given.has_factor else ""
    return arrivals.let_in(session, actor, person.id, given.browser, how="oidc", factor=factor)


def _tied_by_mail(session: Session, actor: Actor, given: Vouched, email: str) -> Person | None:
    """The person of a mail, tied to the subject from now on; none who is tied to another subject already."""
    person = identities.find_by_email(session, email)
    if person is None or not identities.tie(session, person.id, given.issuer, given.subject, email):
        return None
    facts = {"issuer": given.issuer, "subject": given.subject[:100], "how": "mail"}
    own = Actor(actor.origin, person.id)
    audit.record(session, own, "identity.tied", facts, subject="person", subject_id=person.id)
    return person
