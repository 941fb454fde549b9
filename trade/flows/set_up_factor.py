"""One's own second factor: an app that counts codes, and ten recovery codes; set up, renewed, ended."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.db import read, run
from trade.errors import Refused
from trade.notices import arrivals
from trade.people import (
    attempts,
    authenticators,
    confirming,
    factors,
    halfway,
    invitations,
    known_devices,
    recovery,
    sessions,
)
from trade.people.attempts import Try
from trade.people.confirming import Confirmed
from trade.people.entrance import Browser, Entered
from trade.people.models import Person
from trade.people.recovery import Made


@dataclass(frozen=True)
class Shown:
    """A secret that waits for its first code, with the name under which an app will list it."""

    secret: str
    account: str


@dataclass(frozen=True)
class FirstCode:
    """The first code of a proposed secret: typed inside, or by whoever stands between password and session."""

    person_id: int
    candidate: str  # sealed
    step: int
    made: Made
    browser: Browser
    half_token: str | None = None
    membership_id: int | None = None


def shown(session: Session, person_id: int) -> Shown | None:
    """What the page with the QR code shows; nothing once the proposal is too old."""
    sealed = authenticators.candidate_of(session, person_id, clock.now())
    person = session.get_one(Person, person_id)
    if sealed is None:
        return None
    return Shown(authenticators.opened(sealed, person_id), invitations.sign_in_of(person))


def begin_factor(session: Session, actor: Actor, given: Confirmed) -> None:
    """Propose a secret for the app; nothing changes until a code of it was typed."""
    person = confirming.hold(session, actor, given)
    authenticators.propose(session, person.id, clock.now())


def prove_first_code(
    person_id: int, code: str, browser: Browser, *, half_token: str | None, membership_id: int | None
) -> FirstCode:
    """Compare the first code and make the recovery codes, outside every transaction.

    Raises Refused: factor.proposal_over, factor.wrong, login.too_many.
    """
    now = clock.now()
    with read() as session:
        sealed = authenticators.candidate_of(session, person_id, now)
        device = known_devices.find(session, person_id, browser.device_token)
    if sealed is None:
        raise Refused("factor.proposal_over")
    key = attempts.on_device(attempts.factor_key(person_id), device)
    run(attempts.spend, Actor(browser.address, person_id), Try(key, browser.address))
    secret = authenticators.opened(sealed, person_id)
    step = authenticators.matching_step(secret, recovery.cleaned(code), now)
    if step is None:
        raise Refused("factor.wrong", keep={"person_id": person_id}, field="code")
    return FirstCode(person_id, sealed, step, recovery.make(), browser, half_token, membership_id)


def confirm_factor(session: Session, actor: Actor, given: FirstCode) -> Entered:
    """Put the app into force with new recovery codes, sign out everywhere else and go on under a new token."""
    now = clock.now()
    half = halfway.take(session, given.half_token, now) if given.half_token else None
    if given.half_token and (half is None or half.person_id != given.person_id):
        raise Refused("login.half_over")
    if half is None and actor.person_id != given.person_id:
        raise Refused("access.login_needed")
    if not authenticators.confirm(session, given.person_id, given.candidate, given.step, now):
        raise Refused("factor.proposal_over")
    recovery.replace(session, given.person_id, given.made, now)
    sessions.end_all(session, given.person_id, now)
    attempts.forget(session, [attempts.factor_key(given.person_id)], given.browser.address)
    person = Actor(actor.origin, given.person_id)
    audit.record(session, person, "factor.set_up", {}, subject="person", subject_id=given.person_id)
    if half is not None:
        return arrivals.let_in(session, actor, given.person_id, given.browser, how=half.how, factor="app")
    membership_id = given.membership_id or 0
    here = given.browser.address, given.browser.user_agent, now
    token = sessions.open_session(session, given.person_id, membership_id, *here, factor="app")
    return Entered(token, given.person_id, membership_id)


@dataclass(frozen=True)
class Renewal:
    """New recovery codes for somebody who has shown the password."""

    confirmed: Confirmed
    made: Made


def renew_codes(session: Session, actor: Actor, given: Renewal) -> None:
    """Give ten new recovery codes; the old ones are worth nothing from now on."""
    person = confirming.hold(session, actor, given.confirmed)
    if not factors.held_by(session, person.id).is_any:
        raise Refused("factor.none")
    recovery.replace(session, person.id, given.made, clock.now())
    audit.record(session, actor, "factor.codes_renewed", {}, subject="person", subject_id=person.id)


def end_factor(session: Session, actor: Actor, given: Confirmed) -> None:
    """Turn the app off, where the house does not ask for a second factor or a passkey remains; others are signed out."""
    person, now = confirming.hold(session, actor, given), clock.now()
    held = factors.held_by(session, person.id)
    if not held.has_app:
        raise Refused("factor.none")
    is_staff = factors.is_staff(session, person.id)
    if not held.passkeys and factors.is_required(session, is_staff=is_staff):
        raise Refused("factor.required")
    authenticators.drop(session, person.id)
    if not held.passkeys:
        recovery.drop(session, person.id)
    sessions.end_others(session, person.id, given.session_id, now)
    audit.record(session, actor, "factor.ended", {}, subject="person", subject_id=person.id)
