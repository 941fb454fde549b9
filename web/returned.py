"""Returns as both faces say and ask for them: states, the story, and the form of a request."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import g, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.attachments import content
from trade.attachments.filing import Stored, keep_file
from trade.errors import Refused
from trade.flows.attach_file import NewFile, attach_file
from trade.flows.request_return import NewReturn
from trade.orders import queries as orders
from trade.orders.models import Order
from trade.returns import queries, rules
from trade.returns.models import ReturnReason, ReturnRequest
from trade.returns.opening import MOST_PHOTOS
from trade.returns.queries import Asked, Left, Told
from web import words
from web.answer import attempt, tell
from web.forms import ChoiceField, Form, LongTextField, PlainField, TextField, VersionForm, WholeNumberField
from web.i18n import moment, money
from web.units import in_packs, packed, unit_word

LARGEST = 9_999_999
STATES = {
    "requested": ("warn", _("Awaiting a decision")),
    "returned": ("warn", _("Sent back for correction")),
    "approved": ("info", _("Accepted, goods to come back")),
    "credited": ("ok", _("Credited")),
    "rejected": ("danger", _("Not accepted")),
    "withdrawn": ("calm", _("Withdrawn")),
}
REASONS = {
    "Damaged on arrival": _("Damaged on arrival"),
    "Wrong goods delivered": _("Wrong goods delivered"),
    "Quality problem": _("Quality problem"),
    "Close to expiry": _("Close to expiry"),
    "Agreed return of unsold goods": _("Agreed return of unsold goods"),
    "Missing on receipt": _("Missing on receipt"),
}
DEEDS = {
    "request": _("Return asked for"),
    "approve": _("Accepted; the goods are to come back"),
    "settle": _("Accepted and credited"),
    "return": _("Sent back for correction"),
    "reject": _("Not accepted"),
    "withdraw": _("Withdrawn"),
    "receive": _("Goods are back and credited"),
}
STAGES = (_("Request"), _("Decision"), _("Goods back"), _("Credited"))
STAGES_WITHOUT_GOODS = (_("Request"), _("Decision"), _("Credited"))


@dataclass(frozen=True)
class Offered:
    """A line of an order in the form: what may come back, what is missing, in words."""

    left: Left
    goods: str
    missing: str


@dataclass(frozen=True)
class Offer:
    """What of an order may be asked for, under which reasons, and within how many days."""

    order: Order
    days: int
    lines: list[Offered]
    reasons: Sequence[ReturnReason]

    @property
    def needy(self) -> list[str]:
        """The reasons that want a photo."""
        return [reason_name(each.name) for each in self.reasons if each.needs_photo]


class RequestForm(VersionForm):
    version = WholeNumberField(is_needed=False)
    key = TextField(longest=40, is_needed=False)  # of a new request: a second tap asks for nothing more
    reason = ChoiceField(_("Reason"))
    remark = LongTextField(
        _("Remark"), longest=500, is_needed=False, hint=_("What is wrong, lot numbers, whom to call")
    )
    photos = TextField(_("Photos"), is_needed=False)


def badge(found: ReturnRequest) -> tuple[str, str]:
    """Tone and word for where a request stands."""
    tone, said = STATES[found.state]
    if found.state == "credited" and not found.gross:
        return "calm", gettext("Closed, nothing came back")
    return tone, str(said)


def reason_name(name: str) -> str:
    """Name a shipped reason in the reader's language, any other as the administrator wrote it."""
    return str(REASONS.get(name, name))


def stages(found: ReturnRequest) -> tuple[Sequence[Any], int | None]:
    """The steps of a request and which is the present one; None when it ended otherwise."""
    steps = STAGES_WITHOUT_GOODS if found.is_missing or found.is_waived else STAGES
    if found.state in {"rejected", "withdrawn"}:
        return steps, None
    return steps, {"requested": 1, "returned": 0, "approved": 2, "credited": len(steps)}[found.state]


def story(events: Sequence[Told], found: ReturnRequest) -> list[tuple[str, str, str]]:
    """What happened as rows of a journey, newest first."""
    return [
        (
            _event_words(told, found.currency),
            f"{moment(told.event.at)} · {told.person_name or gettext('System')}" + _for_whom(told),
            "now" if at == 0 else "",
        )
        for at, told in enumerate(events)
    ]


def comment_of(events: Sequence[Told], *actions: str) -> str:
    """The words that came with the last of these deeds."""
    told = next((each for each in events if each.event.action in actions), None)
    return str(told.event.facts.get("comment") or "") if told else ""


def packs(each: Asked, quantity: int | None) -> str:
    """Base units of a line as cases and what is left over."""
    return packed(quantity or 0, each.line.factor, each.line.unit, each.sku.base_unit)


def offer(session: Session, order_id: int, again: ReturnRequest | None = None) -> Offer:
    """What may be asked for of an order; for a request that came back without counting it, under its own reason."""
    order = orders.get_for(session, g.actor, order_id)
    if not rules.takes_returns(order):
        raise Refused("order.not_found")
    days = settings.load(session, "return.")["return.window_days"]
    left = queries.left_of(session, order, days, clock.now(), apart_from=again.id if again else None)
    reasons = [queries.get_reason(session, again.reason_id)] if again else queries.reasons(session)
    return Offer(order, days, _offered(left.values(), may_be_late=g.actor.distributor_id is None), reasons)


def new_form(offer: Offer) -> RequestForm:
    """An empty form of a request; its key lets a second tap ask for nothing more."""
    return request_form(offer.lines, offer.reasons)(data={"key": secrets.token_urlsafe(16)})


def new_return(form: RequestForm, offer: Offer) -> NewReturn:
    """What a form that was validated asks for. Raises Refused when a photo cannot be kept."""
    wanted, remark = quantities(form, offer.lines), form.remark.data or ""
    return NewReturn(offer.order.id, int(form.reason.data), wanted, remark, photos(), form.key.data or "")


def _offered(left: Iterable[Left], *, may_be_late: bool) -> list[Offered]:
    """The lines about which something may be asked for; those that are too late only where staff asks."""
    found = []
    for each in left:
        goods = each.goods if may_be_late or not each.is_late else 0
        if goods > 0 or each.missing > 0:
            spell = (each.line.factor, each.line.unit, each.sku.base_unit)
            found.append(Offered(each, packed(max(goods, 0), *spell), packed(max(each.missing, 0), *spell)))
    return found


def request_form(
    lines: Sequence[Offered], reasons: Sequence[ReturnReason], asked: Mapping[int, int] | None = None
) -> type[RequestForm]:
    """A form with cases and loose units per line; `asked` are base units by order line to begin with."""
    fields: dict[str, PlainField] = {
        "reason": ChoiceField(
            _("Reason"), choices=[(str(reason.id), reason_name(reason.name)) for reason in reasons]
        )
    }
    for each in lines:
        line, sku = each.left.line, each.left.sku
        begin = (asked or {}).get(line.id, 0)
        cases, loose = divmod(begin, line.factor) if line.factor > 1 else (0, begin)
        if line.factor > 1:
            fields[f"cases_{line.id}"] = WholeNumberField(
                unit_word(line.unit), largest=LARGEST, is_needed=False, default=cases or None
            )
        fields[f"loose_{line.id}"] = WholeNumberField(
            unit_word(sku.base_unit), largest=LARGEST, is_needed=False, default=loose or None
        )
    return type("ReturnForm", (RequestForm,), fields)


def quantities(form: RequestForm, lines: Sequence[Offered]) -> dict[int, int]:
    """What was typed, in base units by order line; lines with nothing are left out."""
    found = {}
    for each in lines:
        line = each.left.line
        quantity = form[f"loose_{line.id}"].data or 0
        if line.factor > 1:
            quantity += (form[f"cases_{line.id}"].data or 0) * line.factor
        if quantity:
            found[line.id] = quantity
    return found


def refuse(form: RequestForm, refusal: Refused, lines: Sequence[Offered]) -> None:
    """Say a refusal beside what it is about: a line's quantity, the photos, the reason."""
    field = str(refusal.facts.get("field", ""))
    if field.startswith("line-"):
        field = f"loose_{field.removeprefix('line-')}"
    told = in_packs(refusal, [(each.left.line, each.left.sku) for each in lines])
    tell(form, told, field)


def attach_photos(return_id: int) -> tuple[Form, int]:
    """Keep the photos that were sent with a return; answers a form that says what was refused, and how many there were."""
    form, kept = Form(), []
    try:
        kept = photos()
        if not kept:
            form.refuse(gettext("Please choose a file"))
    except Refused as refusal:
        form.refuse(words.say(refusal))
    for each in kept:
        attempt(form, attach_file, NewFile("return", return_id, each))
    return form, len(kept)


def photos() -> list[Stored]:
    """Judge and store the photos that were sent, before the transaction. Raises Refused with the field."""
    sent = [each for each in request.files.getlist("photos") if each.filename]
    if len(sent) > MOST_PHOTOS:
        raise Refused("return.too_many_photos", most=MOST_PHOTOS, field="photos")
    kept = []
    for each in sent:
        try:
            kept.append(keep_file(each.filename or "", each.stream.read(content.LARGEST_FILE + 1)))
        except Refused as refusal:
            raise Refused(refusal.code, **{**refusal.facts, "field": "photos"}) from refusal
    return kept


def _event_words(told: Told, currency: str) -> str:
    facts, action = told.event.facts, told.event.action
    said = [str(DEEDS.get(action, action))]
    if facts.get("gross") is not None:
        said.append(money(Decimal(str(facts["gross"])), currency))
    if facts.get("accepted") is not None and facts["accepted"] < facts.get("requested", 0):
        said.append(gettext("a part only"))
    if facts.get("quarantined"):
        said.append(gettext("%(count)s in quarantine", count=facts["quarantined"]))
    if facts.get("lapsed"):
        said.append(gettext("%(count)s did not come and lapse", count=facts["lapsed"]))
    said.append(str(facts.get("comment") or facts.get("remark") or ""))
    return " · ".join(each for each in said if each)


def _for_whom(told: Told) -> str:
    return " · " + gettext("for the distributor") if told.event.on_behalf_of else ""
