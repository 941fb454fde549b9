"""What the brand tells this distributor: read, confirmed by whoever has the right, looked up again."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.broadcasts import queries
from trade.broadcasts.queries import ListFilter, Received
from trade.broadcasts.recipients import SUBJECT
from trade.db import read
from trade.errors import Refused
from trade.flows.acknowledge_broadcast import Agreement, acknowledge_broadcast, read_broadcast
from web import broadcast_words
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.downloads import answer_file
from web.forms import CheckField, Form
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("broadcasts", __name__)
NOTHING = {"recalled"}  # of which only the title and the reason are shown


class AgreementForm(Form):
    is_said = CheckField(_("We have read this"))


def _wanted(given: Asked) -> ListFilter:
    return ListFilter(given["q"], given["kind"], "", given["place"])


BROADCASTS = List[Received](
    page="portal.broadcasts.index",
    export="portal.broadcasts.export",
    title=_("Policies and notices"),
    counted=lambda count: ngettext("%(num)s broadcast", "%(num)s broadcasts", count),
    sort="-pressing",
    find=lambda session, given, window: queries.received(session, g.actor, _wanted(given), window),
    totals=lambda session, given: queries.received_totals(session, g.actor, _wanted(given)),
    filters=[
        Filter(key="q", words=_("Title or text")),
        Filter(
            key="kind",
            words=_("Kind"),
            kind="choice",
            choices=lambda _session: broadcast_words.KINDS.items(),
        ),
        Filter(
            key="place",
            words=_("Which broadcasts"),
            kind="choice",
            choices=lambda _session: [("archive", _("Past ones"))],
        ),
    ],
    columns=[
        Column(key="number", words=_("Number"), value=lambda row: row.broadcast.number),
        Column(key="title", words=_("Title"), value=lambda row: row.broadcast.title),
        Column(key="kind", words=_("Kind"), value=lambda row: str(broadcast_words.KINDS[row.broadcast.kind])),
        Column(key="received", words=_("Received at"), value=lambda row: row.received_at, kind="instant"),
        Column(
            key="state",
            words=_("State"),
            value=lambda row: str((broadcast_words.owed(row) or broadcast_words.state(row.broadcast))[1]),
        ),
        Column(
            key="by",
            words=_("To be confirmed by"),
            value=lambda row: row.broadcast.acknowledge_by,
            kind="day",
        ),
        Column(key="acknowledger", words=_("Confirmed by"), value=lambda row: row.acknowledger or ""),
        Column(
            key="acknowledged", words=_("Confirmed at"), value=lambda row: row.acknowledged_at, kind="instant"
        ),
    ],
    nothing=Nothing(
        icon="speakerphone",
        title=_("Nothing new from the brand"),
        text=_("Prices, policies, promotions and products are told to you here."),
    ),
    no_match=Nothing(title=_("No broadcast matches"), text=_("Try a part of the title, or fewer filters.")),
)
OVER = Nothing(
    icon="speakerphone",
    title=_("The archive is empty"),
    text=_("What has run out, was replaced or taken back lies here."),
)


@bp.get("/broadcasts")
@requires(Permission.BROADCAST_READ)
def index() -> Response:
    """What holds now, what is owed first; or what is over."""
    with read() as session:
        listed = BROADCASTS.open(session)
        is_narrowed = listed.asked["q"] or listed.asked["kind"]
        return render(
            session,
            "portal/broadcasts/broadcasts.html",
            "broadcasts",
            listed=listed,
            empty=BROADCASTS.no_match
            if is_narrowed
            else OVER
            if listed.asked["place"]
            else BROADCASTS.nothing,
            words=broadcast_words,
        )


@bp.post("/broadcasts/export")
@requires(Permission.BROADCAST_READ)
def export() -> Response:
    return BROADCASTS.export_sheet()


@bp.get("/broadcasts/<id:broadcast_id>")
@requires(Permission.BROADCAST_READ)
def detail(broadcast_id: int) -> Response:
    with read() as session:
        return _show(session, broadcast_id, None)


@bp.post("/broadcasts/<id:broadcast_id>/reading")
@requires(Permission.BROADCAST_READ)
def reading(broadcast_id: int) -> Response:
    """The page says by itself that it is before somebody's eyes; without JavaScript a button does."""
    attempt(Form(), read_broadcast, broadcast_id)
    return go(url_for(".detail", broadcast_id=broadcast_id)) if "plain" in request.form else _nothing()


@bp.post("/broadcasts/<id:broadcast_id>/acknowledgement")
@requires(Permission.BROADCAST_ACKNOWLEDGE)
def acknowledgement(broadcast_id: int) -> Response:
    """The company's word, once."""
    form = AgreementForm(request.form)
    if form.validate():
        attempt(form, acknowledge_broadcast, Agreement(broadcast_id, form.is_said.data))
    if not form.errors:
        say(gettext("Confirmed; the brand sees it"))
    with read() as session:
        return _show(session, broadcast_id, form)


@bp.get("/broadcasts/<id:broadcast_id>/attachments/<id:attachment_id>")
@requires(Permission.BROADCAST_READ)
def download(broadcast_id: int, attachment_id: int) -> Response:
    """A file of a broadcast that this distributor has; of what was taken back there is none any more."""
    with read() as session:
        found = queries.get_received(session, g.actor, broadcast_id)
        if found.broadcast.state in NOTHING:
            raise Refused("attachment.not_found")
        file = attachments.get_of(session, SUBJECT, broadcast_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def _nothing() -> Response:
    return Response(status=204)


def _show(session: Session, broadcast_id: int, form: Form | None) -> Response:
    found = queries.get_received(session, g.actor, broadcast_id)
    is_gone = found.broadcast.state in NOTHING
    return show(
        session,
        "portal/broadcasts/broadcast.html",
        "broadcast",
        url_for(".detail", broadcast_id=broadcast_id),
        form,
        found=found,
        is_gone=is_gone,
        newer=queries.newest(session, g.actor, broadcast_id) if found.is_replaced else None,
        files=[] if is_gone else attachments.of(session, SUBJECT, broadcast_id),
        words=broadcast_words,
        today=clock.today(),
        agreement=form or AgreementForm(),
        may_confirm=g.actor.may(Permission.BROADCAST_ACKNOWLEDGE) and g.actor.on_behalf_of is None,
    )
