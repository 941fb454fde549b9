from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals import kernel, succession
from trade.approvals.models import ApprovalRequest
from trade.notices import outbox


def escalate_approval(session: Session, actor: Actor, request_id: int) -> None:
    """Show a request that waits too long to the next level too, and never to nobody."""
    request = session.scalar(
        select(ApprovalRequest).where(ApprovalRequest.id == request_id, ApprovalRequest.state == "open")
    )
    now = clock.now()
    if request is None or request.escalate_at is None or request.escalate_at > now:
        return
    is_raised = kernel.escalate(session, request, now)
    session.refresh(request)
    if succession.find_another(session, request) or is_raised:
        about = {f"{request.subject}_id": request.subject_id}
        outbox.post(session, f"{request.subject}.pending", **about)
