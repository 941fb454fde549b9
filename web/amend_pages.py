"""Trying a change of an order out and sending it, as both faces do."""

from collections.abc import Callable

from flask import g, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.db import read, run
from trade.errors import Refused
from trade.flows.amend_order import NewAmendment, amend_order
from trade.orders.models import Order
from web import amending
from web.amending import AmendmentForm, PreviewForm
from web.answer import tell
from web.forms import Form

Load = Callable[[Session, int], Order]
Show = Callable[[Session, int, Form, Refused | None], Response]


def try_out(order_id: int, show: Show) -> Response:
    """What the typed quantities would come to; nothing is written."""
    form = PreviewForm(request.form)
    form.validate()
    with read() as session:
        return show(session, order_id, form, None)


def send(order_id: int, load: Load, show: Show, done: Callable[[int], Response]) -> Response:
    """Change the order or ask for it; `done` answers the amendment, `show` the page with what is wrong."""
    form = AmendmentForm(request.form)
    refusal = None
    with read() as session:
        sheet = amending.sheet_of(session, g.actor, load(session, order_id), request.form)
    if form.validate() and not any(row.error for row in sheet.rows):
        given = NewAmendment(
            order_id, form.version.data, sheet.wanted, form.reason.data, form.seen_gross.data
        )
        try:
            return done(run(amend_order, g.actor, given))
        except Refused as error:
            refusal = error
            tell(form, error)
    elif not form.errors:
        form.refuse(gettext("Some lines need another quantity; nothing was changed"))
    with read() as session:
        return show(session, order_id, form, refusal)
