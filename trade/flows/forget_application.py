from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.applications import forgetting, queries
from trade.applications.models import Application
from trade.errors import Refused

OVER = ("declined", "withdrawn", "expired")  # a distributor's is forgotten with the distributor


@dataclass(frozen=True)
class ApplicantsWish:
    """Who asked for it and how, on the version that was seen."""

    application_id: int
    version: int
    reason: str


def forget_application(session: Session, actor: Actor, given: ApplicantsWish) -> None:
    """Overwrite the personal data of an applicant who became no distributor, for good; the audit keeps who did it."""
    application = queries.get_for(session, actor, given.application_id)
    if not actor.may(Permission.DISTRIBUTOR_FORGET):
        raise Refused("access.denied", keep={"application_id": application.id})
    if not given.reason.strip():
        raise Refused("applicant.field_needed", field="reason")
    if application.state not in OVER:
        raise Refused("applicant.not_over")
    if application.forgotten_at is not None:
        raise Refused("applicant.is_forgotten")
    turn = update(Application).where(
        Application.id == application.id,
        Application.version == given.version,
        Application.forgotten_at.is_(None),
    )
    now = clock.now()
    turn = (
        turn.values(forgotten_at=now).returning(Application.id).execution_options(synchronize_session=False)
    )
    if session.scalar(turn) is None:
        raise Refused("applicant.changed_meanwhile")
    files = forgetting.forget_applications(session, [application.id], now)
    forgetting.erase_later(session, files)
    facts = {"number": application.number, "files": len(files), "how": given.reason.strip()}
    audit.record(
        session, actor, "application.forgotten", facts, subject="application", subject_id=application.id
    )
