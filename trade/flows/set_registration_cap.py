from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor, Permission
from trade.db import insert_once
from trade.distributors.models import Tier
from trade.errors import Refused
from trade.registrations.models import RegistrationCap


@dataclass(frozen=True)
class Cap:
    """How many registrations a tier's distributors may have at a time; None: as the setting says."""

    tier_id: int
    most: int | None
    version: int | None = None  # of the number that was seen


def set_registration_cap(session: Session, actor: Actor, given: Cap) -> None:
    """Give a tier its own number of registrations; who has more keeps them, and registers none until it has fewer."""
    if not actor.may(Permission.REGISTRATION_MANAGE):
        raise Refused("access.denied", keep={"tier": given.tier_id})
    tier = session.scalar(select(Tier).where(Tier.id == given.tier_id, Tier.archived_at.is_(None)))
    if tier is None:
        raise Refused("registration.not_found")
    known = session.scalar(select(RegistrationCap).where(RegistrationCap.tier_id == tier.id))
    before = known.most if known else None
    if (known.version if known else None) != given.version:
        raise Refused("registration.changed_meanwhile")
    if before == given.most:
        return
    if known is None:
        if not insert_once(session, RegistrationCap, tier_id=tier.id, most=given.most, version=1):
            raise Refused("registration.changed_meanwhile")
    else:
        _change(session, known, given.most)
    told = {"tier": tier.name, "before": before, "after": given.most}
    audit.record(
        session, actor, "registration.cap_changed", told, subject="registration_cap", subject_id=tier.id
    )


def _change(session: Session, known: RegistrationCap, most: int | None) -> None:
    mine = (RegistrationCap.id == known.id, RegistrationCap.version == known.version)
    if most is None:
        gone = delete(RegistrationCap).where(*mine).returning(RegistrationCap.id)
        done = session.scalar(gone.execution_options(synchronize_session=False))
    else:
        set_ = update(RegistrationCap).where(*mine).values(most=most, version=known.version + 1)
        done = session.scalar(set_.returning(RegistrationCap.id).execution_options(synchronize_session=False))
    if done is None:
        raise Refused("registration.changed_meanwhile")
