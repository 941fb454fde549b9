"""What orders, parcels and refusals are called on the distributor's side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import g
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from trade.fulfilment.queries import Count
from trade.orders import queries
from trade.orders.models import Order
from trade.orders.queries import Rest, Row, Told
from web import amending
from web.behalf import who
from web.i18n import moment, money, quantity
from web.units import counted

Reason = Mapping[str, Any]
STATES = {
    "draft": ("calm", _("Cart")),
    "held": ("warn", _("Held")),
    "pending": ("warn", _("Awaiting approval")),
    "returned": ("warn", _("Returned")),
    "approved": ("ok", _("Approved")),
    "rejected": ("danger", _("Not approved")),
    "cancelled": ("calm", _("Cancelled")),
}
STEPS = {"to_ship": _("To be shipped"), "to_receive": _("To be received"), "done": _("Received")}
STAGES = (_("Submission"), _("Approval"), _("Shipping"), _("Receipt"))
CAME_BACK = {
    "return": _("Returned to you: change it and submit again"),
    "withdraw": _("You took it back: change it and submit again"),
    "expire": _("Not decided in time: you can submit it again"),
}
UNDECIDED = {
    "rejected": _("Not approved"),
    "cancelled": _("Cancelled"),
    "draft": _("Not submitted yet"),
}


def is_over(order: Order, parcels: Count) -> bool:
    """Whether nothing more is to come: all is shipped or cancelled, and every parcel is signed for, if short."""
    if order.approval_state != "approved" or order.fulfilment != "complete":
        return False
    return order.receipt == "complete" or 0 < parcels.parcels <= parcels.received


def badge(order: Order, parcels: Count) -> tuple[str, Any]:
    """Tone and word for where an order stands."""
    if order.approval_state != "approved":
        return STATES[order.approval_state]
    if is_over(order, parcels):
        return "ok", STEPS["done"]
    if order.fulfilment == "complete":
        return "info", STEPS["to_receive"]
    if order.fulfilment == "partial":
        return "info", _("Partly shipped")
    return "ok", STEPS["to_ship"]


@dataclass(frozen=True)
class Back:
    """How an order came back to its buyer, or was not approved: what, why, who and when."""

    action: str
    title: str
    meta: str


def came_back(events: Sequence[Told]) -> Back | None:
    """The last time that an order came back, told with the reason that was given."""
    told = next((each for each in events if each.event.action in queries.CAME_BACK), None)
    if told is None:
        return None
    action, comment = told.event.action, str(told.event.facts.get("comment") or "")
    title = gettext("Returned: %(comment)s", comment=comment) if comment else str(CAME_BACK[action])
    return Back(action, title, _who_and_when(told))


def headline(order: Order, parcels: Count, rest: Rest, came_back: str = "") -> str:
    """The answer to "where is it", before any number."""
    if order.approval_state == "held":
        return held_words(order.reasons)
    if order.approval_state == "pending":
        if order.decide_by is None:
            return gettext("Awaiting approval")
        return gettext("Waiting for approval, decided by %(moment)s", moment=moment(order.decide_by))
    if order.approval_state == "returned":
        return str(CAME_BACK[came_back or "return"])
    if order.approval_state in UNDECIDED:
        return str(UNDECIDED[order.approval_state])
    words = _under_way(order, parcels)
    if rest.unreceived and is_over(order, parcels) and parcels.parcels:
        many = counted(rest.unreceived, rest.unit) if rest.unit else counted(rest.unreceived, "piece")
        words = gettext("Received, %(missing)s missing", missing=many)
    return gettext("%(words)s; the rest is cancelled", words=words) if rest.cancelled else words


def answer(row: Row, parcels: Count) -> tuple[str, tuple[str, Any]]:
    """What is to be known about an order in a list beyond its badge, and the badge."""
    words, said = headline(row.order, parcels, row.rest, row.came_back), badge(row.order, parcels)
    is_plain = is_over(row.order, parcels) and not row.rest.unreceived and not row.rest.cancelled
    return "" if is_plain or words == str(said[1]) else words, said


def stage(order: Order, parcels: Count) -> int | None:
    """Which of STAGES is the present one; past the end when all is done, None when it ended otherwise."""
    if order.approval_state in {"rejected", "cancelled"}:
        return None
    if order.approval_state != "approved":
        return 1
    if is_over(order, parcels):
        return 4
    return 3 if order.fulfilment == "complete" else 2


def stages(order: Order, parcels: Count) -> list[Any]:
    """The stages by name; the present one by what the order waits for, so that it never reads as done."""
    here = stage(order, parcels)
    waits_for = badge(order, parcels)[1]
    return [waits_for if at == here else words for at, words in enumerate(STAGES)]


def held_words(reasons: Sequence[Reason]) -> str:
    """Why an order is held, as its headline."""
    codes = {reason["code"] for reason in reasons}
    if is_stopped(reasons):
        return gettext("Held: the brand has stopped new orders")
    if "credit.overdue" in codes:
        return gettext("Held until the overdue amount is paid")
    if "credit.unpaid" in codes:
        return gettext("Held until it is paid in advance")
    if "credit.over_limit" in codes:
        return gettext("Held: over the credit limit")
    if "stock.short" in codes:
        return gettext("Held until the goods are there")
    return gettext("Held: credit is stopped at present")


def is_stopped(reasons: Sequence[Reason]) -> bool:
    """Whether somebody of the brand has stopped the orders, which no payment changes by itself."""
    return any(reason["code"] == "credit.manual" for reason in reasons)


def held_next(reasons: Sequence[Reason], rep_name: str | None) -> str:
    """What a held order waits for, and what happens then."""
    if is_stopped(reasons):
        if g.actor.on_behalf_of:
            return gettext("It waits until finance lifts the stop.")
        if rep_name:
            return gettext(
                "Please ask %(name)s, your sales representative; it waits until then.", name=rep_name
            )
        return gettext("Please ask your sales representative; it waits until then.")
    if any(not reason["code"].startswith("credit.") for reason in reasons):
        return gettext("When the credit is there, a person still has to approve it.")
    return gettext("It goes on by itself as soon as the credit is there.")


def reason_words(reason: Reason, currency: str = "CNY") -> str:
    """One reason why an order waits, in a sentence without its full stop."""
    code = reason["code"]
    if code == "credit.over_limit":
        return gettext("%(over)s over your available credit", over=money(Decimal(reason["over"]), currency))
    if code == "credit.unpaid":
        missing = money(Decimal(reason["missing"]), currency)
        return gettext("%(missing)s is to be paid in advance", missing=missing)
    if code == "stock.short":
        short = ", ".join(f"{each['sku']}" for each in reason["lines"])
        return gettext("the credit is enough; not enough goods are there: %(skus)s", skus=short)
    if code == "credit.overdue":
        return gettext("an overdue amount stops new orders")
    if code == "credit.manual":
        return gettext("the brand has stopped new orders of your company for the time being")
    if code.startswith("credit."):
        return gettext("credit is stopped at present; your sales representative can tell why")
    if code == "order.first":
        return gettext("the first order is looked at by a person")
    if code == "order.large":
        return gettext(
            "orders above %(above)s are looked at by a person",
            above=money(Decimal(reason["above"]), currency),
        )
    if code == "order.unauthorised":
        return gettext("outside your authorisation: %(skus)s", skus=", ".join(reason["skus"]))
    return gettext("a person looks at this order")


def problem_words(problem: Reason, unit: str, factor: int) -> str:
    """What is wrong with a line, and what would be right."""
    code = problem["code"]
    if code == "sku.not_visible":
        return gettext("No longer available to you; please take it out")
    if code == "sku.no_price":
        return gettext("No price for you today; please take it out or ask your sales representative")
    if code == "sku.below_moq":
        return gettext("Sold from %(least)s on", least=counted(problem["moq"], unit))
    if code == "sku.off_multiple":
        below, above = quantity(problem["below"]), quantity(problem["above"])
        each = counted(problem["multiple"], unit)
        if below == above:
            return gettext("Sold in steps of %(each)s: enter %(above)s", each=each, above=above)
        return gettext(
            "Sold in steps of %(each)s: enter %(below)s or %(above)s", each=each, below=below, above=above
        )
    left = problem["available"] // factor
    if left:
        return gettext("Only %(left)s left; please order at most that", left=counted(left, unit))
    return gettext("Out of stock; please take it out for now")


def story(events: Sequence[Told], currency: str) -> list[tuple[str, str, str]]:
    """The history of an order as rows of a journey, newest first."""
    rows = []
    for at, told in enumerate(events):
        before = events[at + 1].event.state if at + 1 < len(events) else "draft"
        words = _event_words(told, before, currency)
        rows.append((words, _who_and_when(told), "now" if at == 0 else ""))
    return rows


def _who_and_when(told: Told) -> str:
    name = who(told.person_name, told.on_behalf_name) if told.person_name else gettext("System")
    return f"{moment(told.event.at)} · {name}"


def _under_way(order: Order, parcels: Count) -> str:
    if is_over(order, parcels):
        if not parcels.parcels:
            return gettext("Completed")
        return ngettext("%(num)s parcel, received", "%(num)s parcels, all received", parcels.parcels)
    if not parcels.parcels:
        return gettext("To be shipped")
    moving = parcels.parcels - parcels.received
    if not parcels.received:
        return ngettext("%(num)s parcel on its way", "%(num)s parcels on their way", moving)
    if not moving:
        return ngettext(
            "%(num)s parcel received, the rest is to come",
            "%(num)s parcels received, the rest is to come",
            parcels.received,
        )
    return gettext(
        "%(all)s parcels: %(received)s received, %(moving)s on the way",
        all=parcels.parcels,
        received=parcels.received,
        moving=moving,
    )


def _event_words(told: Told, before: str, currency: str) -> str:
    event = told.event
    facts = event.facts
    if event.action == "accept":
        if before == "held":
            return gettext("Released: the credit is enough now")
        return gettext("Submitted; passed at once: within credit, in stock")
    if event.action in {"hold", "ask"}:
        because = " · ".join(reason_words(each, currency) for each in facts.get("reasons", ()))
        if event.action == "hold":
            return gettext("Submitted and held: %(because)s", because=because)
        return gettext("Submitted, a person decides: %(because)s", because=because)
    if event.action == "ship":
        return gettext(
            "A parcel left: %(carrier)s %(number)s",
            carrier=facts.get("carrier", ""),
            number=facts.get("tracking_number", ""),
        )
    if event.action == "receive":
        number, missing = facts.get("shipment", ""), facts.get("missing", 0)
        if missing:
            return gettext("Parcel %(number)s received, %(missing)s missing", number=number, missing=missing)
        return gettext("Parcel %(number)s received", number=number)
    if event.action == "amend":
        return gettext("Order changed: %(what)s", what=amending.told(facts, currency))
    if event.action == "receive_alone":
        return gettext(
            "Parcel %(number)s received by itself, as nobody reported anything",
            number=facts.get("shipment", ""),
        )
    if event.action == "cancel_rest" and (gone := facts.get("lines")):
        what = ", ".join(str(each["name"]) for each in gone)
        return gettext(
            "A part was cancelled: %(what)s, %(amount)s less",
            what=what,
            amount=money(Decimal(str(facts["gross"])), currency),
        )
    return _decided(event.action, str(facts.get("comment") or ""))


def _decided(action: str, comment: str) -> str:
    words = {
        "approve": gettext("Approved"),
        "return": gettext("Returned to you"),
        "reject": gettext("Not approved"),
        "withdraw": gettext("Taken back; nothing is held for it"),
        "expire": gettext("No decision in time; credit and stock were given back"),
        "cancel_rest": gettext("What was not shipped is cancelled"),
        "cancel": gettext("Cancelled"),
        "give_up": gettext("Given up"),
        "allocate": gettext("Goods that it waited for are reserved"),
        "shift": gettext("Leaves from another warehouse"),
    }.get(action, gettext("Changed"))
    return f"{words}: {comment}" if comment else words
