"""Events for another program: JSON, signed by the rules of standardwebhooks.com."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook

from ops.channels.posting import judged, post, stamp
from press.notice_words import outside
from trade import clock
from trade.notices.channels import Way
from trade.notices.dispatches import Item, Outcome

# What may leave: numbers and names of documents, never a phone, a cost or an internal note.
DATA = frozenset(
    {
        *("order_id", "number", "amount", "currency", "distributor", "distributor_id", "shipment"),
        *("shipment_id", "carrier", "tracking_number", "payment", "payment_id", "return", "return_id"),
        *("statement", "statement_id", "month", "closing", "invoice", "invoice_id", "tax_number", "corrects"),
        *("credited", "limit", "day", "count", "missing", "draft_id", "list", "comment", "reason"),
    }
)


def send(way: Way, key: str, item: Item) -> Outcome:
    """Send one event; while a secret is being exchanged it is signed by both."""
    secrets, now = way.secrets(), clock.now()
    body = content(key, item)
    signatures = " ".join(Webhook(secret).sign(key, now, body) for secret in signing(secrets, now))
    headers = {"webhook-id": key, "webhook-timestamp": stamp(now), "webhook-signature": signatures}
    return judged(post(secrets["address"], body.encode(), headers, may_be_plain=way.may_be_private))


def content(key: str, item: Item) -> str:
    """The event as docs/channels.md describes it."""
    facts = outside(item.facts)
    event: dict[str, Any] = {
        "id": key,
        "type": item.topic,
        "time": item.at.isoformat(timespec="seconds"),
        "data": {name: value for name, value in facts.items() if name in DATA and value is not None},
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def signing(secrets: Mapping[str, str], now: datetime) -> list[str]:
    """The present secret, and the one before it as long as both hold."""
    until = secrets.get("before_until")
    both = bool(until) and datetime.fromisoformat(str(until)) > now
    return [secrets["secret"], *([secrets["before"]] if both else [])]
