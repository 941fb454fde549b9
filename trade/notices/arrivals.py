"""Coming in, and telling the person when it was with a browser never seen before."""

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.notices import outbox
from trade.people import browsers, entrance
from trade.people.entrance import Browser, Entered


def let_in(
    session: Session, actor: Actor, person_id: int, browser: Browser, *, how: str, factor: str = ""
) -> Entered:
    """Let a person in whose identity is proven, by whatever `how`: password, invitation, reset, oidc, passkey.

    Where a second factor is needed and `factor` says that none was shown, the browser gets no session but a wait for
    it. Raises Refused("login.no_membership").
    """
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
