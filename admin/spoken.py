"""States, reasons and deeds in words, with the tone in which the look shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade import clock
from trade.actor import Permission
from web import amending
from web.behalf import who
from web.i18n import amount, day, moment, money, quantity
from web.price_words import KINDS
from web.units import counted, packed, unit_word

__all__ = ["counted", "packed", "unit_word", "who"]  # the templates say them too
Toned = tuple[str, str]  # tone, words
SOON = timedelta(hours=6)
STATES = {
    "held": ("danger", _("Held")),
    "pending": ("warn", _("Waiting for a decision")),
    "returned": ("warn", _("Returned")),
    "approved": ("ok", _("Approved")),
    "rejected": ("calm", _("Rejected")),
    "cancelled": ("calm", _("Cancelled")),
}
FULFILMENT = {
    "open": ("calm", _("Not shipped")),
    "partial": ("info", _("Partly shipped")),
    "complete": ("ok", _("Shipped")),
}
RECEIPT = {
    "open": ("calm", _("Not received")),
    "partial": ("info", _("Partly received")),
    "complete": ("ok", _("Received")),
}
PARCELS = {"shipped": ("info", _("On its way")), "received": ("ok", _("Signed for"))}
STATUSES = {
    "prospect": ("info", _("Prospect")),
    "active": ("ok", _("Active")),
    "suspended": ("warn", _("Suspended")),
    "ended": ("calm", _("Ended")),
}
STOCK = {"plenty": ("ok", _("Plenty")), "low": ("warn", _("Low")), "out": ("danger", _("Out of stock"))}
TERMS = {
    "monthly": _("Monthly account"),
    "delivery": _("On delivery"),
    "advance": _("In advance"),
}
BACK_ORDERS = {
    "refuse": _("Refuse what is short"),
    "wait": _("Wait for the whole line"),
    "partial": _("Send what is there"),
}
MOVEMENTS = {
    "count": _("Stock count"),
    "reserve": _("Reserved for an order"),
    "release": _("Given back"),
    "issue": _("Shipped"),
    "transfer_out": _("Sent to another warehouse"),
    "transfer_in": _("Came from another warehouse"),
    "return": _("Came back"),
    "restock": _("Put back from quarantine"),
    "scrap": _("Thrown away"),
}
LIMIT_REQUESTS = {
    "open": ("warn", _("To be decided")),
    "approved": ("ok", _("Given")),
    "rejected": ("danger", _("Refused")),
    "withdrawn": ("calm", _("Taken back")),
    "expired": ("calm", _("Not decided in time")),
}
BLOCKS = {
    "manual": _("Blocked by hand"),
    "overdue": _("Blocked: overdue"),
    "on": _("Blocked by hand"),
    "auto": _("Blocked only when overdue"),
    "off": _("Never blocked"),
}
LIMIT_KINDS = {"base": _("Base limit"), "temporary": _("Temporary limit")}
DEEDS = {
    "edit": _("Lines changed"),
    "accept": _("Submitted and approved at once"),
    "hold": _("Submitted and held"),
    "ask": _("Submitted for a decision"),
    "cancel": _("Cancelled"),
    "withdraw": _("Withdrawn by the distributor"),
    "give_up": _("Given up by the distributor"),
    "return": _("Returned for correction"),
    "reject": _("Rejected"),
    "approve": _("Approved"),
    "expire": _("Nobody decided in time; credit and stock were given back"),
    "ship": _("Shipped a part"),
    "receive": _("Signed for"),
    "cancel_rest": _("Cancelled what was not shipped"),
    "amend": _("Order changed"),
    "receive_alone": _("Received by itself: nobody reported anything"),
    "allocate": _("Waiting goods reserved"),
    "shift": _("Another warehouse keeps a part"),
}
EVENT_KINDS = {
    "distributor": _("Distributors"),
    "master": _("Master data"),
    "login": _("Signing in"),
    "factor": _("Second factors"),
    "passkey": _("Passkeys"),
    "access": _("Denied access"),
    "person": _("People"),
    "password": _("Passwords"),
    "credit": _("Credit"),
    "payment": _("Payments"),
    "setting": _("Settings"),
    "order": _("Orders"),
    "import": _("Imports"),
    "list": _("Exports"),
}
EVENTS = {
    "distributor.standing_withdrawn": _("Planned change withdrawn"),
    "distributor.contact_added": _("Contact added"),
    "distributor.address_added": _("Address added"),
    "contact.edited": _("Contact changed"),
    "contact.archived": _("Contact laid aside"),
    "address.edited": _("Address changed"),
    "address.archived": _("Address laid aside"),
    "authorisation.ended": _("Authorisation ended"),
    "master.archived": _("Master data archived"),
    "master.restored": _("Master data offered again"),
    "access.denied": _("Access denied"),
    "login.succeeded": _("Signed in"),
    "login.half": _("Password right, second factor awaited"),
    "factor.wrong": _("Wrong code of the second factor"),
    "factor.unreadable": _("Code that could not be checked"),
    "factor.set_up": _("Second factor set up"),
    "factor.codes_renewed": _("New recovery codes"),
    "factor.ended": _("Second factor turned off"),
    "factor.cleared": _("Second factor taken by an administrator"),
    "passkey.added": _("Passkey added"),
    "passkey.renamed": _("Passkey renamed"),
    "passkey.removed": _("Passkey removed"),
    "passkey.wrong": _("Passkey that could not be checked"),
    "passkey.unknown": _("Passkey that is not known"),
    "passkey.of_another": _("Passkey of another person"),
    "passkey.copied": _("Passkey refused as a copy"),
    "session.others_revoked": _("Signed out on all other devices"),
    "login.ended": _("Signed out"),
    "login.wrong": _("Wrong name or password"),
    "login.too_many": _("Too many wrong passwords; signing in pauses"),
    "login.no_membership": _("Signing in without a role"),
    **dict.fromkeys(
        ("login.company_ended", "login.company_ended_call"), _("Login after the end of the business")
    ),
    "person.admitted": _("Login given"),
    "password.wrong": _("Wrong current password"),
    "import.done": _("Import done"),
    "membership.switched": _("Changed the role"),
    "password.changed": _("Password changed"),
    "password.reset": _("New password given"),
    "person.created": _("Person added"),
    "person.activated": _("Person let in again"),
    "person.deactivated": _("Person shut out"),
    "role.beyond_own": _("Tried to give rights beyond their own"),
    "credit.limit_changed": _("Credit limit changed"),
    "credit.exceeded": _("Order approved beyond the limit"),
    "credit.group_limit_changed": _("Limit of a credit group changed"),
    "limit_request.opened": _("Temporary limit asked for"),
    "limit_request.approved": _("Temporary limit given"),
    "limit_request.rejected": _("Temporary limit refused"),
    "limit_request.withdrawn": _("Request for a temporary limit taken back"),
    "limit_request.expired": _("Request for a temporary limit not decided in time"),
    "release.overdue": _("Not let go: something is overdue"),
    "release.manual": _("Not let go: credit is blocked by hand"),
    "release.over_limit": _("Not let go: over the limit"),
    "credit.blocked": _("New orders stopped"),
    "credit.unblocked": _("New orders allowed again"),
    "credit.exempted": _("Never paused for what is overdue"),
    "payment.recorded": _("Payment recorded"),
    "setting.changed": _("Setting changed"),
    "list.exported": _("List exported"),
}
AMENDMENTS = {
    "pending": ("warn", _("Waiting for a decision")),
    "applied": ("ok", _("Applied")),
    "rejected": ("calm", _("Rejected")),
    "withdrawn": ("calm", _("Taken back")),
    "expired": ("calm", _("Not decided in time")),
}
DECISIONS = {
    "approve": _("Approved"),
    "return": _("Returned for correction"),
    "reject": _("Rejected"),
    "add": _("Asked one more person"),
}
REQUESTS = {
    "open": ("warn", _("Waiting for a decision")),
    "approved": ("ok", _("Approved")),
    "rejected": ("calm", _("Rejected")),
    "returned": ("warn", _("Returned for correction")),
    "expired": ("calm", _("Not decided in time")),
    "withdrawn": ("calm", _("Taken back")),
}
TURNS = {
    "open": ("warn", _("To be said")),
    "approved": ("ok", _("Said yes")),
    "skipped": ("calm", _("Skipped: said yes before")),
    "ended": ("calm", _("No longer needed")),
}


def state(code: str) -> Toned:
    return _toned(STATES, code)


def fulfilment(code: str) -> Toned:
    return _toned(FULFILMENT, code)


def receipt(code: str) -> Toned:
    return _toned(RECEIPT, code)


def parcel(code: str) -> Toned:
    return _toned(PARCELS, code)


def amendment(code: str) -> Toned:
    return _toned(AMENDMENTS, code)


def asked(code: str) -> Toned:
    return _toned(REQUESTS, code)


def turn(code: str) -> Toned:
    return _toned(TURNS, code)


def status(code: str) -> Toned:
    return _toned(STATUSES, code)


def stock(word: str) -> Toned:
    return _toned(STOCK, word)


class Paid(Protocol):
    """A standing, or an order that froze one."""

    terms: Any
    terms_days: Any
    advance_percent: Any


def terms(paid: Paid) -> str:
    """Say when is to be paid: 月结 30 天, 预付 30%."""
    code, days, share = paid.terms, paid.terms_days, paid.advance_percent
    if code == "monthly" and days:
        return gettext("%(terms)s, %(days)s days", terms=TERMS[code], days=days)
    if code == "advance" and 0 < share < 100:
        return gettext("%(share)s%% in advance, the rest in %(days)s days", share=share, days=days or 0)
    return str(TERMS.get(code or "", code or ""))


def word(table: Mapping[str, Any], code: str) -> str:
    """Find the words for a code; an unknown code speaks for itself."""
    return str(table.get(code, code))


def each_of(turns: Sequence[Sequence[str]]) -> str:
    """Everybody who has to say yes: of one turn anybody, so "Wang or Li, and Chen"."""
    said = [gettext(" or ").join(names) or gettext("nobody") for names in turns]
    return gettext(", and ").join(said)


def reason(fact: Mapping[str, Any], currency: str = "CNY") -> Toned:
    """Why a person must decide, or why an order is held, short enough for a badge."""
    code = str(fact.get("code", ""))
    if code == "order.first":
        return "info", gettext("First order")
    if code == "order.large":
        above = money(Decimal(str(fact.get("above", "0"))), currency)
        return "warn", gettext("Larger than %(amount)s", amount=above)
    if code == "amendment.asked_for":
        return "info", gettext("The distributor asks")
    if code == "order.unauthorised":
        return "warn", gettext("Outside the authorisation: %(skus)s", skus=", ".join(fact.get("skus", ())))
    if code == "credit.over_limit":
        return "danger", _over(fact, currency)
    if code == "stock.short":
        skus = ", ".join(str(each["sku"]) for each in fact.get("lines", ()))
        return "danger", gettext("Goods are short: %(skus)s", skus=skus)
    if code == "credit.manual":
        return "danger", gettext("Credit is blocked by hand")
    if code == "credit.overdue":
        return "danger", gettext("Something is overdue")
    if code == "credit.unpaid":
        missing = money(Decimal(str(fact.get("missing", "0"))), currency)
        return "warn", gettext("To be paid in advance: %(amount)s", amount=missing)
    return "warn", code


def _over(fact: Mapping[str, Any], currency: str) -> str:
    """By how much is for those who decide about orders or credit; the others learn that it is so."""
    if not (g.actor.may(Permission.CREDIT_REVIEW) or g.actor.may(Permission.ORDER_APPROVE)):
        return gettext("Over the limit")
    over = money(Decimal(str(fact.get("over", "0"))), currency)
    return gettext("Over the limit by %(amount)s", amount=over)


def time_left(due_at: datetime | None) -> Toned:
    """How long there is to decide: hours when it is short, else until when today, tomorrow or on which date."""
    if due_at is None:
        return "", ""
    now = clock.now()
    left = due_at - now
    if left <= timedelta(0):
        return "danger", gettext("overdue")
    if left < SOON:
        hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
        return "danger", gettext("%(hours)s h %(minutes)s min", hours=hours, minutes=f"{minutes:02}")
    days, at = (clock.business_date(due_at) - clock.business_date(now)).days, moment(due_at)
    if days == 0:
        return "", gettext("today by %(at)s", at=at[11:])
    if days == 1:
        return "", gettext("tomorrow by %(at)s", at=at[11:])
    return "", gettext("by %(at)s", at=at[5:])


def waited(since: datetime) -> str:
    """How long somebody waits: 3 小时 20 分."""
    minutes = max(int((clock.now() - since).total_seconds()) // 60, 0)
    if minutes >= 48 * 60:
        return gettext("waiting for %(days)s days", days=minutes // (24 * 60))
    hours, minutes = divmod(minutes, 60)
    return gettext("waiting for %(hours)s h %(minutes)s min", hours=hours, minutes=minutes)


def deed(
    action: str,
    facts: Mapping[str, Any],
    currency: str = "CNY",
    lines: Sequence[Any] = (),
    base_units: Mapping[int, str] | None = None,
) -> str:
    """One line of a timeline: what was done, and the words or figures that came with it, goods in the units of `lines`."""
    said = [word(DEEDS, action)]
    if action == "ship":
        said.append(f"{facts.get('carrier', '')} {facts.get('tracking_number', '')}".strip())
    if action == "receive" and facts.get("missing"):
        said.append(gettext("%(count)s single units missing", count=quantity(int(facts["missing"]))))
    if action == "cancel_rest" and facts.get("lines"):
        said = [gettext("Cancelled a part")]
    if action in ("allocate", "shift", "cancel_rest"):
        units = {
            line.sku_code: (line.factor, line.unit, (base_units or {}).get(line.id, "")) for line in lines
        }
        said += [_share(each, units) for each in facts.get("lines", ())]
    if action == "amend":
        said.append(amending.told(facts, currency))
        return " · ".join(each for each in said if each)
    if gross := facts.get("gross"):
        said.append(money(Decimal(str(gross)), currency))
    if action in {"hold", "ask"}:
        said += [reason(each, currency)[1] for each in facts.get("reasons", ())]
    said.append(str(facts.get("comment", "")))
    return " · ".join(each for each in said if each)


def _share(fact: Mapping[str, Any], units: Mapping[str, tuple[int, str, str]]) -> str:
    """What moved in a timeline: CP0515 8 箱 → 华东仓; base units where the line is not at hand."""
    sku, count = str(fact.get("sku", "")), int(fact.get("quantity", 0))
    told = f"{sku} {packed(count, *units[sku])}" if sku in units else f"{sku} ×{quantity(count)}"
    return f"{told} → {fact['to']}" if fact.get("to") else told


def goods(lines: Sequence[Any], base_units: Mapping[int, str]) -> str:
    """How much of it is not cancelled: 5 种 1,927 箱; without a sum where the units differ."""
    found = [(line, line.base_quantity - line.cancelled) for line in lines]
    found = [(line, count) for line, count in found if count]
    kinds = gettext("%(count)s products", count=quantity(len(found)))
    units = {line.unit for line, _count in found}
    loose = {base_units[line.id] for line, count in found if count % line.factor}
    if len(units) != 1 or len(loose) > 1:
        return kinds
    whole = counted(sum(count // line.factor for line, count in found), units.pop())
    rest = sum(count % line.factor for line, count in found)
    return f"{kinds} {whole} {counted(rest, loose.pop())}" if loose else f"{kinds} {whole}"


def held(sku: Any, base_quantity: int) -> str:
    """Stock of a SKU in cases and what is left over; more promised than there is has its sign in front."""
    spelled = packed(abs(base_quantity), sku.order_factor, sku.order_unit, sku.base_unit)
    return f"−{spelled}" if base_quantity < 0 else spelled


def summed(counts: Mapping[str, int]) -> str:
    """Sums of several units side by side: 60 箱 3 瓶."""
    return " ".join(counted(count, unit) for unit, count in counts.items())


def masked(phone: str | None, *, is_open: bool) -> str:
    """A phone number in full for whoever must call, 138****1234 for everybody else."""
    if not phone or is_open:
        return phone or ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else "****"


def margin(lines: Sequence[Any]) -> str:
    """Share of the net that is left after costs; nothing where a cost is not known."""
    net = sum((line.net for line in lines), Decimal(0))
    if not net or any(line.unit_cost is None for line in lines):
        return ""
    cost = sum((line.unit_cost * line.quantity for line in lines), Decimal(0))
    return f"{amount((net - cost) / net * 100, 1)}%"


def step(fact: Mapping[str, Any], currency: str = "CNY") -> tuple[str, str, str]:
    """One frozen step of a price for ui.trace: words, figure, kind."""
    kind = str(fact.get("step", ""))
    if kind in {"hit", "miss"}:
        return _list_step(fact, kind, currency)
    if kind == "break":
        words = gettext(
            "From %(quantity)s %(unit)s", quantity=fact["min_quantity"], unit=unit_word(str(fact["unit"]))
        )
        return words, money(Decimal(str(fact["price"])), currency), "hit"
    if kind == "percent":
        words = gettext("%(percent)s of the base list", percent=f"{fact['percent']}%")
        return words, money(Decimal(str(fact["price"])), currency), "hit"
    if kind == "amount":
        words = f"{quantity(int(fact['quantity']))} {unit_word(str(fact['unit']))} × {fact['price']}"
        return words, money(Decimal(str(fact["amount"])), currency), "hit"
    if kind == "tax":
        rate = f"{(Decimal(str(fact['rate'])) * 100).normalize():f}%"
        net = money(Decimal(str(fact["net"])), currency)
        words = gettext("Tax included, %(rate)s; net %(net)s", rate=rate, net=net)
        return words, money(Decimal(str(fact["tax"])), currency), "hit"
    return kind, "", "miss"


def steps(facts: Sequence[Mapping[str, Any]], currency: str = "CNY") -> list[tuple[str, str, str]]:
    """All frozen steps of a price, for ui.trace; lists that have nothing for the product stand on one line."""
    absent = [str(KINDS.get(fact["kind"], fact["kind"])) for fact in facts if fact.get("step") == "none"]
    without = f"{gettext(', ').join(absent)} {gettext('has no price for this product')}"
    told = [step(fact, currency) for fact in facts if fact.get("step") != "none"]
    return [(without, "—", "miss"), *told] if absent else told


def pairs(table: Mapping[str, Toned]) -> list[tuple[str, str]]:
    """A table of codes as choices: code and words."""
    return [(code, words) for code, (_tone, words) in table.items()]


def choices(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A table of words as choices."""
    return list(table.items())


def change(value: int) -> str:
    """A movement with its sign; nothing for none."""
    return f"+{quantity(value)}" if value > 0 else quantity(value) if value else ""


def _list_step(fact: Mapping[str, Any], kind: str, currency: str) -> tuple[str, str, str]:
    name = str(fact.get("name", ""))
    if kind == "hit":
        return name, money(Decimal(str(fact["price"])), currency), "hit"
    least = gettext(
        "from %(quantity)s %(unit)s on", quantity=fact["min_quantity"], unit=unit_word(fact["unit"])
    )
    return name, least, "miss"


def period(first: Any, last: Any) -> str:
    """A period with both days named, or open at its end."""
    until = day(last - timedelta(days=1)) if last else gettext("until further notice")
    return f"{day(first)} – {until}"


def limit_period(first: Any, last: Any) -> str:
    """The days on which a limit held; one that was replaced on its first day held on none."""
    if last and last <= first:
        return gettext("%(day)s, replaced the same day, never held", day=day(first))
    return period(first, last)


def _toned(table: Mapping[str, tuple[str, Any]], code: str) -> Toned:
    tone, words = table.get(code, ("calm", code))
    return tone, str(words)
