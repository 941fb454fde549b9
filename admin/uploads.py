"""A file that somebody sends with a document."""

from flask import g
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from trade.attachments import content
from trade.db import run
from trade.errors import Refused
from trade.flows.attach_file import NewFile, attach_file, keep_file
from web import words
from web.answer import keep
from web.forms import Form


def attach(form: Form, subject: str, subject_id: int, given: FileStorage | None) -> None:
    """Judge and store a file first, outside the transaction; a refusal is told beside the field."""
    if given is None or not given.filename:
        form.refuse(gettext("Please choose a file"), "file")
        return
    try:
        data = given.stream.read(content.LARGEST_FILE + 1)
        run(attach_file, g.actor, NewFile(subject, subject_id, keep_file(given.filename, data)))
    except Refused as refusal:
        if words.status_of(refusal) != 422:
            raise
        keep(refusal)
        form.refuse(words.say(refusal), "file")
