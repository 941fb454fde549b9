from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals import kernel, succession
from trade.approvals.models import ApprovalRequest
from trade.distributors.models import Distributor
from trade.notices import outbox


def escalate_approval(session: Session, actor: Actor, request_id: int) -> None:
    """Show a request that waits too long to the next level too, and never to nobody.

    Where nobody further is left to ask, who asked for it and those who keep the roles hear so, each time anew.
    One that waits for somebody whose days away begin finds who is there, however short it waits.
    """
    request = session.scalar(
        select(ApprovalRequest).where(ApprovalRequest.id == request_id, ApprovalRequest.state == "open")
    )
    if request is None:
        return
    now = clock.now()
    is_late = request.escalate_at is not None and request.escalate_at <= now
    is_raised = is_late and kernel.escalate(session, request, now)
    session.refresh(request)
    about = {f"{request.subject}_id": request.subject_id}
    if succession.find_another(session, request) or is_raised or is_late:
        outbox.post(session, f"{request.subject}.pending", **about)
    if is_late and not is_raised:
        company = select(Distributor.name).where(Distributor.id == request.distributor_id)
        title = request.title or session.scalar(company) or ""
        outbox.post(session, "approval.unanswered", request_id=request.id, title=title, **about)
