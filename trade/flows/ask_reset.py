"""Asking for a new password: whether the name means anybody is looked up later and elsewhere, so no answer can tell."""

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock, sealing
from trade.actor import Actor
from trade.jobs import queue
from trade.notices.models import Dispatch, NoticeChannel
from trade.people import attempts, resets
from trade.people.models import Person
from trade.people.queries import find_account, memberships_of

JOB = "account.send_reset_link"
TOPIC = "account.reset_link"
PURPOSE = "password-reset"  # what the token is sealed for on its way to the mail


@dataclass(frozen=True)
class Asked:
    """Who somebody says they are, and from where."""

    name: str
    address: str


def ask_reset(session: Session, actor: Actor, given: Asked) -> None:
    """Leave the wish with the worker; the same few rows for a name that means somebody and for one that does not.

    Raises Refused("login.too_many") when one name or one address asks too often.
    """
    told = resets.hinted(given.name)
    account = attempts.account_key(f"reset {given.name}")
    attempts.spend(session, actor, attempts.Try(account, f"reset {given.address}", told))
    audit.record(session, actor, "reset.asked", {"name": told})
    queue.enqueue(session, JOB, f"{JOB}-{secrets.token_hex(16)}", {"name": given.name})


def send_reset_link(session: Session, actor: Actor, name: str) -> bool:
    """Send a link to the person's own mail, if there is such a person and such a mail; says whether it was.

    The token is kept nowhere in the clear: as its hash in the house, sealed in the message until that has left.
    """
    account = find_account(session, name)
    if account is None:
        return False
    wanted = select(Person).where(Person.id == account.person_id).with_for_update(of=Person)
    person = session.scalars(wanted.execution_options(populate_existing=True)).one()
    can_sign_in = person.is_active and person.password_hash is not None and person.email is not None
    places = memberships_of(session, person.id)
    if not can_sign_in or not places:
        return False
    token = resets.issue_link(session, person, clock.now())
    mail = select(NoticeChannel.id).where(NoticeChannel.kind == "mail", NoticeChannel.is_active)
    way = session.scalar(mail.order_by(NoticeChannel.id).limit(1))
    if token is None or way is None:
        return False
    facts = {"sealed": sealing.seal(token, PURPOSE)}
    key = f"reset-{secrets.token_hex(8)}"
    session.add(
        Dispatch(
            key=key, channel_id=way, person_id=person.id, face=places[0][1].face, topic=TOPIC, facts=facts
        )
    )
    audit.record(session, actor, "reset.link_sent", {}, subject="person", subject_id=person.id)
    return True
