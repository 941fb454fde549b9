from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.applications import forgetting, states
from trade.applications.models import Application


@dataclass(frozen=True)
class DueApplication:
    application_id: int
    version: int


def expire_application(session: Session, actor: Actor, given: DueApplication) -> None:
    """End a draft, or an application to be corrected, that nobody touched until its day; a later touch keeps it.

    What was never sent was never the brand's: its personal data go with the draft, and its link tells that it is over.
    """
    wanted = select(Application).where(Application.id == given.application_id).with_for_update()
    application = session.scalar(wanted.execution_options(populate_existing=True))
    if application is None or application.version != given.version:
        return
    if states.allows(application, "expire") and application.expires_at <= clock.now():
        states.move(session, actor, application, "expire", given.version)
        forgetting.forget_unsent(session, application)
