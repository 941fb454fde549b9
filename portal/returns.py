"""Goods that go back, and what never came: asked for, followed, withdrawn."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import billed
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read, run
from trade.errors import Refused
from trade.flows.request_return import Correction, correct_return, request_return
from trade.flows.withdraw_return import SeenReturn, withdraw_return
from trade.orders import queries as orders
from trade.returns import queries, states
from trade.returns.models import ReturnRequest
from trade.returns.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web import returned
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.downloads import answer_file
from web.forms import Form, VersionForm
from web.lists import Asked, Column, Filter, List, Nothing
from web.returned import Offer, RequestForm

bp = Blueprint("returns", __name__)


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["state"], distributor_id=g.actor.distributor_id)


RETURNS = List[Row](
    page="portal.returns.index",
    title=_("Returns"),
    counted=lambda count: ngettext("%(num)s return", "%(num)s returns", count),
    sort="-number",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Return or order number")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [(state, said) for state, (_tone, said) in returned.STATES.items()],
        ),
    ],
    columns=[Column(key="gross", words=_("Credited"), value=lambda row: row.request.gross, kind="money")],
    nothing=Nothing(
        icon="truck-return",
        title=_("No returns yet"),
        text=_(
            "Open a received order to give goods back; what is missing or damaged is asked for at receipt."
        ),
        url=lambda: url_for("portal.orders.index", state="done"),
        button=_("See received orders"),
    ),
    no_match=Nothing(
        title=_("No return matches"), text=_("Try another state, or the beginning of a number.")
    ),
)


@bp.get("/returns")
@requires(Permission.ORDER_READ)
def index() -> Response:
    with read() as session:
        listed = RETURNS.open(session)
        return render(session, "portal/returns/returns.html", "returns", listed=listed, said=returned)


@bp.get("/returns/<id:return_id>")
@requires(Permission.ORDER_READ)
def detail(return_id: int) -> Response:
    return show_return(return_id, None)


@bp.get("/orders/<id:order_id>/returns")
@requires(Permission.RETURN_REQUEST)
def draft(order_id: int) -> Response:
    """The form of a new request about an order."""
    with read() as session:
        offer = returned.offer(session, order_id)
        return _show_form(session, offer, returned.new_form(offer))


@bp.post("/orders/<id:order_id>/returns")
@requires(Permission.RETURN_REQUEST)
def creation(order_id: int) -> Response:
    """Ask for a return; what was typed stays when something is in the way."""
    with read() as session:
        offer = returned.offer(session, order_id)
    form = returned.request_form(offer.lines, offer.reasons)(request.form)
    if form.validate():
        try:
            return_id = run(request_return, g.actor, returned.new_return(form, offer))
            say(gettext("Asked for; you are told as soon as it is decided"))
            return go(url_for(".detail", return_id=return_id))
        except Refused as refusal:
            returned.refuse(form, refusal, offer.lines)
    with read() as session:
        return _show_form(session, offer, form)


@bp.get("/returns/<id:return_id>/revision")
@requires(Permission.RETURN_REQUEST)
def revision(return_id: int) -> Response:
    """A request that came back, to be corrected and sent again."""
    with read() as session:
        found, offer = _came_back(session, return_id)
        asked = {each.line.id: each.asked.requested for each in queries.lines_of(session, return_id)}
        form = returned.request_form(offer.lines, offer.reasons, asked)(
            data={"reason": str(found.reason_id), "remark": found.remark, "version": found.version}
        )
        return _show_form(session, offer, form, found)


@bp.post("/returns/<id:return_id>/revision")
@requires(Permission.RETURN_REQUEST)
def revised(return_id: int) -> Response:
    with read() as session:
        found, offer = _came_back(session, return_id)
    form = returned.request_form(offer.lines, offer.reasons)(request.form)
    if form.validate():
        try:
            given = Correction(
                return_id,
                form.version.data or 0,
                returned.quantities(form, offer.lines),
                form.remark.data or "",
                returned.photos(),
            )
            run(correct_return, g.actor, given)
            say(gettext("Sent again; you are told as soon as it is decided"))
            return go(url_for(".detail", return_id=return_id))
        except Refused as refusal:
            returned.refuse(form, refusal, offer.lines)
    with read() as session:
        return _show_form(session, offer, form, found)


@bp.post("/returns/<id:return_id>/withdrawal")
@requires(Permission.RETURN_REQUEST)
def withdrawal(return_id: int) -> Response:
    """Take a request back that nobody has decided about."""
    form = VersionForm(request.form)
    with read() as session:
        queries.get_for(session, g.actor, return_id)
    if form.validate():
        attempt(form, withdraw_return, SeenReturn(return_id, form.version.data or 0))
    if not form.errors:
        say(gettext("Withdrawn; the goods can be asked for again"))
    return show_return(return_id, form)


@bp.post("/returns/<id:return_id>/attachments")
@requires(Permission.RETURN_REQUEST)
def attachment(return_id: int) -> Response:
    """Add photos to a request that is under way."""
    with read() as session:
        queries.get_for(session, g.actor, return_id)
    form, count = returned.attach_photos(return_id)
    if not form.errors:
        say(ngettext("%(num)s photo is added", "%(num)s photos are added", count))
    return show_return(return_id, form)


@bp.get("/returns/<id:return_id>/attachments/<id:attachment_id>")
@requires(Permission.ORDER_READ)
def download(return_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, return_id)
        file = attachments.get_of(session, "return", return_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def show_return(return_id: int, form: Form | None) -> Response:
    """The request's page: where it stands, what happens next, what it is about."""
    with read() as session:
        found = queries.get_for(session, g.actor, return_id)
        events = queries.timeline(session, return_id)
        may_ask = g.actor.may(Permission.RETURN_REQUEST)
        steps, step = returned.stages(found)
        here = url_for("portal.returns.detail", return_id=return_id)
        return show(
            session,
            "portal/returns/return.html",
            "return",
            here,
            form,
            found=found,
            order=orders.get_for(session, g.actor, found.order_id),
            reason=queries.get_reason(session, found.reason_id),
            lines=queries.lines_of(session, return_id),
            files=attachments.of(session, "return", return_id),
            story=returned.story(events, found),
            comment=returned.comment_of(events, "return", "reject"),
            steps=steps,
            step=step,
            said=returned,
            **billed.of_return(session, found),
            can={
                "withdraw": may_ask and states.allows(found, "withdraw"),
                "correct": may_ask and states.allows(found, "request"),
                "attach": may_ask and found.state in states.OPEN,
            },
        )


def _came_back(session: Session, return_id: int) -> tuple[ReturnRequest, Offer]:
    found = queries.get_for(session, g.actor, return_id)
    if found.state != "returned":
        raise Refused("return.not_found")
    return found, returned.offer(session, found.order_id, found)


def _show_form(
    session: Session, offer: Offer, form: RequestForm, found: ReturnRequest | None = None
) -> Response:
    context: dict[str, Any] = {
        "order": offer.order,
        "form": form,
        "lines": offer.lines,
        "found": found,
        "days": offer.days,
        "needy": offer.needy,
        "said": returned,
    }
    status = 422 if form.errors else 200
    return render(session, "portal/returns/draft.html", "draft", status=status, **context)
