"""Where an opportunity stands, in the words of both faces."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade.opportunities.models import Opportunity, OpportunityEvent
from trade.opportunities.rules import AGES, ENDED, HANDED_OVER
from trade.orders.models import Order
from web.i18n import money

STAGES = {
    "contact": ("calm", _("First contact")),
    "need": ("calm", _("Need")),
    "quote": ("warn", _("Quoted")),
    "negotiation": ("warn", _("Negotiation")),
    "won": ("ok", _("Won")),
    "lost": ("danger", _("Lost (opportunity)")),
}
REASONS = {
    "price": _("The price was too high"),
    "competitor": _("A competitor got it"),
    "no_budget": _("The customer has no budget"),
    "delayed": _("Put off without a day"),
    "product": _("The product does not fit"),
    "other": _("Another reason"),
}
ENDINGS = {
    "released": _("The customer was let go"),
    "expired": _("The protection of the customer is over"),
    "rejected": _("The customer was not registered"),
    "withdrawn": _("The registration was taken back"),
}
ACTIONS = {
    "enter": _("Opportunity opened"),
    "edit": _("Facts changed"),
    "plan": _("Next step planned"),
    "follow_up": _("Followed up (opportunity)"),
    "issue": _("Quotation %(quotation)s issued"),
    "order": _("Quotation %(quotation)s put into an order"),
    "win": _("Won by order %(order)s (opportunity)"),
    "lose": _("Given up"),
    "close": _("Closed with the registration"),
}
WHEN = {
    "overdue": _("Expected before today"),
    "this": _("This month (forecast)"),
    "next": _("Next month"),
    "later": _("Later"),
}
WAYS = {
    "stage": _("By stage"),
    "distributor": _("By distributor"),
    "territory": _("By territory"),
    "age": _("By age"),
    "when": _("By month"),
}


def stage(code: str) -> tuple[str, str]:
    tone, words = STAGES[code]
    return tone, str(words)


def standing(opportunity: Opportunity) -> tuple[str, str]:
    return stood(opportunity.standing)


def stood(code: str) -> tuple[str, str]:
    """The same of what a record kept."""
    return ("calm", gettext("Passed on by an appeal")) if code == "handed_over" else stage(code)


def age(bucket: int) -> str:
    """How long ago it was opened: 0–14 days, 15–30 days, …, over 90 days."""
    if bucket >= len(AGES):
        return gettext("Over %(days)s days", days=AGES[-1])
    first = 0 if bucket == 0 else AGES[bucket - 1] + 1
    return gettext("%(first)s to %(last)s days", first=first, last=AGES[bucket])


def reason(opportunity: Opportunity) -> str:
    """Why it was lost, in one line."""
    if opportunity.lost_reason == HANDED_OVER:
        words = gettext("After a review by the brand another distributor has the customer")
    elif opportunity.lost_reason == ENDED:
        words = gettext("The customer is no longer registered for this distributor")
    else:
        words = str(REASONS.get(opportunity.lost_reason, opportunity.lost_reason))
    told = opportunity.lost_words
    return gettext("Because: %(reason)s (%(words)s)", reason=words, words=told) if told else words


def action(code: str, facts: Mapping[str, Any]) -> str:
    if code.startswith("to_"):
        return gettext("To %(stage)s", stage=stage(code.removeprefix("to_"))[1])
    if code.startswith("reopen"):
        _reopen, _line, at = code.partition("_")
        return gettext(
            "Order %(order)s was cancelled; it goes on: %(stage)s",
            order=facts.get("order") or "",
            stage=stage(at or "negotiation")[1],
        )
    words = str(ACTIONS.get(code, code))
    if "%(" not in words:
        return words
    return words % {"quotation": facts.get("quotation") or "", "order": facts.get("order") or ""}


def ordered(order: Order) -> str:
    """What became of a quotation that was ordered; one whose order was given up may be ordered again."""
    if order.approval_state == "cancelled":
        return gettext("order %(number)s was cancelled", number=order.number)
    if order.approval_state == "rejected":
        return gettext("order %(number)s was refused", number=order.number)
    return gettext("ordered as %(number)s", number=order.number)


def share(by: str, key: str, label: str) -> str:
    """What a line of a forecast is about."""
    if by == "stage":
        return stage(key)[1]
    if by == "age":
        return age(int(key))
    if by == "when":
        return str(WHEN[key])
    return label or gettext("Without a territory")


def amounts(
    opportunity: Opportunity, events: Sequence[tuple[OpportunityEvent, str | None]]
) -> list[tuple[str, str]]:
    """What it is worth, by name: of a won one what was ordered, beside what had been expected."""
    currency = opportunity.currency
    if opportunity.stage != "won":
        return [(gettext("Expected amount"), money(opportunity.amount, currency))]
    told = [(gettext("Amount of its order"), money(opportunity.amount, currency))]
    facts: Mapping[str, Any] = next((event.facts for event, _name in events if event.action == "win"), {})
    if facts.get("expected"):  # a win of former days kept its amount alone
        told.append((gettext("Expected amount"), money(Decimal(facts["expected"]), currency)))
    return told
