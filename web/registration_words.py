"""Where a registration stands and why, in the words of both faces."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade.attachments import content
from trade.attachments.filing import Stored, keep_file
from trade.errors import Refused
from trade.registrations.models import Registration, RegistrationDecision
from trade.registrations.rules import Figures

MOST_FILES = 4
STATES = {
    "draft": ("calm", _("Draft")),
    "submitted": ("warn", _("A person decides (registration)")),
    "live": ("ok", _("Protected")),
    "won": ("ok", _("Won by an order")),
    "released": ("calm", _("Released")),
    "expired": ("calm", _("Protection over")),
    "rejected": ("danger", _("Not registered")),
    "appealed": ("warn", _("Appealed")),
    "withdrawn": ("calm", _("Withdrawn")),
}
STANDINGS = {  # Registration.standing: the states, and what follows from one
    **STATES,
    "returned": ("warn", _("Returned for correction (registration)")),
    "handed_over": ("calm", _("Passed on by an appeal")),
}
CUSTOMER_KINDS = {
    "company": _("Company with a credit code"),
    "person": _("Person or shop without a code"),
    "abroad": _("Company of Hong Kong, Macao, Taiwan or abroad"),
}
FOLLOW_UPS = {
    "visit": _("Visit"),
    "call": _("Phone call"),
    "message": _("Chat or mail"),
    "meeting": _("Meeting"),
    "sample": _("Samples sent"),
    "quotation": _("Quotation"),
    "other": _("Other (follow-up)"),
}
RULES = {
    "first.valid": _("The first valid registration of this customer"),
    "pool.valid": _("Claimed from the public pool"),
    "import.valid": _("Taken over from the brand's list"),
    "hard.code": _("The same credit code is registered in this product line"),
    "hard.name": _("The same company name is registered in this product line"),
    "soft.phone": _("The same phone number belongs to a registered customer"),
    "soft.name": _("The name is near to that of a registered customer"),
    "soft.branch": _("It is the branch, or the short name, of a registered customer"),
    "soft.distributor": _("It is a distributor of the brand, or near to one"),
    "soft.direct": _("The name is near to that of a customer whom the brand serves itself"),
    "soft.rest": _("Near to a customer whom this distributor let go not long ago"),
    "soft.kind": _("The name is that of a mainland company, but it came without a credit code"),
    "direct.code": _("The brand serves this customer itself (credit code)"),
    "direct.name": _("The brand serves this customer itself (name)"),
    "house.code": _("It is a company of the brand itself (credit code)"),
    "house.name": _("It is a company of the brand itself (name)"),
    "person.approved": _("Approved by a person"),
    "person.rejected": _("Rejected by a person"),
    "appeal.granted": _("The appeal was right"),
    "appeal.upheld": _("The appeal was not accepted; the refusal stands"),
    "appeal.lost": _("Another distributor's appeal was right"),
    "brand.revoked": _("Ended by the brand"),
    "distributor.ended": _("The business with this distributor ended"),
}
BY_PERSON = {each for each in RULES if each.partition(".")[0] in {"person", "appeal", "brand", "distributor"}}
ACTIONS = {
    "enter": _("Registration begun"),
    "save": _("Corrected"),
    "accept": _("Accepted, protection begins"),
    "queue": _("Sent to a person"),
    "refuse": _("Not registered"),
    "withdraw": _("Taken back"),
    "approve": _("Approved, protection begins"),
    "reject": _("Not registered"),
    "return": _("Sent back to be corrected"),
    "lose_place": _("Not sent again in time; anybody may register it"),
    "follow_up": _("Followed up"),
    "extend": _("Protection prolonged"),
    "warn": _("Warned for want of follow-up"),
    "release": _("Released to the public pool"),
    "lapse": _("To the public pool for want of follow-up"),
    "revoke": _("Ended by the brand (event)"),
    "hand_over": _("Taken over by an appeal"),
    "expire": _("Protection ended"),
    "win": _("Won by order %(order)s"),
    "renew": _("Kept longer by order %(order)s"),
    "reopen": _("Order %(order)s was cancelled; protection goes on"),
    "finish": _("Free again after the order"),
    "appeal": _("Appealed (event)"),
    "grant": _("Appeal accepted, protection begins"),
    "uphold": _("Appeal not accepted"),
    "uphold_end": _("Appeal not accepted"),
    "withdraw_end": _("Appeal taken back"),
    "leave_pool": _("Left the public pool"),
}


def standing(code: str) -> tuple[str, str]:
    tone, words = STANDINGS[code]
    return tone, str(words)


def state_of(registration: Registration) -> tuple[str, str]:
    return standing(registration.standing)


def rule(code: str) -> str:
    return str(RULES.get(code, code))


def by(ruling: RegistrationDecision, names: Mapping[int, str]) -> str:
    """Who decided, before the moment; nobody where a rule did, whoever sent it."""
    name = names.get(ruling.person_id or 0) if ruling.rule in BY_PERSON else None
    return f"{name} · " if name else ""


def action(code: str, facts: Mapping[str, Any]) -> str:
    words = str(ACTIONS.get(code, code))
    return words % {"order": facts.get("order") or ""} if "%(" in words else words


def told(facts: Mapping[str, Any]) -> str:
    """What an event says besides, for both sides: until when, in whose words."""
    parts = []
    if until := facts.get("until"):
        parts.append(gettext("until %(day)s", day=until))
    if words := facts.get("comment") or facts.get("reason") or facts.get("words"):
        parts.append(str(words))
    return " · ".join(parts)


def clock_words(registration: Registration, today: date, *, is_awaited: bool) -> tuple[str, str]:
    """How long it still holds, with its tone; nothing where no clock runs. Past its days an awaited order keeps it."""
    until = registration.protected_until if registration.state == "live" else registration.maintained_until
    if registration.state not in {"live", "won"} or until is None:
        return "", ""
    days = (until - today).days
    if days < 0 and is_awaited:
        return "warn", gettext("kept beyond %(day)s while the brand decides about its order", day=until)
    if days < 0:
        return "danger", gettext("over since %(day)s", day=until)
    tone = "danger" if days <= 7 else "warn" if days <= 21 else ""
    return tone, gettext("%(days)s days left, until %(day)s", days=days, day=until)


def follow_words(
    last: date | None, figures: Figures, today: date, *, is_awaited: bool = False
) -> tuple[str, str]:
    """By when somebody has to do something about a customer, with its tone; nothing where protection ends first."""
    if last is None or is_awaited:
        return "", ""
    days = (last - today).days
    if days < 0:
        return "danger", gettext("not followed up by %(day)s", day=last)
    tone = "danger" if days <= 7 else "warn" if days < figures.lapse_days - figures.warn_days else ""
    return tone, gettext("to be followed up by %(day)s, or it goes to the public pool", day=last)


def sent_files() -> list[Stored]:
    """What was sent with a form, judged and stored; told beside the field if it cannot be kept."""
    kept = []
    for each in [each for each in request.files.getlist("photos") if each.filename][:MOST_FILES]:
        try:
            kept.append(keep_file(each.filename or "", each.stream.read(content.LARGEST_FILE + 1)))
        except Refused as refusal:
            raise Refused(refusal.code, **{**refusal.facts, "field": "photos"}) from refusal
    return kept
