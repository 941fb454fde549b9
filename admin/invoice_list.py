"""The lists of invoices and of what waits for one, described once for page and sheet."""

from typing import Any

from flask import g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from trade.actor import Permission
from trade.invoices import queries, waiting
from trade.windows import Page, Totals, Window
from web import invoiced
from web.lists import PERIOD, Action, Asked, Column, Filter, List, Nothing

WAITING_KINDS = {"shipment": _("Shipment"), "return": _("Credited return")}


def wanted(asked: Asked) -> queries.ListFilter:
    """What the address of the list asks for."""
    return queries.ListFilter(
        asked["q"],
        asked["state"],
        asked["kind"],
        asked["mode"],
        asked["noted"],
        asked["distributor"],
        asked["since"],
        asked["until"],
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[queries.Row]:
    return queries.listing(session, g.actor, wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, wanted(asked))


def _waits(asked: Asked) -> waiting.ListFilter:
    return waiting.ListFilter(
        asked["q"], asked["kind"], asked["mode"], asked["distributor"], asked["since"], asked["until"]
    )


def _find_waiting(session: Session, asked: Asked, window: Window) -> Page[waiting.Row]:
    return waiting.listing(session, g.actor, _waits(asked), window)


def _waiting_totals(session: Session, asked: Asked) -> Totals:
    return waiting.totals(session, g.actor, _waits(asked))


def _paper(row: waiting.Row) -> str | None:
    """Where the document stands that waits."""
    if row.item.kind == "return":
        return url_for("admin.returns.detail", return_id=row.item.subject_id)
    return url_for("admin.orders.detail", order_id=row.item.order_id)


def _issue(words: Any, **more: Any) -> Action:
    """What can be done with the ticked rows that wait: an invoice as the company wants it, or of another kind."""
    return Action(
        endpoint="admin.invoice_desk.creation", words=words, permission=Permission.INVOICE_ISSUE, **more
    )


INVOICES = List[queries.Row](
    page="admin.invoices.index",
    export="admin.invoices.export",
    title=_("Invoices"),
    counted=lambda count: ngettext("%(num)s invoice", "%(num)s invoices", count),
    sort="-invoice",
    find=_find,
    totals=_totals,
    pick=lambda row: f"{row.invoice.id}-{row.invoice.version}",
    actions=[
        Action(
            endpoint="admin.papers.submission",
            words=_("Print the invoices"),
            permission=Permission.INVOICE_READ,
            icon="printer",
            args={"kind": "invoice"},
        )
    ],
    filters=[
        Filter(key="q", words=_("Number, real number or distributor")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: invoiced.pairs(invoiced.STATES),
        ),
        Filter(
            key="kind",
            words=_("Kind"),
            kind="choice",
            choices=lambda _session: invoiced.pairs(invoiced.KINDS),
        ),
        Filter(
            key="mode",
            words=_("Tax invoice"),
            kind="choice",
            choices=lambda _session: invoiced.pairs(invoiced.TAX_MODES),
        ),
        Filter(
            key="noted",
            words=_("Real number"),
            kind="choice",
            choices=lambda _session: [("yes", _("noted")), ("no", _("not noted yet"))],
        ),
        *PERIOD,
        Filter(key="distributor", kind="id"),
    ],
    columns=[
        Column(key="number", words=_("Invoice number"), value=lambda row: row.invoice.number, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            meta=lambda row: row.invoice.number,
            url=lambda row: url_for("admin.invoices.detail", invoice_id=row.invoice.id),
        ),
        Column(key="state", words=_("State"), value=lambda row: invoiced.badge(row.invoice)[1]),
        Column(
            key="mode",
            words=_("Tax invoice"),
            value=lambda row: invoiced.TAX_MODES[row.invoice.tax_mode],
            is_wide=True,
        ),
        Column(key="real", words=_("Real number"), value=lambda row: row.tax_numbers, look="meta"),
        Column(
            key="day",
            words=_("Issued on"),
            value=lambda row: row.invoice.issued_on,
            kind="day",
            sort="day",
            look="meta",
        ),
        Column(
            key="net",
            words=_("Net"),
            value=lambda row: row.invoice.net,
            kind="money",
            currency=lambda row: row.invoice.currency,
            is_wide=True,
            is_summed=True,
        ),
        Column(
            key="tax",
            words=_("Tax"),
            value=lambda row: row.invoice.tax,
            kind="money",
            currency=lambda row: row.invoice.currency,
            is_wide=True,
            is_summed=True,
        ),
        Column(
            key="gross",
            words=_("Amount incl. tax"),
            value=lambda row: row.invoice.gross,
            kind="money",
            currency=lambda row: row.invoice.currency,
            sort="gross",
            look="strong",
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="file-invoice",
        title=_("No invoices yet"),
        text=_("They are issued from what was shipped."),
        url=lambda: url_for("admin.invoice_desk.index"),
        button=_("To what waits for an invoice"),
    ),
    no_match=Nothing(title=_("No invoice matches"), text=_("Try a part of the number, or fewer filters.")),
)
WAITING = List[waiting.Row](
    page="admin.invoice_desk.index",
    export="admin.invoice_desk.export",
    title=_("To be invoiced"),
    counted=lambda count: ngettext("%(num)s document waits", "%(num)s documents wait", count),
    sort="item",
    find=_find_waiting,
    totals=_waiting_totals,
    pick=lambda row: f"{row.item.id}",
    can_pick=lambda row: row.is_ready,
    actions=[
        _issue(_("Issue invoices"), icon="file-invoice", kind="primary"),
        _issue(_("Issue as special VAT invoices"), args={"wanted": "special"}),
        _issue(_("Issue as ordinary VAT invoices"), args={"wanted": "normal"}),
    ],
    filters=[
        Filter(key="q", words=_("Delivery note, return, order or distributor")),
        Filter(
            key="kind",
            words=_("Kind"),
            kind="choice",
            choices=lambda _session: invoiced.pairs(WAITING_KINDS),
        ),
        Filter(
            key="mode",
            words=_("Tax invoice"),
            kind="choice",
            choices=lambda _session: invoiced.pairs(invoiced.TAX_MODES),
        ),
        *PERIOD,
        Filter(key="distributor", kind="id"),
    ],
    columns=[
        Column(key="number", words=_("Number"), value=lambda row: row.item.number, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            meta=lambda row: row.item.number,
            url=_paper,
        ),
        Column(
            key="kind",
            words=_("Kind"),
            value=lambda row: WAITING_KINDS[row.item.kind],
        ),
        Column(key="order", words=_("Order"), value=lambda row: row.order_number, is_wide=True),
        Column(
            key="mode",
            words=_("Tax invoice"),
            value=lambda row: invoiced.TAX_MODES[row.tax_mode],
            is_wide=True,
        ),
        Column(
            key="day", words=_("Day"), value=lambda row: row.item.day, kind="day", sort="day", look="meta"
        ),
        Column(
            key="gross",
            words=_("Amount incl. tax"),
            value=lambda row: row.item.amount if row.item.is_debt else -row.item.amount,
            kind="money",
            currency=lambda row: row.currency,
            sort="gross",
            look="strong",
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="circle-check",
        title=_("Nothing waits for an invoice"),
        text=_("Shipments and credited returns appear here by themselves."),
        url=lambda: url_for("admin.invoices.index"),
        button=_("To the invoices"),
    ),
    no_match=Nothing(title=_("Nothing matches"), text=_("Try a part of the number, or fewer filters.")),
)
