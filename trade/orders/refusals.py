"""Why an order that has its credit is not let go all the same."""

from collections.abc import Mapping
from decimal import Decimal

from trade.credit.ledger import Answer
from trade.errors import Refused
from trade.orders.models import Order


def of(order: Order, answer: Answer) -> Refused:
    """The refusal of a release, with the decision that must outlive it."""
    kept = kept_with(order, answer)
    if answer.outcome == "blocked":
        return Refused(f"release.{answer.blocked_reason}", keep=kept)
    over = answer.used - answer.effective_limit
    return Refused("release.over_limit", keep=kept, over=over, currency=order.currency)


def kept_with(order: Order, answer: Answer) -> dict[str, object]:
    """What outlives the refusal of a check: the decision with its figures."""
    figures = {
        "account_id": answer.account_id,
        "outcome": answer.outcome,
        "blocked": answer.blocked_reason or "",
    }
    return {"order_id": order.id, **answer.facts, "decision": figures | answer.facts}


def decided(kept: Mapping[str, object]) -> tuple[int, Answer] | None:
    """The decision that a refusal brought along, as it is to be kept; with the order that it was about."""
    found, order_id = kept.get("decision"), kept.get("order_id")
    if not isinstance(found, dict) or not isinstance(order_id, int):
        return None
    amount, used, limit = (Decimal(found[name]) for name in ("amount", "used", "limit"))
    blocked = str(found["blocked"]) or None
    return order_id, Answer(str(found["outcome"]), int(found["account_id"]), amount, used, limit, blocked)
