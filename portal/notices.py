"""What has been told to me; each message opens what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from trade.flows.read_notices import Reading, read_notices
from trade.notices import queries
from trade.notices.models import Notice
from web import asked, notice_words
from web.access import requires
from web.answer import attempt, render, show
from web.forms import Form, WholeNumberField
from web.i18n import money

bp = Blueprint("notices", __name__)
PAGE = 50
LARGEST_ID = 2**31 - 1
TOPICS: Mapping[str, tuple[Any, str]] = {
    "order.held": (_("%(number)s is held: the credit is not enough or stopped"), "user-check"),
    "order.approved": (_("%(number)s is approved"), "circle-check"),
    "order.rejected": (_("%(number)s was not approved"), "circle-x"),
    "order.returned": (_("%(number)s was returned; change it and submit again"), "corner-up-left"),
    "order.cancelled": (_("Of %(number)s nothing more will be shipped"), "circle-x"),
    "order.expired": (
        _("%(number)s was not decided in time; credit and stock were given back"),
        "clock-pause",
    ),
    "order.shipped": (_("A parcel of %(number)s is on its way"), "truck-delivery"),
    "return.approved": (_("%(return)s is accepted; please give the goods back"), "truck-return"),
    "return.rejected": (_("%(return)s was not accepted"), "circle-x"),
    "return.returned": (_("%(return)s was sent back; correct it and send again"), "corner-up-left"),
    "return.credited": (_("%(return)s is done: %(credited)s credited"), "circle-check"),
    "payment.recorded": (_("Your payment of %(amount)s has arrived"), "receipt"),
    "credit.limit_changed": (_("Your credit limit is now %(limit)s"), "wallet"),
    "credit.blocked": (_("The brand has paused your new orders: %(reason)s"), "lock"),
    "credit.unblocked": (_("New orders are possible again"), "circle-check"),
    "order.allocated": (_("Goods have come for %(number)s"), "packages"),
    "price.changed": (_("From %(day)s on the prices of %(count)s of your products change"), "tag"),
    "price.kept": (_("The prices announced before do not come; the present ones stay"), "tag"),
}
FALLBACK = (_("News about %(number)s"), "bell")


class ReadingForm(Form):
    """One notice, or all up to the newest that the page showed."""

    notice = WholeNumberField(is_needed=False, largest=LARGEST_ID)
    up_to = WholeNumberField(is_needed=False, largest=LARGEST_ID)


@dataclass(frozen=True)
class Shown:
    """A notice in words, and where it leads."""

    notice: Notice
    words: str
    more: str
    icon_name: str
    url: str | None


@bp.get("/notices")
@requires(Permission.NOTICE_READ)
def index() -> Response:
    return _answer(None)


@bp.post("/notices/reading")
@requires(Permission.NOTICE_READ)
def reading() -> Response:
    """Mark one notice as read and open what it is about, or mark all that were shown."""
    form = ReadingForm(request.form)
    if form.validate():
        attempt(form, read_notices, Reading(form.notice.data, form.up_to.data))
    return _answer(form)


def shown(notice: Notice) -> Shown:
    """Put a notice into the reader's language."""
    facts = notice.facts
    words, icon_name = TOPICS.get(notice.topic, FALLBACK)
    if notice.topic not in TOPICS and notice.topic in notice_words.SENTENCES:
        words = notice_words.say(notice.topic, facts).replace("%", "%%")
    currency = str(facts.get("currency") or "CNY")
    spelled = {
        "number": facts.get("number") or gettext("your order"),
        "reason": facts.get("reason") or "",
        "return": facts.get("return") or gettext("your return"),
        "credited": _amount(facts.get("credited") or "0", currency),
        "amount": _amount(facts.get("amount"), currency),
        "limit": _amount(facts.get("limit"), currency),
        "day": facts.get("day") or "",
        "count": facts.get("count") or "",
    }
    more = facts.get("comment") or " ".join(
        str(facts[name]) for name in ("carrier", "tracking_number") if facts.get(name)
    )
    return Shown(notice, str(words) % spelled, str(more), icon_name, _url(facts))


def _answer(form: Form | None) -> Response:
    with read() as session:
        kind, is_unread = request.args.get("kind", ""), request.args.get("unread") == "yes"
        listed = queries.listed(
            session,
            g.actor,
            before_id=asked.number("after"),
            limit=PAGE + 1,
            kinds=notice_words.kinds_of(kind),
            is_unread=is_unread,
        )
        context: Mapping[str, Any] = {
            "notices": [
                shown(each)
                for each in sorted(listed[:PAGE], key=lambda each: (each.at, each.id), reverse=True)
            ],
            "newest": listed[0].id if listed else None,
            "following": listed[PAGE - 1].id if len(listed) > PAGE else None,
            "kinds": notice_words.KINDS,
            "kind": kind,
            "is_unread": is_unread,
            "has_unread": any(each.read_at is None for each in listed[:PAGE]),
        }
        if form is None:
            return render(session, "portal/notices/notices.html", "notices", **context)
        return show(session, "portal/notices/notices.html", "notices", url_for(".index"), form, **context)


def _url(facts: Mapping[str, Any]) -> str | None:
    if facts.get("return_id") and g.actor.may(Permission.ORDER_READ):
        return url_for("portal.returns.detail", return_id=facts["return_id"])
    if facts.get("order_id") and g.actor.may(Permission.ORDER_READ):
        return url_for("portal.orders.order", order_id=facts["order_id"])
    if facts.get("draft_id") and g.actor.may(Permission.CATALOG_READ):
        return url_for("portal.price_changes.detail", draft_id=facts["draft_id"])
    if (facts.get("payment") or facts.get("limit")) and g.actor.may(Permission.CREDIT_READ):
        return url_for("portal.credit.index")
    return None


def _amount(text: object, currency: str) -> str:
    try:
        return money(Decimal(str(text)), currency)
    except InvalidOperation:
        return ""
