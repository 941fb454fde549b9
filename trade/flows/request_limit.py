from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import audit, clock, idempotency, settings
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.credit import ledger, requests
from trade.credit.models import LimitRequest
from trade.db import insert_once
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.money import rounded
from trade.notices import outbox

FARTHEST = timedelta(days=366)


@dataclass(frozen=True)
class LimitWish:
    """What a distributor needs on top of its limit, whole 分, until a last day. `key` names the form that was sent."""

    amount: Decimal
    until: date
    reason: str
    key: str = ""


@dataclass(frozen=True)
class SeenRequest:
    request_id: int
    version: int


def request_limit(session: Session, actor: Actor, given: LimitWish) -> int:
    """Ask for a temporary limit; finance decides. One request at a time; answers its id."""
    now = clock.now()
    today = clock.business_date(now)
    distributor = distributors.get_for(session, actor, actor.distributor_id or 0)
    distributors.refuse_paused(distributors.held_status(session, distributor.id))  # it could order nothing
    if given.until < today:
        raise Refused("credit.in_past", field="until")
    if given.until > today + FARTHEST:
        raise Refused("credit.too_far", days=FARTHEST.days, field="until")
    entity_id = distributors.default_legal_entity(session)
    account_id = ledger.get_account(session, distributor.id, entity_id)
    if given.key and not idempotency.is_first(session, f"limit-request-{distributor.id}-{given.key}"):
        return requests.of_distributor(session, actor, distributor.id)[0].id
    facts = {"account_id": account_id, "distributor_id": distributor.id, "amount": given.amount}
    facts |= {"until": given.until, "reason": given.reason, "person_id": actor.person_id}
    is_new = insert_once(session, LimitRequest, **facts, state="open", version=1, comment="", created_at=now)
    if not is_new:
        raise Refused("limit_request.open_already")
    request = requests.of_distributor(session, actor, distributor.id)[0]
    rules = settings.load(session, "credit.")
    kernel.open_request(
        session,
        actor,
        Ask(
            subject=requests.SUBJECT,
            subject_id=request.id,
            subject_version=1,
            distributor_id=distributor.id,
            amount=given.amount,
            reasons=[],
            now=now,
            decision_hours=int(rules["credit.decision_hours"]),
            escalation_hours=int(rules["credit.escalation_hours"]),
        ),
    )
    told = {"amount": str(rounded(given.amount)), "until": given.until.isoformat(), "reason": given.reason}
    audit.record(
        session, actor, "limit_request.opened", told, subject=requests.SUBJECT, subject_id=request.id
    )
    outbox.post(session, "limit_request.pending", limit_request_id=request.id)
    return request.id


def withdraw_limit_request(session: Session, actor: Actor, seen: SeenRequest) -> None:
    """Take a request back that nobody has decided about."""
    request = requests.get_for(session, actor, seen.request_id, is_locked=True)
    requests.move(session, actor, request, "withdraw", seen.version)
    _close(session, request, "withdrawn")


def expire_limit_request(session: Session, actor: Actor, seen: SeenRequest) -> None:
    """End a request that nobody decided in time; the limit stays as it is, and the distributor may ask again."""
    request = requests.get_for(session, actor, seen.request_id, is_locked=True)
    if request.state != "open" or request.version != seen.version:
        return
    requests.move(session, actor, request, "expire", seen.version)
    _close(session, request, "expired")
    outbox.post(session, "limit_request.expired", limit_request_id=request.id)


def _close(session: Session, request: LimitRequest, state: str) -> None:
    asked = kernel.find_open(session, requests.SUBJECT, request.id)
    if asked is not None:
        kernel.close(session, asked, state, asked.version)
