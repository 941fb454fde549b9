from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.approvals import kernel
from trade.approvals.kernel import Verdict
from trade.errors import Refused
from trade.notices import outbox
from trade.pricing import drafts, issue, lists, publication
from trade.pricing.issue import Terms

SUBJECT = "price_list"


@dataclass(frozen=True)
class PriceDecision:
    """What was decided about the draft that was seen; a no and a return say why."""

    draft_id: int
    version: int
    decision: str  # approve, reject, return
    comment: str = ""
    step: int | None = None  # of its approval, as it was seen


def decide_prices(session: Session, actor: Actor, given: PriceDecision) -> None:
    """Let a draft hold exactly as it was sent, checked once more, or give it back to those who prepare it."""
    draft = issue.get_asked(session, given.draft_id)
    found = lists.get_for(session, actor, draft.price_list_id)
    if not actor.may(Permission.PRICE_PUBLISH):
        raise Refused("access.denied")
    publication.lock(session, found)
    session.refresh(found)
    draft = issue.get_asked(session, given.draft_id)
    if found.archived_at is not None and given.decision == "approve":
        raise Refused("price_list.archived")
    request = kernel.get_open(session, actor, SUBJECT, draft.id, given.step)
    if draft.state != "open" or draft.asked_at is None or draft.version != given.version:
        raise Refused("price_draft.changed_meanwhile")
    verdict = Verdict(request.id, request.version, given.decision, given.comment)
    answer = kernel.decide(session, actor, request, verdict)
    if answer in kernel.WAITS:
        if answer == kernel.NEXT:
            outbox.post(session, "price_list.pending", price_list_id=draft.id, list=found.name)
        return
    if answer == "approved":
        terms = Terms(draft.valid_from or clock.today(), issue.spelled(draft.accepted), draft.note)
        facts = issue.let(session, found, draft, terms, actor.person_id, is_asked=True)
        audit.record(session, actor, "price.published", facts, subject="price_list", subject_id=found.id)
        outbox.post(session, "price.published", draft_id=draft.id, list_id=found.id)
    else:
        drafts.close(session, found.id, draft.version, "open", is_asked=True, asked_at=None, valid_from=None)
        told = {"code": found.code, "state": answer, "reason": given.comment}
        audit.record(session, actor, "price.sent_back", told, subject="price_list", subject_id=found.id)
    outbox.post(
        session,
        f"price_list.{answer}",
        person_id=request.applicant_id,
        list_id=found.id,
        list=found.name,
        comment=given.comment,
    )
