"""A line that the company disputes: what was written about it, with files, and taking it back."""

from collections.abc import Callable

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.statements import line_url
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.attachments.models import Attachment
from trade.db import read
from trade.errors import Refused
from trade.flows.dispute_statement import NewWord, SeenDispute, answer_dispute, withdraw_dispute
from trade.statements import disputes
from trade.statements.models import StatementDispute
from web import stated
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.downloads import answer_file
from web.forms import Form, VersionForm

bp = Blueprint("disputes", __name__)


@bp.get("/disputes/<id:dispute_id>")
@requires(Permission.CREDIT_READ)
def detail(dispute_id: int) -> Response:
    with read() as session:
        return _show(session, dispute_id, None, stated.WordForm())


@bp.post("/disputes/<id:dispute_id>/remarks")
@requires(Permission.STATEMENT_CONFIRM)
def remarks(dispute_id: int) -> Response:
    """Write to the brand about it, with photos."""
    form = stated.WordForm(request.form)
    with read() as session:
        disputes.get_for(session, g.actor, dispute_id)
    if form.validate():
        try:
            attempt(form, answer_dispute, NewWord(dispute_id, form.text.data or "", stated.sent_files()))
        except Refused as refusal:
            tell(form, refusal)
    if not form.errors:
        say(gettext("The other side is told"))
        return go(url_for(".detail", dispute_id=dispute_id))
    with read() as session:
        return _show(session, dispute_id, form, form)


@bp.post("/disputes/<id:dispute_id>/withdrawal")
@requires(Permission.STATEMENT_CONFIRM)
def withdrawal(dispute_id: int) -> Response:
    """Take the dispute back."""
    form = VersionForm(request.form)
    with read() as session:
        statement_id = disputes.get_for(session, g.actor, dispute_id).statement.id
    if form.validate():
        attempt(form, withdraw_dispute, SeenDispute(dispute_id, form.version.data or 0))
    if not form.errors:
        say(gettext("Taken back; the line counts as it stands"))
        return go(url_for("portal.statements.detail", statement_id=statement_id))
    with read() as session:
        return _show(session, dispute_id, form, stated.WordForm())


@bp.get("/disputes/<id:dispute_id>/attachments/<id:attachment_id>")
@requires(Permission.CREDIT_READ)
def download(dispute_id: int, attachment_id: int) -> Response:
    with read() as session:
        disputes.get_for(session, g.actor, dispute_id)
        file = attachments.get_of(session, disputes.SUBJECT, dispute_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def _file_links(dispute: StatementDispute) -> Callable[[Attachment], str]:
    """Where each file of a dispute is fetched."""
    return lambda file: url_for(".download", dispute_id=dispute.id, attachment_id=file.id)


def _show(session: Session, dispute_id: int, refused: Form | None, writing: stated.WordForm) -> Response:
    known = disputes.get_for(session, g.actor, dispute_id)
    return render(
        session,
        "portal/statements/dispute.html",
        "dispute",
        status=422 if refused and refused.errors else 200,
        known=known,
        form=refused,
        writing=writing,
        settling=None,
        thread=disputes.thread_of(session, dispute_id),
        files=attachments.of(session, disputes.SUBJECT, dispute_id),
        may_write=known.is_open and g.actor.may(Permission.STATEMENT_CONFIRM),
        side="portal",
        url=line_url(known.line),
        stated=stated,
        file_links=_file_links,
    )
