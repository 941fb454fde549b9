from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.distributors import members
from trade.errors import Refused
from trade.notices import outbox
from trade.people import attempts, authenticators, factors, passkeys, recovery, sessions


def clear_factor(session: Session, actor: Actor, person_id: int) -> None:
    """Take app, codes and passkeys from somebody who lost the phone, and sign them out; never one's own, never one's betters'."""
    person = members.get_managed(session, actor, person_id)
    if person.id == actor.person_id:
        raise Refused("person.is_oneself")
    held = factors.held_by(session, person.id)
    if not held.is_any and not held.codes:
        raise Refused("factor.none_there", name=person.name)
    authenticators.drop(session, person.id)
    recovery.drop(session, person.id)
    passkeys.drop_all(session, person.id)
    sessions.end_all(session, person.id, clock.now())
    attempts.forget(session, [attempts.factor_key(person.id)])
    facts = {"app": held.has_app, "codes": held.codes, "passkeys": held.passkeys}
    audit.record(session, actor, "factor.cleared", facts, subject="person", subject_id=person.id)
    outbox.post(session, "account.factor_cleared", person_id=person.id)
