"""What the distributor may still order, and what its credit is made of."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, g, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.books.models import OpenItem
from trade.connectors import gateways
from trade.credit import queries
from trade.credit.models import CreditLimit
from trade.db import read
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.orders import exposure
from trade.orders import queries as orders
from trade.receivables import parts
from trade.receivables.queries import PAGE, payments_of
from trade.receivables.rules import seen_reference
from web import asked
from web.access import requires
from web.answer import render
from web.i18n import day
from web.paging import Page, page_number

bp = Blueprint("credit", __name__)
RECENT = 5
PARTS = {
    "billed": (_("Invoiced, not paid"), "p1"),
    "unbilled": (_("Shipped, not invoiced"), "p2"),
    "hold": (_("Ordered, not shipped"), "p3"),
    "prepayment": (_("Payments not applied yet"), ""),
    "credit_note": (_("Credit notes for returns"), ""),
}
PAGES = {part: part for part in PARTS} | {"notes": "credit_note"}  # as addresses say it
KINDS = {"shipment": _("Delivery note"), "payment": _("Payment"), "return": _("Return")}


@bp.get("/credit")
@requires(Permission.CREDIT_READ)
def index() -> Response:
    today = clock.today()
    distributor_id = g.actor.distributor_id
    with read() as session:
        standing = queries.standing_of(session, g.actor, distributor_id, today)
        limits = queries.limits_of(session, standing.account_id) if standing else []
        made_of = parts.summaries(session, standing.account_id) if standing else {}
        return render(
            session,
            "portal/credit/credit.html",
            "credit",
            standing=standing,
            names=PARTS,
            made_of={part: _made_of(part, found, today) for part, found in made_of.items()},
            promised=exposure.count_promised(session, g.actor, distributor_id),
            due=parts.next_due(session, standing.account_id) if standing else None,
            undecided=orders.undecided(session, g.actor, distributor_id),
            limits=[limit for limit in limits if _is_told(limit)],
            terms=terms_of(session, distributor_id, today),
            pays_online=g.actor.may(Permission.PAYMENT_PROVE) and bool(gateways.name_in_use(session)),
            payments=payments_of(session, g.actor, distributor_id, limit=RECENT),
            seen=_seen,
            today=today,
            now=clock.now(),
        )


@bp.get("/credit/<any(billed, unbilled, hold, prepayment, notes):part>")
@requires(Permission.CREDIT_READ)
def documents(part: str) -> Response:
    """The documents that make up one part of the exposure."""
    with read() as session:
        standing = queries.standing_of(session, g.actor, g.actor.distributor_id, clock.today())
        if standing is None:
            raise Refused("credit.no_account")
        rows = _promised(session) if part == "hold" else _open(session, standing.account_id, PAGES[part])
        page = Page(page_number(), len(rows))
        return render(
            session,
            "portal/credit/documents.html",
            "documents",
            name=PARTS[PAGES[part]][0],
            rows=rows[page.offset : page.offset + page.size],
            has_due=part in {"billed", "unbilled"},
            today=clock.today(),
            total=sum(row.amount for row in rows),
            currency=standing.currency,
            page=page,
        )


@bp.get("/credit/payments")
@requires(Permission.CREDIT_READ)
def payments() -> Response:
    with read() as session:
        rows = payments_of(
            session, g.actor, g.actor.distributor_id, after=asked.number("after"), limit=PAGE + 1
        )
        return render(
            session,
            "portal/credit/payments.html",
            "payments",
            rows=rows[:PAGE],
            seen=_seen,
            following=rows[PAGE - 1].id if len(rows) > PAGE else None,
        )


def _seen(reference: str) -> str:
    """A bank's reference as far as the reader may see it: staff that stands in sees its end alone."""
    return seen_reference(g.actor, reference)


@dataclass(frozen=True)
class Row:
    """A document that is a part of the exposure; amounts in the account's currency."""

    words: str
    number: str
    url: str
    day: date | None
    whole: Decimal
    amount: Decimal
    due: date | None = None


def _promised(session: Session) -> list[Row]:
    return [
        Row(
            gettext("Order"),
            each.order.number or "",
            url_for("portal.orders.order", order_id=each.order.id),
            each.order.order_date,
            each.due,
            each.amount,
        )
        for each in exposure.promised(session, g.actor, g.actor.distributor_id)
    ]


def _open(session: Session, account_id: int, part: str) -> list[Row]:
    return [
        Row(
            str(KINDS.get(each.item.kind, each.item.kind)),
            each.item.number,
            _url(each.item),
            each.item.day,
            each.item.amount,
            each.amount,
            each.item.due_on,
        )
        for each in parts.documents(session, account_id, part)
    ]


def _url(item: OpenItem) -> str:
    """Where the document of an item stands."""
    if item.kind == "return":
        return url_for("portal.returns.detail", return_id=item.subject_id)
    if item.order_id is not None:
        return url_for("portal.orders.order", order_id=item.order_id)
    return url_for("portal.credit.payments")


def _made_of(part: str, found: parts.Summary, today: date) -> str:
    """What a part is made of, in words."""
    words = {
        "billed": ngettext("%(num)s document", "%(num)s documents", found.count),
        "unbilled": ngettext("%(num)s delivery note", "%(num)s delivery notes", found.count),
        "prepayment": ngettext(
            "%(num)s payment, lowers what is used", "%(num)s payments, lower what is used", found.count
        ),
        "credit_note": ngettext(
            "%(num)s return, lowers what is used", "%(num)s returns, lower what is used", found.count
        ),
    }[part]
    if found.first_due is None or not found.count:
        return words
    first = day(found.first_due)
    due = (
        gettext("due since %(day)s", day=first)
        if found.first_due < today
        else gettext("due from %(day)s on", day=first)
    )
    return f"{words} · {due}"


def _is_told(limit: CreditLimit) -> bool:
    """A limit that was replaced on its first day held on no day."""
    return limit.valid_to is None or limit.valid_to > limit.valid_from
