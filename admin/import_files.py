"""Workbooks that imports hand out: templates to fill in, and bad rows to correct."""

import json
import tempfile
from pathlib import PurePath

from flask_babel import gettext
from werkzeug.wrappers import Response

from admin import import_words
from press import sheets
from press.sheets import Heading
from trade.imports.uploads_files import WRONG
from trade.imports.uploads_shape import Kind
from web.downloads import answer_sheet


def template(kind: Kind) -> Response:
    """Headings alone, so that nothing has to be deleted, and a second sheet that explains each field with an example."""
    headings = [
        Heading(
            import_words.label(each.key) + (" *" if each.is_needed or each.is_needed_when_new else ""),
            width=18,
        )
        for each in kind.fields
    ]
    about = [(import_words.label(each.key), _explained(kind, each.key)) for each in kind.fields]
    name = str(import_words.KINDS[kind.key][0])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - ends with the answer
    sheets.write(
        file,
        name,
        headings,
        (),
        total="",
        about=about,
        about_title=gettext("What each column means"),
    )
    return answer_sheet(file, "-".join((name, gettext("template"))) + ".xlsx")


def problems(name: str, content: bytes) -> Response:
    """Bad rows as they came, with what is wrong in a last column that the next upload leaves alone."""
    found = json.loads(content)
    places = [at for at, heading in enumerate(found["headings"]) if heading and heading not in WRONG]
    headings = [Heading(found["headings"][at]) for at in places]
    rows = ([*(cells[at] for at in places), import_words.flaws(flaws)] for cells, flaws in found["rows"])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - ends with the answer
    sheets.write(
        file,
        gettext("Bad rows"),
        [*headings, Heading(gettext("What is wrong with the row"), width=60)],
        rows,
        total="",
    )
    return answer_sheet(file, "-".join((PurePath(name).stem, gettext("bad rows"))) + ".xlsx")


def _explained(kind: Kind, key: str) -> str:
    field = kind.field(key)
    needed = (
        gettext("Always needed.")
        if field.is_needed
        else gettext("Needed for what is new.")
        if field.is_needed_when_new
        else gettext("May be left out or empty: then it stays as it is.")
    )
    example = gettext("Example: %(example)s", example=field.example) if field.example else ""
    return " ".join(each for each in (import_words.hint(key), needed, example) if each)
