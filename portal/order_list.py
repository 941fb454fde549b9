"""The list of a company's own orders, described once for the page and the sheet."""

from datetime import datetime

from flask import g, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from portal import sayings
from trade.fulfilment.queries import Count, counts_of, orders_sent_with
from trade.orders import queries, remarks
from trade.orders.queries import ListFilter
from trade.windows import Page, Totals, Window
from web.lists import Asked, Column, Filter, List

STATES = ("held", "pending", "returned", "approved", "rejected", "cancelled")
Told = tuple[
    queries.Row, str, tuple[str, str], str
]  # an order, what is to be known about it, its badge, news


def _wanted(asked: Asked) -> ListFilter:
    chosen = asked["state"]
    return ListFilter(
        search=asked["q"],
        waybills=orders_sent_with,
        state=chosen if chosen in STATES else "",
        stage=chosen if chosen in sayings.STEPS else "",
        distributor_id=g.actor.distributor_id,
        since=asked["since"],
        until=asked["until"],
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[Told]:
    page = queries.listing(session, g.actor, _wanted(asked), window)
    counts = counts_of(session, [row.order.id for row in page.rows])
    said = remarks.news_of(session, [row.order.id for row in page.rows])
    return page.of(
        [
            (row, *sayings.answer(row, counts.get(row.order.id, Count())), _news(*said[row.order.id]))
            for row in page.rows
        ]
    )


def _news(urged_at: datetime | None, last: str) -> str:
    """What was said about an order and waits for somebody."""
    if last == "admin":
        return gettext("New remark of the brand")
    return gettext("Urged") if urged_at else ""


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


def _whole(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked), most=None)


def _states(_session: Session) -> list[tuple[str, str]]:
    return [*sayings.STEPS.items(), *((state, sayings.STATES[state][1]) for state in STATES)]


ORDERS = List[Told](
    page="portal.orders.index",
    export="portal.orders.export",
    title=_("Orders"),
    counted=lambda count: ngettext("%(num)s order", "%(num)s orders", count),
    sort="-day",
    find=_find,
    totals=_totals,
    whole=_whole,
    filters=[
        Filter(key="q", words=_("Order number, product or waybill")),
        Filter(key="state", words=_("State"), kind="choice", choices=_states),
        Filter(key="since", words=_("From"), kind="day"),
        Filter(key="until", words=_("To"), kind="day"),
    ],
    columns=[
        Column(
            key="number",
            words=_("Order number"),
            value=lambda row: row[0].order.number or row[0].order.external_code,
            url=lambda row: url_for("portal.orders.order", order_id=row[0].order.id),
        ),
        Column(key="state", words=_("State"), value=lambda row: row[2][1]),
        Column(
            key="day",
            words=_("Ordered on"),
            value=lambda row: row[0].order.order_date,
            kind="day",
            sort="day",
            look="num meta",
        ),
        Column(
            key="told",
            words=_("What is to be known"),
            value=lambda row: " · ".join(words for words in (row[1], row[3]) if words),
            look="meta",
            place="page",
        ),
        Column(key="lines", words=_("Lines"), value=lambda row: row[0].lines, kind="whole", is_wide=True),
        Column(
            key="quantity",
            words=_("Quantity"),
            value=lambda row: row[0].quantity,
            kind="whole",
            place="sheet",
        ),
        Column(
            key="due",
            words=_("Amount"),
            value=lambda row: row[0].due,
            kind="money",
            currency=lambda row: row[0].order.currency,
            sort="due",
            look="strong",
            is_summed=True,
        ),
    ],
)
