from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import insert_once
from trade.distributors.queries import hold_active, terms_of
from trade.errors import Refused
from trade.notices import outbox
from trade.notices.registrations import follow
from trade.registrations import intake, queries, states
from trade.registrations.intake import Answer
from trade.registrations.models import Registration


@dataclass(frozen=True)
class Claim:
    """A customer of the public pool, and whom the new distributor talks to there; the old one's contact stays its own."""

    key: str
    pooled_id: int
    contact_name: str
    phone: str
    note: str = ""


def claim_from_pool(session: Session, actor: Actor, given: Claim) -> Answer:
    """Take a customer out of the public pool (公海领取): of two at once one gets it; who let it go has to wait.

    Name and code are those of the pool; a customer that came by file without a code is claimed without one.
    """
    if actor.distributor_id is None:
        raise Refused("registration.not_found")
    now = clock.now()
    today = clock.business_date(now)
    terms = terms_of(session, actor.distributor_id, today)
    hold_active(session, terms.distributor_id)
    try:
        pooled = queries.get_pooled(session, given.pooled_id, is_locked=True)
    except Refused as gone:
        raise Refused("registration.pool_gone") from gone
    if pooled.product_line_id not in dict(queries.product_lines(session, terms.distributor_id)):
        raise Refused("registration.line_closed")
    if odd := intake.odd_name(pooled.name):  # it came there before such names were refused
        raise odd
    phone = intake.dialled(pooled.customer_kind, given.phone)
    is_new = insert_once(
        session,
        Registration,
        distributor_id=terms.distributor_id,
        form_key=given.key,
        source="pool",
        product_line_id=pooled.product_line_id,
        customer_kind=pooled.customer_kind,
        name=pooled.name,
        name_key=pooled.name_key,
        credit_code=pooled.credit_code,
        contact_name=given.contact_name.strip(),
        phone=phone,
        region_code=pooled.region_code,
        note=given.note.strip(),
        currency=terms.currency,
        person_id=actor.person_id,
    )
    own = (Registration.distributor_id == terms.distributor_id, Registration.form_key == given.key)
    registration = session.scalars(select(Registration).where(*own)).one()
    if not is_new:
        raise Refused("registration.changed_meanwhile")
    states.enter(session, actor, registration, {"pooled": pooled.number or ""})
    figures, heard = queries.figures(session), partial(follow, session, actor)
    found = intake.answer(session, actor, registration, terms, figures, now, heard, source_rule="pool")
    outbox.post(session, f"registration.{found.outcome}", registration_id=registration.id)
    return found
