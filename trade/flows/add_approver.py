from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.approvals import inbox, kernel
from trade.errors import Refused
from trade.notices import outbox
from trade.people.queries import names_of


@dataclass(frozen=True)
class OneMore:
    """Whose yes is wanted too, about the request as it was seen, and why."""

    request_id: int
    version: int
    person_id: int
    comment: str = ""


def add_approver(session: Session, actor: Actor, given: OneMore) -> None:
    """Ask one more person before a step is done (加签); who asks still has to decide too."""
    item = inbox.get_for(session, actor, given.request_id)
    request = kernel.get_open(session, actor, item.request.subject, item.request.subject_id)
    if request.id != given.request_id or request.version != given.version:
        raise Refused("approval.changed_meanwhile")
    kernel.add_turn(session, actor, request, given.person_id, given.comment)
    facts = {"person_id": given.person_id, "reason": given.comment, "what": request.title}
    audit.record(session, actor, "approval.added", facts, subject="approval_request", subject_id=request.id)
    outbox.post(
        session,
        "approval.added",
        request_id=request.id,
        person_id=given.person_id,
        name=names_of(session, {actor.person_id}).get(actor.person_id or 0, ""),
        title=request.title or item.distributor_name or "",
        comment=given.comment,
    )
