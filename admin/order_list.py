"""The list of orders: found, sorted, summed, taken out: described once for the page and the sheet."""

from dataclasses import replace

from flask import g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from admin import spoken
from admin.choosing import REPS
from trade.actor import Permission
from trade.distributors.queries import reps
from trade.fulfilment.queries import orders_sent_with
from trade.orders import queries, remarks
from trade.orders.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web.lists import PERIOD, Action, Asked, Column, Filter, List, Nothing


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(
        search=asked["q"],
        waybills=orders_sent_with,
        state=asked["state"],
        fulfilment=asked["fulfilment"],
        distributor_id=asked["distributor"],
        rep_id=int(asked["rep"]) if asked["rep"] else None,
        since=asked["since"],
        until=asked["until"],
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    page = queries.listing(session, g.actor, _wanted(asked), window)
    said = remarks.news_of(session, [row.order.id for row in page.rows])
    return page.of(
        [replace(row, urged_at=said[row.order.id][0], last_word=said[row.order.id][1]) for row in page.rows]
    )


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


def _whole(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked), most=None)


def _state(row: Row) -> str:
    """The state in words, with how far it is shipped once it is approved."""
    words = [spoken.state(row.order.approval_state)[1]]
    if row.order.approval_state == "approved":
        words.append(spoken.fulfilment(row.order.fulfilment)[1])
    if row.rest.cancelled and row.order.approval_state == "approved":
        words.append(gettext("Partly cancelled"))
    return " · ".join(words)


def _reps(session: Session) -> list[tuple[int, str]]:
    """Those whose orders are within reach; for somebody who sees one alone there is nothing to choose."""
    found = reps(session, g.actor)
    return found if len(found) > 1 else []


def _counted(count: int) -> str:
    counted = ngettext("%(num)s order", "%(num)s orders", count)
    if request.args.get("state"):
        return counted
    return f"{counted} · {gettext('sum without rejected, cancelled and returned ones')}"


ORDERS = List[Row](
    page="admin.orders.index",
    export="admin.orders.export",
    title=_("Orders"),
    counted=lambda count: _counted(count),
    sort="-day",
    find=_find,
    totals=_totals,
    whole=_whole,
    pick=lambda row: f"{row.order.id}-{row.order.version}",
    actions=[
        Action(
            endpoint="admin.orders.approvals",
            words=_("Approve"),
            permission=Permission.ORDER_APPROVE,
            icon="check",
            kind="primary",
        ),
        Action(
            endpoint="admin.papers.submission",
            words=_("Print the orders"),
            permission=Permission.ORDER_REVIEW,
            icon="printer",
            args={"kind": "order"},
        ),
        Action(
            endpoint="admin.papers.submission",
            words=_("Print the delivery notes"),
            permission=Permission.ORDER_REVIEW,
            icon="truck-delivery",
            args={"kind": "delivery"},
        ),
    ],
    filters=[
        Filter(key="q", words=_("Order number, distributor, product or waybill")),
        Filter(
            key="state", words=_("State"), kind="choice", choices=lambda _session: spoken.pairs(spoken.STATES)
        ),
        Filter(
            key="fulfilment",
            words=_("Shipping"),
            kind="choice",
            choices=lambda _session: spoken.pairs(spoken.FULFILMENT),
        ),
        Filter(key="rep", words=_("Sales representative"), kind="choice", choices=_reps, suggestions=REPS),
        *PERIOD,
        Filter(key="distributor", kind="id"),
    ],
    columns=[
        Column(key="number", words=_("Order number"), value=lambda row: row.order.number, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.order.distributor_name,
            sort="distributor",
            meta=lambda row: row.order.number,
            url=lambda row: url_for("admin.orders.detail", order_id=row.order.id),
        ),
        Column(key="state", words=_("State"), value=_state),
        Column(
            key="rep", words=_("Sales representative"), value=lambda row: row.order.rep_name, is_wide=True
        ),
        Column(
            key="day",
            words=_("Ordered on"),
            value=lambda row: row.order.order_date,
            kind="day",
            sort="day",
            look="num meta",
        ),
        Column(key="lines", words=_("Lines"), value=lambda row: row.lines, kind="whole", is_wide=True),
        Column(
            key="due",
            words=_("Amount"),
            value=lambda row: row.due,
            kind="money",
            currency=lambda row: row.order.currency,
            sort="due",
            look="strong",
        ),
        Column(
            key="standing",
            words=_("Amount without rejected, cancelled and returned"),
            value=lambda row: None if row.order.approval_state in queries.LOST else row.due,
            kind="money",
            currency=lambda row: row.order.currency,
            place="sheet",
            is_summed=True,
        ),
        Column(key="currency", words=_("Currency"), value=lambda row: row.order.currency, place="sheet"),
    ],
    nothing=Nothing(
        icon="clipboard-list",
        title=_("No orders yet"),
        text=_("As soon as a distributor orders, it is listed here."),
    ),
    no_match=Nothing(title=_("No order matches"), text=_("Try a part of the name, or fewer filters.")),
)
