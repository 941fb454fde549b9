"""The distributor's side. A noun's module brings its own blueprint `bp` and is listed here."""

from types import ModuleType

from flask import Blueprint

from portal import me

NOUNS: tuple[ModuleType, ...] = (me,)
bp = Blueprint("portal", __name__, url_prefix="/portal")
for noun in NOUNS:
    bp.register_blueprint(noun.bp)
