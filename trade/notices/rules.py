"""What is told how: the kinds of events, what people in a role usually want, and when they sleep."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

GROUPS = ("decisions", "orders", "deliveries", "returns", "money", "prices", "policies", "work", "security")
WAYS = ("off", "now", "daily")
PERSONAL = ("mail", "sms")  # channels that reach one person
TEAMS = ("wecom", "dingtalk", "feishu")
DIGEST_AT = time(8, 30)
DECISIONS = {
    "order.pending",
    "amendment.pending",
    "return.requested",
    "return.pending",
    "order.nudged",
    "limit_request.pending",
    "registration.queued",
    "registration.pending",
    "registration.appealed",
    "approval.added",
    "price_list.pending",
}
DELIVERIES = {"order.shipped", "order.allocated"}
OF_CHANNELS = {"system.message.dead", "system.message.late"}  # of what a channel did not take; others tell it
# Beginning of a topic: its group. What is named above goes before; what is named nowhere is work.
BEGINNINGS = {
    "order": "orders",
    "amendment": "orders",
    "approval": "decisions",
    "shipment": "deliveries",
    "return": "returns",
    "payment": "money",
    "credit": "money",
    "limit_request": "money",
    "debt": "money",
    "statement": "money",
    "invoice": "money",
    "price": "prices",
    "broadcast": "policies",
    "price_list": "prices",
    "account": "security",
    "registration": "orders",
    "opportunity": "orders",
}
# What concerns a distributor itself, so that its own webhook may hear of it.
SHARED = frozenset(
    {
        *("order.submitted", "order.held", "order.approved", "order.rejected", "order.returned"),
        *(
            "order.cancelled",
            "order.reduced",
            "order.expired",
            "order.shipped",
            "order.allocated",
            "order.amended",
        ),
        *("amendment.rejected", "amendment.expired", "order.remarked_by_admin", "payment.recorded"),
        "payment.proof_refused",
        *("shipment.received", "shipment.auto_receipt_near", "shipment.auto_received"),
        *("return.requested", "return.approved", "return.rejected", "return.returned", "return.credited"),
        *("credit.limit_changed", "credit.blocked", "credit.unblocked", "price.changed", "price.kept"),
        *("limit_request.approved", "limit_request.rejected", "limit_request.expired"),
        *("debt.due", "debt.overdue"),
        *("statement.issued", "statement.confirm_near", "statement.answered", "statement.settled"),
        *("broadcast.published", "broadcast.corrected", "broadcast.recalled", "broadcast.reminder"),
        "broadcast.replaced",
        *("statement.closed", "invoice.issued", "invoice.red_issued", "invoice.tax_noted"),
    }
)
_BUYING = {"orders": "now", "deliveries": "now", "returns": "now", "prices": "now", "policies": "now"}
_SELLING = {
    "orders": "daily",
    "deliveries": "off",
    "returns": "daily",
    "money": "daily",
    "prices": "daily",
    "policies": "daily",
}
_ALWAYS = {"decisions": "now", "security": "now", "work": "now"}
BY_ROLE: Mapping[str, Mapping[str, str]] = {
    "owner": {**_BUYING, "money": "now"},
    "buyer": _BUYING,
    "distributor_finance": {"money": "now", "prices": "daily", "policies": "daily"},
    "sales_rep": _SELLING,
    "sales_manager": _SELLING,
    "finance": {"money": "daily", "returns": "daily"},
    "warehouse": {"returns": "now", "deliveries": "daily"},
    "marketing": {"prices": "daily", "policies": "daily"},
    "administrator": {},
}
_SMS = {"security": "now"}  # the rest costs money, and is for each to switch on


def group_of(topic: str) -> str:
    """The kind of event, as people choose by it."""
    if topic in DECISIONS:
        return "decisions"
    return "deliveries" if topic in DELIVERIES else BEGINNINGS.get(topic.partition(".")[0], "work")


def is_urgent(topic: str) -> bool:
    """What does not wait for the morning: whether it was really you."""
    return group_of(topic) == "security"


def usual_way(role: str, group: str, kind: str) -> str:
    """How a person in a role is told as long as they say nothing else; roles made by a brand hear what waits."""
    if kind == "sms":
        return _SMS.get(group, "off")
    return _ALWAYS.get(group) or BY_ROLE.get(role, {}).get(group, "off")


def ways_of(role: str, wishes: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Per group and channel how a person is told; nobody can switch off by mail what protects their account."""
    found = {(group, kind): usual_way(role, group, kind) for group in GROUPS for kind in PERSONAL}
    found |= {key: way for key, way in wishes.items() if key in found}
    return found | {("security", "mail"): "now"}


def loudest(ways: list[str]) -> str:
    """Of several roles the one that hears most."""
    return max(ways, key=("off", "daily", "now").index, default="off")


def quiet_until(now: datetime, begins: int, ends: int, zone: ZoneInfo) -> datetime | None:
    """When a rest that has begun will be over; None while awake. The same minute twice is no rest at all."""
    here = now.astimezone(zone)
    minute = here.hour * 60 + here.minute
    is_resting = begins <= minute < ends if begins <= ends else minute >= begins or minute < ends
    if not is_resting:
        return None
    end = datetime.combine(here.date(), time(ends // 60, ends % 60), zone)
    return end if end > here else end + timedelta(days=1)


def next_digest(now: datetime, zone: ZoneInfo) -> datetime:
    """The next morning on which the day's small news goes out as one."""
    here = now.astimezone(zone)
    today = datetime.combine(here.date(), DIGEST_AT, zone)
    return today if today > here else today + timedelta(days=1)
