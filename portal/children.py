"""The companies below mine: their orders, to read; their credit as far as it uses what we may use together.

A parent reads its children's orders with amounts, and acts on none of them; statements, payments and why a price is
what it is stay each company's own.
"""

from dataclasses import replace

from flask import Blueprint, g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import sayings
from trade import clock
from trade.actor import Actor, Permission, Scope
from trade.credit import families
from trade.db import read
from trade.distributors import queries as distributors
from trade.fulfilment.queries import Count, counts_of, orders_sent_with, parcels_of
from trade.orders import queries
from trade.orders.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import render
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("children", __name__)


@bp.get("/children")
@requires(Permission.CHILDREN_READ)
def index() -> Response:
    with read() as session:
        listed = CHILDREN.open(session)
        reader = _reader(session)
        members = families.members_of(session, reader, g.actor.distributor_id, clock.today())
        return render(
            session,
            "portal/children/children.html",
            "children",
            listed=listed,
            members=[each for each in members if each.distributor.id != g.actor.distributor_id],
            family=families.account_of(session, g.actor.distributor_id),
            may_see_credit=g.actor.may(Permission.CREDIT_READ),
        )


@bp.post("/children/export")
@requires(Permission.CHILDREN_READ)
def export() -> Response:
    return CHILDREN.export_sheet()


@bp.get("/children/orders/<id:order_id>")
@requires(Permission.CHILDREN_READ)
def order(order_id: int) -> Response:
    """An order of a company below mine, to read."""
    with read() as session:
        found = queries.get_for(session, _reader(session), order_id)
        count = counts_of(session, [found.id]).get(found.id, Count())
        return render(
            session,
            "portal/children/order.html",
            "order",
            order=found,
            badge=sayings.badge(found, count),
            lines=queries.lines_with_units(session, found.id),
            parcels=parcels_of(session, found.id),
        )


def _reader(session: Session) -> Actor:
    """Me, with the companies below mine in reach and mine not, and with nothing but reading; asked once a request."""
    if (known := g.get("children_reader")) is not None:
        return known
    family = session.scalars(families.ids_below(g.actor.distributor_id, clock.today()))
    below = frozenset(family) - {g.actor.distributor_id}
    permissions = frozenset({Permission.ORDER_READ})
    g.children_reader = replace(g.actor, scope=Scope(distributor_ids=below), permissions=permissions)
    return g.children_reader


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(
        search=asked["q"],
        waybills=orders_sent_with,
        stage=asked["state"] if asked["state"] in sayings.STEPS else "",
        distributor_id=int(asked["company"]) if asked["company"] else None,
        since=asked["since"],
        until=asked["until"],
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[tuple[Row, tuple[str, str]]]:
    page = queries.listing(session, _reader(session), _wanted(asked), window)
    counts = counts_of(session, [row.order.id for row in page.rows])
    return page.of([(row, sayings.badge(row.order, counts.get(row.order.id, Count()))) for row in page.rows])


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, _reader(session), _wanted(asked))


def _companies(session: Session) -> list[tuple[int, str]]:
    reader = _reader(session)
    names = distributors.names_of(session, reader, reader.scope.distributor_ids)
    return sorted(names.items(), key=lambda each: each[1])


CHILDREN = List[tuple[Row, tuple[str, str]]](
    page="portal.children.index",
    export="portal.children.export",
    title=_("Companies below us"),
    counted=lambda count: ngettext("%(num)s order", "%(num)s orders", count),
    sort="-day",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Order number, product or waybill")),
        Filter(key="company", words=_("Company"), kind="choice", choices=_companies),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: list(sayings.STEPS.items()),
        ),
        Filter(key="since", words=_("From"), kind="day"),
        Filter(key="until", words=_("To"), kind="day"),
    ],
    columns=[
        Column(
            key="number",
            words=_("Order number"),
            value=lambda row: row[0].order.number or row[0].order.external_code,
            url=lambda row: url_for("portal.children.order", order_id=row[0].order.id),
            meta=lambda row: row[0].order.distributor_name,
        ),
        Column(
            key="company", words=_("Company"), value=lambda row: row[0].order.distributor_name, place="sheet"
        ),
        Column(key="state", words=_("State"), value=lambda row: row[1][1]),
        Column(
            key="day",
            words=_("Ordered on"),
            value=lambda row: row[0].order.order_date,
            kind="day",
            sort="day",
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
    nothing=Nothing(
        icon="sitemap",
        title=_("No orders of companies below us"),
        text=_("The brand says who stands below whom; their orders appear here."),
    ),
    no_match=Nothing(title=_("No order matches"), text=_("Try fewer filters.")),
)
