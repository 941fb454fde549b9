from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Verdict
from trade.credit import limits, requests
from trade.credit.models import CreditAccount, LimitRequest
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import retest


@dataclass(frozen=True)
class LimitDecision:
    """What was decided about the request that was seen: as much as was asked for, or less, and no longer."""

    request_id: int
    version: int
    decision: str  # approve, reject
    comment: str = ""
    amount: Decimal | None = None
    until: date | None = None
    step: int | None = None  # of its approval, as it was seen


def decide_limit(session: Session, actor: Actor, given: LimitDecision) -> None:
    """Give the temporary limit that was asked for, or say why not; held orders are tested again."""
    request = requests.get_for(session, actor, given.request_id, is_locked=True)
    asked = kernel.get_open(session, actor, requests.SUBJECT, request.id, given.step)
    if request.version != given.version:
        raise Refused("limit_request.over")
    verdict = Verdict(asked.id, asked.version, given.decision, given.comment)
    answer = kernel.decide(session, actor, asked, verdict)
    if answer in kernel.WAITS:
        _refuse_less(request, given)
        if answer == kernel.NEXT:
            outbox.post(session, "limit_request.pending", limit_request_id=request.id)
        return
    if given.decision == "approve":
        _give(session, actor, request.id, given)
    else:
        requests.move(session, actor, request, "reject", given.version, comment=given.comment)
        outbox.post(session, "limit_request.rejected", limit_request_id=request.id, comment=given.comment)


def _refuse_less(request: LimitRequest, given: LimitDecision) -> None:
    """How much is given is said by whoever says the last yes; sooner it would be forgotten."""
    amount, until = given.amount or request.amount, given.until or request.until
    if (amount, until) != (request.amount, request.until):
        raise Refused("approval.last_decides", field="amount")


def _give(session: Session, actor: Actor, request_id: int, given: LimitDecision) -> None:
    request = requests.get_for(session, actor, request_id)
    amount, until, today = given.amount or request.amount, given.until or request.until, clock.today()
    if amount > request.amount:
        raise Refused("limit_request.more_than_asked", amount=request.amount, field="amount")
    if until < today:
        raise Refused("credit.in_past", field="until")
    account = limits.lock(session, request.account_id)
    wanted = limits.Given(account.id, amount, request.reason, today, until)
    limit_id, facts = limits.give(session, actor, wanted, account.effective_limit)
    requests.move(session, actor, request, "approve", given.version, comment=given.comment, limit_id=limit_id)
    _tell(session, actor, account, facts, limit_id)
    outbox.post(session, "limit_request.approved", limit_request_id=request.id, comment=given.comment)


def _tell(
    session: Session, actor: Actor, account: CreditAccount, facts: dict[str, str], limit_id: int
) -> None:
    distributor_id = account.distributor_id or 0
    event = "credit.limit_changed"
    audit.record(session, actor, event, facts, subject="distributor", subject_id=distributor_id)
    retest.call_for(session, distributor_id, f"limit-{limit_id}")
