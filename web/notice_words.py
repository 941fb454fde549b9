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
    "import.done": _("%(file)s is written: %(count)s rows new or changed"),
    "import.failed": _("The import of %(file)s stopped; please look at it"),
    "stock.low": _("%(warehouse)s: %(count)s products fell below their level"),
    "shipment.received": _("%(distributor)s signed for %(shipment)s of order %(number)s"),
    "payment.recorded": _("%(distributor)s paid %(amount)s"),
    "distributor.assigned": _("%(distributor)s is yours to look after from %(day)s on"),
    "distributor.handed_over": _("%(distributor)s is looked after by someone else from %(day)s on"),
    "distributor.suspended": _("%(distributor)s is suspended: %(reason)s"),
    "distributor.ended": _("The business with %(distributor)s has ended: %(reason)s"),
    "distributor.resumed": _("The business with %(distributor)s goes on: %(reason)s"),
    "return.requested": _("%(distributor)s asks for return %(return)s of order %(number)s; please decide"),
    "return.pending": _("Return %(return)s of %(distributor)s waits for a decision too long; please decide"),
    "return.withdrawn": _("%(distributor)s withdrew return %(return)s"),
    "return.approved": _("Goods of return %(return)s come back from %(distributor)s"),
    "return.rejected": _("Return %(return)s was not accepted"),
    "return.returned": _("Return %(return)s was sent back to be corrected"),
    "return.credited": _("Return %(return)s of %(distributor)s is credited with %(credited)s"),
    "credit.limit_changed": _("The credit limit of %(distributor)s is now %(limit)s"),
    "credit.blocked": _("New orders of %(distributor)s are stopped: %(reason)s"),
    "credit.unblocked": _("%(distributor)s can order again"),
    "price.published": _("%(list)s holds from %(day)s on: %(count)s prices change"),
    "price.changed": _("Told that %(count)s prices change from %(day)s on"),
    "price.kept": _("Told that the prices announced before do not come"),
    "price.withdrawn": _("The prices of %(list)s that were to hold from %(day)s on do not come"),
    "order.amended": _("Order %(number)s was changed; it is now over %(amount)s"),
    "amendment.rejected": _("The change of order %(number)s was not accepted: %(comment)s"),
    "amendment.withdrawn": _("The change of order %(number)s of %(distributor)s was taken back"),
    "amendment.expired": _(
        "Nobody decided about the change of order %(number)s in time; the order stays as it is"
    ),
    "order.remarked_by_portal": _("%(distributor)s writes about order %(number)s: %(text)s"),
    "order.remarked_by_admin": _("The brand writes about order %(number)s: %(text)s"),
    "order.nudged": _("%(distributor)s urges order %(number)s; please answer"),
    "shipment.auto_receipt_near": _(
        "Parcel %(shipment)s of order %(number)s is taken as received on %(day)s; please report before if something"
        " is missing or damaged"
    ),
    "shipment.auto_received": _(
        "Parcel %(shipment)s of order %(number)s was taken as received, as nobody reported anything"
    ),
    "amendment.pending": _("A change of order %(number)s of %(distributor)s waits for your decision"),
}
SHORT = _("%(distributor)s signed for %(shipment)s of order %(number)s, %(missing)s missing")
AMOUNTS = ("amount", "limit", "credited")
# Key of the filter: words, and the beginnings of the topics that it shows.
KINDS = {
    "orders": (_("Orders"), ("order", "shipment", "amendment")),
    "returns": (_("Returns"), ("return",)),
    "money": (_("Money"), ("payment", "credit")),
    "prices": (_("Prices"), ("price",)),
    "other": (_("Other"), ("stock", "distributor", "person", "import")),
}


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


def kinds_of(key: str) -> tuple[str, ...]:
    """The topics of a filter; none for an unknown one."""
    return KINDS[key][1] if key in KINDS else ()
