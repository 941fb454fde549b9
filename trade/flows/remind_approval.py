from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.models import ApprovalRequest
from trade.notices import outbox


def remind_approval(session: Session, actor: Actor, request_id: int) -> None:
    """Tell those who are asked once more, as their policy says; once for each step."""
    request = session.scalar(
        select(ApprovalRequest).where(ApprovalRequest.id == request_id, ApprovalRequest.state == "open")
    )
    if request is None or request.remind_at is None or request.remind_at > clock.now():
        return
    kernel.change(session, request, request.version, remind_at=None)
    outbox.post(session, f"{request.subject}.pending", **{f"{request.subject}_id": request.subject_id})
