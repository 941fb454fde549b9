from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.models import ApprovalRequest
from trade.notices import outbox


def escalate_approval(session: Session, actor: Actor, request_id: int) -> None:
    """Show a request that waits too long to the next level too."""
    request = session.scalar(
        select(ApprovalRequest).where(ApprovalRequest.id == request_id, ApprovalRequest.state == "open")
    )
    now = clock.now()
    if request is None or request.escalate_at is None or request.escalate_at > now:
        return
    hours = int(settings.load(session, "order.")["order.escalation_hours"])
    if kernel.escalate(session, request, now, hours):
        outbox.post(session, "order.pending", order_id=request.subject_id)
