"""Coming in, and telling the person when it was with a browser never seen before."""

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.distributors import directory
from trade.errors import Refused
from trade.notices import outbox
from trade.people import browsers, entrance
from trade.people.entrance import Browser, Entered
from trade.people.queries import memberships_of


def let_in(
    session: Session, actor: Actor, person_id: int, browser: Browser, *, how: str, factor: str = ""
) -> Entered:
    """Let a person in whose identity is proven, by whatever `how`: password, invitation, reset, oidc, passkey.

    Where a second factor is needed and `factor` says that none was shown, the browser gets no session but a wait for
    it. Raises Refused("login.no_membership"), or "login.company_ended" where the business with the company is over.
    """
    _refuse_ended(session, person_id)
    entered = entrance.enter(session, person_id, browser, clock.now(), how=how, factor=factor)
    person = Actor(actor.origin, person_id)
    facts = {"how": how, "factor": factor}
    if entered.awaits:
        facts["factor"] = entered.awaits
        audit.record(session, person, "login.half", facts, subject="person", subject_id=person_id)
        return entered
    facts |= {"membership_id": str(entered.membership_id)}
    audit.record(session, person, "login.succeeded", facts, subject="person", subject_id=person_id)
    if entered.is_new_device:
        told = {"device": browsers.named(browser.user_agent), "address": browser.address[:64]}
        outbox.post(session, "account.new_device", person_id=person_id, **told)
    return entered


def _refuse_ended(session: Session, person_id: int) -> None:
    """Who has proven who they are reads that, since when, and whom to call, rather than that they have no company."""
    if memberships_of(session, person_id):
        return
    company = directory.left_by_end(session, person_id)
    if company is None:
        return
    keep = {"person_id": person_id}
    day = directory.ended_on(session, company.id)
    rep = directory.rep_of(session, company.id, clock.today())
    facts = {"company": company.name, "day": day.isoformat() if day else "–"}
    if rep is None or not rep.is_active:
        raise Refused("login.company_ended", keep=keep, **facts)
    raise Refused("login.company_ended_call", keep=keep, rep=f"{rep.name} {rep.phone or ''}".strip(), **facts)
