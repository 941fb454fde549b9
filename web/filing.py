"""A file that somebody sends with a document."""

from flask import g, request
from flask_babel import gettext

from trade.attachments import content
from trade.attachments.filing import Stored, keep_file
from trade.db import run
from trade.errors import Refused
from trade.flows.attach_file import NewFile, attach_file
from web.answer import tell
from web.forms import Form


def attach(form: Form, subject: str, subject_id: int) -> Stored | None:
    """Judge and store what was sent before it is filed in a transaction; a refusal is told beside the field."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.refuse(gettext("Please choose a file"), "file")
        return None
    try:
        kept = keep_file(sent.filename, sent.stream.read(content.LARGEST_FILE + 1))
        run(attach_file, g.actor, NewFile(subject, subject_id, kept))
    except Refused as refusal:
        tell(form, refusal, "file")
        return None
    return kept
