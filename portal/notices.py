"""What has been told to me; each message opens what it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, request, url_for
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

bp = Blueprint("notices", __name__)
PAGE = 50
LARGEST_ID = 2**31 - 1
ICONS: Mapping[str, str] = {
    "order.held": "user-check",
    "order.approved": "circle-check",
    "order.rejected": "circle-x",
    "order.returned": "corner-up-left",
    "order.cancelled": "circle-x",
    "order.reduced": "circle-x",
    "order.expired": "clock-pause",
    "order.shipped": "truck-delivery",
    "return.approved": "truck-return",
    "return.rejected": "circle-x",
    "return.returned": "corner-up-left",
    "return.credited": "circle-check",
    "payment.recorded": "receipt",
    "payment.proof_refused": "circle-x",
    "credit.limit_changed": "wallet",
    "limit_request.approved": "circle-check",
    "limit_request.rejected": "circle-x",
    "limit_request.expired": "clock-pause",
    "statement.issued": "receipt",
    "statement.confirm_near": "calendar-due",
    "statement.answered": "message-report",
    "statement.settled": "circle-check",
    "statement.closed": "lock",
    "invoice.issued": "file-invoice",
    "invoice.red_issued": "file-invoice",
    "invoice.tax_noted": "file-invoice",
    "debt.due": "calendar-due",
    "debt.overdue": "alert-circle",
    "credit.blocked": "lock",
    "credit.unblocked": "circle-check",
    "order.allocated": "packages",
    "price.changed": "tag",
    "opportunity.due": "calendar-due",
    "opportunity.stale": "alert-circle",
    "opportunity.won": "circle-check",
    "opportunity.lost": "circle-x",
    "registration.approved": "circle-check",
    "registration.appeal_approved": "circle-check",
    "registration.won": "circle-check",
    "registration.rejected": "circle-x",
    "registration.appeal_rejected": "circle-x",
    "registration.revoked": "circle-x",
    "registration.handed_over": "circle-x",
    "registration.contested": "alert-circle",
    "registration.returned": "alert-circle",
    "registration.returned_free": "alert-circle",
    "registration.reopened": "clock-pause",
    "registration.warn": "alert-circle",
    "registration.ending": "calendar-due",
    "registration.lapse": "clock-pause",
    "registration.lose_place": "clock-pause",
    "registration.expire": "clock-pause",
    "price.kept": "tag",
    "broadcast.published": "speakerphone",
    "broadcast.corrected": "speakerphone",
    "broadcast.recalled": "circle-x",
    "broadcast.replaced": "circle-x",
    "broadcast.reminder": "calendar-due",
}
# Fact: endpoint, the name of its id, the permission that the page needs; the first that fits leads there.
PAGES = {
    "broadcast_id": ("portal.broadcasts.detail", "broadcast_id", Permission.BROADCAST_READ),
    "opportunity_id": ("portal.opportunities.detail", "opportunity_id", Permission.OPPORTUNITY_WORK),
    "registration_id": (
        "portal.registrations.detail",
        "registration_id",
        Permission.REGISTRATION_SUBMIT,
    ),
    "return_id": ("portal.returns.detail", "return_id", Permission.ORDER_READ),
    "order_id": ("portal.orders.order", "order_id", Permission.ORDER_READ),
    "draft_id": ("portal.price_changes.detail", "draft_id", Permission.CATALOG_READ),
    "limit_request_id": ("portal.limit_requests.index", "", Permission.LIMIT_REQUEST),
    "proof_id": ("portal.proofs.detail", "proof_id", Permission.PAYMENT_PROVE),
    "statement_id": ("portal.statements.detail", "statement_id", Permission.CREDIT_READ),
    "invoice_id": ("portal.invoices.detail", "invoice_id", Permission.CREDIT_READ),
    "payment": ("portal.credit.index", "", Permission.CREDIT_READ),
    "limit": ("portal.credit.index", "", Permission.CREDIT_READ),
}


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
    more = facts.get("comment") or " ".join(
        str(facts[name]) for name in ("carrier", "tracking_number") if facts.get(name)
    )
    words = notice_words.say_to_distributor(notice.topic, facts)
    return Shown(
        notice, words, "" if str(more) in words else str(more), ICONS.get(notice.topic, "bell"), _url(facts)
    )


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
    for fact, (endpoint, key, needed) in PAGES.items():
        if facts.get(fact) and g.actor.may(needed):
            return url_for(endpoint, **{key: facts[fact]} if key else {})
    return None
