"""What a notice says: the topic finds the sentence, the facts frozen at delivery fill it."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _

from web.i18n import money

SENTENCES = {
    "order.submitted": _("%(distributor)s sent order %(number)s over %(amount)s"),
    "order.held": _("Order %(number)s of %(distributor)s over %(amount)s waits for credit"),
    "order.pending": _("Order %(number)s of %(distributor)s over %(amount)s waits for your decision"),
    "order.approved": _("Order %(number)s over %(amount)s is approved"),
    "order.rejected": _("Order %(number)s was declined: %(comment)s"),
    "order.returned": _("Order %(number)s came back for correction: %(comment)s"),
    "order.expired": _("Nobody decided about order %(number)s in time; it can be submitted again"),
    "order.cancelled": _("What was not yet shipped of order %(number)s is cancelled"),
    "order.shipped": _("Goods of order %(number)s are on the way: %(carrier)s %(tracking_number)s"),
    "order.allocated": _("Goods that order %(number)s waited for are reserved"),
    "stock.low": _("%(warehouse)s: %(count)s products fell below their level"),
    "shipment.received": _("%(distributor)s signed for %(shipment)s of order %(number)s"),
    "payment.recorded": _("Your payment of %(amount)s has arrived"),
    "credit.limit_changed": _("The credit limit is now %(limit)s"),
    "credit.blocked": _("The brand has paused your new orders: %(reason)s"),
    "credit.unblocked": _("New orders are possible again"),
}
SHORT = _("%(distributor)s signed for %(shipment)s of order %(number)s, %(missing)s missing")
AMOUNTS = ("amount", "limit")


def say(topic: str, facts: Mapping[str, Any]) -> str:
    """Put a notice into the reader's language; a fact that is missing is left out, never an error."""
    known: defaultdict[str, str] = defaultdict(str)
    known |= {name: _spelled(name, value, facts) for name, value in facts.items() if value is not None}
    sentence = SHORT if topic == "shipment.received" and facts.get("missing") else SENTENCES.get(topic)
    return topic if sentence is None else (str(sentence) % known).strip(" :：")


def _spelled(name: str, value: object, facts: Mapping[str, Any]) -> str:
    if name in AMOUNTS:
        return money(Decimal(str(value)), str(facts.get("currency") or "CNY"))
    return str(value)
