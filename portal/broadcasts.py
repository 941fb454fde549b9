"""What the brand tells this distributor: read, confirmed by whoever has the right, looked up again."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.broadcasts import queries
from trade.broadcasts.queries import ListFilter
from trade.broadcasts.recipients import SUBJECT
from trade.db import read
from trade.errors import Refused
from trade.flows.acknowledge_broadcast import Agreement, acknowledge_broadcast, read_broadcast
from web import asked, broadcast_words
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.downloads import answer_file
from web.forms import CheckField, Form

bp = Blueprint("broadcasts", __name__)
NOTHING = {"recalled"}  # of which only the title and the reason are shown


class AgreementForm(Form):
    is_said = CheckField(_("We have read this"))


@bp.get("/broadcasts")
@requires(Permission.BROADCAST_READ)
def index() -> Response:
    """What holds now, what is owed first; or what is over."""
    wanted = ListFilter(
        asked.text("q"), asked.choice("kind", broadcast_words.KINDS), "", asked.choice("place", {"archive"})
    )
    with read() as session:
        return render(
            session,
            "portal/broadcasts/broadcasts.html",
            "broadcasts",
            rows=queries.received(session, g.actor, wanted),
            wanted=wanted,
            words=broadcast_words,
            most=queries.SHOWN,
        )


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
