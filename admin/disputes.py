"""A line that a distributor disputes: answered, and settled in words that both sides keep."""

from collections.abc import Callable

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.statements import line_url
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.attachments.models import Attachment
from trade.db import read
from trade.errors import Refused
from trade.flows.dispute_statement import NewWord, SeenDispute, answer_dispute, settle_dispute
from trade.statements import disputes
from trade.statements.models import StatementDispute
from web import stated
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.downloads import answer_file
from web.forms import Form

bp = Blueprint("disputes", __name__)


@bp.get("/disputes/<id:dispute_id>")
@requires(Permission.STATEMENT_READ)
def detail(dispute_id: int) -> Response:
    with read() as session:
        return _show(session, dispute_id)


@bp.post("/disputes/<id:dispute_id>/remarks")
@requires(Permission.STATEMENT_MANAGE)
def remarks(dispute_id: int) -> Response:
    """Answer the distributor, with papers."""
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
        return _show(session, dispute_id, writing=form)


@bp.post("/disputes/<id:dispute_id>/settlement")
@requires(Permission.STATEMENT_MANAGE)
def settlement(dispute_id: int) -> Response:
    """Say how it is settled; the statement keeps what it says."""
    form = stated.SettlementForm(request.form)
    with read() as session:
        disputes.get_for(session, g.actor, dispute_id)
    if form.validate():
        given = SeenDispute(dispute_id, form.version.data or 0, form.outcome.data or "")
        attempt(form, settle_dispute, given)
    if not form.errors:
        say(gettext("Settled; the distributor is told"))
        return go(url_for(".detail", dispute_id=dispute_id))
    with read() as session:
        return _show(session, dispute_id, settling=form)


@bp.get("/disputes/<id:dispute_id>/attachments/<id:attachment_id>")
@requires(Permission.STATEMENT_READ)
def download(dispute_id: int, attachment_id: int) -> Response:
    with read() as session:
        disputes.get_for(session, g.actor, dispute_id)
        file = attachments.get_of(session, disputes.SUBJECT, dispute_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def _file_links(dispute: StatementDispute) -> Callable[[Attachment], str]:
    """Where each file of a dispute is fetched."""
    return lambda file: url_for(".download", dispute_id=dispute.id, attachment_id=file.id)


def _show(
    session: Session,
    dispute_id: int,
    *,
    writing: stated.WordForm | None = None,
    settling: stated.SettlementForm | None = None,
) -> Response:
    known = disputes.get_for(session, g.actor, dispute_id)
    refused: Form | None = writing or settling
    may_write = known.is_open and g.actor.may(Permission.STATEMENT_MANAGE)
    fresh = stated.SettlementForm(data={"version": known.dispute.version})
    return render(
        session,
        "admin/statements/dispute.html",
        "dispute",
        status=422 if refused and refused.errors else 200,
        known=known,
        form=refused,
        writing=writing or stated.WordForm(),
        settling=(settling or fresh) if may_write else None,
        thread=disputes.thread_of(session, dispute_id),
        files=attachments.of(session, disputes.SUBJECT, dispute_id),
        may_write=may_write,
        side="admin",
        url=line_url(known.line),
        stated=stated,
        file_links=_file_links,
    )
